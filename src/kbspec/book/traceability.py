"""From a section of a document to fragments, properties and verdicts, and back: `pv/traceability.json`.

Computed from the structured comments in the fragments, the recorded verdicts and the matrices. Only models
that are no variants count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbspec import fault_records, matrix_records
from kbspec.bibliography import Bibliography, Citation
from kbspec.book.models import users
from kbspec.book.results import rows
from kbspec.files import to_json, write_atomically
from kbspec.fragments import FRAGMENTS, Fragment, read_fragment
from kbspec.not_modelled import KnownCheck
from kbspec.tags import StepTag, Tag, find_tags
from kbspec.toggle_kinds import ALTERNATIVE
from kbspec.verdicts import ModelRecord, is_variant

TRACEABILITY = Path("pv") / "traceability.json"
KINDS = (
    ("step", "Messages"), ("query", "Properties"), ("check", "Checks"), ("assume", "Assumptions"),
    ("alternative", "Alternatives"),
)  # fmt: skip
_ORDER = [kind for kind, _ in KINDS]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tag stands: `line`, from 1, is that of the fragment's file in `pv/fragments/`."""

    fragment: str
    chapter: str
    line: int


@dataclass(frozen=True, slots=True)
class Item:
    """What one ID stands for: a step, a query or a toggle.

    `verdicts` has, of a query, its verdict by model; of a toggle, what no longer holds with it on.
    """

    kind: str
    id: str
    text: str
    sources: tuple[Citation, ...]
    places: tuple[Place, ...]
    verdicts: Mapping[str, str]

    @property
    def anchor(self) -> str:
        return f"{self.kind}-{self.id}"


@dataclass(frozen=True, slots=True)
class Traceability:
    """All items by kind and ID, and the sections that they cite, by document."""

    items: tuple[Item, ...]
    known: Mapping[str, KnownCheck]

    @property
    def sections(self) -> dict[str, dict[str, list[Item]]]:
        """The items by document and section, both in alphabetical order."""
        found: dict[str, dict[str, list[Item]]] = {}
        for item in self.items:
            for citation in item.sources:
                found.setdefault(citation.key, {}).setdefault(citation.section, []).append(item)
        return {key: dict(sorted(sections.items())) for key, sections in sorted(found.items())}

    @property
    def carried(self) -> frozenset[str]:
        """The checks in the models."""
        return frozenset(item.id for item in self.items if item.kind == "check")

    @property
    def not_modelled(self) -> list[KnownCheck]:
        """The known checks with a reason why no model carries them."""
        return [check for check in self.known.values() if check.reason is not None]

    def save(self, root: Path, bibliography: Bibliography) -> bool:
        """Write `pv/traceability.json`. Returns whether it changed."""
        document = {
            "documents": {
                key: {
                    "title": bibliography.entries[key].title,
                    "version": bibliography.entries[key].version,
                    "sections": {
                        section: [item.anchor for item in items] for section, items in sections.items()
                    },
                }
                for key, sections in self.sections.items()
            },
            "items": {item.anchor: _item_json(item) for item in self.items},
            "not_modelled": {
                check.id: {"text": check.text, "sources": _cited(check.sources), "reason": check.reason}
                for check in self.not_modelled
            },
        }
        return write_atomically(root / TRACEABILITY, to_json(document))


def _item_json(item: Item) -> dict[str, Any]:
    places = [
        {"fragment": place.fragment, "chapter": place.chapter, "line": place.line} for place in item.places
    ]
    word = "verdicts" if item.kind == "query" else "breaks"
    rest = {} if item.kind == "step" else {word: dict(item.verdicts)}
    return {"kind": item.kind, "id": item.id, "text": item.text, "sources": _cited(item.sources),
            "places": places, **rest}  # fmt: skip


def _cited(sources: Iterable[Citation]) -> list[str]:
    return [str(citation) for citation in sources]


def section_anchor(key: str, section: str) -> str:
    """The id of a section of a document in the table: `section-KBS-Challenge`."""
    return "section-" + re.sub(r"[^A-Za-z0-9.]+", "-", f"{key} {section}").strip("-")


def trace(
    root: Path, records: Mapping[str, ModelRecord], known: Mapping[str, KnownCheck]
) -> Traceability:
    """Read the fragments of the models, and put beside their tags what the verifier said.

    `records` are those of `pv/verdicts.json`. A fragment that is in no model does not count.
    """
    used = {name for name, models in users(root).items() if not all(map(is_variant, models))}
    fragments = [read_fragment(path) for path in sorted((root / FRAGMENTS).glob("*/*.pv"))]
    found: dict[tuple[str, str], list[tuple[Tag, Place]]] = {}
    for fragment in fragments:
        if fragment.name in used:
            for tag in find_tags(fragment.text):
                found.setdefault((tag.kind, tag.id), []).append((tag, _place(fragment, tag)))
    verdicts = _verdicts(records, root)
    keys = sorted(found, key=lambda key: (_ORDER.index(key[0]), key[1]))
    return Traceability(
        tuple(_item(key, found[key], verdicts.get(key, {})) for key in keys),
        known,
    )


def _place(fragment: Fragment, tag: Tag) -> Place:
    return Place(fragment.name, fragment.chapter, tag.line + fragment.header.count("\n"))


def _item(key: tuple[str, str], found: Sequence[tuple[Tag, Place]], verdicts: Mapping[str, str]) -> Item:
    first = found[0][0]
    text = first.text
    if isinstance(first, StepTag):
        text = f"{first.sender} → {first.receiver}: {first.message}" + (f" ({text})" if text else "")
    sources = dict.fromkeys(citation for tag, _ in found for citation in tag.sources)
    return Item(*key, text, tuple(sources), tuple(place for _, place in found), verdicts)


def _verdicts(records: Mapping[str, ModelRecord], root: Path) -> dict[tuple[str, str], dict[str, str]]:
    """What is said of each query and toggle, by model."""
    said: dict[tuple[str, str], dict[str, str]] = {}
    for name, record in records.items():
        if not is_variant(name):
            for row in rows(record):
                said.setdefault(("query", row.id), {})[name] = row.word
    changes = {kind.tag: matrix_records.load(kind, root) for kind in matrix_records.KINDS}
    changes[ALTERNATIVE.tag] = fault_records.alternatives(root)
    for tag, matrices in changes.items():
        for name, matrix in matrices.items():
            if not is_variant(name):
                for id, line in matrix.items():
                    said.setdefault((tag, id), {})[name] = ", ".join(line.changed) or "nothing"
    return said
