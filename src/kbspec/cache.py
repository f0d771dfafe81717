"""Reports of earlier verifications, by the content of everything that they depend on.

`.cache/proofs/<key>.json` of the project (or the folder that KBSPEC_CACHE names; empty: none). The key is the
SHA-256 of the model's text, the options, and the verifier itself (`appliedpi.fingerprint`). A file that is
damaged, or was made for something else, is ignored and replaced. Whoever uses a report checks its
certificates again (`kbspec.evidence`): a kept *true* is never believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbspec.archive import FORMAT, Unusable, from_data, keepable, to_data
from kbspec.files import write_atomically
from kbspec.progress import in_a_batch

if TYPE_CHECKING:
    from appliedpi import core
    from appliedpi.report import Report

VARIABLE = "KBSPEC_CACHE"
FOLDER = Path(".cache") / "proofs"
MOST_BYTES = 256 * 2**20


@cache
def loaded_verifier() -> str:
    """The fingerprint of the verifier's files when this process first asked for it.

    To be called before the verifier is imported: files that change later are not what this process runs.
    """
    return _verifier_on_disk()


def _verifier_on_disk() -> str:
    from appliedpi.fingerprint import fingerprint

    return fingerprint()


def folder_of(root: Path) -> Path | None:
    """Where the project at `root` keeps its proofs; None where it keeps none."""
    named = os.environ.get(VARIABLE)
    if named is None:
        return root / FOLDER
    return Path(named).expanduser() if named else None


@dataclass(frozen=True, slots=True)
class Entry:
    """The place of one report; the file may be there or not."""

    path: Path
    key: str

    def load(self, model: core.Model) -> Report | None:
        """The kept report on `model`, or None. Says so in one line where the file is damaged."""
        try:
            return from_data(self._read(), model)
        except FileNotFoundError:
            return None
        except (OSError, Unusable) as error:
            self.ignored(str(error))
            return None

    def _read(self) -> Any:
        text = self.path.read_bytes()
        try:
            document = json.loads(text)
            if document["key"] != self.key or document["digest"] != _digest(document["report"]):
                raise ValueError("its digest is another one")
            return document["report"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Unusable(f"damaged: {error}") from None

    def store(self, report: Report) -> None:
        """Keep a report, where it is one that can be checked again. Nothing happens on a full disk."""
        if not keepable(report):
            return
        data = to_data(report)
        document = {"key": self.key, "digest": _digest(data), "report": data}
        try:
            write_atomically(self.path, json.dumps(document, ensure_ascii=False) + "\n")
            _shrink(self.path.parent)
        except OSError as error:
            _say(f"the proofs cannot be kept in {self.path.parent}: {error.strerror}")

    def ignored(self, reason: str) -> None:
        """Say that this entry is not used."""
        _say(f"ignored {self.path.name} of the kept proofs: {reason}")


def entry(folder: Path | None, text: str, options: Mapping[str, Any]) -> Entry | None:
    """Where the report on a model is kept.

    None where nothing is kept, or where the verifier's files have changed since this process started: what
    it runs is then not what the files say.
    """
    if folder is None or loaded_verifier() != _verifier_on_disk():
        return None
    parts = [str(FORMAT), loaded_verifier(), json.dumps(options, sort_keys=True), text]
    key = hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()
    return Entry(folder / f"{key}.json", key)


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode("utf-8")).hexdigest()


def _shrink(folder: Path) -> None:
    """Remove the oldest entries where there is too much; another process may be doing the same."""
    entries = []
    for path in folder.glob("*.json"):
        try:
            entries.append((path.stat().st_mtime, path.stat().st_size, path))
        except FileNotFoundError:
            continue
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        total -= size


def _say(line: str) -> None:
    """One line for whoever watches; in a batch it would end up in a committed notebook."""
    if not in_a_batch():
        print(line, file=sys.stderr)
