"""`python -m bench.profiling MODEL.pv`: the functions in which the built-in verifier spends its time."""

from __future__ import annotations

import cProfile
import pstats
import sys
from pathlib import Path

import appliedpi


def main(model: str) -> None:
    """Print the functions that take most of the time themselves, one a line, with their share."""
    profile = cProfile.Profile()
    profile.runcall(appliedpi.verify, Path(model), timeout=300.0)
    statistics = pstats.Stats(profile)
    entries: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = statistics.stats  # type: ignore[attr-defined]
    whole = sum(entry[2] for entry in entries.values())
    for (file, _, function), entry in sorted(entries.items(), key=lambda item: -item[1][2])[:6]:
        place = f"{Path(file).stem}.{function}" if file.endswith(".py") else function
        print(f"{entry[2] / whole:5.0%}  {place}")


if __name__ == "__main__":
    main(sys.argv[1])
