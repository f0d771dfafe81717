"""The two packages as wheels, for a Python that nobody set up: the one in a browser.

The project is one distribution, pinned to the versions that the committed outputs need. In a browser the
verifier and the literate layer are two, each with what it needs there, and in whatever version Pyodide has.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from kbspec.errors import SpecificationError

NEEDS = {
    "appliedpi": ("lark",),
    "kbspec": (
        "appliedpi", "graphviz", "ipywidgets", "jupyterlab_pygments", "matplotlib", "pygments", "tqdm",
    ),
}  # fmt: skip
"""What each package imports where a notebook runs; executing and building the book needs more."""

BROUGHT = ("lark", "graphviz", "ipywidgets", "jupyterlab_pygments")
"""What the distribution of Pyodide has not, and is pure Python: it is put beside the two, as it is locked."""

LOCK = Path("requirements.lock")
_TIMEOUT = 600.0


def build_wheels(root: Path, folder: Path) -> list[Path]:
    """Write the wheels of `appliedpi` and `kbspec` into `folder`; sorted.

    Raises SpecificationError where they cannot be built.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for name in NEEDS:
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch)
            leave_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(root / "src" / name, source / "src" / name, ignore=leave_out)
            (source / "pyproject.toml").write_text(_declaration(name, project), encoding="utf-8")
            pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    return sorted(folder.glob("*.whl"))


def bring_wheels(root: Path, folder: Path) -> None:
    """Write the wheels of what the two need and Pyodide has not into `folder`, in the locked versions.

    Raises SpecificationError where pip cannot have them.
    """
    pip("wheel", "--no-deps", "--constraint", str(root / LOCK), "--wheel-dir", str(folder), *BROUGHT)


def pip(*arguments: str, python: str = sys.executable) -> None:
    """Run pip. Raises SpecificationError with the end of what it printed where it fails."""
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if done.returncode:
        raise SpecificationError(
            f"pip {arguments[0]} failed: {done.stderr.strip()[-1000:]}",
            advice="pip needs its package index for this",
        )


def _declaration(name: str, project: dict[str, Any]) -> str:
    """The pyproject.toml of one of the two."""
    own, system = project["project"], project["build-system"]
    needs = "".join(f"    {need!r},\n" for need in NEEDS[name])
    requires = ", ".join(repr(one) for one in system["requires"])
    data = ", ".join(repr(one) for one in project["tool"]["setuptools"]["package-data"]["*"])
    return (
        f"[build-system]\nrequires = [{requires}]\nbuild-backend = '{system['build-backend']}'\n"
        f"[project]\nname = '{name}'\nversion = '{own['version']}'\n"
        f"requires-python = '{own['requires-python']}'\nlicense = '{own['license']}'\n"
        f"dependencies = [\n{needs}]\n"
        f"[tool.setuptools.packages.find]\nwhere = ['src']\n"
        f"[tool.setuptools.package-data]\n'*' = [{data}]\n"
    )
