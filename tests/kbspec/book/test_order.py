"""The reading order: what is accepted, and one clear message for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbspec.book.order import load_book
from kbspec.errors import SpecificationError

ENTRY = '[[chapters]]\nfile = "{0}"\ntitle = "T"\nneeds = {1}\n'
CELLS = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def _project(root: Path, text: str) -> Path:
    (root / "notebooks").mkdir()
    for name in ("01-a.ipynb", "02-b.ipynb"):
        (root / "notebooks" / name).write_text(CELLS)
    (root / "notebooks" / "book.toml").write_text(text)
    return root


def test_the_order_is_that_of_the_file(tmp_path: Path) -> None:
    entries = ENTRY.format("02-b.ipynb", "[]"), ENTRY.format("01-a.ipynb", '["02-b.ipynb"]')
    book = load_book(_project(tmp_path, 'title = "Book"\n' + "".join(entries)))
    assert book.title == "Book"
    assert [chapter.name for chapter in book.chapters] == ["02-b", "01-a"]
    assert book.chapters[1].needs == ("02-b.ipynb",)
    assert book.chapters[1].page == "01-a.html"


def test_the_teaching_chapter_is_the_one_that_is_named(tmp_path: Path) -> None:
    chapters = ENTRY.format("01-a.ipynb", "[]") + ENTRY.format("02-b.ipynb", "[]")
    root = _project(tmp_path, 'title = "B"\nteaching = "01-a.ipynb"\n' + chapters)
    assert load_book(root).teaching == load_book(root).chapters[0]
    (root / "notebooks" / "book.toml").write_text('title = "B"\n' + chapters)
    assert load_book(root).teaching is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "not readable"),
        ('title = "B"', "the book has no chapters"),
        (ENTRY.format("01-a.ipynb", "[]"), "`title` is missing"),
        ('title = "B"\n[[chapters]]\nfile = "01-a.ipynb"\n', "`title` is missing"),
        ('title = "B"\n' + ENTRY.format("03-c.ipynb", "[]"), "there is no notebook 03-c.ipynb"),
        ('title = "B"\n' + ENTRY.format("../x.ipynb", "[]"), "not the file name of a notebook"),
        ('title = "B"\n' + ENTRY.format("01-a.ipynb", "[]") * 2, "stands twice"),
        ('title = "B"\n' + ENTRY.format("01-a.ipynb", '["02-b.ipynb"]'), "does not come before it"),
        ('title = "B"\n' + ENTRY.format("01-a.ipynb", '["01-a.ipynb"]'), "does not come before it"),
        ('title = "B"\n' + ENTRY.format("01-a.ipynb", '"x"'), "`needs` is a list"),
        ('title = "B"\nteaching = "01-b.ipynb"\n' + ENTRY.format("01-a.ipynb", "[]"), "which is no chapter"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SpecificationError, match="book.toml") as caught:
        load_book(_project(tmp_path, text))
    assert message in str(caught.value)


def test_no_order_at_all(tmp_path: Path) -> None:
    with pytest.raises(SpecificationError, match="the book has no order"):
        load_book(tmp_path)
