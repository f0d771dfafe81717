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


class Clause:
    """An immutable clause with canonical variables. Build with `make_clause`."""

    __slots__ = (
        "hypotheses", "conclusion", "disequalities", "history", "label", "size", "selected", "renamed",
        "number", "mask", "by_size", "places", "naturals",
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
        self.renamed: Clause | None = None
        self.number = -1
        mask = conclusion.mask
        for fact in hypotheses:
            if fact.symbol is not NATURAL and fact.symbol is not AT_LEAST:
                mask |= fact.mask
        self.mask = mask  # of all facts but comparisons: a clause that this one subsumes has all these bits
        self.naturals = [fact for fact in hypotheses if fact.symbol is NATURAL or fact.symbol is AT_LEAST]
        # The other hypotheses, largest first, and where those of each predicate stand.
        others = [fact for fact in hypotheses if fact not in self.naturals] if self.naturals else hypotheses
        self.by_size = sorted(others, key=_size, reverse=True)
        self.places: dict[Symbol | None, list[int]] = {}
        for index, fact in enumerate(self.by_size):
            self.places.setdefault(fact.symbol, []).append(index)

    def __repr__(self) -> str:
        parts = [str(fact) for fact in self.hypotheses]
        parts += [f"{d.left} <> {d.right}" for d in self.disequalities]
        return f"{' && '.join(parts)} -> {self.conclusion}" if parts else str(self.conclusion)

    def apart(self) -> tuple[tuple[Term, ...], Term, tuple[Disequality, ...]]:
        """The same clause over a second set of variables, disjoint from all canonical ones."""
        if self.renamed is None:
            facts, disequalities = rename_canonically(
                [*self.hypotheses, self.conclusion], self.disequalities, bank=1
            )
            self.renamed = Clause(tuple(facts[:-1]), facts[-1], disequalities, self.history, self.label)
        other = self.renamed
        return other.hypotheses, other.conclusion, other.disequalities


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
    renamed_terms: dict[Term, Term] = {}
    bound = bindings if bindings is not None else {}
    universal = {variable for disequality in disequalities for variable in disequality.universal}
    count = [0, 0]

    def walk(term: Term) -> Term:
        if term.ground:
            return term
        known = renamed_terms.get(term)
        if known is not None:
            return known
        result: Term
        if isinstance(term, Variable):
            value = bound.get(term)
            if value is not None:
                result = walk(value)
            else:
                kind = term in universal
                result = canonical_variable(bank + 2 * kind, count[kind], term.type, term.may_fail)
                count[kind] += 1
        else:
            assert term.symbol is not None
            result = App(term.symbol, tuple([walk(argument) for argument in term.args]))
        renamed_terms[term] = result
        return result

    renamed_facts = [walk(fact) for fact in facts]
    renamed = [
        Disequality(
            walk(d.left),
            walk(d.right),
            frozenset([v for v in map(walk, d.universal) if isinstance(v, Variable)]),
        )
        for d in disequalities
    ]
    return renamed_facts, tuple(renamed)


def substitute_facts(facts: Sequence[Term], bindings: Bindings) -> list[Term]:
    """All facts with `bindings` followed to the end."""
    done: dict[Term, Term] = {}
    return [resolve(fact, bindings, done) for fact in facts]
