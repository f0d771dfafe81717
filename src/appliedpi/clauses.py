"""Horn clauses: facts, constraints, clauses and where a clause comes from.

A clause `F1 && ... && Fn && constraints -> C` (Blanchet 2016, section 3.2). Facts are terms whose
symbol is a predicate. The variables of a clause are numbered canonically, so that clauses that differ by
a renaming are equal and a clause shares its terms with all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from appliedpi.terms import App, Kind, Symbol, Term, Variable
from appliedpi.traces.derivation import Rule
from appliedpi.unification import Bindings, resolve

# --- predicates -------------------------------------------------------------------------------------


@cache
def attacker(phase: int) -> Symbol:
    """attacker(M): the attacker may have M in this phase."""
    return Symbol(f"attacker phase {phase}" if phase else "attacker", ("any",), "fact", Kind.PREDICATE)


@cache
def message(phase: int) -> Symbol:
    """mess(N, M): M may be sent on channel N in this phase."""
    return Symbol(f"mess phase {phase}" if phase else "mess", ("any", "any"), "fact", Kind.PREDICATE)


@cache
def table(phase: int) -> Symbol:
    """table(t(M...)): the entry may be in the table in this phase."""
    return Symbol(f"table phase {phase}" if phase else "table", ("any",), "fact", Kind.PREDICATE)


# event(M, o): the event M may have been executed, by the execution o of its statement.
EVENT = Symbol("event", ("any", "any"), "fact", Kind.PREDICATE)
# begin(M, o): in a hypothesis, the event M must have been executed, by the execution o.
BEGIN = Symbol("begin", ("any", "any"), "fact", Kind.PREDICATE)
# precise(o, M): the execution o of an input or get received M; o determines M.
PRECISE = Symbol("precise", ("any", "any"), "fact", Kind.PREDICATE)

# compromised(M): all names in M are free, or made outside replications or by compromised sessions.
COMPROMISED = Symbol("compromised", ("any",), "fact", Kind.PREDICATE)

# is_nat(M), and M >= N between natural numbers: constraints, kept among the hypotheses.
NATURAL = Symbol("is_nat", ("any",), "fact", Kind.PREDICATE)
AT_LEAST = Symbol(">=", ("any", "any"), "fact", Kind.PREDICATE)

# at(M, j), before(F, j): in a goal clause that is proved by induction, M is the event of premise j, and the
# fact F (or the event F) was before it.
AT = Symbol("at", ("any", "any"), "fact", Kind.PREDICATE)
BEFORE = Symbol("before", ("any", "any"), "fact", Kind.PREDICATE)

_BLOCKING = frozenset([BEGIN, PRECISE, NATURAL, AT_LEAST, AT, BEFORE])


def is_attacker(fact: Term) -> bool:
    """Whether the predicate is attacker, in any phase."""
    symbol = fact.symbol
    assert symbol is not None
    return symbol.arity == 1 and symbol.name.startswith("attacker")


def is_blocking(fact: Term) -> bool:
    """Whether the fact is only ever a hypothesis: no clause concludes it, it is never resolved upon."""
    return fact.symbol in _BLOCKING


# --- clauses ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Disequality:
    """For all values of the `universal` variables, `left` and `right` differ (Blanchet 2016, 3.2)."""

    left: Term
    right: Term
    universal: frozenset[Variable] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class Initial:
    """History of a clause of the translation; `hypotheses` and `conclusion` before any simplification."""

    rule: Rule | None  # None for the goal clause of a query
    hypotheses: tuple[Term, ...]
    conclusion: Term


@dataclass(frozen=True, eq=False, slots=True)
class Resolution:
    """`selecting` had its hypothesis `index` resolved with the conclusion of `solved`.

    The hypotheses of the resolvent are those of `selecting` without that one, then those of `solved`.
    """

    selecting: Clause
    index: int
    solved: Clause


@dataclass(frozen=True, eq=False, slots=True)
class Kept:
    """An old hypothesis is the new hypothesis `index`."""

    index: int


@dataclass(frozen=True, eq=False, slots=True)
class Composed:
    """An old hypothesis attacker(f(M...)) follows from `parts`, which give attacker(M)..."""

    symbol: Symbol
    parts: tuple[Replaced, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Arbitrary:
    """An old hypothesis attacker(x) with x nowhere else: any message of the attacker serves."""


@dataclass(frozen=True, eq=False, slots=True)
class Forgotten:
    """An old hypothesis that the clause no longer has although it is needed: see `saturation.forgetting`."""


Replaced = Kept | Composed | Arbitrary | Forgotten


@dataclass(frozen=True, eq=False, slots=True)
class History:
    """Where a clause comes from.

    `step` gives the clause before simplification, `replaced` for each of its hypotheses what became of it,
    and `projections` how its conclusion attacker(f(...M...)) was taken apart to attacker(M), outermost first.
    """

    step: Initial | Resolution
    replaced: tuple[Replaced, ...]
    projections: tuple[tuple[Symbol, int], ...]


def _size(fact: Term) -> int:
    return fact.size


# A predicate, and where there is one a position and the symbol of the argument there.
Key = tuple[Symbol | None, int, Symbol | None]


def _keys(fact: Term) -> list[Key]:
    keys: list[Key] = [(fact.symbol, -1, None)]
    for position, argument in enumerate(fact.args):
        if argument.symbol is not None:
            keys.append((fact.symbol, position, argument.symbol))
    return keys


# Hypotheses, conclusion and disequalities.
Facts = tuple[tuple[Term, ...], Term, tuple[Disequality, ...]]


class Clause:
    """An immutable clause with canonical variables. Build with `make_clause`."""

    __slots__ = (
        "hypotheses", "conclusion", "disequalities", "history", "label", "size", "selected", "number",
        "mask", "by_size", "keys", "places", "positions", "naturals", "_apart",
    )  # fmt: skip

    def __init__(
        self,
        hypotheses: tuple[Term, ...],
        conclusion: Term,
        disequalities: tuple[Disequality, ...],
        history: History,
        label: int = 0,
    ) -> None:
        self.hypotheses = hypotheses
        self.conclusion = conclusion
        self.disequalities = disequalities
        self.history = history
        self.label = label
        self.size = conclusion.size + sum([fact.size for fact in hypotheses])
        self.selected: int | None = None
        self.number = -1
        self._apart: Facts | None = None
        self.naturals = [fact for fact in hypotheses if fact.symbol is NATURAL or fact.symbol is AT_LEAST]
        # What follows is for subsumption, and about the other hypotheses: they, largest first, ...
        others = [fact for fact in hypotheses if fact not in self.naturals] if self.naturals else hypotheses
        self.by_size = sorted(others, key=_size, reverse=True)
        # ... the symbols of all facts: a clause that this one subsumes has all these bits, ...
        mask = conclusion.mask
        for fact in self.by_size:
            mask |= fact.mask
        self.mask = mask
        # ... and where each of them stands, and those with a predicate, or with a symbol at an argument.
        self.keys = [_keys(fact) for fact in self.by_size]
        self.positions = {fact: index for index, fact in enumerate(self.by_size)}
        self.places: dict[Key, list[int]] = {}
        for index, keys in enumerate(self.keys):
            for key in keys:
                self.places.setdefault(key, []).append(index)

    def __repr__(self) -> str:
        parts = [str(fact) for fact in self.hypotheses]
        parts += [f"{d.left} <> {d.right}" for d in self.disequalities]
        return f"{' && '.join(parts)} -> {self.conclusion}" if parts else str(self.conclusion)

    def apart(self) -> Facts:
        """The same clause over a second set of variables, disjoint from all canonical ones."""
        if self._apart is None:
            facts, disequalities = rename_canonically(
                [*self.hypotheses, self.conclusion], self.disequalities, bank=1
            )
            self._apart = tuple(facts[:-1]), facts[-1], disequalities
        return self._apart


@cache
def canonical_variable(bank: int, index: int, type: str, may_fail: bool) -> Variable:
    """Variable number `index` of a clause.

    Bank 0 holds the clauses' own variables, bank 1 those of the renamed copies, banks 2 and 3 the universal
    variables of the disequalities of either.
    """
    return Variable(f"{'vwuy'[bank]}{index}", type, may_fail)


def rename_canonically(
    facts: Sequence[Term],
    disequalities: Sequence[Disequality],
    bank: int = 0,
    bindings: Bindings | None = None,
) -> tuple[list[Term], tuple[Disequality, ...]]:
    """Apply `bindings`, then number the variables in order of occurrence, universal ones apart."""
    universal = {variable for disequality in disequalities for variable in disequality.universal}
    renaming = _Renaming(bank, bindings if bindings is not None else {}, universal)
    renamed_facts = [renaming.of(fact) for fact in facts]
    renamed = [
        Disequality(
            renaming.of(d.left),
            renaming.of(d.right),
            frozenset([v for v in map(renaming.of, d.universal) if isinstance(v, Variable)]),
        )
        for d in disequalities
    ]
    return renamed_facts, tuple(renamed)


class _Renaming:
    """Numbers variables as it meets them."""

    def __init__(self, bank: int, bindings: Bindings, universal: set[Variable]) -> None:
        self.bank = bank
        self.bindings = bindings
        self.universal = universal
        self.known: dict[Term, Term] = {}
        self.own = 0
        self.others = 0  # universal ones

    def of(self, term: Term) -> Term:
        """The term renamed; recursion bounded by its depth."""
        if term.ground:
            return term
        known = self.known.get(term)
        if known is not None:
            return known
        result: Term
        if isinstance(term, Variable):
            value = self.bindings.get(term)
            if value is not None:
                result = self.of(value)
            elif term in self.universal:
                result = canonical_variable(self.bank + 2, self.others, term.type, term.may_fail)
                self.others += 1
            else:
                result = canonical_variable(self.bank, self.own, term.type, term.may_fail)
                self.own += 1
        else:
            assert term.symbol is not None
            result = App(term.symbol, tuple([self.of(argument) for argument in term.args]))
        self.known[term] = result
        return result


def substitute_facts(facts: Sequence[Term], bindings: Bindings) -> list[Term]:
    """All facts with `bindings` followed to the end."""
    done: dict[Term, Term] = {}
    return [resolve(fact, bindings, done) for fact in facts]
