"""From fragments to one standalone text that the real ProVerif runs as it is, and from its lines back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kbspec.checking import CheckedFragment
from kbspec.errors import FragmentError, SpecificationError
from kbspec.fragments import Fragment
from kbspec.source import significant


@dataclass(frozen=True, slots=True)
class Section:
    """Lines `first` to `last` of a model are a fragment's, from its line `fragment_line` on."""

    fragment: Fragment
    first: int
    last: int
    fragment_line: int

    def line_in_fragment(self, line: int) -> int:
        return line - self.first + self.fragment_line


@dataclass(frozen=True, slots=True)
class Assembly:
    """A model's text and which lines come from which fragment."""

    text: str
    sections: tuple[Section, ...]

    def locate(self, line: int) -> Section | None:
        """The section that a line of the text belongs to."""
        for section in self.sections:
            if section.first <= line <= section.last:
                return section
        return None


def assemble(name: str, title: str, parts: Sequence[CheckedFragment]) -> Assembly:
    """The declarations of all fragments in order, then the one process.

    A process that stands in a fragment before others is moved to the end, because ProVerif reads nothing
    after it. Raises FragmentError where there is no process or more than one.
    """
    if "*)" in title or "(*" in title or "\n" in title:
        raise SpecificationError(f"model {name}: the title cannot stand in a comment: {title!r}")
    owners = [part.fragment.name for part in parts if part.tree.process is not None]
    if len(owners) != 1:
        raise FragmentError(
            f"model {name}: "
            + (f"more than one process: {' and '.join(owners)}" if owners else "no fragment has the process"),
            advice="name the fragment that ends with process ..., and only one such",
        )
    text = (
        f"(* Model {name}: {title}\n"
        "   Assembled by kbspec from its fragments: change the cells of the notebooks, not this file. *)\n"
    )
    sections: list[Section] = []
    process: tuple[Fragment, str, int] | None = None
    for position, part in enumerate(parts):
        fragment = part.fragment
        body = fragment.text
        if fragment.name == owners[0] and position < len(parts) - 1:
            start = _process_start(fragment)
            line = body.count("\n", 0, start)
            process = (fragment, body[start:], line + 1)
            body = body[:start].rstrip()
            body = f"{body}\n" if body else ""
        if body:
            text = _append(text, sections, fragment, body, 1)
    if process is not None:
        text = _append(text, sections, *process)
    return Assembly(text, tuple(sections))


def _append(text: str, sections: list[Section], fragment: Fragment, body: str, fragment_line: int) -> str:
    continued = ", continued" if fragment_line > 1 else ""
    text += f"\n(* fragment {fragment.name}, chapter {fragment.chapter}{continued} *)\n"
    first = text.count("\n") + 1
    sections.append(Section(fragment, first, first + body.count("\n") - 1, fragment_line))
    return text + body


def _process_start(fragment: Fragment) -> int:
    """Where the keyword `process` stands, with the comments directly before it."""
    for token in significant(fragment.text):
        if token.text == "process":
            return token.start
    raise AssertionError(f"{fragment.name} has a process but not the word")
