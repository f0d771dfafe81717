"""From grammar rules to tree nodes: one method per rule of `grammar.lark`, called when the rule is complete.

The parser calls these from the leaves up, without recursion. A construct that the tree has no node for,
because it only makes sense for observational equivalence or with predicates, is refused here by name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from lark import Transformer, v_args

from appliedpi.errors import InputError
from appliedpi.syntax import infix, tree
from appliedpi.syntax.lexing import PlacedToken, read_tag
from appliedpi.syntax.tree import DeclarationTree, Expression, Parameter, PatternTree, ProcessTree

USE_PROVERIF = "the built-in verifier does not handle it; use --backend proverif"

Names = tuple[str, ...]
Terms = tuple[Expression, ...]
Patterns = tuple[PatternTree, ...]
Parameters = tuple[Parameter, ...]
Bindings = tuple[tuple[str, Expression], ...]
Query = tree.CorrespondenceQuery | tree.SecretQuery
Item = TypeVar("Item")
Tagged = TypeVar("Tagged", bound=tree.Declaration | tree.ProcessNode | Query)
Prefix = (
    tree.New | tree.Input | tree.Output | tree.Let | tree.Event | tree.Insert | tree.Phase | tree.Barrier
)  # fmt: skip


@v_args(inline=True)
class Construction(Transformer[PlacedToken, tree.ModelTree]):
    """The callbacks. Arguments are the parts of the rule that the grammar keeps, in order."""

    # --- files ---------------------------------------------------------------------------------------

    def model(self, *parts: object) -> tree.ModelTree:
        *declarations, process = parts
        return tree.ModelTree(tuple(declarations), process)  # type: ignore[arg-type]

    def library(self, *declarations: DeclarationTree) -> tree.ModelTree:
        return tree.ModelTree(declarations, None)

    fragment = model

    def tagged(self, tag: PlacedToken, node: Tagged) -> Tagged:
        return replace(node, tags=(read_tag(tag), *node.tags))

    # --- declarations --------------------------------------------------------------------------------

    def type_declaration(self, start: PlacedToken, name: str, options: Names | None) -> DeclarationTree:
        return tree.TypeDeclaration(str(name), options or (), place=start.place)

    def function_declaration(
        self, start: PlacedToken, name: str, arguments: Names, result: str, options: Names | None
    ) -> DeclarationTree:
        return tree.FunctionDeclaration(str(name), arguments, result, options or (), place=start.place)

    def destructor_declaration(
        self,
        start: PlacedToken,
        name: str,
        arguments: Names,
        result: str,
        rules: tuple[tree.RewriteRuleTree, ...],
        options: Names | None,
    ) -> DeclarationTree:
        return tree.DestructorDeclaration(
            str(name), arguments, result, rules, options or (), place=start.place
        )

    def reduction_declaration(
        self, start: PlacedToken, rules: tuple[tree.RewriteRuleTree, ...], options: Names | None
    ) -> DeclarationTree:
        return tree.ReductionDeclaration(rules, options or (), place=start.place)

    def equation_declaration(
        self, start: PlacedToken, equations: tuple[tree.RewriteRuleTree, ...], options: Names | None
    ) -> DeclarationTree:
        return tree.EquationDeclaration(equations, options or (), place=start.place)

    def constant_declaration(
        self, start: PlacedToken, names: Names, type: str, options: Names | None
    ) -> DeclarationTree:
        return tree.ConstantDeclaration(names, type, options or (), place=start.place)

    def free_declaration(
        self, start: PlacedToken, names: Names, type: str, options: Names | None
    ) -> DeclarationTree:
        return tree.FreeDeclaration(names, type, options or (), place=start.place)

    def channel_declaration(self, start: PlacedToken, names: Names) -> DeclarationTree:
        return tree.FreeDeclaration(names, "channel", (), place=start.place)

    def event_declaration(self, start: PlacedToken, name: str, types: Names | None) -> DeclarationTree:
        return tree.EventDeclaration(str(name), types or (), place=start.place)

    def table_declaration(self, start: PlacedToken, name: str, types: Names) -> DeclarationTree:
        return tree.TableDeclaration(str(name), types, place=start.place)

    def setting_declaration(self, start: PlacedToken, name: str, value: str) -> DeclarationTree:
        return tree.SettingDeclaration(str(name), str(value), place=start.place)

    def process_declaration(
        self, start: PlacedToken, name: str, parameters: Parameters | None, body: ProcessTree
    ) -> DeclarationTree:
        return tree.ProcessDeclaration(str(name), parameters or (), body, place=start.place)

    def term_declaration(
        self, start: PlacedToken, name: str, parameters: Parameters | None, body: Expression
    ) -> DeclarationTree:
        return tree.TermDeclaration(str(name), parameters or (), body, place=start.place)

    def query_declaration(
        self,
        start: PlacedToken,
        variables: Parameters | None,
        queries: tuple[Query, ...],
        options: Names | None,
    ) -> DeclarationTree:
        return tree.QueryDeclaration(variables or (), queries, options or (), place=start.place)

    def lemma_declaration(
        self,
        start: PlacedToken,
        variables: Parameters | None,
        lemmas: tuple[tree.CorrespondenceQuery, ...],
        options: Names | None,
    ) -> DeclarationTree:
        return tree.LemmaDeclaration(str(start), variables or (), lemmas, options or (), place=start.place)

    def not_declaration(
        self, start: PlacedToken, variables: Parameters | None, fact: Expression
    ) -> DeclarationTree:
        return tree.NotDeclaration(variables or (), fact, place=start.place)

    def selection_declaration(
        self,
        start: PlacedToken,
        variables: Parameters | None,
        fact: Expression,
        weight: int | None,
        options: Names | None,
    ) -> DeclarationTree:
        kind = "select" if start == "select" else "nounif"  # `noselect` is its other name
        return tree.SelectionDeclaration(
            kind, variables or (), (fact,), weight, options or (), place=start.place
        )

    def definition_declaration(
        self, start: PlacedToken, name: str, parameters: Names, declarations: tuple[DeclarationTree, ...]
    ) -> DeclarationTree:
        return tree.DefinitionDeclaration(str(name), parameters, declarations, place=start.place)

    def expand_declaration(self, start: PlacedToken, name: str, arguments: Names) -> DeclarationTree:
        return tree.ExpandDeclaration(str(name), arguments, place=start.place)

    def unsupported_declaration(self, start: PlacedToken, *words: PlacedToken) -> DeclarationTree:
        text = " ".join([quote(word) if word.type == "STRING" else word for word in words])
        return tree.UnsupportedDeclaration(str(start), text=text, place=start.place)

    # --- parts of declarations -----------------------------------------------------------------------

    def declarations(self, *items: Item) -> tuple[Item, ...]:
        return items

    options = rules = ordered_rules = queries = lemmas = declarations
    arguments = patterns = bindings = declarations

    def option(self, name: str) -> str:
        return str(name)

    def option_value(self, name: str, value: str) -> str:
        return f"{name}={value}"

    def option_values(self, name: str, values: Names) -> str:
        return f"{name}={{{','.join(values)}}}"

    def weight(self, number: str) -> int:
        return int(number)

    def negative_weight(self, number: str) -> int:
        return -int(number)

    def names(self, *names: str) -> Names:
        return tuple([str(name) for name in names])

    types = dependencies = names

    def type(self, name: str) -> str:
        return str(name)

    def one_variable(self, name: str, type: str) -> Parameters:
        return (Parameter(str(name), type),)

    def several_variables(self, first: str, others: Names, type: str) -> Parameters:
        return tuple([Parameter(str(name), type) for name in (first, *others)])

    def parameter_group(self, names: Names, type: str) -> Parameters:
        return tuple([Parameter(name, type) for name in names])

    def may_fail_group(self, names: Names, type: str) -> Parameters:
        return tuple([Parameter(name, type, may_fail=True) for name in names])

    def parameters(self, *groups: Parameters) -> Parameters:
        return tuple([parameter for group in groups for parameter in group])

    variables = parameters

    def rule(self, parameters: Parameters | None, equality: Expression) -> tree.RewriteRuleTree:
        return tree.RewriteRuleTree(parameters or (), equality)

    # --- terms ---------------------------------------------------------------------------------------

    def term(self, *parts: Expression | PlacedToken) -> Expression:
        return infix.combine(parts)

    rule_term = tight_term = fact = format = term

    def identifier(self, name: PlacedToken) -> Expression:
        return tree.Identifier(str(name), place=name.place)

    def number(self, number: PlacedToken) -> Expression:
        return tree.Number(int(number), place=number.place)

    def fail(self, start: PlacedToken) -> Expression:
        return tree.Fail(place=start.place)

    def any(self, start: PlacedToken, name: str) -> Expression:
        return tree.Any(str(name), place=start.place)

    def apply(self, name: PlacedToken, arguments: Terms) -> Expression:
        return tree.Apply(str(name), arguments, place=name.place)

    def apply_operator(self, name: PlacedToken, *arguments: Expression) -> Expression:
        function = "choice" if name == "diff" else str(name)
        return tree.Apply(function, arguments, place=name.place)

    def tuple_term(self, start: PlacedToken, *items: Expression) -> Expression:
        return tree.Tuple(items, place=start.place)

    def let_in(self, start: PlacedToken, name: str, term: Expression, body: Expression) -> Expression:
        return tree.LetIn(str(name), term, body, place=start.place)

    def assign_in(self, name: PlacedToken, term: Expression, body: Expression) -> Expression:
        return tree.LetIn(str(name), term, body, place=name.place)

    def term_new(
        self, start: PlacedToken, name: str, dependencies: Names | None, type: str, body: Expression
    ) -> Expression:
        return tree.TermNew(str(name), dependencies, type, body, place=start.place)

    def term_random(self, name: PlacedToken, type: str, body: Expression) -> Expression:
        return tree.TermNew(str(name), None, type, body, place=name.place)

    def term_if(
        self, start: PlacedToken, condition: Expression, then: Expression, otherwise: Expression | None
    ) -> Expression:
        return tree.TermIf(condition, then, otherwise, place=start.place)

    def term_let(
        self,
        start: PlacedToken,
        pattern: PatternTree,
        term: Expression,
        body: Expression,
        otherwise: Expression | None,
    ) -> Expression:
        return tree.TermLet(pattern, term, body, otherwise, place=start.place)

    def term_assign(self, pattern: PatternTree, term: Expression, body: Expression) -> Expression:
        return tree.TermLet(pattern, term, body, None, place=pattern.place)

    def term_let_suchthat(self, start: PlacedToken, *parts: object) -> Expression:
        raise InputError("`let ... suchthat` in a term (predicates)", start.place, advice=USE_PROVERIF)

    def term_event(
        self,
        start: PlacedToken,
        name: str,
        arguments: Terms | None,
        dependencies: Names | None,
        body: Expression,
    ) -> Expression:
        return tree.TermEvent(str(name), arguments or (), body, dependencies=dependencies, place=start.place)

    def term_insert(self, start: PlacedToken, table: str, arguments: Terms, body: Expression) -> Expression:
        return tree.TermInsert(str(table), arguments, body, place=start.place)

    def term_get(
        self,
        start: PlacedToken,
        table: str,
        patterns: Patterns,
        condition: Expression | None,
        options: Names | None,
        body: Expression,
        otherwise: Expression | None,
    ) -> Expression:
        return tree.TermGet(
            str(table), patterns, condition, options or (), body, otherwise, place=start.place
        )

    # --- patterns ------------------------------------------------------------------------------------

    def variable_pattern(self, name: PlacedToken, type: str | None) -> PatternTree:
        return tree.VariablePattern(None if name == "_" else str(name), type, place=name.place)

    def number_pattern(self, number: PlacedToken) -> PatternTree:
        return tree.NumberPattern(int(number), place=number.place)

    def data_pattern(self, name: PlacedToken, items: Patterns) -> PatternTree:
        return tree.DataPattern(str(name), items, place=name.place)

    def choice_pattern(
        self, start: PlacedToken, left: PatternTree, right: PatternTree, type: str | None
    ) -> PatternTree:
        return tree.DataPattern("choice", (left, right), place=start.place)

    def tuple_pattern(self, start: PlacedToken, *items: PatternTree) -> PatternTree:
        return tree.TuplePattern(items, place=start.place)

    def equal_pattern(self, start: PlacedToken, term: Expression) -> PatternTree:
        return tree.EqualPattern(term, place=start.place)

    def simple_pattern(self, first: PatternTree, *rest: PatternTree | PlacedToken) -> PatternTree:
        result = first
        for right in rest[1::2]:
            assert not isinstance(right, PlacedToken)
            place, left = result.place, result
            if not isinstance(right, tree.NumberPattern):
                left, right = right, left  # `1 + x` is `x + 1`
            if not isinstance(right, tree.NumberPattern):
                raise InputError(
                    "`+` in a pattern adds a number; no number stands here",
                    left.place,
                    advice="write `x + 1`, for example",
                )
            result = tree.DataPattern("+", (left, right), place=place)
        return result

    # --- processes -----------------------------------------------------------------------------------

    def parallel(self, left: ProcessTree, right: ProcessTree) -> ProcessTree:
        return tree.Parallel(left, right, place=left.place)

    def nil(self, start: PlacedToken) -> ProcessTree:
        if start not in ("0", "yield"):
            raise InputError("the only number that is a process is 0", start.place)
        return tree.Nil(place=start.place)

    def call(self, name: PlacedToken, arguments: Terms | None, synchronisation: None) -> ProcessTree:
        return tree.Call(str(name), arguments or (), place=name.place)

    def synchronisation_tag(self, *words: PlacedToken) -> None:
        """It only steers `sync`, which is refused by name after parsing."""
        return None

    def replication(self, start: PlacedToken, body: ProcessTree) -> ProcessTree:
        return tree.Replication(body, place=start.place)

    def bounded_replication(
        self, start: PlacedToken, index: str, bound: str, body: ProcessTree
    ) -> ProcessTree:
        """`!i <= N` and `foreach i <= N do`: the bound is for CryptoVerif, ProVerif ignores it."""
        return tree.Replication(body, place=start.place)

    def sequence(self, prefix: Prefix, body: ProcessTree) -> ProcessTree:
        return replace(prefix, body=body)

    def new(self, start: PlacedToken, name: str, dependencies: Names | None, type: str) -> ProcessTree:
        return tree.New(str(name), dependencies, type, tree.Nil(), place=start.place)

    def random(self, name: PlacedToken, type: str) -> ProcessTree:
        return tree.New(str(name), None, type, tree.Nil(), place=name.place)

    def assign(self, pattern: PatternTree, term: Expression) -> ProcessTree:
        return tree.Let(pattern, term, tree.Nil(), tree.Nil(), place=pattern.place)

    def input(
        self, start: PlacedToken, channel: Expression, pattern: PatternTree, options: Names | None
    ) -> ProcessTree:
        return tree.Input(channel, pattern, options or (), tree.Nil(), place=start.place)

    def output(self, start: PlacedToken, channel: Expression, message: Expression) -> ProcessTree:
        return tree.Output(channel, message, tree.Nil(), place=start.place)

    def event(
        self, start: PlacedToken, name: str, arguments: Terms | None, dependencies: Names | None
    ) -> ProcessTree:
        return tree.Event(
            str(name), arguments or (), tree.Nil(), dependencies=dependencies, place=start.place
        )

    def insert(self, start: PlacedToken, table: str, arguments: Terms) -> ProcessTree:
        return tree.Insert(str(table), arguments, tree.Nil(), place=start.place)

    def phase(self, start: PlacedToken, number: PlacedToken) -> ProcessTree:
        if int(number) == 0:
            raise InputError("a phase of a process is 1 or more", number.place)
        return tree.Phase(int(number), tree.Nil(), place=start.place)

    def barrier(self, start: PlacedToken, number: PlacedToken, tag: str | None) -> ProcessTree:
        if int(number) == 0:
            raise InputError("the number of a `sync` is 1 or more", number.place)
        return tree.Barrier(int(number), None if tag is None else str(tag), tree.Nil(), place=start.place)

    def if_process(
        self, start: PlacedToken, condition: Expression, then: ProcessTree, otherwise: ProcessTree | None
    ) -> ProcessTree:
        return tree.If(condition, then, otherwise or tree.Nil(), place=start.place)

    def let_process(
        self,
        start: PlacedToken,
        pattern: PatternTree,
        term: Expression,
        body: ProcessTree | None = None,
        otherwise: ProcessTree | None = None,
    ) -> ProcessTree:
        return tree.Let(pattern, term, body or tree.Nil(), otherwise or tree.Nil(), place=start.place)

    let_end = let_process

    def let_suchthat(
        self,
        start: PlacedToken,
        variables: Parameters,
        condition: Expression,
        options: Names | None,
        body: ProcessTree | None = None,
        otherwise: ProcessTree | None = None,
    ) -> ProcessTree:
        typed = tuple([(variable.name, variable.type) for variable in variables])
        return tree.LetSuchThat(
            typed, condition, body or tree.Nil(), otherwise or tree.Nil(), place=start.place
        )

    let_suchthat_end = let_suchthat

    def get_process(
        self,
        start: PlacedToken,
        table: str,
        patterns: Patterns,
        condition: Expression | None,
        options: Names | None,
        body: ProcessTree | None = None,
        otherwise: ProcessTree | None = None,
    ) -> ProcessTree:
        return tree.Get(
            str(table), patterns, condition, options or (), body or tree.Nil(), otherwise or tree.Nil(),
            place=start.place,
        )  # fmt: skip

    get_end = get_process

    def get_else(
        self,
        start: PlacedToken,
        table: str,
        patterns: Patterns,
        condition: Expression | None,
        options: Names | None,
        otherwise: ProcessTree,
    ) -> ProcessTree:
        return self.get_process(start, table, patterns, condition, options, None, otherwise)

    def annotated(self, name: str, options: None, body: ProcessTree) -> ProcessTree:
        """`program { P`: the annotation is for CryptoVerif's implementations, ProVerif ignores it."""
        return body

    def program_option(self, *words: PlacedToken) -> None:
        return None

    program_options = program_option

    # --- queries -------------------------------------------------------------------------------------

    def correspondence(
        self, fact: Expression, start: PlacedToken | None, names: Names | None
    ) -> tree.CorrespondenceQuery:
        return tree.CorrespondenceQuery(fact, names or (), place=fact.place)

    def correspondence_alone(self, fact: Expression) -> tree.CorrespondenceQuery:
        return tree.CorrespondenceQuery(fact, (), place=fact.place)

    def secret_query(
        self,
        start: PlacedToken,
        name: str,
        keyword: PlacedToken | None,
        names: Names | None,
        options: Names | None,
    ) -> tree.SecretQuery:
        return tree.SecretQuery(str(name), names or (), options or (), place=start.place)

    def putbegin(self, start: PlacedToken, *parts: object) -> tree.CorrespondenceQuery:
        raise InputError("`query putbegin`", start.place, advice=USE_PROVERIF)

    def real_or_random_lemma(self, fact: Expression, start: PlacedToken, *parts: object) -> None:
        raise InputError(
            "a lemma for a `secret` query (observational equivalence)", start.place, advice=USE_PROVERIF
        )

    def apply_fact(
        self,
        name: PlacedToken,
        arguments: Terms,
        keyword: PlacedToken | None,
        phase: str | None,
        at: str | None,
    ) -> Expression:
        return tree.Apply(
            str(name),
            arguments,
            phase=None if phase is None else int(phase),
            at=None if at is None else str(at),
            place=name.place,
        )

    def apply_event(self, name: PlacedToken, arguments: Terms, at: str | None) -> Expression:
        return self.apply_fact(name, arguments, None, None, at)

    def apply_selected(
        self, name: PlacedToken, arguments: Terms, keyword: PlacedToken | None, phase: str | None
    ) -> Expression:
        return self.apply_fact(name, arguments, keyword, phase, None)

    def selected_name(self, name: PlacedToken) -> Expression:
        return tree.Identifier(str(name), place=name.place)

    def new_name(self, start: PlacedToken, name: str, bindings: Bindings | None) -> Expression:
        return tree.NewName(str(name), bindings or (), place=start.place)

    def binding(self, name: str, value: Expression) -> tuple[str, Expression]:
        return str(name), value

    def replication_binding(self, number: str, value: Expression) -> tuple[str, Expression]:
        return f"!{number}", value


def quote(text: str) -> str:
    """The string literal whose value is `text`."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
