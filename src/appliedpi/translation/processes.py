"""The clauses of a process: Blanchet 2016, section 3.2.

Each output, table insertion and event gives a clause: what must have been received before, implies what is
sent, stored or executed. Statements are translated from a work list, so that no recursion depends on the
length of the process.

A name made by `new` becomes a function of the session identifiers of the replications above it and of the
messages received before it: with `preciseActions`, or `[precise]` on an input, the message received is
itself a function of the session (Blanchet, Cheval, Cortier 2022).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from appliedpi import core
from appliedpi.builtin import FAIL_TERM
from appliedpi.clauses import BEGIN, EVENT, PRECISE, Disequality, Initial, attacker, message, table
from appliedpi.terms import App, Kind, Symbol, Term, Variable
from appliedpi.traces.derivation import Passed, ProcessRule
from appliedpi.translation.compromise import KeyCompromise
from appliedpi.translation.expressions import Evaluator
from appliedpi.translation.patterns import pattern_term, pattern_terms
from appliedpi.translation.skippable import Tests
from appliedpi.translation.state import Parameter, State, initial_state
from appliedpi.unification import resolve


class Use(IntEnum):
    """What the queries need to know of an event: nothing, that it happened, or which execution it was."""

    NONE = 0
    PLAIN = 1
    INJECTIVE = 2


@dataclass(frozen=True, slots=True)
class EventUses:
    """How queries use each event: in their premises (`ends`) and in their conclusions (`begins`)."""

    ends: Mapping[Symbol, Use]
    begins: Mapping[Symbol, Use]


@dataclass(frozen=True, eq=False, slots=True)
class RawClause:
    """A clause before any simplification, with its constraints and its place in the model as `initial`."""

    initial: Initial
    disequalities: tuple[Disequality, ...]
    label: int = 0  # the toggles that must be on for it, a bit for each


ANY_EXECUTION = App(Symbol("any execution", (), "any", private=True))


class ProcessTranslation:
    """Translates one process. `names` maps each `new` to the symbol of its name pattern."""

    def __init__(
        self,
        model: core.Model,
        evaluator: Evaluator,
        uses: EventUses,
        mentioned: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        """`mentioned`: for names made by `new`, the variables that queries mention as their arguments."""
        self._mentioned = mentioned or {}
        self.model = model
        self.compromise = KeyCompromise(model)
        self.evaluator = evaluator
        self.tests = Tests(evaluator)
        self.uses = uses
        self.names: dict[core.Process, Symbol] = {}
        self.parameter_names: dict[Symbol, tuple[str, ...]] = {}
        self._executions: dict[tuple[int, str], Symbol] = {}
        self.passive = model.settings.get("attacker") == "passive"
        self._restricted = _restricted_phase(model)
        self.precise = model.settings.get("preciseActions") in ("true", "yes", "trueWithoutArgsInNames")
        self._work: list[tuple[core.Process, State]] = []

    def clauses(self) -> Iterator[RawClause]:
        """The clauses of the whole process, in the order of its text."""
        self._work.append((self.model.process, initial_state()))
        while self._work:
            process, state = self._work.pop()
            start = len(self._work)
            for clause in self._statement(process, state):
                for copy in self.compromise.copies(clause.initial, clause.disequalities):
                    yield RawClause(*copy, clause.label)
            self._work[start:] = self._work[start:][::-1]

    # --- one statement ------------------------------------------------------------------------------

    def _continue(self, process: core.Process, state: State, passed: Passed | None) -> None:
        if not isinstance(process, core.Nil):
            self._work.append((process, state.passing(passed) if passed else state))

    def _statement(self, process: core.Process, state: State) -> Iterator[RawClause]:
        match process:
            case core.Nil():
                return
            case core.Parallel():
                self._continue(process.left, state, Passed(process, 0))
                self._continue(process.right, state, Passed(process, 1))
            case core.Replication():
                self._replication(process, state)
            case core.New():
                self._new(process, state)
            case core.Input():
                self._input(process, state)
            case core.Output():
                yield from self._output(process, state)
            case core.Let():
                self._let(process, state)
            case core.If():
                self._if(process, state)
            case core.Skippable():
                after, facts = self.tests.skippable(process, state)
                yield from [RawClause(*fact) for fact in facts]
                self._continue(process.body, after, None)
            case core.Event():
                yield from self._event(process, state)
            case core.Insert():
                for after, entry in self._messages(process.entry, state):
                    yield self._emit(process, after, App(table(state.phase), (entry,)))
                    self._continue(process.body, after, Passed(process))
            case core.Get():
                self._get(process, state)
            case core.Phase():
                self._continue(process.body, state.in_phase(process.number), Passed(process))
            case _:
                raise AssertionError(f"unknown process {process!r}")

    def _replication(self, process: core.Replication, state: State) -> None:
        session = Variable(f"session_{process.occurrence}", "any")
        inside = self.compromise.entered(state.session(session))
        self._continue(process.body, inside, Passed(process, session=session))

    def _new(self, process: core.New, state: State) -> None:
        parameters = state.parameters
        if process.dependencies is not None:
            sessions = [entry for entry in state.parameters if entry[0].startswith("!")]
            chosen = [(v.name, state.environment[v]) for v in process.dependencies if v in state.environment]
            parameters = (*sessions, *chosen)
        present = {name for name, _ in parameters}
        for variable, value in reversed(state.environment.items()):
            wanted = self._mentioned.get(process.variable.name, frozenset())
            if variable.name in wanted and variable.name not in present:
                parameters = (*parameters, (variable.name, value))
                present.add(variable.name)
        arguments = tuple([value for _, value in parameters])
        symbol = self.names.get(process)
        if symbol is None:
            variable = process.variable
            symbol = Symbol(variable.name, ("any",) * len(arguments), variable.type, Kind.NAME, private=True)
            self.names[process] = symbol
            self.parameter_names[symbol] = tuple([name for name, _ in parameters])
        name = App(symbol, arguments)
        self._continue(process.body, state.bind(process.variable, name), Passed(process, bound=name))

    def _input(self, process: core.Input, state: State) -> None:
        for after, channel in self._messages(process.channel, state):
            for found in pattern_term(process.pattern, after, self.evaluator):
                if found.term is None:
                    continue
                received = found.term
                current = found.state
                premise = len(current.hypotheses)
                current = current.assume(self._available(channel, received, current))
                current = self._received(process, process.precise, received, found.variables, current)
                self._continue(process.body, current, Passed(process, premise=premise, bound=received))

    def _output(self, process: core.Output, state: State) -> Iterator[RawClause]:
        for after, channel in self._messages(process.channel, state):
            for last, sent in self._messages(process.message, after):
                yield self._emit(process, last, self._available(channel, sent, last))
                self._continue(process.body, last, Passed(process))

    def _available(self, channel: Term, sent: Term, state: State) -> Term:
        """The fact that `sent` is sent on `channel`: on a public channel, that the attacker has it."""
        known = state.value(channel)
        if not self.passive and state.phase > self._restricted and is_public_name(known):
            return App(attacker(state.phase), (sent,))
        return App(message(state.phase), (known, sent))

    def _received(
        self,
        process: core.Process,
        precise: bool,
        received: Term,
        parameters: tuple[Parameter, ...],
        state: State,
    ) -> State:
        if precise or self.precise or state.precise:
            state = state.assume(
                App(PRECISE, (self._execution(process, "precise", state.sessions), received))
            )
        return state.received(parameters)

    def _let(self, process: core.Let, state: State) -> None:
        body, otherwise = Passed(process, 0), Passed(process, 1)
        for after, value in self.evaluator.evaluate(process.term, state):
            if value is FAIL_TERM:
                self._continue(process.otherwise, after, otherwise)
                continue
            if isinstance(process.pattern, core.PatternVariable):
                self._continue(process.body, after.bind(process.pattern.variable, value), body)
                continue
            for found in pattern_term(process.pattern, after, self.evaluator):
                if found.term is None:
                    self._continue(process.otherwise, found.state, otherwise)
                    continue
                equal = found.state.equate(found.term, value)
                if equal is not None:
                    self._continue(process.body, equal, body)
                if not isinstance(process.otherwise, core.Nil):
                    differ = Disequality(found.state.value(found.term), found.state.value(value), found.fresh)
                    self._continue(process.otherwise, found.state.differ(differ), otherwise)

    def _if(self, process: core.If, state: State) -> None:
        for after, truth in self.evaluator.truth(process.condition, state):
            if truth:
                self._continue(process.body, after, Passed(process, 0))
            elif truth is not None:
                self._continue(process.otherwise, after, Passed(process, 1))

    def _event(self, process: core.Event, state: State) -> Iterator[RawClause]:
        symbol = process.term.symbol
        assert symbol is not None
        begin = self.uses.begins.get(symbol, Use.NONE)
        end = self.uses.ends.get(symbol, Use.NONE)
        for after, event in self._messages(process.term, state):
            current = after
            if begin is not Use.NONE:
                execution = ANY_EXECUTION
                if begin is Use.INJECTIVE:
                    execution = self._execution(
                        process, "begin", tuple([value for _, value in state.parameters])
                    )
                current = current.assume(App(BEGIN, (event, execution)))
            if end is not Use.NONE:
                execution = ANY_EXECUTION
                if end is Use.INJECTIVE:
                    execution = self._execution(process, "end", state.sessions)
                execution = self.compromise.execution(state, execution)
                yield self._emit(process, current, App(EVENT, (event, execution)))
            if begin is Use.INJECTIVE:
                current = replace(current, precise=True)
            self._continue(process.body, current, Passed(process))

    def _get(self, process: core.Get, state: State) -> None:
        for after, terms, found in pattern_terms(process.patterns, state, self.evaluator):
            entry = App(process.table, terms)
            premise = len(after.hypotheses)
            current = after.assume(App(table(state.phase), (entry,)))
            current = self._received(process, process.precise, entry, found, current)
            passed = Passed(process, 0, premise=premise, bound=entry)
            if process.condition is None:
                self._continue(process.body, current, passed)
                continue
            for last, truth in self.evaluator.truth(process.condition, current):
                if truth:
                    self._continue(process.body, last, passed)
        # That no entry matches is not expressible: the clause over-approximates (Blanchet 2016, 3.2).
        self._continue(process.otherwise, state, Passed(process, 1))

    # --- helpers ------------------------------------------------------------------------------------

    def _messages(self, term: Term, state: State) -> Iterator[tuple[State, Term]]:
        """The outcomes of an expression that are messages: the statement is stuck on failure."""
        for after, value in self.evaluator.evaluate(term, state):
            if value is not FAIL_TERM:
                yield after, value

    def _execution(self, process: core.Process, role: str, arguments: tuple[Term, ...]) -> Term:
        """The term that stands for the execution of this statement.

        The session identifiers alone determine it. A begin fact adds the messages received, which they
        determine in turn, because more is then known of two executions that are the same.
        """
        symbol = self._executions.get((process.occurrence, role))
        if symbol is None:
            name = f"{role}@{process.occurrence}"
            symbol = Symbol(name, ("any",) * len(arguments), "any", private=True)
            self._executions[process.occurrence, role] = symbol
        return App(symbol, arguments)

    def _emit(self, process: core.Process, state: State, conclusion: Term) -> RawClause:
        done: dict[Term, Term] = {}

        def final(term: Term) -> Term:
            return resolve(term, state.bindings, done)

        path = tuple(
            [
                Passed(
                    step.process,
                    step.branch,
                    None if step.session is None else final(step.session),
                    step.premise,
                    None if step.bound is None else final(step.bound),
                )
                for step in state.path
            ]
        )
        initial = Initial(
            ProcessRule(process, path), tuple([final(fact) for fact in state.hypotheses]), final(conclusion)
        )
        disequalities = tuple(
            [Disequality(final(d.left), final(d.right), d.universal) for d in state.disequalities]
        )
        return RawClause(initial, disequalities)


def _restricted_phase(model: core.Model) -> int:
    """The last phase in which a restriction speaks of what the attacker has; -1 where none does.

    What one thread sends and another receives on a public channel need not pass through the attacker. Where
    the runs in which it does are excluded, those in which it does not are left (CHANGES of ProVerif 2.02pl1).
    """
    phases = [-1]
    for assumption in model.assumptions:
        for premise in assumption.query.premises if assumption.kind == "restriction" else ():
            if isinstance(premise, core.QueryAttacker):
                phases.append(model.last_phase if premise.phase is None else premise.phase)
            elif isinstance(premise, core.QueryMessage) and is_public_name(premise.channel):
                phases.append(model.last_phase if premise.phase is None else premise.phase)
    return max(phases)


def is_public_name(term: Term) -> bool:
    """Whether the term is a free name that the attacker knows from the start."""
    symbol = term.symbol
    return symbol is not None and symbol.kind is Kind.NAME and not term.args and not symbol.private
