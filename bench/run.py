"""What each model costs: the built-in verifier, compiled and pure, and ProVerif, in one run.

    python -m bench [--examples FOLDER]... [--proverif PATH] [--repeat N] [--variants] [--json FILE] [MODEL]

Processor time (user and system) and peak memory of the command, as a user runs it, best of N, one at a time.
What the command takes for a model with nothing to prove is measured apart, as start-up; a ratio compares
what is left with ProVerif's time. The models of the book are always among those measured; their variants,
which are many and much alike, only with --variants. Nothing here uses the cache of proofs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.measure import Cost, best, run
from kbspec.verdicts import is_variant

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "pv" / "models"
EQUIVALENCE = ("choice[", "noninterf", "weaksecret", "equivalence")  # in models that are not of our kind
MANY_TIMES = 5.0  # slower than ProVerif: such models are shown with their profile
LEAST = 0.01  # seconds: what ProVerif's own clock can tell apart


@dataclass(frozen=True)
class Measurement:
    """One model. A verifier that was not run or gave no answer has None, and `notes` says why."""

    model: str
    queries: int
    compiled: float | None
    pure: float | None
    proverif: float | None
    compiled_mebibytes: float | None
    pure_mebibytes: float | None
    proverif_mebibytes: float | None
    notes: tuple[str, ...]

    def ratio(self, start_up: float, which: str = "compiled") -> float | None:
        """How many times ProVerif's time, start-up apart."""
        seconds = self.compiled if which == "compiled" else self.pure
        if seconds is None or self.proverif is None:
            return None
        return max(seconds - start_up, 0.0) / max(self.proverif, LEAST)


class Bench:
    """The commands, and how they are run."""

    def __init__(self, proverif: str | None, repeat: int, timeout: float) -> None:
        self.proverif = proverif
        self.repeat = repeat
        self.timeout = timeout
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        self.compiled = {k: v for k, v in os.environ.items() if k != "APPLIEDPI_PURE"} | {"PYTHONPATH": path}
        self.pure = self.compiled | {"APPLIEDPI_PURE": "1"}

    def is_compiled(self) -> bool:
        """Whether the extension modules were built."""
        code = "import appliedpi, sys; sys.exit(not appliedpi.native.in_use())"
        return run([sys.executable, "-c", code], self.compiled, self.timeout).failure is None

    def start_up(self) -> tuple[float, float]:
        """Processor seconds of the command, compiled and pure, where nothing is to be proved."""
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "nothing.pv"
            model.write_text("process 0\n", encoding="utf-8")
            command = [sys.executable, "-m", "appliedpi", str(model)]
            return tuple(best(command, e, self.timeout, 5).seconds for e in (self.compiled, self.pure))  # type: ignore[return-value]

    def measure(self, path: Path, name: str, with_compiled: bool) -> Measurement:
        """One model, by every verifier there is."""
        library = path.with_suffix(".pvl")
        flags = ["-lib", str(library)] if library.is_file() else []
        ours = [sys.executable, "-m", "appliedpi", "--timeout", str(self.timeout), *flags, str(path)]
        costs: dict[str, Cost] = {}
        if with_compiled:
            costs["compiled"] = best(ours, self.compiled, self.timeout + 10, self.repeat)
        costs["pure"] = best(ours, self.pure, self.timeout + 10, self.repeat)
        if self.proverif is not None:
            real = [self.proverif, "-in", "pitype", *flags, str(path)]
            costs["ProVerif"] = best(real, os.environ, self.timeout, self.repeat)
        notes = tuple(f"{who}: {cost.failure}" for who, cost in costs.items() if cost.failure is not None)
        good = {who: cost for who, cost in costs.items() if cost.failure is None}
        lines = good["pure"].output.splitlines() if "pure" in good else []
        queries = sum(line.startswith("RESULT ") for line in lines)
        seconds = [good[who].seconds if who in good else None for who in ("compiled", "pure", "ProVerif")]
        memory = [good[who].mebibytes if who in good else None for who in ("compiled", "pure", "ProVerif")]
        return Measurement(name, queries, *seconds, *memory, notes)

    def profile(self, path: Path) -> list[str]:
        """The functions in which the interpreted verifier spends its time."""
        command = [sys.executable, "-m", "bench.profiling", str(path)]
        return run(command, self.pure, 20 * self.timeout).output.strip().splitlines()


