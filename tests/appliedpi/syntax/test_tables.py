"""Parsing tables are kept between runs, and nothing goes wrong where they cannot be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from lark import Lark

from appliedpi.syntax import tables

GRAMMAR = 'start: "a" start | "b"'


class Maker:
    """Makes parsers, and counts how many."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, grammar: str) -> Lark:
        self.count += 1
        return Lark(grammar, parser="lalr")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where tables are kept in this test."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_made_once_and_as_good_afterwards(folder: Path) -> None:
    maker = Maker()
    first = tables.kept_tables(GRAMMAR, maker)
    second = tables.kept_tables(GRAMMAR, maker)
    assert maker.count == 1
    assert first.parse("aab") == second.parse("aab")
    assert len(kept(folder)) == 1


def test_another_grammar_has_its_own(folder: Path) -> None:
    maker = Maker()
    tables.kept_tables(GRAMMAR, maker)
    other = tables.kept_tables('start: "c"', maker)
    assert maker.count == 2
    assert other.parse("c").data == "start"


@pytest.mark.parametrize("content", [b"", b"not tables", None])
def test_a_damaged_file_is_replaced(folder: Path, content: bytes | None) -> None:
    maker = Maker()
    tables.kept_tables(GRAMMAR, maker)
    (path,) = kept(folder)
    path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    assert tables.kept_tables(GRAMMAR, maker).parse("ab").data == "start"
    tables.kept_tables(GRAMMAR, maker)
    assert maker.count == 2


def test_nothing_is_kept_where_the_folder_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "file"))
    assert tables.kept_tables(GRAMMAR, Maker()).parse("b").data == "start"


def test_nothing_is_kept_where_python_writes_no_bytecode(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    tables.kept_tables(GRAMMAR, Maker())
    assert kept(folder) == []
