"""Only the attacks: which queries of a variant a replayed trace shows to be false.

Cheaper than a verification where the queries are expected to fail, because nothing is certified and the other
queries are not asked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from kbspec.errors import Interrupted
from kbspec.evidence import checked_report
from kbspec.language import refute
from kbspec.progress import progress_bar
from kbspec.queries import query_id

if TYPE_CHECKING:
    from appliedpi.report import Report
    from kbspec.models import Model

MEMORY = 8 * 2**30  # bytes


def refuted(variant: Model, queries: Collection[str], timeout: float | None) -> frozenset[str]:
    """Those of the `queries`, by ID, that have a replayed trace; none where a limit was reached.

    `timeout` is in seconds. Raises CertificateRejected as `kbspec.evidence`, and Interrupted.
    """
    from appliedpi.errors import LimitExceeded

    types = replace(
        variant.types, queries=tuple([one for one in variant.types.queries if query_id(one) in queries])
    )
    options = {"timeout": timeout, "memory": MEMORY, "queries": [query_id(one) for one in types.queries]}
    with progress_bar(variant.name) as progress:

        def refuting() -> Report:
            return refute(types, timeout=timeout, memory=MEMORY, progress=progress)

        try:
            report, _ = checked_report(variant.root, variant.text, types, refuting, options, progress)
            return frozenset([query_id(one.query) for one in report.results if one.trace is not None])
        except LimitExceeded:
            return frozenset()
        except KeyboardInterrupt:
            pass  # raised below, so that the interrupt does not hold on to the clauses made so far
    raise Interrupted(f"model {variant.name}: interrupted, nothing was concluded")
