"""Occurrences of a query's premises, and whether they correspond injectively to what they require."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from appliedpi import core
from appliedpi.terms import Term, Variable
from appliedpi.traces.values import Environment

SEARCH_LIMIT: Final = 20_000  # nodes of the search for an injective correspondence


@dataclass(frozen=True, slots=True)
class Instance:
    """An occurrence of the premises: what each was, when the last one happened, the injective ones."""

    values: tuple[tuple[core.QueryAtom, tuple[Term, ...]], ...]
    time: int
    injective: tuple[int, ...]
    environment: Environment
    times: Mapping[Variable, int]


@dataclass(frozen=True, slots=True)
class Violation:
    """The occurrences that contradict the query; more than one where only injectivity fails."""

    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A way to satisfy a formula: values of the variables, times, and event chosen per injective atom."""

    environment: Environment
    times: Mapping[Variable, int]
    time: int
    values: tuple[Term, ...] = ()
    chosen: tuple[tuple[core.QueryAtom, int], ...] = ()


def injective_violation(instances: list[Instance], solutions: list[list[Match]]) -> Violation | None:
    """A violation where the occurrences cannot all be satisfied with different events."""
    order = sorted(range(len(instances)), key=lambda index: len(solutions[index]))
    chosen: list[int] = [0] * len(order)
    depth = 0
    steps = 0
    deepest = 0
    while 0 <= depth < len(order):
        steps += 1
        if steps > SEARCH_LIMIT:
            return None
        deepest = max(deepest, depth)
        index = order[depth]
        if chosen[depth] >= len(solutions[index]):
            chosen[depth] = 0
            depth -= 1
            if depth >= 0:
                chosen[depth] += 1
            continue
        candidate = solutions[index][chosen[depth]]
        if all(
            _compatible(instances[index], candidate, instances[order[d]], solutions[order[d]][chosen[d]])
            for d in range(depth)
        ):
            depth += 1
        else:
            chosen[depth] += 1
    if depth == len(order):
        return None
    return Violation(tuple(instances[index] for index in sorted(order[: deepest + 1])))


def _compatible(first: Instance, one: Match, second: Instance, other: Match) -> bool:
    if first.injective == second.injective:
        return True
    return not any(
        atom is atom2 and time == time2 for atom, time in one.chosen for atom2, time2 in other.chosen
    )
