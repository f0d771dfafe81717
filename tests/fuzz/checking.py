"""What may happen to an input: it is accepted, or rejected at a place that is in it."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field

from appliedpi import typing
from appliedpi.errors import InputError
from appliedpi.syntax import parse_model

NAME = "input.pv"
SLOW = 5.0  # seconds; texts are a few kilobytes


@dataclass
class Outcome:
    """Counts by outcome, and what went wrong: (number of the input, what)."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)
    slowest: float = 0.0


def rejection_fault(error: InputError, text: str) -> str | None:
    """What is wrong with the rejection, or None: it must name a line and a column of the text."""
    if error.place is None:
        return f"no place: {error.message}"
    lines = re.split(r"\r\n|\r|\n", text)
    if error.place.file != NAME or not 1 <= error.place.line <= len(lines):
        return f"place {error.place} is not in the text: {error.message}"
    if not 1 <= error.place.column <= len(lines[error.place.line - 1]) + 1:
        return f"column of {error.place} is not in the line: {error.message}"
    if not error.message.strip():
        return "no message"
    shown = error.source_line
    if shown is not None and shown.rstrip() != lines[error.place.line - 1].rstrip():
        return f"the line shown for {error.place} is another one"
    str(error)
    return None


def check(number: int, text: str, outcome: Outcome) -> None:
    """Parses and types one text and notes what happened."""
    started = time.perf_counter()
    stage = "parser"
    try:
        model = parse_model(text, NAME)
        stage = "types"
        typing.elaborate(model, [], sources={NAME: text})
        outcome.counts["accepted"] += 1
    except InputError as error:
        outcome.counts[f"rejected by the {stage}"] += 1
        fault = rejection_fault(error, text)
        if fault is not None:
            outcome.failures.append((number, fault))
    except Exception as error:  # noqa: BLE001  a crash is what is looked for
        outcome.failures.append((number, f"{type(error).__name__}: {error}"))
    seconds = time.perf_counter() - started
    outcome.slowest = max(outcome.slowest, seconds)
    if seconds > SLOW:
        outcome.failures.append((number, f"{seconds:.1f} s"))
