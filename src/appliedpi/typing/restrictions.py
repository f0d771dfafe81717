"""The restrictions of the final process: what `new k[x = M]` in a query can refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliedpi import core
from appliedpi.terms import Variable


@dataclass(frozen=True, slots=True)
class Restriction:
    """A `new` of the final process and what is bound above it, outermost first.

    `parameters`: its name pattern depends on them: variables, and replications by their number from 1.
    `scope`: every variable that is in scope there, by name.
    """

    variable: Variable
    parameters: tuple[Variable | int, ...]
    scope: Mapping[str, Variable]
    replications: int

    def arguments(self, mentioned: set[str]) -> list[Variable | int]:
        """The arguments of the name pattern, in ProVerif's order, where queries mention these variables."""
        kept: list[Variable | int] = list(self.parameters)
        extra = [
            variable for name, variable in self.scope.items() if name in mentioned and variable not in kept
        ]
        return extra[::-1] + kept[::-1]


def restrictions(process: core.Process) -> dict[str, list[Restriction]]:
    """Every restriction of the process, by the name that it binds."""
    found: dict[str, list[Restriction]] = {}
    stack: list[tuple[core.Process, dict[str, Variable], tuple[Variable | int, ...], int]] = [
        (process, {}, (), 0)
    ]
    while stack:
        current, scope, received, replications = stack.pop()
        bound = bound_variables(current)
        inside = {**scope, **{variable.name: variable for variable in bound}} if bound else scope
        match current:
            case core.New():
                parameters = received
                if current.dependencies is not None:
                    chosen = [variable for variable in scope.values() if variable in current.dependencies]
                    parameters = (*[number for number in received if isinstance(number, int)], *chosen)
                restriction = Restriction(current.variable, parameters, scope, replications)
                found.setdefault(current.variable.name, []).append(restriction)
                stack.append((current.body, scope, received, replications))
            case core.Replication():
                numbered = (*received, replications + 1)
                stack.append((current.body, scope, numbered, replications + 1))
            case core.Let():
                stack.append((current.otherwise, scope, received, replications))
                stack.append((current.body, inside, received, replications))
            case core.Get():
                stack.append((current.otherwise, scope, received, replications))
                stack.append((current.body, inside, (*received, *bound), replications))
            case _:
                for inner in reversed(core.subprocesses(current)):
                    stack.append((inner, inside, (*received, *bound) if bound else received, replications))
    return found


def bound_variables(process: core.Process) -> list[Variable]:
    """The variables that the patterns of this statement bind, in order."""
    match process:
        case core.Input() | core.Let():
            patterns: tuple[core.Pattern, ...] = (process.pattern,)
        case core.Get():
            patterns = process.patterns
        case _:
            return []
    found: list[Variable] = []
    stack = list(reversed(patterns))
    while stack:
        pattern = stack.pop()
        if isinstance(pattern, core.PatternVariable):
            found.append(pattern.variable)
        elif isinstance(pattern, core.PatternData):
            stack.extend(reversed(pattern.arguments))
    return found
