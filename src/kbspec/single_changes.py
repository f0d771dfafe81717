"""What becomes of every query where one check is removed or one assumption is violated.

A change only ever adds behaviour, so what is false stays false. What stays true is proved for all single
changes at once, by one saturation with labels whose certificate the independent checker accepts
(`appliedpi.families`). What is left breaks in the variant, which is run for these queries alone to find and
replay the attack. Where any of this does not give the answer, the variant is verified like any other model.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from kbspec.claims import FALSE, TRUE
from kbspec.evidence import REPLAYED, certified
from kbspec.language import breaking_sets
from kbspec.refutation import refuted

if TYPE_CHECKING:
    from kbspec.models import Model

BEFORE = "the attack on the model as it is"
TOGETHER = "one certificate for all changes"
_STEPS = 1_000_000  # of the common saturation: far more than a model of the book needs

Answers = Mapping[str, tuple[str, str]]  # by query: the verdict, and what stands behind it


def answers(model: Model, kind: str, id: str, base: Mapping[str, str], timeout: float | None) -> Answers:
    """The verdicts of the model with the statements behind a tag changed; `base` are those without.

    Raises whatever `model.report` raises.
    """
    found: dict[str, tuple[str, str]] = {}
    kept = _kept_by_all(model.text)
    for query, verdict in base.items():
        if verdict == FALSE:
            found[query] = FALSE, BEFORE
        elif query in kept and id not in kept[query]:
            found[query] = TRUE, TOGETHER
    open_queries = base.keys() - found.keys()
    if not open_queries:
        return found
    variant = model.varied(kind, (id,))
    attacked = refuted(variant, open_queries, timeout) if kept else frozenset()
    if attacked == open_queries:
        found.update({query: (FALSE, REPLAYED) for query in attacked})
    else:
        table = variant.verify(timeout=timeout)
        found.update({one.id: (one.verdict, one.evidence) for one in table.outcomes})
    return {query: found[query] for query in base}


@lru_cache(maxsize=8)
def _kept_by_all(text: str) -> dict[str, frozenset[str]]:
    """For each query that is proved for all single changes but some, those; empty where none is proved."""
    from appliedpi.errors import LimitExceeded

    try:
        sets = breaking_sets(text, 1, None, steps=_STEPS, further=0)
    except LimitExceeded:
        return {}
    if sets is None:
        return {}
    accepted = certified(sets, text)
    return {query: frozenset([id for ids in sets[query].sets for id in ids]) for query in accepted}
