"""The saturation: Blanchet 2016, section 3.2, figure "Saturation algorithm".

Clauses wait in a queue, those that need the fewest toggles first and of these the smallest. A clause taken
from it that is not subsumed is added; if it is solved (nothing selected), its conclusion is resolved with the
selected hypothesis of each unsolved clause kept so far, otherwise its selected hypothesis with the conclusion
of each solved one. At the end every resolvent of kept clauses is subsumed by a kept clause, and the solved
clauses derive what the initial ones do (proved there).

The same loop solves a query: the goal clauses of the query are resolved with the solved clauses only.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable

from appliedpi.clauses import Clause, Disequality, Resolution
from appliedpi.constraints import Unifiers, syntactic_unifiers
from appliedpi.limits import Limits
from appliedpi.saturation.index import FactIndex
from appliedpi.saturation.selection import Selection
from appliedpi.saturation.simplification import Simplifier
from appliedpi.saturation.subsumption import subsumed, subsumers
from appliedpi.terms import Term
from appliedpi.unification import Bindings, resolve, unify

Discard = Callable[[Clause], bool]
# The hypotheses of a resolvent, from the selecting clause, the index, what resolution gives and the selected
# hypothesis.
Order = Callable[[Clause, int, list[Term], Term], list[Term]]


class Saturation:
    """A set of clauses that is being closed under resolution.

    `solved_base`, where given, holds the solved clauses of an earlier saturation: then clauses are resolved
    with those only and not with each other. `discard` drops clauses that are of no interest.
    """

    def __init__(
        self,
        simplifier: Simplifier,
        selection: Selection,
        limits: Limits,
        progress: Callable[[int, int], None] | None = None,
        solved_base: FactIndex | None = None,
        discard: Discard | None = None,
        unifiers: Unifiers = syntactic_unifiers,
        order: Order | None = None,
    ) -> None:
        self._simplifier = simplifier
        self._selection = selection
        self._limits = limits
        self._progress = progress
        self._discard = discard
        self._unifiers = unifiers
        self._order = order
        self._queue: list[tuple[int, int, int, Clause]] = []
        self._number = 0
        self._base = solved_base
        self.solved = FactIndex()  # by conclusion
        self._unsolved = FactIndex()  # by selected hypothesis
        self._kept = FactIndex()  # all, by conclusion

    def add(self, clauses: Iterable[Clause]) -> None:
        """Put clauses in the queue."""
        for clause in clauses:
            if self._discard is not None and self._discard(clause):
                continue
            self._number += 1
            clause.number = self._number
            heapq.heappush(self._queue, (clause.label.bit_count(), clause.size, clause.number, clause))

    def run(self) -> None:
        """Close the set. Raises LimitExceeded."""
        steps = 0
        while self._queue:
            self._limits.check()
            steps += 1
            if self._progress is not None and steps % 100 == 0:
                self._progress(len(self._kept), len(self._queue))
            clause = heapq.heappop(self._queue)[3]
            if self._is_redundant(clause):
                continue
            self._remove_subsumed(clause)
            clause.selected = self._selection.select(clause)
            self._kept.add(clause.conclusion, clause)
            if clause.selected is None:
                self.solved.add(clause.conclusion, clause)
                if self._base is None:
                    for other in self._unsolved.unifiable(clause.conclusion):
                        self.add(self._resolvents(other, clause))
            else:
                selected = clause.hypotheses[clause.selected]
                self._unsolved.add(selected, clause)
                base = self.solved if self._base is None else self._base
                for other in base.unifiable(selected):
                    self.add(self._resolvents(clause, other))

    def resolve_first(self, clause: Clause, index: int) -> None:
        """Put the resolvents of a clause upon this hypothesis in the queue, whatever would be selected."""
        assert self._base is not None
        clause.selected = index
        for other in self._base.unifiable(clause.hypotheses[index]):
            self.add(self._resolvents(clause, other))

    def kept(self) -> list[Clause]:
        """The clauses of the set, solved or not, in the order in which they were made."""
        return sorted(self._kept, key=lambda clause: clause.number)

    def _is_redundant(self, clause: Clause) -> bool:
        candidates = self._kept.generalisations(clause.conclusion)
        return next(subsumers(candidates, clause, self._unifiers), None) is not None

    def _remove_subsumed(self, clause: Clause) -> None:
        for other in subsumed(self._kept.instances(clause.conclusion), clause, self._unifiers):
            self._kept.remove(other.conclusion, other)
            if other.selected is None:
                self.solved.remove(other.conclusion, other)
            else:
                self._unsolved.remove(other.hypotheses[other.selected], other)

    def _resolvents(self, selecting: Clause, solved: Clause) -> Iterable[Clause]:
        """The simplified resolvents of a clause with a selected hypothesis and a solved clause."""
        index = selecting.selected
        assert index is not None
        self._limits.check()
        hypotheses, conclusion, disequalities = solved.apart()
        bindings: Bindings = {}
        if not unify(selecting.hypotheses[index], conclusion, bindings):
            return ()
        done: dict[Term, Term] = {}
        old = (*selecting.hypotheses[:index], *selecting.hypotheses[index + 1 :], *hypotheses)
        facts = [resolve(fact, bindings, done) for fact in old]
        if self._order is not None:
            facts = self._order(selecting, index, facts, resolve(conclusion, bindings, done))
        constraints = [
            Disequality(resolve(d.left, bindings, done), resolve(d.right, bindings, done), d.universal)
            for d in (*selecting.disequalities, *disequalities)
        ]
        return self._simplifier.simplified(
            facts,
            resolve(selecting.conclusion, bindings, done),
            constraints,
            Resolution(selecting, index, solved),
            selecting.label | solved.label,
        )
