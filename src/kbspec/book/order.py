"""The reading order: `notebooks/book.toml`.

title = "The KBS protocol, specified and proved"
summary = "..."
teaching = "95-teaching.ipynb"         # where a teacher begins; may be left out

[[chapters]]
file = "02-rcar.ipynb"
title = "The handshake"
summary = "One sentence for the contents page."
needs = ["01-background.ipynb"]        # chapters whose fragments it uses
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbspec.errors import SpecificationError, did_you_mean

NOTEBOOKS = Path("notebooks")
ORDER = NOTEBOOKS / "book.toml"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: its notebook's file name, its title, the files of the chapters it needs executed first."""

    file: str
    title: str
    summary: str = ""
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`02-rcar`."""
        return self.file.removesuffix(".ipynb")

    @property
    def page(self) -> str:
        """`02-rcar.html`."""
        return f"{self.name}.html"


@dataclass(frozen=True, slots=True)
class Book:
    """The title, one sentence about it, the chapters in reading order, the one where a teacher begins."""

    title: str
    summary: str
    chapters: tuple[Chapter, ...]
    teaching: Chapter | None = None


def load_book(root: Path) -> Book:
    """The book of the project at `root`.

    Raises SpecificationError: no or unreadable `book.toml`, a missing notebook, a chapter that needs one
    that is unknown or comes later (so that there is no circle), an unknown teaching chapter.
    """
    path = root / ORDER
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecificationError("the book has no order", where=ORDER.as_posix()) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecificationError(f"not readable: {error}", where=ORDER.as_posix()) from None
    entries = data.get("chapters", [])
    chapters: list[Chapter] = []
    for entry in entries if isinstance(entries, list) else []:
        chapter = _chapter(entry)
        earlier = [one.file for one in chapters]
        if chapter.file in earlier:
            raise SpecificationError(f"the chapter {chapter.file} stands twice", where=ORDER.as_posix())
        for needed in chapter.needs:
            if needed not in earlier:
                raise SpecificationError(
                    f"{chapter.file} needs {needed}, which does not come before it",
                    where=ORDER.as_posix(),
                    advice=did_you_mean(needed, earlier) or "it is the first chapter",
                )
        if not (root / NOTEBOOKS / chapter.file).is_file():
            raise SpecificationError(f"there is no notebook {chapter.file}", where=ORDER.as_posix())
        chapters.append(chapter)
    if not chapters:
        raise SpecificationError("the book has no chapters", where=ORDER.as_posix())
    title, summary = _string(data, "title"), str(data.get("summary", ""))
    return Book(title, summary, tuple(chapters), _teaching(data, chapters))


def _teaching(data: Mapping[str, Any], chapters: Sequence[Chapter]) -> Chapter | None:
    if "teaching" not in data:
        return None
    known = {one.file: one for one in chapters}
    file = _string(data, "teaching")
    if file not in known:
        raise SpecificationError(
            f"`teaching` names {file}, which is no chapter",
            where=ORDER.as_posix(),
            advice=did_you_mean(file, known),
        )
    return known[file]


def _chapter(entry: Any) -> Chapter:
    if not isinstance(entry, dict):
        raise SpecificationError("a chapter is a table [[chapters]]", where=ORDER.as_posix())
    needs = entry.get("needs", [])
    if not isinstance(needs, list):
        raise SpecificationError("`needs` is a list of file names", where=ORDER.as_posix())
    file = _string(entry, "file")
    if "/" in file or not file.endswith(".ipynb"):
        raise SpecificationError(f"{file!r} is not the file name of a notebook", where=ORDER.as_posix())
    return Chapter(
        file, _string(entry, "title"), str(entry.get("summary", "")), tuple(str(need) for need in needs)
    )


def _string(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise SpecificationError(f"`{key}` is missing", where=ORDER.as_posix())
    return value
