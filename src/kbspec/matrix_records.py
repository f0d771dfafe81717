"""What each check and each assumption buys, per model: `pv/necessity.json` and `pv/assumptions.json`.

    {"models": {NAME: {"checks": {CHK-ID: {
        "redundant_because": null | "one sentence",
        "queries": {QUERY-ID: {"base": VERDICT, "verdict": VERDICT}}}}}}}

`base` is ProVerif's word for the model as it is, `verdict` that for the model without the check; the other
file says "assumptions" where this one says "checks". As with the verdicts, each cell writes a part of its
own, and the book merges the parts at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbspec.errors import SpecificationError
from kbspec.parts import PartedFile
from kbspec.tags import find_tags
from kbspec.toggle_kinds import BY_TAG
from kbspec.verdicts import ModelRecord


@dataclass(frozen=True, slots=True)
class MatrixKind:
    """Which of the two matrices: its words.

    `name` is that of the method of a model and of the file, `tag` the structured comment, `rows` the word in
    the file, `argument` what the method takes the sentences in, `change` what is done to a tagged statement.
    """

    name: str
    tag: str
    rows: str
    argument: str
    change: str

    @property
    def file(self) -> PartedFile:
        """Where it is kept."""
        return PartedFile(self.name)

    @property
    def path(self) -> Path:
        """The file, relative to the root of the project."""
        return self.file.path


NECESSITY = MatrixKind("necessity", "check", "checks", "redundant", "removing")
ASSUMPTIONS = MatrixKind("assumptions", "assume", "assumptions", "harmless", "violating")
KINDS = (NECESSITY, ASSUMPTIONS)


@dataclass(frozen=True, slots=True)
class RowRecord:
    """One check or assumption: the verdicts by query of the model as it is and of the model changed.

    `reason` is the sentence that says why the change alters no verdict; None where it alters one.
    """

    reason: str | None
    base: Mapping[str, str]
    verdicts: Mapping[str, str]

    @property
    def changed(self) -> tuple[str, ...]:
        """The queries with another verdict than in the model as it is."""
        return tuple(id for id, verdict in self.verdicts.items() if verdict != self.base[id])


Rows = Mapping[str, RowRecord]  # by the ID of the check or assumption


def load(kind: MatrixKind, root: Path) -> dict[str, Rows]:
    """The matrices of a kind by the model's name; empty where there is no file yet."""
    return {name: _from_json(kind, value) for name, value in kind.file.entries(root).items()}


def current(kind: MatrixKind, root: Path) -> dict[str, Rows]:
    """The matrices, with those of this run in place of what they will replace."""
    return {name: _from_json(kind, value) for name, value in kind.file.current(root).items()}


def row_names(root: Path) -> set[str]:
    """The names of the variants that the matrices answer: `rcar-without-CHK-NONCE`."""
    return {
        f"{model}{BY_TAG[kind.tag].mark}{id}"
        for kind in KINDS
        for model, rows in load(kind, root).items()
        for id in rows
    }


def record_part(kind: MatrixKind, chapter: str, model: str, rows: Rows, root: Path) -> None:
    """Keep the matrix of one model until the book merges it."""
    kind.file.record(root, chapter, model, _to_json(kind, rows))


def clear_parts(root: Path, chapter: str) -> None:
    """Forget the parts of an earlier execution of a chapter that is about to be executed."""
    for kind in KINDS:
        kind.file.clear(root, chapter)


def merge(root: Path, records: Mapping[str, ModelRecord]) -> None:
    """Merge the parts of the chapters that have been executed into the two files (`kbspec.parts`)."""
    for kind in KINDS:
        kind.file.merge(root, records)


def problems(root: Path, texts: Mapping[str, str], records: Mapping[str, ModelRecord]) -> Iterator[str]:
    """A sentence for each matrix that is missing or not that of its model, naming the cell to add or run.

    `texts` gives the texts of the models that must have their matrices, by name.
    """
    for kind in KINDS:
        found = load(kind, root)
        for name, text in texts.items():
            record = records[name]
            ids = {tag.id for tag in find_tags(text) if tag.kind == kind.tag}
            cell = f"{name.replace('-', '_')}.{kind.name}()"
            where = f"notebooks/{record.chapter}.ipynb"
            if name not in found and ids:
                tags = f"{len(ids)} @{kind.tag} tag{'s' if len(ids) > 1 else ''}"
                yield f"{where}: model {name} has {tags} and no {kind.name} matrix; add a cell {cell}"
            elif name in found and (set(found[name]) != ids or _outdated(found[name], record)):
                yield (
                    f"{where}: the {kind.name} matrix of {name} is not that of its text; run the cell {cell}"
                )


def _outdated(rows: Rows, record: ModelRecord) -> bool:
    said = {id: query.verdict for id, query in record.queries.items()}
    return any(dict(row.base) != said for row in rows.values())


def _to_json(kind: MatrixKind, rows: Rows) -> dict[str, Any]:
    return {
        kind.rows: {
            id: {
                "redundant_because": row.reason,
                "queries": {
                    query: {"base": row.base[query], "verdict": verdict}
                    for query, verdict in row.verdicts.items()
                },
            }
            for id, row in rows.items()
        }
    }


def _from_json(kind: MatrixKind, value: Any) -> Rows:
    try:
        return {
            id: RowRecord(
                row["redundant_because"],
                {query: pair["base"] for query, pair in row["queries"].items()},
                {query: pair["verdict"] for query, pair in row["queries"].items()},
            )
            for id, row in value[kind.rows].items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise SpecificationError(
            f"not a matrix that kbspec wrote: {error}",
            where=kind.path.as_posix(),
            advice="delete it and build the book again",
        ) from None
