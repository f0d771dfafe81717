"""What a card shows of an ID: what it says, what was found, where it stands and what it is taken from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kbspec.book.chapter import anchor
from kbspec.book.definitions import Definition
from kbspec.book.traceability import section_anchor
from kbspec.toggle_kinds import BY_NAME

MOST = 5  # lines on a card


def cards(definitions: Mapping[str, Definition]) -> dict[str, dict[str, Any]]:
    """The cards by ID; addresses are as seen from the first page."""
    return {id: _card(one) for id, one in definitions.items()}


def _card(one: Definition) -> dict[str, Any]:
    lines = _lines(one)
    links = [["Definition", one.address]]
    if one.item is not None:
        place = one.item.places[0]
        links.append([f"Fragment {place.fragment}", f"{place.chapter}.html#{anchor(place.fragment)}"])
        for source in one.item.sources[:2]:
            address = f"traceability.html#{section_anchor(source.key, source.section)}"
            links.append([f"[{source}]", address])
    more = f"and {len(lines) - MOST} more" if len(lines) > MOST else ""
    return {"kind": one.kind, "text": one.statement, "lines": lines[:MOST], "more": more, "links": links}


def _lines(one: Definition) -> list[list[str]]:
    """[[symbol, words, class], ...]"""
    if one.reason is not None:
        return [["·", f"In no model: {one.reason}", ""]]
    lines = [[found.symbol, f"{found.word} in {found.model}", found.css] for found in one.outcomes]
    for effect in one.effects:
        lost = ", ".join(loss.property for loss in effect.losses)
        where = BY_NAME[one.kind].when
        if lost:
            lines.append(["✗", f"{effect.model} {where}: {lost} lost", "kbspec-false"])
        else:
            lines.append(["·", f"{effect.model} {where}: nothing lost", ""])
    return lines
