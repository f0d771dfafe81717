"""Evaluation: ordered destructors, fail, naturals, equality modulo equations."""

import pytest

from appliedpi import builtin, core
from appliedpi.builtin import FAIL_TERM, FALSE_TERM, SUCCESSOR, TRUE_TERM, ZERO_TERM
from appliedpi.terms import App, Variable
from appliedpi.traces.ground import natural
from appliedpi.traces.values import Algebra
from tests.appliedpi.traces.building import Build, constructor, data, make_model, name, reduction, tup

x, y, k = Variable("x"), Variable("y"), Variable("k")
G, EXP = constructor("g", 0), constructor("exp", 2)
ENC, DEC = constructor("enc", 2), constructor("dec", 2)
a, b, c = name("a"), name("b"), name("c")


def algebra(**options: object) -> Algebra:
    return Algebra(make_model(Build().nil(), **options))  # type: ignore[arg-type]


def exp(base, exponent):
    return App(EXP, (base, exponent))


def test_diffie_hellman_terms_are_equal_modulo_the_equation() -> None:
    g = App(G)
    theory = algebra(constructors=[G, EXP], equations=[(exp(exp(g, x), y), exp(exp(g, y), x))])
    assert theory.canonical(exp(exp(g, a), b)) is theory.canonical(exp(exp(g, b), a))
    assert theory.canonical(exp(exp(g, a), b)) is not theory.canonical(exp(exp(g, a), c))
    assert theory.canonical(exp(exp(a, b), c)) is not theory.canonical(exp(exp(a, c), b))
    inner = theory.canonical(tup(exp(exp(g, b), a), c))
    assert inner is theory.canonical(tup(exp(exp(g, a), b), c))


def test_shrinking_equations_are_applied_in_both_orders_of_nesting() -> None:
    theory = algebra(
        constructors=[ENC, DEC],
        equations=[
            (App(DEC, (App(ENC, (x, k)), k)), x),
            (x, App(ENC, (App(DEC, (x, k)), k))),
        ],
    )
    assert theory.canonical(App(DEC, (App(ENC, (a, b)), b))) is a
    assert theory.canonical(App(ENC, (App(DEC, (a, b)), b))) is a
    stuck = App(DEC, (App(ENC, (a, b)), c))
    assert theory.canonical(stuck) is stuck


def test_rules_apply_modulo_the_commuting_equation() -> None:
    unmask = constructor("unmask", 2)
    g = App(G)
    theory = algebra(
        constructors=[G, EXP, unmask],
        equations=[
            (exp(exp(g, x), y), exp(exp(g, y), x)),
            (App(unmask, (exp(exp(g, x), y), y)), exp(g, x)),
        ],
    )
    secret = exp(exp(g, a), b)
    assert theory.canonical(App(unmask, (secret, b))) is exp(g, a)
    assert theory.canonical(App(unmask, (secret, a))) is exp(g, b)


def test_ordered_rules_take_the_first_that_matches() -> None:
    test = reduction("test", ((App(ENC, (x, y)),), TRUE_TERM), ((x,), FALSE_TERM))
    theory = algebra(constructors=[ENC], destructors=[test])
    assert theory.evaluate(App(test.symbol, (App(ENC, (a, b)),)), {}) is TRUE_TERM
    assert theory.evaluate(App(test.symbol, (a,)), {}) is FALSE_TERM


