"""What a certificate contains: a statement, with its lemmas and its query, and a proof of it."""

from __future__ import annotations

from dataclasses import dataclass

from appliedpi.check.clauses import Clause, Kept
from appliedpi.check.constraints import Disequality
from appliedpi.check.unification import Bindings, Pair, Theory
from appliedpi.terms import Term, Variable, substitute


@dataclass(frozen=True, eq=False)
class LemmaCase:
    """Facts and constraints that hold together."""

    facts: tuple[Term, ...]
    equalities: tuple[Pair, ...]
    constraints: tuple[Disequality, ...]


@dataclass(frozen=True, eq=False)
class Lemma:
    """Where the premises and constraints hold, so does one of the cases."""

    text: str
    premises: tuple[Term, ...]
    constraints: tuple[Disequality, ...]
    cases: tuple[LemmaCase, ...]


@dataclass(frozen=True, eq=False)
class Atom:
    """An atom of a query. `kind` is "=" or "<>" between `terms`, "number" for a constraint that they hold,
    or "fact": one of `terms` is among the hypotheses."""

    kind: str
    terms: tuple[Term, ...]
    injective: bool

    def under(self, values: Bindings) -> Atom:
        """The atom for these values of its variables."""
        return Atom(self.kind, tuple([substitute(term, values) for term in self.terms]), self.injective)


@dataclass(frozen=True, eq=False)
class Query:
    """The conclusion of a query, in disjunctive normal form.

    `given` are the positions in the last argument of a goal of the variables that the premises bind.
    `executions` are the positions in a goal of the injective premises; none where the query is not injective.
    """

    text: str
    variables: tuple[Variable, ...]
    given: tuple[int, ...]
    executions: tuple[int, ...]
    disjuncts: tuple[tuple[Atom, ...], ...]


Served = tuple[Term | None, ...]


@dataclass(frozen=True)
class Statement:
    """What is claimed of what: everything here is to be compared with the model."""

    theory: Theory
    initial: tuple[Clause, ...]
    lemmas: tuple[Lemma, ...]
    never: tuple[Term, ...]
    query: Query
    goals: tuple[Clause, ...]


@dataclass(frozen=True)
class Proof:
    """The saturated sets: of the initial clauses, of the goal of each fact in `never`, of the goals."""

    clauses: tuple[Kept, ...]
    never: tuple[tuple[Kept, ...], ...]
    goals: tuple[Kept, ...]
