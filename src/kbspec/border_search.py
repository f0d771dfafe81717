"""Every minimal set that breaks a property, found by asking about one set at a time.

Breaking is monotone: what breaks with a set of toggles on breaks with every larger one. So the minimal sets
that break, and the maximal sets that hold, are a border, and each side can be computed from the other: a
maximal set without any of the breaking ones known so far is the complement of a minimal hitting set of them.
If it holds, no breaking set is missing below it; if it breaks, it contains one that is not known yet. This
is "dualize and advance" (Gunopulos, Khardon, Mannila, Saluja, Toivonen, Sharma, "Discovering all most
specific sentences", ACM Transactions on Database Systems 28, 2003), which also enumerates minimal
unsatisfiable sets (Liffiton, Previti, Malik, Marques-Silva, "Fast, flexible MUS enumeration", Constraints
21, 2016). It asks at most once for each maximal set that holds, and once for each toggle and breaking set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations

Ids = frozenset[str]


class NoAnswer(Exception):
    """Raised by who is asked about a set: there is no answer, because a budget is spent."""


@dataclass(frozen=True, slots=True)
class Border:
    """What was found out: minimal sets that break, and sets that hold, which cover all of their subsets.

    Every set of at most `complete_up_to` toggles (None: of any number) is covered or contains one of
    `breaking`.
    """

    breaking: tuple[Ids, ...]
    holding: tuple[Ids, ...]
    complete_up_to: int | None


def border_search(
    toggles: Sequence[str], breaks: Callable[[Ids], bool], known: Iterable[Ids] = (), at_least: int = 0
) -> Border:
    """The border of `breaks`, as far as it answers: until it raises NoAnswer.

    `known` are minimal sets of which it is known that they break. Where a large set has no answer, the search
    goes on through the sets of up to `at_least` toggles that it left open, the smallest first, and then tries
    again.
    """
    search = _Search(tuple(toggles), breaks, list(known))
    for advance in (search.dualize, lambda: search.level_by_level(at_least), search.dualize):
        with suppress(NoAnswer):
            advance()
    return search.border()


def minimal_hitting_sets(sets: Iterable[Ids]) -> list[Ids]:
    """The minimal sets that have an element in common with each of these, in no particular order.

    One after the other, as in Berge, "Hypergraphs", 1989: what misses the next set is extended by each of its
    elements, and what is not minimal any more is dropped.
    """
    found: list[Ids] = [frozenset()]
    for one in sets:
        hitting = [ids for ids in found if ids & one]
        extended = {ids | {id} for ids in found if not ids & one for id in one}
        found = hitting + [ids for ids in extended if not any([ids > other for other in extended])
                           and not any([ids >= other for other in hitting])]  # fmt: skip
    return found


class _Search:
    def __init__(self, toggles: tuple[str, ...], breaks: Callable[[Ids], bool], breaking: list[Ids]) -> None:
        self._toggles = toggles
        self._breaks = breaks
        self._breaking = breaking
        self._holding: list[Ids] = []

    def dualize(self) -> None:
        """Look at the maximal sets without a known breaking one until all of them hold."""
        while (largest := self._open_set()) is not None:
            if self._asked(largest):
                self._breaking.append(self._shrunk(largest))

    def level_by_level(self, size: int) -> None:
        """Look at every set of up to so many toggles that is not settled yet."""
        for count in range(size + 1):
            for ids in map(frozenset, combinations(self._toggles, count)):
                if not self._settled(ids) and self._asked(ids):
                    self._breaking.append(ids)

    def border(self) -> Border:
        return Border(tuple(self._breaking), tuple(self._holding), self._complete_up_to())

    def _open_set(self) -> Ids | None:
        """A maximal set of which it is not known whether it breaks, the first in the order of the toggles."""
        everything = frozenset(self._toggles)
        largest = [everything - ids for ids in minimal_hitting_sets(self._breaking)]
        unsettled = [ids for ids in largest if not self._covered(ids)]
        return min(unsettled, key=self._order, default=None)

    def _shrunk(self, ids: Ids) -> Ids:
        """A minimal set that breaks, within one that does: every toggle is left out that can be."""
        for id in self._toggles:
            smaller = ids - {id}
            if id in ids and not self._covered(smaller) and self._asked(smaller):
                ids = smaller
        return ids

    def _asked(self, ids: Ids) -> bool:
        if self._breaks(ids):
            return True
        self._holding = [one for one in self._holding if not one <= ids] + [ids]
        return False

    def _settled(self, ids: Ids) -> bool:
        return self._covered(ids) or any([ids >= one for one in self._breaking])

    def _covered(self, ids: Ids) -> bool:
        return any([ids <= one for one in self._holding])

    def _complete_up_to(self) -> int | None:
        """One less than the size of a smallest set that is not settled.

        Not covered are the sets that have an element outside each set that holds, so they contain a minimal
        hitting set of the complements.
        """
        outside = [frozenset(self._toggles) - one for one in self._holding]
        uncovered = [ids for ids in minimal_hitting_sets(outside) if not self._settled(ids)]
        return min([len(ids) for ids in uncovered], default=0) - 1 if uncovered else None

    def _order(self, ids: Ids) -> tuple[int, list[int]]:
        return -len(ids), [number for number, id in enumerate(self._toggles) if id in ids]
