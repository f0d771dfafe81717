"""`python -m tests.parity.random_models --first SEED --count N`: random models, by both verifiers.

Each difference is shrunk to a model that still shows it and printed (and written to --folder). Exit status 1
where a verdict contradicts ProVerif's, or where one verifier accepts what the other rejects.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import appliedpi
from appliedpi.backends import proverif
from appliedpi.errors import AppliedPiError, InputError, LimitExceeded
from appliedpi.limits import Limits
from tests.oracles.generation import random_model
from tests.oracles.shrinking import shrink
from tests.parity.compare import Outcome, compare_verdicts

INTERESTING = (Outcome.CONTRADICTION, Outcome.ERROR, Outcome.OURS_UNDECIDED, Outcome.PROVERIF_UNDECIDED)
Answer = tuple[str, ...] | Outcome | str  # the verdicts, a time-out, or why the input was refused


def ours(text: str, timeout: float) -> Answer:
    """What the built-in verifier says. Any other exception than the documented ones is an error."""
    try:
        report = appliedpi.verify(text, timeout=timeout)
    except LimitExceeded:
        return Outcome.TIMEOUT
    except InputError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  a crash is what is looked for
        return f"CRASH {type(error).__name__}: {error}"
    return tuple(result.verdict.value for result in report.results)


def theirs(text: str, timeout: float, binary: Path) -> Answer:
    """What ProVerif says."""
    try:
        report = proverif.run(("model.pv", text), (), (), Limits(timeout), binary)
    except LimitExceeded:
        return Outcome.PROVERIF_TIMEOUT
    except AppliedPiError as error:
        return str(error)
    return tuple(result.verdict.value for result in report.results)


def outcomes(text: str, timeout: float, binary: Path) -> tuple[Outcome, ...]:
    """How the verifiers compare, query by query, or in one word where one of them gave no verdicts."""
    one = ours(text, timeout)
    if isinstance(one, str) and one.startswith("CRASH"):
        return (Outcome.ERROR,)
    other = theirs(text, timeout, binary)
    if isinstance(one, tuple) and isinstance(other, tuple):
        if len(one) != len(other):
            return (Outcome.ERROR,)
        return tuple(compare_verdicts(mine, its) for mine, its in zip(one, other, strict=True))
    if isinstance(one, Outcome):
        return (one,)
    if isinstance(other, Outcome):
        return (other,)
    if isinstance(one, str) and isinstance(other, str):
        return (Outcome.BOTH_REJECT,)
    return (Outcome.REFUSED if isinstance(one, str) and "--backend proverif" in one else Outcome.ERROR,)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.parity.random_models")
    add = parser.add_argument
    add("--first", type=int, default=0, metavar="SEED")
    add("--count", type=int, default=100, metavar="N")
    add("--size", type=int, default=12, help="statements of a process (default: %(default)s)")
    add("--queries", type=int, default=3)
    add("--timeout", type=float, default=5.0, metavar="S", help="per model and verifier")
    add("--seconds", type=float, metavar="S", help="stop after so long")
    add("--proverif", type=Path, metavar="PATH", help="the binary (default: on PATH)")
    add("--folder", type=Path, metavar="FOLDER", help="write the shrunk models there")
    add("--undecided", action="store_true", help="shrink also what only ProVerif decides")
    options = parser.parse_args(arguments)
    binary = options.proverif or (Path(found) if (found := shutil.which("proverif")) else None)
    if binary is None:
        parser.error("there is no proverif binary; name one with --proverif PATH")
    started, counts, done = time.monotonic(), Counter[Outcome](), 0
    shrunk = {Outcome.CONTRADICTION, Outcome.ERROR} | (
        {Outcome.OURS_UNDECIDED} if options.undecided else set()
    )
    for seed in range(options.first, options.first + options.count):
        if options.seconds is not None and time.monotonic() - started > options.seconds:
            break
        text = random_model(seed, options.size, options.queries)
        compared = outcomes(text, options.timeout, binary)
        counts.update(compared)
        done += 1
        for outcome in sorted(set(compared) & set(INTERESTING), key=list(Outcome).index):
            print(f"seed {seed}: {outcome.value}", flush=True)
            if outcome not in shrunk:
                continue

            def shows(candidate: str, outcome: Outcome = outcome) -> bool:
                return outcome in outcomes(candidate, options.timeout, binary)

            small = shrink(text, shows)
            print(small, "ours:", ours(small, options.timeout), "\nProVerif:",
                  theirs(small, options.timeout, binary), flush=True)  # fmt: skip
            if options.folder is not None:
                options.folder.mkdir(parents=True, exist_ok=True)
                name = f"{outcome.value.lower().replace(' ', '-')}-{seed}.pv"
                (options.folder / name).write_text(small, encoding="utf-8")
    print(f"{done} models, seeds from {options.first}, {time.monotonic() - started:.0f} s:")
    for outcome, number in sorted(counts.items(), key=lambda item: list(Outcome).index(item[0])):
        print(f"  {number:6} {outcome.value}")
    return 1 if {Outcome.CONTRADICTION, Outcome.ERROR} & set(counts) else 0


if __name__ == "__main__":
    sys.exit(main())
