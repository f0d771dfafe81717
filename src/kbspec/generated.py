"""Which generated files a chapter has written, so that those which nothing writes any more can go.

Executing a chapter keeps the list of its files in `build/chapters/<chapter>.json`. Once every chapter in
`notebooks/` has been executed, a fragment, model, trace or figure that is on no list is left over from an
earlier text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from kbspec.files import write_atomically

CHAPTERS = Path("build") / "chapters"
_KEPT = ("pv/fragments/*/*.pv", "pv/models/*.pv", "pv/traces/*/*.json", "figures/*.*")


def begin(root: Path, chapter: str) -> None:
    """A chapter is executed from its start: it has written nothing yet."""
    _save(root, chapter, set())


def emit(root: Path, chapter: str, path: Path, text: str) -> None:
    """Write a generated file of a chapter; `path` is relative to `root`."""
    write_atomically(root / path, text)
    note(root, chapter, path)


def note(root: Path, chapter: str, *paths: Path) -> None:
    """A chapter has written these files, relative to `root`."""
    _save(root, chapter, {*written(root, chapter), *(path.as_posix() for path in paths)})


def written(root: Path, chapter: str) -> frozenset[str]:
    """The files that a chapter has written since it was begun, relative to `root`."""
    try:
        return frozenset(json.loads((root / CHAPTERS / f"{chapter}.json").read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return frozenset()


def executed(root: Path) -> frozenset[str]:
    """The chapters that have been executed since `build/` was cleared and still have a notebook."""
    folder = root / CHAPTERS
    found = {path.stem for path in folder.glob("*.json")} if folder.is_dir() else set()
    return frozenset(found & chapters(root))


def chapters(root: Path) -> frozenset[str]:
    """The chapters of the book: the names of its notebooks."""
    return frozenset(path.stem for path in (root / "notebooks").glob("[0-9][0-9]-*.ipynb"))


def stale(root: Path) -> list[Path]:
    """The fragments, models, traces and figures that no chapter writes any more.

    None, unless every chapter has been executed.
    """
    if not chapters(root) or executed(root) != chapters(root):
        return []
    kept = {name for chapter in chapters(root) for name in written(root, chapter)}
    return [
        path
        for pattern in _KEPT
        for path in sorted(root.glob(pattern))
        if path.relative_to(root).as_posix() not in kept
    ]


def remove(paths: Iterable[Path]) -> None:
    """Remove generated files, and the folders that are empty then."""
    for path in paths:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()


def other_writer(root: Path, chapter: str, path: Path) -> str | None:
    """Another chapter that has written this file, as far as is known, since it was last begun."""
    for other in sorted(executed(root) - {chapter}):
        if path.as_posix() in written(root, other):
            return other
    return None


def _save(root: Path, chapter: str, names: set[str]) -> None:
    write_atomically(root / CHAPTERS / f"{chapter}.json", json.dumps(sorted(names), indent=1) + "\n")
