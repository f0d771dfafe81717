"""The book on paper and in pictures: what is said where something is missing, and what comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbspec.book import browser, paper
from kbspec.book.html import SITE
from kbspec.errors import SpecificationError

HERE = pytest.mark.skipif(browser.find_chromium() is None, reason=browser.ABSENT)


def _site(root: Path, page: str) -> Path:
    (root / SITE).mkdir(parents=True)
    (root / SITE / "print.html").write_text(f"<!DOCTYPE html><title>Tiny</title><h1>Tiny</h1>{page}")
    return root


def test_the_book_must_be_built(tmp_path: Path) -> None:
    with pytest.raises(SpecificationError, match="not built"):
        paper.print_book(tmp_path)


def test_without_a_browser_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "find_chromium", lambda: None)
    with pytest.raises(SpecificationError, match="no Chromium here"):
        paper.print_book(_site(tmp_path, ""))


@HERE
def test_paper(tmp_path: Path) -> None:
    printed = paper.print_book(_site(tmp_path, "<p>Text"))
    assert printed.read_bytes().startswith(b"%PDF-") and printed == tmp_path / "build" / "book.pdf"


@HERE
def test_a_page_that_fails_is_reported(tmp_path: Path) -> None:
    address = (_site(tmp_path, "<p>Text") / SITE / "print.html").as_uri()
    with browser.browser() as page:
        page.open(address)
        assert page.run("document.title") == "Tiny"
        assert page.run("Promise.resolve(2)") == 2
        page.size(390, 844, phone=True)
        assert page.run("innerWidth") >= 390
        assert page.screenshot().startswith(b"\x89PNG")
        with pytest.raises(SpecificationError, match="ReferenceError"):
            page.run("nothing.at.all")
        with pytest.raises(SpecificationError, match="refuses Page.nothing"):
            page.call("Page.nothing")
