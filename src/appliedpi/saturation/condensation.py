"""Redundant hypotheses: a clause that one of its own instances subsumes is replaced by that instance.

Where a substitution of variables that the conclusion does not mention turns the hypotheses into some of
themselves, the others add nothing (condensation, Joyner, "Resolution strategies as decision procedures",
Journal of the ACM 23, 1976; ProVerif's `redundantHypElim`). Only substitutions that make one begin fact
another are tried, because clauses gather events that differ in nothing but their variables.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliedpi.clauses import BEGIN, Disequality
from appliedpi.saturation.naturals import is_natural_constraint
from appliedpi.terms import Symbol, Term, Variable, substitute, variables
from appliedpi.unification import Bindings, match


def condensed(
    hypotheses: Sequence[Term], conclusion: Term, disequalities: Sequence[Disequality]
) -> list[int] | None:
    """For each hypothesis the place of the one that stands for it, its own for those that stay.

    None where every hypothesis is needed.
    """
    begins: dict[Symbol | None, list[Term]] = {}
    for fact in hypotheses:
        if fact.symbol is BEGIN:
            begins.setdefault(fact.args[0].symbol, []).append(fact)
    groups = [group for group in begins.values() if len(group) > 1]
    if not groups:
        return None
    fixed = _fixed(hypotheses, conclusion, disequalities)
    stands_for: dict[Term, Term] = {}
    occurrences: dict[Variable, list[Term]] = {}
    for fact in hypotheses:
        for variable in variables(fact):
            if variable not in fixed:
                occurrences.setdefault(variable, []).append(fact)
    remaining = set(hypotheses)
    for group in groups:
        for fact in group:
            for other in group:
                if other is fact or fact not in remaining or other not in remaining:
                    continue
                gone = _merged(fact, other, remaining, fixed, occurrences)
                stands_for.update(gone)
                remaining.difference_update(gone)
    if not stands_for:
        return None
    place = {fact: index for index, fact in enumerate(hypotheses)}
    return [place[_last(fact, stands_for)] for fact in hypotheses]


def _fixed(
    hypotheses: Sequence[Term], conclusion: Term, disequalities: Sequence[Disequality]
) -> set[Variable]:
    """The variables that something else than a fact speaks of."""
    terms = [conclusion, *[fact for fact in hypotheses if is_natural_constraint(fact)]]
    for constraint in disequalities:
        terms += [constraint.left, constraint.right]
    return {variable for term in terms for variable in variables(term)}


def _merged(
    fact: Term,
    other: Term,
    remaining: set[Term],
    fixed: set[Variable],
    occurrences: dict[Variable, list[Term]],
) -> dict[Term, Term]:
    """The facts that go where `fact` becomes `other`, each with the one that stands for it."""
    bindings: Bindings = {}
    if fact.size > other.size or not match(fact, other, bindings):
        return {}
    moved = {variable: image for variable, image in bindings.items() if image is not variable}
    if not fixed.isdisjoint(moved):
        return {}
    gone: dict[Term, Term] = {}
    for variable in moved:
        for one in occurrences[variable]:
            if one in remaining and one not in gone:
                image = gone[one] = substitute(one, moved)
                if image not in remaining:
                    return {}
    return gone if not any([image in gone for image in gone.values()]) else {}


def _last(fact: Term, stands_for: dict[Term, Term]) -> Term:
    while fact in stands_for:
        fact = stands_for[fact]
    return fact
