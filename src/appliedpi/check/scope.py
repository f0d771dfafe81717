"""Of which sets of toggles a certificate speaks (see `appliedpi.families`).

The label of a clause is a bit set: the toggles without which it is not there. For any set of toggles, the
clauses whose labels it contains are those of that variant of the model. So a clause whose label is contained
in no set that is spoken of may be left out, and need not satisfy the query.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, eq=False, slots=True)
class Scope:
    """All sets of at most `bound` of the `toggles` (None: of any number) that contain none of the labels in
    `apart` and `breaks`. The model's clauses are saturated for those without one in `apart`, and all queries
    share them; `breaks` are the sets of this query.
    """

    toggles: tuple[str, ...]
    bound: int | None
    apart: tuple[int, ...]
    breaks: tuple[int, ...]

    def __post_init__(self) -> None:
        if any(label >> len(self.toggles) for label in (*self.apart, *self.breaks)):
            raise ValueError("a set contains a toggle that is not there")

    def includes(self, label: int) -> bool:
        """Whether some set that is spoken of contains the label."""
        few = self.bound is None or label.bit_count() <= self.bound
        return few and all(one & ~label for one in (*self.apart, *self.breaks))

    def __str__(self) -> str:
        size = "" if self.bound is None else f"up to {self.bound} of "
        listed = len(self.apart) + len(self.breaks)
        return f"with any of {size}{len(self.toggles)} toggles on, but where {listed} listed sets are on"


WITHOUT_TOGGLES: Final = Scope((), None, (), ())
