"""The book: execute the chapters in order, then turn them into a static site.

`notebooks/book.toml` is the order; `execute` runs it, `notebook` gives each chapter its committed form,
`html` and `pages` build `build/book/`, `readme` keeps the table of results in the README.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """`kbspec book`: exit status 0, 1 where a chapter fails, 2 where the book is not well formed."""
    from kbspec.book.command import main as run

    return run(arguments)
