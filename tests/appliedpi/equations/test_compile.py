"""The compiled rules of small signatures, written out; and what is refused."""

from __future__ import annotations

import dataclasses

import pytest

from appliedpi import builtin, core
from appliedpi.equations import EvaluationRule, Theory, compile_theory
from appliedpi.errors import InputError, Place
from appliedpi.terms import App, Kind, Symbol, Term, Variable

PLACE = Place("model.pv", 3, 7)

EXP, G = Symbol("exp", ("any", "any"), "any"), Symbol("g", (), "any")
ENC, DEC = Symbol("enc", ("any", "any"), "any"), Symbol("dec", ("any", "any"), "any")
PK, SIGN, OK = Symbol("pk", ("any",), "any"), Symbol("sign", ("any", "any"), "any"), Symbol("ok", (), "any")
CHECK = Symbol("checksign", ("any", "any"), "any")
INV, PLUS, ZERO = (
    Symbol("inv", ("any",), "any"),
    Symbol("plus", ("any", "any"), "any"),
    Symbol("z", (), "any"),
)
OPEN = Symbol("open", ("any", "any"), "any", Kind.DESTRUCTOR)
x, y, z = Variable("x", "any"), Variable("y", "any"), Variable("z", "any")
u, v = Variable("u", "any", may_fail=True), Variable("v", "any", may_fail=True)

DIFFIE_HELLMAN = (App(EXP, (App(EXP, (App(G), x)), y)), App(EXP, (App(EXP, (App(G), y)), x)))
DECRYPTION = (App(DEC, (App(ENC, (x, y)), y)), x)
ENCRYPTION = (App(ENC, (App(DEC, (x, y)), y)), x)
COMMUTATIVITY = (App(PLUS, (x, y)), App(PLUS, (y, x)))
ASSOCIATIVITY = (App(PLUS, (App(PLUS, (x, y)), z)), App(PLUS, (x, App(PLUS, (y, z)))))


def equation(sides: tuple[Term, Term], linear: bool = False, convergent: bool = False) -> core.Equation:
    return core.Equation(*sides, linear=linear, convergent=convergent, place=PLACE)


def theory(
    constructors: tuple[Symbol, ...] = (),
    equations: tuple[core.Equation, ...] = (),
    destructors: tuple[core.Destructor, ...] = (),
    **settings: str,
) -> Theory:
    return compile_theory(
        core.Model(
            constructors=constructors,
            tuples={2: builtin.tuple_symbol(2)},
            free_names=(),
            destructors={destructor.symbol: destructor for destructor in destructors},
            equations=equations,
            events=(),
            tables=(),
            process=core.Nil(occurrence=1, place=PLACE),
            queries=(),
            settings=settings,
        )
    )


def destructor(*rules: tuple[tuple[Term, ...], Term], ordered: bool = False) -> core.Destructor:
    return core.Destructor(OPEN, tuple(core.RewriteRule(*rule) for rule in rules), ordered)


def shown(rules: tuple[EvaluationRule, ...]) -> list[str]:
    """The rules as text, with variables named in order of occurrence; the universal ones in capitals."""
    lines = []
    for rule in rules:
        names: dict[Variable, str] = {}

        def text(term: Term, rule: EvaluationRule = rule, names: dict[Variable, str] = names) -> str:
            if isinstance(term, Variable):
                letters = "ABCDEF" if term in rule.universal else "zyxwvu" if not term.may_fail else "mno"
                used = [name for name in names.values() if name in letters]
                return names.setdefault(term, letters[len(used)])
            assert term.symbol is not None
            inner = ",".join([text(argument) for argument in term.args])
            return f"{term.symbol.name}({inner})" if term.args else term.symbol.name

        line = f"{','.join([text(pattern) for pattern in rule.left])} -> {text(rule.right)}"
        conditions = [f"{text(left)} <> {text(right)}" for left, right in rule.disequalities]
        lines.append(" if ".join([line, *conditions]))
    return lines


