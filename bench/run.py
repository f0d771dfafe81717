"""How long each model takes: the built-in verifier in-process and as a command, ProVerif, and the ratio.

    python bench/run.py [FOLDER_OR_MODEL...] [--repeat N] [--variants] [--json FILE]

Everything is measured in one run, best of N (3), one thing at a time. The start of the interpreter, which
every command pays, is measured apart. The ratio is that of the two commands: what a user waits for.
Without a folder, the models of the book are measured; their variants, which are many and much alike, only
with --variants. The verifier is measured afresh: nothing here uses the cache of proofs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import appliedpi  # noqa: E402  (only now is it on the path, when this file is run as a script)

MODELS = ROOT / "pv" / "models"
VARIANT = ("-without-", "-violating-")  # in the names of models with a check removed, an assumption violated


@dataclass(frozen=True)
class Measurement:
    """Seconds, best of the repetitions; None where that verifier did not answer, with why in `note`."""

    model: str
    queries: int | None
    in_process: float | None
    command: float | None
    proverif: float | None
    note: str

    @property
    def ratio(self) -> float | None:
        """The built-in command against the ProVerif command."""
        if self.command is None or self.proverif is None:
            return None
        return self.command / self.proverif


def best(action: Callable[[], object], repeat: int) -> float:
    """The shortest of `repeat` runs, in seconds."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def run_command(command: Sequence[str], timeout: float) -> None:
    """Run it. Raises RuntimeError with its last words where it fails or takes too long."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(ROOT / "src"), environment.get("PYTHONPATH")])
    )
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", timeout=timeout, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"not finished after {timeout:g} s") from None
    if done.returncode != 0:
        words = (done.stderr + done.stdout).strip().splitlines()
        raise RuntimeError(words[0] if words else f"exit status {done.returncode}")


def start_up(repeat: int) -> tuple[float, float]:
    """Seconds that the interpreter takes to start, and to start and load the verifier."""
    load = "import appliedpi.cli, appliedpi.engine, appliedpi.syntax, appliedpi.typing"
    return (
        best(lambda: run_command([sys.executable, "-c", "pass"], 60.0), repeat),
        best(lambda: run_command([sys.executable, "-c", load], 60.0), repeat),
    )


def measure(path: Path, name: str, proverif: str | None, repeat: int, timeout: float) -> Measurement:
    """One model, by all three ways."""
    library = path.with_suffix(".pvl")
    libraries = [library] if library.is_file() else []
    flags = [word for one in libraries for word in ("-lib", str(one))]
    queries: int | None = None
    times: dict[str, float] = {}
    notes: list[str] = []

    def in_process() -> None:
        nonlocal queries
        queries = len(appliedpi.verify(path, libraries, timeout=timeout).results)

    command = [sys.executable, "-m", "appliedpi", "--timeout", str(timeout), *flags, str(path)]
    ways: list[tuple[str, Callable[[], object]]] = [
        ("in-process", in_process),
        ("command", lambda: run_command(command, timeout + 10)),
    ]
    if proverif is not None:
        real = [proverif, "-in", "pitype", *flags, str(path)]
        ways.append(("ProVerif", lambda: run_command(real, timeout)))
    for way, action in ways:
        try:
            times[way] = best(action, repeat)
        except (appliedpi.AppliedPiError, RuntimeError) as error:
            notes.append(f"{way}: {str(error).splitlines()[0]}")
    return Measurement(
        name, queries, times.get("in-process"), times.get("command"), times.get("ProVerif"), "; ".join(notes)
    )


def row(measurement: Measurement) -> str:
    """One line of the table."""

    def shown(value: float | None, unit: str = "s") -> str:
        return "-" if value is None else f"{value:.3f}{unit}"

    queries = "-" if measurement.queries is None else str(measurement.queries)
    return (
        f"{measurement.model:<40} {queries:>7} {shown(measurement.in_process):>11} "
        f"{shown(measurement.command):>9} {shown(measurement.proverif):>9} {shown(measurement.ratio, ''):>7}"
        + (f"  {measurement.note}" if measurement.note else "")
    ).rstrip()


def models_in(places: Sequence[Path]) -> list[tuple[Path, str]]:
    """The models in the folders, with names to show, in order."""
    found: list[tuple[Path, str]] = []
    for place in places:
        paths = [place] if place.is_file() else sorted(place.rglob("*.pv"))
        found += [(path, path.stem if path == place else str(path.relative_to(place))) for path in paths]
    return found


def total(measurements: Sequence[Measurement]) -> Measurement:
    """All that both verifiers answered, as one: ratios of sums are not led by the smallest models."""
    both = [one for one in measurements if one.in_process is not None and one.command is not None]
    real = [one for one in both if one.proverif is not None]
    counted = real or both
    return Measurement(
        f"total of {len(counted)}",
        sum(one.queries or 0 for one in counted),
        sum(one.in_process or 0.0 for one in counted),
        sum(one.command or 0.0 for one in counted),
        sum(one.proverif or 0.0 for one in real) if real else None,
        "",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table; 1 where a model was not answered by the built-in verifier."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the verifiers on models.")
    parser.add_argument("place", nargs="*", type=Path, metavar="FOLDER_OR_MODEL", help="default: pv/models")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="best of N (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=120.0, metavar="S", help="per run")
    parser.add_argument("--proverif", metavar="PATH", help="the binary (default: on PATH)")
    parser.add_argument("--variants", action="store_true", help="the variants of the book's models too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there too")
    options = parser.parse_args(arguments)
    if options.repeat < 1:
        parser.error("--repeat must be at least 1")
    places = options.place or [MODELS]
    models = models_in(places)
    if not options.place and not options.variants:
        models = [(path, name) for path, name in models if not any(mark in name for mark in VARIANT)]
    if not models:
        parser.error(f"there is no .pv file in {', '.join(str(place) for place in places)}")
    proverif = shutil.which(options.proverif or "proverif")
    if options.proverif and proverif is None:
        parser.error(f"there is no program {options.proverif}")
    bare, loaded = start_up(options.repeat)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, best of {options.repeat}")
    print(f"start of the interpreter: {bare:.3f}s; with the verifier loaded: {loaded:.3f}s")
    if proverif is None:
        print("ProVerif: not on PATH, not measured")
    print(f"{'model':<40} {'queries':>7} {'in-process':>11} {'command':>9} {'ProVerif':>9} {'ratio':>7}")
    measurements: list[Measurement] = []
    for path, name in models:
        measurements.append(measure(path, name, proverif, options.repeat, options.timeout))
        print(row(measurements[-1]), flush=True)
    print(row(total(measurements)))
    if options.json is not None:
        document = {
            "python": platform.python_version(),
            "start_up": bare,
            "start_up_loaded": loaded,
            "models": [asdict(one) | {"ratio": one.ratio} for one in measurements],
        }
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0 if all(one.in_process is not None for one in measurements) else 1


if __name__ == "__main__":
    sys.exit(main())
