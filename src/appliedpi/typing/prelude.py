"""Statements that must run before the statement that an expression belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from appliedpi import core
from appliedpi.errors import Place
from appliedpi.terms import Term, Variable


@dataclass(frozen=True, slots=True)
class NewStep:
    """`new variable; ...`, with the dependencies of `core.New`."""

    variable: Variable
    dependencies: tuple[Variable, ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class LetStep:
    """`let pattern = term in ...`; the process stops where the term does not match."""

    pattern: core.Pattern
    term: Term
    place: Place


Prelude = list[NewStep | LetStep]


def after(prelude: Prelude, body: core.Process) -> core.Process:
    """The statements of the prelude, then `body`."""
    for step in reversed(prelude):
        if isinstance(step, NewStep):
            body = core.New(
                occurrence=0,
                place=step.place,
                variable=step.variable,
                dependencies=step.dependencies,
                body=body,
            )
        else:
            stop = core.Nil(occurrence=0, place=step.place)
            body = core.Let(
                occurrence=0,
                place=step.place,
                pattern=step.pattern,
                term=step.term,
                body=body,
                otherwise=stop,
            )
    return body
