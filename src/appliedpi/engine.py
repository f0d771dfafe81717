"""The built-in verifier: from a well-typed model to the answer to each of its queries.

The model is translated and saturated once for all its queries; the goal clauses of each query are then
resolved with the solved clauses. Every resulting clause must satisfy the query. Where one
does not, its derivation is followed by an execution of the process: if the interpreter replays it, the
query is false, otherwise it cannot be proved (Blanchet 2016, section 4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliedpi import core
from appliedpi.certificates import Saturated, write_certificate
from appliedpi.clauses import Clause, Initial
from appliedpi.equations import compile_theory
from appliedpi.errors import InputError
from appliedpi.limits import Limits, Progress, ProgressCallback
from appliedpi.queries.correspondence import Conclusion
from appliedpi.queries.derivations import goal_nodes, instances
from appliedpi.queries.goals import goal_clauses, goal_symbol
from appliedpi.queries.induction import (
    NO_INDUCTION,
    Induction,
    asks_for_induction,
    induction_of,
    marked_goals,
    with_order,
)
from appliedpi.queries.injectivity import is_injective, shared_begins
from appliedpi.report import Result, Verdict
from appliedpi.saturation.loop import Saturation
from appliedpi.saturation.selection import Selection
from appliedpi.saturation.simplification import Simplifier
from appliedpi.terms import App, Term, forget_unused
from appliedpi.traces.derivation import Node
from appliedpi.traces.reconstruction import reconstruct
from appliedpi.traces.trace import Trace
from appliedpi.translated import TranslatedModel

_TRACE_ATTEMPTS = 12  # violating clauses for which a trace is looked for


def prove(
    model: core.Model,
    *,
    limits: Limits,
    progress: ProgressCallback | None = None,
    certificates: bool = False,
) -> tuple[Result, ...]:
    """Answer the lemmas and then the queries of the model, each in the order of the text.

    Axioms and restrictions are assumed; a lemma is used for what follows it once it is proved. With
    `certificates`, each query that is true gets a certificate, if there is one for its kind. Raises
    LimitExceeded, and InputError for what is not supported.
    """
    forget_unused()
    theory = compile_theory(model)
    assumed = [a for a in model.assumptions if a.kind != "lemma"]
    results: list[Result] = []
    for lemma in (a for a in model.assumptions if a.kind == "lemma"):
        translated = TranslatedModel(model, theory, (lemma.query,), assumed)
        proved = _by_induction(translated, lemma.query, "lemma", limits, progress)
        if proved is None:
            proved = SaturatedModel(translated, limits, progress).answer(lemma.query, certificates)
        results.append(proved)
        if results[-1].verdict is Verdict.TRUE:
            assumed.append(lemma)
    if model.queries:
        translated = TranslatedModel(model, theory, model.queries, assumed)
        clauses = SaturatedModel(translated, limits, progress)
        for query in model.queries:
            result = clauses.answer(query, certificates)
            if result.verdict is Verdict.CANNOT_BE_PROVED:
                result = _by_induction(translated, query, "query", limits, progress) or result
            if result.verdict is Verdict.CANNOT_BE_PROVED and len(model.queries) > 1:
                # What the clauses must show for the other queries may hide what this one needs.
                translated = TranslatedModel(model, theory, (query,), assumed)
                result = SaturatedModel(translated, limits, progress).answer(query, certificates)
            results.append(result)
    return tuple(results)


def _by_induction(
    translated: TranslatedModel,
    query: core.Query,
    kind: str,
    limits: Limits,
    progress: ProgressCallback | None,
) -> Result | None:
    """The result where the model asks for a proof by induction and there is one. It has no certificate."""
    model = translated.model
    if not asks_for_induction(model, query, kind):
        return None
    assumed = [assumption for assumption, _ in translated.lemmas]
    again = TranslatedModel(model, translated.theory, (query,), assumed, inductive=True)
    lemmas = [lemma for _, lemmas in again.lemmas for lemma in lemmas]
    induction = induction_of(again.question(query), again.vocabulary, lemmas)
    if induction is None:
        return None
    return SaturatedModel(again, limits, progress, induction).proved_by_induction(query)


@dataclass(frozen=True, eq=False, slots=True)
class Violation:
    """Goal clauses that violate a query together.

    `shared`: a begin fact of each of two clauses that are the same execution.
    """

    clauses: tuple[Clause, ...]
    shared: tuple[Term, Term] | None = None


class SaturatedModel:
    """The solved clauses of a model, saturated once for all the given queries."""

    def __init__(
        self,
        translated: TranslatedModel,
        limits: Limits,
        progress: ProgressCallback | None,
        induction: Induction = NO_INDUCTION,
    ) -> None:
        self._translated = translated
        self._model = translated.model
        self._limits = limits
        self._progress = progress
        self._unifiers = translated.unifiers
        self._vocabulary = translated.vocabulary
        theory = translated.theory
        self._simplifier = Simplifier(self._unifiers, None if theory.without_equations else theory.reducible)
        self._simplifier.lemmas += [lemma for _, lemmas in translated.lemmas for lemma in lemmas]
        self._simplifier.never += translated.never
        self._selection = Selection(translated.selections, self._model.last_phase)
        lemmas = list(self._simplifier.lemmas)
        self._simplifier.lemmas += induction.saturation
        self._saturation = Saturation(
            self._simplifier, self._selection, limits, self._report("saturate", None), unifiers=self._unifiers
        )
        for clause in translated.clauses:
            self._saturation.add(
                self._simplifier.simplified(
                    clause.initial.hypotheses, clause.initial.conclusion, clause.disequalities, clause.initial
                )
            )
        self._induction = induction
        self._simplifier.growing = translated.growing
        self._saturation.run()
        self._simplifier.growing = ()
        self._simplifier.lemmas = [*lemmas, *induction.goals]
        self._underivable = self._check_secrecy_assumptions()

    def _check_secrecy_assumptions(self) -> list[list[Clause]]:
        """The facts assumed never to hold must not be derivable (Blanchet 2016, section 3.5).

        Gives for each the goal clauses that show it. Raises InputError where one may be derivable: nothing
        else would be believable.
        """
        never, self._simplifier.never = self._simplifier.never, []
        shown: list[list[Clause]] = []
        for fact in never:
            solving = Saturation(
                self._simplifier,
                self._selection,
                self._limits,
                solved_base=self._saturation.solved,
                unifiers=self._unifiers,
            )
            goal = Initial(None, (fact,), App(goal_symbol(1), (fact,)))
            solving.add(self._simplifier.simplified(goal.hypotheses, goal.conclusion, (), goal))
            solving.run()
            if len(solving.solved):
                raise InputError(
                    f"the secrecy assumption `not {fact}` may not hold, so nothing was concluded",
                    advice="remove the `not` declaration",
                )
            shown.append(solving.kept())
        self._simplifier.never = never
        return shown

    def answer(self, query: core.Query, certificates: bool = False) -> Result:
        """The answer to one of the queries, with a certificate where asked. Raises LimitExceeded."""
        started = time.perf_counter()
        question = self._translated.question(query)
        conclusion = Conclusion(question, self._vocabulary, self._unifiers, self._holds)
        solving = self._solve(question, conclusion)
        violations = self._violations(question, conclusion, solving)
        if violations:
            return self._refuted(query, question, violations, started)
        certificate = None
        if certificates and not conclusion.by_cases:  # certificates name the disjunct that holds
            saturated = Saturated(self._saturation.kept(), self._underivable, solving.kept())
            certificate = write_certificate(self._translated, query, saturated)
        return Result(query, Verdict.TRUE, time.perf_counter() - started, certificate=certificate)

    def proved_by_induction(self, query: core.Query) -> Result | None:
        """The result where the query, used in its own proof, is true. Raises LimitExceeded."""
        started = time.perf_counter()
        question = self._translated.question(query)
        conclusion = Conclusion(question, self._vocabulary, self._unifiers, self._holds)
        solving = Saturation(
            self._simplifier,
            self._selection,
            self._limits,
            self._report("solve", question.text),
            solved_base=self._saturation.solved,
            discard=conclusion.satisfied_by,
            unifiers=self._unifiers,
            order=with_order if self._induction.goals else None,
        )
        if self._induction.goals:
            solving.add(marked_goals(question, self._vocabulary, self._simplifier))
        else:
            for goal in goal_clauses(question, self._vocabulary, self._simplifier):
                if not goal.hypotheses or goal.hypotheses[0] is not goal.conclusion.args[0]:
                    return None
                solving.resolve_first(goal, 0)
        solving.run()
        if len(solving.solved):
            return None
        return Result(query, Verdict.TRUE, time.perf_counter() - started)

    def _solve(self, question: core.Query, conclusion: Conclusion) -> Saturation:
        """The goal clauses of the query, resolved until none selects anything."""
        solving = Saturation(
            self._simplifier,
            self._selection,
            self._limits,
            self._report("solve", question.text),
            solved_base=self._saturation.solved,
            # A clause that satisfies the query goes on satisfying it, whatever it is resolved with; only
            # injectivity compares clauses with each other.
            discard=None if is_injective(question) else conclusion.satisfied_by,
            unifiers=self._unifiers,
        )
        solving.add(goal_clauses(question, self._vocabulary, self._simplifier))
        solving.run()
        return solving

    def _violations(
        self, question: core.Query, conclusion: Conclusion, solving: Saturation
    ) -> list[Violation]:
        """The ways in which the clauses allow the query to be violated; none where it is proved."""
        clauses = sorted(solving.solved, key=lambda clause: (clause.size, clause.number))
        violating: list[Violation] = [
            Violation((clause,)) for clause in clauses if not conclusion.satisfied_by(clause)
        ]
        if violating or not is_injective(question):
            return violating
        return [
            Violation((pair.first, pair.second), (pair.first_begin, pair.second_begin))
            for pair in shared_begins(question, clauses, conclusion, self._unifiers)
        ]

    def _holds(self, question: core.Query) -> bool:
        """Whether a nested correspondence is proved."""
        conclusion = Conclusion(question, self._vocabulary, self._unifiers, self._holds)
        return not self._violations(question, conclusion, self._solve(question, conclusion))

    def _refuted(
        self, query: core.Query, question: core.Query, violations: Sequence[Violation], started: float
    ) -> Result:
        """False where a trace follows one of the violating derivations, otherwise not proved."""
        derivation = "\n".join([str(clause) for clause in violations[0].clauses])
        # Which sessions are compromised is no matter of the process, so nothing could be replayed.
        attempts = 0 if self._translated.compromise.active else self._trace_attempts()
        for violation in violations[:attempts]:
            for instance in instances(question, violation.clauses):
                nodes = goal_nodes(violation.clauses, violation.shared, instance)
                trace = self._trace(query, nodes) if nodes is not None else None
                if trace is not None:
                    seconds = time.perf_counter() - started
                    return Result(query, Verdict.FALSE, seconds, trace=trace, derivation=derivation)
        return Result(query, Verdict.CANNOT_BE_PROVED, time.perf_counter() - started, derivation=derivation)

    def _trace_attempts(self) -> int:
        """How many violating clauses a trace is looked for: as `set reconstructTrace` says, if it does."""
        setting = self._model.settings.get("reconstructTrace", "true")
        if setting == "false":
            return 0
        return _TRACE_ATTEMPTS if setting == "true" else int(setting)

    def _trace(self, query: core.Query, nodes: Sequence[Node]) -> Trace | None:
        self._limits.check_now()
        if self._progress is not None:
            self._progress(Progress("trace", query.text))
        return reconstruct(self._model, query, nodes)

    def _report(self, stage: str, query: str | None) -> Callable[[int, int], None] | None:
        progress = self._progress
        if progress is None:
            return None
        return lambda clauses, queue: progress(Progress(stage, query, clauses, queue))
