"""Parsing tables that are kept between runs, as Python keeps compiled modules.

Making the LALR(1) tables of the grammar takes longer than most models take to be verified. They are kept in
the `__pycache__` beside this file, under a name that changes with the grammar, with lark and with Python.
Where the folder cannot be written to, or Python was told to write no bytecode, they are made each time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from importlib.util import cache_from_source
from pathlib import Path

import lark
from lark import Lark


def kept_tables(grammar: str, make: Callable[[str], Lark]) -> Lark:
    """`make(grammar)`, or what an earlier call for the same grammar kept."""
    path = _path(grammar)
    # No file, or a damaged one (which errors that causes, the format does not say): it is made below.
    with contextlib.suppress(Exception), path.open("rb") as file:
        return Lark.load(file)
    made = make(grammar)
    if not sys.dont_write_bytecode:
        with contextlib.suppress(OSError):
            _keep(made, path)
    return made


def _path(grammar: str) -> Path:
    origin = "\0".join([grammar, lark.__version__, sys.version, Path(__file__).read_text(encoding="utf-8")])
    digest = hashlib.sha256(origin.encode("utf-8")).hexdigest()[:16]
    return Path(cache_from_source(__file__)).with_name(f"grammar.{digest}.tables")


def _keep(made: Lark, path: Path) -> None:
    """Written to a temporary file and renamed: another process sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            made.save(file)
        os.chmod(name, 0o644)  # whoever may read this file may read the tables
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
