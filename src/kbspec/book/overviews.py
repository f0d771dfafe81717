"""The pages about the whole book: properties, checks, findings, documents, models, glossary, bibliography."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kbspec.bibliography import Bibliography
from kbspec.book.chapter import Links, anchor, with_links
from kbspec.book.definitions import Definition
from kbspec.book.glossary import Term
from kbspec.book.order import Book, Chapter
from kbspec.book.traceability import KINDS, Traceability, section_anchor
from kbspec.findings import Finding
from kbspec.toggle_kinds import ALTERNATIVE, ASSUMPTION, CHECK, TOGGLE_KINDS
from kbspec.verdicts import ModelRecord, base_of, is_variant


@dataclass(frozen=True, slots=True)
class Step:
    """A page in the reading order or in the list of pages."""

    page: str
    title: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A page about the whole book, and what its template, `<page>.j2`, needs."""

    step: Step
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Whole:
    """What the pages are made from."""

    book: Book
    links: Links
    bibliography: Bibliography
    records: Mapping[str, ModelRecord]
    table: Traceability
    findings: Sequence[Finding]
    definitions: Mapping[str, Definition]
    terms: Sequence[Term]
    models: Sequence[str]


def overviews(whole: Whole) -> list[Overview]:
    """The pages that have something in them, in the order of the list of pages."""
    return list(_overviews(whole))


def _overviews(whole: Whole) -> Iterator[Overview]:
    common = {"bibliography": whole.bibliography, "anchor": anchor, "section_anchor": section_anchor}
    kinds = _by_kind(whole.definitions)
    if kinds["property"]:
        grouped = _by_chapter(whole.book, kinds["property"])
        yield Overview(Step("properties.html", "Properties"), {**common, "grouped": grouped})
    if any([kinds[kind.name] for kind in TOGGLE_KINDS]):
        modelled = [one for one in kinds["check"] if one.item is not None]
        left_out = [one for one in kinds["check"] if one.item is None]
        groups = (
            ("checks", "Checks", CHECK.when, modelled),
            ("assumptions", "Assumptions", ASSUMPTION.when, kinds["assumption"]),
            ("alternatives", "Alternatives", ALTERNATIVE.when, kinds["alternative"]),
        )
        content = {**common, "groups": groups, "left_out": left_out, "known": whole.table.known}
        yield Overview(Step("checks.html", "Checks and assumptions"), content)
    boxes = _boxes(whole)
    if boxes:
        yield Overview(Step("findings.html", "Findings"), {"findings": boxes})
    if whole.table.items:
        when = {kind.tag: kind.when for kind in TOGGLE_KINDS}
        content = {**common, "trace": whole.table, "kinds": KINDS, "when": when}
        yield Overview(Step("traceability.html", "From the documents to the models"), content)
    if whole.models:
        yield Overview(Step("models.html", "Models"), {"grouped": _models(whole)})
    if whole.terms:
        yield Overview(Step("glossary.html", "Glossary"), {**common, "terms": whole.terms})
    if whole.bibliography.entries:
        content = {**common, "sections": whole.table.sections}
        yield Overview(Step("bibliography.html", "Bibliography"), content)


def _by_kind(definitions: Mapping[str, Definition]) -> dict[str, list[Definition]]:
    names = ("property", *[kind.name for kind in TOGGLE_KINDS], "finding")
    kinds: dict[str, list[Definition]] = {name: [] for name in names}
    for one in definitions.values():
        kinds[one.kind].append(one)
    return kinds


def _by_chapter(book: Book, properties: Sequence[Definition]) -> list[tuple[Chapter, list[Definition]]]:
    """Each property under the chapter that states it first."""
    order = {chapter.name: place for place, chapter in enumerate(book.chapters)}
    grouped: dict[Chapter, list[Definition]] = {chapter: [] for chapter in book.chapters}
    for one in properties:
        assert one.item is not None
        first = min((place.chapter for place in one.item.places), key=lambda name: order.get(name, 0))
        grouped[book.chapters[order.get(first, 0)]].append(one)
    return [(chapter, stated) for chapter, stated in grouped.items() if stated]


def _boxes(whole: Whole) -> list[tuple[Chapter, list[tuple[Finding, str]]]]:
    boxes: dict[Chapter, list[tuple[Finding, str]]] = {}
    for chapter in whole.book.chapters:
        for one in whole.findings:
            if one.chapter == chapter.name:
                box = with_links(one.to_html(whole.bibliography), whole.links)
                boxes.setdefault(chapter, []).append((one, box))
    return list(boxes.items())


def _models(whole: Whole) -> list[tuple[str, list[tuple[str, ModelRecord | None, list[str]]]]]:
    """By chapter: each model, its record, its variants."""
    variants: dict[str, list[str]] = {}
    for name in whole.models:
        if is_variant(name):
            variants.setdefault(base_of(name), []).append(name)
    grouped: dict[str, list[tuple[str, ModelRecord | None, list[str]]]] = {}
    for name in whole.models:
        if not is_variant(name):
            record = whole.records.get(name)
            chapter = record.chapter if record is not None else ""
            grouped.setdefault(chapter, []).append((name, record, variants.get(name, [])))
    return list(grouped.items())
