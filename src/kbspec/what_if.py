"""The what-if panel: what becomes of the properties with toggles on: checks skipped, assumptions violated.

In JupyterLab a panel of tick boxes (ipywidgets), in which the table of verdicts and the chart of the first
property that breaks follow the ticks. Where nobody can tick (the HTML book, a terminal), a sentence and the
table of the fault sets say the same.

A verdict is read off the fault sets of the model where these settle it, because a toggle only ever adds
behaviour; otherwise, and for the chart, the variant is verified.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kbspec import fault_records
from kbspec.claims import FALSE, TRUE, Outcome, VerdictTable
from kbspec.errors import SpecificationError
from kbspec.fault_records import ModelFaults, Set
from kbspec.faults import Faults
from kbspec.progress import somebody_watches
from kbspec.tables import Cell, Table
from kbspec.toggle_kinds import BY_TAG
from kbspec.verdicts import recorded_text

if TYPE_CHECKING:
    from kbspec.models import Model
    from kbspec.picture import Chart


@dataclass(frozen=True)
class WhatIf:
    """What becomes of a model when toggles are on. Build it with `model.what_if()`."""

    model: Model
    _variants: dict[Set, Model] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def toggles(self) -> Mapping[str, str]:
        """The tag of each toggle, "check", "assume" or "alternative", by ID."""
        return {tag.id: tag.kind for tag in self.model.tags if tag.kind in BY_TAG}

    def statement(self, id: str) -> str:
        """The English of a toggle or a property."""
        return self._texts[id]

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        return {tag.id: tag.text for tag in self.model.tags}

    @cached_property
    def _base(self) -> VerdictTable:
        return self.model.verify()

    @cached_property
    def _known(self) -> ModelFaults | None:
        """The fault sets that are recorded of just this text; None where there are none."""
        if not recorded_text(self.model.root, self.model.name, self.model.text):
            return None
        found = fault_records.load(self.model.root).get(self.model.name)
        return found if found is not None and set(found.toggles) == set(self.toggles) else None

    # --- the verdicts -----------------------------------------------------------------------------

    def verdicts(self, on: Set) -> dict[str, str]:
        """The verdict of each query, in ProVerif's word, with these toggles on.

        Raises SpecificationError for an unknown ID, and whatever `model.report` raises.
        """
        for id in on:
            if id not in self.toggles:
                raise SpecificationError(f"model {self.model.name} has no toggle {id}")
        base = {one.id: one.verdict for one in self._base.outcomes}
        if not on:
            return base
        read = {id: self._read(id, frozenset(on)) for id in base}
        if all(verdict is not None for verdict in read.values()):
            return {id: verdict for id, verdict in read.items() if verdict is not None}
        return {one.id: one.verdict for one in self.variant(on).verify().outcomes}

    def _read(self, query: str, on: frozenset[str]) -> str | None:
        """The verdict that the fault sets settle; None where they do not."""
        if self._known is None or query not in self._known.queries:
            return None
        verdict = self._known.queries[query].allows(on)
        bound = self._known.complete_up_to
        if verdict == TRUE and bound is not None and len(on) > bound:
            return None
        return verdict

    def variant(self, on: Set) -> Model:
        """The model with these toggles on; what was verified of it is kept with it."""
        if on not in self._variants:
            self._variants[on] = self.model.with_toggles(on)
        return self._variants[on]

    def broken(self, on: Set) -> list[str]:
        """The properties that hold in the model and not with these toggles on."""
        verdicts = self.verdicts(on)
        return [
            one.id for one in self._base.outcomes
            if not one.reachability and one.verdict == TRUE and verdicts[one.id] != TRUE
        ]  # fmt: skip

    def table(self, on: Set) -> Table:
        """Each property with its verdict in the model and with these toggles on."""
        verdicts = self.verdicts(on)
        rows = []
        for one in self._base.outcomes:
            changed = Outcome(one.id, "", "", verdicts[one.id], one.reachability, "", None)
            kind = {"✓": "true", "✗": "false", "?": "cannot-be-proved"}[changed.symbol]
            word = f"{changed.symbol} {changed.word}"
            lost = verdicts[one.id] != one.verdict
            rows.append(
                (
                    Cell(one.id, f"<code>{html.escape(one.id)}</code>"), Cell(one.statement),
                    Cell(f"{one.symbol} {one.word}"),
                    Cell(word, f"<strong>{word}</strong>" if lost else None, f"kbspec-verdict kbspec-{kind}"),
                )
            )  # fmt: skip
        caption = f"{self.model.name} {self._named(on)}"
        columns = ("ID", "Property", "As it is", "Now")
        return Table(caption, columns, tuple(rows), "kbspec-verdicts kbspec-what-if")

    def chart(self, on: Set) -> Chart | None:
        """The attack on the first property that breaks; None where none does, or it has no trace."""
        from kbspec.charts import sequence_chart

        broken = self.broken(on)
        if not broken:
            return None
        variant = self.variant(on)
        for result in variant.report().results:
            if result.name == broken[0] and result.verdict.value == FALSE and result.trace is not None:
                return sequence_chart(
                    result.trace,
                    title=f"Attack on {broken[0]}: {self._texts[broken[0]]}",
                    description=f"{self.model.name} {self._named(on)}. {result.trace.goal}",
                )
        return None

    def _named(self, on: Set) -> str:
        words = [f"{BY_TAG[self.toggles[id]].change} {id}" for id in on]
        return ", ".join(words) if words else "as it is"

    # --- how it shows -----------------------------------------------------------------------------

    @cached_property
    def faults(self) -> Faults:
        """All fault sets, for where nobody can tick; found where this chapter has not found them before."""
        found = fault_records.recorded(self.model.root, self.model.chapter, self.model.name)
        if found is None:
            return self.model.fault_sets()
        return Faults(self.model, found, {one.id: one for one in self._base.outcomes}, None)

    def sentence(self) -> str:
        """What the panel answers, for a reader of the book."""
        return (
            f"What if {self.model.name} skipped a check or an assumption did not hold? In JupyterLab this is "
            "a panel with a tick box for each, and the attack is drawn; here is its answer as a table: a "
            "property is lost with each of the sets in its row, and with whatever contains one of them."
        )

    def to_html(self) -> str:
        """The sentence and the table."""
        text = f'<p class="kbspec-what-if">{html.escape(self.sentence())}</p>'
        return f"{text}\n{self.faults._repr_html_()}"

    def __repr__(self) -> str:
        return f"{self.sentence()}\n{self.faults!r}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The panel where somebody can tick, else the sentence and the table."""
        if not somebody_watches():
            return {"text/html": self.to_html(), "text/plain": repr(self)}
        from kbspec.what_if_panel import panel

        shown: dict[str, Any] = panel(self)._repr_mimebundle_()
        return shown | {"text/plain": f"the what-if panel of {self.model.name}"}
