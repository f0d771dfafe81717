"""Tests that may be skipped, as clauses of a family (see `families`).

A test over the values x becomes a hypothesis test(x). Where the test is passed it holds by a clause with the
conditions of the test and no label; with the toggle on it holds for all values, by a fact with the label of
the toggle. So the clauses grow linearly with the number of toggles, and names created below the test have
the same arguments whether it is skipped or not.
"""

from __future__ import annotations

from collections.abc import Iterator

from appliedpi import core
from appliedpi.builtin import FAIL_TERM
from appliedpi.clauses import Disequality, Initial
from appliedpi.terms import App, Kind, Symbol, Term, Variable, variables
from appliedpi.traces.derivation import TestRule
from appliedpi.translation.expressions import Evaluator
from appliedpi.translation.patterns import pattern_term
from appliedpi.translation.state import State
from appliedpi.unification import resolve

# What a clause of a test is made from: its facts, its constraints and its label.
TestClause = tuple[Initial, tuple[Disequality, ...], int]


class Tests:
    """The predicates of the skippable tests of one model."""

    __test__ = False  # no test of pytest

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._predicates: dict[core.Skippable, Symbol] = {}

    @property
    def predicates(self) -> frozenset[Symbol]:
        """All of them."""
        return frozenset(self._predicates.values())

    def skippable(self, process: core.Skippable, state: State) -> tuple[State, list[TestClause]]:
        """The state behind the test, and the clauses of its predicate where it is met for the first time."""
        concerned = _variables(process.test)
        found: list[TestClause] = []
        predicate = self._predicates.get(process)
        if predicate is None:
            name = f"test@{process.occurrence}"
            predicate = Symbol(name, ("any",) * len(concerned), "fact", Kind.PREDICATE)
            self._predicates[process] = predicate
            found = [self._passed(process, predicate, concerned, after) for after in self._passing(process)]
            found.append(_skipped(process, predicate, len(concerned)))
        values = tuple([state.environment.get(variable, variable) for variable in concerned])
        return state.assume(App(predicate, values)), found

    def _passing(self, process: core.Skippable) -> Iterator[State]:
        """Each state, over new values for the variables concerned, in which the test is passed."""
        test = process.test
        start = State({v: self._evaluator.fresh(v) for v in _variables(test)})
        if isinstance(test, core.If):
            for after, truth in self._evaluator.truth(test.condition, start):
                if truth:
                    yield after
            return
        for after, value in self._evaluator.evaluate(test.term, start):
            if value is FAIL_TERM:
                continue
            for matched in pattern_term(test.pattern, after, self._evaluator):
                equal = None if matched.term is None else matched.state.equate(matched.term, value)
                if equal is not None:
                    yield equal

    def _passed(
        self, process: core.Skippable, predicate: Symbol, concerned: tuple[Variable, ...], state: State
    ) -> TestClause:
        done: dict[Term, Term] = {}

        def final(term: Term) -> Term:
            return resolve(term, state.bindings, done)

        conclusion = App(predicate, tuple([final(state.environment[v]) for v in concerned]))
        hypotheses = tuple([final(fact) for fact in state.hypotheses])
        constraints = [Disequality(final(d.left), final(d.right), d.universal) for d in state.disequalities]
        return Initial(TestRule(process, False), hypotheses, conclusion), tuple(constraints), 0


def _skipped(process: core.Skippable, predicate: Symbol, count: int) -> TestClause:
    anything = tuple([Variable(f"x{index}", "any") for index in range(count)])
    return Initial(TestRule(process, True), (), App(predicate, anything)), (), 1 << process.toggle


def _variables(test: core.If | core.Let) -> tuple[Variable, ...]:
    """The variables of the test that are bound before it, in order of occurrence."""
    terms: list[Term] = []
    bound: set[Variable] = set()
    if isinstance(test, core.If):
        terms.append(test.condition)
    else:
        terms.append(test.term)
        patterns = [test.pattern]
        while patterns:
            pattern = patterns.pop()
            if isinstance(pattern, core.PatternData):
                patterns += reversed(pattern.arguments)
            elif isinstance(pattern, core.PatternEqual):
                terms.append(pattern.term)
            else:
                bound.add(pattern.variable)
    found = dict.fromkeys([variable for term in terms for variable in variables(term)])
    return tuple([variable for variable in found if variable not in bound])
