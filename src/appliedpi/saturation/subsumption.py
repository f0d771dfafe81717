"""Subsumption of clauses: Blanchet 2016, definition 4.6 ("H1 && phi1 => C1 subsumes H2 && phi2 => C2").

A clause subsumes another if an instance of it has the same conclusion, hypotheses that are a sub-multiset
of the other's, and constraints that the other's imply; then the other is redundant. Two hypotheses never map
to the same one: a clause does not subsume its own factors, which keeps the relation well-founded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from appliedpi.clauses import Clause, Disequality
from appliedpi.constraints import Unifiers, implied, syntactic_unifiers
from appliedpi.terms import Symbol, Term, substitute
from appliedpi.unification import Bindings, match

_BITS = 192


def symbol_mask(facts: tuple[Term, ...]) -> int:
    """A bit for each symbol that occurs: where a clause subsumes another, its bits are among the other's."""
    mask = 0
    seen: set[Term] = set()
    stack = list(facts)
    while stack:
        term = stack.pop()
        if term in seen:
            continue
        seen.add(term)
        if term.symbol is not None:
            mask |= 1 << (term.symbol.index % _BITS)
            stack.extend(term.args)
    return mask


def subsumes(general: Clause, special: Clause, unifiers: Unifiers = syntactic_unifiers) -> bool:
    """Whether `general` makes `special` redundant."""
    if len(general.hypotheses) > len(special.hypotheses) or general.mask & ~special.mask:
        return False
    if general.label & ~special.label:
        return False
    bindings: Bindings = {}
    if not match(general.conclusion, special.conclusion, bindings):
        return False
    ordered = sorted(general.hypotheses, key=_selectivity)
    return _map(ordered, 0, special.hypotheses, 0, bindings, general, special, unifiers)


def _selectivity(fact: Term) -> int:
    return -fact.size


def _map(
    ordered: list[Term],
    position: int,
    targets: tuple[Term, ...],
    used: int,
    bindings: Bindings,
    general: Clause,
    special: Clause,
    unifiers: Unifiers,
) -> bool:
    """Map the hypotheses from `position` on to unused targets; recursion bounded by their number."""
    if position == len(ordered):
        return _constraints_follow(general, special, bindings, unifiers)
    fact = ordered[position]
    outermost = fact.args[0].symbol
    for index, target in enumerate(targets):
        if used >> index & 1 or target.symbol is not fact.symbol:
            continue
        if outermost is not None and target.args[0].symbol is not outermost:
            continue
        attempt = dict(bindings)
        if match(fact, target, attempt) and _map(
            ordered, position + 1, targets, used | 1 << index, attempt, general, special, unifiers
        ):
            return True
    return False


def _constraints_follow(general: Clause, special: Clause, bindings: Bindings, unifiers: Unifiers) -> bool:
    for constraint in general.disequalities:
        # Universal variables are numbered apart from those of facts, so `bindings` does not touch them.
        image = Disequality(
            substitute(constraint.left, bindings),
            substitute(constraint.right, bindings),
            constraint.universal,
        )
        if not implied(image, special.disequalities, unifiers):
            return False
    return True


Root = tuple[Symbol, Symbol | None]


def root(fact: Term) -> Root:
    """The predicate of a fact and the outermost symbol of its first argument (None for a variable)."""
    assert fact.symbol is not None
    return fact.symbol, fact.args[0].symbol if fact.args else None


class FactIndex:
    """Clauses filed under the root of one of their facts.

    Retrieval gives a superset of the clauses whose filed fact unifies with a given one (`unifiable`), is
    more general (`generalisations`) or more special (`instances`).
    """

    def __init__(self) -> None:
        self._clauses: dict[Root, dict[int, Clause]] = {}

    def __iter__(self) -> Iterator[Clause]:
        for bucket in self._clauses.values():
            yield from bucket.values()

    def __len__(self) -> int:
        return sum([len(bucket) for bucket in self._clauses.values()])

    def add(self, fact: Term, clause: Clause) -> None:
        self._clauses.setdefault(root(fact), {})[clause.number] = clause

    def remove(self, fact: Term, clause: Clause) -> None:
        self._clauses.get(root(fact), {}).pop(clause.number, None)

    def unifiable(self, fact: Term) -> list[Clause]:
        predicate, outermost = root(fact)
        if outermost is None:
            return self.instances(fact)
        return [*self._bucket((predicate, None)), *self._bucket((predicate, outermost))]

    def generalisations(self, fact: Term) -> list[Clause]:
        predicate, outermost = root(fact)
        found = list(self._bucket((predicate, None)))
        if outermost is not None:
            found += self._bucket((predicate, outermost))
        return found

    def instances(self, fact: Term) -> list[Clause]:
        predicate, outermost = root(fact)
        if outermost is not None:
            return list(self._bucket((predicate, outermost)))
        return [
            clause
            for (other, _), bucket in self._clauses.items()
            if other is predicate
            for clause in bucket.values()
        ]

    def _bucket(self, key: Root) -> Iterable[Clause]:
        return self._clauses.get(key, {}).values()
