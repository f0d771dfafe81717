"""The static site in `build/book/`: contents, chapters, models. It needs no server and no network."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from kbspec import verdicts
from kbspec.book import models as model_pages
from kbspec.book.chapter import TEMPLATES, Links, RenderedChapter, defined_fragments, render
from kbspec.book.order import Book
from kbspec.book.results import differences, results_table
from kbspec.claims import LIMITS_LINK
from kbspec.picture import theme_variables
from kbspec.verdicts import is_variant

SITE = Path("build") / "book"


@dataclass(frozen=True, slots=True)
class Step:
    """A neighbour in the reading order."""

    page: str
    title: str


def build(root: Path, book: Book) -> Path:
    """Build the site from the notebooks as they are, whole or not at all; return its first page.

    Raises SpecificationError for a file that is not a notebook.
    """
    site = root / SITE
    site.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=site.parent, prefix=".book-") as name:
        fresh = Path(name) / "book"
        _write_site(root, book, fresh)
        if site.exists():
            shutil.rmtree(site)
        fresh.rename(site)
    return site / "index.html"


def _write_site(root: Path, book: Book, site: Path) -> None:
    (site / "models").mkdir(parents=True)
    shutil.copytree(TEMPLATES / "static", site / "static")
    style = site / "static" / "book.css"
    style.write_text(_theme() + style.read_text(encoding="utf-8"), encoding="utf-8")
    for folder in ("pv", "figures"):
        if (root / folder).is_dir():
            shutil.copytree(root / folder, site / folder)
    links = Links(
        book.chapters,
        {name: one.name for one in book.chapters for name in defined_fragments(root, one)},
        model_pages.users(root),
    )
    chapters = [render(root, chapter, links) for chapter in book.chapters]
    records = verdicts.load(root)
    writer = _Writer(site, book, chapters, _model_names(root, records))
    steps = [Step("index.html", book.title), *(Step(one.page, one.title) for one in book.chapters)]
    for index, chapter in enumerate(chapters):
        following = steps[index + 2] if index + 2 < len(steps) else None
        writer.page(
            "chapter.html.j2", chapter.chapter.page, chapter.chapter.title,
            chapter=chapter, previous=steps[index], following=following,
        )  # fmt: skip
    writer.page("index.html.j2", "index.html", "", **_contents(records))
    for name in writer.models:
        text = (root / model_pages.MODELS / f"{name}.pv").read_text(encoding="utf-8")
        record = records.get(name)
        table = results_table(record)._repr_html_() if record else ""
        writer.page(
            "model.html.j2", f"models/{name}.html", f"Model {name}", depth=1, record=record,
            model=name, code=model_pages.render_model(text, links.fragments),
            table=table,
        )  # fmt: skip


def _model_names(root: Path, records: Mapping[str, verdicts.ModelRecord]) -> list[str]:
    """The models in the order of the book, then any without a record."""
    files = sorted(path.stem for path in (root / model_pages.MODELS).glob("*.pv"))
    return [name for name in records if name in files] + [name for name in files if name not in records]


def _contents(records: Mapping[str, verdicts.ModelRecord]) -> dict[str, Any]:
    base = [record for record in records.values() if not is_variant(record.name)]
    return {
        "results": [(record.name, results_table(record)._repr_html_()) for record in base],
        "differences": differences(records),
    }


def _theme() -> str:
    """The colours of the pictures, for pages: by the page's switch or, without a script, by the system."""
    light, dark = theme_variables(False), theme_variables(True)
    return (
        f":root{{{light}}}\n[data-theme=dark]{{{dark}}}\n"
        "@media (prefers-color-scheme:dark){"
        f":root:not([data-theme]),:root:not([data-theme]) .kbspec-svg{{{dark}}}}}\n"
        f"@media print{{:root,.kbspec-svg{{{light}}}}}\n"
    )


class _Writer:
    """Writes pages with one frame around them."""

    def __init__(self, site: Path, book: Book, chapters: list[RenderedChapter], models: list[str]) -> None:
        self.site = site
        self.book = book
        self.chapters = chapters
        self.models = models
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip

    def page(self, template: str, address: str, title: str, depth: int = 0, **content: Any) -> None:
        """Write one page; `depth` is how many folders it lies below the first page."""
        text = self.environment.get_template(template).render(
            book=self.book,
            chapters=self.chapters,
            models=[name for name in self.models if not is_variant(name)],
            variants=[name for name in self.models if is_variant(name)],
            address=address,
            title=title,
            top="../" * depth,
            limits=self._limits("../" * depth),
            **content,
        )
        (self.site / address).write_text(text, encoding="utf-8")

    def _limits(self, top: str) -> str:
        """The address of "What this does not show"; empty in a book without that chapter."""
        file, _, place = LIMITS_LINK.partition("#")
        pages = {one.file: one.page for one in self.book.chapters}
        return f"{top}{pages[file]}#{place}" if file in pages else ""
