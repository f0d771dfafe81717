"""Deep Python recursion where the input's nesting is already bounded.

The parser refuses a model nested deeper than its limit, so functions that follow the structure of a model
may recurse; Python's default limit of 1000 frames is merely lower than what that bound needs. CPython 3.11
and later keep the frames of calls between Python functions on the heap, so a higher limit costs memory
and not C stack. Such functions must not recurse through C code: no generator expressions handed to `tuple`,
no `map`, no `sorted` with a key (list comprehensions instead), no objects with `__call__`, no `f(*args)`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

DEEP: Final = 400_000


@contextmanager
def deep_recursion(limit: int = DEEP) -> Iterator[None]:
    """Within the block, Python functions may call each other `limit` deep, or more where already allowed."""
    previous = sys.getrecursionlimit()
    sys.setrecursionlimit(max(previous, limit))
    try:
        yield
    finally:
        sys.setrecursionlimit(previous)