def test_a_constructor_without_equations_evaluates_to_itself_and_fails_on_failure() -> None:
    rules = theory((ENC,)).rules[ENC]
    assert shown(rules) == ["z,y -> enc(z,y)", "z,fail -> fail", "fail,m -> fail"]


def test_a_constant_cannot_fail() -> None:
    assert shown(theory((G,)).rules[G]) == [" -> g"]


def test_decryption_fails_exactly_on_what_is_no_encryption_under_the_key() -> None:
    compiled = theory((ENC,), (), (destructor(((App(ENC, (x, y)), y), x)),))
    assert shown(compiled.rules[OPEN]) == [
        "enc(z,y),y -> z",
        "z,y -> fail if z <> enc(A,y)",
        "z,fail -> fail",
        "fail,m -> fail",
    ]
    assert compiled.without_equations
    assert compiled.simplifications == ()


def test_an_ordered_rule_excludes_the_earlier_ones_and_makes_failure_superfluous() -> None:
    compiled = theory((G,), (), (destructor(((App(G), u), u), ((x, y), x), ((u, v), App(G)), ordered=True),))
    assert shown(compiled.rules[OPEN]) == [
        "g,m -> m",
        "z,y -> z if z <> g",
        "z,fail -> g if z <> g",
        "fail,m -> g",
    ]


def test_a_rule_after_one_that_always_applies_is_dropped() -> None:
    compiled = theory((G,), (), (destructor(((x, y), x), ((App(G), y), y), ordered=True),))
    assert shown(compiled.rules[OPEN])[0] == "z,y -> z"
    assert all(line.endswith("fail") for line in shown(compiled.rules[OPEN])[1:])


def test_a_repeated_may_fail_variable_means_both_fail_or_both_are_the_same_message() -> None:
    compiled = theory((G,), (), (destructor(((u, u), App(G)), ordered=True),))
    assert shown(compiled.rules[OPEN]) == [
        "m,m -> g",
        "z,y -> fail if y <> z",
        "z,fail -> fail",
        "fail,z -> fail",
    ]


def test_equality_needs_two_rules_and_two_failures() -> None:
    assert shown(theory().rules[builtin.EQUAL]) == [
        "z,z -> true",
        "z,y -> false if y <> z",
        "z,fail -> fail",
        "fail,m -> fail",
    ]


def test_the_success_test_never_fails() -> None:
    assert shown(theory().rules[builtin.SUCCEEDS]) == ["z -> true", "fail -> false"]


def test_naturals_are_left_to_constraints() -> None:
    rules = theory().rules
    assert builtin.IS_NATURAL not in rules and builtin.GREATER_EQUAL not in rules


def test_projections_of_tuples_are_there() -> None:
    second = builtin.projection(builtin.tuple_symbol(2), 1)
    assert shown(theory().rules[second.symbol]) == ["(z,y) -> y", "z -> fail if z <> (A,B)", "fail -> fail"]


def test_diffie_hellman_is_linear() -> None:
    compiled = theory((EXP, G), (equation(DIFFIE_HELLMAN),))
    assert shown(compiled.rules[EXP])[:2] == ["z,y -> exp(z,y)", "exp(g,z),y -> exp(exp(g,y),z)"]
    assert len(compiled.rules[EXP]) == 4
    assert compiled.simplifications == ()
    assert not compiled.without_equations
    assert compiled.equal(*DIFFIE_HELLMAN)
    assert not compiled.equal(App(EXP, (App(EXP, (x, y)), z)), App(EXP, (App(EXP, (x, z)), y)))
    assert not compiled.reducible(DIFFIE_HELLMAN[0])


def test_a_cipher_with_equations_is_convergent() -> None:
    compiled = theory((ENC, DEC), (equation(DECRYPTION), equation(ENCRYPTION)))
    assert shown(compiled.rules[DEC])[:2] == ["z,y -> dec(z,y)", "enc(z,y),y -> z"]
    assert shown(compiled.rules[ENC])[:2] == ["z,y -> enc(z,y)", "dec(z,y),y -> z"]
    assert compiled.reducible(App(PK, (DECRYPTION[0],)))
    assert compiled.normalise(App(PK, (App(ENC, (DECRYPTION[0], z)),))) is App(PK, (App(ENC, (x, z)),))
    assert not compiled.reducible(App(DEC, (App(ENC, (x, y)), z)))


