"""One chapter as HTML, through nbconvert: prose, highlighted fragments, outputs; links that lead on."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter

from kbspec.book.notebook import read_notebook
from kbspec.book.order import NOTEBOOKS, Chapter
from kbspec.errors import SpecificationError
from kbspec.lexer import highlight_cell, is_fragment
from kbspec.magics import parse_line
from kbspec.picture import inlined

TEMPLATES = Path(__file__).parent / "template"
_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)<a class="anchor-link"', re.DOTALL)
_MARKUP = re.compile(r"<[^>]+>")
_ADDRESS = re.compile(r'\b(href|src)="([^"]*)"')
_CAPTION_ID = re.compile(r'(<p class="kbspec-fragment") id="[^"]*"')


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a chapter, for the contents."""

    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class RenderedChapter:
    """A chapter's body, its sections, the fragments its cells define."""

    chapter: Chapter
    body: str
    sections: tuple[Section, ...]
    fragments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Links:
    """What links of a chapter may lead to.

    `fragments` gives the chapter in which each fragment is defined, `users` the models it is part of.
    """

    chapters: tuple[Chapter, ...]
    fragments: Mapping[str, str]
    users: Mapping[str, Sequence[str]]

    def fragment(self, name: str) -> str | None:
        """The address of a fragment's cell, seen from a chapter."""
        chapter = self.fragments.get(name)
        return None if chapter is None else f"{chapter}.html#{anchor(name)}"


def anchor(fragment: str) -> str:
    """The id of a fragment's cell: `fragment-rcar-kbs`."""
    return "fragment-" + fragment.replace("/", "-")


def defined_fragments(root: Path, chapter: Chapter) -> list[str]:
    """The names of the fragments that the cells of a chapter define, in order."""
    notebook = read_notebook(root / NOTEBOOKS / chapter.file)
    sources = ("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    return [_parse(source)[0] for source in sources if is_fragment(source)]


def _parse(source: str) -> tuple[str, tuple[str, ...]]:
    try:
        return parse_line(source.partition("\n")[0].removeprefix("%%pv"))
    except SpecificationError:
        return "", ()


def render(root: Path, chapter: Chapter, links: Links) -> RenderedChapter:
    """The chapter as HTML. Raises SpecificationError for a file that is not a notebook."""
    notebook = read_notebook(root / NOTEBOOKS / chapter.file)
    exporter = HTMLExporter(
        template_name="book",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        preprocessors=[],
        anchor_link_text="#",
    )
    exporter.register_filter("cell_html", _highlighted)
    exporter.register_filter("fragment_name", lambda source: _parse(source)[0] if is_fragment(source) else "")
    exporter.register_filter("fragment_anchor", anchor)
    exporter.register_filter("fragment_heading", lambda source: _heading(source, links))
    body, _ = exporter.from_notebook_node(nbformat.from_dict(notebook))
    body = inlined(body)
    body = _CAPTION_ID.sub(r"\1", body)  # the cell has the id
    body = with_links(body, links)
    sections = tuple(
        Section(place, html.unescape(_MARKUP.sub("", title)).strip())
        for place, title in _HEADING.findall(body)
    )
    return RenderedChapter(chapter, body, sections, tuple(defined_fragments(root, chapter)))


def with_links(page: str, links: Links) -> str:
    """HTML with addresses that are right in `notebooks/`, made right for a page beside the chapters."""
    return _ADDRESS.sub(lambda match: f'{match[1]}="{_address(match[2], links)}"', page)


def _highlighted(source: str) -> str:
    """The source of a cell; of a fragment without its first line, which the heading shows."""
    rendered = highlight_cell(source)
    if is_fragment(source):
        before, opening, rest = rendered.partition("<pre>")
        _, _, body = rest.partition("\n")
        return before + opening + body
    return rendered


def _heading(source: str, links: Links) -> str:
    """The line above a fragment: its name, what it uses, the models that contain it."""
    name, uses = _parse(source)
    pieces = [f'<a class="name" href="#{anchor(name)}"><code>{html.escape(name)}</code></a>']
    if uses:
        shown = []
        for use in uses:
            address = links.fragment(use)
            code = f"<code>{html.escape(use)}</code>"
            shown.append(f'<a href="{address}">{code}</a>' if address else code)
        pieces.append(f"uses {', '.join(shown)}")
    users = links.users.get(name, ())
    if users:
        first = users[0]
        more = f" and {len(users) - 1} more" if len(users) > 1 else ""
        pieces.append(
            f'in model <a href="models/{first}.html#{anchor(name)}">{html.escape(first)}</a>'
            + (f'<span title="{html.escape(", ".join(users[1:]), quote=True)}">{more}</span>' if more else "")
        )
    return " <span>·</span> ".join(pieces)


def _address(address: str, links: Links) -> str:
    """An address that is right in `notebooks/`, made right in `build/book/`."""
    path, mark, place = address.partition("#")
    if "://" in path or path.startswith(("data:", "mailto:")) or not path:
        return address
    names = {chapter.file: chapter.page for chapter in links.chapters}
    if path in names:
        return names[path] + mark + place
    if path.startswith("../pv/models/") and path.endswith(".pv"):
        return f"models/{posixpath.basename(path).removesuffix('.pv')}.html{mark}{place}"
    if path.startswith("../pv/fragments/") and path.endswith(".pv"):
        file = posixpath.basename(path).removesuffix(".pv")
        for name, users in links.users.items():
            if name.replace("/", "-") == file and users:
                return f"models/{users[0]}.html#{anchor(name)}"
    if path.startswith(("../pv/", "../figures/")):
        return path.removeprefix("../") + mark + place
    if path.startswith("../"):
        return f"../{path}{mark}{place}"  # a file of the repository, two folders above the page
    return address
