"""Terms of the applied pi calculus: immutable, shared (hash-consed), compared by identity.

A term is a variable or a symbol applied to terms (Blanchet 2016, "Modeling and Verifying Security
Protocols with the Applied Pi Calculus and ProVerif", section 3.1.1). Two structurally equal terms are
the same Python object, so equality is `is` and a term is its own dictionary key.

The depth of a term is bounded by `MAXIMUM_DEPTH`: functions that follow the structure of a term may
recurse, because their recursion is bounded by that constant and not by the input.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final

from appliedpi.errors import LimitExceeded

MAXIMUM_DEPTH: Final = 400
MASK_BITS: Final = 192


_symbol_numbers = itertools.count()
_variable_numbers = itertools.count()


class Kind(Enum):
    """What a symbol is."""

    CONSTRUCTOR = "constructor"
    DESTRUCTOR = "destructor"
    NAME = "name"  # a free name, or (with arguments) a name pattern of a restriction
    EVENT = "event"
    TABLE = "table"
    PREDICATE = "predicate"  # of a clause: attacker, mess, table, event
    BOUND_NAME = "bound name"  # `new k[x = M, ...]` in a query, before it is resolved


class Symbol:
    """A function symbol. Compared by identity; two symbols may have the same name.

    `argument_types` and `result_type` are type names. `data` marks constructors whose arguments anyone
    can recover; `converter` marks type converters (identity functions when types are ignored);
    `bindings` names the arguments of a BOUND_NAME.
    """

    __slots__ = (
        "name", "argument_types", "result_type", "kind", "private", "data", "converter", "bindings",
        "index",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        argument_types: Iterable[str],
        result_type: str,
        kind: Kind = Kind.CONSTRUCTOR,
        *,
        private: bool = False,
        data: bool = False,
        converter: bool = False,
        bindings: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.argument_types = tuple(argument_types)
        self.result_type = result_type
        self.kind = kind
        self.private = private
        self.data = data
        self.converter = converter
        self.bindings = bindings
        self.index = next(_symbol_numbers)

    @property
    def arity(self) -> int:
        return len(self.argument_types)

    def __repr__(self) -> str:
        return f"{self.name}/{self.arity}"


class Term:
    """A variable (`symbol is None`) or `symbol` applied to `args`.

    Build with `Variable(...)` or `App(...)`.
    """

    # `mask` has a bit for each symbol of the term: an instance has all bits of what it is an instance of.
    __slots__ = ("symbol", "args", "ground", "size", "depth", "mask")
    symbol: Symbol | None
    args: tuple[Term, ...]
    ground: bool
    size: int
    depth: int
    mask: int

    def __repr__(self) -> str:
        return show(self)


class Variable(Term):
    """A variable. `may_fail` variables also stand for the special constant `fail` (Blanchet 2016, 2.1)."""

    __slots__ = ("name", "type", "may_fail", "index")

    def __init__(self, name: str, type: str = "bitstring", may_fail: bool = False) -> None:
        self.symbol = None
        self.args = ()
        self.ground = False
        self.size = 1
        self.depth = 1
        self.mask = 0
        self.name = name
        self.type = type
        self.may_fail = may_fail
        self.index = next(_variable_numbers)


# Every compound term by its symbol and arguments, oldest first.
_shared: dict[tuple[object, ...], Term] = {}


def App(symbol: Symbol, args: tuple[Term, ...] = ()) -> Term:
    """The one term `symbol(args)`. Raises LimitExceeded where it would be deeper than MAXIMUM_DEPTH."""
    key = (symbol, *args)
    found = _shared.get(key)
    if found is not None:
        return found
    ground, size, depth, mask = True, 1, 0, 1 << symbol.index % MASK_BITS
    for argument in args:
        ground = ground and argument.ground
        size += argument.size
        mask |= argument.mask
        if argument.depth > depth:
            depth = argument.depth
    term = Term.__new__(Term)
    term.symbol = symbol
    term.args = args
    term.ground = ground
    term.size = size
    term.depth = depth + 1
    term.mask = mask
    if depth >= MAXIMUM_DEPTH:
        raise LimitExceeded(
            f"a term grew deeper than {MAXIMUM_DEPTH} symbols (at {symbol.name}); "
            "the resolution probably does not terminate on this model"
        )
    _shared[key] = term
    return term


def forget_unused(more_than: int = 200_000) -> None:
    """Drop the terms that nothing refers to any more, if there are more than so many in all.

    Not done by weak references, which would make every use of a term slower. Not to be called while another
    thread works with terms.
    """
    if len(_shared) <= more_than:
        return
    gc.collect()
    # A term is younger than its arguments, so from the youngest on each is looked at after all its users.
    for key in reversed(list(_shared)):
        if sys.getrefcount(_shared[key]) <= _OWN_REFERENCES:
            del _shared[key]


@contextlib.contextmanager
def rare_collections() -> Iterator[None]:
    """Python looks for unreachable cycles seldom meanwhile.

    A saturation keeps almost all that it makes, and terms and clauses have no cycles, but Python's collector
    would look through all of them again and again: up to half of the whole time.
    """
    before = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


_NEW_OBJECTS: Final = 200_000  # between two searches for unreachable cycles
_OWN_REFERENCES: Final = 2  # the table's, and that of the call that counts


def variables(term: Term) -> Iterator[Variable]:
    """Each variable of the term once, in order of first occurrence."""
    seen: set[Term] = set()
    stack = [term]
    while stack:
        current = stack.pop()
        if current.ground or current in seen:
            continue
        seen.add(current)
        if isinstance(current, Variable):
            yield current
        else:
            stack.extend(reversed(current.args))


def substitute(term: Term, replacement: dict[Variable, Term]) -> Term:
    """The term with each variable of `replacement` replaced, once (values are not followed)."""
    if term.ground:
        return term
    if isinstance(term, Variable):
        return replacement.get(term, term)
    assert term.symbol is not None
    return App(term.symbol, tuple([substitute(argument, replacement) for argument in term.args]))


def show(term: Term) -> str:
    """The term as ProVerif prints it: `f(x,y)`, names as `k[x,y]`, tuples as `(x,y)`."""
    if isinstance(term, Variable):
        return term.name
    assert term.symbol is not None
    inner = ",".join([show(argument) for argument in term.args])
    if term.symbol.kind in (Kind.NAME, Kind.BOUND_NAME):
        return f"{term.symbol.name}[{inner}]"
    if term.symbol.name == "":
        return f"({inner})"
    if not term.args and term.symbol.kind is Kind.CONSTRUCTOR:
        return term.symbol.name
    return f"{term.symbol.name}({inner})"
