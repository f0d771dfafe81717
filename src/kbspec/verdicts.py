"""What the book claims and what the verifiers said, per model: `pv/verdicts.json`.

Chapters run in parallel, so each verified model writes its own part, `build/verdicts/<model>.json`; the book
merges the parts at the end. What the real ProVerif said is kept as long as the model's text is the one it
said it of (its SHA-256 is recorded); `kbspec.oracle` refreshes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kbspec.errors import SpecificationError
from kbspec.files import find_root, write_atomically

VERDICTS = Path("pv") / "verdicts.json"
PARTS = Path("build") / "verdicts"


@dataclass(frozen=True, slots=True)
class QueryRecord:
    """A property in English, the verdict that the book claims, the verdict of the built-in verifier."""

    property: str
    claim: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ProVerifRecord:
    """What the real ProVerif said of the model whose text has this SHA-256."""

    version: str
    date: str
    sha256: str
    verdicts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """One model of the book. `sha256` is that of its file in `pv/models/`."""

    name: str
    chapter: str
    title: str
    sha256: str
    queries: Mapping[str, QueryRecord]
    proverif: ProVerifRecord | None = None


def digest(text: str) -> str:
    """The SHA-256 of a model's text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def load(root: Path | None = None) -> dict[str, ModelRecord]:
    """The models of `pv/verdicts.json` by name; empty where there is no file yet."""
    path = (root or find_root()) / VERDICTS
    if not path.is_file():
        return {}
    models = _read_json(path)["models"]
    return {name: _from_json(name, value) for name, value in models.items()}


def save(records: Mapping[str, ModelRecord], root: Path | None = None) -> bool:
    """Write `pv/verdicts.json`, models in order of chapter and name. Returns whether it changed."""
    ordered = sorted(records.values(), key=lambda record: (record.chapter, record.name))
    document = {"models": {record.name: _to_json(record) for record in ordered}}
    return write_atomically((root or find_root()) / VERDICTS, _dump(document))


def record_part(record: ModelRecord, root: Path) -> None:
    """Keep one model's verdicts until the book merges them."""
    write_atomically(root / PARTS / f"{record.name}.json", _dump({record.name: _to_json(record)}))


def clear_parts(root: Path | None = None) -> None:
    """Forget the parts of an earlier execution; the book does this before it executes the chapters."""
    folder = (root or find_root()) / PARTS
    for path in folder.glob("*.json") if folder.is_dir() else ():
        path.unlink()


def merge(root: Path | None = None, *, complete: bool = False) -> dict[str, ModelRecord]:
    """Merge the parts into `pv/verdicts.json` and return all records.

    What ProVerif said is kept for a model whose text it was. `complete` says that every chapter has been
    executed since `clear_parts`: models without a part are then gone from the book.
    """
    root = root or find_root()
    before = load(root)
    records = {} if complete else dict(before)
    folder = root / PARTS
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        for name, value in _read_json(path).items():
            record = _from_json(name, value)
            old = before.get(name)
            if old is not None and old.proverif is not None and old.proverif.sha256 == record.sha256:
                record = replace(record, proverif=old.proverif)
            records[name] = record
    save(records, root)
    return records


def _to_json(record: ModelRecord) -> dict[str, Any]:
    said = record.proverif
    return {
        "chapter": record.chapter,
        "title": record.title,
        "sha256": record.sha256,
        "queries": {
            id: {"property": query.property, "claim": query.claim, "verdict": query.verdict}
            for id, query in record.queries.items()
        },
        "proverif": None
        if said is None
        else {
            "version": said.version,
            "date": said.date,
            "sha256": said.sha256,
            "verdicts": dict(said.verdicts),
        },
    }


def _from_json(name: str, value: Any) -> ModelRecord:
    said = value["proverif"]
    return ModelRecord(
        name,
        value["chapter"],
        value["title"],
        value["sha256"],
        {
            id: QueryRecord(query["property"], query["claim"], query["verdict"])
            for id, query in value["queries"].items()
        },
        None
        if said is None
        else ProVerifRecord(said["version"], said["date"], said["sha256"], said["verdicts"]),
    )


def _dump(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SpecificationError(
            f"not a file that kbspec wrote: {error}",
            where=str(path),
            advice="delete it and build the book again",
        ) from None
