"""The picture of a trace and the trace itself, side by side in `figures/`."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbspec.files import write_atomically

if TYPE_CHECKING:
    from appliedpi.traces.trace import Trace
    from kbspec.charts import Chart

FIGURES = Path("figures")


@dataclass(frozen=True, slots=True)
class Figure:
    """A sequence chart with its caption; `path` is the SVG, relative to the root of the project."""

    id: str
    path: Path
    chart: Chart
    trace: Trace
    caption: str

    @property
    def svg(self) -> str:
        return self.chart.svg

    def _repr_html_(self) -> str:
        return (
            f'<figure class="kbspec-figure" id="{html.escape(self.id, quote=True)}">\n'
            f"{self.chart._repr_html_()}\n"
            f"<figcaption>{html.escape(self.caption)} {html.escape(self.trace.goal)}</figcaption>\n</figure>"
        )

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.trace}\n({self.path.as_posix()})"


def draw(root: Path, model: str, query: str, trace: Trace, *, title: str, summary: str) -> Figure:
    """Draw the trace of a query and write `figures/<model>-<query>.svg` and `.json`."""
    from kbspec.charts import sequence_chart

    chart = sequence_chart(trace, title=title, description=f"{summary} {trace.goal}")
    path = FIGURES / f"{model}-{query}.svg"
    write_atomically(root / path.with_suffix(".json"), trace.to_json())
    write_atomically(root / path, chart.svg)
    return Figure(f"figure-{model}-{query}", path, chart, trace, summary)