def models_in(places: Sequence[Path], variants: bool) -> list[tuple[Path, str]]:
    """The models in files and folders, with names to show, in order; the book's own among them."""
    found: dict[Path, str] = {}
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*.pv")):
            if path.is_relative_to(MODELS) and not variants and is_variant(path.stem):
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            if place.is_file() or not any(word in text for word in EQUIVALENCE):
                found[path] = path.stem if place.is_file() else f"{place.name}/{path.relative_to(place)}"
    return list(found.items())


def shown(value: float | None, form: str = ".2f") -> str:
    """A figure of the table."""
    return "-" if value is None else format(value, form)


def row(one: Measurement, start_up: tuple[float, float]) -> str:
    """One line of the table."""
    cells = [shown(one.compiled), shown(one.pure), shown(one.proverif)]
    cells += [shown(one.ratio(start_up[0])), shown(one.ratio(start_up[1], "pure"))]
    cells += [shown(v, ".0f") for v in (one.compiled_mebibytes, one.pure_mebibytes, one.proverif_mebibytes)]
    return (f"{one.model:<44.44} {one.queries:>3} " + " ".join(f"{cell:>8}" for cell in cells)
            + "  " + "; ".join(one.notes)).rstrip()  # fmt: skip


def total(measured: Sequence[Measurement], start_up: tuple[float, float]) -> dict[str, float]:
    """Sums over the models that every verifier answered, start-up apart, and their ratios."""
    common = [one for one in measured if one.pure is not None and one.proverif is not None]
    sums = {"models": float(len(common)), "proverif": sum(one.proverif or 0.0 for one in common)}
    sums["pure"] = sum(max((one.pure or 0.0) - start_up[1], 0.0) for one in common)
    if all(one.compiled is not None for one in common):
        sums["compiled"] = sum(max((one.compiled or 0.0) - start_up[0], 0.0) for one in common)
    for who in ("compiled", "pure"):
        if who in sums and sums["proverif"]:
            sums[f"{who}_ratio"] = sums[who] / sums["proverif"]
    return sums


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; 1 where a model was not answered by the built-in verifier."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the verifiers on models.")
    parser.add_argument("model", nargs="*", type=Path, metavar="MODEL", help="further models or folders")
    parser.add_argument("--examples", action="append", type=Path, default=[], metavar="FOLDER")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="best of N (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=300.0, metavar="S", help="per run, by the clock")
    parser.add_argument("--proverif", metavar="PATH", help="the binary (default: on PATH)")
    parser.add_argument("--variants", action="store_true", help="the variants of the book's models too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there too")
    options = parser.parse_args(arguments)
    if options.repeat < 1:
        parser.error("--repeat must be at least 1")
    missing = [place for place in (*options.examples, *options.model) if not place.exists()]
    if missing:
        parser.error(f"there is no {missing[0]}")
    proverif = shutil.which(options.proverif or "proverif")
    if options.proverif and proverif is None:
        parser.error(f"there is no program {options.proverif}")
    bench = Bench(proverif, options.repeat, options.timeout)
    with_compiled = bench.is_compiled()
    start_up = bench.start_up()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, best of {options.repeat}")
    if not with_compiled:
        print("the compiled modules were not built (`make compiled`): not measured")
    if proverif is None:
        print("ProVerif: not on PATH, not measured")
    print(f"start-up, in no other figure of a ratio: {start_up[0]:.2f} s compiled, {start_up[1]:.2f} s pure")
    print("seconds of processor, ratios to ProVerif, MiB; each for compiled, pure, ProVerif")
    measured: list[Measurement] = []
    slow: dict[str, list[str]] = {}
    for path, name in models_in([*options.examples, *options.model, MODELS], options.variants):
        one = bench.measure(path, name, with_compiled)
        measured.append(one)
        print(row(one, start_up), flush=True)
        ratio = one.ratio(start_up[0]) if with_compiled else one.ratio(start_up[1], "pure")
        if ratio is not None and ratio > MANY_TIMES:
            slow[name] = bench.profile(path)
    sums = total(measured, start_up)
    print("total of what all answered: " + ", ".join(f"{key} {value:.2f}" for key, value in sums.items()))
    for name, lines in slow.items():
        print(f"more than {MANY_TIMES:g} times ProVerif's time: {name}", *lines, sep="\n  ")
    if options.json is not None:
        document = {
            "python": platform.python_version(),
            "start_up": {"compiled": start_up[0] if with_compiled else None, "pure": start_up[1]},
            "models": [asdict(one) for one in measured],
            "total": sums,
            "slow": slow,
        }
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0 if all(one.pure is not None for one in measured) else 1
