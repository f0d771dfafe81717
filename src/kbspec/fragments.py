"""Fragments: named pieces of a model, written in cells of the chapters, kept in `pv/fragments/`.

A fragment holds declarations, or the final `process`, and names the fragments that it uses. Executing its
cell again replaces it. A fragment that a later chapter uses is read back from its file, so chapters run in
separate kernels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kbspec.errors import FragmentError, did_you_mean
from kbspec.generated import emit, executed, written
from kbspec.source import line_and_column

FRAGMENTS = Path("pv") / "fragments"
CELL_OFFSET = 1  # the text of a cell starts below its `%%pv` line

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")
_CHAPTER = re.compile(r"[0-9]{2}-[a-z0-9]+(?:-[a-z0-9]+)*")
_HEADER = (
    "(* fragment {name}\n"
    "   chapter  {chapter}\n"
    "   uses     {uses}\n"
    "   Written by kbspec when the chapter is executed: change the cell, not this file. *)\n"
    "\n"
)
_READ_HEADER = re.compile(
    r"\(\* fragment (?P<name>\S+)\n   chapter  (?P<chapter>\S+)\n   uses     (?P<uses>[^\n]*)\n[^\n]*\*\)\n\n"
)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A named piece of a model.

    `text` ends with one newline. `cell` tells whether it was defined in this kernel; otherwise it was read
    from its file.
    """

    name: str
    chapter: str
    text: str
    uses: tuple[str, ...] = ()
    cell: bool = True

    @property
    def path(self) -> Path:
        """Its file, relative to the root of the project."""
        return FRAGMENTS / self.chapter / (self.name.replace("/", "-") + ".pv")

    @property
    def header(self) -> str:
        return _HEADER.format(name=self.name, chapter=self.chapter, uses=", ".join(self.uses) or "nothing")

    @property
    def anchor(self) -> str:
        """The id of its place in the book."""
        return "fragment-" + self.name.replace("/", "-")

    def where(self, line: int, column: int) -> str:
        """A place of its text in words that lead there: the cell, or the file of an earlier chapter."""
        if self.cell:
            return f"notebook {self.chapter}, cell [{self.name}], line {line + CELL_OFFSET}, column {column}"
        file_line = line + self.header.count("\n")
        return f"{self.path.as_posix()} (fragment {self.name}), line {file_line}, column {column}"


def check_name(name: str) -> str:
    """A fragment's name is `area/part`. Raises FragmentError for anything else."""
    if not _NAME.fullmatch(name):
        raise FragmentError(
            f"{name!r} is not the name of a fragment",
            advice="a name is area/part, in lower-case letters, digits and hyphens: rcar/kbs",
        )
    return name


def check_chapter(name: str) -> str:
    """A chapter's name is that of its notebook: `02-rcar`. Raises FragmentError for anything else."""
    if not _CHAPTER.fullmatch(name):
        raise FragmentError(
            f"{name!r} is not the name of a chapter",
            advice='use the name of the notebook without .ipynb: spec.chapter("02-rcar")',
        )
    return name


