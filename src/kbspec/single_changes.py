"""What becomes of every query where one check is removed or one assumption is violated.

A change only ever adds behaviour, so what is false stays false. What stays true is proved for all single
changes at once, by one saturation with labels whose certificate the independent checker accepts
(`appliedpi.families`). What is left breaks in the variant, which is run for these queries alone to find and
replay the attack. Where any of this does not give the answer, the variant is verified like any other model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from kbspec.claims import FALSE, TRUE
from kbspec.errors import Interrupted
from kbspec.evidence import REPLAYED, certified, checked_report
from kbspec.language import breaking_sets, refute
from kbspec.progress import progress_bar
from kbspec.queries import query_id

if TYPE_CHECKING:
    from appliedpi.report import Report
    from kbspec.models import Model

BEFORE = "the attack on the model as it is"
TOGETHER = "one certificate for all changes"
_STEPS = 20_000  # of the common saturation: more is slower than one run for each change
MEMORY = 8 * 2**30  # bytes

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
    attacked = _attacked(variant, open_queries, timeout) if kept else {}
    if attacked.keys() == open_queries:
        found.update(attacked)
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


def _attacked(variant: Model, queries: set[str], timeout: float | None) -> dict[str, tuple[str, str]]:
    """The queries of a variant that a replayed trace shows to be false."""
    from appliedpi.errors import LimitExceeded

    types = replace(
        variant.types, queries=tuple([one for one in variant.types.queries if query_id(one) in queries])
    )
    options = {"timeout": timeout, "memory": MEMORY, "queries": [query_id(one) for one in types.queries]}
    with progress_bar(variant.name) as progress:

        def refuted() -> Report:
            return refute(types, timeout=timeout, memory=MEMORY, progress=progress)

        try:
            report, _ = checked_report(variant.root, variant.text, types, refuted, options, progress)
            return {query_id(one.query): (FALSE, REPLAYED) for one in report.results if one.trace is not None}
        except LimitExceeded:
            return {}
        except KeyboardInterrupt:
            pass  # raised below, so that the interrupt does not hold on to the clauses made so far
    raise Interrupted(f"model {variant.name}: interrupted, nothing was concluded")
