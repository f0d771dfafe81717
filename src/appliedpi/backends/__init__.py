"""The programs that can answer the queries of a model: our own (`builtin`) and the real ProVerif."""

from __future__ import annotations

from typing import Final

NAMES: Final = ("builtin", "proverif")
