"""Type checking of expressions without effects, and their translation to terms.

An expression becomes one term. `new` in it, and intermediate results worth sharing, become statements to
run before the statement that the expression belongs to: the `prelude`. `if` and `let ... in ... else`
become the destructors `if-then-else`, `success?` and projections (Blanchet 2016, section 3.1.1). ProVerif
2.05 expands `let` in terms with the destructors catch-fail and not-caught-fail instead; `success?` says the
same. Expressions with `event`, `insert` or `get` are the business of `effects`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from appliedpi import builtin, core
from appliedpi.errors import LimitExceeded, Place
from appliedpi.syntax import tree
from appliedpi.terms import MAXIMUM_DEPTH, App, Kind, Symbol, Term, Variable, variables
from appliedpi.typing.environment import (
    BITSTRING,
    BOOL,
    NAT,
    Context,
    Environment,
    FunctionEntry,
    LetfunEntry,
    NameEntry,
    TableEntry,
    VariableEntry,
    argument_list,
    kind_of,
)
from appliedpi.typing.evaluation import Evaluation, is_immediate

Typed = tuple[Term, str]


@dataclass(frozen=True, slots=True)
class NewStep:
    variable: Variable
    dependencies: tuple[Variable, ...] | None
    place: Place


@dataclass(frozen=True, slots=True)
class LetStep:
    """`let pattern = term in ...`; the process stops where the term does not match."""

    pattern: core.Pattern
    term: Term
    place: Place


Prelude = list[NewStep | LetStep]

_OPERATORS: Final = {
    "=": builtin.EQUAL,
    "<>": builtin.DIFFERENT,
    "&&": builtin.AND,
    "||": builtin.OR,
}


def after(prelude: Prelude, body: core.Process) -> core.Process:
    """The statements of the prelude, then `body`."""
    for step in reversed(prelude):
        if isinstance(step, NewStep):
            body = core.New(
                occurrence=0,
                place=step.place,
                variable=step.variable,
                dependencies=step.dependencies,
                body=body,
            )
        else:
            stop = core.Nil(occurrence=0, place=step.place)
            body = core.Let(
                occurrence=0,
                place=step.place,
                pattern=step.pattern,
                term=step.term,
                body=body,
                otherwise=stop,
            )
    return body


class Expressions:
    """The expressions of one model. Methods raise InputError."""

    def __init__(self, context: Context, destructors: dict[Symbol, core.Destructor]) -> None:
        self.context = context
        self.destructors = destructors
        self.evaluation = Evaluation(destructors)
        # The variables of the patterns of the `get` whose condition is being read: ProVerif evaluates a `let`
        # in the condition before the `get`, so it rejects one that uses them.
        self.bound_by_get: frozenset[Variable] = frozenset()

    # --- expressions -------------------------------------------------------------------------------

    def term(
        self, expression: tree.Expression, env: Environment, prelude: Prelude | None, stops: bool
    ) -> Typed:
        """The term and type of an expression without effects.

        `prelude`: None in the condition of a `get`, where nothing may run before. `stops`: whether the
        process stops where this expression fails, so that a `let` without `else` in it may become a step of
        the prelude.
        """
        match expression:
            case tree.Identifier():
                return self.identifier(expression, env, prelude, stops)
            case tree.Number():
                return self.number(expression), NAT
            case tree.Tuple():
                items = [self.term(item, env, prelude, stops) for item in expression.items]
                return self.tuple_term([item for item, _ in items], expression.place), BITSTRING
            case tree.Apply():
                return self._apply(expression, env, prelude, stops)
            case tree.TermNew():
                return self._new(expression, env, prelude, stops)
            case tree.TermIf():
                return self._if(expression, env, prelude, stops)
            case tree.TermLet():
                value = self.term(expression.term, env, prelude, stops and expression.otherwise is None)
                return self._let(expression, value, env, prelude, stops)
            case tree.Fail():
                raise self.context.error("'fail' is only allowed in rewrite rules", expression.place)
            case tree.NewName() | tree.Any() | tree.LetIn():
                raise self.context.error("this form is only allowed in queries", expression.place)
            case _:
                raise self.context.error("event, insert and get are not allowed here", expression.place)

    def _apply(self, call: tree.Apply, env: Environment, prelude: Prelude | None, stops: bool) -> Typed:
        entry = env.get(call.function)
        if isinstance(entry, LetfunEntry):
            arguments = [
                self.term(argument, env, prelude, stops and not parameter.may_fail)
                for argument, parameter in zip(
                    call.arguments, self.expected_parameters(call, entry), strict=True
                )
            ]
            self.check_arguments(call.function, [p.type for p in entry.parameters], arguments, call.place)
            return self.letfun(entry, [argument for argument, _ in arguments], env, prelude, stops)
        symbol = self.function(call.function, env)
        arguments = []
        for position, argument in enumerate(call.arguments):
            strict = symbol is None or self.evaluation.is_strict(symbol, position)
            arguments.append(self.term(argument, env, prelude, stops and strict))
        return self.apply(call, arguments, env)

    def _new(self, new: tree.TermNew, env: Environment, prelude: Prelude | None, stops: bool) -> Typed:
        if prelude is None:
            raise self.context.error(
                "new, event and insert are not allowed in the condition of a get", new.place
            )
        variable, dependencies = self.restriction(new, env)
        self.check_not_referenced(new.name, new.place)
        prelude.append(NewStep(variable, dependencies, new.place))
        entry = VariableEntry(variable, variable.type, restriction=True)
        return self.term(new.body, env.bind(new.name, entry), prelude, stops)

    def _if(self, test: tree.TermIf, env: Environment, prelude: Prelude | None, stops: bool) -> Typed:
        condition, kind = self.term(test.condition, env, prelude, stops)
        self.expect(kind, BOOL, "the condition", test.condition.place)
        if test.otherwise is None and stops and prelude is not None and condition is not builtin.TRUE_TERM:
            prelude.append(LetStep(core.PatternEqual(builtin.TRUE_TERM), condition, test.place))
            return self.term(test.then, env, prelude, stops)
        constant = condition in (builtin.TRUE_TERM, builtin.FALSE_TERM)
        taken: Prelude | None = prelude if condition is not builtin.FALSE_TERM else self.scratch(prelude)
        then, then_type = self.term(test.then, env, taken, stops and constant)
        if test.otherwise is None:
            otherwise: Term = builtin.FAIL_TERM
        else:
            taken = prelude if condition is not builtin.TRUE_TERM else self.scratch(prelude)
            otherwise, other_type = self.term(test.otherwise, env, taken, stops and constant)
            self.same_branches(then_type, other_type, test.place)
        if condition is builtin.TRUE_TERM:
            return then, then_type
        if condition is builtin.FALSE_TERM:
            return otherwise, then_type
        return self.app(builtin.CONDITIONAL, [condition, then, otherwise], test.place), then_type

    def _let(
        self, let: tree.TermLet, value: Typed, env: Environment, prelude: Prelude | None, stops: bool
    ) -> Typed:
        """`let pattern = value in body else otherwise`, once the value is known."""
        terms = [
            self.term(term, env, prelude, stops and let.otherwise is None)
            for term in equal_terms(let.pattern)
        ]
        for bound in (value, *terms):
            self.check_before_get(bound[0], prelude, let.place)
        for name, place in pattern_names(let.pattern):
            self.check_not_referenced(name, place)
        pattern, inside, _ = self.pattern(let.pattern, terms, env, value[1])

        def body(bound: Environment, prelude: Prelude | None, stops: bool) -> Typed:
            return self.term(let.body, bound, prelude, stops)

        def otherwise(prelude: Prelude | None) -> Typed:
            assert let.otherwise is not None
            return self.term(let.otherwise, env, prelude, False)

        alternative = None if let.otherwise is None else otherwise
        return self._match(pattern, value[0], inside, body, alternative, prelude, stops, let.place)

    def _match(
        self,
        pattern: core.Pattern,
        value: Term,
        inside: Environment,
        body: Callable[[Environment, Prelude | None, bool], Typed],
        otherwise: Callable[[Prelude | None], Typed] | None,
        prelude: Prelude | None,
        stops: bool,
        place: Place,
    ) -> Typed:
        """The term for `let pattern = value in body else otherwise` (no `otherwise`: `fail`)."""
        if isinstance(pattern, core.PatternVariable) and not self.evaluation.may_fail(value):
            shared = self.share(pattern.variable, value, prelude, place)
            result = body(_rebound(inside, {pattern.variable: shared}), prelude, stops)
            if otherwise is not None:
                self.same_branches(result[1], otherwise(self.scratch(prelude))[1], place)
            return result
        if stops and otherwise is None and prelude is not None:
            prelude.append(LetStep(pattern, value, place))
            return body(inside, prelude, stops)
        test, bound = self._test(pattern, value, prelude, place)
        then, kind = body(_rebound(inside, bound), prelude, False)
        failing: Term = builtin.FAIL_TERM
        if otherwise is not None:
            failing, other_kind = otherwise(prelude)
            self.same_branches(kind, other_kind, place)
        return self.app(builtin.CONDITIONAL, [test, then, failing], place), kind

    def _test(
        self, pattern: core.Pattern, value: Term, prelude: Prelude | None, place: Place
    ) -> tuple[Term, dict[Variable, Term]]:
        """A term that never fails and says whether `value` matches, and the terms for the variables, which
        may be used where it does."""
        tests: list[Term] = []
        if self.evaluation.may_fail(value):
            succeeds = self.app(builtin.SUCCEEDS, [value], place)
            if prelude is None:
                tests.append(succeeds)
            else:
                # Evaluated once and never failing, so that it may run even where its result is not used.
                tests.append(self.share(Variable("matches", BOOL), succeeds, prelude, place))
                caught = self.app(builtin.CONDITIONAL, [tests[-1], value, builtin.TRUE_TERM], place)
                value = self.share(Variable("matched", BITSTRING), caught, prelude, place)
        else:
            value = self.share(Variable("matched", BITSTRING), value, prelude, place)
        bound: dict[Variable, Term] = {}
        equalities: list[Term] = []
        stack: list[tuple[core.Pattern, Term]] = [(pattern, value)]
        while stack:
            current, subject = stack.pop()
            match current:
                case core.PatternVariable():
                    bound[current.variable] = subject
                case core.PatternEqual():
                    if self.evaluation.may_fail(current.term):
                        equalities.append(self.app(builtin.SUCCEEDS, [current.term], place))
                    equalities.append(self.app(builtin.EQUAL, [subject, current.term], place))
                case core.PatternData() if not current.arguments:
                    equalities.append(self.app(builtin.EQUAL, [subject, App(current.symbol)], place))
                case core.PatternData():
                    parts = [
                        self.app(self.projection(current.symbol, position), [subject], place)
                        for position in range(len(current.arguments))
                    ]
                    tests.append(self.app(builtin.SUCCEEDS, [parts[0]], place))
                    stack.extend(reversed(list(zip(current.arguments, parts, strict=True))))
        result: Term = builtin.TRUE_TERM
        for test in reversed(tests + equalities):
            result = test if result is builtin.TRUE_TERM else self.app(builtin.AND, [test, result], place)
        result = self.share(Variable("matches", BOOL), result, prelude, place)
        for variable, subject in bound.items():
            if not is_immediate(subject) and prelude is not None:
                guarded = self.app(builtin.CONDITIONAL, [result, subject, builtin.TRUE_TERM], place)
                bound[variable] = self.share(variable, guarded, prelude, place)
        return result, bound

    def letfun(
        self,
        entry: LetfunEntry,
        arguments: list[Term],
        env: Environment,
        prelude: Prelude | None,
        stops: bool,
    ) -> Typed:
        """The body of the `letfun` with the arguments for its parameters."""
        place = entry.declaration.place
        entries: dict[str, VariableEntry] = {}
        guards: list[Term] = []
        for tree_parameter, parameter, argument in zip(
            entry.declaration.parameters, entry.parameters, arguments, strict=True
        ):
            value = argument
            if not isinstance(argument, Variable):
                self.check_before_get(argument, prelude, place)
            if self.evaluation.may_fail(argument) and not parameter.may_fail:
                if stops and prelude is not None:
                    value = Variable(tree_parameter.name, parameter.type)
                    prelude.append(LetStep(core.PatternVariable(value), argument, place))
                else:
                    pattern = core.PatternVariable(Variable(tree_parameter.name, parameter.type))
                    test, bound = self._test(pattern, argument, prelude, place)
                    guards.append(test)
                    value = bound[pattern.variable]
            elif not self.evaluation.may_fail(argument):
                value = self.argument(tree_parameter.name, parameter, argument, prelude, place)
            entries[tree_parameter.name] = VariableEntry(value, parameter.type, parameter.may_fail)
        inside = env.only_globals().bind_all(entries)
        result, _ = self.term(entry.declaration.body, inside, prelude, stops and not guards)
        for guard in reversed(guards):
            result = self.app(builtin.CONDITIONAL, [guard, result, builtin.FAIL_TERM], place)
        return result, entry.result_type

    # --- parts -------------------------------------------------------------------------------------

    def identifier(
        self, identifier: tree.Identifier, env: Environment, prelude: Prelude | None, stops: bool
    ) -> Typed:
        entry = env.get(identifier.name)
        match entry:
            case VariableEntry():
                return entry.term, entry.type
            case NameEntry():
                return App(entry.symbol), entry.symbol.result_type
            case FunctionEntry():
                if entry.symbol.arity == 0:
                    return App(entry.symbol), entry.symbol.result_type
                expected = argument_list(entry.symbol.argument_types)
                raise self.context.error(
                    f"function '{identifier.name}' expects {expected} but is used without arguments",
                    identifier.place,
                )
            case LetfunEntry():
                if not entry.parameters:
                    return self.letfun(entry, [], env, prelude, stops)
                expected = argument_list([parameter.type for parameter in entry.parameters])
                raise self.context.error(
                    f"letfun '{identifier.name}' expects {expected} but is used without arguments",
                    identifier.place,
                )
            case None:
                known = self.context.candidates(env, VariableEntry, NameEntry, FunctionEntry, LetfunEntry)
                raise self.context.unknown("identifier", identifier.name, identifier.place, known)
            case _:
                raise self.context.error(
                    f"'{identifier.name}' is {kind_of(entry)}; "
                    "a variable, a function or a name is expected here",
                    identifier.place,
                )

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
            return App(symbol, tuple(arguments))
        except LimitExceeded:
            raise self.context.error(
                f"the term is nested deeper than {MAXIMUM_DEPTH} symbols", place
            ) from None

    def projection(self, symbol: Symbol, position: int) -> Symbol:
        projection = builtin.projection(symbol, position)
        self.destructors[projection.symbol] = projection
        return projection.symbol

    def share(self, variable: Variable, value: Term, prelude: Prelude | None, place: Place) -> Term:
        """A term equal to `value` (which never fails) that may be used several times."""
        if prelude is None or is_immediate(value):
            return value
        prelude.append(LetStep(core.PatternVariable(variable), value, place))
        return variable

    def argument(
        self, name: str, parameter: VariableEntry, value: Term, prelude: Prelude | None, place: Place
    ) -> Term:
        """A term for the parameter `name` of a `letfun`, whose argument never fails."""
        if is_immediate(value) and (not isinstance(value, Variable) or value in self.context.names):
            self.context.substituted.append(name)
        return self.share(Variable(name, parameter.type), value, prelude, place)

    def scratch(self, prelude: Prelude | None) -> Prelude | None:
        """Where the steps of a branch go that is checked but not used."""
        return None if prelude is None else []

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

    def check_before_get(self, value: Term, prelude: Prelude | None, place: Place) -> None:
        """Raises InputError where a term bound in the condition of a `get` uses a variable of its patterns."""
        if prelude is None and any([variable in self.bound_by_get for variable in variables(value)]):
            raise self.context.error(
                "a let in the condition of a get cannot use the variables of its patterns",
                place,
                "use them directly, or test after the get",
            )

    # --- checks ------------------------------------------------------------------------------------

    def expected_parameters(self, call: tree.Apply, entry: LetfunEntry) -> tuple[VariableEntry, ...]:
        if len(call.arguments) != len(entry.parameters):
            expected = argument_list([parameter.type for parameter in entry.parameters])
            raise self.context.error(
                f"letfun '{call.function}' expects {expected} but is given {len(call.arguments)}", call.place
            )
        return entry.parameters

    def check_arguments(self, name: str, expected: list[str], given: list[Typed], place: Place) -> None:
        types = [kind for _, kind in given]
        if len(types) != len(expected) or any(
            [want not in (have, "any") for want, have in zip(expected, types, strict=True)]
        ):
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
        self.context.names.add(made)
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

    # --- patterns ----------------------------------------------------------------------------------

    def pattern(
        self,
        pattern: tree.PatternTree,
        terms: list[Typed],
        env: Environment,
        expected: str | None,
        inside: Environment | None = None,
    ) -> tuple[core.Pattern, Environment, str]:
        """The pattern, the environment that its variables extend, and its type.

        `terms` are the terms of its `=M`, in order (consumed). `expected` is the type of what is matched,
        where it is known.
        """
        inside = env if inside is None else inside
        context = self.context
        match pattern:
            case tree.VariablePattern():
                return self._variable_pattern(pattern, env, inside, expected)
            case tree.EqualPattern():
                term, kind = terms.pop(0)
                if expected is not None:
                    self.expect(kind, expected, "the pattern", pattern.place)
                return core.PatternEqual(term), inside, kind
            case tree.NumberPattern():
                if expected is not None:
                    self.expect(NAT, expected, "the pattern", pattern.place)
                return (
                    core.PatternEqual(self.number(tree.Number(pattern.value, place=pattern.place))),
                    inside,
                    NAT,
                )
            case tree.TuplePattern():
                if expected is not None:
                    self.expect(BITSTRING, expected, "the pattern", pattern.place)
                parts: list[core.Pattern] = []
                for item in pattern.items:
                    part, inside, _ = self.pattern(item, terms, env, None, inside)
                    parts.append(part)
                return core.PatternData(context.tuple_symbol(len(parts)), tuple(parts)), inside, BITSTRING
            case tree.DataPattern(function="+"):
                return self._sum_pattern(pattern, terms, env, expected, inside)
            case tree.DataPattern():
                return self._data_pattern(pattern, terms, env, expected, inside)

    def _variable_pattern(
        self, pattern: tree.VariablePattern, env: Environment, inside: Environment, expected: str | None
    ) -> tuple[core.Pattern, Environment, str]:
        shown = "_" if pattern.name is None else pattern.name
        if pattern.type is None:
            if expected is None:
                raise self.context.error(
                    f"the type of '{shown}' is not known here", pattern.place, f"write {shown}: bitstring"
                )
            kind = expected
        else:
            kind = self.context.type_name(pattern.type, pattern.place, env.only_globals())
            if expected is not None and kind != expected:
                raise self.context.error(
                    f"'{shown}' is declared of type {kind} but is bound to a term of type {expected}",
                    pattern.place,
                )
        variable = Variable(shown, kind)
        if pattern.name is None:
            return core.PatternVariable(variable), inside, kind
        if pattern.name in inside:
            self.context.warn(f"identifier {pattern.name} rebound", pattern.place)
        return core.PatternVariable(variable), inside.bind(shown, VariableEntry(variable, kind)), kind

    def _data_pattern(
        self,
        pattern: tree.DataPattern,
        terms: list[Typed],
        env: Environment,
        expected: str | None,
        inside: Environment,
    ) -> tuple[core.Pattern, Environment, str]:
        name, place = pattern.function, pattern.place
        entry = env.get(name)
        if name in ("choice", "diff"):
            self.context.refuse(f"{name} (observational equivalence)", place)
        if entry is None:
            raise self.context.unknown("function", name, place, self.context.candidates(env, FunctionEntry))
        if not isinstance(entry, FunctionEntry):
            raise self.context.error(
                f"'{name}' is {kind_of(entry)}; a data constructor is expected here", place
            )
        symbol = entry.symbol
        if expected is not None:
            self.expect(symbol.result_type, expected, "the pattern", place)
        if symbol.arity != len(pattern.arguments):
            raise self.context.error(
                f"'{name}' expects {argument_list(symbol.argument_types)} "
                f"but is given {len(pattern.arguments)}",
                place,
            )
        if not symbol.data and not symbol.converter:
            raise self.context.error(
                f"only data constructors are allowed in patterns, and '{name}' is not one", place,
                f"declare {name} with [data]" if symbol.kind is Kind.CONSTRUCTOR else None,
            )  # fmt: skip
        parts: list[core.Pattern] = []
        for argument, kind in zip(pattern.arguments, symbol.argument_types, strict=True):
            part, inside, _ = self.pattern(argument, terms, env, kind, inside)
            parts.append(part)
        if symbol.converter and self.context.ignore_types:
            return parts[0], inside, symbol.result_type
        return core.PatternData(symbol, tuple(parts)), inside, symbol.result_type

    def _sum_pattern(
        self,
        pattern: tree.DataPattern,
        terms: list[Typed],
        env: Environment,
        expected: str | None,
        inside: Environment,
    ) -> tuple[core.Pattern, Environment, str]:
        if expected is not None:
            self.expect(NAT, expected, "the pattern", pattern.place)
        inner, inside, _ = self.pattern(pattern.arguments[0], terms, env, NAT, inside)
        added = pattern.arguments[1]
        if not isinstance(added, tree.NumberPattern):
            raise self.context.error("+ expects a number on its right", added.place)
        self.context.uses_naturals = True
        if added.value > MAXIMUM_DEPTH:
            raise self.context.error(f"the number {added.value} is larger than {MAXIMUM_DEPTH}", added.place)
        for _ in range(added.value):
            inner = core.PatternData(builtin.SUCCESSOR, (inner,))
        return inner, inside, NAT


def equal_terms(pattern: tree.PatternTree) -> list[tree.Expression]:
    """The terms M of the `=M` in a pattern, in order."""
    return [part.term for part in _parts(pattern) if isinstance(part, tree.EqualPattern)]


def pattern_names(pattern: tree.PatternTree) -> list[tuple[str, Place]]:
    """The variables that a pattern binds, in order."""
    return [
        (part.name, part.place)
        for part in _parts(pattern)
        if isinstance(part, tree.VariablePattern) and part.name is not None
    ]


def _parts(pattern: tree.PatternTree) -> list[tree.PatternTree]:
    """The pattern and the patterns inside it, in pre-order."""
    found: list[tree.PatternTree] = []
    stack = [pattern]
    while stack:
        current = stack.pop()
        found.append(current)
        if isinstance(current, tree.TuplePattern):
            stack.extend(reversed(current.items))
        elif isinstance(current, tree.DataPattern):
            stack.extend(reversed(current.arguments))
    return found


def _rebound(env: Environment, replacement: dict[Variable, Term]) -> Environment:
    """The environment where the identifiers of these variables stand for the given terms."""
    changed = {
        name: VariableEntry(replacement[entry.term], entry.type)
        for name, entry in env.locals.items()
        if isinstance(entry.term, Variable) and entry.term in replacement
    }
    return env.bind_all(changed)


def declared_table(context: Context, name: str, place: Place, env: Environment) -> Symbol:
    """The table called `name`."""
    entry = env.get(name)
    if isinstance(entry, TableEntry):
        return entry.symbol
    if entry is not None:
        raise context.error(f"'{name}' is {kind_of(entry)}, not a table", place)
    raise context.unknown("table", name, place, context.candidates(env, TableEntry))
