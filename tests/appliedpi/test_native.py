"""Which modules run: the extension modules built from the present sources, or the interpreted ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliedpi import native


def test_every_compiled_module_exists() -> None:
    assert all(native.source(module).is_file() for module in native.COMPILED)


def test_a_changed_source_has_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = native.folder()
    package = tmp_path / "appliedpi"
    shutil.copytree(native.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(native, "PACKAGE", package)
    assert native.folder() == before
    with (package / "terms.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert native.folder() != before


def test_pure_where_the_environment_says_so() -> None:
    code = "import appliedpi.native as n, appliedpi.terms as t; print(n.in_use(), t.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "APPLIEDPI_PURE": "1", "PYTHONPATH": str(native.PACKAGE.parent)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    used, file = done.stdout.split()
    assert used == "False"
    assert file.endswith("terms.py")


def test_without_a_compiler_one_line_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from appliedpi.native import __main__ as builder

    said: list[str] = []
    monkeypatch.setattr(native, "folder", lambda: tmp_path / "none")
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setattr("builtins.print", lambda *words, **_: said.append(" ".join(words)))
    assert builder.main() == 0
    assert len(said) == 1
    assert "no C compiler" in said[0]
