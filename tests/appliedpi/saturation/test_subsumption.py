"""Subsumption against its definition, on small random clauses."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from appliedpi.clauses import Clause, Disequality, History, Initial, attacker, rename_canonically
from appliedpi.saturation.index import FactIndex
from appliedpi.saturation.subsumption import subsumes
from appliedpi.terms import App, Term
from appliedpi.unification import match
from tests.appliedpi.terms_strategies import CONSTANT_A, UNARY, VARIABLES, terms

HAS = attacker(0)


def clause(hypotheses: list[Term], conclusion: Term, *disequalities: Disequality) -> Clause:
    facts, renamed = rename_canonically([App(HAS, (t,)) for t in (*hypotheses, conclusion)], disequalities)
    made = Clause(tuple(facts[:-1]), facts[-1], renamed, History(Initial(None, (), facts[-1]), (), ()))
    return made


def naive(general: Clause, special: Clause) -> bool:
    """The definition: some injection of hypotheses under one substitution."""
    count = len(general.hypotheses)
    for chosen in permutations(special.hypotheses, count):
        bindings: dict = {}
        if match(general.conclusion, special.conclusion, bindings) and all(
            match(fact, target, bindings) for fact, target in zip(general.hypotheses, chosen, strict=True)
        ):
            return True
    return False


# A clause has each hypothesis once: simplification sees to it.
CLAUSES = st.builds(clause, st.lists(terms(), max_size=3, unique=True), terms())


@settings(max_examples=300)
@given(CLAUSES, CLAUSES)
def test_subsumption_is_its_definition(general: Clause, special: Clause) -> None:
    assert subsumes(general, special) == naive(general, special)


@given(CLAUSES)
def test_a_clause_subsumes_itself(one: Clause) -> None:
    assert subsumes(one, one)


def test_constraints_of_the_general_clause_must_follow() -> None:
    x, a = VARIABLES[0], App(CONSTANT_A)
    free, constrained = clause([x], App(UNARY, (x,))), clause([x], App(UNARY, (x,)), Disequality(x, a))
    assert subsumes(free, constrained)
    assert not subsumes(constrained, free)
    assert subsumes(constrained, constrained)


def test_a_label_must_be_contained() -> None:
    x = VARIABLES[0]
    general, special = clause([x], App(UNARY, (x,))), clause([x], App(UNARY, (x,)))
    general.label, special.label = 0b01, 0b10
    assert not subsumes(general, special)
    special.label = 0b11
    assert subsumes(general, special)


@given(st.lists(CLAUSES, max_size=6), CLAUSES)
def test_retrieval_misses_nothing(stored: list[Clause], query: Clause) -> None:
    index = FactIndex()
    for number, one in enumerate(stored):
        one.number = number
        index.add(one.conclusion, one)
    generalisations = index.generalisations(query.conclusion)
    instances = index.instances(query.conclusion)
    for one in stored:
        if match(one.conclusion, query.conclusion, {}):
            assert one in generalisations
        if match(query.conclusion, one.conclusion, {}):
            assert one in instances
