"""The errors that a user may see, each with its place and, where there is one, its cure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A point in a source text: file name as the user gave it, line and column counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class AppliedPiError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(AppliedPiError):
    """The model is not acceptable: says where (`place`), what is wrong (`message`), what to do (`advice`).

    `source_line` is the offending line of text, shown with a caret under the column.
    """

    def __init__(
        self,
        message: str,
        place: Place | None = None,
        source_line: str | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.source_line = source_line
        self.advice = advice

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        lines = [f"{where}error: {self.message}"]
        if self.source_line is not None and self.place is not None:
            lines += _excerpt(self.source_line, self.place.column)
        if self.advice:
            lines.append(f"  advice: {self.advice}")
        return "\n".join(lines)


class LimitExceeded(AppliedPiError):
    """Verification stopped at a time, memory or term-depth limit; nothing was concluded."""


_WIDTH = 100


def _excerpt(line: str, column: int) -> list[str]:
    """The line with a caret under `column`; of a very long line, only the part around the column."""
    start = max(0, column - 1 - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[start : start + _WIDTH].replace("\t", " ")
    return [f"  {shown}", "  " + " " * (column - 1 - start) + "^"]
