"""The built-in verifier held against the real ProVerif, verdict by verdict."""

from __future__ import annotations

import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src"
if str(SOURCES) not in sys.path:
    sys.path.insert(0, str(SOURCES))  # `python -m tests.parity` runs from a checkout, installed or not
