"""Operators: how strongly each binds, and how a flat list of operands and operators becomes a term.

The levels are those of ProVerif 2.05's grammar (manual, appendix A).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from appliedpi.errors import InputError
from appliedpi.syntax import tree
from appliedpi.syntax.lexing import PlacedToken

LEVELS: Final = {
    "==>": 1, "||": 2, "&&": 3, "=": 4, "<>": 5, "<=": 6, ">=": 7, ">": 8, "<": 9, "+": 10, "-": 10,
}  # fmt: skip
RIGHT_ASSOCIATIVE: Final = frozenset({"||", "&&"})
LEFT_ASSOCIATIVE: Final = frozenset({"+", "-"})


def combine(parts: Sequence[tree.Expression | PlacedToken]) -> tree.Expression:
    """The term that the operands and operators (alternating, operands at both ends) stand for.

    Raises InputError for a chain of an operator that has no associativity, and for a sum of two terms.
    """
    operands: list[tree.Expression] = []
    operators: list[PlacedToken] = []
    for part in parts:
        if not isinstance(part, PlacedToken):
            operands.append(part)
            continue
        while operators and _reduces(operators[-1], part):
            _apply(operators.pop(), operands)
        operators.append(part)
    while operators:
        _apply(operators.pop(), operands)
    (result,) = operands
    return result


def _reduces(left: PlacedToken, right: PlacedToken) -> bool:
    """Whether in `a left b right c` the operator `left` applies first."""
    if LEVELS[left] != LEVELS[right]:
        return LEVELS[left] > LEVELS[right]
    if left in LEFT_ASSOCIATIVE:
        return True
    if left in RIGHT_ASSOCIATIVE:
        return False
    raise InputError(
        f"`{left}` and `{right}` in a row", right.place, advice="say with parentheses what is meant"
    )


def _apply(operator: PlacedToken, operands: list[tree.Expression]) -> None:
    right = operands.pop()
    left = operands.pop()
    place = left.place
    if operator in LEFT_ASSOCIATIVE and not isinstance(right, tree.Number):
        if operator == "-" or not isinstance(left, tree.Number):
            raise InputError(
                f"`{operator}` adds a number to a term or takes one from it; no number stands here",
                right.place,
                advice=f"write `M {operator} 1`, for example; there is no sum or difference of two terms",
            )
        left, right = right, left  # `1 + x` is `x + 1`
    operands.append(tree.Apply(str(operator), (left, right), place=place))
