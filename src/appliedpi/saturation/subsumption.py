"""Subsumption of clauses: Blanchet 2016, section 3.2 ("H1 && phi1 => C1 subsumes H2 && phi2 => C2").

A clause subsumes another if an instance of it has the same conclusion, hypotheses that are a sub-multiset
of the other's, and constraints that the other's imply; then the other is redundant. Two hypotheses never map
to the same one: a clause does not subsume its own factors, which keeps the relation well-founded.

Subsumption is NP-complete (Garey and Johnson, "Computers and Intractability", problem LO18), so the search
ends after a number of attempts with "no": a clause that is kept without need is no error.
"""

from __future__ import annotations

from appliedpi.clauses import Clause, Disequality
from appliedpi.constraints import Unifiers, implied, syntactic_unifiers
from appliedpi.saturation.naturals import follows
from appliedpi.terms import App, Term, Variable, substitute
from appliedpi.unification import Bindings, match_shared

_ATTEMPTS = 20_000


def subsumes(general: Clause, special: Clause, unifiers: Unifiers = syntactic_unifiers) -> bool:
    """Whether `general` makes `special` redundant."""
    if (
        general.mask & ~special.mask
        or len(general.by_size) > len(special.by_size)
        or general.size > special.size
        or general.label & ~special.label
    ):
        return False
    matched: dict[Term, Term] = {}
    if not match_shared(general.conclusion, special.conclusion, matched):
        return False
    return _map(general, 0, special, 0, matched, unifiers, [_ATTEMPTS])


def _map(
    general: Clause,
    position: int,
    special: Clause,
    used: int,
    matched: dict[Term, Term],
    unifiers: Unifiers,
    attempts: list[int],
) -> bool:
    """Map the hypotheses from `position` on to unused ones; recursion bounded by their number.

    What is added to `matched` on the way to a failure is taken back: a dictionary keeps its order.
    """
    if position == len(general.by_size):
        if not general.disequalities and not general.naturals:
            return True
        return _constraints_follow(general, special, matched, unifiers)
    fact = general.by_size[position]
    if len(fact.args) == 1 and fact.args[0] in matched:
        # Its image is known: attacker(x) with x already mapped, of which a clause may have many.
        assert fact.symbol is not None
        image = App(fact.symbol, (matched[fact.args[0]],))
        for index in special.places.get(fact.symbol, ()):
            if special.by_size[index] is image and not used >> index & 1:
                return _map(general, position + 1, special, used | 1 << index, matched, unifiers, attempts)
        return False
    mark = len(matched)
    for index in special.places.get(fact.symbol, ()):
        target = special.by_size[index]
        if target.size < fact.size:
            return False  # they are sorted, so all that follow are too small as well
        if used >> index & 1 or fact.mask & ~target.mask:
            continue
        attempts[0] -= 1
        if attempts[0] < 0:
            return False
        if match_shared(fact, target, matched) and _map(
            general, position + 1, special, used | 1 << index, matched, unifiers, attempts
        ):
            return True
        while len(matched) > mark:
            matched.popitem()
    return False


def _constraints_follow(
    general: Clause, special: Clause, matched: dict[Term, Term], unifiers: Unifiers
) -> bool:
    bindings: Bindings = {v: image for v, image in matched.items() if isinstance(v, Variable)}
    for constraint in general.disequalities:
        # Universal variables are numbered apart from those of facts, so `bindings` does not touch them.
        image = Disequality(
            substitute(constraint.left, bindings),
            substitute(constraint.right, bindings),
            constraint.universal,
        )
        if not implied(image, special.disequalities, unifiers):
            return False
    return all([follows(substitute(fact, bindings), special.naturals) for fact in general.naturals])