def test_a_destructor_is_closed_under_the_equations() -> None:
    compiled = theory((EXP, G), (equation(DIFFIE_HELLMAN),), (destructor(((App(EXP, (x, y)), y), x)),))
    assert shown(compiled.rules[OPEN])[:2] == ["exp(z,y),y -> z", "exp(exp(g,z),y),z -> exp(g,y)"]
    assert shown(compiled.rules[OPEN])[2] == "z,y -> fail if z <> exp(A,y)"


def test_disequalities_are_solved_modulo_the_equations() -> None:
    opened = destructor(((App(PLUS, (App(G), x)), y), x), ((App(PLUS, (x, y)), z), z), ordered=True)
    compiled = theory((PLUS, G), (equation(COMMUTATIVITY),), (opened,))
    assert shown(compiled.rules[OPEN])[:3] == [
        "plus(g,z),y -> z",
        "plus(z,g),y -> z",
        "plus(z,y),x -> x if z <> g if y <> g",
    ]


def test_a_destructor_that_the_equations_leave_undetermined_is_refused() -> None:
    with pytest.raises(InputError, match=r"open.*whose result has a variable"):
        theory(
            (ENC, DEC),
            (equation(DECRYPTION), equation(ENCRYPTION)),
            (destructor(((App(ENC, (x, y)), z), y)),),
        )


def test_a_destructor_that_is_not_deterministic_is_refused() -> None:
    rules = ((App(PK, (x,)), y), x), ((App(PK, (App(G),)), y), y)
    place = Place("model.pv", 9, 1)
    with pytest.raises(InputError, match=r"not deterministic: it has the rules open\(pk\(x\),y\)") as caught:
        theory((PK, G), (), (dataclasses.replace(destructor(*rules), place=place),))
    assert caught.value.place == place
    assert len(theory((PK, G), (), (destructor(*rules, ordered=True),)).rules[OPEN]) == 4


def test_a_destructor_that_the_equations_make_nondeterministic_is_refused() -> None:
    opened = destructor(((App(PLUS, (App(PLUS, (x, y)), z)), z), x))
    theory((PLUS,), (), (opened,))
    with pytest.raises(InputError, match="not deterministic: it has, with the equations, the rules"):
        theory((PLUS,), (equation(COMMUTATIVITY),), (opened,))


def test_an_earlier_left_side_that_another_one_covers_leaves_no_disequality() -> None:
    opened = destructor(((App(PK, (App(G),)), y), y), ((App(PK, (x,)), y), x), ordered=True)
    assert shown(theory((PK, G), (), (opened,)).rules[OPEN][2:3]) == ["z,y -> fail if z <> pk(A)"]


def test_signature_verification_by_an_equation() -> None:
    sides = (App(CHECK, (App(SIGN, (x, y)), App(PK, (y,)))), App(OK))
    compiled = theory((CHECK, SIGN, PK, OK), (equation(sides),))
    assert shown(compiled.rules[CHECK])[:2] == ["z,y -> checksign(z,y)", "sign(z,y),pk(y) -> ok"]
    assert shown(compiled.rules[SIGN])[0] == "z,y -> sign(z,y)" and len(compiled.rules[SIGN]) == 3


def test_rules_that_follow_each_other_are_composed() -> None:
    f, h = Symbol("f", ("any",), "any"), Symbol("h", ("any",), "any")
    sides = (App(f, (x,)), App(h, (App(h, (x,)),))), (App(h, (App(G),)), App(G))
    compiled = theory((f, h, G), tuple(equation(pair) for pair in sides))
    assert shown(compiled.rules[f])[:3] == ["z -> f(z)", "z -> h(h(z))", "g -> g"]


