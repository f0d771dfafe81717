"""The glossary, and the chapters held to its spellings."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbspec.bibliography import Bibliography, load_bibliography
from kbspec.book.glossary import GLOSSARY, load_glossary, misspellings
from kbspec.book.notebook import read_notebook
from kbspec.book.order import NOTEBOOKS, Chapter, load_book
from kbspec.errors import SpecificationError

ROOT = Path(__file__).parents[3]
CHAPTERS = load_book(ROOT).chapters
NOTHING = Bibliography({})
ENTRY = '[[terms]]\nterm = "a"\ntext = "b"\n'


def _glossary(folder: Path, text: str) -> Path:
    (folder / GLOSSARY).parent.mkdir()
    (folder / GLOSSARY).write_text(text)
    return folder


def test_terms_come_in_alphabetical_order(tmp_path: Path) -> None:
    root = _glossary(
        tmp_path, '[[terms]]\nterm = "TEE key"\ntext = "A key."\n[[terms]]\nterm = "cookie"\ntext = "A name."'
    )
    assert [one.anchor for one in load_glossary(root, NOTHING)] == ["term-cookie", "term-tee-key"]


def test_there_need_not_be_one(tmp_path: Path) -> None:
    assert load_glossary(tmp_path, NOTHING) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[terms]]\nterm = "cookie"', "lacks its term or its text"),
        (ENTRY * 2, "stands twice"),
        (f'{ENTRY}source = "KBS 1"', "not in the bibliography"),
        (f'{ENTRY}[[terms]]\nterm = "c"\ntext = "d"\nother = ["a"]', "rejected spelling"),
        ("[[terms", "end of an array"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SpecificationError, match=said):
        load_glossary(_glossary(tmp_path, text), NOTHING)


def test_a_rejected_spelling_is_found_outside_code_and_quotations(tmp_path: Path) -> None:
    root = _glossary(tmp_path, '[[terms]]\nterm = "init-data"\ntext = "x"\nother = ["initdata"]')
    text = 'The `initdata`,\nthe "initdata" of a file, [here](initdata.md)\nand initdata.\n```\ninitdata\n```'
    found = misspellings(text, load_glossary(root, NOTHING))
    assert [(one.line, one.found, one.term) for one in found] == [(3, "initdata", "init-data")]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_the_chapters_spell_as_the_glossary_does(chapter: Chapter) -> None:
    terms = load_glossary(ROOT, load_bibliography(ROOT))
    assert len(terms) > 20
    wrong = [
        f"cell {number}, line {one.line}: {one.found}, in the glossary {one.term}"
        for number, cell in enumerate(read_notebook(ROOT / NOTEBOOKS / chapter.file)["cells"], 1)
        if cell["cell_type"] == "markdown"
        for one in misspellings(cell["source"], terms)
    ]
    assert not wrong
