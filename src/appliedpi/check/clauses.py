"""Clauses, and what holds of facts by their predicates alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from appliedpi.check.constraints import BEGIN, BLOCKING, NATURALS, Disequality
from appliedpi.check.unification import Bindings, Pair, fresh, resolve, variables_of
from appliedpi.terms import App, Kind, Symbol, Term, show, substitute


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
    if symbol is None or symbol.arity or symbol.private:
        return False
    return symbol.kind in (Kind.NAME, Kind.CONSTRUCTOR)


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
    symbols: frozenset[Symbol]  # see `symbols_of`


def symbols_of(clause: Clause) -> frozenset[Symbol]:
    """The symbols of the facts, but for constraints between natural numbers."""
    seen: set[Term] = set()
    stack = [clause.conclusion, *[fact for fact in clause.hypotheses if fact.symbol not in NATURALS]]
    while stack:
        term = stack.pop()
        if term not in seen:
            seen.add(term)
            stack.extend(term.args)
    return frozenset([term.symbol for term in seen if term.symbol is not None])


class ClauseSet:
    """Kept clauses, filed by the predicate of their conclusion and the root of its first argument."""

    def __init__(self, clauses: Sequence[Kept]) -> None:
        self.clauses = clauses
        self._filed: dict[tuple[Symbol | None, Symbol | None], list[Kept]] = {}
        for kept in clauses:
            fact = kept.clause.conclusion
            self._filed.setdefault((fact.symbol, fact.args[0].symbol), []).append(kept)

    def more_general(self, fact: Term, symbols: frozenset[Symbol]) -> Iterator[Kept]:
        """All those that may subsume a clause with these symbols that concludes the fact, and some others."""
        for root in dict.fromkeys([None, fact.args[0].symbol]):
            for kept in self._filed.get((fact.symbol, root), ()):
                if kept.symbols <= symbols:
                    yield kept

    def solved(self, fact: Term) -> Iterator[Kept]:
        """All solved clauses whose conclusion may unify with the fact, and some others."""
        root = fact.args[0].symbol
        for (predicate, other), clauses in self._filed.items():
            if predicate is fact.symbol and (root is None or other is None or other is root):
                yield from [kept for kept in clauses if kept.selected is None]
