"""Pictures in `figures/`: of a trace in `pv/traces/`, or of a graph, whose DOT lies beside it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbspec.generated import emit, note

if TYPE_CHECKING:
    from appliedpi.traces.trace import Trace
    from kbspec.picture import Chart

FIGURES = Path("figures")
TRACES = Path("pv") / "traces"


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


def trace_of(model: str, query: str) -> Path:
    """Where the trace of a query is kept, if there is one; relative to the root of the project."""
    return TRACES / model / f"{query}.json"


def keep_trace(root: Path, chapter: str, model: str, query: str, trace: Trace) -> None:
    """Write the trace of a query, from which its picture is drawn, as `pv/traces/<model>/<query>.json`."""
    emit(root, chapter, trace_of(model, query), trace.to_json())


def draw(
    root: Path, chapter: str, model: str, query: str, trace: Trace, *,
    title: str, description: str, lanes: Mapping[str, str] | None = None,
) -> Figure:
    """Draw the trace of a query as `figures/<model>-<query>.svg`; the trace itself is kept too."""
    from kbspec.charts import sequence_chart

    keep_trace(root, chapter, model, query, trace)
    chart = sequence_chart(trace, title=title, description=description, lanes=lanes)
    return keep(root, chapter, figure_of(model, query).stem, chart)


def keep(root: Path, chapter: str, name: str, chart: Chart) -> Figure:
    """Write a picture, and the source it has, as `figures/<name>`."""
    path = FIGURES / f"{name}.svg"
    chart.save(root / path.with_suffix(""))
    note(root, chapter, *(path.with_suffix(suffix) for suffix in (".svg", chart.suffix) if suffix))
    return Figure(f"figure-{name}", path, chart)
