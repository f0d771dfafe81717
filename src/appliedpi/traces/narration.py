"""Puts an execution into words: the steps of a trace, with names numbered and idle steps left out."""

from __future__ import annotations

from collections.abc import Sequence

from appliedpi import core
from appliedpi.builtin import SUCCESSOR
from appliedpi.terms import Kind, Symbol, Term
from appliedpi.traces.configuration import Record
from appliedpi.traces.ground import is_name, natural
from appliedpi.traces.injective import Instance, Violation
from appliedpi.traces.interpreter import Machine
from appliedpi.traces.moves import Choose, Communicate, Compute, EnterPhase, Read, Receive, Send
from appliedpi.traces.trace import Trace, TraceStep


class _Names:
    """The printed name of each name: `k`, `k_2`, ... of a restriction, `a`, `a_1`, ... of the attacker."""

    def __init__(self, model: core.Model) -> None:
        self._printed: dict[Term, str] = {}
        self._taken = {symbol.name for symbol in (*model.free_names, *model.constructors)}
        self._free = {symbol for symbol in model.free_names}

    def name(self, value: Term) -> str:
        known = self._printed.get(value)
        if known is not None:
            return known
        assert value.symbol is not None
        base = value.symbol.name
        if value.symbol in self._free:
            printed = base
        else:
            made_by_attacker = not value.symbol.private
            number = 1
            printed = base
            while printed in self._taken:
                number += 1
                printed = f"{base}_{number - 1 if made_by_attacker else number}"
            self._taken.add(printed)
        self._printed[value] = printed
        return printed

    def show(self, value: Term) -> str:
        """The message as ProVerif writes it. Recursion follows the term."""
        if is_name(value):
            return self.name(value)
        assert value.symbol is not None
        number = natural(value)
        if number is not None:
            return str(number)
        if value.symbol is SUCCESSOR:
            count = 0
            rest = value
            while rest.symbol is SUCCESSOR:
                rest = rest.args[0]
                count += 1
            return f"{self.show(rest)} + {count}"
        parts = []
        for argument in value.args:
            parts.append(self.show(argument))
        inner = ", ".join(parts)
        if value.symbol.name == "":
            return f"({inner})"
        if not parts and value.symbol.kind is Kind.CONSTRUCTOR:
            return value.symbol.name
        return f"{value.symbol.name}({inner})"


