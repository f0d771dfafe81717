"""What a clause requires besides facts: disequalities, and constraints between natural numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from appliedpi.check.contents import NATURALS, Disequality, Pair
from appliedpi.check.unification import Bindings, Theory, fresh, variables_of
from appliedpi.terms import App, Symbol, Term, Variable, substitute


def under(one: Disequality, values: Bindings) -> Disequality:
    """The constraint for these values of its variables, which are not followed."""
    return replace(one, pairs=tuple([(substitute(a, values), substitute(b, values)) for a, b in one.pairs]))


def own(*constraints: Disequality) -> set[Variable]:
    """The variables whose values decide whether the constraints hold."""
    found: set[Variable] = set()
    for one in constraints:
        found |= variables_of([term for pair in one.pairs for term in pair]) - {*one.universal}
    return found


def never_holds(one: Disequality, theory: Theory) -> bool:
    """Whether the constraint fails for all values of its own variables."""
    return bool(theory.unifiers(one.pairs, own(one)))


def follows(one: Disequality, given: Iterable[Disequality], theory: Theory) -> bool:
    """Whether the constraint holds wherever those given do: what makes it fail makes one of them fail."""
    # Its universal variables are renamed: those of a given one may be the same.
    unifiers = theory.unifiers(under(one, fresh(one.universal)).pairs, set())
    return all(any(never_holds(under(other, unifier), theory) for other in given) for unifier in unifiers)


ZERO: Final = App(Symbol("0", (), "nat", data=True))
SUCCESSOR: Final = Symbol("+ 1", ("nat",), "nat", data=True)


def successor(term: Term, count: int = 1) -> Term:
    """The term with that many successors."""
    for _ in range(count):
        term = App(SUCCESSOR, (term,))
    return term


def _number(term: Term) -> tuple[Term, int]:
    """A natural number as what is under its successors, and how many there are."""
    count = 0
    while term.symbol is SUCCESSOR:
        term, count = term.args[0], count + 1
    return term, count


class Naturals:
    """The constraints is_nat(M) and M >= N of a clause, as differences: y <= x + distances[x, y].

    They can hold if no cycle of differences is negative (Cormen et al., "Introduction to Algorithms", 24.4).
    """

    def __init__(self, facts: Iterable[Term]) -> None:
        self.distances: dict[Pair, int] = {}
        for fact in facts:
            if fact.symbol not in NATURALS:
                continue
            numbers = [_number(argument) for argument in fact.args]
            for base, _ in numbers:
                for source, target in ((base, base), (base, ZERO), (ZERO, ZERO)):
                    self._edge(source, target, 0)
            if len(numbers) == 2:
                self._edge(numbers[0][0], numbers[1][0], numbers[0][1] - numbers[1][1])
        self.nodes = list(dict.fromkeys([source for source, _ in self.distances]))
        for middle in self.nodes:
            for source in self.nodes:
                for target in self.nodes:
                    first, second = self.distances.get((source, middle)), self.distances.get((middle, target))
                    if first is not None and second is not None:
                        self._edge(source, target, first + second)

    def _edge(self, source: Term, target: Term, weight: int) -> None:
        self.distances[source, target] = min(weight, self.distances.get((source, target), weight))

    def possible(self) -> bool:
        """Whether some values meet the constraints."""
        return all(
            (node is ZERO or isinstance(node, Variable)) and self.distances[node, node] >= 0
            for node in self.nodes
        )

    def imply(self, fact: Term) -> bool:
        """Whether the constraint holds wherever these do."""
        numbers = [_number(argument) for argument in fact.args]
        if any(base is not ZERO and base not in self.nodes for base, _ in numbers):
            return False
        if len(numbers) == 1:
            return True
        (left, i), (right, j) = numbers
        known = 0 if left is right else self.distances.get((left, right))
        return known is not None and known <= i - j

    def equality(self) -> Pair | None:
        """Two different terms that the constraints make equal, if there are any."""
        for (source, target), distance in self.distances.items():
            if source is not target and distance >= 0 and self.distances.get((target, source)) == -distance:
                return successor(source, distance), target
        return None
