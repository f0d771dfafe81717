"""Callbacks for the rules of terms, facts, patterns and rewrite rules."""

from __future__ import annotations

from lark import Transformer, v_args

from appliedpi.errors import InputError
from appliedpi.syntax import infix, tree
from appliedpi.syntax.lexing import PlacedToken, refusal
from appliedpi.syntax.tree import Expression, PatternTree

Names = tuple[str, ...]
Terms = tuple[Expression, ...]
Patterns = tuple[PatternTree, ...]


@v_args(inline=True)
class TermRules(Transformer[PlacedToken, tree.ModelTree]):
    """One method per rule; the parts of the rule that the grammar keeps, in order."""

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
        raise refusal("`let ... suchthat` in a term (predicates)", start.place)

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
