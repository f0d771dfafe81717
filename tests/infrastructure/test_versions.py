"""One version of each dependency: pyproject.toml, requirements.lock and environment.yml say the same."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib

import yaml
from tests.infrastructure.repository import ROOT

_CONDA_NAMES = {"python-graphviz": "graphviz"}
_NOT_FROM_PYPI = {"python", "pip", "graphviz"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(lines: list[str]) -> dict[str, str]:
    pairs = (line.split("==") for line in lines if line.strip() and not line.startswith("#"))
    return {_normal(name): version.strip() for name, version in pairs}


def _project() -> dict[str, str]:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = data["project"]["optional-dependencies"].values()
    return _pins([*data["project"]["dependencies"], *[line for lines in extras for line in lines]])


def _lock() -> dict[str, str]:
    return _pins((ROOT / "requirements.lock").read_text().splitlines())


def test_every_dependency_is_pinned_and_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    section = text[text.index("dependencies = [") : text.index("[project.scripts]")]
    lines = [line for line in section.splitlines() if line.strip().startswith('"')]
    assert len(lines) == len(_project()) > 15
    for line in lines:
        assert re.fullmatch(r'    "[\w-]+==[\w.]+", +# \S.{10,}', line), line


def test_the_lock_has_the_same_versions() -> None:
    lock = _lock()
    assert {name: lock.get(name) for name in _project()} == _project()


def test_the_lock_is_closed() -> None:
    """Whatever a locked package requires on this platform is locked too."""
    lock = _lock()
    missing = set()
    for name in lock:
        for requirement in importlib.metadata.distribution(name).requires or ():
            wanted, _, condition = requirement.partition(";")
            if "extra ==" in condition.replace("extra==", "extra =="):
                continue
            needed = _normal(re.split(r"[\s<>=!~\[(]", wanted.strip())[0])
            if needed not in lock and not condition:
                missing.add(f"{needed} (for {name})")
    assert not missing


def test_the_environment_is_the_locked_one() -> None:
    installed = {name: importlib.metadata.version(name) for name in _lock()}
    assert installed == _lock()


def test_environment_yml_has_the_same_versions() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]
    found: dict[str, str] = {}
    for entry in environment["dependencies"]:
        if isinstance(entry, dict):
            found |= _pins(entry["pip"])
            continue
        name = re.split(r"[=<>]", entry)[0]
        if name not in _NOT_FROM_PYPI:
            found[_normal(_CONDA_NAMES.get(name, name))] = entry.split("=")[-1]
    assert found == _project()
    assert "opam" in (ROOT / "environment.yml").read_text()


def test_the_citation_and_the_changes_name_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == version
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
