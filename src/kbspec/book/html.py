"""The static site in `build/book/`: contents, chapters, models, lists. It needs no server and no network."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from kbspec import findings, verdicts
from kbspec.bibliography import load_bibliography
from kbspec.book import models as model_pages
from kbspec.book.cards import cards
from kbspec.book.chapter import TEMPLATES, Links, RenderedChapter, defined_fragments, render
from kbspec.book.definitions import define
from kbspec.book.glossary import load_glossary
from kbspec.book.linking import with_citations, with_definitions
from kbspec.book.order import Book
from kbspec.book.overviews import Overview, Step, Whole, overviews
from kbspec.book.results import differences, results_table
from kbspec.book.search import (
    Entry,
    chapter_entries,
    definition_entries,
    definitions_script,
    index_script,
    term_entries,
)  # fmt: skip
from kbspec.book.traceability import section_anchor, trace
from kbspec.claims import LIMITS_LINK
from kbspec.not_modelled import load_known_checks
from kbspec.picture import theme_variables
from kbspec.verdicts import ModelRecord, is_variant

SITE = Path("build") / "book"
_FIGURE = re.compile(r'id="figure-([\w-]+)"')


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
    _copy_files(root, site)
    links = Links(
        book.chapters,
        {name: one.name for one in book.chapters for name in defined_fragments(root, one)},
        model_pages.users(root),
    )
    chapters = [render(root, chapter, links) for chapter in book.chapters]
    whole = _whole(root, book, links, chapters)
    lists = overviews(whole)
    _write_scripts(site, chapters, whole)
    writer = _Writer(site, whole, chapters, lists)
    _write_chapters(writer)
    _write_print(writer)
    writer.page("index.html.j2", "index.html", "", **_contents(whole.records))
    for one in lists:
        writer.page(f"{one.step.page}.j2", one.step.page, one.step.title, **one.content)
    for name in whole.models:
        text = (root / model_pages.MODELS / f"{name}.pv").read_text(encoding="utf-8")
        record = whole.records.get(name)
        table = results_table(record)._repr_html_() if record else ""
        writer.page(
            "model.html.j2", f"models/{name}.html", f"Model {name}", depth=1, record=record,
            model=name, code=model_pages.render_model(text, links.fragments), table=table,
        )  # fmt: skip


def _copy_files(root: Path, site: Path) -> None:
    (site / "models").mkdir(parents=True)
    shutil.copytree(TEMPLATES / "static", site / "static")
    style = site / "static" / "book.css"
    style.write_text(_theme() + style.read_text(encoding="utf-8"), encoding="utf-8")
    for folder in ("pv", "figures"):
        if (root / folder).is_dir():
            shutil.copytree(root / folder, site / folder)


def _whole(root: Path, book: Book, links: Links, chapters: Sequence[RenderedChapter]) -> Whole:
    records = verdicts.load(root)
    bibliography = load_bibliography(root)
    table = trace(root, records, load_known_checks(root, bibliography))
    stated = findings.load(root)
    charts = {name: one.chapter.page for one in chapters for name in _FIGURE.findall(one.body)}
    definitions = define(root, records, table, stated, charts)
    terms = load_glossary(root, bibliography)
    models = _model_names(root, records)
    return Whole(book, links, bibliography, records, table, stated, definitions, terms, models)


def _model_names(root: Path, records: Mapping[str, ModelRecord]) -> list[str]:
    """The models in the order of the book, then any without a record."""
    files = sorted(path.stem for path in (root / model_pages.MODELS).glob("*.pv"))
    return [name for name in records if name in files] + [name for name in files if name not in records]


def _write_scripts(site: Path, chapters: Sequence[RenderedChapter], whole: Whole) -> None:
    entries = [
        *definition_entries(whole.definitions.values()),
        *term_entries(whole.terms),
        *(entry for chapter in chapters for entry in chapter_entries(chapter)),
        *_model_entries(whole),
    ]
    static = site / "static"
    (static / "search-index.js").write_text(index_script(entries), encoding="utf-8")
    script = definitions_script(cards(whole.definitions))
    (static / "definitions.js").write_text(script, encoding="utf-8")


def _model_entries(whole: Whole) -> Iterator[Entry]:
    for name in whole.models:
        if not is_variant(name):
            record = whole.records.get(name)
            yield Entry(name, f"models/{name}.html", "Model", record.title if record else "")


def _write_chapters(writer: _Writer) -> None:
    book = writer.whole.book
    steps = [Step("index.html", book.title), *(Step(one.page, one.title) for one in book.chapters)]
    for index, chapter in enumerate(writer.chapters):
        following = steps[index + 2] if index + 2 < len(steps) else None
        writer.page(
            "chapter.html.j2", chapter.chapter.page, chapter.chapter.title,
            chapter=chapter, previous=steps[index], following=following,
        )  # fmt: skip


def _write_print(writer: _Writer) -> None:
    """All chapters as one page, for paper; what leads to a chapter leads to its place on that page."""
    pages = {one.chapter.page: one.chapter.name for one in writer.chapters}
    bodies = [(one.chapter, _on_one_page(one.body, one.chapter.name, pages)) for one in writer.chapters]
    writer.page("print.html.j2", "print.html", "For print", bodies=bodies)


def _on_one_page(body: str, name: str, pages: Mapping[str, str]) -> str:
    def moved(match: re.Match[str]) -> str:
        page, mark, place = match[1].partition("#")
        if page and page not in pages:
            return match[0]
        chapter = pages.get(page, name)
        return f'href="#{chapter}.{place}"' if place else f'href="#{chapter}"'

    body = re.sub(r'href="(?![a-z]+:)([^"]*)"', moved, body)
    return re.sub(r'(<(?:h\d|section|div|tr|p)\b[^>]*?) id="([^"]+)"', rf'\1 id="{name}.\2"', body)


def _contents(records: Mapping[str, ModelRecord]) -> dict[str, Any]:
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
        f"@media print{{:root,:root[data-theme],.kbspec-svg,[data-theme] .kbspec-svg{{{light}}}}}\n"
    )


class _Writer:
    """Writes pages with one frame around them; in each, every mention of an ID leads to its definition."""

    def __init__(
        self, site: Path, whole: Whole, chapters: Sequence[RenderedChapter], lists: Sequence[Overview]
    ) -> None:
        self.site = site
        self.whole = whole
        self.chapters = chapters
        self.overviews = [one.step for one in lists]
        self.addresses = {id: one.address for id, one in whole.definitions.items()}
        self.sections = whole.table.sections
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip

    def page(self, template: str, address: str, title: str, depth: int = 0, **content: Any) -> None:
        """Write one page; `depth` is how many folders it lies below the first page."""
        top = "../" * depth
        text = self.environment.get_template(template).render(
            book=self.whole.book, chapters=self.chapters, overviews=self.overviews, address=address,
            title=title, top=top, limits=self._limits(top), **content,
        )  # fmt: skip
        text = with_citations(text, self.sections, lambda key, section: (
            f"{top}traceability.html#{section_anchor(key, section)}"
        ))  # fmt: skip
        text = with_definitions(text, self.addresses, top)
        (self.site / address).write_text(text, encoding="utf-8")

    def _limits(self, top: str) -> str:
        """The address of "What this does not show"; empty in a book without that chapter."""
        file, _, place = LIMITS_LINK.partition("#")
        pages = {one.file: one.page for one in self.whole.book.chapters}
        return f"{top}{pages[file]}#{place}" if file in pages else ""
