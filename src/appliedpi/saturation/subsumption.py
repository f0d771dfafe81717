"""Subsumption of clauses: Blanchet 2016, definition 4.6 ("H1 && phi1 => C1 subsumes H2 && phi2 => C2").

A clause subsumes another if an instance of it has the same conclusion, hypotheses that are a sub-multiset
of the other's, and constraints that the other's imply; then the other is redundant. Two hypotheses never map
to the same one: a clause does not subsume its own factors, which keeps the relation well-founded.
"""

from __future__ import annotations

from appliedpi.clauses import Clause, Disequality
from appliedpi.constraints import Unifiers, implied, syntactic_unifiers
from appliedpi.terms import Term, Variable, substitute
from appliedpi.unification import Bindings, match_shared


def subsumes(general: Clause, special: Clause, unifiers: Unifiers = syntactic_unifiers) -> bool:
    """Whether `general` makes `special` redundant."""
    if (
        general.mask & ~special.mask
        or len(general.hypotheses) > len(special.hypotheses)
        or general.size > special.size
        or general.label & ~special.label
    ):
        return False
    matched: dict[Term, Term] = {}
    if not match_shared(general.conclusion, special.conclusion, matched):
        return False
    return _map(general, 0, special, 0, matched, unifiers)


def _map(
    general: Clause,
    position: int,
    special: Clause,
    used: int,
    matched: dict[Term, Term],
    unifiers: Unifiers,
) -> bool:
    """Map the hypotheses from `position` on to unused ones; recursion bounded by their number."""
    if position == len(general.by_size):
        return not general.disequalities or _constraints_follow(general, special, matched, unifiers)
    fact = general.by_size[position]
    for index, target in enumerate(special.by_size):
        if target.size < fact.size:
            return False  # they are sorted, so all that follow are too small as well
        if used >> index & 1 or target.symbol is not fact.symbol or fact.mask & ~target.mask:
            continue
        attempt = matched.copy()
        if match_shared(fact, target, attempt) and _map(
            general, position + 1, special, used | 1 << index, attempt, unifiers
        ):
            return True
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
    return True
