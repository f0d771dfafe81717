"""The laws of unification and matching."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliedpi.builtin import FAIL_TERM
from appliedpi.terms import App, Symbol, Term, Variable, substitute, variables
from appliedpi.unification import Bindings, match, resolve, unify
from tests.appliedpi.terms_strategies import BINARY, CONSTANT_A, CONSTANT_B, UNARY, VARIABLES, terms

OTHERS = [Variable(name, "any") for name in "uv"]


@given(terms(), terms())
def test_a_unifier_makes_both_terms_the_same(left: Term, right: Term) -> None:
    bindings: Bindings = {}
    if unify(left, right, bindings):
        assert resolve(left, bindings) is resolve(right, bindings)


@given(terms(), st.lists(terms([]), min_size=3, max_size=3))
def test_a_term_unifies_with_each_of_its_instances(term: Term, values: list[Term]) -> None:
    instance = substitute(term, dict(zip(VARIABLES, values, strict=True)))
    assert unify(term, instance, {})


@given(terms(), terms(), st.lists(terms([]), min_size=3, max_size=3))
def test_a_most_general_unifier_covers_every_common_instance(
    left: Term, right: Term, values: list[Term]
) -> None:
    replacement: dict[Variable, Term] = dict(zip(VARIABLES, values, strict=True))
    common = substitute(left, replacement)
    if common is not substitute(right, replacement):
        return
    bindings: Bindings = {}
    assert unify(left, right, bindings)
    assert match(resolve(left, bindings), common, {})


@given(terms(), terms(OTHERS))
def test_matching_gives_exactly_the_target(pattern: Term, target: Term) -> None:
    bindings: Bindings = {}
    if match(pattern, target, bindings):
        assert substitute(pattern, bindings) is target
        assert set(bindings) == set(variables(pattern))


def test_the_occurs_check_refuses_a_cyclic_term() -> None:
    x, y = VARIABLES[:2]
    assert not unify(x, App(UNARY, (x,)), {})
    assert not unify(App(BINARY, (x, y)), App(BINARY, (App(UNARY, (y,)), App(UNARY, (x,)))), {})


def test_different_symbols_do_not_unify() -> None:
    assert not unify(App(CONSTANT_A), App(CONSTANT_B), {})


def test_fail_is_a_value_of_may_fail_variables_only() -> None:
    plain, may_fail = Variable("x", "any"), Variable("u", "any", may_fail=True)
    assert not unify(plain, FAIL_TERM, {})
    assert unify(may_fail, FAIL_TERM, {})
    bindings: Bindings = {}
    assert unify(may_fail, plain, bindings)
    assert not unify(may_fail, FAIL_TERM, bindings)


def test_a_typed_variable_stands_for_terms_of_its_type() -> None:
    key, text = App(Symbol("k", (), "key")), App(Symbol("t", (), "text"))
    variable = Variable("x", "key")
    assert unify(variable, key, {})
    assert not unify(variable, text, {})
    assert not match(variable, text, {})
    bindings: Bindings = {}
    anything = Variable("y", "any")
    assert unify(anything, variable, bindings)
    assert not unify(anything, text, bindings)
