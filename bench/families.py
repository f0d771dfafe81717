"""How the cost of the fault sets grows with the number of toggles, in one run with its alternatives.

    python -m bench.families [--proverif PATH] [--model NAME]

For none, one, two, four, ... all toggles of a model of the book, and all sets of at most two of them: one
saturation for the whole family, the built-in verifier run once for each variant, ProVerif run once for each.
Processor seconds, ours in process (no start-up, pure Python or compiled as it is installed), ProVerif's of
the command; traces of what is false are looked for in the separate runs only. Writes `bench/families.json`
and its picture, `bench/families.svg`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from appliedpi.engine import prove
from appliedpi.families import Family, fault_sets, load_family
from appliedpi.limits import Limits
from bench.measure import run
from kbspec.commands import model_file, with_toggles
from kbspec.files import to_json, write_atomically
from kbspec.tags import find_tags
from kbspec.toggle_kinds import BY_TAG

ROOT = Path(__file__).resolve().parents[1]
BOUND = 2
TIMEOUT = 600.0  # seconds of the clock, for one run of ProVerif
LINES = {
    "family": "one saturation with labels",
    "separate": "built-in verifier, one run for each set",
    "proverif": "ProVerif, one run for each set",
}


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


def measured(text: str, proverif: str | None) -> dict[str, Any]:
    """The cost of all sets of at most two toggles of this model, each way."""
    family = load_family(text)
    sets = [ids for size in range(BOUND + 1) for ids in combinations(family.toggles, size)]
    found, seconds = timed(lambda: fault_sets(family, bound=BOUND, steps=0))
    separate = [timed(lambda ids=ids: prove(family.variant(ids), limits=Limits()))[1] for ids in sets]
    proofs = [json.loads(one.certificate) for one in found if one.certificate is not None]
    return {
        "toggles": len(family.toggles),
        "sets": len(sets),
        "clauses": len(proofs[0]["saturated"]["clauses"]) if proofs else None,
        "family": seconds,
        "separate": sum(separate),
        "proverif": by_proverif(text, family, sets, proverif) if proverif is not None else None,
    }


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and its processor seconds."""
    before = time.process_time()
    result = work()
    return result, time.process_time() - before


def by_proverif(text: str, family: Family, sets: Sequence[tuple[str, ...]], proverif: str) -> float:
    """Processor seconds of ProVerif on the variants, all together."""
    total = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "variant.pv"
        for ids in sets:
            path.write_text(with_toggles(text, ids), encoding="utf-8")
            cost = run([proverif, "-in", "pitype", str(path)], os.environ, TIMEOUT)
            if cost.failure is not None:
                raise SystemExit(f"ProVerif on {' and '.join(ids) or 'the model'}: {cost.failure}")
            total += cost.seconds
    return total


def drawn(model: str, rows: Sequence[dict[str, Any]]) -> str:
    """The picture: seconds and clauses against the number of toggles."""
    with matplotlib.rc_context({"svg.hashsalt": "bench", "font.size": 9}):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        FigureCanvasSVG(figure)
        seconds, clauses = figure.subplots(1, 2)
        toggles = [row["toggles"] for row in rows]
        for key, title in LINES.items():
            if all(row[key] is not None for row in rows):
                seconds.plot(toggles, [row[key] for row in rows], marker="o", label=title)
        seconds.set(yscale="log", xlabel="toggles", ylabel="processor seconds")
        seconds.set_title(f"{model}: all sets of up to {BOUND}")
        seconds.legend()
        shown = [row for row in rows if row["clauses"] is not None]
        clauses.plot([row["toggles"] for row in shown], [row["clauses"] for row in shown], marker="o")
        clauses.set(xlabel="toggles", ylabel="clauses kept", ylim=(0, None), title="the saturated family")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "drawn.svg"
            figure.savefig(path, format="svg", metadata={"Date": None})
            return path.read_text(encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a line for each number of toggles, write the two files."""
    parser = argparse.ArgumentParser(prog="python -m bench.families", description="Measure fault sets.")
    parser.add_argument("--model", default="rcar", metavar="NAME", help="of the book (default: %(default)s)")
    parser.add_argument("--proverif", metavar="PATH", help="the binary (default: on PATH)")
    options = parser.parse_args(arguments)
    proverif = shutil.which(options.proverif or "proverif")
    text = model_file(ROOT, options.model)
    rows = []
    for count in sizes(len(load_family(text).toggles)):
        rows.append(measured(first_toggles(text, count), proverif))
        print(", ".join([f"{key} {value}" for key, value in rows[-1].items()]), flush=True)
    document = {"model": options.model, "bound": BOUND, "python": sys.version.split()[0], "rows": rows}
    write_atomically(ROOT / "bench" / "families.json", to_json(document))
    write_atomically(ROOT / "bench" / "families.svg", drawn(options.model, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
