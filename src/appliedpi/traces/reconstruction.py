"""From a derivation to an attack: plan, execute, check, replay, narrate.

ProVerif looks for the trace by a search over all the reductions that the derivation justifies (Allamigeon and
Blanchet 2005, "Reconstruction of attacks against cryptographic protocols"). Here the derivation is first
read as a plan, and the search ranges over the ways to read it: how rules share the copies of a process
(`plan`), the order of the steps where it matters (`scheduler`), and, for an injective query, which
thread runs once more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

from appliedpi import core
from appliedpi.errors import LimitExceeded
from appliedpi.terms import App, Term
from appliedpi.traces import derivation
from appliedpi.traces.ground import is_name
from appliedpi.traces.injective import Violation
from appliedpi.traces.interpreter import Machine, replay
from appliedpi.traces.merging import merged
from appliedpi.traces.moves import Blocked
from appliedpi.traces.narration import narrate
from appliedpi.traces.plan import Choices, NoPlan, Plan
from appliedpi.traces.planner import Planner
from appliedpi.traces.scheduler import Budget, run
from appliedpi.traces.trace import Trace
from appliedpi.traces.values import Algebra
from appliedpi.traces.violation import violates

DEFAULT_BUDGET = 20_000
PLAN_LIMIT = 200  # readings of one derivation
STEPS_PER_PLAN = 4_000
IDENTIFIED = 8  # names of the attacker that are made to coincide with others


def reconstruct(
    model: core.Model,
    query: core.Query,
    goals: Sequence[derivation.Node],
    *,
    budget: int = DEFAULT_BUDGET,
) -> Trace | None:
    """An execution of the model that violates the query, found by following the derivations, or None.

    `goals` are the derivations of the query's premises, which happen in one execution; for an injective
    query there may be two for a premise. `budget` bounds the statements executed over all attempts. The
    trace has been replayed from the start, and the replayed execution violates the query.
    """
    algebra = Algebra(model)
    start = Machine.start(model, algebra)
    left = Budget(budget)
    keeping = (False, True) if model.last_phase else (False,)
    try:
        for plan in _all_plans(model, query, goals):
            for same, keep in itertools.product(_identifications(model, query, plan), keeping):
                allowance = Budget(min(STEPS_PER_PLAN, left.steps))
                before = allowance.steps
                finished = False
                for progress in run(plan, start.copy(), allowance, same, keep=keep):
                    finished = True
                    trace = _confirm(model, query, progress.machine)
                    if trace is not None:
                        return trace
                left.steps -= before - allowance.steps
                if left.steps <= 0:
                    return None
                if not finished and keep is keeping[-1]:
                    break
    except (LimitExceeded, RecursionError):
        return None  # a message grew without bound: no trace along this derivation
    return None


def _all_plans(
    model: core.Model, query: core.Query, goals: Sequence[derivation.Node]
) -> Iterator[Plan]:
    """Plans for the derivation whose rules agree, if it takes something to agree, then for the original."""
    agreed = merged(model, goals)
    derivations = [goals] if agreed is None else [agreed, goals]
    for leave_open in (False, True):
        for nodes in derivations:
            yield from _plans(model, query, nodes, leave_open)


def _plans(
    model: core.Model, query: core.Query, goals: Sequence[derivation.Node], leave_open: bool
) -> Iterator[Plan]:
    """The plans to try, those that deviate least from the derivation first.

    For an injective query a further decision is which goal, if any, happens once more.
    """
    again = [node for node in goals if isinstance(node.rule, derivation.ProcessRule)]
    if not any(isinstance(premise, core.QueryEvent) and premise.injective for premise in query.premises):
        again = []
    waiting: list[tuple[int, int, tuple[int, ...]]] = [(0, 0, ())]
    pushed = 1
    for _ in range(PLAN_LIMIT):
        if not waiting:
            return
        deviations, _, prescribed = heappop(waiting)
        choices = Choices(prescribed)
        passive = model.settings.get("attacker") == "passive"
        planner = Planner(choices, passive=passive, leave_open=leave_open)
        try:
            repeated = choices.choose(1 + len(again))
            for goal in goals:
                planner.add_goal(goal)
            if repeated:
                planner.plan.goals.append(planner.another_copy(again[repeated - 1]))
            yield planner.plan
        except NoPlan:
            pass
        for deviation in choices.deviations():
            heappush(waiting, (deviations + 1, pushed, deviation))
            pushed += 1


def _identifications(model: core.Model, query: core.Query, plan: Plan) -> Iterator[dict[Term, Term]]:
    """Ways to make names of the attacker coincide with each other or with public names.

    A derivation is as general as possible: its arbitrary messages are different names. Where the query
    concludes that messages differ, the counter-example is the instance in which they are equal.
    """
    yield {}
    if not _requires_difference(query.conclusion):
        return
    free = set(model.free_names)
    made = [
        deduction.term for deduction in plan.deductions
        if deduction.symbol is None and deduction.heard is None and deduction.term.symbol not in free
    ]  # fmt: skip
    made = [term for term in made if is_name(term)][:IDENTIFIED]
    public = [App(name) for name in model.free_names if not name.private]
    for position, name in enumerate(made):
        for other in (*made[:position], *public):
            yield {name: other}


def _requires_difference(formula: core.Formula) -> bool:
    stack: list[core.Formula] = [formula]
    while stack:
        current = stack.pop()
        match current:
            case core.QueryComparison(operator="<>"):
                return True
            case core.Conjunction(parts) | core.Disjunction(parts):
                stack.extend(parts)
            case core.Nested(_, conclusion):
                stack.append(conclusion)
    return False


def _confirm(model: core.Model, query: core.Query, machine: Machine) -> Trace | None:
    """The trace, if the execution violates the query and respects the restrictions, replayed."""
    if _violation(model, query, machine) is None:
        return None
    try:
        again = replay(model, machine.actions)
    except Blocked:
        return None
    violation = _violation(model, query, again)
    return None if violation is None else narrate(query, again, violation)


def _violation(model: core.Model, query: core.Query, machine: Machine) -> Violation | None:
    for assumption in model.assumptions:
        if assumption.kind == "restriction" and violates(assumption.query, machine) is not None:
            return None
    return violates(query, machine)
