"""From a trace to the rows of a message sequence chart: who acts, in which order, what each row says.

No drawing here. A row is a message, a note on one lane, or a line across all of them. The `@step` tags give
roles and message names: they stand before the output that sends and the input that receives.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from appliedpi.traces.trace import Trace, TraceStep
from kbspec.errors import SpecificationError, did_you_mean
from kbspec.tags import StepTag, parse_tag

ATTACKER = "Attacker"
_ATTACKER_THREAD = 0
_THREAD = re.compile(r"\bThread (\d+)\b")
_WORD = re.compile(r"\w+")
# How the interpreter's sentences tell what the attacker does: "makes the name a", "computes f(x) = y".
_MAKES = " makes the name "
_TAKEN_APART = " = "


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
    """The lanes from left to right, the rows from top to bottom, what the whole shows.

    `names` gives the lane of each thread, `attacker` is the position of the attacker's lane.
    """

    lanes: tuple[str, ...]
    rows: tuple[Row, ...]
    goal: str
    attacker: int | None
    names: Mapping[int, str]

    def in_words(self, step: TraceStep) -> str:
        """A step as one sentence, complete, about roles instead of threads."""
        tag = step_tag(step)
        said = _THREAD.sub(lambda match: self.names.get(int(match[1]), match[0]), step.text)
        return f"{said} {tag.message} [{tag.id}]" if tag is not None else said


def step_tag(step: TraceStep) -> StepTag | None:
    """The `@step` tag of a step of a trace, if it has one."""
    for tag in step.tags:
        if tag.kind == "step":
            parsed = parse_tag(tag.kind, tag.text, line=tag.place.line, column=tag.place.column)
            assert isinstance(parsed, StepTag)
            return parsed
    return None


def sequence(trace: Trace, lanes: Mapping[str, str] | None = None) -> Sequence:
    """The chart of a trace, as data. `lanes` gives roles of the `@step` tags other names.

    Raises SpecificationError where `lanes` names a role that does not take part.
    """
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
    names = _lane_names(steps, tags, lanes or {})
    heard = [step for step in steps if step.kind == "output" and step.number not in received]
    if hostile or (heard and listens):
        names[_ATTACKER_THREAD] = ATTACKER
    order = _in_order(steps, delivery)
    threads = {step.number: step.thread for step in steps}
    receivers = {sender: threads[number] for number, sender in delivery.items()}
    shown = _lane_order(order, receivers, names)
    lane_of = {thread: shown.index(name) for thread, name in names.items()}
    rows = _RowBuilder(receivers, tags, lane_of).build(order)
    return Sequence(
        lanes=tuple(shown),
        rows=tuple(rows),
        goal=trace.goal,
        attacker=lane_of.get(_ATTACKER_THREAD),
        names=names,
    )


def _lane_names(
    steps: list[TraceStep], tags: dict[int, StepTag | None], renamed: Mapping[str, str]
) -> dict[int, str]:
    """For each thread that does more than make names, the name of its lane.

    A role is often several processes, one for each message it answers: they share a lane. A thread that
    does again what another of its role has done is a second session, `Role (2)`. Where a thread could
    continue several, it continues the one whose names it mentions most.
    """
    roles = _renamed(_roles(steps, tags), renamed)
    does: dict[int, set[int]] = defaultdict(set)
    mentions: dict[int, set[str]] = defaultdict(set)
    makes: dict[int, set[str]] = defaultdict(set)
    for step in steps:
        does[step.thread].add(step.occurrence)
        words = {word for term in step.terms for word in _WORD.findall(term)}
        (makes if step.kind == "new" else mentions)[step.thread] |= words
    lanes: dict[str, list[list[int]]] = defaultdict(list)
    for thread, role in roles.items():
        free = [lane for lane in lanes[role] if not any(does[thread] & does[other] for other in lane)]
        if free:
            known = [len(mentions[thread] & set().union(*(makes[other] for other in lane))) for lane in free]
            free[known.index(max(known))].append(thread)
        else:
            lanes[role].append([thread])
    return {
        thread: role if number == 1 else f"{role} ({number})"
        for role, copies in lanes.items()
        for number, lane in enumerate(copies, 1)
        for thread in lane
    }


def _renamed(roles: dict[int, str], names: Mapping[str, str]) -> dict[int, str]:
    """The roles under other names; a fragment that several chapters share speaks of each of their worlds."""
    known = set(roles.values())
    for role in names:
        if role not in known:
            raise SpecificationError(
                f"lanes: nobody in this run has the role {role!r}", advice=did_you_mean(role, known)
            )
    return {thread: names.get(role, role) for thread, role in roles.items()}


def _roles(steps: list[TraceStep], tags: dict[int, StepTag | None]) -> dict[int, str]:
    """The role of each thread that does more than make names, by first appearance."""
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
    # What speaks in no step of the protocol prepares it: it makes keys, fills tables, tells what is public.
    unnamed = "Setup" if roles else "Process"
    return {thread: roles.get(thread, unnamed) for thread in visible}


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


def _lane_order(order: list[TraceStep], receivers: dict[int, int], names: dict[int, str]) -> list[str]:
    """Lanes by first appearance; the attacker's where its arrows are shortest, rightmost among equals."""
    lanes: list[str] = []
    meets: list[str] = []  # the attacker's partners, once for each arrow
    for step in order:
        for thread in (step.thread, receivers.get(step.number, step.thread)):
            if thread in names and names[thread] not in lanes and thread != _ATTACKER_THREAD:
                lanes.append(names[thread])
        if step.kind in ("input", "output") and step.number not in receivers:
            meets.append(names[step.thread])
    if _ATTACKER_THREAD not in names:
        return lanes

    def length(place: int) -> int:
        positions = (lanes.index(name) for name in meets)
        return sum(place - index if index < place else index + 1 - place for index in positions)

    best = min(range(len(lanes), -1, -1), key=length)
    return [*lanes[:best], ATTACKER, *lanes[best:]]


class _RowBuilder:
    """Collects rows; names made by a thread wait for its next row, what the attacker learns shares a box."""

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
            self._attacker(step, lane, term)
        elif step.kind == "event":
            name, _, arguments = term.partition("(")
            self.rows.append(Note(step.number, lane, "event", ((name, arguments.removesuffix(")")),)))
        else:
            heading = "stores" if step.kind == "insert" else "looks up"
            self.rows.append(Note(step.number, lane, "note", ((heading, term),)))

    def _attacker(self, step: TraceStep, lane: int, term: str) -> None:
        """What it takes apart it learns, and a name it makes; what it puts together shows in a message.

        What it learns only to take apart again is left out.
        """
        if _MAKES in step.text:
            part = ("makes", term)
        elif _TAKEN_APART in step.text:
            part = ("learns", term)
        else:
            return
        previous = self.rows[-1] if self.rows else None
        if isinstance(previous, Note) and previous.kind == "attacker":
            taken = step.text.partition(_TAKEN_APART)[0]
            kept = tuple(one for one in previous.parts if one[0] == "makes" or one[1] not in taken)
            self.rows[-1] = Note(previous.number, lane, "attacker", (*kept, part))
        else:
            self.rows.append(Note(step.number, lane, "attacker", (part,)))

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
