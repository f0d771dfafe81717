"""The site that `make book` has just built: every link leads somewhere, nothing is loaded from outside."""

from __future__ import annotations

import html.parser
from functools import lru_cache
from pathlib import Path

import pytest

from kbspec.book.html import SITE
from kbspec.book.order import load_book

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / SITE).rglob("*.html"))


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            elif name == "href" and value:
                (self.links if tag == "a" else self.loaded).append(value)
            elif name == "src" and value:
                self.loaded.append(value)


@lru_cache(maxsize=1024)
def _read(page: Path) -> _Links:
    links = _Links()
    links.feed(page.read_text(encoding="utf-8"))
    return links


def test_there_is_a_page_for_each_chapter_and_model() -> None:
    names = {page.relative_to(ROOT / SITE).as_posix() for page in PAGES}
    wanted = {chapter.page for chapter in load_book(ROOT).chapters}
    wanted |= {f"models/{path.stem}.html" for path in (ROOT / "pv" / "models").glob("*.pv")}
    lists = {"properties", "checks", "findings", "traceability", "models", "glossary", "bibliography"}
    wanted |= {f"{name}.html" for name in {"index", "print"} | lists}
    assert wanted == names
    assert len(wanted) > 4


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT / SITE).as_posix())
def test_links(page: Path) -> None:
    found = _read(page)
    assert len(found.ids) == len(set(found.ids)), "an id stands twice"
    for address in found.loaded:
        assert "://" not in address and not address.startswith("//"), f"loaded from outside: {address}"
    broken = []
    for address in [*found.links, *found.loaded]:
        file, _, place = address.partition("#")
        if "://" in file or file.startswith(("data:", "mailto:")):
            continue
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (place and target.suffix == ".html" and place not in _read(target).ids):
            broken.append(address)
    assert not broken