def test_linear_equations_that_are_not_confluent_are_completed_in_both_directions() -> None:
    tag, ciphertext = Symbol("tag", ("any",), "any"), Symbol("c", (), "any")
    sides = (App(PK, (App(INV, (x,)),)), App(tag, (x,))), (App(INV, (App(G),)), App(ciphertext))
    compiled = theory((PK, INV, tag, G, ciphertext), tuple(equation(pair) for pair in sides))
    # c is inv(g) as well, so that pk(c) may have to be seen as tag(g), and the reverse.
    assert sorted(shown(compiled.rules[PK]))[:3] == ["c -> tag(g)", "fail -> fail", "inv(z) -> tag(z)"]
    assert sorted(shown(compiled.rules[tag]))[1:3] == ["g -> pk(c)", "z -> pk(inv(z))"]
    assert shown(compiled.rules[ciphertext]) == [" -> c", " -> inv(g)"]


@pytest.mark.parametrize("declared", [False, True])
def test_an_involution_is_convergent_or_by_declaration_linear(declared: bool) -> None:
    compiled = theory((INV,), (equation((App(INV, (App(INV, (x,)),)), x), linear=declared),))
    assert shown(compiled.rules[INV]) == ["z -> inv(z)", "inv(z) -> z", "fail -> fail"]
    assert bool(compiled.simplifications) is not declared
    assert compiled.equal(App(INV, (App(INV, (y,)),)), y)


def test_types_bind_where_the_model_says_so() -> None:
    key = Symbol("k", (), "key")
    sealed = Symbol("seal", ("nonce",), "any")
    rule = destructor(((App(sealed, (Variable("n", "nonce"),)), y), y))
    typed = theory((sealed, key), (), (rule,), ignoreTypes="false").rules[OPEN][0].left[0].args[0]
    untyped = theory((sealed, key), (), (rule,)).rules[OPEN][0].left[0].args[0]
    assert isinstance(typed, Variable) and typed.type == "nonce"
    assert isinstance(untyped, Variable) and untyped.type == "any"


REFUSED: dict[str, tuple[tuple[Symbol, ...], list[tuple[tuple[Term, Term], str]], str]] = {
    "exclusive or": (
        (PLUS, ZERO),
        [(COMMUTATIVITY, ""), (ASSOCIATIVITY, ""), ((App(PLUS, (x, x)), App(ZERO)), "")],
        "not linear",
    ),
    "abelian": ((PLUS,), [(COMMUTATIVITY, ""), (ASSOCIATIVITY, "")], "does not end"),
    "associative": ((PLUS,), [(ASSOCIATIVITY, "")], "does not end"),
    "not confluent": (
        (INV, ZERO, G),
        [((App(INV, (x,)), App(ZERO)), "convergent"), ((App(INV, (App(G),)), App(G)), "convergent")],
        "not confluent",
    ),
    "not terminating": (
        (INV,),
        [((App(INV, (x,)), App(INV, (App(INV, (x,)),))), "convergent")],
        "does not end",
    ),
    "not linear": ((PLUS,), [((App(PLUS, (x, x)), x), "linear")], "declared \\[linear\\]"),
    "mixed options": (
        (ENC, DEC),
        [(DECRYPTION, "convergent"), (ENCRYPTION, "")],
        "share symbols",
    ),
    "all terms equal": ((INV,), [((x, y), "")], "any two terms equal"),
    "undetermined": ((INV, PK), [((App(INV, (x,)), App(PK, (y,))), "")], "does not determine"),
    "data": ((), [((builtin.TRUE_TERM, builtin.FALSE_TERM), "linear")], "data constructor"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_handled_is_refused_with_its_place(name: str) -> None:
    constructors, sides, message = REFUSED[name]
    equations = tuple(equation(pair, option == "linear", option == "convergent") for pair, option in sides)
    with pytest.raises(InputError, match=message) as caught:
        theory(constructors, equations)
    assert caught.value.place == PLACE
