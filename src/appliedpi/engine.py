"""The built-in verifier: from a well-typed model to the answer to each of its queries.

The model is translated and saturated once for all its queries; the goal clauses of each query are then
resolved with the solved clauses. Every resulting clause must satisfy the query. Where one
does not, its derivation is followed by an execution of the process: if the interpreter replays it, the
query is false, otherwise it cannot be proved (Blanchet 2016, section 4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from appliedpi import core
from appliedpi.certificates import CertificateWriter, Solved
from appliedpi.check.scope import Scope
from appliedpi.clauses import Clause, Initial
from appliedpi.equations import compile_theory
from appliedpi.errors import InputError
from appliedpi.limits import Limits, Progress, ProgressCallback
from appliedpi.queries.correspondence import Conclusion, NestedGoal
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
from appliedpi.saturation.loop import Discard, Saturation
from appliedpi.saturation.selection import Selection
from appliedpi.saturation.simplification import Simplifier
from appliedpi.saturation.subsumption import forget_matches
from appliedpi.terms import App, Term, Variable, forget_unused, rare_collections
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
    forget_matches()
    forget_unused()
    with rare_collections():
        return _proved(model, limits, progress, certificates)


def _proved(
    model: core.Model, limits: Limits, progress: ProgressCallback | None, certificates: bool
) -> tuple[Result, ...]:
    theory = compile_theory(model)
    assumed = [a for a in model.assumptions if a.kind != "lemma"]
    results: list[Result] = []
    for lemma in (a for a in model.assumptions if a.kind == "lemma"):
        translated = TranslatedModel(model, theory, (lemma.query,), assumed)
        proved = _by_induction(translated, lemma.query, "lemma", limits, progress, certificates)
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
                result = _by_induction(translated, query, "query", limits, progress, certificates) or result
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
    certificates: bool,
) -> Result | None:
    """The result where the model asks for a proof by induction and there is one."""
    model = translated.model
    if not asks_for_induction(model, query, kind):
        return None
    assumed = [assumption for assumption, _ in translated.lemmas]
    again = TranslatedModel(model, translated.theory, (query,), assumed, inductive=True)
    lemmas = [lemma for _, lemmas in again.lemmas for lemma in lemmas]
    induction = induction_of(again.question(query), again.vocabulary, lemmas)
    if induction is None:
        return None
    return SaturatedModel(again, limits, progress, induction).proved_by_induction(query, certificates)


@dataclass(frozen=True, eq=False, slots=True)
class Violation:
    """Goal clauses that violate a query together.

    `shared`: a begin fact of each of two clauses that are the same execution.
    """

    clauses: tuple[Clause, ...]
    shared: tuple[Term, Term] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Breaking:
    """The ways in which the clauses of a family allow a query to be violated (see `families`).

    With any set of toggles on that contains none of the `labels` the query is true; `solved` shows it.
    """

    labels: frozenset[int]
    solved: Solved


class SaturatedModel:
    """The solved clauses of a model, saturated once for all the given queries."""

    def __init__(
        self,
        translated: TranslatedModel,
        limits: Limits,
        progress: ProgressCallback | None,
        induction: Induction = NO_INDUCTION,
        discard: Discard | None = None,
    ) -> None:
        """Saturates. `discard` drops the clauses that are of no interest. Raises LimitExceeded."""
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
        self._selection = Selection(translated.selections, self._model.last_phase, translated.tests)
        self._discard = discard
        lemmas = list(self._simplifier.lemmas)
        self._simplifier.lemmas += induction.saturation
        self._saturation = Saturation(
            self._simplifier, self._selection, limits, self._report("saturate", None), discard=discard,
            unifiers=self._unifiers,
        )  # fmt: skip
        for clause in translated.clauses:
            self._saturation.add(
                self._simplifier.simplified(
                    clause.initial.hypotheses,
                    clause.initial.conclusion,
                    clause.disequalities,
                    clause.initial,
                    clause.label,
                )
            )
        self._induction = induction
        self._simplifier.growing = translated.growing
        self._saturation.run()
        self._simplifier.growing = ()
        self._simplifier.lemmas = [*lemmas, *induction.goals]
        self._underivable = self._check_secrecy_assumptions()
        self._writer: CertificateWriter | None = None

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
        solving = self._solve(
            question, conclusion, goal_clauses(question, self._vocabulary, self._simplifier)
        )
        violations = self._violations(question, conclusion, solving)
        if violations:
            return self._refuted(query, question, violations, started)
        certificate = self._certificate(query, conclusion, solving.kept()) if certificates else None
        return Result(query, Verdict.TRUE, time.perf_counter() - started, certificate=certificate)

    def proved_by_induction(self, query: core.Query, certificates: bool = False) -> Result | None:
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
        goals = list(goal_clauses(question, self._vocabulary, self._simplifier))
        if self._induction.goals:
            goals = []
            solving.add(marked_goals(question, self._vocabulary, self._simplifier))
        for goal in goals:
            if not goal.hypotheses or goal.hypotheses[0] is not goal.conclusion.args[0]:
                return None
            solving.resolve_first(goal, 0)
        solving.run()
        if len(solving.solved):
            return None
        kept = [*goals, *solving.kept()]
        certificate = self._certificate(query, conclusion, kept) if certificates else None
        return Result(query, Verdict.TRUE, time.perf_counter() - started, certificate=certificate)

    def breaking(self, query: core.Query) -> Breaking:
        """The ways in which the clauses of a family allow the query to be violated. Raises LimitExceeded."""
        question = self._translated.question(query)
        return self._breaking(question, goal_clauses(question, self._vocabulary, self._simplifier), None)

    def _breaking(
        self, question: core.Query, goals: Iterable[Clause], given: frozenset[Variable] | None
    ) -> Breaking:
        # Where what is nested does not hold is found below, with the labels of the clauses that need it.
        conclusion = Conclusion(question, self._vocabulary, self._unifiers, lambda asked: True, given)
        satisfying: list[Clause] = []
        labels: set[int] = set()
        solving = self._solve(question, conclusion, goals, keeps_satisfying=True)
        for clause in solving.solved:
            if conclusion.satisfied_by(clause):
                satisfying.append(clause)
            else:
                labels.add(clause.label)
        if is_injective(question):
            for pair in shared_begins(question, satisfying, conclusion, self._unifiers):
                labels.add(pair.first.label | pair.second.label)
        nested: dict[tuple[int, int], Solved] = {}
        for place, inner, known, inner_goals in self._nested_in(conclusion):
            below = self._breaking(inner, inner_goals, known)
            labels |= below.labels
            nested[place] = below.solved
        # A solved clause satisfies the query or has one of the labels; only injectivity compares them.
        injective = is_injective(question)
        kept = [clause for clause in solving.kept() if injective or clause.selected is not None]
        return Breaking(frozenset(labels), Solved(conclusion, kept, nested))

    def family_certificate(self, query: core.Query, breaking: Breaking, scope: Scope) -> str | None:
        """The certificate that the query is true with the sets of toggles in the scope, which contain no way
        to break it; None where the format has no place for the query."""
        return self._certificates().write(query, breaking.solved, scope=scope)

    def _certificate(self, query: core.Query, conclusion: Conclusion, kept: Sequence[Clause]) -> str | None:
        return self._certificates().write(query, self._solved(conclusion, kept), self._induction.query)

    def _certificates(self) -> CertificateWriter:
        if self._writer is None:
            clauses = self._saturation.kept()
            self._writer = CertificateWriter(self._translated, clauses, self._underivable)
        return self._writer

    def _solved(self, conclusion: Conclusion, kept: Sequence[Clause]) -> Solved:
        """The goal clauses of a conclusion, and of each nested one those of all its goals together."""
        nested: dict[tuple[int, int], Solved] = {}
        for place, question, given, goals in self._nested_in(conclusion):
            inner = Conclusion(question, self._vocabulary, self._unifiers, self._holds, given)
            nested[place] = self._solved(inner, self._solve(question, inner, goals).kept())
        return Solved(conclusion, kept, nested)

    def _nested_in(
        self, conclusion: Conclusion
    ) -> Iterator[tuple[tuple[int, int], core.Query, frozenset[Variable], Iterator[Clause]]]:
        """Each nested correspondence: its disjunct and position there, the question that it is, the variables
        that have values, and the goal clauses that were asked for."""
        for number, disjunct in enumerate(conclusion.disjuncts):
            for index, atom in enumerate(disjunct):
                if isinstance(atom, core.Nested):
                    question, given = conclusion.nested(number, index)
                    asked = conclusion.proved.get((number, index), {}).values()
                    yield (number, index), question, given, self._nested_goals(asked)

    def _solve(
        self,
        question: core.Query,
        conclusion: Conclusion,
        goals: Iterable[Clause],
        keeps_satisfying: bool = False,
    ) -> Saturation:
        """The goal clauses, resolved until none selects anything."""
        satisfied = None if keeps_satisfying or is_injective(question) else conclusion.satisfied_by
        solving = Saturation(
            self._simplifier,
            self._selection,
            self._limits,
            self._report("solve", question.text),
            solved_base=self._saturation.solved,
            # A clause that satisfies the query goes on satisfying it, whatever it is resolved with; only
            # injectivity compares clauses with each other.
            discard=_either(satisfied, self._discard),
            unifiers=self._unifiers,
        )
        solving.add(goals)
        solving.run()
        return solving

    def _nested_goals(self, nested: Iterable[NestedGoal]) -> Iterator[Clause]:
        for one in nested:
            yield from self._simplifier.simplified(
                one.goal.hypotheses, one.goal.conclusion, (), one.goal, one.label
            )

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

    def _holds(self, nested: NestedGoal) -> bool:
        """Whether a nested correspondence is proved."""
        question = nested.question
        conclusion = Conclusion(question, self._vocabulary, self._unifiers, self._holds, nested.given)
        solving = self._solve(question, conclusion, self._nested_goals([nested]))
        return not self._violations(question, conclusion, solving)

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


def _either(first: Discard | None, second: Discard | None) -> Discard | None:
    """What drops a clause that one of both drops."""
    if first is None or second is None:
        return first or second
    return lambda clause: first(clause) or second(clause)
