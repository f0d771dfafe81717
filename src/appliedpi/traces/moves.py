"""The moves of the machine: what a thread, two threads or the attacker can do next."""

from __future__ import annotations

from dataclasses import dataclass

from appliedpi.terms import Symbol


class Blocked(Exception):
    """The semantics does not allow this move in this configuration; the message says why."""


@dataclass(frozen=True, slots=True)
class Advance:
    """A thread executes a statement that needs nobody else (a replication starts one more copy)."""

    thread: int


@dataclass(frozen=True, slots=True)
class Send:
    """A thread outputs on a channel that the attacker knows; the attacker hears the message."""

    thread: int


@dataclass(frozen=True, slots=True)
class Receive:
    """A thread inputs message number `known` of the attacker on a channel that the attacker knows."""

    thread: int
    known: int


@dataclass(frozen=True, slots=True)
class Communicate:
    """`sender` outputs and `receiver` inputs on the same channel, at once."""

    sender: int
    receiver: int


@dataclass(frozen=True, slots=True)
class Read:
    """A thread at a `get` takes table entry number `entry`, or its else-branch (None)."""

    thread: int
    entry: int | None


@dataclass(frozen=True, slots=True)
class Choose:
    """The attacker makes a fresh name of the type."""

    type: str


@dataclass(frozen=True, slots=True)
class Compute:
    """The attacker applies a public constructor or destructor to messages that it knows."""

    symbol: Symbol
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EnterPhase:
    """The global phase becomes the next one; threads that do not wait for a later phase disappear."""


Action = Advance | Send | Receive | Communicate | Read | Choose | Compute | EnterPhase
