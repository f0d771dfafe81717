"""The symbols that every model has: booleans, naturals, `fail`, comparisons, tuples.

Rewrite rules as in Blanchet 2016, section 2.1 (equality, boolean operators) and the ProVerif 2.05
manual, section 4.1.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from appliedpi.core import Destructor, RewriteRule
from appliedpi.terms import App, Kind, Symbol, Term, Variable

TRUE: Final = Symbol("true", (), "bool", data=True)
FALSE: Final = Symbol("false", (), "bool", data=True)
ZERO: Final = Symbol("0", (), "nat", data=True)
SUCCESSOR: Final = Symbol("+ 1", ("nat",), "nat", data=True)
FAIL: Final = Symbol("fail", (), "any", kind=Kind.CONSTRUCTOR, private=True)

EQUAL: Final = Symbol("=", ("any", "any"), "bool", Kind.DESTRUCTOR)
DIFFERENT: Final = Symbol("<>", ("any", "any"), "bool", Kind.DESTRUCTOR)
AND: Final = Symbol("&&", ("bool", "bool"), "bool", Kind.DESTRUCTOR)
OR: Final = Symbol("||", ("bool", "bool"), "bool", Kind.DESTRUCTOR)
NOT: Final = Symbol("not", ("bool",), "bool", Kind.DESTRUCTOR)
IS_NATURAL: Final = Symbol("is_nat", ("any",), "bool", Kind.DESTRUCTOR)  # no rules: evaluated specially
GREATER_EQUAL: Final = Symbol(">=", ("nat", "nat"), "bool", Kind.DESTRUCTOR)  # no rules: evaluated specially
MINUS_ONE: Final = Symbol("- 1", ("nat",), "nat", Kind.DESTRUCTOR)
CONDITIONAL: Final = Symbol("if-then-else", ("bool", "any", "any"), "any", Kind.DESTRUCTOR)
SUCCEEDS: Final = Symbol("success?", ("any",), "bool", Kind.DESTRUCTOR)

TRUE_TERM: Final = App(TRUE)
FALSE_TERM: Final = App(FALSE)
ZERO_TERM: Final = App(ZERO)
FAIL_TERM: Final = App(FAIL)


@cache
def tuple_symbol(arity: int) -> Symbol:
    """The constructor of tuples with `arity` components (0 for the empty tuple); its name is empty."""
    return Symbol("", ("any",) * arity, "bitstring", data=True)


@cache
def projection(symbol: Symbol, position: int) -> Destructor:
    """The destructor that takes argument `position` (from 0) out of a data constructor."""
    fields: tuple[Term, ...] = tuple(
        Variable(f"x{i + 1}", kind) for i, kind in enumerate(symbol.argument_types)
    )
    label = symbol.name or "tuple"
    result = Symbol(
        f"{position + 1}-proj-{label}", (symbol.result_type,), symbol.argument_types[position],
        Kind.DESTRUCTOR,
    )  # fmt: skip
    return Destructor(result, (RewriteRule((App(symbol, fields),), fields[position]),), ordered=False)


def _predefined() -> dict[Symbol, Destructor]:
    x, y = Variable("x", "any"), Variable("y", "any")
    u, v = Variable("u", "any", may_fail=True), Variable("v", "any", may_fail=True)
    n = Variable("n", "nat")

    def ordered(symbol: Symbol, *rules: tuple[tuple[Term, ...], Term]) -> Destructor:
        return Destructor(symbol, tuple(RewriteRule(left, right) for left, right in rules), ordered=True)

    definitions = [
        ordered(EQUAL, ((x, x), TRUE_TERM), ((x, y), FALSE_TERM)),
        ordered(DIFFERENT, ((x, x), FALSE_TERM), ((x, y), TRUE_TERM)),
        ordered(AND, ((TRUE_TERM, u), u), ((x, u), FALSE_TERM)),
        ordered(OR, ((TRUE_TERM, u), TRUE_TERM), ((x, u), u)),
        ordered(NOT, ((TRUE_TERM,), FALSE_TERM), ((x,), TRUE_TERM)),
        ordered(CONDITIONAL, ((TRUE_TERM, u, v), u), ((x, u, v), v)),
        ordered(SUCCEEDS, ((x,), TRUE_TERM), ((u,), FALSE_TERM)),
        ordered(MINUS_ONE, ((App(SUCCESSOR, (n,)),), n)),
        ordered(IS_NATURAL),
        ordered(GREATER_EQUAL),
    ]
    return {definition.symbol: definition for definition in definitions}


PREDEFINED: Final[dict[Symbol, Destructor]] = _predefined()
