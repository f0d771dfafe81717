"""`inductionOn`: which hypotheses a clause forgets."""

from __future__ import annotations

from appliedpi.builtin import SUCCESSOR
from appliedpi.clauses import AT_LEAST, BEGIN, NATURAL, message
from appliedpi.saturation.forgetting import Growing, without_smaller
from appliedpi.terms import App, Kind, Symbol, Term, Variable

CELL = App(Symbol("cell", (), "channel", Kind.NAME, private=True))
OTHER = App(Symbol("other", (), "channel", Kind.NAME, private=True))
MOVED = Symbol("Moved", ("nat",), "event")
NUMBER, X, Y, Z = (Variable(name, "nat") for name in ("number", "x", "y", "z"))


def _message(channel: Term, number: Term) -> Term:
    return App(message(0), (channel, number))


def _moved(number: Term) -> Term:
    return App(BEGIN, (App(MOVED, (number,)), CELL))


def _at_least(left: Term, right: Term) -> Term:
    return App(AT_LEAST, (left, right))


GROWING = (Growing(_message(CELL, NUMBER), frozenset(), (NUMBER,)),)


def test_what_mentions_the_smaller_number_goes() -> None:
    kept = [_message(CELL, X), _moved(X)]
    clause = [*kept, _message(CELL, Y), _moved(Y), _at_least(X, Y)]
    assert without_smaller(clause, GROWING) == [*kept, App(NATURAL, (X,))]


def test_what_follows_for_the_other_numbers_stays() -> None:
    numbers = [_at_least(X, Y), _at_least(Y, App(SUCCESSOR, (Z,)))]
    clause = [_message(CELL, X), _message(CELL, Y), _moved(Z), *numbers]
    assert without_smaller(clause, GROWING) == [
        _message(CELL, X), _moved(Z), _at_least(X, App(SUCCESSOR, (Z,)))
    ]  # fmt: skip


def test_numbers_that_nothing_compares_stay() -> None:
    clause = [_message(CELL, X), _message(CELL, Y), App(NATURAL, (X,)), App(NATURAL, (Y,))]
    assert without_smaller(clause, GROWING) is clause


def test_facts_of_another_shape_stay() -> None:
    clause = [_message(CELL, X), _message(OTHER, Y), _at_least(X, Y)]
    assert without_smaller(clause, GROWING) is clause
    ground = [_message(CELL, X), _message(CELL, App(SUCCESSOR, (Y,))), _at_least(X, App(SUCCESSOR, (Y,)))]
    assert without_smaller(ground, GROWING) is ground
