"""Tiny projects with a book, written into a temporary directory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kbspec.book.readme import BEGIN, END

Cells = Sequence[tuple[str, str]]

FRAGMENT = """%%pv tiny/names
(* A channel the attacker owns,
   and a secret. *)
free c: channel.
free s: bitstring [private]."""

SYSTEM = """%%pv tiny/system uses tiny/names
(*@query SEC-S The secret stays secret. *)
query attacker(s).
process out(c, c)"""

FIRST: Cells = (
    ("markdown", "# First\n\nSee [the next](02-second.ipynb#Sums).\n\n## What this does not show\n\nMuch."),
    ("code", "%load_ext kbspec\nspec.chapter('01-threat-model')"),
    ("markdown", "## A fragment"),
    ("code", FRAGMENT),
    ("code", "import sys, time\nfor part in ('a', 'b'):\n    print(part, flush=True)\n    time.sleep(0.05)"),
)
SECOND: Cells = (
    ("markdown", "# Second\n\n## Sums\n\nNothing."),
    ("code", "%load_ext kbspec\nspec.chapter('02-second')"),
    ("code", SYSTEM),
    ("code", "tiny = spec.model('tiny', 'tiny/system', title='A tiny model')\ntiny"),
)


def notebook(cells: Cells) -> dict[str, Any]:
    """A notebook that was never executed, without ids, as an editor may write it."""
    result = []
    for kind, source in cells:
        cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        result.append(cell)
    return {"cells": result, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def write_project(
    root: Path, notebooks: Mapping[str, Cells], needs: Mapping[str, Sequence[str]] | None = None
) -> Path:
    """A project with these notebooks as its chapters, in order."""
    (root / "notebooks").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    (root / "README.md").write_text(f"# Tiny\n\n{BEGIN}\n{END}\n\nAfter.\n")
    lines = ['title = "A tiny book"', 'summary = "For tests."']
    for file, cells in notebooks.items():
        (root / "notebooks" / file).write_text(json.dumps(notebook(cells)))
        needed = json.dumps(list((needs or {}).get(file, ())))
        lines += ["[[chapters]]", f'file = "{file}"', f'title = "Title of {file[:2]}"', f"needs = {needed}"]
    (root / "notebooks" / "book.toml").write_text("\n".join(lines) + "\n")
    return root
