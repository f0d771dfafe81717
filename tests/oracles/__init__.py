"""How the verifier catches its own mistakes: opposites, configurations, random models, fuzzing."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT / "src", ROOT):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))  # `python -m tests...` runs from a checkout, installed or not
