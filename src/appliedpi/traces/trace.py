"""A trace: what happened, step by step, in an execution of the process that the interpreter replayed.

Plain data. The verdict table, the numbered listing and the sequence chart are projections of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from appliedpi.core import Tag

# What a step does:
#   "input"     a thread receives `terms[0]` on `channel`; `sender` is the number of the step that sent it,
#               or None where the attacker made it
#   "output"    a thread sends `terms[0]` on `channel`
#   "event"     a thread executes the event `terms[0]`
#   "insert", "get"   a thread writes or reads the table entry `terms[0]`
#   "new"       a thread makes the name `terms[0]`
#   "attacker"  the attacker computes `terms[0]` from what it knows (`text` says how)
#   "phase"     the execution enters the next phase


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step. `thread` numbers the copy of a process that acts, from 1; 0 is the attacker.

    `occurrence`, `line` and `column` say which statement of the model acts (0 for the attacker); `tags`
    are its structured comments. `terms` and `channel` are printed with names numbered per session
    (`k_2`). `text` is the step as one sentence.
    """

    number: int
    kind: str
    thread: int
    occurrence: int
    line: int
    column: int
    tags: tuple[Tag, ...]
    channel: str | None
    terms: tuple[str, ...]
    sender: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps in order, and in `goal` one sentence saying what they show about the query."""

    steps: tuple[TraceStep, ...]
    goal: str

    def to_json(self) -> str:
        """The trace as JSON, keys in a fixed order, one trailing newline."""
        steps = [
            {
                "number": step.number,
                "kind": step.kind,
                "thread": step.thread,
                "occurrence": step.occurrence,
                "line": step.line,
                "column": step.column,
                "tags": [{"kind": tag.kind, "text": tag.text} for tag in step.tags],
                "channel": step.channel,
                "terms": list(step.terms),
                "sender": step.sender,
                "text": step.text,
            }
            for step in self.steps
        ]
        return json.dumps({"goal": self.goal, "steps": steps}, indent=1, ensure_ascii=False) + "\n"

    def __str__(self) -> str:
        lines = [f"{step.number:3}. {step.text}" for step in self.steps]
        return "\n".join([*lines, self.goal])
