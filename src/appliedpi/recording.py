"""The saturation of a model, with a record of every clause it made: what `explain` prints.

The verdicts do not pass through here. The same translation, simplification, selection and resolution run once
more, and each decision is written down where it is made.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliedpi import core
from appliedpi.clauses import Clause, is_blocking
from appliedpi.constraints import Unifiers, syntactic_unifiers
from appliedpi.errors import InputError
from appliedpi.limits import Limits
from appliedpi.queries.correspondence import Conclusion
from appliedpi.queries.goals import goal_clauses
from appliedpi.saturation.loop import Saturation
from appliedpi.saturation.selection import Selection
from appliedpi.saturation.simplification import Simplifier
from appliedpi.saturation.subsumption import subsumed, subsumers
from appliedpi.translated import TranslatedModel


class _Enough(Exception):
    """As many clauses as were asked for."""


class _FirstHypothesis(Selection):
    def select(self, clause: Clause) -> int | None:
        found = [index for index, fact in enumerate(clause.hypotheses) if not is_blocking(fact)]
        return found[0] if found else None


class Recording(Saturation):
    """A saturation that remembers what it made and why it dropped it."""

    def __init__(
        self,
        simplifier: Simplifier,
        selection: Selection,
        conclusion: Conclusion | None = None,
        base: Recording | None = None,
        unifiers: Unifiers = syntactic_unifiers,
        most: int = 10_000,
    ) -> None:
        super().__init__(
            simplifier, selection, Limits(),
            solved_base=base.solved if base is not None else None, unifiers=unifiers,
        )  # fmt: skip
        self._most = most
        self._satisfied_by = conclusion.satisfied_by if conclusion is not None else None
        self.before = base.numbers if base is not None else {}
        self.numbers: dict[Clause, int] = {}
        self.subsumers: dict[Clause, Clause] = {}
        self.satisfying: set[Clause] = set()
        self.seen: set[Clause] = set()
        self.empty: list[tuple[Clause, Clause]] = []
        self.finished = True

    def add(self, clauses: Iterable[Clause]) -> None:
        for clause in clauses:
            if len(self.numbers) >= self._most:
                raise _Enough
            self.numbers[clause] = len(self.before) + len(self.numbers) + 1
            if self._satisfied_by is not None and self._satisfied_by(clause):
                self.satisfying.add(clause)
            else:
                super().add([clause])

    def complete(self) -> Recording:
        try:
            self.run()
        except _Enough:
            self.finished = False
        return self

    def _resolvents(self, selecting: Clause, solved: Clause) -> Iterable[Clause]:
        made = list(super()._resolvents(selecting, solved))
        if not made:
            self.empty.append((selecting, solved))
        return made

    def _is_redundant(self, clause: Clause) -> bool:
        self.seen.add(clause)
        candidates = self._kept.generalisations(clause.conclusion)
        for other in subsumers(candidates, clause, self._unifiers):
            self.subsumers[clause] = other
            return True
        return False

    def _remove_subsumed(self, clause: Clause) -> None:
        for other in subsumed(self._kept.instances(clause.conclusion), clause, self._unifiers):
            self.subsumers[other] = clause
        super()._remove_subsumed(clause)


class RecordedProof:
    """The saturated clauses of a model."""

    def __init__(
        self, translated: TranslatedModel, first_hypothesis: bool = False, most: int = 10_000
    ) -> None:
        model, theory = translated.model, translated.theory
        self._translated = translated
        self._simplifier = Simplifier(
            translated.unifiers, None if theory.without_equations else theory.reducible
        )
        self._simplifier.lemmas += [lemma for _, lemmas in translated.lemmas for lemma in lemmas]
        self._simplifier.never += translated.never
        kind = _FirstHypothesis if first_hypothesis else Selection
        self._selection = kind(model.selections, model.last_phase)
        self.base = Recording(self._simplifier, self._selection, unifiers=translated.unifiers, most=most)
        for clause in translated.clauses:
            initial = clause.initial
            self.base.add(
                self._simplifier.simplified(
                    initial.hypotheses, initial.conclusion, clause.disequalities, initial
                )
            )
        self.base.complete()

    def question(self, number: int) -> core.Query:
        queries = self._translated.model.queries
        if not 0 <= number < len(queries):
            raise InputError(f"there is no query {number}: the model has {len(queries)}")
        query = queries[number]
        stack: list[core.Formula] = [query.conclusion]
        while stack:
            formula = stack.pop()
            if isinstance(formula, core.Nested) or (
                isinstance(formula, core.QueryEvent) and formula.injective
            ):
                raise InputError(
                    "an injective or nested correspondence is not explained by one resolution",
                    query.place,
                    advice="ask for the plain correspondence",
                )
            if isinstance(formula, core.Conjunction | core.Disjunction):
                stack.extend(formula.parts)
        return self._translated.question(query)

    def solved(self, question: core.Query) -> Recording:
        vocabulary, unifiers = self._translated.vocabulary, self._translated.unifiers
        conclusion = Conclusion(question, vocabulary, unifiers, lambda nested: False)
        solving = Recording(self._simplifier, self._selection, conclusion, self.base, unifiers)
        solving.add(goal_clauses(question, vocabulary, self._simplifier))
        return solving.complete()
