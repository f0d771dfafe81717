"""How long each model takes: the built-in verifier beside ProVerif, measured in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kbspec.language import verify
from kbspec.models import MODELS
from kbspec.tables import aligned


@dataclass(frozen=True, slots=True)
class Measurement:
    """Seconds for one model; `proverif` is None where there is no ProVerif."""

    model: str
    builtin: float
    proverif: float | None

    @property
    def ratio(self) -> float | None:
        """How many times longer the built-in verifier takes."""
        return None if not self.proverif else self.builtin / self.proverif


def measure(
    root: Path,
    *,
    with_proverif: bool,
    timeout: float | None,
    progress: Callable[[str], None] = lambda name: None,
) -> list[Measurement]:
    """Verify every file of `pv/models/` with each verifier. Raises InputError or LimitExceeded."""
    found = []
    for path in sorted((root / MODELS).glob("*.pv")):
        progress(path.stem)
        text = path.read_text(encoding="utf-8")
        builtin = _seconds(text, "builtin", timeout)
        proverif = _seconds(text, "proverif", timeout) if with_proverif else None
        found.append(Measurement(path.stem, builtin, proverif))
    return found


def to_text(measurements: list[Measurement]) -> str:
    """The measurements as a table."""
    rows = [["Model", "built-in (s)", "ProVerif (s)", "ratio"]]
    for one in measurements:
        other = "-" if one.proverif is None else f"{one.proverif:.2f}"
        ratio = "-" if one.ratio is None else f"{one.ratio:.1f}"
        rows.append([one.model, f"{one.builtin:.2f}", other, ratio])
    return aligned(rows)


def _seconds(text: str, backend: str, timeout: float | None) -> float:
    started = time.perf_counter()
    verify(text, backend=backend, timeout=timeout)
    return time.perf_counter() - started
