"""Executes one step of a plan: the statement, with the message or entry that the plan provides."""

from __future__ import annotations

from appliedpi import core
from appliedpi.terms import Term
from appliedpi.traces.attacker import channel_known, deduce, open_message
from appliedpi.traces.moves import Action, Advance, Blocked, Communicate, Read, Receive, Send
from appliedpi.traces.plan import Step
from appliedpi.traces.progress import PlanFails, Progress


def execute(progress: Progress, step: Step) -> None:
    """Executes a ready step. Raises Blocked where it is not possible now, PlanFails where never."""
    thread = progress.thread(step)
    machine = progress.machine
    current = machine.threads.get(thread)
    if current is None:
        raise PlanFails("the thread has ended")
    process = step.process
    if isinstance(process, core.Parallel | core.Replication):
        _split(progress, step, thread)
        return
    if current.process is not process:
        raise PlanFails("the thread took another branch")
    match process:
        case core.Input():
            _receive(progress, step, thread, process)
        case core.Output():
            _send(progress, step, thread, process)
        case core.Get():
            _read(progress, step, thread)
        case core.Phase():
            raise Blocked("the phase begins for all threads at once")
        case _:
            if isinstance(process, core.Insert):
                progress.inserted[step] = len(machine.entries)
            value = _must(progress, Advance(thread))
            if isinstance(process, core.New) and step.bound is not None and value is not None:
                progress.names.setdefault(step.bound, value)
    if isinstance(process, core.Let | core.If | core.Get):
        expected = process.otherwise if step.branch else process.body
        if machine.threads[thread].process is not expected:
            raise PlanFails("the thread took another branch")
    progress.threads[step] = thread


def _must(progress: Progress, action: Action) -> Term | None:
    """Makes a move that will not become possible later if it is not now."""
    try:
        return progress.machine.perform(action).value
    except Blocked as problem:
        raise PlanFails(str(problem)) from problem


def _split(progress: Progress, step: Step, thread: int) -> None:
    machine, process = progress.machine, step.process
    key = (step.parent, process)
    if key in progress.splits:
        progress.threads[step] = progress.splits[key][1 if step.branch else 0]
        return
    if machine.threads[thread].process is not process:
        raise PlanFails("the thread took another branch")
    new = machine.next_thread
    machine.perform(Advance(thread))
    if isinstance(process, core.Replication):
        progress.threads[step] = new
    else:
        progress.splits[key] = (thread, new)
        progress.threads[step] = progress.splits[key][1 if step.branch else 0]


def _receive(progress: Progress, step: Step, thread: int, process: core.Input) -> None:
    source = step.source
    if isinstance(source, Step):
        number = progress.heard.get(source)
        if source not in progress.threads:
            _hand_over(progress, source, thread, process)
        elif number is not None:
            _receive_known(progress, thread, process, number)
        else:
            raise PlanFails("the message went to somebody else")
    elif source is not None:
        _receive_known(progress, thread, process, deduce(progress, source))
    else:
        _receive_known(progress, thread, process, open_message(progress, step, thread, process))
    if thread not in progress.machine.threads:
        raise PlanFails("the message does not match the pattern of the input")


def _receive_known(progress: Progress, thread: int, process: core.Input, number: int) -> None:
    if not channel_known(progress.machine, thread, process.channel):
        raise Blocked("the attacker does not know the channel")
    _must(progress, Receive(thread, number))


def _hand_over(progress: Progress, source: Step, thread: int, process: core.Input) -> None:
    machine = progress.machine
    sender = progress.thread(source)
    if sender not in machine.threads or machine.threads[sender].process is not source.process:
        raise PlanFails("the thread took another branch")
    if channel_known(machine, thread, process.channel) and not machine.passive:
        number = machine.perform(Send(sender)).known
        assert number is not None
        _receive_known(progress, thread, process, number)
    else:
        number = machine.perform(Communicate(sender, thread)).known
    progress.heard[source] = number
    progress.threads[source] = sender


def _send(progress: Progress, step: Step, thread: int, process: core.Output) -> None:
    machine = progress.machine
    waits = step.consumer is not None and step.consumer not in progress.threads
    if waits and machine.passive:
        raise Blocked("the message waits for its reader")
    for listener in step.listeners:
        deduce(progress, listener)
    if not channel_known(machine, thread, process.channel):
        raise Blocked("the attacker does not know the channel, and nobody reads from it")
    progress.heard[step] = machine.perform(Send(thread)).known


def _read(progress: Progress, step: Step, thread: int) -> None:
    machine = progress.machine
    if step.branch:
        machine.perform(Read(thread, None))
    elif isinstance(step.source, Step):
        machine.perform(Read(thread, progress.inserted[step.source]))
    else:
        for number in range(len(machine.entries)):
            try:
                machine.perform(Read(thread, number))
                return
            except Blocked:
                continue
        raise Blocked("no entry of the table matches")
