"""The whole way: a tiny book is executed, written back, and built; a failing one changes nothing."""

from __future__ import annotations

import html.parser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.kbspec.book.projects import FIRST, SECOND, write_project

from kbspec.book import main
from kbspec.book.execute import execute
from kbspec.book.order import Chapter, load_book

NEEDS = {"02-second.ipynb": ["01-threat-model.ipynb"]}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose book has been built."""
    root = write_project(
        tmp_path_factory.mktemp("book"), {"01-threat-model.ipynb": FIRST, "02-second.ipynb": SECOND}, NEEDS
    )
    assert main(["--root", str(root), "--jobs", "1"]) == 0
    return root


def _bytes(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_relative_to(root / "build")
    }


def test_a_second_execution_changes_no_byte(built: Path) -> None:
    before = _bytes(built)
    assert "pv/models/tiny.pv" in before and "pv/fragments/01-threat-model/tiny-names.pv" in before
    assert main(["--root", str(built)]) == 0
    assert _bytes(built) == before


def test_the_notebook_is_committed_executed(built: Path) -> None:
    text = (built / "notebooks" / "01-threat-model.ipynb").read_text()
    assert '"execution_count": 1' in text and '"a\\n",' in text
    assert str(built) not in text and "papermill" not in text


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("href", "src") and value:
                self.addresses.append(value)


def _pages(site: Path) -> Iterator[tuple[Path, _Links]]:
    for path in sorted(site.rglob("*.html")):
        links = _Links()
        links.feed(path.read_text(encoding="utf-8"))
        yield path, links


def test_every_link_leads_somewhere_and_nothing_comes_from_outside(built: Path) -> None:
    pages = dict(_pages(built / "build" / "book"))
    assert len(pages) == 8  # contents, two chapters, the same for print, one model, three lists
    for path, links in pages.items():
        assert len(links.ids) == len(set(links.ids)), path
        for address in links.addresses:
            assert "://" not in address and not address.startswith("//"), (path, address)
            file, _, place = address.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.is_file(), (path, address)
            if place:
                assert place in pages[target].ids, (path, address)


def test_a_fragment_and_the_model_link_to_each_other(built: Path) -> None:
    site = built / "build" / "book"
    chapter, model = (site / "01-threat-model.html").read_text(), (site / "models" / "tiny.html").read_text()
    assert '<section class="cell fragment" id="fragment-tiny-names">' in chapter
    assert 'href="models/tiny.html#fragment-tiny-names"' in chapter
    assert 'href="../01-threat-model.html#fragment-tiny-names"' in model
    assert 'href="01-threat-model.html#fragment-tiny-names"' in (site / "02-second.html").read_text()


def test_the_lines_of_a_model_are_those_of_its_file(built: Path) -> None:
    page = (built / "build" / "book" / "models" / "tiny.html").read_text()
    lines = (built / "pv" / "models" / "tiny.pv").read_text().splitlines()
    shown = re.findall(r'<span class="line" id="line-(\d+)"><a href="#line-\1">\1</a>(.*)\n', page)
    assert len(shown) > 8
    for number, code in shown:
        assert re.sub(r"<[^>]*>", "", code) == lines[int(number) - 1]


def test_the_frame(built: Path) -> None:
    page = (built / "build" / "book" / "02-second.html").read_text()
    assert 'rel="prev" href="01-threat-model.html"' in page and 'rel="next"' not in page
    assert '<a href="01-threat-model.html#What-this-does-not-show">What this does not show</a>' in page
    assert 'class="anchor-link"' in page
    assert '<span class="nd">@query</span>' in page


def _failing(tmp_path: Path, source: str) -> Path:
    return write_project(
        tmp_path, {"01-threat-model.ipynb": FIRST, "02-bad.ipynb": (("markdown", "# Bad"), ("code", source))},
        {"02-bad.ipynb": ["01-threat-model.ipynb"]},
    )  # fmt: skip


def test_a_failing_cell_is_named_and_its_notebook_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = _failing(tmp_path, "value = 1\nraise ValueError('the claim does not hold')")
    before = (root / "notebooks" / "02-bad.ipynb").read_bytes()
    assert main(["--root", str(root), "02-bad"]) == 1
    said = capsys.readouterr().err
    assert "notebooks/02-bad.ipynb, cell 2 (value = 1):" in said
    assert "ValueError: the claim does not hold" in said
    assert (root / "notebooks" / "02-bad.ipynb").read_bytes() == before
    assert not (root / "build" / "book").exists()


def test_a_kernel_that_dies_is_a_failure_with_its_cell(tmp_path: Path) -> None:
    root = _failing(tmp_path, "import os\nos._exit(1)")
    failures = execute(root, [Chapter("02-bad.ipynb", "Bad")], 1, say=lambda line: None)
    assert [(failure.file, failure.cell) for failure in failures] == [("02-bad.ipynb", 2)]
    assert "died" in failures[0].message


def test_an_unknown_chapter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_project(tmp_path, {"01-threat-model.ipynb": FIRST})
    assert main(["--root", str(root), "01-threat-modle"]) == 2
    assert "did you mean 01-threat-model" in capsys.readouterr().err


def test_a_broken_notebook_leaves_the_old_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_project(tmp_path, {"01-threat-model.ipynb": FIRST})
    assert main(["--root", str(root), "--html"]) == 0
    before = (root / "build" / "book" / "01-threat-model.html").read_bytes()
    (root / "notebooks" / "01-threat-model.ipynb").write_text("not a notebook")
    assert main(["--root", str(root), "--html"]) == 2
    assert "01-threat-model.ipynb" in capsys.readouterr().err
    assert (root / "build" / "book" / "01-threat-model.html").read_bytes() == before
    assert load_book(root).title == "A tiny book"
