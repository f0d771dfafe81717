"""Pattern matching during the translation.

A pattern becomes a term over fresh variables, with the values of its `=M` parts in place; matching is
unification with that term, not matching is a disequality for all values of the fresh variables
(Blanchet 2016, section 3.2, the clauses for let and for input).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from appliedpi import core
from appliedpi.builtin import FAIL_TERM
from appliedpi.terms import App, Term, Variable, substitute
from appliedpi.translation.expressions import Evaluator
from appliedpi.translation.state import Parameter, State


@dataclass(frozen=True, eq=False, slots=True)
class PatternTerm:
    """A pattern as a term. `term` is None where one of its `=M` parts fails, so that nothing matches it.

    `variables` are those of the pattern, in order, with the values made for them.
    """

    state: State
    term: Term | None
    variables: tuple[Parameter, ...]

    @property
    def fresh(self) -> frozenset[Variable]:
        """The values as a set."""
        return frozenset([value for _, value in self.variables if isinstance(value, Variable)])


def pattern_term(pattern: core.Pattern, state: State, evaluator: Evaluator) -> Iterator[PatternTerm]:
    """Each way in which the pattern may evaluate, with its variables bound in the state."""
    for found, (term,) in _several((pattern,), state, evaluator):
        yield PatternTerm(found.state, term if found.complete else None, found.variables)


def pattern_terms(
    patterns: tuple[core.Pattern, ...], state: State, evaluator: Evaluator
) -> Iterator[tuple[State, tuple[Term, ...], tuple[Parameter, ...]]]:
    """Each way in which a sequence of patterns may evaluate without failing, with their variables."""
    for found, terms in _several(patterns, state, evaluator):
        if found.complete:
            yield found.state, terms, found.variables


@dataclass(frozen=True, eq=False, slots=True)
class _Found:
    state: State
    complete: bool
    variables: tuple[Parameter, ...]


def _several(
    patterns: tuple[core.Pattern, ...], state: State, evaluator: Evaluator
) -> Iterator[tuple[_Found, tuple[Term, ...]]]:
    # First all variables are bound, so that `=M` may use those of the same pattern, then M is evaluated.
    fresh: dict[Variable, Variable] = {}
    equalities: list[Term] = []
    places: list[Variable] = []

    def shape(pattern: core.Pattern) -> Term:
        if isinstance(pattern, core.PatternVariable):
            variable = pattern.variable
            fresh[variable] = evaluator.fresh(variable)
            return fresh[variable]
        if isinstance(pattern, core.PatternEqual):
            place = Variable("equal", "any")
            equalities.append(pattern.term)
            places.append(place)
            return place
        return App(pattern.symbol, tuple([shape(argument) for argument in pattern.arguments]))

    shapes = tuple([shape(pattern) for pattern in patterns])
    bound = state
    for variable, value in fresh.items():
        bound = bound.bind(variable, value)
    new = tuple([(variable.name, value) for variable, value in fresh.items()])
    for after, values in evaluator.evaluate_all(tuple(equalities), bound):
        if FAIL_TERM in values:
            yield _Found(after, False, new), shapes
            continue
        replacement: dict[Variable, Term] = dict(zip(places, values, strict=True))
        yield _Found(after, True, new), tuple([substitute(term, replacement) for term in shapes])
