from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter, rectify_completions
from IPython.core.interactiveshell import InteractiveShell
from tests.kbspec.exercises.lessons import write_lessons
from tests.kbspec.vault import vault

import kbspec
from kbspec.completion import words
from kbspec.specification import Specification

FRAGMENTS = ["knock/base", "knock/door", "knock/system"]


@pytest.mark.parametrize("before", [
    'spec.model("knock", "kn', "spec.model('knock',\n    'knock/base', '", 'm = spec.show("',
    "%%pv knock/more uses ", "%%pv knock/more uses knock/base, knock/",
])  # fmt: skip
def test_fragment_names(spec: Specification, before: str) -> None:
    assert words(before, spec, {}) == FRAGMENTS


@pytest.mark.parametrize("before", [
    "spec.model(", 'spec.model("a").verify("', 'print("', "%%pv kn", "x = 1\n%%pv a uses ",
])  # fmt: skip
def test_no_place_for_a_name(spec: Specification, before: str) -> None:
    assert words(before, spec, {}) == []


def test_the_ids_of_a_model(spec: Specification) -> None:
    variables = {"vault": vault(spec), "other": 1}
    assert words('vault.without("CHK-PIN", "', spec, variables) == ["CHK-FIRST", "CHK-PIN", "CHK-SECOND"]
    assert words("vault.assume('ASM-Q", spec, variables) == ["ASM-PIN-SECRET", "ASM-QUIET"]
    assert words('vault.sequence("', spec, variables) == ["SAN-OPEN", "SEC-GOLD", "SEC-SCRAP"]
    assert words('other.without("', spec, variables) == [] == words('none.without("', spec, variables)


def test_exercises(spec: Specification, project: Path) -> None:
    write_lessons(project)
    assert words("%%answer EX-", spec, {})[0] == "EX-01-1"
    write_lessons(project, "not toml")
    assert words('spec.exercise("', spec, {}) == []


@pytest.fixture
def shell(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.chdir(project / "notebooks")
    monkeypatch.setenv("IPYTHONDIR", str(project / "ipython"))
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    kbspec.load_ipython_extension(shell)
    yield shell
    InteractiveShell.clear_instance()


def test_ipython_offers_them(shell: InteractiveShell) -> None:
    shell.run_cell('spec.chapter("01-knock")')
    shell.run_cell_magic("pv", "knock/base", "free net: channel.")
    assert offered(shell, 'spec.model("knock", "kno') == ["knock/base"]
    assert "knock/base" in offered(shell, "%%pv knock/door uses kn")
    members = {one.rpartition(".")[2] for one in offered(shell, "spec.")}
    assert {"model", "exercise", "finding"} <= members and "_registry" not in members


def offered(shell: InteractiveShell, code: str) -> list[str]:
    """What the kernel answers JupyterLab."""
    with provisionalcompleter():
        found = list(rectify_completions(code, shell.Completer.completions(code, len(code))))
    return [one.text for one in found]


def test_an_answer_in_a_cell(shell: InteractiveShell, project: Path) -> None:
    write_lessons(project)
    shell.run_cell('spec.chapter("01-knock")')
    result = shell.run_cell("%%answer EX-01-1\n# nothing yet")
    assert result.success and result.result.state == "open"
