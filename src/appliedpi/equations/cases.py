"""Ordered rewrite rules and failure: case distinctions that make them explicit.

A rule that stands after others applies where none of them does; failure is the result where no rule applies
(Blanchet 2016, section 2.1; ProVerif manual, section 4.1.3). Where that depends on whether an argument fails,
the may-fail variable that stands for it is split into `fail` and a message, so that in the end only messages
are compared with the earlier left sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliedpi.builtin import FAIL_TERM
from appliedpi.equations.rewriting import rename_apart
from appliedpi.terms import Term, Variable, substitute, variables
from appliedpi.unification import Bindings, match


@dataclass(frozen=True, slots=True)
class Excluded:
    """An earlier left side, its variables universal: the patterns still to compare, with their positions."""

    patterns: tuple[tuple[int, Term], ...]


@dataclass(frozen=True, slots=True)
class Case:
    left: tuple[Term, ...]
    right: Term
    excluded: tuple[Excluded, ...]


def split(left: tuple[Term, ...], right: Term, earlier: Sequence[tuple[Term, ...]]) -> list[Case]:
    """Split may-fail variables until each comparison with an earlier left side is between messages."""
    general = [
        p for i, p in enumerate(earlier) if not any(_instance(p, q, i > j) for j, q in enumerate(earlier))
    ]
    everything = tuple([Excluded(tuple(enumerate(rename_apart(patterns)))) for patterns in general])
    waiting = [Case(left, right, everything)]
    found: list[Case] = []
    while waiting:
        case = waiting.pop()
        excluded: list[Excluded] = []
        to_split: Variable | None = None
        applies = True
        for before in case.excluded:
            compared = _compare(case.left, before)
            if compared is None:
                continue  # the earlier rule never applies here
            if isinstance(compared, Variable):
                to_split = compared
                break
            if not compared.patterns:
                applies = False  # the earlier rule always applies here
                break
            excluded.append(compared)
        if to_split is not None:
            message = Variable(to_split.name, to_split.type)
            for value in (FAIL_TERM, message):  # the stack gives messages first
                waiting.append(
                    Case(
                        tuple([substitute(pattern, {to_split: value}) for pattern in case.left]),
                        substitute(case.right, {to_split: value}),
                        case.excluded,
                    )
                )
        elif applies:
            found.append(Case(case.left, case.right, tuple(excluded)))
    return found


def _instance(special: tuple[Term, ...], general: tuple[Term, ...], same: bool) -> bool:
    """Whether `general` matches all that `special` does; of two that match the same, only where `same`."""
    if special is general or not matches(general, special):
        return False
    return same or not matches(special, general)


def matches(patterns: Sequence[Term], targets: Sequence[Term]) -> bool:
    """Whether the targets, arguments or results that may fail, are an instance of the patterns."""
    bindings: Bindings = {}
    for pattern, target in zip(patterns, targets, strict=True):
        fails = target is FAIL_TERM or isinstance(target, Variable) and target.may_fail
        if fails and isinstance(pattern, Variable) and not pattern.may_fail:
            return False
        if not match(pattern, target, bindings):
            return False
    return True


def _compare(left: tuple[Term, ...], before: Excluded) -> Excluded | Variable | None:
    """What is left to compare of `before`: message patterns, a variable to split first, or None: no match."""
    failing: dict[Variable, Term] = {}
    for position, pattern in before.patterns:
        if isinstance(pattern, Variable) and pattern.may_fail and left[position] is FAIL_TERM:
            failing[pattern] = FAIL_TERM
    kept: list[tuple[int, Term]] = []
    unsure: Variable | None = None
    for position, pattern in before.patterns:
        pattern = substitute(pattern, failing)
        value = left[position]
        if isinstance(pattern, Variable) and pattern.may_fail and _occurs_once(pattern, before):
            continue
        if isinstance(value, Variable) and value.may_fail:
            unsure = unsure or value
        elif (value is FAIL_TERM) != (pattern is FAIL_TERM):
            return None
        elif value is not FAIL_TERM:
            kept.append((position, pattern))
    if unsure is not None:
        return unsure
    # Only messages are compared from here on.
    messages: dict[Variable, Term] = {
        variable: Variable(variable.name, variable.type)
        for _, pattern in kept
        for variable in variables(pattern)
        if variable.may_fail
    }
    return Excluded(tuple([(position, substitute(pattern, messages)) for position, pattern in kept]))


def _occurs_once(variable: Variable, before: Excluded) -> bool:
    return sum(pattern is variable for _, pattern in before.patterns) == 1
