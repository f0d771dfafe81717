"""Clauses, lemmas and queries as a certificate has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from appliedpi.check.constraints import AT_LEAST, BEGIN, BLOCKING, NATURAL, Disequality
from appliedpi.check.unification import Bindings, Pair, Theory, fresh, resolve, variables_of
from appliedpi.terms import App, Kind, Symbol, Term, Variable, show, substitute


def phase_of(fact: Term) -> int | None:
    """The phase of an attacker fact; None for other facts."""
    name = fact.symbol.name if fact.symbol is not None else ""
    if name == "attacker":
        return 0
    return int(name.removeprefix("attacker phase ")) if name.startswith("attacker phase ") else None


def stands_for(fact: Term, pattern: Term) -> bool:
    """Whether the predicate of a fact may serve for that of a pattern: what the attacker has it keeps."""
    phase, asked = phase_of(fact), phase_of(pattern)
    return fact.symbol is pattern.symbol or (phase is not None and asked is not None and phase <= asked)


def compared(fact: Term, pattern: Term) -> list[Pair]:
    """The arguments to compare; by which execution an event began does not matter."""
    count = 1 if pattern.symbol is BEGIN else len(pattern.args)
    return list(zip(pattern.args[:count], fact.args[:count], strict=True))


def is_known(fact: Term) -> bool:
    """Whether it is attacker(c) for a public name or constant c."""
    symbol = fact.args[0].symbol if phase_of(fact) is not None else None
    return (
        symbol is not None
        and symbol.arity == 0
        and not symbol.private
        and symbol.kind in (Kind.NAME, Kind.CONSTRUCTOR)
    )


def taken_apart(fact: Term) -> list[Term]:
    """attacker(f(M1..Mn)) for a data constructor f as attacker(M1)..attacker(Mn), as often as possible."""
    if phase_of(fact) is None:
        return [fact]
    assert fact.symbol is not None
    found, stack = [], [fact.args[0]]
    while stack:
        term = stack.pop()
        if term.symbol is not None and term.symbol.data and (term.args or not term.symbol.private):
            stack.extend(reversed(term.args))
        else:
            found.append(App(fact.symbol, (term,)))
    return found


def may_be_selected(fact: Term) -> bool:
    """Whether resolution upon the fact finds all that it may follow from.

    Blocking facts are concluded by no clause. attacker(x) for a variable x, for a public constant, or for the
    application of a data constructor holds by rules that are not among the clauses.
    """
    if phase_of(fact) is None:
        return fact.symbol not in BLOCKING
    return fact.args[0].symbol is not None and not is_known(fact) and taken_apart(fact) == [fact]


@dataclass(frozen=True, eq=False)
class Clause:
    """`hypotheses && constraints -> conclusion`; `label` holds the toggles without which it is not there."""

    hypotheses: tuple[Term, ...]
    conclusion: Term
    constraints: tuple[Disequality, ...]
    label: int = 0

    def __str__(self) -> str:
        different = [" and ".join(f"{a} = {b}" for a, b in d.pairs) for d in self.constraints]
        hypotheses = [*map(show, self.hypotheses), *[f"not ({text})" for text in different]]
        return f"{' && '.join(hypotheses)} -> {self.conclusion}"

    def resolved(self, bindings: Bindings) -> Clause:
        """The clause with all bindings followed to the end."""
        own = [v for d in self.constraints for v in d.own()]
        values = {v: resolve(v, bindings) for v in [*variables_of([*self.hypotheses, self.conclusion]), *own]}
        return Clause(
            tuple([substitute(fact, values) for fact in self.hypotheses]),
            substitute(self.conclusion, values),
            tuple([constraint.under(values) for constraint in self.constraints]),
            self.label,
        )

    def renamed(self) -> Clause:
        """The same clause over new variables."""
        terms = [*self.hypotheses, self.conclusion, *[v for d in self.constraints for v in d.own()]]
        return self.resolved(fresh(terms))


@dataclass(frozen=True, eq=False)
class Kept:
    """A clause of the saturated set, with the index of its selected hypothesis (None: it is solved).

    For a goal clause, `claim` tells the disjunct of the query that it satisfies and the hypotheses that
    serve its atoms.
    """

    name: str
    clause: Clause
    selected: int | None
    claim: tuple[int, tuple[int | None, ...]] | None
    apart: Clause  # the clause over other variables
    symbols: frozenset[Symbol]  # without those of constraints between natural numbers


def symbols_of(clause: Clause) -> frozenset[Symbol]:
    found: set[Symbol] = set()
    seen: set[Term] = set()
    stack = [clause.conclusion, *[f for f in clause.hypotheses if f.symbol not in (NATURAL, AT_LEAST)]]
    while stack:
        term = stack.pop()
        if term not in seen and term.symbol is not None:
            seen.add(term)
            found.add(term.symbol)
            stack.extend(term.args)
    return frozenset(found)


class ClauseSet:
    """Kept clauses, filed by the predicate of their conclusion and the root of its first argument."""

    def __init__(self, clauses: Sequence[Kept]) -> None:
        self.clauses = clauses
        self._filed: dict[tuple[Symbol | None, Symbol | None], list[Kept]] = {}
        for kept in clauses:
            fact = kept.clause.conclusion
            self._filed.setdefault((fact.symbol, fact.args[0].symbol), []).append(kept)

    def more_general(self, fact: Term) -> Iterator[Kept]:
        """All those whose conclusion may have the fact as an instance, and some others."""
        roots = {None, fact.args[0].symbol}
        for root in roots:
            yield from self._filed.get((fact.symbol, root), ())

    def solved(self, fact: Term) -> Iterator[Kept]:
        """All solved clauses whose conclusion may unify with the fact, and some others."""
        root = fact.args[0].symbol
        for (predicate, other), clauses in self._filed.items():
            if predicate is fact.symbol and (root is None or other is None or other is root):
                yield from [kept for kept in clauses if kept.selected is None]


@dataclass(frozen=True, eq=False)
class LemmaCase:
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
