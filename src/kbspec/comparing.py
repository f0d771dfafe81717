"""What `kbspec diff` does: in which verdicts two models differ, and in which checks and fragments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbspec.commands import model_file
from kbspec.errors import SpecificationError
from kbspec.proving import prove
from kbspec.tags import find_tags
from kbspec.toggle_kinds import ALTERNATIVE, ASSUMPTION, CHECK, TOGGLE_KINDS, Toggles
from kbspec.verdicts import base_of, digest, is_variant, load

_CHANGES = "|".join([kind.change for kind in TOGGLE_KINDS])
_CHANGE = re.compile(rf"-({_CHANGES})-(\w+(?:-\w+)*?)(?=-(?:{_CHANGES})-|$)")
_ABSENT = "not asked"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two models. `name` may be that of a variant (`rcar-without-CHK-NONCE`)."""

    name: str
    base: str
    toggles: Toggles
    text: str  # of the base
    verdicts: dict[str, str]

    @property
    def carried(self) -> set[str]:
        """The checks that its parties perform."""
        return {tag.id for tag in find_tags(self.text) if tag.kind == "check"} - {*self.toggles[CHECK]}


@dataclass(frozen=True, slots=True)
class Difference:
    """`verdicts` are the properties with two verdicts; `reasons` says what differs in the models."""

    first: Side
    second: Side
    verdicts: tuple[tuple[str, str, str], ...]
    reasons: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "models": [self.first.name, self.second.name],
            "verdicts": {id: [one, other] for id, one, other in self.verdicts},
            "because": list(self.reasons),
        }

    def __str__(self) -> str:
        names = f"{self.first.name} and {self.second.name}"
        if self.verdicts:
            lines = [f"{names} differ in"]
            lines += [f"  {id}: {one} in {self.first.name}, {other} in {self.second.name}"
                      for id, one, other in self.verdicts]  # fmt: skip
        else:
            lines = [f"{names} have the same verdicts"]
        lines += ["because", *[f"  {one}" for one in self.reasons]] if self.reasons else []
        return "\n".join(lines)


def diff(root: Path, first: str, second: str) -> Difference:
    """Compare two models or variants. A verdict that the book has not recorded is found by a proof.

    Raises SpecificationError for an unknown name.
    """
    one, other = _side(root, first), _side(root, second)
    ids = dict.fromkeys([*one.verdicts, *other.verdicts])
    pairs = [(id, one.verdicts.get(id, _ABSENT), other.verdicts.get(id, _ABSENT)) for id in ids]
    return Difference(
        one, other, tuple([pair for pair in pairs if pair[1] != pair[2]]), tuple(_reasons(one, other))
    )


def _side(root: Path, name: str) -> Side:
    base = base_of(name)
    changes = _CHANGE.findall(name[len(base) :])
    if is_variant(name) and not changes:
        raise SpecificationError(
            f"{name} names no variant",
            advice="write MODEL-without-CHK, MODEL-violating-ASM or MODEL-with-ALT",
        )
    toggles = {kind: [id for word, id in changes if word == kind.change] for kind in TOGGLE_KINDS}
    text = model_file(root, base)
    return Side(name, base, toggles, text, _verdicts(root, name, base, toggles))


def _verdicts(root: Path, name: str, base: str, toggles: Toggles) -> dict[str, str]:
    """The recorded verdicts of exactly this text; where there are none, those of a proof."""
    from kbspec.book.results import rows

    record = load(root).get(name)
    path = root / "pv" / "models" / f"{name}.pv"
    if record is not None and path.is_file() and digest(path.read_text(encoding="utf-8")) == record.sha256:
        return {row.id: row.word for row in rows(record)}
    return {one.id: one.word for one in prove(root, base, toggles).table.outcomes}


def _reasons(one: Side, other: Side) -> list[str]:
    """What differs: checks, violated assumptions, alternatives, fragments."""
    found = []
    for left, right in ((one, other), (other, one)):
        only = left.carried - right.carried
        if only:
            found.append(f"{_listed(only)} {_is(only)} done in {left.name} only")
        for kind in (ASSUMPTION, ALTERNATIVE):
            changed = {*left.toggles[kind]} - {*right.toggles[kind]}
            if changed:
                found.append(f"{_listed(changed)} {_is(changed)} {kind.done} in {left.name} only")
    mine, theirs = _fragments(one.text), _fragments(other.text)
    for left_name, left_only in ((one.name, mine.keys() - theirs), (other.name, theirs.keys() - mine)):
        if left_only:
            noun = "fragment" if len(left_only) == 1 else "fragments"
            found.append(f"the {noun} {_listed(left_only)} {_is(left_only)} in {left_name} only")
    changed = {name for name in mine.keys() & theirs if mine[name] != theirs[name]}
    if changed:
        found.append(f"{_listed(changed)} {'reads' if len(changed) == 1 else 'read'} differently")
    return found


def _fragments(text: str) -> dict[str, str]:
    from kbspec.book.models import blocks

    found: dict[str, str] = {}
    for block in blocks(text):
        if block.fragment is not None:
            found[block.fragment] = found.get(block.fragment, "") + block.text.strip()
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _is(names: set[str]) -> str:
    return "is" if len(names) == 1 else "are"
