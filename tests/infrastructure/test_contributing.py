"""Every recipe of CONTRIBUTING.md works as it stands there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from tests.infrastructure.repository import ROOT

from kbspec.magics import define
from kbspec.specification import Specification

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
_CELL = re.compile(r"^```(pv|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The names of a notebook in a project with the fragments of the book."""
    root = tmp_path_factory.mktemp("contributing")
    shutil.copytree(ROOT / "pv" / "fragments", root / "pv" / "fragments")
    (root / "notebooks").mkdir()
    for path in (ROOT / "notebooks").glob("*.toml"):
        shutil.copy(path, root / "notebooks")
    (root / "pyproject.toml").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KBSPEC_CACHE", raising=False)
        specification = Specification()
        specification.chapter("95-mine", root)
        yield {"spec": specification}


def test_there_is_a_recipe_for_each() -> None:
    titles = [recipe.partition("\n")[0] for recipe in RECIPES]
    assert titles == ["A property", "A check", "A scenario", "A TEE", "An evidence format"]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.partition("\n")[0])
def test_a_recipe(notebook: dict[str, Any], recipe: str) -> None:
    cells = _CELL.findall(recipe)
    assert {kind for kind, _ in cells} == {"pv", "python"} and ".verify(expect=" in recipe
    for kind, source in cells:
        if kind == "pv":
            first, _, body = source.partition("\n")
            define(notebook["spec"], first.removeprefix("%%pv "), body)
        else:
            exec(source, notebook)  # verify raises where a claim does not hold
