"""The what-if panel of several models: the reader picks one (a TEE, an evidence format); toggles follow."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kbspec import fault_records
from kbspec.faults import Faults, together
from kbspec.progress import somebody_watches
from kbspec.what_if import WhatIf


@dataclass(frozen=True)
class WhatIfChoice:
    """What becomes of one of several models when toggles are on. Build it with `spec.what_if(...)`.

    `subject` says what tells the models apart, "TEE"; `questions` are by the words to pick them by.
    """

    subject: str
    questions: Mapping[str, WhatIf]

    def _known(self) -> list[Faults]:
        """The fault sets that earlier cells of the chapter have found; none is looked for here."""
        return [
            question.faults
            for question in self.questions.values()
            if fault_records.recorded(question.model.root, question.model.chapter, question.model.name)
        ]

    def sentence(self) -> str:
        """What the panel answers, for a reader of the book."""
        choose = f"choose the {self.subject}, " if len(self.questions) > 1 else ""
        text = (
            "What if a check were skipped or an assumption did not hold? In JupyterLab this is a panel: "
            f"{choose}tick a box, and the verdicts and the attack follow."
        )
        if not self._known():
            return f"{text} In print, the matrix of this chapter answers for one change at a time."
        return (
            f"{text} Here is its answer as a table: a property is lost with each of the sets in its row, and "
            "with whatever contains one of them."
        )

    def to_html(self) -> str:
        """The sentence, and the table folded away: the chapter has shown most of its rows before."""
        text = f'<p class="kbspec-what-if">{html.escape(self.sentence())}</p>'
        if not self._known():
            return text
        summary = f"Every set, by {html.escape(self.subject)}" if len(self.questions) > 1 else "Every set"
        table = together(self._known())._repr_html_()
        return f"{text}\n<details><summary>{summary}</summary>\n{table}\n</details>"

    def __repr__(self) -> str:
        known = self._known()
        return f"{self.sentence()}\n{together(known)!r}" if known else self.sentence()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The panel where somebody can tick, else the sentence and the table."""
        if not somebody_watches():
            return {"text/html": self.to_html(), "text/plain": repr(self)}
        from kbspec.what_if_panel import choice_panel

        shown: dict[str, Any] = choice_panel(self.subject, self.questions)._repr_mimebundle_()
        return shown | {"text/plain": f"the what-if panel of {len(self.questions)} models"}
