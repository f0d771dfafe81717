"""How the cost of the fault sets grows with toggles, evidence formats and TEE families.

    python -m bench.families

For none, one, two, four, ... all toggles of some models of the book, and for models with more and more
evidence formats and TEE families (`bench.generated`), all sets of at most two toggles: one saturation for the
whole family, the built-in verifier run once for each variant, the ProVerif on PATH run once for each. And
every minimal set of any size: the family without a bound and, for each set found, a run of the built-in
verifier for the queries that it breaks; against a border search (`kbspec.border_search`) that runs ProVerif.

Processor seconds, because the clock says little on a machine that is shared; ours in process (no start-up,
pure Python or compiled as it is installed), ProVerif's of the command; traces of what is false are looked for
in the separate runs only. Writes `bench/families.json` and its picture, `bench/families.svg`.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from appliedpi import core, native
from appliedpi.engine import prove
from appliedpi.families import Family, fault_sets, load_family
from appliedpi.limits import Limits
from bench.generated import with_formats, with_tee_families
from kbspec.border_search import Ids, border_search
from kbspec.commands import model_file, with_toggles
from kbspec.files import to_json, write_atomically
from kbspec.language import verify
from kbspec.tags import find_tags
from kbspec.toggle_kinds import BY_TAG

ROOT = Path(__file__).resolve().parents[1]
MODELS = ("rcar", "disk-boot", "image-signed", "formats-built-in", "both")
BOUND = 2
TIMEOUT = 600.0  # seconds of the clock, for one run of ProVerif
PAIRS = {
    "family": "one saturation with labels",
    "separate": "built-in verifier, one run for each set",
    "proverif": "ProVerif, one run for each set",
}
COMPLETE = {
    "complete": "saturations with labels, a run for each set found",
    "border": "ProVerif, border search",
}
_COLOURS = {"separate": "C1", "proverif": "C2", "complete": "C4", "border": "C3"}


@dataclass(frozen=True)
class Series:
    """Models that differ in how many there are of something, `what`; each with its number."""

    name: str
    what: str
    models: tuple[tuple[int, str], ...]


def every_series() -> list[Series]:
    """Toggles of models of the book; evidence formats; TEE families."""
    found = []
    for model in MODELS:
        text = model_file(ROOT, model)
        numbers = sizes(len(load_family(text).toggles))
        found.append(Series(model, "toggles", tuple([(n, first_toggles(text, n)) for n in numbers])))
    formats = [(number, with_formats(ROOT, number)) for number in (1, 2, 4, 8)]
    families = [(number, with_tee_families(ROOT, number)) for number in (1, 2, 4)]
    return [
        *found,
        Series("an AS with several verifiers", "evidence formats", tuple(formats)),
        Series("one interface, several TEEs", "TEE families", tuple(families)),
    ]


def first_toggles(text: str, count: int) -> str:
    """The model with the first toggles only: the tags of the others become plain comments."""
    kept = dict.fromkeys([tag.id for tag in find_tags(text) if tag.kind in BY_TAG])
    others = [id for number, id in enumerate(kept) if number >= count]
    for id in others:
        text = re.sub(rf"\(\*@(\w+) {re.escape(id)} ", rf"(* \1 {id} ", text)
    return text


def sizes(count: int) -> list[int]:
    """None, 1, 2, 4, ... and all."""
    powers = [1 << exponent for exponent in range(count.bit_length()) if 1 << exponent < count]
    return [0, *powers, count]


def measured(text: str, with_proverif: bool) -> dict[str, Any]:
    """The cost of all sets of at most two toggles of this model, and of all minimal sets, each way."""
    family = load_family(text)
    sets = [ids for size in range(BOUND + 1) for ids in combinations(family.toggles, size)]
    found, seconds = timed(lambda: fault_sets(family, bound=BOUND, steps=0))
    proofs = [json.loads(one.certificate) for one in found if one.certificate is not None]
    whole, unbounded = timed(lambda: fault_sets(family, bound=BOUND))
    broken: dict[tuple[str, ...], list[core.Query]] = {}
    for one in whole:
        for ids in one.sets:
            broken.setdefault(ids, []).append(one.query)
    figures = {
        "toggles": len(family.toggles),
        "sets": len(sets),
        "clauses": len(proofs[0]["saturated"]["clauses"]) if proofs else None,
        "family": seconds,
        "separate": timed(lambda: run_each(family, dict.fromkeys(sets, family.model.queries)))[1],
        "complete": unbounded + timed(lambda: run_each(family, broken))[1],
        "complete_up_to": min([one.complete_up_to for one in whole if one.complete_up_to is not None],
                              default=None),
    }  # fmt: skip
    if not with_proverif:
        return figures | {"proverif": None, "border": None, "border_runs": None}
    known: dict[Ids, dict[str, str]] = {}
    figures["proverif"] = timed(lambda: [ask_proverif(text, family, ids) for ids in sets], children)[1]
    figures["border"] = timed(lambda: border_by_proverif(text, family, known), children)[1]
    return figures | {"border_runs": len(known)}


def run_each(family: Family, queries: Mapping[tuple[str, ...], Sequence[core.Query]]) -> None:
    """The built-in verifier on the variant of each set, for these queries."""
    for ids, asked in queries.items():
        prove(replace(family.variant(ids), queries=tuple(asked)), limits=Limits())


def ask_proverif(text: str, family: Family, on: Iterable[str]) -> dict[str, str]:
    """What ProVerif says of the variant with these toggles on, by query."""
    ids = [id for id in family.toggles if id in on]
    report = verify(with_toggles(text, ids), backend="proverif", timeout=TIMEOUT)
    return {result.name or "": result.verdict.value for result in report.results}


def border_by_proverif(text: str, family: Family, known: dict[Ids, dict[str, str]]) -> None:
    """Every minimal set of each query, by ProVerif run where the border search asks, each variant once."""

    def is_lost(query: str, on: Ids) -> bool:
        if on not in known:
            known[on] = ask_proverif(text, family, on)
        return known[on][query] != "true"

    for query in family.model.queries:
        border_search(family.toggles, partial(is_lost, query.name or ""))


def timed(work: Callable[[], Any], clock: Callable[[], float] = time.process_time) -> tuple[Any, float]:
    """What it gives, and the seconds by a clock: by default those that this process computed."""
    gc.collect()  # what earlier measurements left behind is not counted here
    before = clock()
    result = work()
    return result, clock() - before


def children() -> float:
    """Processor seconds of the commands that this process has run."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def drawn(measurements: Sequence[dict[str, Any]]) -> str:
    """The picture: for each series the seconds, and the clauses, against the number of what it varies.

    What all minimal sets cost is shown where the saturations found them all.
    """
    with matplotlib.rc_context({"svg.hashsalt": "bench", "font.size": 9}):
        figure = Figure(figsize=(12, 2.8 * len(measurements)), layout="constrained")
        FigureCanvasSVG(figure)
        for panels, series in zip(
            figure.subplots(len(measurements), 3, squeeze=False), measurements, strict=True
        ):
            name, rows = series["name"], series["rows"]
            _lines(panels[0], rows, PAIRS, f"{name}: all sets of up to {BOUND}")
            complete = [row for row in rows if row["complete_up_to"] is None]
            _lines(panels[1], complete, COMPLETE, "every minimal set")
            _lines(panels[2], rows, {"clauses": "clauses kept"}, f"the family, up to {BOUND}")
            for panel in panels:
                panel.set(xlabel=series["what"])
            for panel in panels[:2]:
                panel.set(yscale="log", ylabel="processor seconds")
            panels[2].set(ylabel="clauses kept", ylim=(0, None))
        lines = [line for panel in figure.axes[:2] for line in panel.lines]
        figure.legend(handles=lines, loc="outside upper center", ncols=3)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "drawn.svg"
            figure.savefig(path, format="svg", metadata={"Date": None})
            return path.read_text(encoding="utf-8")


