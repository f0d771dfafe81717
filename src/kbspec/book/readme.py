"""The table of results in the README, between two markers, from `pv/verdicts.json`."""

from __future__ import annotations

from pathlib import Path

from kbspec import verdicts
from kbspec.book.results import to_markdown
from kbspec.errors import SpecificationError
from kbspec.files import write_atomically

README = Path("README.md")
BEGIN = "<!-- results: written by `make book` from pv/verdicts.json; do not edit -->"
END = "<!-- end of results -->"


def with_results(text: str, root: Path) -> str:
    """The README with a fresh table. Raises SpecificationError where a marker is missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SpecificationError(
            "the markers of the results table are missing",
            where=README.as_posix(),
            advice=f"put the lines {BEGIN} and {END} where the table is to stand",
        )
    return f"{before}{BEGIN}\n\n{to_markdown(verdicts.load(root))}\n{END}{after}"


def update(root: Path) -> bool:
    """Refresh the table in the README. Returns whether it changed."""
    path = root / README
    return write_atomically(path, with_results(path.read_text(encoding="utf-8"), root))
