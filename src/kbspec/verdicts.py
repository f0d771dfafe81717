"""What the book claims and what the verifiers said, per model: `pv/verdicts.json`.

Chapters run in parallel, so each verified model writes its own part, `build/verdicts/<model>.json`; the book
merges the parts at the end. What the real ProVerif said is kept as long as the model's text is the one it
said it of (its SHA-256 is recorded); `kbspec.oracle` refreshes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kbspec.errors import SpecificationError
from kbspec.files import find_root, read_json, to_json, write_atomically
from kbspec.fragments import FRAGMENTS, read_fragment
from kbspec.generated import chapters, executed, remove, stale
from kbspec.toggle_kinds import TOGGLE_KINDS

VERDICTS = Path("pv") / "verdicts.json"
PARTS = Path("build") / "verdicts"


@dataclass(frozen=True, slots=True)
class QueryRecord:
    """A property in English, the verdict that the book claims, the verdict of the built-in verifier."""

    property: str
    claim: str
    verdict: str


@dataclass(frozen=True, slots=True)
class VariantsRecord:
    """Of how many variants and queries of the model's matrices ProVerif said the same as the built-in
    verifier; `sha256` is that of their texts and verdicts (`kbspec.matrix_oracle`)."""

    count: int
    queries: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ProVerifRecord:
    """What the real ProVerif said of the model whose text has this SHA-256, and of its variants."""

    version: str
    date: str
    sha256: str
    verdicts: Mapping[str, str]
    variants: VariantsRecord | None = None


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """One model of the book. `sha256` is that of its file in `pv/models/`."""

    name: str
    chapter: str
    title: str
    sha256: str
    queries: Mapping[str, QueryRecord]
    proverif: ProVerifRecord | None = None


_VARIANT = tuple([kind.mark for kind in TOGGLE_KINDS])


def base_of(name: str) -> str:
    """The name of the model that a variant was made from; of any other model its own."""
    return name[: min(name.find(mark) for mark in _VARIANT if mark in name)] if is_variant(name) else name


def is_variant(name: str) -> bool:
    """Whether a model differs from another by toggles."""
    return any(mark in name for mark in _VARIANT)


def digest(text: str) -> str:
    """The SHA-256 of a model's text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def load(root: Path | None = None) -> dict[str, ModelRecord]:
    """The models of `pv/verdicts.json` by name; empty where there is no file yet."""
    path = (root or find_root()) / VERDICTS
    if not path.is_file():
        return {}
    models = read_json(path)["models"]
    return {name: _from_json(name, value) for name, value in models.items()}


def current(root: Path) -> dict[str, ModelRecord]:
    """The models, with those of this run in place of what they will replace."""
    return {**load(root), **{record.name: record for _, record in _parts(root)}}


def save(records: Mapping[str, ModelRecord], root: Path | None = None) -> bool:
    """Write `pv/verdicts.json`, models in order of chapter and name. Returns whether it changed."""
    document = {"models": {record.name: _to_json(record) for record in _in_order(records)}}
    return write_atomically((root or find_root()) / VERDICTS, to_json(document))


def _in_order(records: Mapping[str, ModelRecord]) -> list[ModelRecord]:
    return sorted(records.values(), key=lambda record: (record.chapter, record.name))


def record_part(record: ModelRecord, root: Path) -> None:
    """Keep one model's verdicts until the book merges them."""
    path = root / PARTS / record.chapter / f"{record.name}.json"
    write_atomically(path, to_json({record.name: _to_json(record)}))


def recorded(root: Path, chapter: str, name: str, text: str) -> ModelRecord | None:
    """What a chapter has claimed and found of a model with this text since it was begun; None if nothing."""
    path = root / PARTS / chapter / f"{name}.json"
    if not path.is_file():
        return None
    record = _from_json(name, read_json(path)[name])
    return record if record.sha256 == digest(text) else None


def recorded_text(root: Path, name: str, text: str) -> bool:
    """Whether what `pv/` says of a model is said of this text."""
    record = load(root).get(name)
    return record is not None and record.sha256 == digest(text)


def clear_parts(root: Path, chapter: str) -> None:
    """Forget the parts of an earlier execution of a chapter that is about to be executed.

    Those of other chapters, which may be executed at the same time, are not even looked at.
    """
    for path in (root / PARTS / chapter).glob("*.json"):
        path.unlink()


def merge(root: Path | None = None) -> dict[str, ModelRecord]:
    """Merge the parts of the chapters that have been executed into `pv/verdicts.json`; return all records.

    A model that its chapter did not verify any more is dropped, and so are all models of a chapter without
    a notebook. What ProVerif said is kept for the text of which it was said. Fragments, models, traces
    and figures that no chapter writes any more are removed (`kbspec.generated`).

    Raises SpecificationError where a fragment uses one that would be removed; nothing is changed then.
    """
    root = root or find_root()
    before = load(root)
    fresh = executed(root)
    records = {
        name: record
        for name, record in before.items()
        if record.chapter not in fresh and record.chapter in chapters(root)
    }
    for _, record in _parts(root):
        if record.chapter in fresh:
            old = before.get(record.name)
            if old is not None and old.proverif is not None and old.proverif.sha256 == record.sha256:
                record = replace(record, proverif=old.proverif)
            records[record.name] = record
    # The other files of pv/ keep this order, whichever chapters were executed.
    records = {one.name: one for one in _in_order(records)}
    left_over = stale(root)
    _check_uses(root, left_over)
    save(records, root)
    remove(left_over)
    return records


def _check_uses(root: Path, left_over: list[Path]) -> None:
    """A fragment that no chapter emits any more may not be used by one that is still there."""
    fragments = {path: read_fragment(path) for path in sorted((root / FRAGMENTS).glob("*/*.pv"))}
    gone = {fragments[path].name for path in left_over if path in fragments}
    gone -= {fragment.name for path, fragment in fragments.items() if path not in left_over}
    for path, fragment in fragments.items():
        if path not in left_over:
            for name in gone & set(fragment.uses):
                raise SpecificationError(
                    f"fragment {fragment.name} uses {name}, which no chapter emits any more",
                    where=f"notebook {fragment.chapter}",
                    advice=f"write %%pv {name} again, or use another fragment",
                )


def _parts(root: Path) -> list[tuple[Path, ModelRecord]]:
    paths = sorted((root / PARTS).glob("*/*.json"))
    return [(path, _from_json(name, value)) for path in paths for name, value in read_json(path).items()]


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
            **({} if said.variants is None else {"variants": asdict(said.variants)}),
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
        else ProVerifRecord(
            said["version"],
            said["date"],
            said["sha256"],
            said["verdicts"],
            VariantsRecord(**said["variants"]) if "variants" in said else None,
        ),
    )
