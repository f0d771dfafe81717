"""`python -m tests.parity FOLDER...`: a table of how the built-in verifier compares with the real ProVerif.

Every `.pv` below each FOLDER is verified by both, in the same run, and compared query by query; MODEL.pvl
beside MODEL.pv is its library. Each line gives the times of both commands ("inside": without the start of
Python), their ratio, and how many queries compare in which way:

  agree               the same verdict
  CONTRADICTION       true here and false there, or the other way round
  ours undecided      decided there, "cannot be proved" here
  ProVerif undecided  the other way round
  refused             the built-in verifier says that it does not support a construct of the model
  error               rejected or failed here only
  timeout             no answer here within --timeout
  both reject, ProVerif error, ProVerif timeout    nothing to compare with

The totals count queries. Exit status 1 where a verdict contradicts ProVerif's or a model could not be
handled, 0 otherwise (with --strict, also 1 where ours is undecided or ran into the time limit).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.parity.compare import Comparison, Outcome, compare_model

FAILURES = {Outcome.CONTRADICTION, Outcome.ERROR}
UNCOUNTED = {Outcome.PROVERIF_ERROR, Outcome.PROVERIF_TIMEOUT, Outcome.BOTH_REJECT}
STRICT_FAILURES = FAILURES | {Outcome.OURS_UNDECIDED, Outcome.TIMEOUT}


def models_in(folder: Path) -> list[tuple[Path, str]]:
    """The models below the folder (or the one model that it is), with the names to show, in order."""
    if folder.is_file():
        return [(folder, folder.name)]
    return [(path, path.relative_to(folder).as_posix()) for path in sorted(folder.rglob("*.pv"))]


def row(comparison: Comparison) -> str:
    """One line of the table."""
    counts = Counter(comparison.outcomes)
    text = ", ".join(f"{count} {outcome.value}" for outcome, count in sorted(counts.items(), key=_order))
    ours, theirs = comparison.ours, comparison.proverif
    ratio = f"{ours.seconds / theirs.seconds:8.2f}" if comparison.counts_for_time else ""
    inside = "" if ours.inside is None else f"{ours.inside:.2f}s"
    lines = [
        f"{comparison.model:<48} {ours.seconds:8.2f}s {inside:>9} {theirs.seconds:8.2f}s {ratio:>8}  {text}"
    ]
    for number, outcome in enumerate(comparison.outcomes):
        if outcome in (Outcome.CONTRADICTION, Outcome.OURS_UNDECIDED, Outcome.PROVERIF_UNDECIDED):
            assert ours.verdicts is not None and theirs.verdicts is not None
            said = f"{ours.verdicts[number]}, ProVerif: {theirs.verdicts[number]}"
            lines.append(f"    {number + 1}. {theirs.queries[number]}: {said}")
    if not comparison.counts_for_time or Outcome.ERROR in comparison.outcomes:
        failed = theirs if theirs.verdicts is None and ours.verdicts is not None else ours
        lines.append("    " + (failed.message.splitlines() or ["it said nothing"])[0][:160])
    return "\n".join(lines)


def _order(item: tuple[Outcome, int]) -> int:
    return list(Outcome).index(item[0])


def totals(comparisons: Sequence[Comparison]) -> str:
    """What the table adds up to, counted in queries."""
    queries: Counter[Outcome] = Counter()
    for comparison in comparisons:
        # A model of which one run failed counts with all its queries, one where nobody counted them.
        weight = 1 if len(comparison.outcomes) > 1 else max(1, _queries(comparison))
        queries.update({outcome: weight * n for outcome, n in Counter(comparison.outcomes).items()})
    timed = [comparison for comparison in comparisons if comparison.counts_for_time]
    ours = sum(comparison.ours.seconds for comparison in timed)
    theirs = sum(comparison.proverif.seconds for comparison in timed)
    lines = [f"{len(comparisons)} models, {len(timed)} answered by both; queries:"]
    lines += [f"  {count:5} {outcome.value}" for outcome, count in sorted(queries.items(), key=_order)]
    decided = sum(queries.values()) - sum(queries[outcome] for outcome in UNCOUNTED)
    if decided:
        alike = queries[Outcome.AGREE]
        share = f"{alike} of the {decided} that ProVerif answered ({alike / decided:.1%})"
        lines.append(f"decided alike: {share}")
    if timed:
        lines.append(f"time of the models that both answered: {ours:.2f} s, ProVerif {theirs:.2f} s")
        lines.append(f"ratio: {ours / theirs:.2f}")
    return "\n".join(lines)


def _queries(comparison: Comparison) -> int:
    return len(comparison.proverif.verdicts or comparison.ours.verdicts or ())


def to_json(comparisons: Iterable[Comparison]) -> str:
    """The table for a program."""
    document = [
        {
            "model": comparison.model,
            "outcomes": [outcome.value for outcome in comparison.outcomes],
            "queries": list(comparison.proverif.queries or comparison.ours.queries),
            "ours": comparison.ours.verdicts,
            "proverif": comparison.proverif.verdicts,
            "ours_seconds": round(comparison.ours.seconds, 3),
            "ours_seconds_inside": comparison.ours.inside,
            "proverif_seconds": round(comparison.proverif.seconds, 3),
            "ours_message": comparison.ours.message,
            "proverif_message": comparison.proverif.message,
        }
        for comparison in comparisons
    ]
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.parity", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("folder", nargs="+", type=Path, metavar="FOLDER")
    add("--proverif", type=Path, metavar="PATH", help="the binary (default: on PATH)")
    add("--lib", type=Path, action="append", default=[], metavar="FILE", help="before each model")
    add("--timeout", type=float, default=60.0, metavar="S", help="per model and verifier")
    add("--jobs", type=int, default=1, metavar="N", help="models at a time (default: %(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the table there too")
    add("--strict", action="store_true", help="also fail where ours is undecided or too slow")
    options = parser.parse_args(arguments)
    proverif = options.proverif or (Path(found) if (found := shutil.which("proverif")) else None)
    if proverif is None or not proverif.is_file():
        parser.error("there is no proverif binary; name one with --proverif PATH")
    models = [entry for folder in options.folder for entry in models_in(folder)]
    if not models:
        parser.error("there is no .pv file there")
    print(f"{'model':<48} {'ours':>9} {'inside':>9} {'ProVerif':>9} {'ratio':>8}  queries")
    comparisons: list[Comparison] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        runs = [
            pool.submit(compare_model, path, name, options.lib, options.timeout, proverif)
            for path, name in models
        ]
        for run in runs:
            comparisons.append(run.result())
            print(row(comparisons[-1]), flush=True)
    print(totals(comparisons))
    if options.json is not None:
        options.json.write_text(to_json(comparisons), encoding="utf-8")
    found_outcomes = {outcome for comparison in comparisons for outcome in comparison.outcomes}
    return 1 if found_outcomes & (STRICT_FAILURES if options.strict else FAILURES) else 0


if __name__ == "__main__":
    sys.exit(main())
