from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kbspec.errors import SpecificationError
from kbspec.generated import begin, emit
from kbspec.oracle import check, consult
from kbspec.verdicts import (
    VERDICTS,
    ModelRecord,
    ProVerifRecord,
    QueryRecord,
    clear_parts,
    digest,
    load,
    merge,
    record_part,
    save,
)  # fmt: skip

TEXT = "process 0\n"


def record(name: str, text: str = TEXT, verdict: str = "true", chapter: str = "01-one") -> ModelRecord:
    queries = {"SEC-A": QueryRecord("A stays secret.", "true", verdict)}
    return ModelRecord(name, chapter, f"The model {name}", digest(text), queries)


def write_model(root: Path, name: str, text: str = TEXT) -> None:
    path = root / "pv" / "models" / f"{name}.pv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def executed(root: Path, *chapters: str) -> None:
    """As if these chapters had been executed from their start."""
    (root / "notebooks").mkdir(exist_ok=True)
    for chapter in chapters:
        (root / "notebooks" / f"{chapter}.ipynb").touch()
        begin(root, chapter)
        clear_parts(root, chapter)


def test_parts_are_merged_in_the_order_of_the_book(tmp_path: Path) -> None:
    executed(tmp_path, "01-one", "02-two")
    for one in (record("b", chapter="02-two"), record("z"), record("a")):
        record_part(one, tmp_path)
    merge(tmp_path)
    document = json.loads((tmp_path / VERDICTS).read_text(encoding="utf-8"))
    assert list(document["models"]) == ["a", "z", "b"]
    assert document["models"]["a"] == {
        "chapter": "01-one", "title": "The model a", "sha256": digest(TEXT),
        "queries": {"SEC-A": {"property": "A stays secret.", "claim": "true", "verdict": "true"}},
        "proverif": None,
    }  # fmt: skip
    assert load(tmp_path) == {"a": record("a"), "z": record("z"), "b": record("b", chapter="02-two")}


def test_what_proverif_said_is_kept_only_for_the_same_text(tmp_path: Path) -> None:
    said = ProVerifRecord("2.05", "2026-01-01", digest(TEXT), {"SEC-A": "true"})
    save({name: replace(record(name), proverif=said) for name in ("same", "other")}, tmp_path)
    before = (tmp_path / VERDICTS).read_bytes()
    executed(tmp_path, "01-one")
    record_part(record("same"), tmp_path)
    record_part(record("other"), tmp_path)
    merge(tmp_path)
    assert (tmp_path / VERDICTS).read_bytes() == before
    record_part(record("other", "process 0 | 0\n"), tmp_path)
    merged = merge(tmp_path)
    assert merged["same"].proverif == said and merged["other"].proverif is None


def test_what_a_chapter_does_not_verify_any_more_is_gone(tmp_path: Path) -> None:
    executed(tmp_path, "01-one", "02-two", "03-three")
    for name, chapter in (("gone", "01-one"), ("here", "01-one"), ("other", "02-two"), ("last", "03-three")):
        record_part(record(name, chapter=chapter), tmp_path)
        emit(tmp_path, chapter, Path("pv") / "models" / f"{name}.pv", TEXT)
    assert set(merge(tmp_path)) == {"gone", "here", "other", "last"}
    executed(tmp_path, "01-one")
    emit(tmp_path, "01-one", Path("pv") / "models" / "here.pv", TEXT)
    record_part(record("here"), tmp_path)
    (tmp_path / "notebooks" / "03-three.ipynb").unlink()
    assert set(merge(tmp_path)) == {"here", "other"}
    assert set(load(tmp_path)) == {"here", "other"}
    assert {path.name for path in (tmp_path / "pv" / "models").iterdir()} == {"here.pv", "other.pv"}


def test_nothing_is_removed_before_every_chapter_has_been_executed(tmp_path: Path) -> None:
    executed(tmp_path, "01-one")
    (tmp_path / "notebooks" / "02-two.ipynb").touch()
    save({"old": record("old", chapter="02-two")}, tmp_path)
    write_model(tmp_path, "old")
    assert set(merge(tmp_path)) == {"old"}
    assert (tmp_path / "pv" / "models" / "old.pv").exists()


def test_a_broken_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pv").mkdir()
    (tmp_path / VERDICTS).write_text("{", encoding="utf-8")
    with pytest.raises(SpecificationError, match="not a file that kbspec wrote"):
        load(tmp_path)


def test_the_date_of_proverif_changes_only_with_what_it_said(tmp_path: Path) -> None:
    write_model(tmp_path, "a")
    save({"a": record("a")}, tmp_path)

    def answer(text: str) -> dict[str, str]:
        assert text == TEXT
        return {"SEC-A": "true"}

    found = consult(tmp_path, "2.05", answer, date(2026, 1, 1))
    assert found.disagreements == ()
    assert load(tmp_path)["a"].proverif == ProVerifRecord(
        "2.05", "2026-01-01", digest(TEXT), {"SEC-A": "true"}
    )
    before = (tmp_path / VERDICTS).read_bytes()
    consult(tmp_path, "2.05", answer, date(2026, 2, 2))
    assert (tmp_path / VERDICTS).read_bytes() == before
    consult(tmp_path, "2.06", answer, date(2026, 2, 2))
    said = load(tmp_path)["a"].proverif
    assert said is not None and (said.version, said.date) == ("2.06", "2026-02-02")


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"SEC-A": "false"}, "a, SEC-A: the built-in verifier says true, ProVerif false"),
        ({}, "a, SEC-A: the built-in verifier says true, ProVerif nothing"),
        ({"SEC-A": "true", "SEC-B": "true"}, "a, SEC-B: only ProVerif answers this query"),
    ],
)
def test_a_disagreement_is_said_and_not_recorded(
    tmp_path: Path, answers: dict[str, str], sentence: str
) -> None:
    write_model(tmp_path, "a")
    save({"a": record("a")}, tmp_path)
    found = consult(tmp_path, "2.05", lambda text: answers, date(2026, 1, 1))
    assert found.disagreements == (sentence,)
    assert load(tmp_path)["a"].proverif is None


def test_proverif_is_not_asked_about_another_text(tmp_path: Path) -> None:
    write_model(tmp_path, "a", "process 0 | 0\n")
    save({"a": record("a")}, tmp_path)
    with pytest.raises(SpecificationError, match="not the text whose verdicts are in pv/verdicts.json"):
        consult(tmp_path, "2.05", lambda text: {"SEC-A": "true"}, date(2026, 1, 1))


def test_check_says_what_is_wrong_with_pv(tmp_path: Path) -> None:
    said = ProVerifRecord("2.05", "2026-01-01", digest(TEXT), {"SEC-A": "true"})
    write_model(tmp_path, "a")
    save({"a": replace(record("a"), proverif=said)}, tmp_path)
    assert check(tmp_path) == []
    write_model(tmp_path, "b")
    write_model(tmp_path, "a", "process 0 | 0\n")
    save({"a": record("a"), "c": replace(record("c"), proverif=said)}, tmp_path)
    problems = check(tmp_path)
    assert [problem.partition(":")[0] for problem in problems] == [
        "pv/models/a.pv", "a", "pv/models/c.pv", "pv/models/b.pv",
    ]  # fmt: skip
    assert "ProVerif has not been asked" in problems[1] and "there is no such file" in problems[2]
