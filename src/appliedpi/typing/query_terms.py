"""Terms of queries: constructors, free names, variables, and names made by `new` in the process."""

from __future__ import annotations

from appliedpi import core
from appliedpi.errors import Place
from appliedpi.syntax import tree
from appliedpi.terms import App, Kind, Symbol, Term, Variable
from appliedpi.typing.applications import Typed
from appliedpi.typing.environment import (
    BITSTRING,
    NAT,
    SESSION,
    TIME,
    Context,
    Environment,
    FunctionEntry,
    NameEntry,
    VariableEntry,
    kind_of,
)
from appliedpi.typing.expressions import Expressions
from appliedpi.typing.restrictions import Restriction, restrictions


class QueryTerms:
    """Reads the terms of one model's queries. Methods raise InputError."""

    def __init__(self, expressions: Expressions, process: core.Process) -> None:
        self.expressions = expressions
        self.context: Context = expressions.context
        self.restrictions = restrictions(process)

    def term(self, expression: tree.Expression, environment: Environment) -> Typed:
        """The term and its type."""
        context = self.context
        match expression:
            case tree.Identifier():
                entry = environment.get(expression.name)
                if isinstance(entry, VariableEntry):
                    return entry.term, entry.type
                if isinstance(entry, NameEntry):
                    return App(entry.symbol), entry.symbol.result_type
                if entry is None:
                    known = context.candidates(environment, VariableEntry, NameEntry, FunctionEntry)
                    advice = None
                    if expression.name in self.restrictions:
                        advice = f"for the name made by a restriction, write: new {expression.name}"
                        raise context.error(
                            f"identifier '{expression.name}' is not declared", expression.place, advice
                        )
                    raise context.unknown("identifier", expression.name, expression.place, known)
                return self._apply(tree.Apply(expression.name, (), place=expression.place), environment)
            case tree.Number():
                return self.expressions.number(expression), NAT
            case tree.Tuple():
                items = [self.term(item, environment) for item in expression.items]
                if any([kind == TIME for _, kind in items]):
                    raise context.error("a term of type time cannot occur in a tuple", expression.place)
                return self.expressions.tuple_term([item for item, _ in items], expression.place), BITSTRING
            case tree.Apply():
                return self._apply(expression, environment)
            case tree.NewName():
                return self._name(expression, environment)
            case tree.LetIn():
                return self.term(expression.body, self.bound(expression, environment))
            case tree.Any():
                raise context.error("*variable is only allowed in nounif and select", expression.place)
            case _:
                raise context.error("this form is not allowed in a query", expression.place)

    def bound(self, let: tree.LetIn, environment: Environment) -> Environment:
        """The environment where the name of the `let` stands for its term."""
        if isinstance(environment.get(let.name), VariableEntry):
            raise self.context.error(f"the variable '{let.name}' is already defined", let.place)
        term, kind = self.term(let.term, environment)
        if kind == TIME:
            raise self.context.error("a let cannot bind a term of type time", let.place)
        return environment.bind(let.name, VariableEntry(term, kind))

    def applied(self, symbol: Symbol, arguments: list[Typed], call: tree.Apply) -> Term:
        """`symbol(arguments)` after a check of the types."""
        self.expressions.check_arguments(call.function, list(symbol.argument_types), arguments, call.place)
        return self.expressions.app(symbol, [term for term, _ in arguments], call.place)

    def type_of(self, term: Term) -> str:
        """The type by its head symbol."""
        if isinstance(term, Variable):
            return term.type
        assert term.symbol is not None
        return term.symbol.result_type

    def _apply(self, call: tree.Apply, environment: Environment) -> Typed:
        context, name, place = self.context, call.function, call.place
        if name in ("choice", "diff"):
            context.refuse(f"{name} (observational equivalence)", place)
        if call.phase is not None or call.at is not None:
            raise context.error("a phase or time is not allowed inside a term", place)
        if name == "+":
            summands = [self.term(argument, environment) for argument in call.arguments]
            return self.expressions.apply(call, summands, environment)
        entry = environment.get(name)
        symbol = (
            entry.symbol if isinstance(entry, FunctionEntry) else self.expressions.function(name, environment)
        )
        if symbol is None:
            if entry is None and name.isidentifier() and name not in ("event", "attacker", "mess", "table"):
                raise context.unknown("function", name, place, context.candidates(environment, FunctionEntry))
            what = f"'{name}' is {kind_of(entry)}" if entry is not None else f"'{name}'"
            raise context.error(f"{what} and cannot occur inside a term of a query", place)
        if symbol.kind is not Kind.CONSTRUCTOR:
            raise context.error(
                f"'{name}' is defined by rewrite rules and cannot occur in a query", place,
                "state the query on the terms that it takes apart",
            )  # fmt: skip
        arguments = [self.term(argument, environment) for argument in call.arguments]
        self.expressions.check_arguments(name, list(symbol.argument_types), arguments, place)
        if symbol.converter and context.ignore_types:
            return arguments[0][0], symbol.result_type
        return self.applied(symbol, arguments, call), symbol.result_type

    # --- names of restrictions ---------------------------------------------------------------------

    def restriction(self, name: str, place: Place) -> Restriction:
        """The one restriction of that name."""
        found = self.restrictions.get(name, [])
        if not found:
            raise self.context.unknown("restriction", name, place, self.restrictions)
        if len(found) > 1:
            raise self.context.error(
                f"'new {name}' is ambiguous: {len(found)} restrictions of the process bind {name}", place,
                "give the restrictions different names; a process macro used twice contains two of them",
            )  # fmt: skip
        return found[0]

    def _name(self, name: tree.NewName, environment: Environment) -> Typed:
        restriction = self.restriction(name.name, name.place)
        types: list[str] = []
        values: list[Term] = []
        for bound, expression in name.bindings:
            expected = self._binding_type(bound, name, restriction)
            term, kind = self.term(expression, environment)
            if kind != expected:
                raise self.context.error(
                    f"'{bound}' has type {expected} but is given a value of type {kind}", expression.place
                )
            if expected == SESSION and not isinstance(term, Variable):
                raise self.context.error("a session identifier must be a variable", expression.place)
            types.append(expected)
            values.append(term)
        symbol = Symbol(
            name.name, types, restriction.variable.type, Kind.BOUND_NAME, private=True,
            bindings=tuple([bound for bound, _ in name.bindings]),
        )  # fmt: skip
        return self.expressions.app(symbol, values, name.place), restriction.variable.type

    def _binding_type(self, bound: str, name: tree.NewName, restriction: Restriction) -> str:
        if bound.startswith("!"):
            number = bound[1:]
            if not number.isdigit() or not 1 <= int(number) <= restriction.replications:
                raise self.context.error(
                    f"'{bound}' names no replication: '{name.name}' is under {restriction.replications}",
                    name.place,
                )
            return SESSION
        if bound not in restriction.scope:
            raise self.context.unknown(
                f"at 'new {name.name}', the variable", bound, name.place, restriction.scope
            )
        return restriction.scope[bound].type
