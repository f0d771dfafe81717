"""`make lite`: the book as a JupyterLite site, where the notebooks run in the reader's browser.

`build/lite/site` is static: any web server can give it out (a `file://` page cannot run it). It holds
JupyterLite, the chapters, what they read, and the wheels of the two packages; Pyodide and what it brings
(matplotlib above all) the browser loads from the content network of Pyodide when a notebook is started.

The programs that build it are the extra `lite` of pyproject.toml. They are not in `.venv`, but in one of
their own: JupyterLab would take the kernel of JupyterLite for an extension of itself.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from kbspec.book.notebook import Notebook, read_notebook, to_text
from kbspec.book.order import NOTEBOOKS, load_book
from kbspec.book.wheels import LOCK, NEEDS, bring_wheels, build_wheels, pip
from kbspec.errors import SpecificationError
from kbspec.files import find_root

LITE = Path("build") / "lite"
SITE = LITE / "site"
_INSTALL = f"%pip install -q {' '.join(NEEDS)}"
_KERNEL = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
_TIMEOUT = 600.0


def main() -> int:
    """Build the site; 0, or 2 where it cannot be built."""
    try:
        site = build(find_root())
    except SpecificationError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{site}: serve it with  python -m http.server --directory {site}")
    return 0


def build(root: Path) -> Path:
    """Build the site of the project at `root`; where it is, relative to `root`.

    Raises SpecificationError where a program, a package or a notebook is missing.
    """
    program = _programs(root)
    for name in ("site", "contents", "source"):
        shutil.rmtree(root / LITE / name, ignore_errors=True)
    source = root / LITE / "source"
    wheels = source / "pypi"
    wheels.mkdir(parents=True)
    bring_wheels(root, wheels)
    build_wheels(root, wheels)
    write_contents(root, root / LITE / "contents")
    jupyter = program.parents[1] / "share" / "jupyter"
    shutil.copytree(root / "src" / "kbspec" / "jupyter", jupyter, dirs_exist_ok=True)
    (source / "jupyter-lite.json").write_text(json.dumps(_settings(root), indent=1) + "\n", encoding="utf-8")
    command = [
        str(program), "lite", "build", "--lite-dir", str(source), "--contents", str(root / LITE / "contents"),
        "--output-dir", str(root / SITE), "--no-sourcemaps",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=source, capture_output=True, text=True, timeout=_TIMEOUT, check=False
    )
    if done.returncode:
        raise SpecificationError(f"jupyter lite build failed: {(done.stdout + done.stderr)[-2000:]}")
    return SITE


def write_contents(root: Path, folder: Path) -> None:
    """The files that the reader finds in the site: the chapters, and what their cells read."""
    (folder / NOTEBOOKS).mkdir(parents=True)
    shutil.copy(root / "pyproject.toml", folder)  # by which a notebook knows the root of the project
    for path in (root / NOTEBOOKS).glob("*.toml"):
        shutil.copy(path, folder / NOTEBOOKS)
    shutil.copytree(root / "pv" / "fragments", folder / "pv" / "fragments")
    for path in (root / "pv").glob("*.json"):
        shutil.copy(path, folder / "pv")
    for chapter in load_book(root).chapters:
        notebook = for_the_browser(read_notebook(root / NOTEBOOKS / chapter.file))
        (folder / NOTEBOOKS / chapter.file).write_text(to_text(notebook), encoding="utf-8")


def for_the_browser(notebook: Notebook) -> Notebook:
    """The notebook with a first cell that installs the two packages, for JupyterLite's kernel."""
    cell: Notebook = {
        "cell_type": "code", "execution_count": None, "id": "install", "metadata": {}, "outputs": [],
        "source": _INSTALL,
    }  # fmt: skip
    metadata = {**notebook["metadata"], "kernelspec": _KERNEL}
    return {**notebook, "metadata": metadata, "cells": [cell, *notebook["cells"]]}


def _settings(root: Path) -> dict[str, object]:
    """What JupyterLite is told: its name, and that each reader's changes are kept apart from other sites'."""
    title = load_book(root).title
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {"appName": title, "contentsStorageName": "formal-spec-kbs"},
    }


def _programs(root: Path) -> Path:
    """The `jupyter` of an environment with the extra `lite`, which is set up where it is not there yet."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["optional-dependencies"]["lite"]
    folder = root / LITE / "environment"
    stamp = folder / "installed"
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != "\n".join(wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        python = str(scripts / "python")
        pip("install", "--constraint", str(root / LOCK), *wanted, python=python)
        stamp.write_text("\n".join(wanted), encoding="utf-8")
    return scripts / "jupyter"


if __name__ == "__main__":
    sys.exit(main())
