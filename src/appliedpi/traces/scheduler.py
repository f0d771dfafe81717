"""Executes a plan on the machine: chooses which step comes next, and backtracks where order matters.

The order of most steps is immaterial. It matters for the else-branch of a `get` (no matching entry may be
there yet) and where a partner must be found that the plan does not name, so only those are choice
points of the search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from appliedpi import core
from appliedpi.terms import Symbol, Term
from appliedpi.traces.attacker import reach_goals
from appliedpi.traces.execution import execute
from appliedpi.traces.interpreter import Machine
from appliedpi.traces.moves import Blocked, EnterPhase
from appliedpi.traces.partners import bring_to_phase, needs_partner, partnered
from appliedpi.traces.plan import Plan, Step
from appliedpi.traces.progress import PlanFails, Progress

SEARCH_COST: Final = 20  # steps that the search for a partner counts as


@dataclass
class Budget:
    """How many steps may still be executed, over all the attempts for one query."""

    steps: int

    def spend(self) -> bool:
        self.steps -= 1
        return self.steps >= 0


def run(
    plan: Plan, machine: Machine, budget: Budget, same: Mapping[Term, Term], *, keep: bool = False
) -> Iterator[Progress]:
    """Every finished execution of the plan that the search finds, the usual order first.

    `same` replaces names that the attacker makes by other terms that it has. `keep`: when a phase ends,
    threads that the plan does not need are brought to where they wait for a later phase.
    """
    contested = _contested_tables(plan)
    stack = [Progress(machine, plan, same=same)]
    while stack:
        progress = stack.pop()
        try:
            outcome = _run_to_choice(progress, contested, budget, keep)
        except PlanFails:
            continue
        if outcome is None:
            yield progress
        else:
            stack.extend(reversed(outcome))
        if budget.steps < 0:
            return


def _contested_tables(plan: Plan) -> set[Symbol]:
    """The tables in which some step finds no entry: their entries must not be made too early."""
    steps = [(step.process, step.branch) for step in plan.steps]
    return {process.table for process, branch in steps if isinstance(process, core.Get) and branch}


def _urgency(step: Step, contested: set[Symbol]) -> tuple[int, int]:
    """The usual order: look for absent entries first, make those entries last, otherwise as planned."""
    match step.process:
        case core.Get() if step.branch:
            return (0, step.number)
        case core.Insert(entry=entry) if entry.symbol in contested:
            return (2, step.number)
        case _:
            return (1, step.number)


def _order_matters(step: Step, contested: set[Symbol]) -> bool:
    match step.process:
        case core.Insert(entry=entry):
            return entry.symbol in contested
        case core.Get():
            return step.branch == 1
        case _:
            return False


def _run_to_choice(
    progress: Progress, contested: set[Symbol], budget: Budget, keep: bool
) -> list[Progress] | None:
    """Runs until the order matters and returns the continuations; None where the plan is finished."""
    while True:
        reach_goals(progress)
        ready = [step for step in progress.pending() if progress.ready(step)]
        ready.sort(key=lambda step: _urgency(step, contested))
        if _execute_one(progress, ready, contested, budget):
            continue
        if budget.steps < 0:
            return []
        outcomes: list[Progress] = []
        for step in ready:
            if budget.spend():
                outcomes.extend(_alternatives(progress, step, contested, budget))
        if outcomes:
            return outcomes
        if not progress.pending():
            return None
        _next_phase(progress, keep)


def _execute_one(progress: Progress, ready: list[Step], contested: set[Symbol], budget: Budget) -> bool:
    """Executes the first step that is possible and whose order does not matter."""
    for step in ready:
        if _order_matters(step, contested) or needs_partner(progress, step):
            continue
        if not budget.spend():
            return False
        try:
            execute(progress, step)
        except Blocked:
            continue
        return True
    return False


def _alternatives(
    progress: Progress, step: Step, contested: set[Symbol], budget: Budget
) -> Iterator[Progress]:
    if needs_partner(progress, step):
        budget.steps -= SEARCH_COST
        yield from partnered(progress, step)
    elif _order_matters(step, contested):
        attempt = progress.copy()
        try:
            execute(attempt, step)
        except (Blocked, PlanFails):
            return
        yield attempt


def _next_phase(progress: Progress, keep: bool) -> None:
    machine = progress.machine
    left = progress.pending()
    if any(step.phase <= machine.phase for step in left):
        raise PlanFails("no step of the plan is possible")
    if keep:
        bring_to_phase(progress)
    machine.perform(EnterPhase())
    for step in left:
        process = step.process
        if isinstance(process, core.Phase) and process.number == machine.phase:
            if not progress.parent_done(step) or progress.thread(step) not in machine.threads:
                raise PlanFails("a thread misses the phase")
            progress.threads[step] = progress.thread(step)
