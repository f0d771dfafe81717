"""One page for each model: its text with numbered lines, each block under the fragment that emitted it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter

from kbspec.book.chapter import anchor
from kbspec.lexer import ProVerifLexer

MODELS = Path("pv") / "models"
_MARKER = re.compile(
    r"^\(\* fragment (?P<name>[a-z0-9/-]+), chapter (?P<chapter>[a-z0-9-]+)(?P<continued>, continued)? \*\)$"
)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a model from `first` on. `fragment` is None for what kbspec wrote at the top."""

    fragment: str | None
    chapter: str | None
    continued: bool
    first: int
    text: str


def blocks(text: str) -> list[Block]:
    """The blocks of a model, in order; together they are its text without the marker lines."""
    result: list[Block] = []
    lines: list[str] = []
    name: str | None = None
    chapter: str | None = None
    continued, first = False, 1
    for number, line in enumerate(text.splitlines(), 1):
        match = _MARKER.match(line)
        if match is None:
            lines.append(line)
            continue
        result.append(Block(name, chapter, continued, first, "\n".join(lines)))
        name, chapter, continued = match["name"], match["chapter"], match["continued"] is not None
        lines, first = [], number + 1
    result.append(Block(name, chapter, continued, first, "\n".join(lines)))
    return [block for block in result if block.text.strip()]


def users(root: Path) -> dict[str, list[str]]:
    """For each fragment the models that contain it, those without a removed check first."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / MODELS).glob("*.pv"), key=lambda one: (len(one.stem), one.stem)):
        for block in blocks(path.read_text(encoding="utf-8")):
            if block.fragment is not None and path.stem not in found.setdefault(block.fragment, []):
                found[block.fragment].append(path.stem)
    return found


def render_model(text: str, fragments: Mapping[str, str]) -> str:
    """The text of a model as HTML. `fragments` gives the chapter that defines each fragment.

    Every line has the id `line-N`; the block of a fragment has the id of its cell.
    """
    return "\n".join(_block(block, fragments) for block in blocks(text))


def _block(block: Block, fragments: Mapping[str, str]) -> str:
    heading = ""
    identity = ""
    if block.fragment is not None:
        chapter = fragments.get(block.fragment, block.chapter)
        more = ", continued" if block.continued else ""
        name = html.escape(block.fragment)
        heading = (
            f'<header><a class="name" href="../{chapter}.html#{anchor(block.fragment)}">'
            f"<code>{name}</code></a>{more} <span>·</span> chapter {html.escape(str(chapter))}</header>"
        )
        identity = "" if block.continued else f' id="{anchor(block.fragment)}"'
    text = block.text.rstrip("\n")
    skipped = len(text) - len(text.lstrip("\n"))
    first = block.first + skipped
    code = highlight(text.lstrip("\n") + "\n", ProVerifLexer(stripnl=False), HtmlFormatter(nowrap=True))
    lines = "".join(
        f'<span class="line" id="line-{number}"><a href="#line-{number}">{number}</a>{line}\n</span>'
        for number, line in enumerate(code.rstrip("\n").split("\n"), first)
    )
    body = f'<div class="highlight"><pre>{lines}</pre></div>'
    return f'<section class="fragment"{identity}>{heading}{body}</section>'
