"""Tables of what the structured comments of a model say."""

from __future__ import annotations

import html

from kbspec.assembly import Assembly
from kbspec.bibliography import Bibliography
from kbspec.tables import Cell, Table
from kbspec.tags import StepTag, Tag


def tag_table(
    caption: str, kind: str, tags: tuple[Tag, ...], assembly: Assembly, bibliography: Bibliography
) -> Table:
    """The tags of a kind, each ID once, with the fragment it stands in."""
    rows: dict[str, tuple[Cell, ...]] = {}
    for tag in tags:
        if tag.kind == kind:
            section = assembly.locate(tag.line)
            place = Cell("")
            if section is not None:
                name, anchor = section.fragment.name, section.fragment.anchor
                place = Cell(name, f'<a href="#{anchor}"><code>{html.escape(name)}</code></a>')
            cells = (Cell(tag.id), Cell(tag.text), place, sources_cell(tag, bibliography))
            rows.setdefault(tag.id, cells)
    columns = ("ID", "Text", "Fragment", "Source")
    return Table(caption, columns, tuple(rows.values()), f"kbspec-tags kbspec-{kind}")


def step_table(model: str, tags: tuple[Tag, ...], bibliography: Bibliography) -> Table:
    """The messages of a protocol; the tags of sender and receiver are one row."""
    rows: dict[tuple[str, ...], tuple[Cell, ...]] = {}
    for tag in tags:
        if isinstance(tag, StepTag):
            key = (tag.id, tag.sender, tag.receiver, tag.message)
            way = f"{tag.sender} → {tag.receiver}"
            source = sources_cell(tag, bibliography)
            rows.setdefault(key, (Cell(tag.id), Cell(way), Cell(tag.message), Cell(tag.text), source))
    columns = ("ID", "From → to", "Message", "Fields", "Source")
    return Table(f"Messages of {model}", columns, tuple(rows.values()), "kbspec-tags kbspec-steps")


def sources_cell(tag: Tag, bibliography: Bibliography) -> Cell:
    """What a tag cites, as links."""
    text = "; ".join(str(citation) for citation in tag.sources)
    return Cell(text, "; ".join(bibliography.to_html(citation) for citation in tag.sources))
