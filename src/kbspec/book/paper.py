"""The book on paper and the pictures of it in the README, with the Chromium that is installed."""

from __future__ import annotations

from pathlib import Path

from kbspec.book.browser import browser
from kbspec.book.html import SITE
from kbspec.errors import SpecificationError

PDF = Path("build") / "book.pdf"
PICTURES = Path("figures") / "readme"
# file: the page, the element at the top of the window, the width and height of the window
_SHOWN = {
    "chapter.png": ("02-rcar.html", "#What-holds", 1440, 1020),
    "attack.png": ("02-rcar.html", "#figure-rcar-without-CHK-TOKEN-SIG-SEC-RESOURCE", 1440, 1020),
}


def print_book(root: Path) -> Path:
    """Print the built site as `build/book.pdf`; return its path.

    Raises SpecificationError where the site is not built or there is no Chromium.
    """
    address = _page(root, "print.html")
    with browser() as page:
        page.colours("light")
        page.open(address)
        paper = page.pdf()
    (root / PDF).write_bytes(paper)
    return root / PDF


def take_pictures(root: Path) -> list[Path]:
    """Photograph a chapter and an attack for the README; return the files.

    Raises SpecificationError where the site is not built, a place is not in it, or there is no Chromium.
    """
    (root / PICTURES).mkdir(parents=True, exist_ok=True)
    with browser() as page:
        page.colours("light")
        for name, (file, place, width, height) in _SHOWN.items():
            page.size(width, height)
            page.open(_page(root, file))
            if not page.run(f"Boolean(document.querySelector({place!r}))"):
                raise SpecificationError(f"{file} has no {place}", advice="name another place in _SHOWN")
            page.run(f"document.querySelector({place!r}).scrollIntoView()")
            (root / PICTURES / name).write_bytes(page.screenshot())
    return [root / PICTURES / name for name in _SHOWN]


def _page(root: Path, name: str) -> str:
    path = (root / SITE / name).resolve()
    if not path.is_file():
        raise SpecificationError("the book is not built", advice="run: make book")
    return path.as_uri()