def _lines(panel: Axes, rows: Sequence[dict[str, Any]], lines: dict[str, str], title: str) -> None:
    """A line for each of these figures, where there are any."""
    panel.set_title(title)
    for key, label in lines.items():
        points = [(row["number"], row[key]) for row in rows if row[key] is not None]
        if points:
            panel.plot(*zip(*points, strict=True), _COLOURS.get(key, "C0"), marker="o", label=label)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a line for each model, write the two files."""
    parser = argparse.ArgumentParser(prog="python -m bench.families", description="Measure fault sets.")
    parser.parse_args(arguments)
    with_proverif = shutil.which("proverif") is not None
    measurements = []
    for series in every_series():
        rows = []
        for number, text in series.models:
            rows.append({"number": number, **measured(text, with_proverif)})
            print(f"{series.name}:", ", ".join([f"{k} {v}" for k, v in rows[-1].items()]), flush=True)
        measurements.append({"name": series.name, "what": series.what, "rows": rows})
    document = {
        "bound": BOUND, "python": sys.version.split()[0], "compiled": native.in_use(),
        "seconds": "of processor", "series": measurements,
    }  # fmt: skip
    write_atomically(ROOT / "bench" / "families.json", to_json(document))
    write_atomically(ROOT / "bench" / "families.svg", drawn(measurements))
    return 0


if __name__ == "__main__":
    sys.exit(main())
