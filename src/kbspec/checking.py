"""A fragment in its context: read its tags, parse it, type-check it after everything that it uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from kbspec.bibliography import Bibliography
from kbspec.errors import FragmentError, SpecificationError, did_you_mean
from kbspec.fragments import Fragment
from kbspec.language import elaborate, parse_fragment
from kbspec.tags import Tag, TagError, find_tags

if TYPE_CHECKING:
    from appliedpi import core
    from appliedpi.errors import InputError
    from appliedpi.syntax.tree import ModelTree

_WIDTH = 100
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CheckedFragment:
    fragment: Fragment
    tags: tuple[Tag, ...]
    tree: ModelTree


def read_checked(fragment: Fragment, bibliography: Bibliography) -> CheckedFragment:
    """Parse a fragment, read its tags, resolve what they cite. Raises FragmentError."""
    tree = pointing_into([fragment], lambda: parse_fragment(fragment.text, fragment.name))
    tags = read_tags(fragment, bibliography)  # after the parser, which refuses a text that is too large
    return CheckedFragment(fragment, tags, tree)


def read_tags(fragment: Fragment, bibliography: Bibliography) -> tuple[Tag, ...]:
    """The structured comments of a fragment, each citation known to the bibliography."""
    try:
        tags = find_tags(fragment.text)
    except TagError as error:
        raise fragment_error(fragment, error.line, error.column, error.message, error.advice) from None
    for tag in tags:
        for citation in tag.sources:
            try:
                bibliography.resolve(citation)
            except SpecificationError as error:
                raise fragment_error(fragment, tag.line, tag.column, error.message, error.advice) from None
    return tags


def check_types(parts: list[CheckedFragment]) -> core.Model:
    """Type-check fragments, each after what it uses. Raises FragmentError, also for a second process."""
    with_process = [part for part in parts if part.tree.process is not None]
    if len(with_process) > 1:
        names = " and ".join(part.fragment.name for part in with_process)
        raise FragmentError(
            f"more than one fragment has a process: {names}",
            advice="write all but one of them as a macro, let P() = ..., and call it from the one process",
        )
    fragments = [part.fragment for part in parts]
    sources = {fragment.name: fragment.text for fragment in fragments}
    return pointing_into(fragments, lambda: elaborate([part.tree for part in parts], sources))


def pointing_into(fragments: list[Fragment], action: Callable[[], T]) -> T:
    """Run `action`; an InputError of the verifier becomes a FragmentError that points into the cell."""
    from appliedpi.errors import AppliedPiError, InputError

    try:
        return action()
    except InputError as error:
        raise _translated(fragments, error) from None
    except AppliedPiError as error:
        raise FragmentError(str(error)) from None


def _translated(fragments: list[Fragment], error: InputError) -> FragmentError:
    if error.place is not None:
        for fragment in fragments:
            if fragment.name == error.place.file:
                place = error.place
                return fragment_error(fragment, place.line, place.column, error.message, error.advice)
    return FragmentError(error.message, advice=error.advice)


def fragment_error(
    fragment: Fragment, line: int, column: int, message: str, advice: str | None
) -> FragmentError:
    """The error at a place of a fragment's text, with that line and a caret."""
    lines = fragment.text.split("\n")
    excerpt = caret(lines[line - 1], column) if 0 < line <= len(lines) else ()
    return FragmentError(message, where=fragment.where(line, column), excerpt=excerpt, advice=advice)


def caret(line: str, column: int) -> tuple[str, str]:
    """The line with a caret under `column`; of a very long line, only the part around the column."""
    start = max(0, column - 1 - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[start : start + _WIDTH].replace("\t", " ")
    return f"  {shown}", "  " + " " * (column - 1 - start) + "^"


def find_tag(tags: tuple[Tag, ...], kind: str, id: str) -> list[Tag]:
    """The tags of this kind and ID. Raises SpecificationError, with the known ones, where there is none."""
    found = [tag for tag in tags if tag.kind == kind and tag.id == id]
    if not found:
        known = [tag.id for tag in tags if tag.kind == kind]
        raise SpecificationError(f"no @{kind} {id} in this model", advice=did_you_mean(id, known))
    return found
