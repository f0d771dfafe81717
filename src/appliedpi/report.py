"""What a verification says: one result per query, in query order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliedpi.core import Assumption, Query
from appliedpi.traces.trace import Trace


class Verdict(Enum):
    """The three answers. CANNOT_BE_PROVED is never shown as either of the others."""

    TRUE = "true"
    FALSE = "false"
    CANNOT_BE_PROVED = "cannot be proved"


@dataclass(frozen=True, eq=False, slots=True)
class Result:
    """The answer to one query.

    `trace` is set for FALSE: an execution, replayed by the interpreter, that violates the query.
    `derivation` is the derivation of the counter-example as text, where one was found (also for
    CANNOT_BE_PROVED, where no trace follows it). `certificate` is set for TRUE.
    """

    query: Query
    verdict: Verdict
    seconds: float
    trace: Trace | None = None
    derivation: str | None = None
    certificate: str | None = None

    @property
    def name(self) -> str | None:
        """The ID of the query's `@query` tag."""
        return self.query.name

    def __str__(self) -> str:
        outcome = (
            "cannot be proved" if self.verdict is Verdict.CANNOT_BE_PROVED else f"is {self.verdict.value}"
        )
        return f"RESULT {self.query.text} {outcome}."


@dataclass(frozen=True, eq=False, slots=True)
class Report:
    """`results` in query order; `warnings` one line each, with their places; wall-clock `seconds` in all.

    `lemmas` are the answers to the lemmas, in their order: only those that are TRUE were used for what
    follows them. `assumptions` are the axioms and restrictions, which were used without proof.
    """

    results: tuple[Result, ...]
    warnings: tuple[str, ...]
    seconds: float
    backend: str
    lemmas: tuple[Result, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
