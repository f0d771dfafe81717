"""Run both verifiers on one model, each as a command of its own, and compare what they say.

The times are those of the commands: ours includes the start of Python and the building of the parser.
"""

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

from appliedpi.backends import proverif
from appliedpi.errors import AppliedPiError, LimitExceeded
from appliedpi.limits import Limits
from tests.parity import SOURCES

KILL_GRACE = 5.0  # seconds beyond the limit after which a command that does not stop by itself is killed


class Outcome(Enum):
    """How one query, or one whole model, compares."""

    AGREE = "agree"
    OURS_UNDECIDED = "ours undecided"
    PROVERIF_UNDECIDED = "ProVerif undecided"
    CONTRADICTION = "CONTRADICTION"  # true here and false there
    REFUSED = "refused"  # a construct that the built-in verifier does not have, and says so
    BOTH_REJECT = "both reject"  # bad input to both
    ERROR = "error"
    TIMEOUT = "timeout"
    PROVERIF_ERROR = "ProVerif error"
    PROVERIF_TIMEOUT = "ProVerif timeout"


@dataclass(frozen=True)
class Run:
    """One verifier on one model: exit status, verdicts (None where it failed), wall seconds, last words."""

    status: int
    verdicts: tuple[str, ...] | None
    queries: tuple[str, ...]
    seconds: float
    message: str
    inside: float | None = None  # of those seconds, what the verifier needed once it was loaded


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


def run_builtin(model: Path, libraries: Sequence[Path], timeout: float) -> Run:
    """Run `python -m appliedpi` on the model. A command that has to be killed counts as a time-out."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(SOURCES), environment.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "appliedpi", "--timeout", str(timeout), "--json", str(report)]
        for library in libraries:
            command += ["-lib", str(library)]
        started = time.perf_counter()
        try:
            done = subprocess.run(
                [*command, str(model)], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, errors="replace", timeout=timeout + KILL_GRACE, check=False,
            )  # fmt: skip
            status, message = done.returncode, done.stderr.strip()
        except subprocess.TimeoutExpired:
            status, message = 3, f"did not stop at its time limit of {timeout:g} s and was killed"
        seconds = time.perf_counter() - started
        if status != 0:
            return Run(status, None, (), seconds, message)
        document = json.loads(report.read_text(encoding="utf-8"))
    verdicts = tuple(result["verdict"] for result in document["results"])
    queries = tuple(result["query"] for result in document["results"])
    return Run(0, verdicts, queries, seconds, message, document["seconds"])


def run_proverif(model: Path, libraries: Sequence[Path], timeout: float, binary: Path) -> Run:
    """Run the ProVerif binary itself on the model, so that the time is its own."""
    started = time.perf_counter()
    try:
        sources = [(path.name, path.read_text(encoding="utf-8")) for path in [*libraries, model]]
        started = time.perf_counter()
        report = proverif.run(sources[-1], sources[:-1], (), Limits(timeout), binary)
    except (AppliedPiError, OSError, UnicodeDecodeError) as error:
        status = 3 if isinstance(error, LimitExceeded) else 2
        return Run(status, None, (), time.perf_counter() - started, str(error))
    seconds = time.perf_counter() - started
    verdicts = tuple(result.verdict.value for result in report.results)
    return Run(0, verdicts, tuple(result.query.text for result in report.results), seconds, "")


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
        if "--backend proverif" in ours.message:
            return (Outcome.REFUSED,)
        rejected = ours.status == 2 and theirs.status == 2
        return (Outcome.BOTH_REJECT if rejected else Outcome.ERROR,)
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


def compare_model(model: Path, name: str, common: Sequence[Path], timeout: float, binary: Path) -> Comparison:
    """Both verifiers, one after the other."""
    libraries = libraries_of(model, common)
    ours = run_builtin(model, libraries, timeout)
    theirs = run_proverif(model, libraries, timeout, binary)
    outcomes = compare_runs(ours, theirs)
    if outcomes == (Outcome.ERROR,) and ours.verdicts is not None and theirs.verdicts is not None:
        text = f"{len(ours.verdicts)} answers instead of {len(theirs.verdicts)}"
        ours = dataclasses.replace(ours, message=text)
    return Comparison(name, outcomes, ours, theirs)
