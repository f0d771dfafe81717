"""How wide a text is, and how to break it into lines.

Measured with the DejaVu fonts that matplotlib brings, unhinted, so that a picture has the same layout on
every machine. They are wider than the sans-serif fonts a reader's system will choose, so what fits here
fits there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.ft2font import FT2Font, LoadFlags

FONT_FILES = {"sans": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf", "mono": "DejaVuSansMono.ttf"}
ELLIPSIS = "…"


def font_path(face: str) -> Path:
    """The font file of a face: `sans`, `bold` or `mono`."""
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / FONT_FILES[face]


@cache
def _font(face: str) -> FT2Font:
    font = FT2Font(str(font_path(face)))
    font.set_size(100, 72)
    return font


@cache
def _advance(face: str, character: str) -> float:
    """The width of a character at size 1."""
    glyph = _font(face).load_char(ord(character), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536 / 100


def width(text: str, face: str, size: float) -> float:
    """The width of one line of text in pixels."""
    return sum(_advance(face, character) for character in text) * size


# Where a line may end: after a space or a comma; in what is still too long, after an opening parenthesis.
_WORDS = re.compile(r"[^\s,]*[\s,]+|[^\s,]+")
_PARTS = re.compile(r"[^(]*\(+|[^(]+")


def wrap(text: str, limit: float, face: str, size: float, lines: int) -> list[str]:
    """`text` in at most `lines` lines of at most `limit` pixels; what does not fit ends in an ellipsis."""
    broken: list[str] = []
    current = ""
    for piece in _pieces(text, limit, face, size):
        if current and width((current + piece).rstrip(), face, size) > limit:
            broken.append(current.rstrip())
            current = ""
            if len(broken) > lines:  # the rest will not be shown
                break
        current += piece
    if current.strip():
        broken.append(current.rstrip())
    if len(broken) <= lines:
        return broken
    last = broken[lines - 1]
    while last and width(last + ELLIPSIS, face, size) > limit:
        last = last[:-1]
    return [*broken[: lines - 1], last.rstrip(" ,") + ELLIPSIS]


def _pieces(text: str, limit: float, face: str, size: float) -> Iterator[str]:
    """What may not be broken further, each piece within the limit."""
    for word in _WORDS.findall(" ".join(text.split())):
        if width(word.rstrip(), face, size) <= limit:
            yield word
            continue
        for part in _PARTS.findall(word):
            while width(part.rstrip(), face, size) > limit:
                cut = _fitting(part, limit, face, size)
                yield part[:cut]
                part = part[cut:]
            yield part


def _fitting(piece: str, limit: float, face: str, size: float) -> int:
    """How many characters of `piece` fit, at least one so that the caller advances."""
    total = 0.0
    for index, character in enumerate(piece):
        total += _advance(face, character) * size
        if total > limit:
            return max(1, index)
    return len(piece)
