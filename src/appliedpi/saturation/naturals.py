"""Constraints between natural numbers: `is_nat(M)` and `M >= N` (Blanchet, Cheval, Cortier 2022, section 3).

A natural number is a variable or 0 with a number of successors. Constraints `x + i >= y + j` are difference
constraints: they can be met if and only if the graph with an edge for each has no cycle of negative weight
(Cormen et al., "Introduction to Algorithms", section 24.4). Distances in that graph tell which constraints
follow from others and which variables are equal up to a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
        done: dict[Term, Term] = {}
        remaining = [resolve(fact, bindings, done) for fact in remaining]
        distances = _distances(remaining)
        if distances is None:
            return None
        if not _equate(distances, bindings):
            return bindings, _smallest(remaining, distances)


def follows(fact: Term, given: Iterable[Term]) -> bool:
    """Whether a constraint holds wherever the given ones do."""
    distances = _distances(list(given))
    if distances is None:
        return True
    if fact.symbol is NATURAL:
        base, _ = split(fact.args[0])
        return base is ZERO_TERM or (base, base) in distances
    (left, i), (right, j) = split(fact.args[0]), split(fact.args[1])
    if left is right and (left is ZERO_TERM or (left, left) in distances):
        return i >= j
    known = distances.get((left, right))
    return known is not None and known <= i - j


def values(facts: Sequence[Term]) -> Bindings:
    """The least natural numbers that meet constraints which can be met."""
    distances = _distances(list(facts))
    assert distances is not None
    nodes = {node for pair in distances for node in pair}
    return {
        node: plus(ZERO_TERM, max(0, -distances.get((node, ZERO_TERM), 0)))
        for node in nodes
        if isinstance(node, Variable)
    }


def _distances(facts: Sequence[Term]) -> Distances | None:
    """For each pair (x, y) the least d with `y <= x + d`; None where the constraints cannot be met.

    Every node is a variable or 0, and every node is a natural number.
    """
    edges: Distances = {}

    def edge(source: Term, target: Term, weight: int) -> None:
        known = edges.get((source, target))
        if known is None or weight < known:
            edges[source, target] = weight

    def node(base: Term) -> bool:
        if base is not ZERO_TERM and not isinstance(base, Variable):
            return False
        edge(base, base, 0)
        edge(base, ZERO_TERM, 0)
        return True

    edge(ZERO_TERM, ZERO_TERM, 0)
    for fact in facts:
        parts = [split(argument) for argument in fact.args]
        if not all([node(base) for base, _ in parts]):
            return None
        if fact.symbol is AT_LEAST:
            (left, i), (right, j) = parts
            edge(left, right, i - j)
    nodes = list(dict.fromkeys([node for pair in edges for node in pair]))
    # Floyd and Warshall; the sets are small.
    for middle in nodes:
        for source in nodes:
            first = edges.get((source, middle))
            if first is None:
                continue
            for target in nodes:
                second = edges.get((middle, target))
                if second is not None:
                    edge(source, target, first + second)
    return None if any(edges[node, node] < 0 for node in nodes) else edges


def _equate(distances: Distances, bindings: Bindings) -> bool:
    """Bind a variable that the constraints fix to another number; whether there was one."""
    for (source, target), distance in distances.items():
        if source is target or distances.get((target, source)) != -distance:
            continue
        left, right = plus(source, max(distance, 0)), plus(target, max(-distance, 0))
        return unify(left, right, bindings)
    return False


def _smallest(facts: Sequence[Term], distances: Distances) -> list[Term]:
    """The constraints without those that follow from the others."""
    kept: list[Term] = []
    for fact in dict.fromkeys([_reduced(fact) for fact in facts]):
        kept.append(fact)
    for fact in sorted(kept, key=lambda one: one.symbol is AT_LEAST):
        others = [other for other in kept if other is not fact]
        if follows(fact, others):
            kept = others
    return kept


def _reduced(fact: Term) -> Term:
    """The constraint without successors on both sides."""
    if fact.symbol is NATURAL:
        return App(NATURAL, (split(fact.args[0])[0],))
    (left, i), (right, j) = split(fact.args[0]), split(fact.args[1])
    common = min(i, j)
    return App(AT_LEAST, (plus(left, i - common), plus(right, j - common)))
