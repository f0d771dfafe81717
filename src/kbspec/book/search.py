"""The index that the search of the pages reads: what can be found, and where.

Written as a script, not as data, because a page from a file may not read another file.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kbspec.book.chapter import RenderedChapter
from kbspec.book.definitions import Definition
from kbspec.book.glossary import Term

_HEADING = re.compile(r'<h[1-3] id="([^"]+)">(.*?)</h[1-3]>', re.DOTALL)
_NOT_PROSE = re.compile(r"<(svg|style|script|details)\b.*?</\1>|<a class=\"anchor-link\".*?</a>", re.DOTALL)
_MARKUP = re.compile(r"<[^>]+>")
_MOST = 4000  # characters of a section that are searched


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found: its title, its address from the first page, what it is, the words in it."""

    title: str
    address: str
    kind: str
    text: str


def chapter_entries(chapter: RenderedChapter) -> Iterator[Entry]:
    """One entry for each section and subsection of a chapter, and one for its beginning."""
    body = _NOT_PROSE.sub(" ", chapter.body)
    places = list(_HEADING.finditer(body))
    for match, following in zip(places, [*places[1:], None], strict=True):
        text = _words(body[match.end() : following.start() if following else None])
        address = f"{chapter.chapter.page}#{match[1]}"
        yield Entry(_words(match[2]), address, f"Chapter {chapter.chapter.name[:2]}", text[:_MOST])


def definition_entries(definitions: Iterable[Definition]) -> Iterator[Entry]:
    """One entry for each property, check, assumption and finding."""
    for one in definitions:
        words = [one.statement, one.reason or ""]
        if one.item is not None:
            words += [one.item.text, *map(str, one.item.sources)]
        yield Entry(one.id, one.address, one.kind.capitalize(), " ".join(dict.fromkeys(words)).strip())


def term_entries(terms: Iterable[Term]) -> Iterator[Entry]:
    """One entry for each term of the glossary."""
    for term in terms:
        yield Entry(term.term, f"glossary.html#{term.anchor}", "Term", term.text)


def index_script(entries: Sequence[Entry]) -> str:
    """The index as a script."""
    rows = [[one.title, one.address, one.kind, one.text] for one in entries]
    return f"var kbspecIndex = {_literal(rows)};\n"


def definitions_script(definitions: Mapping[str, Mapping[str, Any]]) -> str:
    """What the cards show, by ID, as a script."""
    return f"var kbspecDefinitions = {_literal(definitions)};\n"


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def _words(markup: str) -> str:
    return " ".join(html.unescape(_MARKUP.sub(" ", markup)).split())
