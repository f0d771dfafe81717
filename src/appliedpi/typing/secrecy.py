"""`query secret x` and `public_vars`: what ProVerif adds to the process for them.

After each definition of x: the event `x_contains(x)`, so that the query becomes "no value that the event
carries is known to the attacker". After each definition of a public variable: its output on a public
channel (ProVerif 2.05 manual, section 4.3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from appliedpi import core
from appliedpi.terms import App, Symbol, Variable
from appliedpi.typing.numbering import numbered, preorder, rebuild
from appliedpi.typing.restrictions import bound_variables


def defined(process: core.Process, name: str) -> list[Variable]:
    """The variables and restricted names called `name`, in reading order."""
    return [
        variable
        for statement in preorder(process)
        for variable in _definitions(statement)
        if variable.name == name
    ]


def published(
    process: core.Process, events: Mapping[str, Symbol], channels: Mapping[str, Symbol]
) -> core.Process:
    """The process with the events and outputs after each definition of the variables that are keys here."""
    if not events and not channels:
        return process

    def change(old: core.Process, new: core.Process) -> core.Process:
        match new:
            case core.New() | core.Input() | core.Let() | core.Get():
                body = new.body
                for variable in reversed(_definitions(old)):
                    if variable.name in events:
                        term = App(events[variable.name], (variable,))
                        body = core.Event(occurrence=0, place=old.place, term=term, body=body)
                    if variable.name in channels:
                        channel = App(channels[variable.name])
                        body = core.Output(
                            occurrence=0, place=old.place, channel=channel, message=variable, body=body
                        )
                return replace(new, body=body)
            case _:
                return new

    return numbered(rebuild(process, change))


def _definitions(statement: core.Process) -> list[Variable]:
    return [statement.variable] if isinstance(statement, core.New) else bound_variables(statement)
