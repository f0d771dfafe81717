"""What each model of `tests/corpus` says about itself, in comments at its end.

(* EXPECT: 1 true, 2 false, 3 cannot be proved *)   ProVerif 2.05's verdicts, by number or @query ID
(* EXPECT: refused choice *)                        the built-in verifier refuses this construct
(* BUILTIN: 2 false *)                              where the built-in verifier is known to differ
(* OPPOSITES: 2 3 WHEN 1 *)                         2 and 3 are never both true if 1 (a reachability) is false
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
VERDICTS = ("true", "false", "cannot be proved")


@dataclass(frozen=True)
class Expectation:
    """`verdicts` by key (number from 1, or ID); `refused` is the construct; `opposites`: (a, b, reached)."""

    verdicts: dict[str, str]
    refused: str | None
    builtin: dict[str, str]
    opposites: tuple[tuple[str, str, str], ...]


def _entries(text: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    for part in text.split(","):
        key, _, verdict = part.strip().partition(" ")
        if verdict not in VERDICTS or key in entries:
            raise ValueError(f"not an expectation: {part!r}")
        entries[key] = verdict
    return entries


def read_expectation(text: str) -> Expectation:
    """The expectation in the text of a model. Raises ValueError where there is none or it is malformed."""
    found = re.findall(r"\(\* EXPECT: (.*?) \*\)", text, re.DOTALL)
    if len(found) != 1:
        raise ValueError(f"{len(found)} EXPECT comments instead of one")
    builtin = re.findall(r"\(\* BUILTIN: (.*?) \*\)", text, re.DOTALL)
    opposites = tuple(re.findall(r"\(\* OPPOSITES: (\S+) (\S+) WHEN (\S+) \*\)", text))
    if found[0].startswith("refused "):
        return Expectation({}, found[0].removeprefix("refused "), {}, ())
    return Expectation(_entries(found[0]), None, _entries(builtin[0]) if builtin else {}, opposites)


def models() -> list[Path]:
    """The models of the corpus, in order."""
    return sorted(CORPUS.glob("*.pv"))
