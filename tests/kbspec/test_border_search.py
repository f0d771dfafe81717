"""Border search against what trying every set gives."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from kbspec.border_search import Border, Ids, NoAnswer, border_search, minimal_hitting_sets

TOGGLES = "ABCDEF"
SUBSETS = [frozenset(ids) for size in range(7) for ids in combinations(TOGGLES, size)]
families = st.lists(st.sampled_from(SUBSETS), max_size=6).map(
    lambda sets: {one for one in sets if not any(other < one for other in sets)}
)


def oracle(minimal: set[Ids], runs: int = 10_000) -> tuple[Callable[[Ids], bool], list[Ids]]:
    """Breaks with what contains one of the minimal sets, for so many questions; and what it was asked."""
    asked: list[Ids] = []

    def breaks(ids: Ids) -> bool:
        if len(asked) == runs:
            raise NoAnswer
        asked.append(ids)
        return any(ids >= one for one in minimal)

    return breaks, asked


def settled(border: Border, ids: Ids) -> bool:
    return any(ids >= one for one in border.breaking) or any(ids <= one for one in border.holding)


@given(families)
def test_hitting_sets_are_those_that_trying_finds(sets: set[Ids]) -> None:
    hitting = [ids for ids in SUBSETS if all(ids & one for one in sets)]
    minimal = {ids for ids in hitting if not any(other < ids for other in hitting)}
    found = minimal_hitting_sets(sets)
    assert set(found) == minimal and len(found) == len(minimal)


@given(families, st.data())
def test_the_border_is_what_trying_every_set_finds(minimal: set[Ids], data: st.DataObject) -> None:
    known = data.draw(st.lists(st.sampled_from(sorted(minimal, key=sorted)), unique=True)) if minimal else []
    breaks, asked = oracle(minimal)
    border = border_search(TOGGLES, breaks, known)
    assert set(border.breaking) == minimal and len(border.breaking) == len(minimal)
    assert border.complete_up_to is None
    assert all(settled(border, ids) for ids in SUBSETS)
    assert len(asked) == len(set(asked))
    assert len(asked) <= len(border.holding) + (len(TOGGLES) + 1) * len(minimal)


@given(families, st.integers(0, 30), st.integers(0, 3))
def test_what_a_spent_budget_leaves_open_is_said(minimal: set[Ids], runs: int, at_least: int) -> None:
    breaks, asked = oracle(minimal, runs)
    border = border_search(TOGGLES, breaks, at_least=at_least)
    assert len(asked) <= runs
    assert set(border.breaking) <= minimal
    assert not any(ids >= one for ids in border.holding for one in minimal)
    open_sets = [len(ids) for ids in SUBSETS if not settled(border, ids)]
    assert border.complete_up_to == (min(open_sets) - 1 if open_sets else None)


@given(families)
def test_small_sets_are_looked_at_where_the_search_has_no_answer(minimal: set[Ids]) -> None:
    """As where a variant with everything on is too much for the verifier."""
    asked = []

    def breaks(ids: Ids) -> bool:
        asked.append(ids)
        if len(ids) > 2:
            raise NoAnswer
        return any(ids >= one for one in minimal)

    border = border_search(TOGGLES, breaks, at_least=2)
    assert set(border.breaking) == {one for one in minimal if len(one) <= 2}
    assert border.complete_up_to is None or border.complete_up_to >= 2


def test_few_questions_where_few_sets_break() -> None:
    breaks, asked = oracle({frozenset("A"), frozenset("BC")})
    border = border_search(TOGGLES, breaks)
    assert set(border.breaking) == {frozenset("A"), frozenset("BC")}
    assert len(asked) < 20 < 2 ** len(TOGGLES)


def test_the_same_questions_in_the_same_order() -> None:
    minimal = {frozenset("AB"), frozenset("CD"), frozenset("BE")}
    (first, one), (second, other) = oracle(minimal), oracle(minimal)
    assert border_search(TOGGLES, first) == border_search(TOGGLES, second)
    assert one == other


def test_what_breaks_anyway() -> None:
    breaks, asked = oracle({frozenset()})
    assert border_search(TOGGLES, breaks, [frozenset()]).complete_up_to is None
    assert asked == []
