"""Callbacks for the rules of declarations and of the lists in them."""

from __future__ import annotations

from typing import TypeVar

from lark import Transformer, v_args

from appliedpi.syntax import tree
from appliedpi.syntax.lexing import PlacedToken, quote
from appliedpi.syntax.term_rules import Names
from appliedpi.syntax.tree import DeclarationTree, Expression, Parameter, ProcessTree

Parameters = tuple[Parameter, ...]
Query = tree.CorrespondenceQuery | tree.SecretQuery
Item = TypeVar("Item")


@v_args(inline=True)
class DeclarationRules(Transformer[PlacedToken, tree.ModelTree]):
    """One method per rule; the parts of the rule that the grammar keeps, in order."""

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
