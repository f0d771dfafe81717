"""The attacker's part of a plan: its deductions as moves of the machine, and messages left open."""

from __future__ import annotations

from appliedpi import core
from appliedpi.builtin import FAIL_TERM
from appliedpi.terms import Kind, Term
from appliedpi.traces.interpreter import Machine
from appliedpi.traces.knowledge import derive, fresh
from appliedpi.traces.moves import Blocked, Compute
from appliedpi.traces.plan import Deduction, Sent, Step
from appliedpi.traces.progress import PlanFails, Progress


def deduce(progress: Progress, deduction: Deduction) -> int:
    """Executes an available deduction and all that it builds on; the number of the message."""
    stack = [deduction]
    while stack:
        current = stack[-1]
        missing = [premise for premise in current.premises if premise not in progress.known]
        if current in progress.known:
            stack.pop()
        elif missing:
            stack.extend(reversed(missing))
        else:
            progress.known[current] = _conclude(progress, current)
    return progress.known[deduction]


def reach_goals(progress: Progress) -> None:
    """Executes the deductions that are goals as soon as they are available.

    Early, because the conclusion of the query must then not happen before them.
    """
    for goal in progress.plan.goals:
        wanted = (goal.channel, goal.message) if isinstance(goal, Sent) else (goal,)
        for deduction in wanted:
            if isinstance(deduction, Deduction) and progress.available(deduction):
                deduce(progress, deduction)


def _conclude(progress: Progress, deduction: Deduction) -> int:
    machine = progress.machine
    if deduction.heard is not None:
        number = progress.heard.get(deduction.heard)
    elif deduction.symbol is not None and deduction.symbol.kind is not Kind.NAME:
        arguments = tuple([progress.known[premise] for premise in deduction.premises])
        try:
            number = machine.perform(Compute(deduction.symbol, arguments)).known
        except Blocked:
            number = _otherwise(progress, deduction.term)
    else:
        term = progress.same.get(deduction.term, deduction.term)
        number = machine.known.get(term)
        if number is None:
            number = _otherwise(progress, term)
    if number is None:
        raise PlanFails("a computation of the attacker fails")
    return number


def _otherwise(progress: Progress, term: Term) -> int | None:
    """The number of the message that a term of the derivation stands for, by any computation."""
    value = translate(progress, term)
    return None if value is None else derive(progress.machine, value)


def translate(progress: Progress, term: Term) -> Term | None:
    """The message of this execution that a term of the derivation stands for, or None.

    A name that no restriction made is a name of the attacker. Recursion follows the term.
    """
    machine = progress.machine
    term = progress.same.get(term, term)
    assert term.symbol is not None
    if term.symbol.kind is Kind.NAME:
        value = progress.names.get(term)
        if value is not None:
            return value
        if term in machine.known or term.symbol in machine.model.free_names:
            return term
        if term.args or term.symbol.private:
            return None
        value = machine.knowledge[fresh(machine, term.symbol.result_type)].value
        progress.names[term] = value
        return value
    arguments = []
    for argument in term.args:
        translated = translate(progress, argument)
        if translated is None:
            return None
        arguments.append(translated)
    value = machine.algebra.apply(term.symbol, tuple(arguments))
    return None if value is FAIL_TERM else value


def open_message(progress: Progress, step: Step, thread: int, process: core.Input) -> int:
    """A message for an input whose message the derivation leaves open. Raises Blocked without one."""
    number = None
    if step.bound is not None:
        number = _otherwise(progress, step.bound)
    if number is None:
        number = fitting_message(progress.machine, thread, process.pattern)
    if number is None:
        raise Blocked("no message for this input")
    return number


def fitting_message(machine: Machine, thread: int, pattern: core.Pattern) -> int | None:
    """The number of a message of the attacker that matches the pattern, or None."""
    value = _fitting(machine, thread, pattern)
    return None if value is None else derive(machine, value)


def _fitting(machine: Machine, thread: int, pattern: core.Pattern) -> Term | None:
    """A message that matches the pattern, made of names of the attacker where it is free."""
    match pattern:
        case core.PatternVariable(variable):
            return machine.knowledge[fresh(machine, variable.type)].value
        case core.PatternEqual(term):
            try:
                return machine.evaluate_message(machine.threads[thread], term)
            except Blocked:
                return None
        case core.PatternData(symbol, arguments):
            parts = []
            for argument in arguments:
                part = _fitting(machine, thread, argument)
                if part is None:
                    return None
                parts.append(part)
            return machine.algebra.construct(symbol, tuple(parts))


def channel_known(machine: Machine, thread: int, channel: Term) -> bool:
    """Whether the attacker knows the channel; performs the computation where it takes one.

    Raises PlanFails where the channel has no value: the thread is stuck for ever.
    """
    try:
        value = machine.evaluate_message(machine.threads[thread], channel)
    except Blocked as problem:
        raise PlanFails(str(problem)) from problem
    return value in machine.known or derive(machine, value) is not None
