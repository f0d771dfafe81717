"""The command line, with a `proverif` on PATH that answers what the test wants."""

from __future__ import annotations

from pathlib import Path

import pytest

import kbspec.oracle
from appliedpi.backends import proverif
from kbspec.__main__ import main
from kbspec.verdicts import ModelRecord, QueryRecord, digest, load, save

TEXT = "process 0\n"


@pytest.fixture
def book(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one verified model; commands run in it."""
    (project / "pv" / "models").mkdir(parents=True)
    (project / "pv" / "models" / "a.pv").write_text(TEXT, encoding="utf-8")
    queries = {"SEC-A": QueryRecord("A stays secret.", "true", "true")}
    save({"a": ModelRecord("a", "01-one", "A", digest(TEXT), queries)}, project)
    monkeypatch.chdir(project)
    return project


def says(monkeypatch: pytest.MonkeyPatch, verdict: str) -> None:
    monkeypatch.setattr(proverif, "version", lambda: "2.05")
    monkeypatch.setattr(kbspec.oracle, "ask_proverif", lambda timeout: lambda text: {"SEC-A": verdict})


def test_oracle_records_agreement(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 1
    assert "ProVerif has not been asked" in capsys.readouterr().err
    says(monkeypatch, "true")
    assert main(["oracle"]) == 0
    assert capsys.readouterr().out == "ProVerif 2.05 says the same of 1 models\n"
    assert main(["check"]) == 0
    said = load(book)["a"].proverif
    assert said is not None and said.verdicts == {"SEC-A": "true"}


def test_oracle_fails_on_disagreement(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    says(monkeypatch, "false")
    assert main(["oracle"]) == 1
    assert "a, SEC-A: the built-in verifier says true, ProVerif false" in capsys.readouterr().err


def test_oracle_without_proverif(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(book))
    assert main(["oracle"]) == 2
    assert "proverif" in capsys.readouterr().err


def test_list(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Model", "Query", "Claim", "Verdict", "ProVerif", "Property"]
    assert lines[2].split(None, 4) == ["a", "SEC-A", "true", "true", "not asked  A stays secret."]


def test_outside_a_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["list"]) == 2
    assert "no pyproject.toml" in capsys.readouterr().err


def test_bad_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["list", "--all"], ["nothing"], []):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    capsys.readouterr()
