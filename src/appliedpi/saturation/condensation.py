"""Redundant hypotheses: a clause that one of its own instances subsumes is replaced by that instance.

Where a substitution of variables that the conclusion does not mention turns the hypotheses into some of
themselves, the others add nothing (condensation, Joyner, "Resolution strategies as decision procedures",
Journal of the ACM 23, 1976; ProVerif's `redundantHypElim`). As in ProVerif only clauses with events are
looked at, because these gather hypotheses that differ in nothing but their variables.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliedpi.clauses import BEGIN, Disequality
from appliedpi.saturation.naturals import is_natural_constraint
from appliedpi.terms import Term, Variable, substitute, variables
from appliedpi.unification import Bindings, match


def condensed(
    hypotheses: Sequence[Term], conclusion: Term, disequalities: Sequence[Disequality]
) -> list[int] | None:
    """For each hypothesis the place of the one that stands for it, its own for those that stay.

    None where every hypothesis is needed.
    """
    if not any([fact.symbol is BEGIN for fact in hypotheses]):
        return None
    fixed: set[Variable] = set(variables(conclusion))
    for constraint in disequalities:
        fixed.update(variables(constraint.left))
        fixed.update(variables(constraint.right))
    for fact in hypotheses:
        if is_natural_constraint(fact):
            fixed.update(variables(fact))
    image = list(range(len(hypotheses)))
    remaining = {fact: index for index, fact in enumerate(hypotheses)}
    found = True
    while found:
        found = False
        for fact in list(remaining):
            if any([variable not in fixed for variable in variables(fact)]):
                merged = _merged(fact, remaining, fixed)
                if merged is not None:
                    for old, new in merged.items():
                        place, other = remaining[old], remaining[new]
                        image = [other if one == place else one for one in image]
                    for old in merged:
                        del remaining[old]
                    found = True
                    break
    return image if len(remaining) < len(hypotheses) else None


def _merged(fact: Term, remaining: dict[Term, int], fixed: set[Variable]) -> dict[Term, Term] | None:
    """The facts that go, each with the one that stands for it, where `fact` is mapped to another one."""
    for other in remaining:
        if other is fact or other.symbol is not fact.symbol or other.size < fact.size:
            continue
        bindings: Bindings = {}
        if not match(fact, other, bindings):
            continue
        moved = {v: image for v, image in bindings.items() if image is not v}
        if not fixed.isdisjoint(moved):
            continue
        images = {one: substitute(one, moved) for one in remaining}
        if not all([image in remaining for image in images.values()]):
            continue
        staying = set(images.values())
        if len(staying) == len(remaining):
            continue
        gone = {one: image for one, image in images.items() if one not in staying}
        if all([image in staying for image in gone.values()]):
            return gone
    return None
