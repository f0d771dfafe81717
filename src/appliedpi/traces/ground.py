"""Small facts about terms: numbers, names, sizes of instances."""

from __future__ import annotations

from collections import Counter

from appliedpi import builtin
from appliedpi.builtin import FAIL_TERM, FALSE_TERM, SUCCESSOR, TRUE_TERM, ZERO
from appliedpi.terms import Kind, Symbol, Term, Variable


def natural(value: Term) -> int | None:
    """The number that a message is, or None where it is not a natural number."""
    count = 0
    while value.symbol is SUCCESSOR:
        value = value.args[0]
        count += 1
    return count if value.symbol is ZERO else None


def natural_test(symbol: Symbol, arguments: tuple[Term, ...]) -> Term:
    """The value of `is_nat` or `>=`: comparing what is no number fails."""
    if FAIL_TERM in arguments:
        return FAIL_TERM
    numbers = [natural(argument) for argument in arguments]
    if symbol is builtin.IS_NATURAL:
        return TRUE_TERM if numbers[0] is not None else FALSE_TERM
    left, right = numbers
    if left is None or right is None:
        return FAIL_TERM
    return TRUE_TERM if left >= right else FALSE_TERM


def occurrences(term: Term) -> Counter[Variable]:
    """How often each variable occurs."""
    counts: Counter[Variable] = Counter()
    stack = [term]
    while stack:
        current = stack.pop()
        if isinstance(current, Variable):
            counts[current] += 1
        else:
            stack.extend(current.args)
    return counts


def shrinks(left: Term, right: Term) -> bool:
    """Whether every instance of `right` is smaller than that of `left`."""
    if left.symbol is None or left.size <= right.size:
        return False
    there = occurrences(left)
    return all(there[variable] >= count for variable, count in occurrences(right).items())


def is_name(value: Term) -> bool:
    """Whether the message is a name."""
    return value.symbol is not None and value.symbol.kind is Kind.NAME
