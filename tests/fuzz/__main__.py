"""`python -m tests.fuzz --count 100000`: random input for the parser and the type checker.

Prints what happened and each failure with the seed that makes it again. Exit status 1 where an input
crashed, took too long, or was rejected without a place.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.checking import Outcome, check
from tests.fuzz.inputs import Inputs
from tests.parity.expectations import models

HANG = 60.0  # seconds after which one input ends the run with a stack trace


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    add = parser.add_argument
    add("--count", type=int, default=100_000, metavar="N")
    add("--first", type=int, default=0, metavar="SEED")
    add("--models", type=Path, metavar="FOLDER", help="mutate these models (default: tests/corpus)")
    add("--show", action="store_true", help="print the texts and do not check them")
    options = parser.parse_args(arguments)
    paths = models() if options.models is None else sorted(options.models.rglob("*.pv"))
    inputs = Inputs([path.read_text(encoding="utf-8", errors="replace") for path in paths])
    outcome = Outcome()
    started = time.monotonic()
    for seed in range(options.first, options.first + options.count):
        text = inputs.text(seed)
        if options.show:
            print(text)
            continue
        faulthandler.dump_traceback_later(HANG, exit=True)
        before = len(outcome.failures)
        check(seed, text, outcome)
        faulthandler.cancel_dump_traceback_later()
        for number, what in outcome.failures[before:]:
            print(f"seed {number}: {what}\n{text!r}", flush=True)
    if not options.show:
        seconds = time.monotonic() - started
        print(f"{options.count} inputs, {seconds:.0f} s, the slowest {outcome.slowest:.2f} s")
        for what, count in sorted(outcome.counts.items()):
            print(f"  {count:7} {what}")
        print(f"  {len(outcome.failures):7} failures")
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
