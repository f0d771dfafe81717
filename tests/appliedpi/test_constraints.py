"""Disequalities: simplification keeps exactly the values that satisfy them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliedpi.clauses import Disequality
from appliedpi.constraints import implied, simplify
from appliedpi.terms import App, Term, Variable, substitute
from appliedpi.unification import match
from tests.appliedpi.terms_strategies import BINARY, CONSTANT_A, CONSTANT_B, UNARY, VARIABLES, terms

X, Y, Z = VARIABLES
A, B = App(CONSTANT_A), App(CONSTANT_B)


def holds(disequality: Disequality, values: dict[Variable, Term]) -> bool:
    """By definition, for ground values of the free variables."""
    left, right = substitute(disequality.left, values), substitute(disequality.right, values)
    if not disequality.universal:
        return left is not right
    if left.ground:
        return not match(right, left, {})
    return not match(left, right, {})


@given(terms(), terms(), st.lists(terms([]), min_size=3, max_size=3))
def test_simplification_keeps_the_meaning(left: Term, right: Term, chosen: list[Term]) -> None:
    values: dict[Variable, Term] = dict(zip(VARIABLES, chosen, strict=True))
    simplified = simplify([Disequality(left, right)])
    expected = holds(Disequality(left, right), values)
    if simplified is None:
        assert not expected
    else:
        assert expected == all(holds(one, values) for one in simplified)


@given(terms([X, Y]), terms([]), terms([]))
def test_simplification_keeps_the_meaning_of_universal_constraints(
    pattern: Term, ground: Term, value: Term
) -> None:
    constraint = Disequality(X, substitute(pattern, {X: Z}), frozenset([Y]))
    expected = holds(constraint, {X: ground, Z: value})
    simplified = simplify([constraint])
    if simplified is None:
        assert not expected
    else:
        assert expected == all(holds(one, {X: ground, Z: value}) for one in simplified)


def test_what_never_holds_is_none_and_what_always_holds_is_dropped() -> None:
    assert simplify([Disequality(A, A)]) is None
    assert simplify([Disequality(A, B)]) == []
    assert simplify([Disequality(X, Y, frozenset([Y]))]) is None


def test_a_universal_constraint_implies_its_instances() -> None:
    excluded = Disequality(X, App(BINARY, (Y, Z)), frozenset([Y, Z]))
    assert implied(Disequality(X, App(BINARY, (A, B))), [excluded])
    assert not implied(Disequality(X, App(UNARY, (A,))), [excluded])
    assert not implied(excluded, [Disequality(X, App(BINARY, (A, B)))])


def test_a_tuple_differs_where_a_component_does() -> None:
    assert implied(Disequality(App(BINARY, (X, Y)), App(BINARY, (A, B))), [Disequality(X, A)])
