"""Links from each mention of an ID, and of a section that a tag cites, in the HTML of a page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Mapping

from kbspec.bibliography import parse_citations

# A tag with its attributes, whose values may hold ">"; a picture as a whole.
_PIECES = re.compile(r"(<svg\b.*?</svg>|<!--.*?-->|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)", re.DOTALL)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)")
_ID = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+(?![\w-])")
_CITATION = re.compile(r'<span class="ge">\[([^\]<]+)\]</span>')
# What is a link already, or whose text is not for readers.
_CLOSED = frozenset({"a", "button", "script", "style", "title", "textarea"})


def with_definitions(page: str, addresses: Mapping[str, str], top: str = "") -> str:
    """HTML in which each mention of an ID leads to its definition.

    `addresses` gives the address of each definition as seen from the first page, `top` the way there.
    """

    def linked(match: re.Match[str]) -> str:
        address = addresses.get(match[0])
        return match[0] if address is None else f'<a class="id" href="{top}{address}">{match[0]}</a>'

    return _outside_links(page, lambda text: _ID.sub(linked, text))


def with_citations(
    page: str, sections: Mapping[str, Collection[str]], address: Callable[[str, str], str]
) -> str:
    """HTML in which what stands between the brackets of a tag leads to all that cites the same section.

    `sections` are those that are listed, by the key of their document; `address` gives where.
    """

    def linked(match: re.Match[str]) -> str:
        shown = []
        for citation in parse_citations(html.unescape(match[1])):
            text = html.escape(str(citation))
            if citation.section in sections.get(citation.key, ()):
                target = html.escape(address(citation.key, citation.section), quote=True)
                text = f'<a href="{target}">{text}</a>'
            shown.append(text)
        return f'<span class="ge">[{"; ".join(shown)}]</span>'

    return _CITATION.sub(linked, page)


def _outside_links(page: str, change: Callable[[str], str]) -> str:
    depth = 0
    pieces = _PIECES.split(page)
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            if depth == 0:
                pieces[place] = change(piece)
            continue
        tag = _TAG.match(piece)
        if tag is not None and tag[2].lower() in _CLOSED and not piece.endswith("/>"):
            depth = max(0, depth - 1) if tag[1] else depth + 1
    return "".join(pieces)
