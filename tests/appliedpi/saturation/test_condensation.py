"""A condensed clause is an instance of the clause it stands for, and subsumes it."""

from __future__ import annotations

from appliedpi.clauses import BEGIN, attacker
from appliedpi.saturation.condensation import condensed
from appliedpi.terms import App, Kind, Symbol, Term, Variable

PAIR = Symbol("pair", ("any", "any"), "any", Kind.CONSTRUCTOR)
ANY = App(Symbol("any execution", (), "any", private=True))
X, Y, Z, W = (Variable(name, "any") for name in "xyzw")


def begins(term: Term) -> Term:
    return App(BEGIN, (term, ANY))


def has(term: Term) -> Term:
    return App(attacker(0), (term,))


def pair(left: Term, right: Term) -> Term:
    return App(PAIR, (left, right))


def test_what_differs_in_its_variables_only_is_kept_once() -> None:
    hypotheses = [begins(pair(X, Y)), has(X), begins(pair(Z, W)), has(Z)]
    assert condensed(hypotheses, has(ANY), ()) in ([2, 3, 2, 3], [0, 1, 0, 1])


def test_a_special_case_makes_the_general_one_redundant() -> None:
    assert condensed([begins(pair(X, Y)), begins(pair(Z, Z))], has(ANY), ()) == [1, 1]


def test_what_the_conclusion_mentions_stays() -> None:
    assert condensed([begins(pair(X, Y)), begins(pair(Z, W))], has(pair(X, Z)), ()) is None
    assert condensed([begins(pair(X, Y)), begins(pair(Z, W))], has(X), ()) == [0, 0]


def test_a_variable_that_something_else_holds_on_to_stays() -> None:
    # Mapping x to z would need attacker(z), which is not there.
    assert condensed([begins(pair(X, Y)), has(X), begins(pair(Z, W))], has(ANY), ()) == [0, 1, 0]


def test_clauses_without_events_are_left_alone() -> None:
    assert condensed([has(pair(X, Y)), has(pair(Z, W))], has(ANY), ()) is None
