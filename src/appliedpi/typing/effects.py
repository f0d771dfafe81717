"""Expressions with effects: `event`, `insert` and `get` inside a term become statements of the process.

Written in continuation-passing style: `expand(e, k)` is the process that evaluates e and goes on with
`k(term)`. Arguments are evaluated from left to right. Where an `if`, `let` or `get` inside the expression
has effects in its branches, each branch continues with its own copy of the rest of the process, with fresh
binders, because `k` elaborates the rest anew (so does ProVerif 2.05, which copies the process).
"""

from __future__ import annotations

from collections.abc import Callable

from appliedpi import builtin, core
from appliedpi.errors import Place
from appliedpi.syntax import tree
from appliedpi.terms import App, Term, Variable
from appliedpi.typing.applications import Typed
from appliedpi.typing.environment import BITSTRING, BOOL, Environment, LetfunEntry, VariableEntry
from appliedpi.typing.expressions import Expressions
from appliedpi.typing.patterns import equal_terms, pattern_names
from appliedpi.typing.prelude import Prelude, after
from appliedpi.typing.statements import Continuation, Statements, make_let


class _Outcome:
    """A continuation (`go_on`) that remembers the type it was given, to check that all branches agree.

    A method and no `__call__`, which would take C stack (see `appliedpi.recursion`).
    """

    def __init__(
        self,
        expressions: Expressions,
        goes_on: Continuation,
        stops: bool,
        place: Place,
        type: str | None = None,
    ) -> None:
        self._expressions = expressions
        self._goes_on = goes_on
        self._stops = stops
        self._place = place
        self._type = type

    def go_on(self, term: Term, kind: str) -> core.Process:
        if self._type is None:
            self._type = kind
        self._expressions.same_branches(self._type, kind, self._place)
        return self._goes_on(term, kind)

    def failure(self) -> core.Process:
        """What happens where the expression fails; to be asked after some branch has given the type."""
        assert self._type is not None
        if self._stops:
            return core.Nil(occurrence=0, place=self._place)
        return self._goes_on(builtin.FAIL_TERM, self._type)


