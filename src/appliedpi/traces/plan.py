"""A plan: which threads run, how far, and what each input receives.

A tree of steps, one per statement to execute, and a list of deductions of the attacker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from appliedpi import core
from appliedpi.terms import Symbol, Term


class NoPlan(Exception):
    """The derivation cannot be planned with the choices made."""


class Choices:
    """A sequence of decisions, the first ones prescribed, the others the first option."""

    def __init__(self, prescribed: Sequence[int] = ()) -> None:
        self._prescribed = tuple(prescribed)
        self.taken: list[int] = []
        self._sizes: list[int] = []

    def choose(self, options: int) -> int:
        """One of 0..options-1."""
        if options < 1:
            raise NoPlan("no option left")
        position = len(self.taken)
        choice = self._prescribed[position] if position < len(self._prescribed) else 0
        choice = min(choice, options - 1)
        self.taken.append(choice)
        self._sizes.append(options)
        return choice

    def deviations(self) -> Iterator[tuple[int, ...]]:
        """The prescriptions that take one more decision differently, after the last prescribed one.

        From the empty prescription, repeated, this enumerates every combination once.
        """
        for position in range(len(self._prescribed), len(self.taken)):
            for option in range(1, self._sizes[position]):
                yield (*self.taken[:position], option)


@dataclass(eq=False, slots=True, repr=False)
class Step:
    """One statement to execute, after `parent` in the same thread (or the thread that `parent` starts).

    `source` is what an Input receives or a Get reads: a Deduction, the Step of the Output or Insert, or
    None where it is open. `listeners` must be deduced before an Output is executed: the channel.
    `consumer` is the Input that takes the message of an Output from a channel the attacker may not know.
    """

    number: int
    parent: Step | None
    process: core.Process
    branch: int
    phase: int
    session: Term | None = None
    bound: Term | None = None
    source: Deduction | Step | None = None
    listeners: list[Deduction] = field(default_factory=list)
    consumer: Step | None = None
    children: list[Step] = field(default_factory=list)


@dataclass(eq=False, slots=True, repr=False)
class Deduction:
    """The attacker gets a message: by `symbol` from `premises`, from `heard`, or as the name `term`."""

    number: int
    term: Term
    symbol: Symbol | None = None
    premises: tuple[Deduction, ...] = ()
    heard: Step | None = None


@dataclass(eq=False, slots=True)
class Sent:
    """The attacker sends `message` on `channel`."""

    channel: Deduction
    message: Deduction


@dataclass(eq=False, slots=True)
class Unknown:
    """Some thread does it, or the attacker: the derivation does not say."""


Effect = Step | Deduction | Sent | Unknown
@dataclass(eq=False)
class Plan:
    steps: list[Step] = field(default_factory=list)
    deductions: list[Deduction] = field(default_factory=list)
    goals: list[Effect] = field(default_factory=list)
