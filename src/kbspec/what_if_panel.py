"""The tick boxes of the what-if panel, with ipywidgets: native controls, so that the keyboard works."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ipywidgets

from kbspec.errors import SpecificationError
from kbspec.toggle_kinds import grouped

if TYPE_CHECKING:
    from kbspec.what_if import WhatIf


def panel(question: WhatIf) -> ipywidgets.VBox:
    """A tick box for each toggle; the table of verdicts and the chart of the first broken property follow."""
    boxes = {id: _box(id, question) for id in question.toggles}
    groups = []
    for kind, ids in grouped(question.toggles, question.toggles).items():
        chosen = [boxes[id] for id in ids]
        groups.append(ipywidgets.VBox([ipywidgets.HTML(f"<b>{kind.instruction}</b>"), *chosen]))
    reset = ipywidgets.Button(description="As it is", tooltip="Untick everything")
    table, chart = ipywidgets.HTML(), ipywidgets.HTML()
    follow = _Follower(question, boxes, table, chart)
    for box in boxes.values():
        box.observe(follow, names="value")
    reset.on_click(follow.reset)
    follow(None)
    layout = ipywidgets.Layout(flex_flow="row wrap")
    return ipywidgets.VBox([ipywidgets.HBox(groups, layout=layout), reset, table, chart])


def choice_panel(subject: str, questions: Mapping[str, WhatIf]) -> ipywidgets.VBox:
    """A list of models, by their titles, and below it the panel of the one that is picked."""
    pick = ipywidgets.Dropdown(
        options=list(questions), description=f"{subject}:", style={"description_width": "initial"},
        layout=ipywidgets.Layout(width="max-content"),
    )  # fmt: skip
    panels: dict[str, ipywidgets.VBox] = {}
    place = ipywidgets.VBox()

    def follow(change: Any) -> None:
        if pick.value not in panels:
            panels[pick.value] = panel(questions[pick.value])
        place.children = [panels[pick.value]]

    pick.observe(follow, names="value")
    follow(None)
    return ipywidgets.VBox([pick, place])


def _box(id: str, question: WhatIf) -> ipywidgets.Checkbox:
    text = question.statement(id)
    return ipywidgets.Checkbox(
        value=False, description=f"{id}: {text}", tooltip=text, indent=False,
        layout=ipywidgets.Layout(width="auto"),
    )  # fmt: skip


class _Follower:
    """Keeps table and chart in step with the boxes."""

    def __init__(
        self,
        question: WhatIf,
        boxes: dict[str, ipywidgets.Checkbox],
        table: ipywidgets.HTML,
        chart: ipywidgets.HTML,
    ) -> None:
        self._question = question
        self._boxes = boxes
        self._table = table
        self._chart = chart
        self._quiet = False

    def __call__(self, change: Any) -> None:
        if self._quiet:
            return
        on = tuple([id for id, box in self._boxes.items() if box.value])
        try:
            self._table.value = self._question.table(on)._repr_html_()  # at once; the chart takes a proof
            self._chart.value = ""
            chart = self._question.chart(on)
            if chart is not None:
                self._chart.value = chart._repr_html_()
        except SpecificationError as error:
            self._chart.value = f"<pre>{html.escape(str(error))}</pre>"

    def reset(self, button: Any) -> None:
        """Untick every box, and follow once."""
        self._quiet = True
        for box in self._boxes.values():
            box.value = False
        self._quiet = False
        self(None)
