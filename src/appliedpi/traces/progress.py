"""How far the execution of a plan has come: a machine, and what in it corresponds to the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliedpi import core
from appliedpi.terms import Term
from appliedpi.traces.interpreter import Machine
from appliedpi.traces.plan import Deduction, Plan, Step


class PlanFails(Exception):
    """The execution does not follow the plan, whatever the order of the steps that are left."""


@dataclass(eq=False)
class Progress:
    """A machine and which parts of the plan it has executed.

    `threads` has the thread that continues after each executed step; `splits` the two threads of each
    executed parallel composition; `known` the numbers of the messages deduced and `heard` those of the
    messages output (None where the attacker did not hear it); `inserted` the numbers of table entries;
    `names` the name of the machine for each name of the derivation, and `same` what a name that the
    attacker makes is replaced by.
    """

    machine: Machine
    plan: Plan
    threads: dict[Step, int] = field(default_factory=dict)
    splits: dict[tuple[Step | None, core.Process], tuple[int, int]] = field(default_factory=dict)
    known: dict[Deduction, int] = field(default_factory=dict)
    heard: dict[Step, int | None] = field(default_factory=dict)
    inserted: dict[Step, int] = field(default_factory=dict)
    names: dict[Term, Term] = field(default_factory=dict)
    same: Mapping[Term, Term] = field(default_factory=dict)

    def copy(self, machine: Machine | None = None) -> Progress:
        """The same progress on a copy of the machine, or on another machine that includes it."""
        return Progress(
            self.machine.copy() if machine is None else machine, self.plan, dict(self.threads),
            dict(self.splits), dict(self.known), dict(self.heard), dict(self.inserted), dict(self.names),
            self.same,
        )  # fmt: skip

    def pending(self) -> list[Step]:
        """The steps that are not executed yet, in the order of the plan."""
        return [step for step in self.plan.steps if step not in self.threads]

    def parent_done(self, step: Step) -> bool:
        return step.parent is None or step.parent in self.threads

    def thread(self, step: Step) -> int:
        """The thread that is to execute the step."""
        return 1 if step.parent is None else self.threads[step.parent]

    def reserved(self) -> set[int]:
        """The threads that the plan still needs."""
        return {self.thread(step) for step in self.pending() if self.parent_done(step)}

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
        if isinstance(step.source, Step) and step.source not in self.threads:
            # A message that is handed over: both threads stand at the communication.
            handed_over = step.source.consumer is step and step.source.phase == step.phase
            return handed_over and self.parent_done(step.source)
        return True

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
