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
from appliedpi.clauses import Clause, Initial
from appliedpi.constraints import Unifiers, syntactic_unifiers
from appliedpi.equations import Theory, compile_theory
from appliedpi.errors import InputError
from appliedpi.limits import Limits, Progress, ProgressCallback
from appliedpi.queries.assumptions import lemma_of, with_assumed_events
from appliedpi.queries.correspondence import EXECUTION, Conclusion
from appliedpi.queries.derivations import goal_nodes, instances
from appliedpi.queries.goals import (
    Vocabulary,
    atom_terms,
    event_uses,
    goal_clauses,
    goal_symbol,
    mentioned_arguments,
    substitute_atom,
    untyped,
)
from appliedpi.queries.injectivity import is_injective, shared_begins
from appliedpi.report import Result, Verdict
from appliedpi.saturation.loop import Saturation
from appliedpi.saturation.selection import Selection
from appliedpi.saturation.simplification import Simplifier
from appliedpi.terms import App, Symbol, Term, Variable, variables
from appliedpi.traces.derivation import Node
from appliedpi.traces.reconstruction import reconstruct
from appliedpi.traces.trace import Trace
from appliedpi.translation import Evaluator, ProcessTranslation, attacker_clauses

_TRACE_ATTEMPTS = 12  # violating clauses for which a trace is looked for


