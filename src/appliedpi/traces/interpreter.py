"""The machine: executes a process of the core calculus one statement at a time, against an attacker.

The reduction of configurations of Blanchet 2016, section 3.1.2, with tables and phases (ProVerif 2.05
manual, sections 4.1.5 and 4.1.6). A caller decides which thread moves; `Machine.perform` checks that the
move is one that the semantics allows and raises `Blocked` where it is not. The machine keeps the list of
the moves it made, so `replay` is a function from a model and a list of moves to a machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import MappingProxyType

from appliedpi import core
from appliedpi.builtin import FAIL_TERM, TRUE_TERM
from appliedpi.terms import App, Kind, Symbol, Term
from appliedpi.traces.configuration import Creation, Known, Occurrence, Record, Thread
from appliedpi.traces.moves import (
    Action,
    Advance,
    Blocked,
    Choose,
    Communicate,
    Compute,
    EnterPhase,
    Read,
    Receive,
    Send,
)
from appliedpi.traces.values import Algebra, Environment, UndefinedVariable


@dataclass(eq=False)
class Machine:
    """A configuration and how it was reached. `copy` is cheap; everything inside is immutable or copied."""

    model: core.Model
    algebra: Algebra
    threads: dict[int, Thread] = field(default_factory=dict)
    knowledge: list[Known] = field(default_factory=list)
    known: dict[Term, int] = field(default_factory=dict)
    entries: list[Occurrence] = field(default_factory=list)
    events: list[Occurrence] = field(default_factory=list)
    messages: list[Occurrence] = field(default_factory=list)
    creations: dict[Term, Creation] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    phase: int = 0
    next_thread: int = 1
    decomposed: int = 0  # size of the knowledge when `knowledge.decompose` last came to an end

    @classmethod
    def start(cls, model: core.Model, algebra: Algebra | None = None) -> Machine:
        """The initial configuration: one thread, and an attacker that knows the public free names."""
        machine = cls(model, algebra or Algebra(model))
        machine._spawn(model.process, MappingProxyType({}), ())
        for name in model.free_names:
            if not name.private:
                machine._learn(App(name), None)
        return machine

    def copy(self) -> Machine:
        return Machine(
            self.model, self.algebra, dict(self.threads), list(self.knowledge), dict(self.known),
            list(self.entries), list(self.events), list(self.messages), dict(self.creations),
            list(self.records), self.phase, self.next_thread, self.decomposed,
        )  # fmt: skip

    @property
    def actions(self) -> tuple[Action, ...]:
        """The moves made so far."""
        return tuple([record.action for record in self.records])

    @property
    def passive(self) -> bool:
        """Whether the attacker only listens (`set attacker = passive`)."""
        return self.model.settings.get("attacker") == "passive"

    def evaluate(self, thread: Thread, term: Term) -> Term:
        """The value of an expression in a thread; raises Blocked where a variable has no value."""
        try:
            return self.algebra.evaluate(term, thread.environment)
        except UndefinedVariable as problem:
            raise Blocked(f"variable {problem} has no value") from problem

    def evaluate_message(self, thread: Thread, term: Term) -> Term:
        """As `evaluate`, but raises Blocked where the evaluation fails: the thread is stuck there."""
        value = self.evaluate(thread, term)
        if value is FAIL_TERM:
            raise Blocked("the evaluation fails, and the thread stops")
        return value

    # --- moves --------------------------------------------------------------------------------------

    def perform(self, action: Action) -> Record:
        """Makes one move. Raises Blocked, leaving the configuration unchanged, where it is not allowed."""
        match action:
            case Advance(number):
                record = self._advance(self._thread(number), action)
            case Send(number):
                record = self._send(self._thread(number), action)
            case Receive(number, known):
                record = self._receive(self._thread(number), known, action)
            case Communicate(sender, receiver):
                record = self._communicate(self._thread(sender), self._thread(receiver), action)
            case Read(number, entry):
                record = self._read(self._thread(number), entry, action)
            case Choose(kind):
                name = App(Symbol("a", (), kind, Kind.NAME))
                record = Record(action, 0, value=name, known=self._learn(name, action))
            case Compute(symbol, arguments):
                record = self._compute(symbol, arguments, action)
            case EnterPhase():
                record = self._enter_phase(action)
        self.records.append(record)
        return record

    @property
    def _time(self) -> int:
        return len(self.records)

    def _thread(self, number: int) -> Thread:
        thread = self.threads.get(number)
        if thread is None:
            raise Blocked(f"there is no thread {number}")
        return thread

    def _spawn(self, process: core.Process, environment: Environment, copies: tuple[int, ...]) -> int:
        number = self.next_thread
        self.next_thread += 1
        self.threads[number] = Thread(number, process, environment, copies)
        return number

    def _continue(
        self, thread: Thread, process: core.Process, environment: Environment | None = None
    ) -> None:
        environment = thread.environment if environment is None else environment
        self.threads[thread.number] = Thread(thread.number, process, environment, thread.copies)

    def _learn(self, value: Term, origin: Action | None) -> int:
        position = self.known.get(value)
        if position is None:
            position = self.known[value] = len(self.knowledge)
            self.knowledge.append(Known(value, self._time, self.phase, origin))
        return position

    def _advance(self, thread: Thread, action: Action) -> Record:
        process = thread.process
        value: Term | None = None
        started: int | None = None
        match process:
            case core.Nil():
                del self.threads[thread.number]
            case core.Parallel():
                self._continue(thread, process.left)
                started = self._spawn(process.right, thread.environment, thread.copies)
            case core.Replication():
                copies = (*thread.copies, self.next_thread)
                started = self._spawn(process.body, thread.environment, copies)
            case core.New():
                variable = process.variable
                value = App(Symbol(variable.name, (), variable.type, Kind.NAME, private=True))
                self.creations[value] = Creation(process, thread.environment, thread.copies)
                self._continue(thread, process.body, {**thread.environment, variable: value})
            case core.Let():
                value = self.evaluate(thread, process.term)
                try:
                    extended = self.algebra.match_pattern(process.pattern, value, thread.environment)
                except UndefinedVariable as problem:
                    raise Blocked(f"variable {problem} has no value") from problem
                if extended is not None:
                    self._continue(thread, process.body, extended)
                else:
                    self._continue(thread, process.otherwise)
            case core.If():
                value = self.evaluate_message(thread, process.condition)
                self._continue(thread, process.body if value is TRUE_TERM else process.otherwise)
            case core.Event():
                value = self.evaluate_message(thread, process.term)
                self.events.append(Occurrence(value, self._time, self.phase, thread.number))
                self._continue(thread, process.body)
            case core.Insert():
                value = self.evaluate_message(thread, process.entry)
                self.entries.append(Occurrence(value, self._time, self.phase, thread.number))
                self._continue(thread, process.body)
            case _:
                raise Blocked("the thread waits for something")
        return Record(action, thread.number, process, value, started=started)

    def _output(self, thread: Thread) -> tuple[core.Output, Term, Term]:
        """The output that the thread stands at, its channel and its message."""
        if not isinstance(thread.process, core.Output):
            raise Blocked("the thread does not stand at an output")
        channel = self.evaluate_message(thread, thread.process.channel)
        return thread.process, channel, self.evaluate_message(thread, thread.process.message)

    def _input(self, thread: Thread) -> tuple[core.Input, Term]:
        """The input that the thread stands at and its channel."""
        if not isinstance(thread.process, core.Input):
            raise Blocked("the thread does not stand at an input")
        return thread.process, self.evaluate_message(thread, thread.process.channel)

    def _take(self, thread: Thread, process: core.Input, message: Term) -> None:
        """The thread has received the message; where the pattern does not match, it ends."""
        try:
            extended = self.algebra.match_pattern(process.pattern, message, thread.environment)
        except UndefinedVariable as problem:
            raise Blocked(f"variable {problem} has no value") from problem
        if extended is None:
            del self.threads[thread.number]
        else:
            self._continue(thread, process.body, extended)

    def _send(self, thread: Thread, action: Action) -> Record:
        process, channel, message = self._output(thread)
        if channel not in self.known:
            raise Blocked("the attacker does not know the channel")
        heard = self._learn(message, action)
        self.messages.append(Occurrence(message, self._time, self.phase, thread.number, channel))
        self._continue(thread, process.body)
        return Record(action, thread.number, process, message, channel, heard)

    def _receive(self, thread: Thread, known: int, action: Action) -> Record:
        if self.passive:
            raise Blocked("the attacker is passive and sends nothing")
        process, channel = self._input(thread)
        if channel not in self.known:
            raise Blocked("the attacker does not know the channel")
        if known >= len(self.knowledge):
            raise Blocked("the attacker does not know this message")
        message = self.knowledge[known].value
        self._take(thread, process, message)
        self.messages.append(Occurrence(message, self._time, self.phase, 0, channel))
        return Record(action, thread.number, process, message, channel, known)

    def _communicate(self, sender: Thread, receiver: Thread, action: Action) -> Record:
        output, channel, message = self._output(sender)
        process, other = self._input(receiver)
        if other is not channel:
            raise Blocked("the channels differ")
        self._take(receiver, process, message)
        self._continue(sender, output.body)
        heard = self._learn(message, action) if channel in self.known else None
        self.messages.append(Occurrence(message, self._time, self.phase, sender.number, channel))
        return Record(action, receiver.number, process, message, channel, heard, output)

    def _read(self, thread: Thread, number: int | None, action: Action) -> Record:
        process = thread.process
        if not isinstance(process, core.Get):
            raise Blocked("the thread does not stand at a get")
        if number is None:
            if any(self.reads(thread, process, entry.value) is not None for entry in self.entries):
                raise Blocked("an entry of the table matches")
            self._continue(thread, process.otherwise)
            return Record(action, thread.number, process)
        if number >= len(self.entries):
            raise Blocked("there is no such entry")
        entry = self.entries[number].value
        extended = self.reads(thread, process, entry)
        if extended is None:
            raise Blocked("the entry does not match")
        self._continue(thread, process.body, extended)
        return Record(action, thread.number, process, entry)

    def reads(self, thread: Thread, process: core.Get, entry: Term) -> Environment | None:
        """The environment after `process` has read the entry, or None where the entry does not match."""
        if entry.symbol is not process.table:
            return None
        environment: Environment | None = thread.environment
        # One pattern for all the columns, because a test =M may use a variable of another column.
        row = core.PatternData(process.table, process.patterns)
        try:
            environment = self.algebra.match_pattern(row, entry, thread.environment)
            if environment is None or process.condition is None:
                return environment
            holds = self.algebra.evaluate(process.condition, environment) is TRUE_TERM
        except UndefinedVariable as problem:
            raise Blocked(f"variable {problem} has no value") from problem
        return environment if holds else None

    def _compute(self, symbol: Symbol, arguments: tuple[int, ...], action: Action) -> Record:
        if symbol.private or symbol.kind not in (Kind.CONSTRUCTOR, Kind.DESTRUCTOR):
            raise Blocked(f"the attacker cannot apply {symbol.name}")
        if any(argument >= len(self.knowledge) for argument in arguments):
            raise Blocked("the attacker does not know an argument")
        values = tuple([self.knowledge[argument].value for argument in arguments])
        value = self.algebra.apply(symbol, values)
        if value is FAIL_TERM:
            raise Blocked(f"{symbol.name} fails on these arguments")
        return Record(action, 0, value=value, known=self._learn(value, action))

    def _enter_phase(self, action: Action) -> Record:
        self.phase += 1
        waiting: dict[int, Thread] = {}
        for number, thread in self.threads.items():
            process = thread.process
            while isinstance(process, core.Phase) and process.number == self.phase:
                process = process.body
            if process is not thread.process or isinstance(process, core.Phase):
                waiting[number] = Thread(number, process, thread.environment, thread.copies)
        self.threads = waiting
        return Record(action, 0)


def replay(model: core.Model, actions: Iterable[Action]) -> Machine:
    """Executes the moves from the initial configuration. Raises Blocked where one is not allowed."""
    machine = Machine.start(model)
    for action in actions:
        machine.perform(action)
    return machine
