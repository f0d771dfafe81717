"""Occurrence numbers: every statement of the final process gets its own.

The statements that ProVerif numbers get its numbers: 1, 2, ... in pre-order. ProVerif gives none to `0` and
`|`; here these are numbered after all the others, so that what a reader sees agrees with ProVerif's `{n}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from appliedpi.core import (
    Event,
    Get,
    If,
    Input,
    Insert,
    Let,
    New,
    Nil,
    Output,
    Parallel,
    Phase,
    Process,
    Replication,
    Skippable,
    subprocesses,
)


def preorder(process: Process) -> list[Process]:
    """Every statement, each before its subprocesses, these in reading order."""
    found: list[Process] = []
    stack = [process]
    while stack:
        current = stack.pop()
        found.append(current)
        stack.extend(reversed(subprocesses(current)))
    return found


def depth(process: Process) -> int:
    """The length of the longest chain of nested statements."""
    deepest = 0
    stack = [(process, 1)]
    while stack:
        current, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend([(inner, level + 1) for inner in subprocesses(current)])
    return deepest


def last_phase(process: Process) -> int:
    """The highest phase that the process enters."""
    return max([0, *[statement.number for statement in preorder(process) if isinstance(statement, Phase)]])


def numbered(process: Process) -> Process:
    """The same process with occurrences. The argument must be a tree: no statement may occur twice in it."""
    statements = preorder(process)
    ordered = sorted(statements, key=lambda statement: isinstance(statement, Nil | Parallel))  # stable
    number = {id(statement): position for position, statement in enumerate(ordered, start=1)}
    assert len(number) == len(statements)
    return rebuild(process, lambda old, new: replace(new, occurrence=number[id(old)]))


def rebuild(process: Process, change: Callable[[Process, Process], Process]) -> Process:
    """The process rebuilt from its leaves: each statement becomes `change(old, new)`, where `new` is the old
    statement around its rebuilt subprocesses."""
    finished: list[Process] = []
    for old in reversed(preorder(process)):
        # In reversed pre-order, the rebuilt subprocesses lie on top of `finished`, the first uppermost.
        inner = [finished.pop() for _ in subprocesses(old)]
        finished.append(change(old, _around(old, inner)))
    return finished.pop()


def _around(process: Process, inner: list[Process]) -> Process:
    match process:
        case Nil():
            return process
        case Parallel():
            return replace(process, left=inner[0], right=inner[1])
        case Let() | If() | Get():
            return replace(process, body=inner[0], otherwise=inner[1])
        case Replication() | New() | Input() | Output() | Event() | Insert() | Phase() | Skippable():
            return replace(process, body=inner[0])
        case _:
            raise AssertionError(f"unknown process {process!r}")
