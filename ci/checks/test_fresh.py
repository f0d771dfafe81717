"""After `make book` on a clean checkout, nothing is different: what is committed is what the sources give.

Not among the tests, because while one edits a chapter the book is rightly out of date.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from kbspec.book.readme import README, with_results
from kbspec.oracle import check

ROOT = Path(__file__).parents[2]


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout.decode()


def _changed_cells(name: str) -> str:
    """Which cells of a notebook differ from the committed ones, from 1 as a reader counts."""
    before = json.loads(_git("show", f"HEAD:{name}"))["cells"]
    after = json.loads((ROOT / name).read_text(encoding="utf-8"))["cells"]
    pairs = zip(before, after, strict=False)
    cells = [str(number) for number, (old, new) in enumerate(pairs, 1) if old != new]
    return f"cells {', '.join(cells)}" if cells else "its metadata or the number of its cells"


def test_the_book_changes_nothing_that_is_committed() -> None:
    messages = []
    for entry in _git("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames").split("\0"):
        if not entry:
            continue
        state, name = entry[:2].strip(), entry[3:]
        what = {"M": "changed", "D": "is not written any more", "??": "is new"}.get(state, state)
        detail = f" in {_changed_cells(name)}" if name.endswith(".ipynb") and state == "M" else ""
        messages.append(f"{name} {what}{detail}")
    assert not messages, (
        "run `make book` and commit what it writes:\n  "
        + "\n  ".join(messages)
        + "\n"
        + _git("diff", "--stat")
    )


def test_the_readme_has_the_results_of_this_run() -> None:
    text = (ROOT / README).read_text(encoding="utf-8")
    assert with_results(text, ROOT) == text


def test_the_recorded_verdicts_are_those_of_the_committed_models() -> None:
    assert check(ROOT) == []