class _Narrator:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._names = _Names(machine.model)
        self._threads: dict[int, int] = {}
        self._acting: set[int] = set()
        self._phase = 0
        self._steps: list[TraceStep] = []
        self._outputs: dict[int, int] = {}  # number of a known message -> number of the step that sent it

    def _thread(self, number: int) -> int:
        return self._threads.setdefault(number, len(self._threads) + 1)

    def narrate(self, needed: set[int]) -> tuple[TraceStep, ...]:
        self._acting = _acting_threads(self._machine.records)
        for position, record in enumerate(self._machine.records):
            self._record(position, record, needed)
        return tuple(self._steps)

    def _record(self, position: int, record: Record, needed: set[int]) -> None:
        show = self._names.show
        process, value = record.process, record.value
        match record.action:
            case Compute(symbol, arguments):
                if not self._first(position, record, needed) or not symbol.arity or _is_quiet(symbol):
                    return
                assert value is not None
                inner = ", ".join([show(self._machine.knowledge[argument].value) for argument in arguments])
                # A constructor's application and its result read the same.
                how = f"{symbol.name}({inner})"
                result = show(value)
                text = f"The attacker computes {result if how == result else f'{how} = {result}'}."
                self._add("attacker", 0, None, None, (result,), None, text)
            case Choose():
                if self._first(position, record, needed):
                    assert value is not None
                    self._add(
                        "attacker", 0, None, None, (show(value),), None,
                        f"The attacker makes the name {show(value)}.",
                    )  # fmt: skip
            case EnterPhase():
                self._phase += 1
                self._add("phase", 0, None, None, (), None, f"Phase {self._phase} begins.")
            case Send():
                number = self._output(record.thread, record)
                assert record.known is not None
                if self._machine.knowledge[record.known].time == position:
                    self._outputs[record.known] = number
            case Receive(_, known):
                self._input(record, self._outputs.get(known))
            case Communicate(sender):
                number = self._output(sender, record)
                if record.known is not None and self._machine.knowledge[record.known].time == position:
                    self._outputs[record.known] = number
                self._input(record, number)
            case Read(_, entry):
                assert isinstance(process, core.Get)
                if entry is None:
                    text = f"finds no matching entry in table {process.table.name}"
                    self._act("get", record, None, (), text)
                else:
                    assert value is not None
                    self._act("get", record, None, (show(value),), f"reads the table entry {show(value)}")
            case _:
                self._statement(record)

    def _first(self, position: int, record: Record, needed: set[int]) -> bool:
        """Whether the move gave the attacker a needed message that it did not have."""
        return record.known in needed and self._machine.knowledge[record.known].time == position

    def _statement(self, record: Record) -> None:
        if record.value is None:
            return
        printed = self._names.show(record.value)
        match record.process:
            case core.New():
                if record.thread not in self._acting:
                    return  # brought to its phase and then not needed
                self._act("new", record, None, (printed,), f"makes the name {printed}")
            case core.Event():
                self._act("event", record, None, (printed,), f"executes the event {printed}")
            case core.Insert():
                self._act("insert", record, None, (printed,), f"inserts the table entry {printed}")

    def _output(self, thread: int, record: Record) -> int:
        assert record.value is not None and record.channel is not None
        process = record.output or record.process
        value, channel = self._names.show(record.value), self._names.show(record.channel)
        text = f"sends {value} on channel {channel}"
        return self._add("output", thread, process, channel, (value,), None, text)

    def _input(self, record: Record, sender: int | None) -> None:
        assert record.value is not None and record.channel is not None
        value, channel = self._names.show(record.value), self._names.show(record.channel)
        text = f"receives {value} on channel {channel}"
        if sender is None:
            text += ", made by the attacker"
        self._add("input", record.thread, record.process, channel, (value,), sender, text)

    def _act(self, kind: str, record: Record, channel: str | None, terms: tuple[str, ...], text: str) -> None:
        self._add(kind, record.thread, record.process, channel, terms, None, text)

    def _add(
        self,
        kind: str,
        thread: int,
        process: core.Process | None,
        channel: str | None,
        terms: tuple[str, ...],
        sender: int | None,
        text: str,
    ) -> int:
        number = len(self._steps) + 1
        if process is None:
            self._steps.append(TraceStep(number, kind, 0, 0, 0, 0, (), channel, terms, sender, text))
            return number
        actor = self._thread(thread)
        place = process.place
        sentence = f"Thread {actor} {text} (line {place.line})."
        self._steps.append(
            TraceStep(
                number, kind, actor, process.occurrence, place.line, place.column, process.tags, channel,
                terms, sender, sentence,
            )  # fmt: skip
        )
        return number

    # --- the last sentence ------------------------------------------------------------------------

    def goal(self, query: core.Query, violation: Violation) -> str:
        described = [self._instance(instance) for instance in violation.instances]
        if query.is_reachability:
            return f"{described[0]}."
        if len(described) == 1:
            return f"{described[0]}, but what the query requires then has not happened."
        return f"{'; '.join(described)}: they do not correspond to different events that the query requires."

    def _instance(self, instance: Instance) -> str:
        parts = []
        for atom, values in instance.values:
            shown = [self._names.show(value) for value in values]
            match atom:
                case core.QueryAttacker():
                    parts.append(f"the attacker knows {shown[0]}")
                case core.QueryEvent():
                    parts.append(f"the event {shown[0]} is executed")
                case core.QueryMessage():
                    parts.append(f"{shown[1]} is sent on channel {shown[0]}")
                case core.QueryTable():
                    parts.append(f"the table contains {shown[0]}")
        sentence = " and ".join(parts)
        return sentence[:1].upper() + sentence[1:]


def _acting_threads(records: Sequence[Record]) -> set[int]:
    """The threads that do something, or start a thread that does something."""
    acting: set[int] = set()
    for record in reversed(records):
        visible = isinstance(record.process, core.Input | core.Output | core.Event | core.Insert | core.Get)
        if visible or record.started in acting:
            acting.add(record.thread)
        if isinstance(record.action, Communicate):
            acting.add(record.action.sender)
    return acting


def _is_quiet(symbol: Symbol) -> bool:
    """Making and opening tuples and other data goes without saying."""
    return symbol.name == "" or symbol.converter or "-proj-" in symbol.name


def needed_messages(machine: Machine, targets: set[Term]) -> set[int]:
    """The numbers of the messages that go into what the attacker sends and into `targets`."""
    pending = [record.action.known for record in machine.records if isinstance(record.action, Receive)]
    pending.extend([machine.known[target] for target in targets if target in machine.known])
    pending.extend(
        machine.known[record.channel]
        for record in machine.records
        if isinstance(record.action, Send | Receive) and record.channel is not None
    )
    needed: set[int] = set()
    while pending:
        number = pending.pop()
        if number in needed:
            continue
        needed.add(number)
        origin = machine.knowledge[number].origin
        if isinstance(origin, Compute):
            pending.extend(origin.arguments)
    return needed


def narrate(query: core.Query, machine: Machine, violation: Violation) -> Trace:
    """The trace that tells the execution and how it contradicts the query."""
    targets = {value for instance in violation.instances for _, values in instance.values for value in values}
    narrator = _Narrator(machine)
    steps = narrator.narrate(needed_messages(machine, targets))
    return Trace(steps, narrator.goal(query, violation))

