"""The chapters in JupyterLab, in a real Chromium; skipped where there is none.

A copy of the project is opened, so that what runs here changes no file of it. The proofs that `make book` has
kept are taken from the project.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kbspec.book.browser import ABSENT, Page, browser, find_chromium

ROOT = Path(__file__).parents[2]
CHAPTER = "02-rcar"
# Nothing kept may answer, and no proof is the last.
ENDLESS = """%env KBSPEC_CACHE=
while True:
    once.without("CHK-HW-SIG").verify()"""

pytestmark = pytest.mark.skipif(find_chromium() is None, reason=ABSENT)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab as `make lab` starts it, in a copy of the project."""
    project = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "pyproject.toml", project)
    for name in ("notebooks", "pv"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "KBSPEC_CACHE": str(ROOT / ".cache" / "proofs"),
        **os.environ,
        "JUPYTER_PATH": str(ROOT / "src" / "kbspec" / "jupyter"),
        "HOME": str(project),
    }
    process = subprocess.Popen(
        [
            sys.executable, "-m", "jupyter", "lab", "notebooks", "--no-browser", "--allow-root",
            f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
            "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None",
        ],
        cwd=project, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/lab/tree"
    finally:
        process.terminate()
        process.wait(timeout=30)


class Lab:
    """A notebook that is open in JupyterLab, through its own application object."""

    def __init__(self, page: Page, server: str, name: str) -> None:
        self.page = page
        page.size(1300, 1400)
        page.open(f"{server}/{name}.ipynb?reset")
        page.call("Emulation.setFocusEmulationEnabled", enabled=True)
        page.wait("window.panel = window.jupyterapp && Array.from(jupyterapp.shell.widgets('main'))[0]")
        page.wait("panel.sessionContext?.session?.kernel?.status === 'idle'")
        page.run("jupyterapp.shell.activateById(panel.id); window.book = panel.content; 0")
        # Every cell is in the page, and not only those in view.
        page.run("book.notebookConfig = {...book.notebookConfig, windowingMode: 'none'}; 0")

    def run(self, command: str) -> None:
        """Start a command of JupyterLab's menus, and do not wait for it."""
        self.page.run(f"void jupyterapp.commands.execute({json.dumps(command)})")

    def start(self, index: int) -> None:
        """Run one cell, and do not wait for it."""
        self.activate(str(index))
        self.page.run("book.activeCell.model.clearExecution(); 0")
        self.run("notebook:run-cell")

    def add(self, source: str) -> int:
        """A new last cell, active; its index."""
        cell = json.dumps({"cell_type": "code", "source": source, "metadata": {}})
        self.page.run(f"book.model.sharedModel.insertCell(book.widgets.length, {cell}); 0")
        return self.activate("book.widgets.length - 1")

    def activate(self, index: str) -> int:
        """Make a cell active and bring it into view; its index."""
        self.page.run(f"book.activeCellIndex = {index}; book.scrollToItem({index}, 'center'); 0")
        return int(self.page.run("book.activeCellIndex"))

    def find(self, source: str) -> int:
        """The index of the first code cell that begins with this text, active and in view."""
        begins = f"one.model.sharedModel.getSource().startsWith({json.dumps(source)})"
        return self.activate(f"book.widgets.findIndex(one => {begins})")

    def change(self, index: int, source: str) -> None:
        """Write another text into a cell."""
        self.page.run(f"book.widgets[{index}].model.sharedModel.setSource({json.dumps(source)}); 0")

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """What a cell has put out; nothing where it is prose."""
        return list(self.page.run(f"book.widgets[{index}].model.sharedModel.toJSON().outputs ?? []"))

    def finish(self, index: int) -> None:
        """Wait until a cell has run: minutes for a chapter whose proofs nobody has kept."""
        end = time.monotonic() + 300
        state = f"[book.widgets[{index}].model.executionState, book.widgets[{index}].model.executionCount]"
        while (found := self.page.run(state))[0] != "idle" or found[1] is None:
            assert time.monotonic() < end, f"cell {index} does not come to an end: {found}"
            time.sleep(0.05)

    def shown(self, index: int, selector: str) -> str:
        """A JavaScript expression: the elements that a cell shows."""
        return f"Array.from(book.widgets[{index}].node.querySelectorAll({json.dumps(selector)}))"


@pytest.fixture(scope="module")
def lab(server: str) -> Iterator[Lab]:
    """The chapter, opened, not run."""
    with browser() as page:
        yield Lab(page, server, CHAPTER)


def test_a_fragment_is_coloured_as_proverif(lab: Lab) -> None:
    cell = lab.find("%%pv net/network")
    lab.page.wait(f"{lab.shown(cell, '.cm-line span')}.length > 3")
    variable = "--jp-mirror-editor-keyword-color"
    keyword = f"getComputedStyle(document.documentElement).getPropertyValue('{variable}')"
    lab.page.run(f"document.body.style.accentColor = {keyword}; 0")  # as the browser writes colours
    coloured = lab.page.run(
        f"{lab.shown(cell, '.cm-line span')}.filter(one => getComputedStyle(one).color =="
        " getComputedStyle(document.body).accentColor).map(one => one.innerText)"
    )
    assert coloured == ["free", "channel"]
    python = lab.find("%load_ext")
    assert lab.page.run(f"book.widgets[{python}].model.mimeType") != "text/x-proverif"


def test_run_all_shows_verdicts_and_charts(lab: Lab) -> None:
    last = lab.page.run("book.widgets.findLastIndex(one => one.model.type === 'code')")
    lab.page.run("book.widgets.forEach(one => one.model.type === 'code' && one.model.clearExecution()); 0")
    lab.run("notebook:run-all-cells")
    lab.finish(last)
    cell = lab.find('tls = spec.model("tls"')
    lab.page.wait(f"{lab.shown(cell, 'table.kbspec-verdicts')}.length")
    assert "✓ true" in lab.page.run(f"{lab.shown(cell, 'table.kbspec-verdicts')}[0].innerText")
    chart = lab.find("tls.sequence(")
    lab.page.wait(f"{lab.shown(chart, 'figure img')}.length")
    everything = json.dumps([lab.outputs(one) for one in range(last + 1)])
    assert '"output_type": "error"' not in everything


def test_the_what_if_panel_follows_a_tick(lab: Lab) -> None:
    cell = lab.find("rcar.what_if()")
    lab.page.wait(f"{lab.shown(cell, 'input[type=checkbox]')}.length > 5")
    box = f"{lab.shown(cell, 'label')}.find(one => one.innerText.startsWith('CHK-TEEPUBKEY-BINDING'))"
    lab.page.run(f"{box}.querySelector('input').click(); 0")
    start = time.monotonic()
    lost = lab.shown(cell, "table.kbspec-what-if strong")
    lab.page.wait(f"{lost}.some(one => one.innerText === '✗ false')")
    assert time.monotonic() - start < 2
    lab.page.wait(f"{lab.shown(cell, 'figure img')}.length")
    assert "Attack on " in lab.page.run(f"book.widgets[{cell}].node.innerText")


def test_an_interrupt_stops_a_proof(lab: Lab) -> None:
    cell = lab.add(ENDLESS)
    lab.start(cell)
    lab.page.wait(f"book.widgets[{cell}].model.executionState === 'running'")
    time.sleep(2)
    assert lab.page.run(f"book.widgets[{cell}].model.executionState") == "running", lab.outputs(cell)
    start = time.monotonic()
    lab.run("notebook:interrupt-kernel")
    lab.finish(cell)
    assert time.monotonic() - start < 1.5


def test_an_error_names_fragment_and_place(lab: Lab) -> None:
    cell = lab.find("%%pv net/network")
    lab.change(cell, "%%pv net/network\nfree network: channel\nfree other: channel.")
    for one in (lab.find("%load_ext"), cell):
        lab.start(one)
        lab.finish(one)
    (said,) = ["\n".join(one["traceback"]) for one in lab.outputs(cell)]
    assert said.startswith(f"notebook {CHAPTER}, cell [net/network], line 2, column 22: `.` is missing")
    assert "Traceback" not in said
