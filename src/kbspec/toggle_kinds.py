"""The kinds of toggles, and the words for each.

A toggle is a `@check` that may be skipped, an `@assume` that may be violated, or an `@alternative` that may
be in use: another TEE, another evidence format, another storage back end. All of them are off in the base
model, and turning one on only ever adds behaviour (`kbspec.variants`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToggleKind:
    """One kind.

    `tag` is the word of the structured comment, `name` that of `pv/fault-sets.json`, `option` that of the
    command line, `change` stands before the ID in the name of a variant, `done` is said of the statement in
    its text. `difference`, `condition` and `state` are said of an ID, which stands for the braces, and `when`
    of "it"; `instruction` is over a list of them.
    """

    tag: str
    name: str
    option: str
    change: str
    done: str
    difference: str
    condition: str
    state: str
    when: str
    instruction: str

    @property
    def mark(self) -> str:
        """What stands before the ID in the name of a variant: `-without-`."""
        return f"-{self.change}-"


CHECK = ToggleKind(
    "check", "check", "without", "without", "removed", "without {}", "without {}", "{} is not done",
    "without it", "Skip these checks",
)  # fmt: skip
ASSUMPTION = ToggleKind(
    "assume", "assumption", "assume", "violating", "violated", "{} violated", "where {} is violated",
    "{} is violated", "when it is violated", "Violate these assumptions",
)  # fmt: skip
ALTERNATIVE = ToggleKind(
    "alternative", "alternative", "with", "with", "in use", "with {}", "with {}", "{} is in use",
    "when it is in use", "Use these alternatives too",
)  # fmt: skip
TOGGLE_KINDS = (CHECK, ASSUMPTION, ALTERNATIVE)
Toggles = Mapping[ToggleKind, Sequence[str]]  # the IDs that are on, by kind
BY_TAG = {kind.tag: kind for kind in TOGGLE_KINDS}
BY_NAME = {kind.name: kind for kind in TOGGLE_KINDS}


def grouped(ids: Iterable[str], tags: Mapping[str, str]) -> dict[ToggleKind, tuple[str, ...]]:
    """The IDs by kind, each kind that has some, in the order of kinds; `tags` gives the tag of each ID."""
    chosen = list(ids)
    found = {kind: tuple([id for id in chosen if tags[id] == kind.tag]) for kind in TOGGLE_KINDS}
    return {kind: of_kind for kind, of_kind in found.items() if of_kind}
