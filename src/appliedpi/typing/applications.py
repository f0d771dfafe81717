"""Symbols applied to terms, with ProVerif's type rules, and the checks that all expressions share."""

from __future__ import annotations

from typing import Final

from appliedpi import builtin, core
from appliedpi.errors import LimitExceeded, Place
from appliedpi.syntax import tree
from appliedpi.terms import MAXIMUM_DEPTH, App, Symbol, Term, Variable, variables
from appliedpi.typing.environment import (
    BOOL,
    MAXIMUM_SIZE,
    NAT,
    Context,
    Environment,
    FunctionEntry,
    LetfunEntry,
    TableEntry,
    VariableEntry,
    argument_list,
    kind_of,
)
from appliedpi.typing.evaluation import Evaluation

Typed = tuple[Term, str]

_OPERATORS: Final = {
    "=": builtin.EQUAL,
    "<>": builtin.DIFFERENT,
    "&&": builtin.AND,
    "||": builtin.OR,
}


class Applications:
    """Builds terms of one model. Methods raise InputError."""

    def __init__(self, context: Context, destructors: dict[Symbol, core.Destructor]) -> None:
        self.context = context
        self.destructors = destructors
        self.evaluation = Evaluation(destructors)
        # The variables of the patterns of the `get` whose condition is being read: ProVerif evaluates a `let`
        # in the condition before the `get`, so it rejects one that uses them.
        self.bound_by_get: frozenset[Variable] = frozenset()

    # --- terms -------------------------------------------------------------------------------------

    def number(self, number: tree.Number) -> Term:
        self.context.uses_naturals = True
        return self.successor(builtin.ZERO_TERM, number.value, number.place)

    def successor(self, term: Term, count: int, place: Place) -> Term:
        """`term + count`."""
        self.context.uses_naturals = True
        if count > MAXIMUM_DEPTH:
            raise self.context.error(f"the number {count} is larger than {MAXIMUM_DEPTH}", place)
        for _ in range(count):
            term = self.app(builtin.SUCCESSOR, [term], place)
        return term

    def tuple_term(self, items: list[Term], place: Place) -> Term:
        return self.app(self.context.tuple_symbol(len(items)), items, place)

    def app(self, symbol: Symbol, arguments: list[Term], place: Place) -> Term:
        """`symbol(arguments)`, or `fail` where that is certain already."""
        for position, argument in enumerate(arguments):
            if argument is builtin.FAIL_TERM and self.evaluation.is_strict(symbol, position):
                return builtin.FAIL_TERM
        try:
            term = App(symbol, tuple(arguments))
        except LimitExceeded:
            raise self.context.error(
                f"the term is nested deeper than {MAXIMUM_DEPTH} symbols", place
            ) from None
        if term.size > MAXIMUM_SIZE:
            raise self.context.error(f"the term has more than {MAXIMUM_SIZE} symbols", place)
        return term

    def projection(self, symbol: Symbol, position: int) -> Symbol:
        projection = builtin.projection(symbol, position)
        self.destructors[projection.symbol] = projection
        return projection.symbol

    # --- applications ------------------------------------------------------------------------------

    def function(self, name: str, env: Environment) -> Symbol | None:
        """The symbol that `name(...)` applies, None where it is no function or one operator of several."""
        if name in _OPERATORS:
            return _OPERATORS[name]
        entry = env.get(name)
        return entry.symbol if isinstance(entry, FunctionEntry) else None

    def apply(self, call: tree.Apply, arguments: list[Typed], env: Environment) -> Typed:
        """`call.function` applied to the arguments, which are already terms."""
        name, place = call.function, call.place
        terms = [term for term, _ in arguments]
        types = [kind for _, kind in arguments]
        if name in ("choice", "diff"):
            self.context.refuse(f"{name} (observational equivalence)", place)
        if name in ("=", "<>"):
            if len(types) != 2 or types[0] != types[1]:
                raise self.context.error(
                    f"{name} expects two arguments of the same type but is given {argument_list(types)}",
                    place,
                )
            return self.app(_OPERATORS[name], terms, place), BOOL
        if name in ("&&", "||"):
            self.check_arguments(name, [BOOL, BOOL], arguments, place)
            return self.app(_OPERATORS[name], terms, place), BOOL
        if name in (">=", ">", "<=", "<"):
            self.check_arguments(name, [NAT, NAT], arguments, place)
            return self.comparison(name, terms[0], terms[1], place), BOOL
        if name in ("+", "-"):
            return self._arithmetic(call, arguments)
        entry = env.get(name)
        if isinstance(entry, FunctionEntry):
            symbol = entry.symbol
            if symbol is builtin.IS_NATURAL:
                self.check_arguments(name, [NAT], arguments, place)
            else:
                self.check_arguments(name, list(symbol.argument_types), arguments, place)
            if symbol.converter and self.context.ignore_types:
                return terms[0], symbol.result_type
            return self.app(symbol, terms, place), symbol.result_type
        if entry is not None:
            raise self.context.error(f"'{name}' is {kind_of(entry)}; a function is expected here", place)
        known = self.context.candidates(env, FunctionEntry, LetfunEntry)
        raise self.context.unknown("function", name, place, known)

    def comparison(self, operator: str, left: Term, right: Term, place: Place) -> Term:
        """`left operator right` by means of `>=`."""
        self.context.uses_naturals = True
        if operator in ("<=", "<"):
            left, right = right, left
        if operator in (">", "<"):
            right = self.successor(right, 1, place)
        return self.app(builtin.GREATER_EQUAL, [left, right], place)

    def _arithmetic(self, call: tree.Apply, arguments: list[Typed]) -> Typed:
        self.check_arguments(call.function, [NAT, NAT], arguments, call.place)
        base, second = arguments[0][0], call.arguments[1]
        if not isinstance(second, tree.Number):
            raise self.context.error(f"{call.function} expects a number on its right", second.place)
        self.context.uses_naturals = True
        if call.function == "+":
            return self.successor(base, second.value, call.place), NAT
        if second.value > MAXIMUM_DEPTH:
            raise self.context.error(
                f"the number {second.value} is larger than {MAXIMUM_DEPTH}", second.place
            )
        for _ in range(second.value):
            base = self.app(builtin.MINUS_ONE, [base], call.place)
        return base, NAT

    # --- checks ------------------------------------------------------------------------------------

    def expected_parameters(self, call: tree.Apply, entry: LetfunEntry) -> tuple[VariableEntry, ...]:
        if len(call.arguments) != len(entry.parameters):
            expected = argument_list([parameter.type for parameter in entry.parameters])
            raise self.context.error(
                f"letfun '{call.function}' expects {expected} but is given {len(call.arguments)}", call.place
            )
        return entry.parameters

    def is_variable(self, expression: tree.Expression, env: Environment) -> bool:
        """Whether the expression is the identifier of a variable, which a name bound by `new` is not.

        A variable is passed to a macro or `letfun` as it is, without evaluation: also one that may be `fail`
        to a parameter that may not (so ProVerif 2.05 does).
        """
        entry = env.get(expression.name) if isinstance(expression, tree.Identifier) else None
        return isinstance(entry, VariableEntry) and not entry.restriction

    def check_arguments(self, name: str, expected: list[str], given: list[Typed], place: Place) -> None:
        types = [kind for _, kind in given]
        if types != list(expected):
            raise self.context.error(
                f"'{name}' expects {argument_list(expected)} but is given {argument_list(types)}", place
            )

    def expect(self, kind: str, wanted: str, what: str, place: Place) -> None:
        if kind != wanted:
            raise self.context.error(f"{what} has type {kind} but should have type {wanted}", place)

    def same_branches(self, then: str, otherwise: str, place: Place) -> None:
        if then != otherwise:
            raise self.context.error(
                f"the two branches should have the same type, but have types {then} and {otherwise}", place
            )

    def check_not_referenced(self, name: str, place: Place) -> None:
        if name in self.context.global_references:
            raise self.context.error(
                f"'{name}' is bound inside an expression, so a query cannot refer to it", place,
                "bind it in a process, or rename one of the two",
            )  # fmt: skip

    def restriction(
        self, new: tree.TermNew | tree.New, env: Environment
    ) -> tuple[Variable, tuple[Variable, ...] | None]:
        """The variable of a `new` and what its name depends on."""
        kind = self.context.type_name(new.type, new.place, env.only_globals())
        if new.name in env:
            self.context.warn(f"identifier {new.name} rebound", new.place)
        if kind in (NAT, BOOL):
            raise self.context.error(f"the name '{new.name}' cannot have type {kind}", new.place)
        made = Variable(new.name, kind)
        if new.dependencies is None:
            return made, None
        dependencies: dict[Variable, None] = {}
        for name in new.dependencies:
            entry = env.get(name)
            if entry is None:
                known = self.context.candidates(env, VariableEntry)
                raise self.context.unknown("variable", name, new.place, known)
            if not isinstance(entry, VariableEntry) or entry.restriction:
                what = "a name" if isinstance(entry, VariableEntry) else kind_of(entry)
                raise self.context.error(f"'{name}' is {what}; a variable is expected here", new.place)
            # A parameter for which a term was substituted: what the term depends on determines it.
            dependencies.update(dict.fromkeys(variables(entry.term)))
        return made, tuple(dependencies)


def declared_table(context: Context, name: str, place: Place, env: Environment) -> Symbol:
    """The table called `name`."""
    entry = env.get(name)
    if isinstance(entry, TableEntry):
        return entry.symbol
    if entry is not None:
        raise context.error(f"'{name}' is {kind_of(entry)}, not a table", place)
    raise context.unknown("table", name, place, context.candidates(env, TableEntry))
