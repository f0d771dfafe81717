"""Pictures in `figures/`, each beside what it was drawn from: a trace as JSON, a graph as DOT."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbspec.generated import note

if TYPE_CHECKING:
    from appliedpi.traces.trace import Trace
    from kbspec.picture import Chart

FIGURES = Path("figures")


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with a place to link to; `path` is its SVG, relative to the root of the project."""

    id: str
    path: Path
    chart: Chart

    @property
    def svg(self) -> str:
        return self.chart.svg

    def _repr_html_(self) -> str:
        identity = html.escape(self.id, quote=True)
        return f'<div class="kbspec-figure" id="{identity}">\n{self.chart._repr_html_()}\n</div>'

    def __repr__(self) -> str:
        return repr(self.chart)


def figure_of(model: str, query: str) -> Path:
    """Where the picture of the trace of a query is, if there is one; relative to the root of the project."""
    return FIGURES / f"{model}-{query}.svg"


def draw(
    root: Path, chapter: str, model: str, query: str, trace: Trace, *,
    title: str, description: str, lanes: Mapping[str, str] | None = None,
) -> Figure:
    """Draw the trace of a query and write `figures/<model>-<query>.svg` and `.json`."""
    from kbspec.charts import sequence_chart

    chart = sequence_chart(trace, title=title, description=description, lanes=lanes)
    return keep(root, chapter, figure_of(model, query).stem, chart)


def keep(root: Path, chapter: str, name: str, chart: Chart) -> Figure:
    """Write a picture and its source as `figures/<name>`."""
    path = FIGURES / f"{name}.svg"
    chart.save(root / path.with_suffix(""))
    note(root, chapter, *(path.with_suffix(suffix) for suffix in (".svg", chart.suffix) if suffix))
    return Figure(f"figure-{name}", path, chart)
