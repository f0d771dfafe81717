"""Random input for the parser and the type checker.

Whatever the text: a model, or an InputError with its place, soon. Nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT / "src", ROOT):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))  # `python -m tests.fuzz` runs from a checkout, installed or not