def read_fragment(path: Path) -> Fragment:
    """A fragment from its file. Raises FragmentError where the file is not one that kbspec wrote."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FragmentError(
            f"not UTF-8 text (byte {error.start})",
            where=str(path),
            advice="execute the chapter that emits it",
        ) from None
    match = _READ_HEADER.match(text)
    if match is None:
        raise FragmentError(
            "the header of a fragment is missing", where=str(path), advice="execute the chapter that emits it"
        )
    uses = () if match["uses"] == "nothing" else tuple(match["uses"].split(", "))
    return Fragment(match["name"], match["chapter"], text[match.end() :], uses, cell=False)


def _check_encoding(fragment: Fragment) -> None:
    try:
        fragment.text.encode("utf-8")
    except UnicodeEncodeError as error:
        line, column = line_and_column(fragment.text, error.start)
        raise FragmentError(
            "half of a surrogate pair, which is not a character",
            where=fragment.where(line, column),
            advice="write the character itself",
        ) from None


@dataclass(slots=True)
class Registry:
    """The fragments of the project at `root`, as this kernel sees them.

    Fragments defined in this kernel stand before those in files; the files of the chapter being executed
    are not looked at, because its cells are about to write them.
    """

    root: Path
    chapter: str | None = None
    defined: dict[str, Fragment] = field(default_factory=dict)

    def prepare(self, name: str, text: str, uses: Iterable[str] = ()) -> Fragment:
        """The fragment of a cell, checked against what is there, but not registered yet.

        Raises FragmentError: no chapter, a bad name, another chapter's name, an unknown or cyclic use.
        """
        if self.chapter is None:
            raise FragmentError(
                f"fragment {name}: no chapter is being written",
                advice='let the first cell of the notebook say spec.chapter("NN-title")',
            )
        fragment = Fragment(check_name(name), self.chapter, text.rstrip() + "\n", tuple(uses))
        if not text.strip():
            raise FragmentError(f"fragment {name} is empty", where=fragment.where(0, 1))
        _check_encoding(fragment)
        self._check_unique(fragment)
        self.closure([name], pending=fragment)
        return fragment

    def register(self, fragment: Fragment) -> None:
        """Keep a prepared fragment, and write its file."""
        emit(self.root, fragment.chapter, fragment.path, fragment.header + fragment.text)
        self.defined[fragment.name] = fragment

    def get(self, name: str, needed_by: str | None = None) -> Fragment:
        """A fragment by name. Raises FragmentError, with the closest names, where there is none."""
        found = self.defined.get(name) or self._from_file(name)
        if found is None:
            user = f" (used by {needed_by})" if needed_by else ""
            raise FragmentError(f"unknown fragment {name}{user}", advice=did_you_mean(name, self.names()))
        return found

    def names(self) -> set[str]:
        """Every fragment that can be used here."""
        return {*self.defined, *(read_fragment(path).name for path in self._files("*.pv"))}

    def closure(self, names: Iterable[str], pending: Fragment | None = None) -> list[Fragment]:
        """The named fragments and all that they use, each once, each after what it uses.

        `pending` stands for the registered fragment of its name. Raises FragmentError for an unknown
        fragment and for a cycle, which it names.
        """
        done: dict[str, Fragment] = {}
        path: list[str] = []  # the fragments being visited, outermost first
        stack: list[tuple[str, Iterator[str] | None]] = [(name, None) for name in reversed(list(names))]
        while stack:
            name, rest = stack.pop()
            if rest is None:
                if name in done:
                    continue
                if name in path:
                    cycle = " → ".join([*path[path.index(name) :], name])
                    raise FragmentError(
                        f"fragments use each other in a circle: {cycle}",
                        advice="move what both need into a fragment of its own",
                    )
                fragment = self._resolve(name, path[-1] if path else None, pending)
                path.append(name)
                rest = iter(fragment.uses)
            following = next(rest, None)
            if following is None:
                path.pop()
                done[name] = self._resolve(name, None, pending)
            else:
                stack += [(name, rest), (following, None)]
        return list(done.values())

    def _resolve(self, name: str, needed_by: str | None, pending: Fragment | None) -> Fragment:
        if pending is not None and name == pending.name:
            return pending
        return self.get(name, needed_by)

    def _check_unique(self, fragment: Fragment) -> None:
        for path in self._files(fragment.path.name):
            other = read_fragment(path)
            dropped = other.chapter in executed(self.root) and not self._emitted(other)
            if other.name == fragment.name and not dropped:
                raise FragmentError(
                    f"fragment {fragment.name} is already defined in chapter {other.chapter}",
                    where=fragment.where(0, 1),
                    advice=f"choose another name, or use that one: uses {other.name} "
                    f"(if it moved here, execute {other.chapter} again)",
                )
        for other in self.defined.values():
            if other.path == fragment.path and other.name != fragment.name:
                raise FragmentError(
                    f"fragments {fragment.name} and {other.name} would have the same file",
                    where=fragment.where(0, 1),
                    advice="choose another name",
                )

    def _emitted(self, fragment: Fragment) -> bool:
        return fragment.path.as_posix() in written(self.root, fragment.chapter)

    def _from_file(self, name: str) -> Fragment | None:
        for path in self._files(name.replace("/", "-") + ".pv"):
            fragment = read_fragment(path)
            if fragment.name == name:
                return fragment
        return None

    def _files(self, pattern: str) -> list[Path]:
        folder = self.root / FRAGMENTS
        if "/" in pattern or not folder.is_dir():
            return []
        return sorted(path for path in folder.glob(f"*/{pattern}") if path.parent.name != self.chapter)
