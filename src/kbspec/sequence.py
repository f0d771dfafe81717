"""From a trace to the rows of a message sequence chart: who acts, in which order, what each row says.

No drawing here. A row is a message, a note on one lane, or a line across all of them. The `@step` tags give
roles and message names: they stand before the output that sends and the input that receives.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from appliedpi.traces.trace import Trace, TraceStep
from kbspec.tags import StepTag, parse_tag

ATTACKER = "Attacker"
_ATTACKER_THREAD = 0


@dataclass(frozen=True, slots=True)
class Message:
    """An arrow. `source` and `target` are lanes; `target` None: nobody receives it.

    `name`, `identifier` and `fields` come from the tag (empty without one); `term` is what was sent.
    `remark` says what the attacker did to the message, where it did anything.
    """

    number: int
    source: int
    target: int | None
    name: str
    identifier: str
    fields: str
    term: str
    remark: str

    @property
    def lanes(self) -> tuple[int, ...]:
        return (self.source,) if self.target is None else (self.source, self.target)


@dataclass(frozen=True, slots=True)
class Note:
    """A box on a lane. `kind` is "event", "attacker" or "note"; each part is a heading and a term."""

    number: int
    lane: int
    kind: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Divider:
    """A line across all lanes: a new phase."""

    number: int
    text: str


Row = Message | Note | Divider


@dataclass(frozen=True, slots=True)
class Sequence:
    """The lanes from left to right, the rows from top to bottom, what the whole shows."""

    lanes: tuple[str, ...]
    rows: tuple[Row, ...]
    goal: str
    attacker: int | None  # the attacker's lane


def step_tag(step: TraceStep) -> StepTag | None:
    """The `@step` tag of a step of a trace, if it has one."""
    for tag in step.tags:
        if tag.kind == "step":
            parsed = parse_tag(tag.kind, tag.text, line=tag.place.line, column=tag.place.column)
            assert isinstance(parsed, StepTag)
            return parsed
    return None


def sequence(trace: Trace) -> Sequence:
    """The chart of a trace, as data."""
    steps = list(trace.steps)
    tags = {step.number: step_tag(step) for step in steps}
    delivery = _deliveries(steps)
    received = set(delivery.values())
    hostile = [
        step.number
        for step in steps
        if step.kind == "attacker" or (step.kind == "input" and step.number not in delivery)
    ]
    # Where the attacker acts, or is said to know something, what nobody else received went to it.
    listens = bool(hostile) or "attacker" in trace.goal.lower()
    names = _lane_names(steps, tags)
    heard = [step for step in steps if step.kind == "output" and step.number not in received]
    if hostile or (heard and listens):
        names[_ATTACKER_THREAD] = ATTACKER
    order = _in_order(steps, delivery)
    threads = {step.number: step.thread for step in steps}
    receivers = {sender: threads[number] for number, sender in delivery.items()}
    shown = _lane_order(order, receivers, names)
    lane_of = {thread: index for index, thread in enumerate(shown)}
    rows = _RowBuilder(receivers, tags, lane_of).build(order)
    return Sequence(
        lanes=tuple(names[thread] for thread in shown),
        rows=tuple(rows),
        goal=trace.goal,
        attacker=lane_of.get(_ATTACKER_THREAD),
    )


def _lane_names(steps: Iterable[TraceStep], tags: dict[int, StepTag | None]) -> dict[int, str]:
    """For each thread that does more than make names, its role; the second copy of a role is `Role (2)`."""
    roles: dict[int, str] = {}
    visible: list[int] = []
    for step in steps:
        if step.thread == _ATTACKER_THREAD or step.kind in ("new", "phase"):
            continue
        if step.thread not in visible:
            visible.append(step.thread)
        tag = tags[step.number]
        if tag is not None and step.thread not in roles and step.kind in ("input", "output"):
            roles[step.thread] = tag.sender if step.kind == "output" else tag.receiver
    nameless = [thread for thread in visible if thread not in roles]
    for thread in nameless:
        roles[thread] = "Setup" if len(nameless) == 1 and len(roles) > 0 else f"Process {thread}"
    copies: dict[str, int] = defaultdict(int)
    names: dict[int, str] = {}
    for thread in visible:
        copies[roles[thread]] += 1
        count = copies[roles[thread]]
        names[thread] = roles[thread] if count == 1 else f"{roles[thread]} ({count})"
    return names


def _deliveries(steps: list[TraceStep]) -> dict[int, int]:
    """Input -> output, for the messages that can be drawn as one horizontal arrow.

    The first receiver of an output gets its arrow, where the rows can be ordered so that each thread's
    steps stay in order. The others received it later, or again, from whoever controls the network.
    """
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    threads = {step.number: step.thread for step in steps}
    for step in steps:
        if step.kind != "input" or step.sender is None or step.sender not in threads:
            continue
        if step.sender in taken or threads[step.sender] == step.thread:
            continue
        attempt = {**chosen, step.number: step.sender}
        if _sorted(steps, attempt) is not None:
            chosen = attempt
            taken.add(step.sender)
    return chosen


def _in_order(steps: list[TraceStep], delivery: dict[int, int]) -> list[TraceStep]:
    order = _sorted(steps, delivery)
    assert order is not None, "the deliveries were chosen so that an order exists"
    return order


def _sorted(steps: list[TraceStep], delivery: dict[int, int]) -> list[TraceStep] | None:
    """The steps with each delivered input merged into its output, or None where that is a cycle.

    Kept in order: the steps of a thread; everything that meets the attacker; events, and the uses of tables,
    among themselves; all of it around a phase. Otherwise the lowest number first.
    """
    node = {step.number: delivery.get(step.number, step.number) for step in steps}
    after: dict[int, set[int]] = defaultdict(set)
    waiting: dict[int, int] = {number: 0 for number in node.values()}
    last: dict[object, int] = {}
    across = {*delivery, *delivery.values()}
    barrier: int | None = None
    for step in steps:
        here = node[step.number]
        lines: list[object] = [step.thread]
        if step.kind in ("event", "insert", "get"):
            lines.append("events" if step.kind == "event" else "tables")
        meets_attacker = step.kind in ("input", "output") and step.number not in across
        if step.kind == "attacker" or meets_attacker:
            lines.append("attacker")
        before = {last[line] for line in lines if line in last}
        if step.kind == "phase":
            before = set(last.values())
        if barrier is not None:
            before.add(barrier)
        for number in before - {here}:
            if here not in after[number]:
                after[number].add(here)
                waiting[here] += 1
        for line in lines:
            last[line] = here
        if step.kind == "phase":
            barrier = here
    by_number = {step.number: step for step in steps}
    ready = [number for number, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order: list[TraceStep] = []
    while ready:
        number = heapq.heappop(ready)
        order.append(by_number[number])
        for following in after[number]:
            waiting[following] -= 1
            if waiting[following] == 0:
                heapq.heappush(ready, following)
    return order if len(order) == len(waiting) else None


def _lane_order(order: list[TraceStep], receivers: dict[int, int], names: dict[int, str]) -> list[int]:
    """Threads by first appearance; the attacker where its arrows are shortest, rightmost among equals."""
    lanes: list[int] = []
    meets: list[int] = []  # the attacker's partners, once for each arrow
    for step in order:
        for thread in (step.thread, receivers.get(step.number, step.thread)):
            if thread in names and thread not in lanes and thread != _ATTACKER_THREAD:
                lanes.append(thread)
        if step.kind in ("input", "output") and step.number not in receivers:
            meets.append(step.thread)
    if _ATTACKER_THREAD not in names:
        return lanes

    def length(place: int) -> int:
        positions = (lanes.index(thread) for thread in meets)
        return sum(place - index if index < place else index + 1 - place for index in positions)

    best = min(range(len(lanes), -1, -1), key=length)
    return [*lanes[:best], _ATTACKER_THREAD, *lanes[best:]]


class _RowBuilder:
    """Collects rows; names made by a thread wait for its next row, the attacker's computations merge."""

    def __init__(
        self,
        receivers: dict[int, int],
        tags: dict[int, StepTag | None],
        lane_of: dict[int, int],
    ) -> None:
        self.receivers = receivers
        self.tags = tags
        self.lane_of = lane_of
        self.rows: list[Row] = []
        self.made: dict[int, list[str]] = defaultdict(list)

    def build(self, order: list[TraceStep]) -> list[Row]:
        for step in order:
            if step.kind == "phase":
                self.rows.append(Divider(step.number, step.text))
            elif step.kind == "new":
                self.made[step.thread].append(step.terms[0])
            elif step.thread in self.lane_of:
                self._made(step.number, step.thread)
                if step.number in self.receivers:
                    self._made(step.number, self.receivers[step.number])
                self._row(step)
        return self.rows

    def _made(self, number: int, thread: int) -> None:
        names = self.made.pop(thread, [])
        if names:
            self.rows.append(Note(number, self.lane_of[thread], "note", (("new", ", ".join(names)),)))

    def _row(self, step: TraceStep) -> None:
        lane = self.lane_of[step.thread]
        term = step.terms[0] if step.terms else ""
        if step.kind in ("input", "output"):
            self.rows.append(self._message(step, lane, term))
        elif step.kind == "attacker":
            # A name of its own is not computed; the interpreter says so in words only.
            verb = "makes" if "makes" in step.text else "computes"
            previous = self.rows[-1] if self.rows else None
            if isinstance(previous, Note) and previous.kind == "attacker":
                heading = "then" if verb == "computes" and previous.parts[-1][0] != "makes" else verb
                merged = Note(previous.number, lane, "attacker", (*previous.parts, (heading, term)))
                self.rows[-1] = merged
            else:
                self.rows.append(Note(step.number, lane, "attacker", ((verb, term),)))
        elif step.kind == "event":
            name, _, arguments = term.partition("(")
            self.rows.append(Note(step.number, lane, "event", ((name, arguments.removesuffix(")")),)))
        else:
            heading = "stores" if step.kind == "insert" else "looks up"
            self.rows.append(Note(step.number, lane, "note", ((heading, term),)))

    def _message(self, step: TraceStep, lane: int, term: str) -> Message:
        attacker = self.lane_of.get(_ATTACKER_THREAD)
        tag = self.tags[step.number]
        remark = ""
        source, target = lane, attacker
        if step.kind == "input":
            assert attacker is not None, "an input that no arrow delivers comes from the attacker"
            source, target = attacker, lane
            remark = "made by the attacker" if step.sender is None else f"replayed from step {step.sender}"
        elif step.number in self.receivers:
            target = self.lane_of[self.receivers[step.number]]
        elif attacker is None:
            remark = "not received in this run"
        return Message(
            step.number, source, target,
            name=tag.message if tag else "",
            identifier=tag.id if tag else "",
            fields=tag.text if tag else "",
            term=term, remark=remark,
        )  # fmt: skip
