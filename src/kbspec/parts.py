"""A file of `pv/` with an entry for each model, `{"models": {NAME: ...}}`, written in parts.

Chapters run in parallel, so each cell writes the part of its model under `build/`; the book merges the parts
of the chapters that were executed and keeps the entries of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbspec.files import read_json, to_json, write_atomically
from kbspec.generated import executed
from kbspec.verdicts import ModelRecord

_PARTS = Path("build") / "parts"


@dataclass(frozen=True, slots=True)
class PartedFile:
    """The file `pv/<name>.json` and its parts."""

    name: str

    @property
    def path(self) -> Path:
        """The file, relative to the root of the project."""
        return Path("pv") / f"{self.name}.json"

    def entries(self, root: Path) -> dict[str, Any]:
        """The entries by the model's name; empty where there is no file yet."""
        path = root / self.path
        found: dict[str, Any] = read_json(path)["models"] if path.is_file() else {}
        return found

    def current(self, root: Path) -> dict[str, Any]:
        """The entries with the parts of this run in place of what they will replace."""
        found = self.entries(root)
        for path in sorted((root / _PARTS / self.name).glob("*/*.json")):
            found.update(read_json(path))
        return found

    def record(self, root: Path, chapter: str, model: str, entry: Any) -> None:
        """Keep the entry of one model until the book merges it."""
        write_atomically(self._folder(root, chapter) / f"{model}.json", to_json({model: entry}))

    def recorded(self, root: Path, chapter: str, model: str) -> Any:
        """The entry that is kept of one model until the book merges it; None where there is none."""
        path = self._folder(root, chapter) / f"{model}.json"
        return read_json(path)[model] if path.is_file() else None

    def clear(self, root: Path, chapter: str) -> None:
        """Forget the parts of an earlier execution of a chapter that is about to be executed."""
        for path in self._folder(root, chapter).glob("*.json"):
            path.unlink()

    def merge(self, root: Path, records: Mapping[str, ModelRecord]) -> None:
        """Merge the parts of the chapters that have been executed.

        `records` are the models of the merged `pv/verdicts.json`, whose order the file keeps; the entry of a
        model that is not among them goes.
        """
        fresh = executed(root)
        before = self.entries(root)
        merged: dict[str, Any] = {}
        for name, record in records.items():
            entry = before.get(name)
            if record.chapter in fresh:
                entry = self.recorded(root, record.chapter, name)
            if entry is not None:
                merged[name] = entry
        write_atomically(root / self.path, to_json({"models": merged}))

    def _folder(self, root: Path, chapter: str) -> Path:
        return root / _PARTS / self.name / chapter
