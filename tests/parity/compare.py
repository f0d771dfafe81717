"""Run both verifiers on one model, each as a command of its own, and compare what they say."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src"
KILL_GRACE = 5.0  # seconds beyond the limit after which a command that does not stop by itself is killed

# Real ProVerif is run by the same command, with its folder in front of PATH: what is compared is what a user
# of `--backend proverif` sees.


class Outcome(Enum):
    """How one query, or one whole model, compares."""

    AGREE = "agree"
    OURS_UNDECIDED = "ours undecided"
    PROVERIF_UNDECIDED = "ProVerif undecided"
    CONTRADICTION = "CONTRADICTION"  # true here and false there
    REFUSED = "refused"  # a construct that the built-in verifier does not have, and says so
    ERROR = "error"
    TIMEOUT = "timeout"
    PROVERIF_ERROR = "ProVerif error"
    PROVERIF_TIMEOUT = "ProVerif timeout"


@dataclass(frozen=True)
class Run:
    """One verifier on one model: exit status, verdicts (None where it failed), seconds, last words."""

    status: int
    verdicts: tuple[str, ...] | None
    queries: tuple[str, ...]
    seconds: float
    message: str


@dataclass(frozen=True)
class Comparison:
    """One model. `outcomes` has one entry per query, or one for the model where a run failed."""

    model: str
    outcomes: tuple[Outcome, ...]
    ours: Run
    proverif: Run

    @property
    def counts_for_time(self) -> bool:
        """Both verifiers answered."""
        return self.ours.verdicts is not None and self.proverif.verdicts is not None


def run_verifier(
    model: Path, libraries: Sequence[Path], backend: str, timeout: float, proverif: Path | None
) -> Run:
    """Run `python -m appliedpi` on the model. A command that has to be killed counts as a time-out."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(SOURCES), environment.get("PYTHONPATH")]))
    if proverif is not None:
        environment["PATH"] = os.pathsep.join([str(proverif.resolve().parent), environment.get("PATH", "")])
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "appliedpi", "--backend", backend, "--timeout", str(timeout)]
        for library in libraries:
            command += ["-lib", str(library)]
        command += ["--json", str(report), str(model)]
        started = time.perf_counter()
        try:
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                errors="replace", timeout=timeout + KILL_GRACE, check=False,
            )  # fmt: skip
            status, message = done.returncode, done.stderr.strip()
        except subprocess.TimeoutExpired:
            status, message = 3, f"did not stop at its time limit of {timeout:g} s and was killed"
        seconds = time.perf_counter() - started
        if status != 0:
            return Run(status, None, (), seconds, message)
        results = json.loads(report.read_text(encoding="utf-8"))["results"]
    return Run(
        0,
        tuple(result["verdict"] for result in results),
        tuple(result["query"] for result in results),
        seconds,
        message,
    )


def compare_verdicts(ours: str, theirs: str) -> Outcome:
    """One query: the verdicts as printed ("true", "false", "cannot be proved")."""
    undecided = "cannot be proved"
    if ours == theirs:
        return Outcome.AGREE
    if ours == undecided:
        return Outcome.OURS_UNDECIDED
    return Outcome.PROVERIF_UNDECIDED if theirs == undecided else Outcome.CONTRADICTION


def compare_runs(ours: Run, theirs: Run) -> tuple[Outcome, ...]:
    """All queries of one model, in order. Another number of answers is an error of ours."""
    if ours.status == 3:
        return (Outcome.TIMEOUT,)
    if ours.verdicts is None:
        return (Outcome.REFUSED if "--backend proverif" in ours.message else Outcome.ERROR,)
    if theirs.verdicts is None:
        return (Outcome.PROVERIF_TIMEOUT if theirs.status == 3 else Outcome.PROVERIF_ERROR,)
    if len(ours.verdicts) != len(theirs.verdicts):
        return (Outcome.ERROR,)
    pairs = zip(ours.verdicts, theirs.verdicts, strict=True)
    return tuple(compare_verdicts(one, other) for one, other in pairs)


def libraries_of(model: Path, common: Sequence[Path] = ()) -> list[Path]:
    """The libraries that stand before a model: `common`, then MODEL.pvl where it lies beside MODEL.pv."""
    own = model.with_suffix(".pvl")
    return [*common, *([own] if own.is_file() else [])]


def compare_model(
    model: Path, name: str, common: Sequence[Path], timeout: float, proverif: Path
) -> Comparison:
    """Both verifiers, one after the other."""
    libraries = libraries_of(model, common)
    ours = run_verifier(model, libraries, "builtin", timeout, None)
    theirs = run_verifier(model, libraries, "proverif", timeout, proverif)
    outcomes = compare_runs(ours, theirs)
    if outcomes == (Outcome.ERROR,) and ours.verdicts is not None and theirs.verdicts is not None:
        text = f"{len(ours.verdicts)} answers instead of {len(theirs.verdicts)}"
        ours = dataclasses.replace(ours, message=text)
    return Comparison(name, outcomes, ours, theirs)
