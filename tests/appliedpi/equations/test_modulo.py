"""Equality, unification and evaluation modulo equations, against a naive enumeration of classes.

The oracle knows the equations only: it rewrites ground terms by them in both directions, at every position,
through all terms up to a size. What it finds equal is equal; where a class is exhausted, and only there, what
it does not find is different.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliedpi import builtin, core
from appliedpi.equations import Theory, compile_theory
from appliedpi.errors import Place
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute, variables
from appliedpi.unification import Bindings, match, resolve, unify

PLACE = Place("model.pv", 1, 1)
x, y, z = Variable("x", "any"), Variable("y", "any"), Variable("z", "any")


def constructor(name: str, arity: int) -> Symbol:
    return Symbol(name, ("any",) * arity, "any")


A, B, G, OK = (constructor(name, 0) for name in ("a", "b", "g", "ok"))
EXP, ENC, DEC, SIGN, CHECK = (constructor(name, 2) for name in ("exp", "enc", "dec", "sign", "check"))
INV, PK, PAIR, SWAP, FST = (
    constructor(name, arity) for name, arity in (("inv", 1), ("pk", 1), ("pair", 2), ("swap", 1), ("fst", 1))
)
PLUS, BLIND, UNBLIND = constructor("plus", 2), constructor("blind", 2), constructor("unblind", 2)

Sides = tuple[Term, Term]
THEORIES: dict[str, tuple[tuple[Symbol, ...], tuple[Sides, ...]]] = {
    "Diffie-Hellman": (
        (EXP, G, A, B),
        ((App(EXP, (App(EXP, (App(G), x)), y)), App(EXP, (App(EXP, (App(G), y)), x))),),
    ),
    "cipher": (
        (ENC, DEC, A, B),
        ((App(DEC, (App(ENC, (x, y)), y)), x), (App(ENC, (App(DEC, (x, y)), y)), x)),
    ),
    "signature": (
        (CHECK, SIGN, PK, OK, A),
        ((App(CHECK, (App(SIGN, (x, y)), App(PK, (y,)))), App(OK)),),
    ),
    "inverse": ((INV, PAIR, A), ((App(INV, (App(INV, (x,)),)), x),)),
    "commutative": ((PLUS, INV, A, B), ((App(PLUS, (x, y)), App(PLUS, (y, x))),)),
    "swapped pairs": (
        (SWAP, PAIR, FST, A, B),
        ((App(SWAP, (App(PAIR, (x, y)),)), App(PAIR, (y, x))), (App(FST, (App(PAIR, (x, y)),)), x)),
    ),
    "blind signature": (
        (BLIND, UNBLIND, SIGN, A, B),
        ((App(UNBLIND, (App(SIGN, (App(BLIND, (x, y)), z)), y)), App(SIGN, (x, z))),),
    ),
    # Completion has to compose rules in these: forwards, and backwards as well where they are linear.
    "successor": (
        (PLUS, INV, G, A),
        ((App(PLUS, (x, y)), App(PLUS, (y, x))), (App(PLUS, (x, App(G))), App(INV, (x,)))),
    ),
    "not confluent": (
        (PK, INV, SWAP, G, A),
        ((App(PK, (App(INV, (x,)),)), App(SWAP, (x,))), (App(INV, (App(G),)), App(A))),
    ),
    "unit": (
        (PLUS, INV, G, A),
        (
            (App(PLUS, (App(G), x)), x),
            (App(PLUS, (x, App(G))), x),
            (App(INV, (App(G),)), App(G)),
        ),
    ),
    "chain": (
        (PK, INV, G, A),
        ((App(PK, (x,)), App(INV, (App(INV, (x,)),))), (App(INV, (App(G),)), App(G))),
    ),
    "asymmetric keys": (
        (ENC, DEC, INV, A),
        (
            (App(DEC, (App(ENC, (x, y)), App(INV, (y,)))), x),
            (App(DEC, (App(ENC, (x, App(INV, (y,)))), y)), x),
            (App(INV, (App(INV, (x,)),)), x),
        ),
    ),
    "Diffie-Hellman and cipher": (
        (EXP, G, ENC, DEC, A),
        (
            (App(EXP, (App(EXP, (App(G), x)), y)), App(EXP, (App(EXP, (App(G), y)), x))),
            (App(DEC, (App(ENC, (x, y)), y)), x),
        ),
    ),
}  # fmt: skip
OPEN = Symbol("open", ("any", "any"), "any", Kind.DESTRUCTOR)


def model(name: str, *destructors: core.Destructor) -> core.Model:
    constructors, equations = THEORIES[name]
    return core.Model(
        constructors=constructors,
        tuples={},
        free_names=(),
        destructors={destructor.symbol: destructor for destructor in destructors},
        equations=tuple(core.Equation(left, right) for left, right in equations),
        events=(),
        tables=(),
        process=core.Nil(occurrence=1, place=PLACE),
        queries=(),
    )


@functools.cache
def theory(name: str) -> Theory:
    return compile_theory(model(name))


# --- the oracle -------------------------------------------------------------------------------------


def one_step(term: Term, equations: Sequence[Sides], fillers: Sequence[Term]) -> Iterator[Term]:
    """Every term that one use of an equation makes of a ground term; `fillers` for variables left open."""
    for sides in equations:
        for left, right in (sides, sides[::-1]):
            bindings: Bindings = {}
            if match(left, term, bindings):
                free = [variable for variable in variables(right) if variable not in bindings]
                choices: list[Bindings] = [bindings]
                for variable in free:
                    choices = [{**chosen, variable: filler} for chosen in choices for filler in fillers]
                yield from (substitute(right, chosen) for chosen in choices)
    assert term.symbol is not None
    for i, argument in enumerate(term.args):
        for other in one_step(argument, equations, fillers):
            yield App(term.symbol, (*term.args[:i], other, *term.args[i + 1 :]))


def equal_terms(term: Term, equations: Sequence[Sides], fillers: Sequence[Term], largest: int) -> set[Term]:
    """All terms found equal to a ground term, through terms of at most `largest` symbols."""
    found, waiting = {term}, deque([term])
    while waiting and len(found) < 300:
        for other in one_step(waiting.popleft(), equations, fillers):
            if other.size <= largest and other not in found:
                found.add(other)
                waiting.append(other)
    return found


# --- evaluation as a reader of the rules would do it --------------------------------------------------


def evaluations(term: Term, compiled: Theory) -> set[Term]:
    """Every irreducible value of a ground expression under the compiled rules, `fail` included."""
    assert term.symbol is not None
    results: set[Term] = set()
    arguments: list[tuple[Term, ...]] = [()]
    for argument in term.args:
        values = evaluations(argument, compiled)
        arguments = [(*before, value) for before in arguments for value in values]
    for values_ in arguments:
        for rule in compiled.rules[term.symbol]:
            bindings: Bindings = {}
            if all(unify(p, v, bindings) for p, v in zip(rule.left, values_, strict=True)) and all(
                not compiled.unifiers((resolve(one, bindings), resolve(other, bindings)))
                for one, other in rule.disequalities
            ):
                results.add(resolve(rule.right, bindings))
    return {value for value in results if not compiled.reducible(value)}


def ground_terms(name: str, depth: int = 3) -> st.SearchStrategy[Term]:
    constructors, _ = THEORIES[name]
    constants = st.sampled_from([App(symbol) for symbol in constructors if not symbol.arity])
    functions = [symbol for symbol in constructors if symbol.arity]
    terms: st.SearchStrategy[Term] = constants
    if PLUS in constructors:
        depth = min(depth, 2)  # classes of a commutative symbol double with each occurrence
    for _ in range(depth):
        terms = st.one_of(
            constants,
            *[
                st.builds(lambda s, a: App(s, a), st.just(f), st.tuples(*[terms] * f.arity))
                for f in functions
            ],
        )
    return terms


def related(name: str) -> st.SearchStrategy[tuple[Term, Term, bool]]:
    """Two ground terms and whether they are equal by construction (the oracle's walk) or just two terms."""
    _, equations = THEORIES[name]
    fillers = [App(symbol) for symbol in THEORIES[name][0] if not symbol.arity]

    @st.composite
    def draw_pair(draw: st.DrawFn) -> tuple[Term, Term, bool]:
        # Instances of the equations' sides as well: two random terms rarely contain one.
        seeds = st.sampled_from([side for sides in equations for side in sides])
        instance = seeds.flatmap(
            lambda side: st.fixed_dictionaries({v: ground_terms(name, 1) for v in variables(side)}).map(
                lambda chosen: substitute(side, dict(chosen))
            )
        )
        term = draw(st.one_of(ground_terms(name), instance))
        if draw(st.booleans()):
            return term, draw(st.one_of(ground_terms(name), instance)), False
        other = term
        for _ in range(draw(st.integers(1, 4))):
            steps = [step for step in one_step(other, equations, fillers) if step.size <= 25]
            if not steps:
                break
            other = draw(st.sampled_from(sorted(set(steps), key=str)))
        return term, other, True

    return draw_pair()


@pytest.mark.parametrize("name", THEORIES)
def test_evaluation_is_sound_and_meets_on_equal_terms(name: str) -> None:
    constructors, equations = THEORIES[name]
    fillers = [App(symbol) for symbol in constructors if not symbol.arity]
    compiled = theory(name)

    @settings(max_examples=40, deadline=None, database=None, derandomize=True)
    @given(related(name))
    def check(pair: tuple[Term, Term, bool]) -> None:
        term, other, equal = pair
        values = evaluations(term, compiled)
        assert values and builtin.FAIL_TERM not in values
        if term.size <= 9:
            largest = max(term.size, *[value.size for value in values]) + 1
            assert values <= equal_terms(term, equations, fillers, largest)
        for value in values:
            assert compiled.equal(term, value)
        if equal:
            assert values & evaluations(other, compiled), "equal terms have a common value"
            assert compiled.equal(term, other)
            # Any irreducible term may be the one that stands for its class, so it has to be reached.
            if not compiled.reducible(other) and not compiled.equations.has_equal_parts([other]):
                assert other in values
        elif compiled.equal(term, other):
            assert values & evaluations(other, compiled)
            if max(term.size, other.size) <= 12:
                largest = max(term.size, other.size) + 1
                classes = [equal_terms(side, equations, fillers, largest) for side in (term, other)]
                assert classes[0] & classes[1]
        else:
            assert other not in equal_terms(term, equations, fillers, 9)

    check()


@pytest.mark.parametrize("name", THEORIES)
def test_unifiers_are_sound_and_complete_on_ground_instances(name: str) -> None:
    constructors, equations = THEORIES[name]
    compiled = theory(name)
    functions = [symbol for symbol in constructors if symbol.arity]
    leaves = st.sampled_from([x, y, *[App(symbol) for symbol in constructors if not symbol.arity]])
    terms: st.SearchStrategy[Term] = leaves
    for _ in range(2):
        terms = st.one_of(
            leaves,
            *[
                st.builds(lambda s, a: App(s, a), st.just(f), st.tuples(*[terms] * f.arity))
                for f in functions
            ],
        )
    sides = st.sampled_from([side for pair in equations for side in pair])

    @settings(max_examples=40, deadline=None, database=None, derandomize=True)
    @given(
        st.one_of(terms, sides), terms, ground_terms(name, 2), ground_terms(name, 2), ground_terms(name, 2)
    )
    def check(left: Term, right: Term, a: Term, b: Term, c: Term) -> None:
        found = compiled.unifiers((left, right))
        for unifier in found:
            assert compiled.equal(resolve(left, unifier), resolve(right, unifier))
        chosen: dict[Variable, Term] = {x: a, y: b, z: c}
        asked = [v for v in (x, y, z) if any(v is w for side in (left, right) for w in variables(side))]
        if compiled.equal(substitute(left, chosen), substitute(right, chosen)):
            # Some unifier has the chosen values as an instance, modulo the equations.
            assert any(
                compiled.unifiers(*[(unifier.get(v, v), chosen[v]) for v in asked]) for unifier in found
            ), f"{left} = {right} with {chosen} is missed by {found}"

    check()


@pytest.mark.parametrize("name", THEORIES)
@pytest.mark.parametrize("ordered", [False, True])
def test_a_destructor_sees_terms_modulo_the_equations(name: str, ordered: bool) -> None:
    constructors, _ = THEORIES[name]
    compiled_rules: tuple[tuple[tuple[Term, ...], Term], ...] = {
        "Diffie-Hellman": (((App(EXP, (x, y)), y), x), ((App(G), x), x)),
        "cipher": (((App(ENC, (x, App(A))), y), y), ((x, x), x)),
        "signature": (((App(SIGN, (x, y)), App(PK, (y,))), x), ((App(OK), x), x)),
        "inverse": (((App(INV, (x,)), x), x), ((App(PAIR, (x, y)), y), x)),
        "commutative": (((App(PLUS, (x, y)), y), x), ((x, x), x)),
        "swapped pairs": (((App(PAIR, (x, y)), y), x), ((x, y), App(SWAP, (x,)))),
        "blind signature": (((App(SIGN, (x, z)), z), x), ((x, x), x)),
        "successor": (((App(PLUS, (x, y)), y), x), ((x, x), x)),
        "not confluent": (((App(PK, (x,)), x), App(INV, (x,))), ((App(A), x), x)),
        "unit": (((App(INV, (x,)), x), x), ((x, x), x)),
        "chain": (((App(PK, (x,)), x), App(INV, (x,))), ((App(A), x), x)),
        "asymmetric keys": (((App(ENC, (x, y)), App(INV, (y,))), x), ((App(A), x), x)),
        "Diffie-Hellman and cipher": (((App(EXP, (x, y)), y), x), ((App(DEC, (x, y)), y), x)),
    }[name]
    if not ordered and name in ("swapped pairs", "Diffie-Hellman and cipher"):
        compiled_rules = compiled_rules[:1]  # both at once are not deterministic
    destructor = core.Destructor(OPEN, tuple(core.RewriteRule(*rule) for rule in compiled_rules), ordered)
    compiled = compile_theory(model(name, destructor))

    def expected(first: Term, second: Term) -> list[Term]:
        """The results, from the definition: by matching modulo the equations."""
        results = []
        for left, right in compiled_rules:
            for unifier in compiled.unifiers((left[0], first), (left[1], second)):
                results.append(resolve(right, unifier))
            if results and ordered:
                break
        return results or [builtin.FAIL_TERM]

    @settings(max_examples=40, deadline=None, database=None, derandomize=True)
    @given(ground_terms(name, 1), ground_terms(name, 1), st.sampled_from([None, *compiled_rules]))
    def check(first: Term, second: Term, rule: tuple[tuple[Term, ...], Term] | None) -> None:
        if rule is not None:  # make the rule apply
            chosen: dict[Variable, Term] = {x: first, y: second, z: first}
            first, second = substitute(rule[0][0], chosen), substitute(rule[0][1], chosen)
        values = evaluations(App(OPEN, (first, second)), compiled)
        wanted = expected(first, second)
        for value in values:
            assert any(value is one or compiled.equal(value, one) for one in wanted), (
                f"{value} not in {wanted}"
            )
        for one in wanted:
            assert any(value is one or compiled.equal(value, one) for value in values), (
                f"{one} not in {values}"
            )

    check()


def test_a_disequality_holds_for_what_is_different_modulo_the_equations_only() -> None:
    compiled = theory("Diffie-Hellman")
    ab, ba = (App(EXP, (App(EXP, (App(G), App(p))), App(q))) for p, q in ((A, B), (B, A)))
    assert evaluations(App(builtin.EQUAL, (ab, ba)), compiled) == {builtin.TRUE_TERM}
    assert evaluations(App(builtin.EQUAL, (ab, App(A))), compiled) == {builtin.FALSE_TERM}


def test_unification_of_many_shared_secrets_is_not_exponential() -> None:
    compiled = theory("Diffie-Hellman")
    count = 12
    left = [
        App(EXP, (App(EXP, (App(G), Variable(f"x{i}", "any"))), Variable(f"y{i}", "any")))
        for i in range(count)
    ]
    right = [App(EXP, (App(EXP, (App(G), App(A))), App(B))) for _ in range(count)]
    pairs = list(zip(left, right, strict=True))[:4]
    assert len(compiled.unifiers(*pairs)) == 2 ** len(pairs)
    same = [(left[0], value) for value in right]
    assert len(compiled.unifiers(*same)) == 2
