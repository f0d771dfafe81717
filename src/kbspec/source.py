"""The lexical structure of ProVerif text: words, symbols, strings and comments, with their positions.

Only what a reader of *text* needs: to find structured comments, the end of a declaration, the keyword
`process`. What the text means is for `appliedpi.syntax`. Comments nest, as in ProVerif.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_START = re.compile(
    r"""(?P<comment>\(\*) | (?P<string>"(?:[^"\\\n]|\\.)*"?) | (?P<word>@?[A-Za-z_][A-Za-z0-9_']*)
      | (?P<number>[0-9]+) | (?P<space>\s+)
      | (?P<symbol>==>|<->|<-R|<-|->|<=|>=|<>|&&|\|\||.)""",
    re.VERBOSE,
)
_DELIMITER = re.compile(r"\(\*|\*\)")


@dataclass(frozen=True, slots=True)
class Token:
    """`text[start:end]` is a "word", "number", "string", "symbol", "space" or "comment"."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """Every token from offset `start`, white space and comments included: joined they are the text."""
    position = start
    while position < len(text):
        match = _START.match(text, position)
        assert match is not None and match.lastgroup is not None
        end = match.end()
        if match.lastgroup == "comment":
            end = _comment_end(text, position)
        yield Token(match.lastgroup, text[position:end], position)
        position = end


def significant(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens that mean something: no white space, no comments."""
    return (token for token in tokens(text, start) if token.kind not in ("space", "comment"))


def _comment_end(text: str, start: int) -> int:
    depth = 0
    for match in _DELIMITER.finditer(text, start):
        depth += 1 if match.group() == "(*" else -1
        if depth == 0:
            return match.end()
    return len(text)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


def offset_of(text: str, line: int, column: int) -> int:
    """The offset of a line and column (from 1)."""
    start = 0
    for _ in range(line - 1):
        start = text.index("\n", start) + 1
    return start + column - 1
