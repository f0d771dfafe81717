"""A report as plain data, and back: what the cache of proofs keeps.

The queries themselves are not kept. They are those of the model whose report it is, which is at hand whenever
the report is read back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kbspec.errors import SpecificationError

if TYPE_CHECKING:
    from appliedpi import core
    from appliedpi.report import Report, Result
    from appliedpi.traces.trace import Trace, TraceStep

FORMAT = 1


class Unusable(SpecificationError):
    """Data that is not a report of this model."""


def keepable(report: Report) -> bool:
    """Whether nothing in the report would have to be believed when it is read back.

    A *true* without a certificate would: there is nothing to check again.
    """
    from appliedpi.report import Verdict

    return report.backend == "builtin" and all(
        result.certificate is not None
        for result in (*report.lemmas, *report.results)
        if result.verdict is Verdict.TRUE
    )


def to_data(report: Report) -> dict[str, Any]:
    """Everything that the report says, as JSON has it."""
    return {
        "results": [_result_data(result) for result in report.results],
        "lemmas": [_result_data(result) for result in report.lemmas],
        "warnings": list(report.warnings),
        "seconds": report.seconds,
    }


def from_data(data: Any, model: core.Model) -> Report:
    """The report on `model`. Raises Unusable where the data is not a complete report on its queries."""
    from appliedpi.report import Report

    lemmas = [one.query for one in model.assumptions if one.kind == "lemma"]
    try:
        return Report(
            results=_results(data["results"], model.queries),
            warnings=tuple(_text(one) for one in data["warnings"]),
            seconds=float(data["seconds"]),
            backend="builtin",
            lemmas=_results(data["lemmas"], lemmas),
            assumptions=tuple([one for one in model.assumptions if one.kind != "lemma"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Unusable(f"not a report on this model: {error}") from None


def _result_data(result: Result) -> dict[str, Any]:
    return {
        "query": result.query.text,
        "verdict": result.verdict.value,
        "seconds": result.seconds,
        "trace": None if result.trace is None else _trace_data(result.trace),
        "derivation": result.derivation,
        "certificate": result.certificate,
    }


def _results(entries: Any, queries: Sequence[core.Query]) -> tuple[Result, ...]:
    from appliedpi.report import Result, Verdict

    results = []
    for entry, query in zip(entries, queries, strict=True):
        if entry["query"] != query.text:
            raise ValueError("another query")
        result = Result(
            query,
            Verdict(entry["verdict"]),
            float(entry["seconds"]),
            trace=None if entry["trace"] is None else _trace(entry["trace"]),
            derivation=_text_or_none(entry["derivation"]),
            certificate=_text_or_none(entry["certificate"]),
        )
        if (result.verdict is Verdict.TRUE) != (result.certificate is not None):
            raise ValueError("a verdict and a certificate that do not go together")
        if (result.verdict is Verdict.FALSE) != (result.trace is not None):
            raise ValueError("a verdict and a trace that do not go together")
        results.append(result)
    return tuple(results)


def _trace_data(trace: Trace) -> dict[str, Any]:
    return {"goal": trace.goal, "steps": [_step_data(step) for step in trace.steps]}


def _step_data(step: TraceStep) -> dict[str, Any]:
    return {
        "number": step.number,
        "kind": step.kind,
        "thread": step.thread,
        "occurrence": step.occurrence,
        "line": step.line,
        "column": step.column,
        "tags": [[t.kind, t.text, t.place.file, t.place.line, t.place.column] for t in step.tags],
        "channel": step.channel,
        "terms": list(step.terms),
        "sender": step.sender,
        "text": step.text,
    }


def _trace(data: Any) -> Trace:
    from appliedpi.core import Tag
    from appliedpi.errors import Place
    from appliedpi.traces.trace import Trace, TraceStep

    steps = []
    for step in data["steps"]:
        tags = [
            Tag(_text(kind), _text(text), Place(_text(file), int(line), int(column)))
            for kind, text, file, line, column in step["tags"]
        ]
        steps.append(
            TraceStep(
                number=int(step["number"]),
                kind=_text(step["kind"]),
                thread=int(step["thread"]),
                occurrence=int(step["occurrence"]),
                line=int(step["line"]),
                column=int(step["column"]),
                tags=tuple(tags),
                channel=_text_or_none(step["channel"]),
                terms=tuple(_text(term) for term in step["terms"]),
                sender=None if step["sender"] is None else int(step["sender"]),
                text=_text(step["text"]),
            )
        )
    return Trace(tuple(steps), _text(data["goal"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)