class Effects(Statements):
    """Expands expressions of any kind. Methods raise InputError."""

    def expand(
        self, expression: tree.Expression, env: Environment, stops: bool, goes_on: Continuation
    ) -> core.Process:
        """The process that evaluates the expression and continues; see `Expressions.term` for `stops`."""
        self.context.count(expression.place)
        if not self.analysis.has_effects(expression, env):
            prelude: Prelude = []
            term, kind = self.expressions.term(expression, env, prelude, stops)
            return after(prelude, goes_on(term, kind))
        match expression:
            case tree.Tuple():

                def tuple_done(items: list[Typed]) -> core.Process:
                    made = self.expressions.tuple_term([item for item, _ in items], expression.place)
                    return goes_on(made, BITSTRING)

                return self.expand_all(list(expression.items), env, stops, tuple_done)
            case tree.Apply() | tree.Identifier():
                return self._apply(expression, env, stops, goes_on)
            case tree.TermNew():
                return self._new(expression, env, stops, goes_on)
            case tree.TermIf():
                return self._if(expression, env, stops, goes_on)
            case tree.TermLet():
                return self._let(expression, env, stops, goes_on)
            case tree.TermEvent():
                return self._event(expression, env, stops, goes_on)
            case tree.TermInsert():
                return self._insert(expression, env, stops, goes_on)
            case tree.TermGet():
                return self._get(expression, env, stops, goes_on)
            case _:
                raise AssertionError(f"no effects in {expression!r}")

    def _apply(
        self, call: tree.Apply | tree.Identifier, env: Environment, stops: bool, goes_on: Continuation
    ) -> core.Process:
        if isinstance(call, tree.Identifier):
            call = tree.Apply(call.name, (), place=call.place)
        entry = env.get(call.function)
        if isinstance(entry, LetfunEntry):
            return self._letfun(call, entry, env, stops, goes_on)
        called = call

        def applied(arguments: list[Typed]) -> core.Process:
            term, kind = self.expressions.apply(called, arguments, env)
            return goes_on(term, kind)

        symbol = self.expressions.function(call.function, env)
        strict = self.expressions.evaluation.is_strict
        flags = [
            stops and (symbol is None or strict(symbol, position)) for position in range(len(call.arguments))
        ]
        return self.expand_all(list(call.arguments), env, flags, applied)

    def _letfun(
        self, call: tree.Apply, entry: LetfunEntry, env: Environment, stops: bool, goes_on: Continuation
    ) -> core.Process:
        """The arguments from left to right, each bound before the next is evaluated; then the body.

        Where one fails, neither the later ones nor the body are evaluated.
        """
        parameters = self.expressions.expected_parameters(call, entry)
        outcome = _Outcome(self.expressions, goes_on, stops, call.place, entry.result_type)

        def bind(position: int, entries: dict[str, VariableEntry]) -> core.Process:
            if position == len(parameters):
                return self._body(entry, entries, env, stops, outcome)
            argument, parameter = call.arguments[position], parameters[position]
            name = entry.declaration.parameters[position].name

            def bound(term: Term, kind: str) -> core.Process:
                what = f"argument {position + 1} of '{call.function}'"
                self.expressions.expect(kind, parameter.type, what, argument.place)

                def rest(value: Term) -> core.Process:
                    return bind(position + 1, {**entries, name: VariableEntry(value, parameter.type)})

                if self.expressions.is_variable(argument, env):
                    return rest(term)
                if not self.expressions.evaluation.may_fail(term):
                    prelude: Prelude = []
                    value = self.expressions.argument(name, parameter, term, prelude, argument.place)
                    return after(prelude, rest(value))
                if parameter.may_fail:
                    return rest(term)
                variable = Variable(name, parameter.type)
                return self._evaluated([(variable, term)], lambda: rest(variable), outcome, argument.place)

            return self.expand(argument, env, stops and not parameter.may_fail, bound)

        return bind(0, {})

    def _body(
        self,
        entry: LetfunEntry,
        entries: dict[str, VariableEntry],
        env: Environment,
        stops: bool,
        outcome: _Outcome,
    ) -> core.Process:
        if self.context.declaring:
            return outcome.go_on(Variable("result", entry.result_type, may_fail=True), entry.result_type)
        inside = env.only_globals().bind_all(entries)
        body = entry.declaration.body
        return self.expand(body, inside, stops, lambda term, _: outcome.go_on(term, entry.result_type))

    def _new(self, new: tree.TermNew, env: Environment, stops: bool, goes_on: Continuation) -> core.Process:
        variable, dependencies = self.expressions.restriction(new, env)
        self.expressions.check_not_referenced(new.name, new.place)
        entry = VariableEntry(variable, variable.type, restriction=True)
        body = self.expand(new.body, env.bind(new.name, entry), stops, goes_on)
        return core.New(
            occurrence=0, place=new.place, variable=variable, dependencies=dependencies, body=body
        )

    def _if(self, test: tree.TermIf, env: Environment, stops: bool, goes_on: Continuation) -> core.Process:
        outcome = _Outcome(self.expressions, goes_on, stops, test.place)
        place = test.place

        def decided(condition: Term, kind: str) -> core.Process:
            self.expressions.expect(kind, BOOL, "the condition", test.condition.place)
            then = self.expand(test.then, env, stops, outcome.go_on)
            if test.otherwise is None:
                otherwise = outcome.failure()
            else:
                otherwise = self.expand(test.otherwise, env, stops, outcome.go_on)
            if condition is builtin.TRUE_TERM:
                return then
            if condition is builtin.FALSE_TERM:
                return otherwise
            if condition is builtin.FAIL_TERM:
                return outcome.failure()
            if not self.expressions.evaluation.may_fail(condition):
                return core.If(occurrence=0, place=place, condition=condition, body=then, otherwise=otherwise)
            tested = Variable("condition", BOOL)
            decision = core.If(occurrence=0, place=place, condition=tested, body=then, otherwise=otherwise)
            return core.Let(
                occurrence=0, place=place, pattern=core.PatternVariable(tested), term=condition,
                body=decision, otherwise=outcome.failure(),
            )  # fmt: skip

        return self.expand(test.condition, env, stops, decided)

    def _let(self, let: tree.TermLet, env: Environment, stops: bool, goes_on: Continuation) -> core.Process:
        outcome = _Outcome(self.expressions, goes_on, stops, let.place)
        fails = stops and let.otherwise is None
        # ProVerif evaluates the terms of the pattern even where the value fails.
        value_stops = fails and not self.analysis.any([*equal_terms(let.pattern)], env)
        for name, place in pattern_names(let.pattern):
            self.expressions.check_not_referenced(name, place)

        def evaluated(value: Term, kind: str) -> core.Process:
            def matched(patterns: list[core.Pattern], inside: Environment) -> core.Process:
                body = self.expand(let.body, inside, stops, outcome.go_on)
                otherwise = (
                    outcome.failure() if let.otherwise is None
                    else self.expand(let.otherwise, env, stops, outcome.go_on)
                )  # fmt: skip
                return make_let(self.expressions, patterns[0], value, body, otherwise, let.place)

            return self.expand_pattern([let.pattern], env, [kind], fails, matched)

        return self.expand(let.term, env, value_stops, evaluated)

    def _event(
        self, event: tree.TermEvent, env: Environment, stops: bool, goes_on: Continuation
    ) -> core.Process:
        outcome = _Outcome(self.expressions, goes_on, stops, event.place)

        def evaluated(arguments: list[Typed]) -> core.Process:
            def made(terms: list[Term]) -> core.Process:
                term = self.event(event.event, [*zip(terms, types, strict=True)], event.place, env)
                body = self.expand(event.body, env, stops, outcome.go_on)
                return core.Event(occurrence=0, place=event.place, term=term, body=body)

            types = [kind for _, kind in arguments]
            return self._with_arguments([term for term, _ in arguments], made, outcome, event.place)

        return self.expand_all(list(event.arguments), env, stops, evaluated)

    def _insert(
        self, insert: tree.TermInsert, env: Environment, stops: bool, goes_on: Continuation
    ) -> core.Process:
        outcome = _Outcome(self.expressions, goes_on, stops, insert.place)

        def evaluated(arguments: list[Typed]) -> core.Process:
            def made(terms: list[Term]) -> core.Process:
                entry = self.entry(insert.table, [*zip(terms, types, strict=True)], insert.place, env)
                body = self.expand(insert.body, env, stops, outcome.go_on)
                return core.Insert(occurrence=0, place=insert.place, entry=entry, body=body)

            types = [kind for _, kind in arguments]
            return self._with_arguments([term for term, _ in arguments], made, outcome, insert.place)

        return self.expand_all(list(insert.arguments), env, stops, evaluated)

    def _get(self, get: tree.TermGet, env: Environment, stops: bool, goes_on: Continuation) -> core.Process:
        outcome = _Outcome(self.expressions, goes_on, stops, get.place)
        for pattern in get.patterns:
            for name, place in pattern_names(pattern):
                self.expressions.check_not_referenced(name, place)

        def body(inside: Environment) -> core.Process:
            return self.expand(get.body, inside, stops, outcome.go_on)

        def otherwise() -> core.Process:
            if get.otherwise is None:
                return outcome.failure()
            return self.expand(get.otherwise, env, stops, outcome.go_on)

        return self.get(get, env, stops and get.otherwise is None, body, otherwise)

    def _with_arguments(
        self,
        arguments: list[Term],
        made: Callable[[list[Term]], core.Process],
        outcome: _Outcome,
        place: Place,
    ) -> core.Process:
        """`made(arguments)`, or the failure of the expression where one of the arguments fails."""
        risky: list[tuple[Variable, Term]] = []
        safe: list[Term] = []
        for argument in arguments:
            if self.expressions.evaluation.may_fail(argument):
                risky.append((Variable("argument"), argument))
                safe.append(risky[-1][0])
            else:
                safe.append(argument)
        return self._evaluated(risky, lambda: made(safe), outcome, place)

    def _evaluated(
        self,
        risky: list[tuple[Variable, Term]],
        body: Callable[[], core.Process],
        outcome: _Outcome,
        place: Place,
    ) -> core.Process:
        """The body where all terms evaluate, bound to their variables; otherwise the failure."""
        if not risky:
            return body()
        going_on = body()
        if any([term is builtin.FAIL_TERM for _, term in risky]):
            return outcome.failure()
        pattern: core.Pattern
        if len(risky) == 1:
            pattern, term = core.PatternVariable(risky[0][0]), risky[0][1]
        else:
            symbol = self.context.tuple_symbol(len(risky))
            pattern = core.PatternData(symbol, tuple([core.PatternVariable(name) for name, _ in risky]))
            term = App(symbol, tuple([value for _, value in risky]))
        return core.Let(
            occurrence=0, place=place, pattern=pattern, term=term, body=going_on, otherwise=outcome.failure()
        )
