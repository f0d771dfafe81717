"""What a certificate contains. These classes are its format: `reading` fills them field by field.

Each class refuses what could not mean anything, so the rules need not ask again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from appliedpi.terms import Kind, Symbol, Term, Variable, show

Pair = tuple[Term, Term]


@cache
def predicate(name: str, arity: int) -> Symbol:
    """The one predicate of this name and arity."""
    return Symbol(name, ("any",) * arity, "fact", Kind.PREDICATE)


EVENT: Final = predicate("event", 2)  # event(M, o): the event M may have been executed, by the execution o
BEGIN: Final = predicate("begin", 2)  # begin(M, o): in a hypothesis, it was executed
PRECISE: Final = predicate("precise", 2)  # precise(o, M): the execution o received M, and nothing else
AT: Final = predicate("at", 2)  # at(M, j): the event M is premise j of the query
BEFORE: Final = predicate("before", 2)  # before(F, j): the fact, or event, F was strictly before premise j
NATURAL: Final = predicate("is_nat", 1)
AT_LEAST: Final = predicate(">=", 2)
NATURALS: Final = frozenset([NATURAL, AT_LEAST])
BLOCKING: Final = frozenset([BEGIN, PRECISE, AT, BEFORE]) | NATURALS  # no clause concludes them
GOAL: Final = "goal"


@dataclass(frozen=True, eq=False, slots=True)
class Disequality:
    """For all values of the `universal` variables, some pair differs."""

    pairs: tuple[Pair, ...]
    universal: tuple[Variable, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Clause:
    """`hypotheses && constraints -> conclusion`; `label` holds the toggles without which it is not there."""

    hypotheses: tuple[Term, ...]
    conclusion: Term
    constraints: tuple[Disequality, ...]
    label: int

    def __post_init__(self) -> None:
        for fact in (*self.hypotheses, self.conclusion):
            if fact.symbol is None or fact.symbol.kind is not Kind.PREDICATE:
                raise ValueError(f"{fact} is not a fact")
        if self.conclusion.symbol in BLOCKING:
            raise ValueError(f"a clause concludes {self.conclusion}")

    def __str__(self) -> str:
        different = [" and ".join(f"{a} = {b}" for a, b in one.pairs) for one in self.constraints]
        hypotheses = [*map(show, self.hypotheses), *[f"not ({text})" for text in different]]
        return f"{' && '.join(hypotheses)} -> {self.conclusion}"


@dataclass(frozen=True, eq=False, slots=True)
class Kept:
    """A clause of a saturated set, with the index of its selected hypothesis (None: it is solved).

    `claim`, for a goal clause of an injective query: the disjunct that it satisfies and the indices of the
    hypotheses that serve the atoms of the disjunct.
    """

    clause: Clause
    selected: int | None
    claim: tuple[int, tuple[int | None, ...]] | None

    def __post_init__(self) -> None:
        for index in (self.selected, *(self.claim[1] if self.claim else ())):
            if index is not None and index >= len(self.clause.hypotheses):
                raise ValueError(f"there is no hypothesis {index}")


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """Facts and constraints that hold together."""

    facts: tuple[Term, ...]
    equalities: tuple[Pair, ...]
    constraints: tuple[Disequality, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Lemma:
    """Where the premises and constraints hold, so does one of the cases. `kind`: lemma, axiom, ..."""

    kind: str
    text: str
    premises: tuple[Term, ...]
    constraints: tuple[Disequality, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Atom:
    """An atom of a conclusion. `kind` is "=" or "<>" between two `terms`, "number" for a constraint between
    numbers, or "fact": one of the terms. Wherever that is, so is what `nested` says, if anything."""

    kind: str
    terms: tuple[Term, ...]
    injective: bool
    nested: Conclusion | None

    def __post_init__(self) -> None:
        count = {"=": 2, "<>": 2, "number": 1, "fact": len(self.terms)}.get(self.kind)
        if count != len(self.terms) or (self.nested and self.kind != "fact"):
            raise ValueError(f"unknown kind of atom {self.kind!r}")


@dataclass(frozen=True, eq=False, slots=True)
class Conclusion:
    """A conclusion in disjunctive normal form. `given`: the variables whose values the premise determines."""

    given: tuple[Variable, ...]
    disjuncts: tuple[tuple[Atom, ...], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Query:
    """A query: each goal clause is `premises -> goal(premises, values of the variables)`.

    `executions`: the positions in a goal of the premises that are injective, none where the query is not.
    `induction`: the query as a lemma, where it is used in its own proof.
    """

    text: str
    variables: tuple[Variable, ...]
    executions: tuple[int, ...]
    conclusion: Conclusion
    induction: tuple[Lemma, ...]
    goals: tuple[Clause, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """The clauses of a model, what is assumed of it, and the facts that are declared never to hold.

    Messages are irreducible by the `simplifications`; a term evaluates to itself or by a `completed` rule.
    """

    simplifications: tuple[Pair, ...]
    completed: tuple[Pair, ...]
    clauses: tuple[Clause, ...]
    lemmas: tuple[Lemma, ...]
    never: tuple[Term, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Saturated:
    """The saturated set of a model's clauses, and that of the goal of each fact in `never`."""

    clauses: tuple[Kept, ...]
    never: tuple[tuple[Kept, ...], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """The saturated goal clauses of a conclusion; the answers to what is nested in it, in reading order."""

    goals: tuple[Kept, ...]
    nested: tuple[Answer, ...]
