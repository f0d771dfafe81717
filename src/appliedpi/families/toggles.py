"""From a model with tags to a family: every tagged test becomes one that may be skipped.

    (*@check ID ... *) if M then P                       P behind a skippable test M
    (*@check ID ... *) let (=a, x: t) = M in P           let (y, x) = M, then P behind a skippable test y = a
    (*@check ID ... *) let (=body) = checksign(s, k) in P    P behind a skippable test, the whole let
    (*@assume ID ... *) if false then P                  P behind a skippable test that is never passed
    (*@alternative ID ... *) if false then P             the same

A check that a party skips is as if it were not written: the `=a` of a let goes and what the let binds stays;
a let that binds nothing goes altogether.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from appliedpi import core
from appliedpi.builtin import AND, EQUAL
from appliedpi.errors import InputError
from appliedpi.terms import App, Term, Variable
from appliedpi.typing.numbering import numbered, preorder, rebuild
from appliedpi.verification import Source, elaborated, read_sources

KINDS = ("check", "assume", "alternative")


class NotMonotonic(InputError):
    """Turning a toggle on would take behaviour away, so nothing could be said of sets of toggles."""


@dataclass(frozen=True, eq=False, slots=True)
class Family:
    """`model` with skippable tests; toggle number i, bit i of a label, is `toggles[i]`, an ID."""

    model: core.Model
    toggles: tuple[str, ...]

    def names(self, label: int) -> tuple[str, ...]:
        """The IDs of the toggles of a label, in their order."""
        return tuple([id for number, id in enumerate(self.toggles) if label >> number & 1])

    def label(self, ids: Iterable[str]) -> int:
        """The label of these toggles. Raises ValueError for an unknown ID."""
        return sum({1 << self.toggles.index(id) for id in ids})

    def variant(self, ids: Iterable[str]) -> core.Model:
        """The model with these toggles on and all others off, without any skippable test."""
        label = self.label(ids)

        def change(_old: core.Process, new: core.Process) -> core.Process:
            if not isinstance(new, core.Skippable):
                return new
            return new.body if label >> new.toggle & 1 else replace(new.test, body=new.body)

        return replace(self.model, process=numbered(rebuild(self.model.process, change)))


def load_family(text_or_path: Source, libs: Iterable[Source] = ()) -> Family:
    """Read and type-check a model and make its tagged tests skippable.

    Raises InputError where the model is not acceptable, NotMonotonic as `family`.
    """
    return family(elaborated(read_sources(text_or_path, libs), None, keeps_assumptions=True))


def family(model: core.Model) -> Family:
    """The family of a model that was elaborated with its assumptions kept.

    Raises NotMonotonic for a tagged statement with an `else` branch.
    """
    toggles: dict[str, int] = {}
    for statement in preorder(model.process):
        for id in _ids(statement):
            toggles.setdefault(id, len(toggles))

    def change(old: core.Process, new: core.Process) -> core.Process:
        for id in _ids(old):
            new = _skippable(new, toggles[id], id)
        return new

    return Family(replace(model, process=rebuild(model.process, change)), tuple(toggles))


def _ids(statement: core.Process) -> list[str]:
    if not isinstance(statement, core.If | core.Let):
        return []
    return [tag.text.split()[0] for tag in statement.tags if tag.kind in KINDS]


def _skippable(statement: core.Process, toggle: int, id: str) -> core.Process:
    assert isinstance(statement, core.If | core.Let)
    if not isinstance(statement.otherwise, core.Nil):
        raise NotMonotonic(
            f"{id} stands before a statement with an else branch, which would be lost where it is skipped",
            statement.place,
            advice="give the tagged statement no else branch; write that branch as a process of its own",
        )
    occurrence, place, body = statement.occurrence, statement.place, statement.body
    if isinstance(statement, core.If) or not _binds(statement.pattern):
        return core.Skippable(occurrence=occurrence, place=place, test=statement, toggle=toggle, body=body)
    equalities: list[Term] = []
    relaxed = _relaxed(statement.pattern, equalities)
    condition = equalities[0]
    for further in equalities[1:]:
        condition = App(AND, (condition, further))
    test = core.If(
        occurrence=occurrence, place=place, condition=condition, body=body, otherwise=statement.otherwise
    )
    behind = core.Skippable(occurrence=occurrence, place=place, test=test, toggle=toggle, body=body)
    return replace(statement, pattern=relaxed, body=behind, tags=())


def _binds(pattern: core.Pattern) -> bool:
    """Whether the pattern binds a variable that has a name."""
    if isinstance(pattern, core.PatternData):
        return any([_binds(argument) for argument in pattern.arguments])
    return isinstance(pattern, core.PatternVariable) and pattern.variable.name != "_"


def _relaxed(pattern: core.Pattern, equalities: list[Term]) -> core.Pattern:
    """The pattern with a new variable for each `=M`; what is to be equal is added to `equalities`."""
    if isinstance(pattern, core.PatternData):
        return core.PatternData(pattern.symbol, tuple([_relaxed(p, equalities) for p in pattern.arguments]))
    if isinstance(pattern, core.PatternEqual):
        value = Variable("received", "any")
        equalities.append(App(EQUAL, (value, pattern.term)))
        return core.PatternVariable(value)
    return pattern
