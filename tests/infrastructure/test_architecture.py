"""Arrows point one way: notebooks -> kbspec -> appliedpi, and inside appliedpi down the pipeline.

What makes a verdict trustworthy is that its parts are independent: the interpreter that replays an attack
shares no code with the search that found it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.infrastructure.repository import ROOT, tracked_files

SOURCES = [path for path in tracked_files() if path.parts[0] == "src" and path.suffix == ".py"]
PIPELINE = ("syntax", "typing", "translation", "saturation", "queries")
# The parts that prove nothing but check, and all that each may import.
INDEPENDENT = {
    "traces": {"core", "terms", "errors", "builtin", "limits", "traces"},
    "check": {"terms", "syntax", "errors", "check"},
}
# What the literate layer may know of the verifier: nothing of Horn clauses.
HORN_CLAUSES = {
    "clauses", "constraints", "unification", "translation", "saturation", "queries", "equations", "engine",
}  # fmt: skip


def _module(path: Path) -> tuple[str, ...]:
    parts = path.with_suffix("").parts[1:]
    return parts[:-1] if parts[-1] == "__init__" else parts


def _imports(path: Path) -> Iterator[tuple[str, ...]]:
    """The modules of this project that a file imports, as far as it names them."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            module = node.module or ""
            names = [f"{module}.{alias.name}" for alias in node.names] if "." not in module else [module]
        else:
            continue
        for name in names:
            if name.split(".")[0] in ("appliedpi", "kbspec"):
                yield tuple(name.split("."))


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 50
    assert any(True for path in SOURCES for _ in _imports(path))


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[1] == "appliedpi"], ids=str)
def test_the_verifier_knows_nothing_of_the_book(path: Path) -> None:
    module = _module(path)
    part = module[1] if len(module) > 1 else ""
    for imported in _imports(path):
        assert imported[0] == "appliedpi", f"{path} imports {'.'.join(imported)}"
        target = imported[1] if len(imported) > 1 else ""
        if part in PIPELINE and target in PIPELINE:
            assert PIPELINE.index(target) <= PIPELINE.index(part), f"{path} imports {target}"
        if part in INDEPENDENT and len(imported) > 1:
            assert target in INDEPENDENT[part], f"{path} imports {target}"


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[1] == "kbspec"], ids=str)
def test_the_literate_layer_knows_nothing_of_horn_clauses(path: Path) -> None:
    for imported in _imports(path):
        if imported[0] == "appliedpi" and len(imported) > 1:
            assert imported[1] not in HORN_CLAUSES, f"{path} imports {'.'.join(imported)}"


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_every_module_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    assert docstring and len(docstring) > 15, f"{path} has no docstring"
