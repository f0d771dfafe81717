"""What a configuration of the machine consists of, and the record of how it came about."""

from __future__ import annotations

from dataclasses import dataclass

from appliedpi import core
from appliedpi.terms import Term
from appliedpi.traces.moves import Action
from appliedpi.traces.values import Environment


@dataclass(frozen=True, eq=False, slots=True)
class Thread:
    """A process with values for its variables. `copies` numbers the replication copies it is in."""

    number: int
    process: core.Process
    environment: Environment
    copies: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A message the attacker knows since move `time`, by the move `origin` (None at the start)."""

    value: Term
    time: int
    phase: int
    origin: Action | None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A term that a statement made happen at move `time`: an event, a table entry, a message on `channel`."""

    value: Term
    time: int
    phase: int
    thread: int
    channel: Term | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Creation:
    """How a name came to be: its restriction, the values in scope and the copies around it."""

    restriction: core.New
    environment: Environment
    copies: tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Record:
    """What one move did, for the narration: statement executed, acting thread, message and channel."""

    action: Action
    thread: int
    process: core.Process | None = None
    value: Term | None = None
    channel: Term | None = None
    known: int | None = None  # index in `Machine.knowledge` of a message that the attacker heard or made
    output: core.Output | None = None  # the sender's statement, where `process` is the receiver's
    started: int | None = None  # the new thread of a parallel composition or replication
