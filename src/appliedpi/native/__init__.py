"""The hot modules as C extension modules, where somebody built them: `python -m appliedpi.native`.

The modules are the same source, compiled by mypyc. They are kept in the `__pycache__` beside this file under
a digest of what they were made from, so that an edited module is never shadowed by an old build: it is then
interpreted until it is built again. `APPLIEDPI_PURE=1` in the environment keeps to the interpreted modules.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.util import cache_from_source
from pathlib import Path
from types import ModuleType
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parents[1]

COMPILED: Final = (
    "terms", "builtin", "unification", "constraints", "clauses", "saturation.index", "saturation.lemmas",
    "saturation.naturals", "saturation.simplification", "saturation.subsumption", "queries.derivations",
    "traces.derivation",
)  # fmt: skip
"""The modules that are compiled, without the name of the package."""

_USED: Final = ("core", "errors", "native.__init__")  # by those, and with them
SUFFIX: Final = importlib.machinery.EXTENSION_SUFFIXES[0]


def source(module: str) -> Path:
    """The file of a module of this package."""
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py")


def folder() -> Path:
    """Where the extension modules for the present sources and this Python are, if they were built."""
    digest = hashlib.sha256(f"{sys.version}{SUFFIX}".encode())
    for module in (*COMPILED, *_USED):
        digest.update(source(module).read_bytes())
    return Path(cache_from_source(__file__)).with_name(f"native.{digest.hexdigest()[:16]}")


def in_use() -> bool:
    """Whether the extension modules run."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def install() -> None:
    """Make later imports of the hot modules find the extension modules, if there are any."""
    if os.environ.get("APPLIEDPI_PURE") or in_use():
        return
    try:
        root = folder()
        found = {
            ".".join(path.relative_to(root).parts).removesuffix(SUFFIX): path
            for path in root.rglob(f"*{SUFFIX}")
        }
    except OSError:
        return
    if found:
        sys.meta_path.insert(0, _Finder(found))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules that were built."""

    def __init__(self, modules: dict[str, Path]) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        file = self._modules.get(fullname)
        return None if file is None else importlib.util.spec_from_file_location(fullname, file)


install()
