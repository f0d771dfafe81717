"""Terms are shared, bounded in depth, and forgotten when nothing refers to them."""

from __future__ import annotations

import pytest

from appliedpi import terms
from appliedpi.errors import LimitExceeded
from appliedpi.terms import App, Kind, Symbol, Term, Variable, show, substitute, variables

PAIR = Symbol("pair", ("any", "any"), "any")
A = App(Symbol("a", (), "any"))
X, Y = Variable("x"), Variable("y")


def test_equal_terms_are_one_object() -> None:
    assert App(PAIR, (A, X)) is App(PAIR, (A, X))
    assert App(PAIR, (A, X)) is not App(PAIR, (A, Y))


def test_variables_come_once_in_order_of_occurrence() -> None:
    assert list(variables(App(PAIR, (App(PAIR, (Y, X)), Y)))) == [Y, X]


def test_substitution_is_simultaneous() -> None:
    assert substitute(App(PAIR, (X, Y)), {X: Y, Y: X}) is App(PAIR, (Y, X))


def test_an_instance_has_all_symbols_of_what_it_is_an_instance_of() -> None:
    general = App(PAIR, (X, A))
    assert general.mask & ~substitute(general, {X: App(PAIR, (A, A))}).mask == 0


def test_depth_is_bounded() -> None:
    term: Term = A
    with pytest.raises(LimitExceeded, match="deeper than"):
        for _ in range(terms.MAXIMUM_DEPTH + 1):
            term = App(PAIR, (term, A))


def test_names_and_tuples_are_shown_as_proverif_does() -> None:
    name = Symbol("k", ("any",), "any", Kind.NAME)
    assert show(App(name, (X,))) == "k[x]"
    assert show(App(Symbol("", ("any", "any"), "bitstring", data=True), (X, Y))) == "(x,y)"


def test_unused_terms_are_forgotten_and_used_ones_stay() -> None:
    kept = App(PAIR, (App(PAIR, (A, A)), X))
    lost = App(PAIR, (App(PAIR, (X, X)), A))
    before = len(terms._shared)
    del lost
    terms.forget_unused(more_than=0)
    assert len(terms._shared) <= before - 2
    assert App(PAIR, (App(PAIR, (A, A)), X)) is kept