def test_failure_propagates_except_into_may_fail_variables() -> None:
    u = Variable("u", may_fail=True)
    opened = reduction("open", ((App(ENC, (x, k)), k), x))
    default = reduction("default", ((x,), x), ((u,), c))
    theory = algebra(constructors=[ENC], destructors=[opened, default])
    failing = App(opened.symbol, (App(ENC, (a, b)), c))
    assert theory.evaluate(failing, {}) is FAIL_TERM
    assert theory.evaluate(App(ENC, (failing, a)), {}) is FAIL_TERM
    assert theory.evaluate(App(default.symbol, (failing,)), {}) is c
    assert theory.evaluate(App(default.symbol, (a,)), {}) is a


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (App(builtin.AND, (TRUE_TERM, FALSE_TERM)), FALSE_TERM),
        (App(builtin.OR, (FALSE_TERM, TRUE_TERM)), TRUE_TERM),
        (App(builtin.NOT, (a,)), TRUE_TERM),
        (App(builtin.EQUAL, (a, a)), TRUE_TERM),
        (App(builtin.EQUAL, (a, b)), FALSE_TERM),
        (App(builtin.AND, (FALSE_TERM, App(builtin.MINUS_ONE, (ZERO_TERM,)))), FALSE_TERM),
        (App(builtin.AND, (App(builtin.MINUS_ONE, (ZERO_TERM,)), TRUE_TERM)), FAIL_TERM),
        (App(builtin.MINUS_ONE, (App(SUCCESSOR, (ZERO_TERM,)),)), ZERO_TERM),
        (App(builtin.MINUS_ONE, (ZERO_TERM,)), FAIL_TERM),
        (App(builtin.IS_NATURAL, (App(SUCCESSOR, (ZERO_TERM,)),)), TRUE_TERM),
        (App(builtin.IS_NATURAL, (App(SUCCESSOR, (a,)),)), FALSE_TERM),
        (App(builtin.GREATER_EQUAL, (App(SUCCESSOR, (ZERO_TERM,)), ZERO_TERM)), TRUE_TERM),
        (App(builtin.GREATER_EQUAL, (ZERO_TERM, App(SUCCESSOR, (ZERO_TERM,)))), FALSE_TERM),
        (App(builtin.GREATER_EQUAL, (a, ZERO_TERM)), FAIL_TERM),
    ],
)
def test_predefined_destructors(term, expected) -> None:
    assert algebra().evaluate(term, {}) is expected


def test_patterns_bind_open_and_compare() -> None:
    theory = algebra()
    pattern = data(x, data(y, core.PatternEqual(x)))
    assert theory.match_pattern(pattern, tup(a, tup(b, a)), {}) == {x: a, y: b}
    assert theory.match_pattern(pattern, tup(a, tup(b, b)), {}) is None
    assert theory.match_pattern(pattern, a, {}) is None


def test_converters_are_transparent_exactly_when_types_are_ignored() -> None:
    convert = constructor("to_key", 1, converter=True, data=True)
    ignoring = algebra(constructors=[convert])
    assert ignoring.evaluate(App(convert, (a,)), {}) is a
    strict = algebra(constructors=[convert], settings={"ignoreTypes": "false"})
    assert strict.evaluate(App(convert, (a,)), {}) is App(convert, (a,))
    key = Variable("key", "key")
    assert ignoring.match_pattern(core.PatternVariable(key), a, {}) == {key: a}
    assert strict.match_pattern(core.PatternVariable(key), a, {}) is None


def test_natural_numbers_are_read_back() -> None:
    assert natural(App(SUCCESSOR, (App(SUCCESSOR, (ZERO_TERM,)),))) == 2
    assert natural(a) is None


@pytest.mark.parametrize("key_first", [False, True])
def test_destructors_apply_modulo_an_equation_that_shrinks(key_first: bool) -> None:
    inverse = constructor("inv", 1)

    def inv(term):
        return App(inverse, (term,))

    arguments = [App(ENC, (x, k)), inv(k)]
    opened = reduction("open", (list(reversed(arguments)) if key_first else arguments, x))
    theory = algebra(constructors=[ENC, inverse], destructors=[opened], equations=[(inv(inv(k)), k)])

    def opening(cipher, key):
        return theory.apply(opened.symbol, (key, cipher) if key_first else (cipher, key))

    assert theory.canonical(inv(inv(inv(a)))) is inv(a)
    assert opening(App(ENC, (c, a)), inv(a)) is c
    assert opening(App(ENC, (c, inv(a))), a) is c
    assert opening(App(ENC, (c, inv(a))), b) is FAIL_TERM
    only = reduction("strip", ((inv(x),), x))
    theory = algebra(constructors=[inverse], destructors=[only], equations=[(inv(inv(k)), k)])
    assert theory.apply(only.symbol, (a,)) is inv(a)