def prove(
    model: core.Model, *, limits: Limits, progress: ProgressCallback | None = None
) -> tuple[Result, ...]:
    """Answer the lemmas and then the queries of the model, each in the order of the text.

    Axioms and restrictions are assumed; a lemma is used for what follows it once it is proved. Raises
    LimitExceeded, and InputError for what is not supported.
    """
    theory = compile_theory(model)
    assumed = [a for a in model.assumptions if a.kind != "lemma"]
    results: list[Result] = []
    for lemma in (a for a in model.assumptions if a.kind == "lemma"):
        clauses = SaturatedModel(model, theory, (lemma.query,), assumed, limits, progress)
        results.append(clauses.answer(lemma.query))
        if results[-1].verdict is Verdict.TRUE:
            assumed.append(lemma)
    if model.queries:
        clauses = SaturatedModel(model, theory, model.queries, assumed, limits, progress)
        results += [clauses.answer(query) for query in model.queries]
    return tuple(results)


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
        model: core.Model,
        theory: Theory,
        queries: Sequence[core.Query],
        assumed: Sequence[core.Assumption],
        limits: Limits,
        progress: ProgressCallback | None,
    ) -> None:
        self._model = model
        self._limits = limits
        self._progress = progress
        self._unifiers: Unifiers = (
            syntactic_unifiers
            if theory.without_equations
            else lambda left, right: theory.unifiers((left, right))
        )
        self._simplifier = Simplifier(self._unifiers, None if theory.without_equations else theory.reducible)
        evaluator = Evaluator(theory, model.ignore_types)
        last_phase = model.last_phase
        questions = tuple([self._untyped(query) for query in queries])
        lemmas = [self._untyped(assumption.query) for assumption in assumed]
        uses = with_assumed_events(event_uses(questions), lemmas)
        translation = ProcessTranslation(model, evaluator, uses, mentioned_arguments(model))
        raw = [*attacker_clauses(model, theory, last_phase), *translation.clauses()]
        self._vocabulary = Vocabulary(_names(translation), evaluator, last_phase)
        self._simplifier.lemmas += [lemma for query in lemmas for lemma in lemma_of(query, self._vocabulary)]
        self._selection = Selection(model.selections, last_phase)
        self._saturation = Saturation(
            self._simplifier, self._selection, limits, self._report("saturate", None), unifiers=self._unifiers
        )
        self._simplifier.never += self._secrecy_assumptions()
        for clause in raw:
            self._saturation.add(
                self._simplifier.simplified(
                    clause.initial.hypotheses, clause.initial.conclusion, clause.disequalities, clause.initial
                )
            )
        self._saturation.run()
        self._check_secrecy_assumptions()

    def _secrecy_assumptions(self) -> list[Term]:
        """The facts of the `not` declarations, each over its own variables."""
        atoms = self._model.secrecy_assumptions
        return [
            fact
            for atom in atoms
            for fact in self._vocabulary.facts(self._untyped_atom(atom), Variable(EXECUTION, "any"))
        ]

    def _untyped_atom(self, atom: core.QueryAtom) -> core.QueryAtom:
        if not self._model.ignore_types:
            return atom
        renaming: dict[Variable, Term] = {
            v: Variable(v.name, "any") for term in atom_terms(atom) for v in variables(term)
        }
        return substitute_atom(atom, renaming)

    def _check_secrecy_assumptions(self) -> None:
        """The facts assumed never to hold must not be derivable (Blanchet 2016, section 4.5.1).

        Raises InputError where one may be: nothing else would be believable.
        """
        never, self._simplifier.never = self._simplifier.never, []
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
        self._simplifier.never = never

    def answer(self, query: core.Query) -> Result:
        """The answer to one of the queries. Raises LimitExceeded."""
        started = time.perf_counter()
        question = self._untyped(query)
        violations = self._violations(question)
        if violations:
            return self._refuted(query, question, violations, started)
        return Result(query, Verdict.TRUE, time.perf_counter() - started)

    def _untyped(self, query: core.Query) -> core.Query:
        """The query as the clauses need it: without types where the model ignores them."""
        return untyped(query) if self._model.ignore_types else query

    def _violations(self, question: core.Query) -> list[Violation]:
        """The ways in which the clauses allow the query to be violated; none where it is proved."""
        conclusion = Conclusion(question, self._vocabulary, self._unifiers, self._holds)
        injective = is_injective(question)
        solving = Saturation(
            self._simplifier,
            self._selection,
            self._limits,
            self._report("solve", question.text),
            solved_base=self._saturation.solved,
            # A clause that satisfies the query goes on satisfying it, whatever it is resolved with; only
            # injectivity compares clauses with each other.
            discard=None if injective else conclusion.satisfied_by,
            unifiers=self._unifiers,
        )
        solving.add(goal_clauses(question, self._vocabulary, self._simplifier))
        solving.run()
        clauses = sorted(solving.solved, key=lambda clause: (clause.size, clause.number))
        violating: list[Violation] = [
            Violation((clause,)) for clause in clauses if not conclusion.satisfied_by(clause)
        ]
        if violating or not injective:
            return violating
        return [
            Violation((pair.first, pair.second), (pair.first_begin, pair.second_begin))
            for pair in shared_begins(question, clauses, conclusion, self._unifiers)
        ]

    def _holds(self, question: core.Query) -> bool:
        """Whether a nested correspondence is proved."""
        return not self._violations(question)

    def _refuted(
        self, query: core.Query, question: core.Query, violations: Sequence[Violation], started: float
    ) -> Result:
        """False where a trace follows one of the violating derivations, otherwise not proved."""
        derivation = "\n".join([str(clause) for clause in violations[0].clauses])
        for violation in violations[:_TRACE_ATTEMPTS]:
            for equal in instances(question, violation.clauses):
                nodes = goal_nodes(violation.clauses, violation.shared, equal)
                trace = self._trace(query, nodes) if nodes is not None else None
                if trace is not None:
                    seconds = time.perf_counter() - started
                    return Result(query, Verdict.FALSE, seconds, trace=trace, derivation=derivation)
        return Result(query, Verdict.CANNOT_BE_PROVED, time.perf_counter() - started, derivation=derivation)

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


def _names(translation: ProcessTranslation) -> dict[str, tuple[Symbol, tuple[str, ...]]]:
    """For each name of the process that a query may mention, its symbol and the names of its arguments."""
    return {
        symbol.name: (symbol, translation.parameter_names[symbol]) for symbol in translation.names.values()
    }
