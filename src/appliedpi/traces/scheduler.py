"""Executes a plan on the machine: chooses which step comes next, and backtracks where order matters.

The order of most steps is immaterial. It matters for the else-branch of a `get` (no matching entry may be
there yet) and for communication on private channels (the partner must be ready), so only
those are choice points of the search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from appliedpi import core
from appliedpi.builtin import FAIL_TERM
from appliedpi.terms import Kind, Symbol, Term
from appliedpi.traces.interpreter import (
    Action,
    Advance,
    Blocked,
    Communicate,
    Compute,
    EnterPhase,
    Machine,
    Read,
    Receive,
    Send,
)
from appliedpi.traces.knowledge import derive, fresh
from appliedpi.traces.plan import Deduction, Plan, Sent, Step

PARTNER_DEPTH = 40  # statements that a thread may execute to become a partner on a private channel
PARTNER_NODES = 400


class PlanFails(Exception):
    """The execution does not follow the plan, whatever the order of the steps that are left."""


@dataclass(eq=False)
class Progress:
    """A machine and which parts of the plan it has executed."""

    machine: Machine
    plan: Plan
    threads: dict[Step, int] = field(default_factory=dict)  # the thread that continues after the step
    splits: dict[tuple[Step | None, core.Process], tuple[int, int]] = field(default_factory=dict)
    known: dict[Deduction, int] = field(default_factory=dict)
    inserted: dict[Step, int] = field(default_factory=dict)
    names: dict[Term, Term] = field(default_factory=dict)  # name of the derivation -> name of the machine
    heard: dict[Step, int | None] = field(default_factory=dict)  # Output -> number of the message
    same: Mapping[Term, Term] = field(default_factory=dict)  # name of the attacker -> what it is instead

    def copy(self) -> Progress:
        return Progress(
            self.machine.copy(), self.plan, dict(self.threads), dict(self.splits), dict(self.known),
            dict(self.inserted), dict(self.names), dict(self.heard), self.same,
        )  # fmt: skip

    # --- what is possible -----------------------------------------------------------------------

    def pending(self) -> list[Step]:
        return [step for step in self.plan.steps if step not in self.threads]

    def parent_done(self, step: Step) -> bool:
        return step.parent is None or step.parent in self.threads

    def thread(self, step: Step) -> int:
        """The thread that is to execute the step."""
        return 1 if step.parent is None else self.threads[step.parent]

    def ready(self, step: Step) -> bool:
        """Whether the step has all that it needs (but not whether the semantics allows it now)."""
        if not self.parent_done(step) or step.phase != self.machine.phase:
            return False
        if isinstance(step.process, core.Phase):
            return False
        if isinstance(step.process, core.Output) and not all(map(self.available, step.listeners)):
            return False
        if isinstance(step.source, Deduction):
            return self.available(step.source)
        if isinstance(step.source, Step):
            if step.source in self.threads:
                return True
            return (
                step.source.consumer is step
                and self.parent_done(step.source)
                and step.source.phase == step.phase
            )
        return True

    # --- deductions -----------------------------------------------------------------------------

    def available(self, deduction: Deduction) -> bool:
        """Whether everything that the deduction builds on has been heard."""
        stack, seen = [deduction], {deduction}
        while stack:
            current = stack.pop()
            if current in self.known:
                continue
            if current.heard is not None and self.heard.get(current.heard) is None:
                return False
            for premise in current.premises:
                if premise not in seen:
                    seen.add(premise)
                    stack.append(premise)
        return True

    def deduce(self, deduction: Deduction) -> int:
        """Executes an available deduction and all that it builds on; the number of the message."""
        stack = [deduction]
        while stack:
            current = stack[-1]
            missing = [premise for premise in current.premises if premise not in self.known]
            if current in self.known:
                stack.pop()
            elif missing:
                stack.extend(reversed(missing))
            else:
                number = self._deduction(current)
                if number is None:
                    raise PlanFails("the attacker has not heard the message")
                self.known[current] = number
        return self.known[deduction]

    def reach_goals(self) -> None:
        """Executes the deductions that are goals as soon as they are available.

        Early, because the conclusion of the query must then not happen before them.
        """
        for goal in self.plan.goals:
            wanted = (goal.channel, goal.message) if isinstance(goal, Sent) else (goal,)
            for deduction in wanted:
                if isinstance(deduction, Deduction) and self.available(deduction):
                    self.deduce(deduction)

    def _deduction(self, deduction: Deduction) -> int | None:
        if deduction.heard is not None:
            return self.heard.get(deduction.heard)
        if deduction.symbol is not None and deduction.symbol.kind is not Kind.NAME:
            try:
                arguments = tuple([self.known[premise] for premise in deduction.premises])
                return self.machine.perform(Compute(deduction.symbol, arguments)).known
            except Blocked as problem:
                value = self.translate(deduction.term)
                number = None if value is None else derive(self.machine, value)
                if number is None:
                    raise PlanFails("a computation of the attacker fails") from problem
                return number
        return self._initial(deduction.term)

    def _initial(self, term: Term) -> int:
        term = self.same.get(term, term)
        known = self.machine.known.get(term)
        if known is not None:
            return known
        value = self.translate(term)
        number = None if value is None else derive(self.machine, value)
        if number is None:
            raise PlanFails(f"the attacker does not know {term!r} from the start")
        return number

    def translate(self, term: Term) -> Term | None:
        """The message of this execution that a term of the derivation stands for, or None.

        A name that no restriction made is a name of the attacker.
        """
        term = self.same.get(term, term)
        assert term.symbol is not None
        if term.symbol.kind is Kind.NAME:
            value = self.names.get(term)
            if value is not None:
                return value
            if term in self.machine.known or term.symbol in self.machine.model.free_names:
                return term
            if term.args or term.symbol.private:
                return None
            value = self.machine.knowledge[fresh(self.machine, term.symbol.result_type)].value
            self.names[term] = value
            return value
        arguments = []
        for argument in term.args:
            translated = self.translate(argument)
            if translated is None:
                return None
            arguments.append(translated)
        value = self.machine.algebra.apply(term.symbol, tuple(arguments))
        return None if value is FAIL_TERM else value

    # --- steps ------------------------------------------------------------------------------------

    def execute(self, step: Step) -> None:
        """Executes a ready step. Raises Blocked where it is not possible now, PlanFails where never."""
        thread = self.thread(step)
        current = self.machine.threads.get(thread)
        if current is None:
            raise PlanFails("the thread has ended")
        process = step.process
        if isinstance(process, core.Parallel | core.Replication):
            self._split(step, thread)
            return
        if current.process is not process:
            raise PlanFails("the thread took another branch")
        match process:
            case core.Input():
                self._receive(step, thread, process)
            case core.Output():
                self._send(step, thread, process)
            case core.Get():
                self._read(step, thread)
            case core.Phase():
                raise Blocked("the phase begins for all threads at once")
            case _:
                if isinstance(process, core.Insert):
                    self.inserted[step] = len(self.machine.entries)
                record = self._stuck_means_failure(Advance(thread))
                if isinstance(process, core.New) and step.bound is not None and record is not None:
                    self.names.setdefault(step.bound, record)
        if isinstance(process, core.Let | core.If | core.Get):
            expected = process.otherwise if step.branch else process.body
            if self.machine.threads[thread].process is not expected:
                raise PlanFails("the thread took another branch")
        self.threads[step] = thread

    def _stuck_means_failure(self, action: Action) -> Term | None:
        try:
            return self.machine.perform(action).value
        except Blocked as problem:
            raise PlanFails(str(problem)) from problem

    def _split(self, step: Step, thread: int) -> None:
        process = step.process
        if isinstance(process, core.Replication):
            if self.machine.threads[thread].process is not process:
                raise PlanFails("the thread took another branch")
            new = self.machine.next_thread
            self.machine.perform(Advance(thread))
            self.threads[step] = new
            return
        key = (step.parent, process)
        if key not in self.splits:
            if self.machine.threads[thread].process is not process:
                raise PlanFails("the thread took another branch")
            new = self.machine.next_thread
            self.machine.perform(Advance(thread))
            self.splits[key] = (thread, new)
        self.threads[step] = self.splits[key][1 if step.branch else 0]

    def _channel_known(self, thread: int, channel: Term) -> bool:
        """Whether the attacker knows the channel; performs the computation where it takes one."""
        try:
            value = self.machine.evaluate_message(self.machine.threads[thread], channel)
        except Blocked as problem:
            raise PlanFails(str(problem)) from problem
        return value in self.machine.known or derive(self.machine, value) is not None

    def _receive(self, step: Step, thread: int, process: core.Input) -> None:
        source = step.source
        if isinstance(source, Step):
            if source not in self.threads:
                self._hand_over(source, step, thread, process)
            elif (number := self.heard.get(source)) is not None:
                self._receive_known(thread, process, number)
            else:
                raise PlanFails("the message went to somebody else")
        else:
            number = self._open_message(step, thread, process) if source is None else self.deduce(source)
            self._receive_known(thread, process, number)
        if thread not in self.machine.threads:
            raise PlanFails("the message does not match the pattern of the input")

    def _receive_known(self, thread: int, process: core.Input, number: int) -> None:
        if not self._channel_known(thread, process.channel):
            raise Blocked("the attacker does not know the channel")
        self._stuck_means_failure(Receive(thread, number))

    def _hand_over(self, source: Step, step: Step, thread: int, process: core.Input) -> None:
        sender = self.thread(source)
        if self.machine.threads[sender].process is not source.process:
            raise PlanFails("the thread took another branch")
        if self._channel_known(thread, process.channel) and not self.machine.passive:
            self.heard[source] = self.machine.perform(Send(sender)).known
            self.threads[source] = sender
            number = self.heard[source]
            assert number is not None
            self._receive_known(thread, process, number)
            return
        record = self.machine.perform(Communicate(sender, thread))
        self.heard[source] = record.known
        self.threads[source] = sender

    def _open_message(self, step: Step, thread: int, process: core.Input) -> int:
        """A message for an input whose message the derivation leaves open."""
        if step.bound is not None:
            value = self.translate(step.bound)
            number = None if value is None else derive(self.machine, value)
            if number is not None:
                return number
        value = self._fitting(thread, process.pattern)
        number = None if value is None else derive(self.machine, value)
        if number is None:
            raise Blocked("no message for this input")
        return number

    def _fitting(self, thread: int, pattern: core.Pattern) -> Term | None:
        """A message that matches the pattern, made of names of the attacker where it is free."""
        match pattern:
            case core.PatternVariable(variable):
                return self.machine.knowledge[fresh(self.machine, variable.type)].value
            case core.PatternEqual(term):
                try:
                    return self.machine.evaluate_message(self.machine.threads[thread], term)
                except Blocked:
                    return None
            case core.PatternData(symbol, arguments):
                parts = []
                for argument in arguments:
                    part = self._fitting(thread, argument)
                    if part is None:
                        return None
                    parts.append(part)
                return self.machine.algebra.construct(symbol, tuple(parts))

    def _send(self, step: Step, thread: int, process: core.Output) -> None:
        waits = step.consumer is not None and step.consumer not in self.threads
        if waits and self.machine.passive:
            raise Blocked("the message waits for its reader")
        for listener in step.listeners:
            self.deduce(listener)
        if self._channel_known(thread, process.channel):
            self.heard[step] = self.machine.perform(Send(thread)).known
            return
        if step.listeners:
            raise Blocked("the attacker does not know the channel")
        if waits:
            raise Blocked("the message waits for its reader")
        if not self._find_partner(thread, process.channel):
            raise Blocked("nobody reads from this channel")
        self.heard[step] = None

    def _read(self, step: Step, thread: int) -> None:
        if step.branch:
            self.machine.perform(Read(thread, None))
        elif isinstance(step.source, Step):
            self.machine.perform(Read(thread, self.inserted[step.source]))
        else:
            for number in range(len(self.machine.entries)):
                try:
                    self.machine.perform(Read(thread, number))
                    return
                except Blocked:
                    continue
            raise Blocked("no entry of the table matches")

    # --- partners on private channels -----------------------------------------------------------------

    def _find_partner(self, sender: int, channel: Term) -> bool:
        """Lets some thread that the plan does not need receive what `sender` outputs."""
        target = self.machine.evaluate_message(self.machine.threads[sender], channel)
        reserved = {self.thread(step) for step in self.pending() if self.parent_done(step)}
        others = sorted(number for number in self.machine.threads if number != sender)
        candidates = [(self.machine, number, 0) for number in others]
        nodes = 0
        while candidates and nodes < PARTNER_NODES:
            machine, number, depth = candidates.pop(0)
            nodes += 1
            thread = machine.threads[number]
            process = thread.process
            if number in reserved and not isinstance(process, core.Replication):
                continue
            if isinstance(process, core.Input):
                try:
                    if machine.evaluate_message(thread, process.channel) is target:
                        machine = machine.copy()
                        machine.perform(Communicate(sender, number))
                        self.machine = machine
                        return True
                except Blocked:
                    pass
                continue
            if depth < PARTNER_DEPTH:
                candidates.extend(_moved(machine, number, depth))
        return False


def _moved(machine: Machine, number: int, depth: int) -> Iterator[tuple[Machine, int, int]]:
    """The machine after the thread has moved by itself, and the threads worth looking at then."""
    process = machine.threads[number].process
    waits = core.Nil | core.Output | core.Get | core.Phase | core.Insert
    if isinstance(process, waits):
        return
    copy = machine.copy()
    created = copy.next_thread
    try:
        copy.perform(Advance(number))
    except Blocked:
        return
    if isinstance(process, core.Replication):
        yield copy, created, depth + 1
        return
    yield copy, number, depth + 1
    if isinstance(process, core.Parallel):
        yield copy, created, depth + 1


# --- the search -----------------------------------------------------------------------------------


@dataclass
class Budget:
    """How many steps may still be executed, over all the attempts for one query."""

    steps: int

    def spend(self) -> bool:
        self.steps -= 1
        return self.steps >= 0


def _urgency(step: Step, contested: set[Symbol]) -> tuple[int, int]:
    """The usual order: look for absent entries first, make those entries last, otherwise as planned."""
    match step.process:
        case core.Get() if step.branch:
            return (0, step.number)
        case core.Insert(entry=entry) if entry.symbol in contested:
            return (2, step.number)
        case _:
            return (1, step.number)


def _contested_tables(plan: Plan) -> set[Symbol]:
    """The tables in which some step finds no entry: their entries must not be made too early."""
    steps = [(step.process, step.branch) for step in plan.steps]
    return {process.table for process, branch in steps if isinstance(process, core.Get) and branch}


def _order_matters(step: Step, contested: set[Symbol]) -> bool:
    match step.process:
        case core.Insert(entry=entry):
            return entry.symbol in contested
        case core.Get():
            return step.branch == 1 or step.source is None
        case _:
            return False


def run(plan: Plan, machine: Machine, budget: Budget, same: Mapping[Term, Term]) -> Iterator[Progress]:
    """Every finished execution of the plan that the search finds, the usual order first.

    `same` replaces names that the attacker makes by other terms that it has.
    """
    stack = [Progress(machine, plan, same=same)]
    while stack:
        progress = stack.pop()
        try:
            outcome = _run_to_choice(progress, budget)
        except PlanFails:
            continue
        if outcome is None:
            yield progress
        else:
            stack.extend(reversed(outcome))
        if budget.steps < 0:
            return


def _run_to_choice(progress: Progress, budget: Budget) -> list[Progress] | None:
    """Runs until the order matters and returns the continuations; None where the plan is finished."""
    contested = _contested_tables(progress.plan)
    while True:
        progress.reach_goals()
        ready = [step for step in progress.pending() if progress.ready(step)]
        ready.sort(key=lambda step: _urgency(step, contested))
        moved = False
        for step in ready:
            if _order_matters(step, contested):
                continue
            if not budget.spend():
                return []
            try:
                progress.execute(step)
            except Blocked:
                continue
            moved = True
            break
        if moved:
            continue
        outcomes: list[Progress] = []
        for step in ready:
            if not _order_matters(step, contested):
                continue
            if not budget.spend():
                return []
            attempt = progress.copy()
            try:
                attempt.execute(step)
            except (Blocked, PlanFails):
                continue
            outcomes.append(attempt)
        if outcomes:
            return outcomes
        if not progress.pending():
            return None
        _next_phase(progress)


def _next_phase(progress: Progress) -> None:
    machine = progress.machine
    left = progress.pending()
    if not left or any(step.phase <= machine.phase for step in left):
        raise PlanFails("no step of the plan is possible")
    machine.perform(EnterPhase())
    for step in left:
        process = step.process
        if isinstance(process, core.Phase) and process.number == machine.phase:
            if not progress.parent_done(step):
                raise PlanFails("a thread misses the phase")
            thread = progress.thread(step)
            if thread not in machine.threads:
                raise PlanFails("a thread misses the phase")
            progress.threads[step] = thread
