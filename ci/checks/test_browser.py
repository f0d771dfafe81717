"""The book that `make book` has just built, in a real Chromium; skipped where there is none."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kbspec.book.browser import ABSENT, Page, browser, find_chromium
from kbspec.book.html import SITE
from kbspec.book.notebook import read_notebook
from kbspec.book.order import NOTEBOOKS, Chapter, load_book
from kbspec.lexer import is_fragment

ROOT = Path(__file__).parents[2]
BOOK = load_book(ROOT)
LISTS = ["properties", "checks", "findings", "traceability", "models", "glossary", "bibliography"]
CHAPTERS = [one.page for one in BOOK.chapters]
PAGES = ["index.html", *CHAPTERS, *(f"{name}.html" for name in LISTS), "models/rcar.html"]
AXE = "axe-core@4.14.1"
QUESTION = "what happens if the KBS does not verify the token's certificate chain?"

pytestmark = pytest.mark.skipif(find_chromium() is None, reason=ABSENT)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Page]:
    with browser() as page:
        yield page


@pytest.fixture
def page(chromium: Page) -> Page:
    """A wide, light window, with nothing kept from the test before."""
    chromium.size(1300, 900)
    chromium.colours("light")
    chromium.open(address("index.html"))
    chromium.run("localStorage.clear()")
    return chromium


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The audit's program, from the npm registry."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm here, which brings the audit")
    folder = tmp_path_factory.mktemp("axe")
    options = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
    command = [npm, "install", *options, AXE]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip(f"npm cannot bring {AXE}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def address(name: str) -> str:
    file, mark, place = name.partition("#")
    return (ROOT / SITE / file).resolve().as_uri() + mark + place


def _place(page: Page) -> str:
    """Where the browser is, as seen from the first page."""
    return str(page.run("location.href")).removeprefix(address("index.html").removesuffix("index.html"))


# --- finding one's way


def test_from_the_first_page_to_the_last_with_the_keyboard(page: Page) -> None:
    page.open(address(BOOK.chapters[0].page))
    for chapter in BOOK.chapters[1:]:
        page.press("ArrowRight")
        page.wait(f"location.pathname.endsWith('{chapter.page}') && document.readyState === 'complete'")
        here = page.run("document.querySelector('#contents [aria-current=page]').textContent")
        assert chapter.title in here
        sections = page.run("document.querySelectorAll('#contents .here .sections a').length")
        assert sections == page.run("document.querySelectorAll('main h2').length")


def test_the_door_for_teachers_leads_to_their_chapter(page: Page) -> None:
    (door,) = page.run(
        "Array.from(document.querySelectorAll('.doors section'))"
        ".filter(one => one.querySelector('h2').textContent === 'Teach')"
        ".map(one => one.querySelector('a').getAttribute('href'))"
    )
    assert BOOK.teaching is not None and door == BOOK.teaching.page


def test_every_link_leads_to_an_element_of_a_page(page: Page) -> None:
    """Within a page, as the browser sees it; `test_site` reads all pages."""
    for name in PAGES:
        page.open(address(name))
        inside = page.run(
            "Array.from(document.querySelectorAll('a[href^=\"#\"]'))"
            ".map(one => one.getAttribute('href').slice(1))"
            ".filter(place => place && ![place, decodeURI(place)].some(one => document.getElementById(one)))"
        )
        assert not inside, name


def test_a_question_is_answered_in_two_steps(page: Page) -> None:
    """Press `/`, type, Enter: the check, what is lost without it, and the attack one link further."""
    page.open(address("02-rcar.html"))
    page.press("/")
    page.wait("document.getElementById('search').open")
    page.write(QUESTION)
    page.wait("document.querySelector('#search-found a')")
    page.press("Enter")
    page.wait("location.pathname.endsWith('checks.html') && document.readyState === 'complete'")
    assert _place(page) == "checks.html#CHK-TOKEN-ENDORSE"
    answer = page.run("document.querySelector(':target').innerText")
    assert "without it" in answer and "SEC-RESOURCE-BEARER: false" in answer
    chart = page.run("document.querySelector(':target li a:not(.id)').href")
    page.open(chart)
    assert page.run("document.querySelector(':target svg[role=img]').getBoundingClientRect().height") > 100


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("CHK-NONCE-BINDING", "checks.html#CHK-NONCE-BINDING"),
        ("sec-resource", "properties.html#SEC-RESOURCE"),
        ("tee key", "glossary.html#term-tee-key"),
    ],
)
def test_the_search_puts_what_was_named_first(page: Page, words: str, first: str) -> None:
    page.press("/")
    page.write(words)
    page.wait("document.querySelector('#search-found a')")
    assert page.run("document.querySelector('#search-found a').getAttribute('href')") == first


def test_the_search_says_that_nothing_was_found_and_closes(page: Page) -> None:
    page.press("/")
    page.write("xyzzy")
    page.wait("document.getElementById('search-count').textContent === 'Nothing found'")
    page.press("Escape")
    page.wait("!document.getElementById('search').open")


def test_a_card_shows_what_an_id_stands_for_and_leads_on(page: Page) -> None:
    page.open(address("02-rcar.html"))
    page.run("document.querySelector('.fragment a.id[href*=CHK-]').scrollIntoView({block: 'center'})")
    spot = page.run(
        "(() => { const box = document.querySelector('.fragment a.id[href*=CHK-]').getBoundingClientRect();"
        " return [box.x + 5, box.y + 5]; })()"
    )
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=spot[0], y=spot[1], pointerType="mouse")
    page.wait("!document.getElementById('card').hidden")
    text = page.run("document.getElementById('card').innerText")
    assert "CHK-" in text and "check" in text and "without it" in text
    links = page.run("Array.from(document.querySelectorAll('#card a')).map(one => one.href)")
    assert len(links) >= 3
    for link in links:
        page.open(link)
        assert page.run("document.querySelector(':target') !== null"), link


def test_from_a_document_to_a_fragment_and_back(page: Page) -> None:
    page.open(address("traceability.html"))
    fragment = page.run("document.querySelector('td a[href*=\"#fragment-rcar\"]').href")
    page.open(fragment)
    back = page.run("document.querySelector(':target .ge a').href")
    assert "traceability.html#section-" in back
    page.open(back)
    assert page.run("document.querySelector(':target') !== null")


# --- what it looks like


def test_dark_and_light(page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.run(ground)
    page.run("document.getElementById('theme').click()")
    dark = page.run(ground)
    assert dark != light
    page.open(address("02-rcar.html"))
    assert page.run(ground) == dark, "the choice is kept from page to page"
    page.run("localStorage.clear()")
    page.colours("dark")
    page.open(address("index.html"))
    assert page.run(ground) == dark, "the system's choice counts where the reader made none"


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_needs_no_scrolling_sideways(page: Page, name: str) -> None:
    page.size(390, 844, phone=True)
    page.open(address(name))
    assert page.run("document.documentElement.scrollWidth") <= 390
    page.run("document.getElementById('menu').click()")
    assert page.run("document.getElementById('contents').getBoundingClientRect().height") > 400


STRUCTURE = """
(() => {
  const all = selector => Array.from(document.querySelectorAll(selector));
  const box = one => one.getBoundingClientRect();
  const text = one => Array.from(one.childNodes)
    .filter(part => !(part.classList && part.classList.contains('anchor-link')))
    .map(part => part.textContent).join('').trim();
  const blocks = all('main article > *').filter(one => box(one).height);
  let bottom = 0;
  const overlapping = blocks.filter(one => {
    const over = box(one).top < bottom - 1;
    bottom = Math.max(bottom, box(one).bottom);
    return over;
  });
  scrollTo(0, 0);
  return {
    headings: all('.prose :is(h1, h2, h3, h4)').map(one => [one.localName, text(one)]),
    fragments: all('section.fragment').filter(one => box(one).height > 40).map(one => one.id),
    pictures: all('svg[role=img]').map(box).map(one => Math.min(one.width, one.height)),
    overlapping: overlapping.map(one => one.outerHTML.slice(0, 80)),
  };
})()
"""
_MARKS = re.compile(r"[`*_]|\[([^\]]*)\]\([^)]*\)")


def _headings(prose: str) -> list[list[str]]:
    """[["h2", "What holds"], ...] from Markdown, without the marks of code and emphasis."""
    without_code = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    found = re.findall(r"^(#{1,4}) (.*)$", without_code, re.MULTILINE)
    return [[f"h{len(marks)}", _MARKS.sub(r"\1", text).strip()] for marks, text in found]


@pytest.mark.parametrize("chapter", BOOK.chapters, ids=lambda chapter: chapter.name)
def test_a_chapter_shows_what_its_notebook_has(page: Page, chapter: Chapter) -> None:
    """Its headings in order, its fragments and pictures at a visible size, nothing over anything else."""
    page.open(address(chapter.page))
    shown: dict[str, Any] = page.run(STRUCTURE)
    cells = read_notebook(ROOT / NOTEBOOKS / chapter.file)["cells"]
    wanted = _headings("\n".join(one["source"] for one in cells if one["cell_type"] == "markdown"))
    assert [[level, _MARKS.sub(r"\1", text)] for level, text in shown["headings"]] == wanted
    levels = [int(level[1]) for level, _ in shown["headings"]]
    steps = zip(levels, levels[1:], strict=False)
    assert levels[0] == 1 and all(after <= before + 1 for before, after in steps)
    fragments = [one for one in cells if one["cell_type"] == "code" and is_fragment(one["source"])]
    assert len(shown["fragments"]) == len(fragments)
    assert all(size > 20 for size in shown["pictures"])
    assert not shown["overlapping"]


# --- for everyone


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_the_audit_finds_nothing_serious(page: Page, axe: str, name: str, scheme: str) -> None:
    page.colours(scheme)
    page.open(address(name))
    page.run(f"{axe};0")
    found = page.run(
        "axe.run(document, {resultTypes: ['violations']}).then(result => result.violations"
        ".filter(one => ['serious', 'critical'].includes(one.impact))"
        ".map(one => `${one.id}: ${one.nodes.length} times, first ${one.nodes[0].html.slice(0, 200)}`))"
    )
    assert not found
