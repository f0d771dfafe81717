"""A notebook executed as the book executes it: good cells, broken cells, and what the reader sees of both."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from kbspec.specification import Specification

SOURCES = Path(__file__).parents[2] / "src"


def execute(project: Path, *cells: str) -> list[list[Any]]:
    """The outputs of each cell of a notebook in `notebooks/` that is executed whole, errors allowed."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    folder = project / "notebooks"
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=60,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "PYTHONDONTWRITEBYTECODE": "1"}
    client.execute(env=environment)
    return [cell.outputs for cell in notebook.cells]


FIRST = "%load_ext kbspec\nspec.chapter('01-knock')"
BASE = "%%pv knock/base\nfree net: channel.\nfun h(bitstring): bitstring.\n"


def text(output: Any) -> str:
    """What a reader of one output sees, in a terminal."""
    if output.output_type == "error":
        return "\n".join(output.traceback)
    return str(output.data["text/plain"])


def test_good_and_broken_cells(project: Path) -> None:
    broken = "%%pv knock/door uses knock/base\n\n"
    broken += "let Door(n: bitstring) =\n  in(net, x: bitstring) out(net, h(x)).\n"
    ill_typed = "%%pv knock/door uses knock/base\n\nlet Door(n: bitstring) =\n  out(net, h(n, n)).\n"
    good = "%%pv knock/door uses knock/base\nlet Door(n: bitstring) = out(net, h(n)).\n"
    outputs = execute(
        project, FIRST, BASE, broken, ill_typed, "%%pv knock/door uses knock/bse\nfree a: bitstring.\n",
        "%%pv knock\nfree a: bitstring.", good, "'the kernel still runs'",
    )  # fmt: skip
    chapter, base, parse_error, type_error, unknown, name_error, door, alive = (one[0] for one in outputs)
    assert text(chapter) == "chapter 01-knock"
    assert text(base) == "fragment knock/base: 2 declarations"
    assert 'id="fragment-knock-base"' in base.data["text/html"]

    assert parse_error.output_type == "error" and "Traceback" not in text(parse_error)
    lines = text(parse_error).splitlines()
    assert lines[0].startswith("notebook 01-knock, cell [knock/door], line 4, column 24: ")
    assert lines[1:3] == ["    in(net, x: bitstring) out(net, h(x)).", "  " + " " * 23 + "^"]

    lines = text(type_error).splitlines()
    assert lines[0].startswith("notebook 01-knock, cell [knock/door], line 4, column ")
    assert lines[1] == "    out(net, h(n, n))."
    assert (
        text(unknown) == "unknown fragment knock/bse (used by knock/door)\n  advice: did you mean knock/base?"
    )
    assert "'knock' is not the name of a fragment" in text(name_error)
    assert text(door) == "fragment knock/door: 1 declaration"
    assert text(alive) == "'the kernel still runs'"
    assert not list((project / "pv").rglob("*.tmp"))


def test_a_broken_cell_leaves_the_file_and_the_fragment_as_they_were(project: Path) -> None:
    outputs = execute(
        project, FIRST, BASE, "%%pv knock/base\nfree net chanel.\n",
        "spec.registry.get('knock/base').text",
    )  # fmt: skip
    assert outputs[2][0].output_type == "error"
    assert text(outputs[3][0]) == repr(BASE.partition("\n")[2])
    path = project / "pv" / "fragments" / "01-knock" / "knock-base.pv"
    assert path.read_text(encoding="utf-8").endswith(BASE.partition("\n")[2])


def test_a_broken_cell_stops_the_execution_of_the_book(project: Path) -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(source) for source in (FIRST, "%%pv knock/base\nfree net chanel.\n")
    ]
    client = NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(project)}})
    with pytest.raises(CellExecutionError, match=r"cell \[knock/base\], line 2, column"):
        client.execute(env={**os.environ, "PYTHONPATH": str(SOURCES)})


def test_without_a_chapter_the_first_step_is_named(project: Path) -> None:
    outputs = execute(project, "%load_ext kbspec", BASE)
    assert text(outputs[1][0]).startswith("no chapter is being written")
    assert 'spec.chapter("NN-title")' in text(outputs[1][0])


def test_a_chapter_executed_twice_has_the_same_outputs_and_files(project: Path, spec: Specification) -> None:
    registry = spec.registry
    assert registry is not None
    cells = [FIRST]
    for fragment in registry.defined.values():
        uses = f" uses {', '.join(fragment.uses)}" if fragment.uses else ""
        cells.append(f"%%pv {fragment.name}{uses}\n{fragment.text}")
    cells += [
        "knock = spec.model('knock', 'knock/system', title='Knocking')\nknock",
        "knock.verify(expect={'SEC-ROOM': 'true', 'SAN-OPEN': 'unreachable'})",
        "weak = knock.without('CHK-NONCE')\nweak.changes()",
        "weak.verify(expect={'SEC-ROOM': 'false', 'SAN-OPEN': 'reachable'})",
        "weak.sequence('SEC-ROOM')",
    ]

    def run() -> tuple[list[list[Any]], dict[Path, bytes]]:
        outputs = execute(project, *cells)
        return outputs, {path: path.read_bytes() for path in sorted(project.rglob("*")) if path.is_file()}

    first, second = run(), run()
    assert first == second
    assert [[output.output_type for output in one] for one in first[0]] == [["execute_result"]] * len(cells)
    assert all("text/html" in one[0].data and "text/plain" in one[0].data for one in first[0])


def test_a_claim_that_does_not_hold_fails_below_its_table(project: Path) -> None:
    base = "%%pv knock/all\nfree net: channel.\n(*@query SEC-NET t *)\nquery attacker(net).\nprocess 0\n"
    model = "spec.model('knock', 'knock/all', title='Knocking').verify(expect={'SEC-NET': 'true'})"
    shown, failed = execute(project, FIRST, base, model)[2]
    assert "true (differs)" in shown.data["text/plain"]
    assert failed.ename == "ClaimFailed"
    assert text(failed).splitlines() == [
        "model knock: the verifier and the text disagree",
        "  - SEC-NET: false, but claimed true (t)",
    ]
