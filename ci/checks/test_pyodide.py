"""The verifier in a browser's Python: Pyodide, here under Node; skipped where there is no Node.

Pyodide comes from the npm registry, the packages are the wheels that `make lite` puts into its site. Nothing
else is loaded: of the distribution of Pyodide, which is on a content network, nothing is used.
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kbspec.book.wheels import build_wheels
from kbspec.verdicts import load

ROOT = Path(__file__).parents[2]
PYODIDE = "pyodide@314.0.6"  # which the kernel of the JupyterLite site is made for
MODELS = ["toy", "two-locks", "rcar"]

Answers = dict[str, dict[str, dict[str, Any]]]  # by model, by query

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None, reason="there is no Node.js with npm here"
)


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("npm")
    options = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
    try:
        subprocess.run(["npm", "install", *options, PYODIDE], check=True, capture_output=True, timeout=300)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip(f"npm cannot bring {PYODIDE}")
    return folder / "node_modules" / "pyodide"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of the project, and with lark as it is installed here."""
    folder = tmp_path_factory.mktemp("wheels")
    build_wheels(ROOT, folder)
    lark = importlib.metadata.distribution("lark")
    with zipfile.ZipFile(folder / f"lark-{lark.version}-py3-none-any.whl", "w") as wheel:
        for file in lark.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                wheel.write(str(file.locate()), file.as_posix())
    return folder


@pytest.fixture(scope="module")
def answers(pyodide: Path, packages: Path) -> Answers:
    models = [str(ROOT / "pv" / "models" / f"{name}.pv") for name in MODELS]
    command = ["node", str(Path(__file__).with_name("prove.mjs")), str(pyodide), str(packages), *models]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    answered: Answers = json.loads(done.stdout)
    return answered


@pytest.mark.parametrize("model", MODELS)
def test_the_verdicts_are_the_recorded_ones(answers: Answers, model: str) -> None:
    recorded = load(ROOT)[model].queries
    found = {name: answer["verdict"] for name, answer in answers[model].items()}
    assert found == {name: query.verdict for name, query in recorded.items()}


def test_all_three_verdicts_were_seen(answers: Answers) -> None:
    seen = {answer["verdict"] for model in answers.values() for answer in model.values()}
    assert seen == {"true", "false", "cannot be proved"}


def test_what_stands_behind_them_is_there_too(answers: Answers) -> None:
    """A checked certificate for each *true*, a replayed trace for each *false*."""
    for model in answers.values():
        for name, answer in model.items():
            assert answer["certified"] == (answer["verdict"] == "true"), name
            assert answer["attack"] == (answer["verdict"] == "false"), name
