"""Type checking of expressions without effects, and their translation to terms.

An expression becomes one term. `new` in it, and intermediate results worth sharing, become statements to
run before the statement that the expression belongs to: the `prelude`. `if` and `let ... in ... else`
become the destructors `if-then-else`, `success?` and projections (Blanchet 2016, section 2.1). ProVerif
2.05 expands `let` in terms with the destructors catch-fail and not-caught-fail instead; `success?` says the
same. Expressions with `event`, `insert` or `get` are the business of `effects`.
"""

from __future__ import annotations

from collections.abc import Callable

from appliedpi import builtin, core
from appliedpi.errors import Place
from appliedpi.syntax import tree
from appliedpi.terms import App, Term, Variable, variables
from appliedpi.typing.applications import Typed
from appliedpi.typing.environment import (
    BITSTRING,
    BOOL,
    NAT,
    Environment,
    FunctionEntry,
    LetfunEntry,
    NameEntry,
    VariableEntry,
    argument_list,
    kind_of,
)
from appliedpi.typing.evaluation import is_immediate
from appliedpi.typing.patterns import Patterns, equal_terms, pattern_names
from appliedpi.typing.prelude import LetStep, NewStep, Prelude


class Expressions(Patterns):
    """The expressions of one model. Methods raise InputError."""

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
            parameters = self.expected_parameters(call, entry)
            arguments = [
                self.term(argument, env, prelude, stops and not parameter.may_fail)
                for argument, parameter in zip(call.arguments, parameters, strict=True)
            ]
            self.check_arguments(call.function, [p.type for p in parameters], arguments, call.place)
            variables = [self.is_variable(argument, env) for argument in call.arguments]
            return self.letfun(entry, [term for term, _ in arguments], variables, env, prelude, stops)
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
            if shared is value:
                self.context.substituted.append(pattern.variable.name)
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
            else:
                self.context.substituted.append(variable.name)
        return result, bound

    def letfun(
        self,
        entry: LetfunEntry,
        arguments: list[Term],
        variables: list[bool],
        env: Environment,
        prelude: Prelude | None,
        stops: bool,
    ) -> Typed:
        """The body of the `letfun` with the arguments for its parameters.

        `variables`: which arguments are variables, which stand for the parameter as they are.
        """
        if self.context.declaring:
            return Variable("result", entry.result_type, may_fail=True), entry.result_type
        place = entry.declaration.place
        self.context.count(place)
        entries: dict[str, VariableEntry] = {}
        guards: list[Term] = []
        for tree_parameter, parameter, argument, is_variable in zip(
            entry.declaration.parameters, entry.parameters, arguments, variables, strict=True
        ):
            value = argument
            if not is_variable:
                self.check_before_get(argument, prelude, place)
            if is_variable:
                pass
            elif self.evaluation.may_fail(argument) and not parameter.may_fail:
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
            entries[tree_parameter.name] = VariableEntry(value, parameter.type)
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
                    return self.letfun(entry, [], [], env, prelude, stops)
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
        if is_immediate(value):
            self.context.substituted.append(name)
        return self.share(Variable(name, parameter.type), value, prelude, place)

    def scratch(self, prelude: Prelude | None) -> Prelude | None:
        """Where the steps of a branch go that is checked but not used."""
        return None if prelude is None else []

    def check_before_get(self, value: Term, prelude: Prelude | None, place: Place) -> None:
        """Raises InputError where a term bound in the condition of a `get` uses its variables."""
        if prelude is None and not self.bound_by_get.isdisjoint(variables(value)):
            raise self.context.error(
                "a let in the condition of a get cannot use the variables of its patterns",
                place,
                "use them directly, or test after the get",
            )


def _rebound(env: Environment, replacement: dict[Variable, Term]) -> Environment:
    """The environment where the identifiers of these variables stand for the given terms."""
    changed = {
        name: VariableEntry(replacement[entry.term], entry.type)
        for name, entry in env.locals.items()
        if isinstance(entry.term, Variable) and entry.term in replacement
    }
    return env.bind_all(changed)
