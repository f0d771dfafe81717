from __future__ import annotations

from kbspec.book.execute import _waiting
from kbspec.book.order import Chapter

CHAPTERS = [
    Chapter("a.ipynb", "A"),
    Chapter("b.ipynb", "B"),
    Chapter("c.ipynb", "C", needs=("b.ipynb",)),
    Chapter("d.ipynb", "D", needs=("b.ipynb", "c.ipynb")),
]


def test_the_longest_chain_that_waits_for_a_chapter() -> None:
    assert [_waiting(one.file, CHAPTERS) for one in CHAPTERS] == [0, 2, 1, 0]
