"""What goes into the JupyterLite site. Building it takes programs of its own: `make lite`."""

from __future__ import annotations

import ast
import sys
import zipfile
from pathlib import Path

import pytest
from tests.kbspec.book.projects import FIRST, SECOND, write_project

from kbspec.book.lite import for_the_browser, write_contents
from kbspec.book.notebook import read_notebook
from kbspec.book.wheels import NEEDS, build_wheels
from kbspec.errors import SpecificationError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = write_project(tmp_path / "project", {"01-threat-model.ipynb": FIRST, "02-second.ipynb": SECOND})
    (root / "pv" / "fragments" / "01-threat-model").mkdir(parents=True)
    (root / "pv" / "fragments" / "01-threat-model" / "tiny-names.pv").write_text("free c: channel.\n")
    (root / "pv" / "verdicts.json").write_text("{}\n")
    return root


def test_a_notebook_first_installs_the_two_packages_and_is_otherwise_the_same(project: Path) -> None:
    before = read_notebook(project / "notebooks" / "02-second.ipynb")
    after = for_the_browser(before)
    assert after["cells"][0]["source"] == "%pip install -q appliedpi kbspec"
    assert after["cells"][1:] == before["cells"]
    assert after["metadata"]["kernelspec"]["name"] == "python"  # as JupyterLite names Pyodide
    assert before["metadata"] == {}


def test_the_reader_finds_the_chapters_and_what_they_read(project: Path, tmp_path: Path) -> None:
    write_contents(project, tmp_path / "site")
    found = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.*")}
    assert found == {
        "pyproject.toml", "notebooks/book.toml",
        "notebooks/01-threat-model.ipynb", "notebooks/02-second.ipynb",
        "pv/fragments/01-threat-model/tiny-names.pv", "pv/verdicts.json",
    }  # fmt: skip
    for path in (tmp_path / "site" / "notebooks").glob("*.ipynb"):
        before = read_notebook(project / "notebooks" / path.name)
        assert read_notebook(path)["cells"][1:] == before["cells"]


def test_each_package_is_a_wheel_with_its_own_needs(tmp_path: Path) -> None:
    wheels = build_wheels(ROOT, tmp_path)
    assert [wheel.name.partition("-")[0] for wheel in wheels] == ["appliedpi", "kbspec"]
    for wheel, (package, needs) in zip(wheels, NEEDS.items(), strict=True):
        with zipfile.ZipFile(wheel) as files:
            names = files.namelist()
            metadata = next(files.read(name).decode() for name in names if name.endswith("/METADATA"))
        folders = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
        assert folders == {package}
        assert [line for line in metadata.splitlines() if line.startswith("Requires-Dist")] == [
            f"Requires-Dist: {need}" for need in needs
        ]
        modules = (ROOT / "src" / package).rglob("*.py")
        assert {path.relative_to(ROOT / "src").as_posix() for path in modules} <= set(names)
    with zipfile.ZipFile(wheels[0]) as files:
        assert any(name.endswith(".lark") for name in files.namelist())


def test_what_a_package_needs_is_locked_for_everybody_else() -> None:
    lock = (ROOT / "requirements.lock").read_text().lower()
    for need in {need for needs in NEEDS.values() for need in needs} - NEEDS.keys():
        assert f"\n{need}==" in lock


@pytest.mark.parametrize("package", NEEDS)
def test_what_a_package_imports_is_what_it_needs(package: str) -> None:
    """Apart from what a kernel has, and from what a browser does not: build the book, ask a cluster."""
    imported = set()
    for path in (ROOT / "src" / package).rglob("*.py"):
        if not path.is_relative_to(ROOT / "src" / "kbspec" / "book"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    imported.add((node.module or "").partition(".")[0])
    assert imported - sys.stdlib_module_names - {package, "IPython", "distributed"} == set(NEEDS[package])


def test_a_project_that_cannot_be_built_says_so(project: Path, tmp_path: Path) -> None:
    declared = (ROOT / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(declared.replace("setuptools.build_meta", "no_such_builder"))
    for package in NEEDS:
        (project / "src" / package).mkdir(parents=True)
    with pytest.raises(SpecificationError, match="pip wheel failed"):
        build_wheels(project, tmp_path / "wheels")
