"""Mark an answer: the verifier says whether it has the verdicts that a right one has.

A mark says in the learner's terms what is missing, shows the attack where there is one, and never names the
solution. What would pass the cases without being an answer (a property of nothing, a protocol without the
honest run) is caught before and explained.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from kbspec.claims import FALSE, TRUE
from kbspec.exercises.answers import (
    NotAccepted,
    check_property,
    check_protocol,
    is_blank,
    premise,
    read_changes,
    read_predictions,
    repeats_itself,
)  # fmt: skip
from kbspec.exercises.definitions import Case, Definition
from kbspec.exercises.workshop import Built, Workshop
from kbspec.queries import asks_for_event

if TYPE_CHECKING:
    from appliedpi.report import Result
    from kbspec.picture import Chart

Answer = str | Mapping[str, str] | list[str] | tuple[str, ...]
_EMPHASIS = re.compile(r"\*([^*\n]+)\*")
_SYMBOLS = {"right": "✓", "open": "○", "not yet": "✗"}


@dataclass(frozen=True, slots=True)
class Mark:
    """What came of an answer: `state` is "right", "not yet" or "open" (nothing was answered).

    `chart` is the attack on the learner's own protocol, where the verifier found one.
    """

    exercise: str
    state: str
    message: str
    chart: Chart | None = None

    @property
    def right(self) -> bool:
        return self.state == "right"

    def _repr_html_(self) -> str:
        paragraphs = "".join(f"<p>{prose(one)}</p>" for one in self.message.split("\n\n"))
        head = f"{_SYMBOLS[self.state]} {self.exercise}: {self.state}"
        chart = "" if self.chart is None else self.chart._repr_html_()
        css = f"kbspec-mark kbspec-mark-{self.state.replace(' ', '-')}"
        return f'<div class="{css}"><p><strong>{html.escape(head)}</strong></p>{paragraphs}{chart}</div>'

    def __repr__(self) -> str:
        shown = f"{_SYMBOLS[self.state]} {self.exercise}: {self.state}\n{self.message}"
        return shown if self.chart is None else f"{shown}\n{self.chart!r}"


def prose(text: str) -> str:
    """A paragraph as HTML, with `code`, *emphasis* and the line ends of the text."""
    parts = html.escape(text).split("`")
    shown = "".join(
        f"<code>{part}</code>" if place % 2 else _EMPHASIS.sub(r"<em>\1</em>", part)
        for place, part in enumerate(parts)
    )
    return shown.replace("\n", "<br>")


def mark(definition: Definition, workshop: Workshop, answer: Answer) -> Mark:
    """Mark an answer. Raises NotAccepted or FragmentError for one that the verifier cannot be asked about,
    LimitExceeded where the verifier does not come to an end."""
    if not answer or (isinstance(answer, str) and is_blank(answer)):
        message = "No answer yet: write it in place of the comment, and run the cell."
        return Mark(definition.id, "open", message)
    mistake = {
        "property": _property, "protocol": _protocol, "prediction": _prediction, "changes": _changes,
    }[definition.kind](definition, workshop, answer)  # fmt: skip
    if mistake is None:
        return Mark(definition.id, "right", definition.lesson)
    message, chart = mistake
    return Mark(definition.id, "not yet", message, chart)


Mistake = tuple[str, "Chart | None"]


# --- a property -----------------------------------------------------------------------------------------


def _property(definition: Definition, workshop: Workshop, answer: Answer) -> Mistake | None:
    text = _text(answer)
    check_property(text)
    if repeats_itself(text):
        return (
            "What stands behind `==>` already stands before it, so your property holds of every protocol and "
            "says nothing.\n\nWhich other event has to have happened before?",
            None,
        )
    first = definition.cases[0]
    before = premise(text)
    if before is not None:
        built = _built(workshop, first, property=before)
        if workshop.results(built)[""].verdict.value == TRUE:
            return (
                "What stands before `==>` in your property never happens, in no run of the model, so the "
                "property says nothing: it would hold whatever the protocol does.\n\nLook at what the events "
                "carry, in which order, and whether the same variable can stand in both places.",
                None,
            )
    for case in definition.cases:
        result = workshop.results(_built(workshop, case, property=text))[""]
        if result.verdict.value != case.verdict:
            return _explained(case, result), None
    return None


# --- a part of a protocol -------------------------------------------------------------------------------


def _protocol(definition: Definition, workshop: Workshop, answer: Answer) -> Mistake | None:
    text = _text(answer)
    slot = definition.slot
    given = definition.given.get(slot, "")
    check_protocol(text, given or workshop.original(slot).text)
    for case in definition.cases:
        built = _built(workshop, case, {slot: text})
        result = workshop.results(built)[case.query]
        if result.verdict.value != case.verdict:
            attack = None
            if result.verdict.value == FALSE and not asks_for_event(result.query):
                attack = _chart(definition, result)
            return _explained(case, result), attack
    return None


def _chart(definition: Definition, result: Result) -> Chart | None:
    from kbspec.charts import sequence_chart

    if result.trace is None:
        return None
    return sequence_chart(
        result.trace,
        title=f"Against your answer to {definition.id}",
        description=f"A run of the protocol with your part in it. {result.trace.goal}",
    )


# --- a prediction ---------------------------------------------------------------------------------------


def _prediction(definition: Definition, workshop: Workshop, answer: Answer) -> Mistake | None:
    (case,) = definition.cases
    built = _built(workshop, case)
    reachability = {one.name or "": asks_for_event(one) for one in built.types.queries}
    if not isinstance(answer, (str, Mapping)):
        raise NotAccepted("this is not a prediction", advice="write a line for each property")
    predicted = read_predictions(answer, definition.ask, reachability)
    results = workshop.results(built)
    right = [id for id in definition.ask if predicted[id] == results[id].verdict.value]
    if len(right) == len(definition.ask):
        return None
    return (
        f"The verifier agrees with {len(right)} of your {len(definition.ask)} predictions.\n\nWhich ones? Go "
        "through the attacker's steps once more: what does it have, what can it now send, and to whom? Then "
        "run the model.",
        None,
    )


# --- changes --------------------------------------------------------------------------------------------


def _changes(definition: Definition, workshop: Workshop, answer: Answer) -> Mistake | None:
    (case,) = definition.cases
    kinds = {tag.id: tag.kind for tag in _built(workshop, case).tags if tag.kind in ("check", "assume")}
    if isinstance(answer, Mapping):
        raise NotAccepted("this is not a list of IDs", advice="write the IDs of checks and assumptions")
    chosen = read_changes(answer if isinstance(answer, str) else tuple(answer), kinds)
    if len(chosen) < definition.smallest:
        return f"A set of {definition.smallest} or more is asked for, and yours has {len(chosen)}.", None

    def verdicts(ids: tuple[str, ...]) -> dict[str, Result]:
        return workshop.results(
            _built(
                workshop, case, checks=[id for id in ids if kinds[id] == "check"],
                assumptions=[id for id in ids if kinds[id] == "assume"],
            )
        )  # fmt: skip

    results = verdicts(chosen)
    if results[definition.breaks].verdict.value != FALSE:
        return f"With these changes {definition.breaks} still holds. Who could use what you let go?", None
    for id in definition.keeps:
        if results[id].verdict.value != TRUE:
            return f"{definition.breaks} is lost, but with it {id}, which has to hold.", None
    for size in range(len(chosen)):
        for fewer in combinations(chosen, size):
            if verdicts(fewer)[definition.breaks].verdict.value == FALSE:
                return (
                    f"{definition.breaks} is lost, but it already is with {_number(len(fewer))} of these "
                    "changes. Put back what is not needed.",
                    None,
                )
    return None


def _number(count: int) -> str:
    return {0: "none", 1: "one"}.get(count, str(count))


# --- common ---------------------------------------------------------------------------------------------


def _built(
    workshop: Workshop,
    case: Case,
    replaced: Mapping[str, str] | None = None,
    *,
    checks: list[str] | None = None,
    assumptions: list[str] | None = None,
    property: str | None = None,
) -> Built:
    """The model of a case, with more changes or the learner's property."""
    return workshop.build(
        case.fragments, {**case.replace, **(replaced or {})}, [*case.without, *(checks or ())],
        [*case.assume, *(assumptions or ())], property,
    )  # fmt: skip


def _explained(case: Case, result: Result) -> str:
    if result.verdict.value in (TRUE, FALSE):
        return case.otherwise
    return f"The verifier comes to no conclusion on your answer, so it is not right yet. {case.otherwise}"


def _text(answer: Answer) -> str:
    if not isinstance(answer, str):
        raise NotAccepted("this is not a text", advice="write it in the cell, or between triple quotes")
    return answer
