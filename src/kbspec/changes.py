"""What was changed to make a variant: the lines of the base, and those that stand there instead."""

from __future__ import annotations

import html
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """The lines that differ between a model and its variant, which have the same number of lines."""

    variant: str
    base: str
    before: str
    after: str

    def lines(self) -> list[tuple[int, str, str]]:
        """Line number, the line before, the line after, for each line that differs."""
        pairs = zip(self.before.split("\n"), self.after.split("\n"), strict=True)
        return [(number, old, new) for number, (old, new) in enumerate(pairs, 1) if old != new]

    def __repr__(self) -> str:
        shown = [f"{self.variant} differs from {self.base} in"]
        for number, old, new in self.lines():
            shown += [f"{number:4} - {old}", f"{number:4} + {new}"]
        return "\n".join(shown) if len(shown) > 1 else f"{self.variant} is {self.base}"

    def _repr_html_(self) -> str:
        rows = []
        for number, old, new in self.lines():
            for mark, element, text in (("-", "del", old), ("+", "ins", new)):
                rows.append(f"{number:4} {mark} <{element}>{html.escape(text)}</{element}>")
        if not rows:
            return f'<p class="kbspec-changes">{html.escape(repr(self))}</p>'
        return '<pre class="kbspec-changes">' + "\n".join(rows) + "</pre>"
