"""A derivation: how the clauses derive a fact, with every variable replaced by a ground term.

`queries` produces it from the history of a clause; `traces.reconstruction` looks for a trace of the
process that follows it. It is a directed acyclic graph: a fact that is used twice may be one node.

Name patterns: a name made by `new k` under replications is App(Symbol(kind=NAME, "k"), (session ids and
messages received before)). Equal name terms mean the same name, different ones different names. Session
identifiers and attacker-made names are constants App(Symbol(kind=NAME), ()).
"""

from __future__ import annotations

from dataclasses import dataclass

from appliedpi import core
from appliedpi.terms import Symbol, Term


@dataclass(frozen=True, eq=False, slots=True)
class AttackerFact:
    term: Term
    phase: int


@dataclass(frozen=True, eq=False, slots=True)
class MessageFact:
    """`message` was sent on `channel` (a channel the attacker may not know)."""

    channel: Term
    message: Term
    phase: int


@dataclass(frozen=True, eq=False, slots=True)
class TableFact:
    entry: Term
    phase: int


@dataclass(frozen=True, eq=False, slots=True)
class EventFact:
    """`event` was executed. Premises that are events (`begin`) have a `ProcessRule` node too."""

    event: Term


Fact = AttackerFact | MessageFact | TableFact | EventFact


# --- why a fact holds -------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class Initial:
    """The attacker knows it from the start: a public free name, or a name it made itself."""


@dataclass(frozen=True, eq=False, slots=True)
class Application:
    """The attacker applies a constructor or destructor to the premises, in order."""

    symbol: Symbol


@dataclass(frozen=True, eq=False, slots=True)
class Listen:
    """Premises mess(c, m), attacker(c); conclusion attacker(m)."""


@dataclass(frozen=True, eq=False, slots=True)
class Send:
    """Premises attacker(c), attacker(m); conclusion mess(c, m)."""


@dataclass(frozen=True, eq=False, slots=True)
class NextPhase:
    """The same fact one phase earlier."""


@dataclass(frozen=True, eq=False, slots=True)
class Open:
    """The clauses leave open why it holds: a hypothesis that the solver did not resolve, as some thread may
    satisfy it in many ways. Only for MessageFact and TableFact; the search for the trace finds out."""


@dataclass(frozen=True, eq=False, slots=True)
class Passed:
    """One statement on the path from the start of the process to the statement that concludes.

    `process` is the core statement. `session` is set for a Replication (its session identifier), and
    `premise` for an Input or Get: the index in `Node.premises` of the fact that it consumes, or None where
    an input from a channel the attacker controls needs no premise of its own. `branch` tells which
    subprocess was taken (0 body/left, 1 otherwise/right). `bound` is the value of the variable bound by
    a New, the message received by an Input, the entry read by a Get.
    """

    process: core.Process
    branch: int = 0
    session: Term | None = None
    premise: int | None = None
    bound: Term | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ProcessRule:
    """The process reaches `statement` (an Output, Insert or Event), whose effect is the fact, by `path`."""

    statement: core.Process
    path: tuple[Passed, ...]


@dataclass(frozen=True, eq=False, slots=True)
class TestRule:
    """The test of a statement is passed, or skipped with its toggle on. Only in the clauses of a family."""

    statement: core.Skippable
    skipped: bool


Rule = Initial | Application | Listen | Send | NextPhase | Open | ProcessRule | TestRule


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    fact: Fact
    rule: Rule
    premises: tuple[Node, ...]
