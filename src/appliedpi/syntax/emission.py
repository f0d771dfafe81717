"""Printing without recursion: text, and pieces that expand into text and further pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

_DEEPEST_INDENTATION: Final = 40  # deeper, a line would be mostly blank


class Piece(Protocol):
    """Something that is printed as a sequence of strings and of other pieces."""

    def expand(self) -> Sequence[str | Piece]: ...


def emit(pieces: Iterable[str | Piece]) -> str:
    """The text of the pieces, one after the other."""
    todo: list[str | Piece] = list(pieces)[::-1]
    text: list[str] = []
    while todo:
        piece = todo.pop()
        if isinstance(piece, str):
            if piece.startswith("*") and text and text[-1].endswith("("):
                text.append(" ")  # `(*x` would begin a comment
            if piece:
                text.append(piece)
        else:
            todo.extend(reversed(piece.expand()))
    return "".join(text)


def separated(pieces: Iterable[str | Piece], separator: str = ", ") -> list[str | Piece]:
    """The pieces with the separator between them."""
    result: list[str | Piece] = []
    for piece in pieces:
        if result:
            result.append(separator)
        result.append(piece)
    return result


def newline(indentation: int) -> str:
    """The end of a line, and the blanks in front of the next one."""
    return "\n" + "  " * min(indentation, _DEEPEST_INDENTATION)


def options(names: Sequence[str]) -> str:
    """`[a, b]` with a blank in front, or nothing."""
    return f" [{', '.join(names)}]" if names else ""


def dependencies(names: Sequence[str] | None) -> str:
    """`[x, y]` of a restriction or an event; nothing where it is not written."""
    return "" if names is None else f"[{', '.join(names)}]"
