"""Constraints between natural numbers: `is_nat(M)` and `M >= N` (Blanchet, Cheval, Cortier 2022).

A natural number is a variable or 0 with a number of successors. Constraints `x + i >= y + j` are difference
constraints: they can be met if and only if the graph with an edge for each has no cycle of negative weight
(Cormen et al., "Introduction to Algorithms", section 24.4). Distances in that graph tell which constraints
follow from others and which variables are equal up to a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import inf

from appliedpi.builtin import SUCCESSOR, ZERO_TERM
from appliedpi.clauses import AT_LEAST, NATURAL
from appliedpi.terms import App, Term, Variable
from appliedpi.unification import Bindings, resolve, unify

Distances = dict[tuple[Term, Term], int]


def is_natural_constraint(fact: Term) -> bool:
    return fact.symbol is NATURAL or fact.symbol is AT_LEAST


def split(term: Term) -> tuple[Term, int]:
    """A number as what is under its successors, and how many there are."""
    count = 0
    while term.symbol is SUCCESSOR:
        term = term.args[0]
        count += 1
    return term, count


def plus(term: Term, count: int) -> Term:
    """The term with that many successors."""
    for _ in range(count):
        term = App(SUCCESSOR, (term,))
    return term


def solve(facts: Iterable[Term]) -> tuple[Bindings, list[Term]] | None:
    """Simplify a set of constraints: the equalities that follow, and what is left in a smallest form.

    None where no values meet them. The constraints left hold for the terms after the bindings.
    """
    bindings: Bindings = {}
    remaining = list(facts)
    while True:
        if not all([_is_number(split(argument)[0]) for fact in remaining for argument in fact.args]):
            return None
        distances = _distances(remaining)
        if distances is None:
            return None
        if not _equate(distances, bindings):
            return bindings, _smallest(remaining, distances)
        done: dict[Term, Term] = {}
        remaining = [resolve(fact, bindings, done) for fact in remaining]


def follows(fact: Term, given: Iterable[Term]) -> bool:
    """Whether a constraint holds wherever the given ones do."""
    known = _known(tuple(given))
    if known is None:
        return True
    numbers, distances = known
    if fact.symbol is NATURAL:
        return split(fact.args[0])[0] in numbers
    (left, i), (right, j) = split(fact.args[0]), split(fact.args[1])
    if left not in numbers or right not in numbers:
        return False
    return _distance(distances, left, right) <= i - j


@lru_cache(maxsize=4096)
def _known(facts: tuple[Term, ...]) -> tuple[frozenset[Term], Distances] | None:
    """The numbers that constraints speak of, and the distances between them; None where they cannot be met.

    Remembered, because a clause is compared with many others.
    """
    distances = _distances(facts)
    if distances is None:
        return None
    numbers = frozenset([split(argument)[0] for fact in facts for argument in fact.args])
    return numbers | {ZERO_TERM}, distances


def values(facts: Sequence[Term]) -> Bindings:
    """The least natural numbers that meet constraints which can be met."""
    distances = _distances(facts)
    assert distances is not None
    numbers = dict.fromkeys([split(argument)[0] for fact in facts for argument in fact.args])
    return {
        number: plus(ZERO_TERM, int(-_distance(distances, number, ZERO_TERM)))
        for number in numbers
        if isinstance(number, Variable)
    }


def without(facts: Sequence[Term], dropped: frozenset[Variable]) -> list[Term]:
    """What solved constraints say of the numbers that are not dropped."""
    distances = _distances(facts)
    assert distances is not None
    numbers = dict.fromkeys([split(argument)[0] for fact in facts for argument in fact.args])
    said = [App(NATURAL, (v,)) for v in numbers if isinstance(v, Variable) and v not in dropped]
    for (source, target), distance in distances.items():
        if source is not target and not dropped & {source, target}:
            left, right = plus(source, max(distance, 0)), plus(target, max(-distance, 0))
            said.append(App(AT_LEAST, (left, right)))
    remaining = _distances(said)
    assert remaining is not None
    return _smallest(said, remaining)


def _is_number(base: Term) -> bool:
    return base is ZERO_TERM or isinstance(base, Variable)


def _distance(distances: Distances, source: Term, target: Term) -> float:
    """The least d known with `target <= source + d`; every number is at least 0."""
    if source is target:
        return 0
    known = distances.get((source, target), inf)
    return min(known, 0) if target is ZERO_TERM else known


def _distances(facts: Sequence[Term]) -> Distances | None:
    """For each pair (x, y) of numbers that are compared, the least d known with `y <= x + d`.

    None where the comparisons cannot be met. A number that is not compared is at least 0 and no more.
    """
    comparisons = [fact for fact in facts if fact.symbol is AT_LEAST]
    if not comparisons:
        return {}
    edges: Distances = {(ZERO_TERM, ZERO_TERM): 0}
    for fact in comparisons:
        (left, i), (right, j) = split(fact.args[0]), split(fact.args[1])
        for base in (left, right):
            edges.setdefault((base, base), 0)
            edges.setdefault((base, ZERO_TERM), 0)
        edges[left, right] = min(edges.get((left, right), i - j), i - j)
    nodes = list(dict.fromkeys([node for pair in edges for node in pair]))
    # Floyd and Warshall; few numbers are ever compared in one clause.
    for middle in nodes:
        for source in nodes:
            first = edges.get((source, middle))
            if first is None:
                continue
            for target in nodes:
                second = edges.get((middle, target))
                if second is not None:
                    known = edges.get((source, target))
                    if known is None or first + second < known:
                        edges[source, target] = first + second
    return None if any([edges[node, node] < 0 for node in nodes]) else edges


def _equate(distances: Distances, bindings: Bindings) -> bool:
    """Bind a variable that the constraints fix to another number; whether there was one."""
    for (source, target), distance in distances.items():
        if source is target or distances.get((target, source)) != -distance:
            continue
        left, right = plus(source, max(distance, 0)), plus(target, max(-distance, 0))
        return unify(left, right, bindings)
    return False


def _smallest(facts: Sequence[Term], distances: Distances) -> list[Term]:
    """The constraints without those that follow from the others.

    No cycle of the graph has weight 0, for its numbers would have been equated; so each comparison that
    others imply through a third number may go, whichever go first.
    """
    nodes = dict.fromkeys([node for pair in distances for node in pair])
    kept: list[Term] = []
    for fact in dict.fromkeys([_reduced(fact) for fact in facts if fact.symbol is AT_LEAST]):
        (left, i), (right, j) = split(fact.args[0]), split(fact.args[1])
        weight = i - j
        if (
            left is right
            or _distance(distances, left, right) < weight
            or (right is ZERO_TERM and weight >= 0)
        ):
            continue
        if not any(
            _distance(distances, left, middle) + _distance(distances, middle, right) <= weight
            for middle in nodes
            if middle is not left and middle is not right
        ):
            kept.append(fact)
    mentioned = {split(argument)[0] for fact in kept for argument in fact.args}
    numbers = dict.fromkeys([split(argument)[0] for fact in facts for argument in fact.args])
    alone = [number for number in numbers if isinstance(number, Variable) and number not in mentioned]
    return [*kept, *[App(NATURAL, (number,)) for number in alone]]


def _reduced(fact: Term) -> Term:
    """The constraint without successors on both sides."""
    if fact.symbol is NATURAL:
        return App(NATURAL, (split(fact.args[0])[0],))
    (left, i), (right, j) = split(fact.args[0]), split(fact.args[1])
    common = min(i, j)
    return App(AT_LEAST, (plus(left, i - common), plus(right, j - common)))
