"""Partners that a derivation does not name.

The clauses forget that an output on a private channel waits for a reader, and the solver may leave open
which message an input receives from one. Then some thread must be found: one of the plan
that waits in the same way, or any other, which may have to run some statements first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from appliedpi import core
from appliedpi.terms import Term
from appliedpi.traces.attacker import channel_known, fitting_message
from appliedpi.traces.interpreter import Machine
from appliedpi.traces.moves import Advance, Blocked, Communicate, Read, Receive, Send
from appliedpi.traces.plan import Step
from appliedpi.traces.progress import PlanFails, Progress

STATEMENTS: Final = 60  # that one thread may execute to become a partner
EXPLORED: Final = 300  # configurations looked at
FOUND: Final = 4  # partners tried


def needs_partner(progress: Progress, step: Step) -> bool:
    """Whether a ready step waits for a thread that the plan does not name."""
    machine, process = progress.machine, step.process
    thread = machine.threads.get(progress.thread(step))
    if thread is None or thread.process is not process:
        return False
    match process:
        case core.Output(channel=channel):
            waits = step.consumer is not None and step.consumer not in progress.threads
            return not waits and not step.listeners and not channel_known(machine, thread.number, channel)
        case core.Input(channel=channel):
            return step.source is None and not channel_known(machine, thread.number, channel)
        case core.Get():
            return step.source is None and step.branch == 0
        case _:
            return False


def partnered(progress: Progress, step: Step) -> Iterator[Progress]:
    """The ways to execute a step that needs a partner, at most a few."""
    if isinstance(step.process, core.Get):
        yield from _stored(progress, step, step.process)
        return
    count = 0
    for found in _communications(progress, step):
        yield found
        count += 1
        if count == FOUND:
            return


def _communications(progress: Progress, step: Step) -> Iterator[Progress]:
    machine = progress.machine
    number = progress.thread(step)
    process = step.process
    assert isinstance(process, core.Input | core.Output)
    channel = machine.evaluate(machine.threads[number], process.channel)
    sends = isinstance(process, core.Output)
    for other in progress.pending():
        opposite = isinstance(other.process, core.Input) if sends else isinstance(other.process, core.Output)
        if not opposite or not progress.ready(other) or not needs_partner(progress, other):
            continue
        partner = progress.thread(other)
        attempt = progress.copy()
        sender, receiver = (number, partner) if sends else (partner, number)
        if _communicate(attempt.machine, sender, receiver, must_match=True):
            attempt.threads[step] = number
            attempt.threads[other] = partner
            attempt.heard[step if sends else other] = None
            yield attempt

    def meets(configuration: Machine, partner: int) -> Machine | None:
        thread = configuration.threads[partner]
        statement = thread.process
        if not isinstance(statement, core.Input if sends else core.Output):
            return None
        if configuration.evaluate(thread, statement.channel) is not channel:
            return None
        copy = configuration.copy()
        sender, receiver = (number, partner) if sends else (partner, number)
        return copy if _communicate(copy, sender, receiver, must_match=not sends) else None

    for found in _explore(progress, number, meets):
        attempt = progress.copy(found)
        attempt.threads[step] = number
        attempt.heard[step] = None
        yield attempt


def _communicate(machine: Machine, sender: int, receiver: int, *, must_match: bool) -> bool:
    try:
        machine.perform(Communicate(sender, receiver))
    except Blocked:
        return False
    return receiver in machine.threads or not must_match


def _stored(progress: Progress, step: Step, process: core.Get) -> Iterator[Progress]:
    """Reads an entry that is there, or lets some thread make one first."""
    number = progress.thread(step)

    def read(machine: Machine) -> Iterator[Progress]:
        for entry in range(len(machine.entries)):
            copy = machine.copy()
            try:
                copy.perform(Read(number, entry))
            except Blocked:
                continue
            attempt = progress.copy(copy)
            attempt.threads[step] = number
            yield attempt

    def makes(configuration: Machine, writer: int) -> Machine | None:
        statement = configuration.threads[writer].process
        if not isinstance(statement, core.Insert) or statement.entry.symbol is not process.table:
            return None
        copy = configuration.copy()
        copy.perform(Advance(writer))
        return copy

    yield from read(progress.machine)
    for found in _explore(progress, number, makes):
        yield from read(found)


def bring_to_phase(progress: Progress) -> None:
    """Advances the threads that the plan does not need by themselves, to where they wait for a phase.

    One copy of each replication, and only copies and threads that reach a phase.
    """
    reserved = progress.reserved()
    waiting = sorted(progress.machine.threads)
    for _ in range(EXPLORED):
        if not waiting:
            return
        number = waiting.pop()
        machine = progress.machine
        process = machine.threads[number].process
        if number in reserved and not isinstance(process, core.Replication):
            continue
        if not isinstance(process, core.Phase | core.Nil) and not _mentions_phase(process):
            continue
        created = machine.next_thread
        match process:
            case core.Parallel() | core.Replication() | core.New() | core.Let() | core.If():
                try:
                    machine.perform(Advance(number))
                except Blocked:
                    continue
                if not isinstance(process, core.Replication):
                    waiting.append(number)
                if created in machine.threads:
                    waiting.append(created)


def _mentions_phase(process: core.Process) -> bool:
    stack = [process]
    while stack:
        current = stack.pop()
        if isinstance(current, core.Phase):
            return True
        stack.extend(core.subprocesses(current))
    return False


def _explore(
    progress: Progress, waiting: int, success: Callable[[Machine, int], Machine | None]
) -> Iterator[Machine]:
    """Lets threads that the plan does not need run, breadth first, until `success` gives a machine."""
    start = progress.machine
    reserved = progress.reserved()
    free = sorted(number for number in start.threads if number != waiting)
    queue = deque((start, number, 0) for number in free)
    explored = 0
    while queue and explored < EXPLORED:
        machine, number, statements = queue.popleft()
        process = machine.threads[number].process
        if number in reserved and not isinstance(process, core.Replication):
            continue
        explored += 1
        try:
            found = success(machine, number)
        except Blocked:
            continue
        if found is not None:
            yield found
        elif statements < STATEMENTS:
            queue.extend([(*moved, statements + 1) for moved in _moved(machine, number, process)])


def _moved(machine: Machine, number: int, process: core.Process) -> Iterator[tuple[Machine, int]]:
    """The machine after the thread has moved by itself, and the threads worth looking at then."""
    copy = machine.copy()
    created = copy.next_thread
    try:
        match process:
            case core.Nil() | core.Get() | core.Phase():
                return
            case core.Input(channel=channel, pattern=pattern):
                if not _known(copy, number, channel):
                    return
                message = fitting_message(copy, number, pattern)
                if message is None:
                    return
                copy.perform(Receive(number, message))
            case core.Output(channel=channel):
                if not _known(copy, number, channel):
                    return
                copy.perform(Send(number))
            case _:
                copy.perform(Advance(number))
    except Blocked:
        return
    if isinstance(process, core.Replication):
        yield copy, created
        return
    if number in copy.threads:
        yield copy, number
    if isinstance(process, core.Parallel):
        yield copy, created


def _known(machine: Machine, number: int, channel: Term) -> bool:
    try:
        return channel_known(machine, number, channel)
    except PlanFails:
        return False
