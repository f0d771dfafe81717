"""Termination of rewriting by a lexicographic path ordering, with a search for the precedence.

A set of equations read from left to right terminates where one precedence on the symbols makes every left
side greater than its right side (Baader and Nipkow, "Term Rewriting and All That", section 5.4.2; used for
convergent theories in Blanchet, Abadi, Fournet 2008, section 5.2). The precedence is found by search: each
comparison leaves open which of its alternatives holds, and each alternative may add to the precedence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from appliedpi.terms import Symbol, Term, Variable, variables

# A block of equations of a protocol model needs some dozens of steps; the search is exponential at worst.
MAXIMUM_STEPS: Final = 20_000

Precedence = frozenset[tuple[Symbol, Symbol]]
_Goals = tuple[tuple[Term, Term], "_Goals"] | None  # a linked list: alternatives share their tails
_State = tuple[_Goals, Precedence]


def find_precedence(rules: Iterable[tuple[Term, Term]]) -> Precedence | None:
    """A precedence (the pairs "first above second", transitive) that orients every rule, or None.

    None also where the search took more than MAXIMUM_STEPS steps.
    """
    goals: _Goals = None
    for rule in rules:
        goals = (rule, goals)
    alternatives: list[_State] = [(goals, frozenset())]
    for _ in range(MAXIMUM_STEPS):
        if not alternatives:
            return None
        goals, precedence = alternatives.pop()
        if goals is None:
            return precedence
        (greater, smaller), rest = goals
        alternatives.extend(reversed(_alternatives(greater, smaller, rest, precedence)))
    return None


def _alternatives(greater: Term, smaller: Term, rest: _Goals, precedence: Precedence) -> list[_State]:
    """The ways to show that `greater` is above `smaller`; empty where there is none."""
    if isinstance(greater, Variable) or greater is smaller:
        return []
    if isinstance(smaller, Variable):
        return [(rest, precedence)] if any(part is smaller for part in variables(greater)) else []
    if smaller in greater.args:
        return [(rest, precedence)]
    f, g = greater.symbol, smaller.symbol
    assert f is not None and g is not None
    found: list[_State] = []
    if f is g:
        for first, (left, right) in enumerate(zip(greater.args, smaller.args, strict=True)):
            if left is not right:
                goals = rest
                for argument in smaller.args[first + 1 :]:
                    goals = ((greater, argument), goals)
                found.append((((left, right), goals), precedence))
                break
    else:
        extended = _above(f, g, precedence)
        if extended is not None:
            goals = rest
            for argument in smaller.args:
                goals = ((greater, argument), goals)
            found.append((goals, extended))
    found += [(((argument, smaller), rest), precedence) for argument in greater.args]
    return found


def _above(f: Symbol, g: Symbol, precedence: Precedence) -> Precedence | None:
    """The precedence with f above g, closed under transitivity; None where g is above f already."""
    if (f, g) in precedence:
        return precedence
    if (g, f) in precedence:
        return None
    upper = [f, *(a for a, b in precedence if b is f)]
    lower = [g, *(b for a, b in precedence if a is g)]
    return precedence | {(a, b) for a in upper for b in lower}
