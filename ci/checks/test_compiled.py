"""The compiled build answers as the interpreted one does, on every model of the corpus."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ANSWERS = """
import sys
from pathlib import Path
import appliedpi
print(appliedpi.native.in_use())
for path in sorted(Path("tests/corpus").glob("*.pv")):
    try:
        results = [r.verdict.value for r in appliedpi.verify(path, timeout=60).results]
    except appliedpi.AppliedPiError as error:
        results = [str(error)]
    print(path.name, *results)
"""


def answers(pure: bool) -> list[str]:
    environment = {k: v for k, v in os.environ.items() if k != "APPLIEDPI_PURE"}
    environment["PYTHONPATH"] = str(ROOT / "src")
    if pure:
        environment["APPLIEDPI_PURE"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", ANSWERS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("gcc") is None and shutil.which("cc") is None, reason="no C compiler")
def test_both_builds_answer_alike() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-m", "appliedpi.native"], cwd=ROOT, env=environment, check=True)
    compiled, pure = answers(pure=False), answers(pure=True)
    assert (compiled[0], pure[0]) == ("True", "False")
    assert compiled[1:] == pure[1:]
    assert len(pure) > 50
