"""The option `inductionOn` of `nounif`: of two hypotheses of one shape the one with the smaller numbers goes.

A cell `mess(d, i)` whose number only grows makes clauses that read it ever more often, so the saturation
might not end. Where a clause has mess(d, i) and mess(d, j) and its constraints say i >= j, the hypotheses
that mention j are dropped. A clause with fewer hypotheses says more, so nothing is lost but precision
(ProVerif 2.05 manual, section 6.7.2; Blanchet, Cheval, Cortier 2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from appliedpi.clauses import AT_LEAST
from appliedpi.saturation.naturals import follows, is_natural_constraint, without
from appliedpi.terms import App, Term, Variable, variables
from appliedpi.unification import Bindings, match


@dataclass(frozen=True, eq=False, slots=True)
class Growing:
    """A fact whose numbers grow: its shape, the variables in it that stand for any term, and the numbers."""

    shape: Term
    anything: frozenset[Variable]
    numbers: tuple[Variable, ...]

    def numbers_in(self, fact: Term) -> tuple[Variable, ...] | None:
        """The variables that stand for the numbers; None where the fact has another shape."""
        bindings: Bindings = {}
        if not match(self.shape, fact, bindings):
            return None
        renamed = {v: value for v, value in bindings.items() if isinstance(value, Variable)}
        if not renamed.keys() >= bindings.keys() - self.anything:
            return None
        return tuple([renamed[number] for number in self.numbers])


def without_smaller(hypotheses: list[Term], growing: Sequence[Growing]) -> list[Term]:
    """The hypotheses that are left; the given list where none goes."""
    remaining = hypotheses
    while dropped := _dropped(remaining, growing):
        naturals = [fact for fact in remaining if is_natural_constraint(fact)]
        others = [fact for fact in remaining if not is_natural_constraint(fact)]
        remaining = [fact for fact in others if dropped.isdisjoint(variables(fact))]
        remaining += without(naturals, dropped)
    return remaining


def _dropped(hypotheses: Sequence[Term], growing: Sequence[Growing]) -> frozenset[Variable]:
    """The numbers whose hypotheses a clause can do without; none where no two facts are comparable."""
    naturals = [fact for fact in hypotheses if is_natural_constraint(fact)]
    for entry in growing:
        found = [numbers for fact in hypotheses if (numbers := entry.numbers_in(fact)) is not None]
        for larger, smaller in permutations(found, 2):
            dropped = frozenset(smaller) - frozenset(larger)
            if dropped and all([_at_least(i, j, naturals) for i, j in zip(larger, smaller, strict=True)]):
                return dropped
    return frozenset()


def _at_least(larger: Variable, smaller: Variable, naturals: Sequence[Term]) -> bool:
    return larger is smaller or follows(App(AT_LEAST, (larger, smaller)), naturals)
