"""What `kbspec explain` does: all that the book knows of one property, from `pv/` alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kbspec import fault_records, matrix_records
from kbspec.bibliography import Bibliography, Citation, load_bibliography
from kbspec.claims import TRUE
from kbspec.errors import SpecificationError, did_you_mean
from kbspec.fragments import FRAGMENTS, Fragment, read_fragment
from kbspec.source import tokens
from kbspec.tags import Tag, find_tags
from kbspec.verdicts import ModelRecord, is_variant, load


@dataclass(frozen=True, slots=True)
class Statement:
    """A property in English, its query as it is written, and where: `line`, from 1, is that of the tag in
    the file of the fragment."""

    text: str
    query: str
    fragment: str
    chapter: str
    file: str
    line: int

    def in_words(self) -> list[str]:
        """A few lines."""
        place = f"in {self.fragment}: {self.file}, line {self.line} (chapter {self.chapter})"
        return [self.text, "", *[f"    {line}" for line in self.query.splitlines()], "", place]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A property: where it is stated (models of two chapters may state it each in their own events), what
    was found of it.

    `verdicts` has, by the name of each model that is not a variant, the verdict and what ProVerif said;
    `breaks` has, by each model in which it holds, a sentence for each way to break it.
    """

    id: str
    statements: tuple[Statement, ...]
    documents: tuple[tuple[str, str | None], ...]  # the citation and its address
    verdicts: Mapping[str, tuple[str, str]]
    breaks: Mapping[str, tuple[str, ...]]

    def to_data(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "property": self.id,
            "statements": [asdict(one) for one in self.statements],
            "documents": [{"section": name, "address": address} for name, address in self.documents],
            "verdicts": {
                model: {"verdict": verdict, "proverif": said}
                for model, (verdict, said) in self.verdicts.items()
            },
            "breaks": {model: list(lines) for model, lines in self.breaks.items()},
        }

    def __str__(self) -> str:
        lines: list[str] = []
        for one in self.statements:
            first, *rest = one.in_words()
            lines += [f"{self.id}: {first}", *rest, ""]
        if self.documents:
            lines += ["after"] + [f"  {name}  {address or ''}".rstrip() for name, address in self.documents]
        lines += ["verdicts"]
        lines += [f"  {model}: {word}; ProVerif {said}" for model, (word, said) in self.verdicts.items()]
        if self.breaks:
            lines += ["what breaks it"]
            for model, ways in self.breaks.items():
                lines += [f"  {model}:", *[f"    {way}" for way in ways]]
        return "\n".join(lines)


def explain(root: Path, id: str) -> Explanation:
    """All that is known of the property with this ID.

    Raises SpecificationError where no fragment of the book states it.
    """
    stated = [
        (fragment, tag)
        for fragment in _fragments(root)
        for tag in find_tags(fragment.text)
        if (tag.kind, tag.id) == ("query", id)
    ]
    if not stated:
        known = {
            tag.id for one in _fragments(root) for tag in find_tags(one.text) if tag.kind == "query"
        }
        raise SpecificationError(f"no chapter states the property {id}", advice=did_you_mean(id, known))
    records = {name: one for name, one in load(root).items() if id in one.queries and not is_variant(name)}
    verdicts = {name: _verdict(record, id) for name, record in records.items()}
    return Explanation(
        id,
        tuple([_statement(*one) for one in stated]),
        tuple(_documents(load_bibliography(root), [one for _, one in stated])),
        verdicts,
        {
            name: ways
            for name, (word, _) in verdicts.items()
            if word == TRUE and (ways := tuple(_ways(root, name, id)))
        },
    )


def _fragments(root: Path) -> list[Fragment]:
    return [read_fragment(path) for path in sorted((root / FRAGMENTS).glob("*/*.pv"))]


def _statement(fragment: Fragment, tag: Tag) -> Statement:
    line = tag.line + fragment.header.count("\n")
    query = _query_text(fragment, tag)
    return Statement(tag.text, query, fragment.name, fragment.chapter, fragment.path.as_posix(), line)


def _query_text(fragment: Fragment, tag: Tag) -> str:
    """The declaration behind the tag, as it is written, up to its full stop or the next tag."""
    text = fragment.text
    end = len(text)
    for token in tokens(text, tag.end):
        if token.text == "." or token.text.startswith("(*@"):
            end = token.end if token.text == "." else token.start
            break
    return text[tag.end : end].strip()


def _documents(bibliography: Bibliography, tags: list[Tag]) -> list[tuple[str, str | None]]:
    citations: dict[Citation, None] = dict.fromkeys(source for tag in tags for source in tag.sources)
    return [(str(one), bibliography.link(one)) for one in citations]


def _verdict(record: ModelRecord, id: str) -> tuple[str, str]:
    from kbspec.book.results import rows

    return next((row.word, row.proverif) for row in rows(record) if row.id == id)


def _ways(root: Path, model: str, id: str) -> list[str]:
    """The minimal fault sets in words; where they are not recorded, what each single change breaks."""
    faults = fault_records.load(root).get(model)
    if faults is not None and id in faults.queries:
        return faults.in_words(id)
    words = {"check": f"{id} is lost without {{}}.", "assume": f"{id} is lost where {{}} is violated."}
    return [
        words[kind.tag].format(change)
        for kind in matrix_records.KINDS
        for change, row in matrix_records.load(kind, root).get(model, {}).items()
        if id in row.changed
    ]
