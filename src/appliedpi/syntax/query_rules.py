"""Callbacks for the rules of queries, lemmas and `nounif`."""

from __future__ import annotations

from lark import Transformer, v_args

from appliedpi.syntax import tree
from appliedpi.syntax.lexing import PlacedToken, refusal
from appliedpi.syntax.term_rules import Names, Terms
from appliedpi.syntax.tree import Expression

Bindings = tuple[tuple[str, Expression], ...]


@v_args(inline=True)
class QueryRules(Transformer[PlacedToken, tree.ModelTree]):
    """One method per rule; the parts of the rule that the grammar keeps, in order."""

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
        raise refusal("`query putbegin`", start.place)

    def real_or_random_lemma(self, fact: Expression, start: PlacedToken, *parts: object) -> None:
        raise refusal("a lemma for a `secret` query (observational equivalence)", start.place)

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
