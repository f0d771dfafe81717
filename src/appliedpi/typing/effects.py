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
from appliedpi.typing.environment import (
    BOOL,
    Context,
    Environment,
    EventEntry,
    LetfunEntry,
    VariableEntry,
    argument_list,
    kind_of,
)
from appliedpi.typing.expressions import (
    Expressions,
    Prelude,
    Typed,
    after,
    declared_table,
    equal_terms,
    pattern_names,
)

Continuation = Callable[[Term, str], core.Process]


class _Outcome:
    """A continuation that remembers the type it was given, to check that all branches agree."""

    def __init__(self, expressions: Expressions, goes_on: Continuation, stops: bool, place: Place) -> None:
        self._expressions = expressions
        self._goes_on = goes_on
        self._stops = stops
        self._place = place
        self._type: str | None = None

    def __call__(self, term: Term, kind: str) -> core.Process:
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


class Effects:
    """Expands expressions of any kind. Methods raise InputError."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.context: Context = expressions.context
        self._has_effects: dict[int, tuple[tree.Node, bool]] = {}

    def expand(
        self, expression: tree.Expression, env: Environment, stops: bool, goes_on: Continuation
    ) -> core.Process:
        """The process that evaluates the expression and continues; see `Expressions.term` for `stops`."""
        if not self.has_effects(expression, env):
            prelude: Prelude = []
            term, kind = self.expressions.term(expression, env, prelude, stops)
            return after(prelude, goes_on(term, kind))
        match expression:
            case tree.Tuple():

                def tuple_done(items: list[Typed]) -> core.Process:
                    made = self.expressions.tuple_term([item for item, _ in items], expression.place)
                    return goes_on(made, "bitstring")

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

    def expand_all(
        self,
        expressions: list[tree.Expression],
        env: Environment,
        stops: bool | list[bool],
        goes_on: Callable[[list[Typed]], core.Process],
    ) -> core.Process:
        """The expressions from left to right; `stops` for all or for each."""
        flags = [stops] * len(expressions) if isinstance(stops, bool) else stops

        def rest(position: int, done: list[Typed]) -> core.Process:
            if position == len(expressions):
                return goes_on(done)
            return self.expand(
                expressions[position], env, flags[position],
                lambda term, kind: rest(position + 1, [*done, (term, kind)]),
            )  # fmt: skip

        return rest(0, [])

    def expand_pattern(
        self,
        patterns: list[tree.PatternTree],
        env: Environment,
        expected: list[str | None],
        stops: bool,
        goes_on: Callable[[list[core.Pattern], Environment], core.Process],
    ) -> core.Process:
        """The patterns, after what must run before them: the effects of the terms in their `=M`."""
        terms = [term for pattern in patterns for term in equal_terms(pattern)]

        def evaluated(values: list[Typed]) -> core.Process:
            remaining = list(values)
            inside, made = env, []
            for pattern, kind in zip(patterns, expected, strict=True):
                part, inside, _ = self.expressions.pattern(pattern, remaining, env, kind, inside)
                made.append(part)
            return goes_on(made, inside)

        return self.expand_all(terms, env, stops, evaluated)

    # --- constructs --------------------------------------------------------------------------------

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
            return goes_on(*self.expressions.apply(called, arguments, env))

        symbol = self.expressions.function(call.function, env)
        strict = self.expressions.evaluation.is_strict
        flags = [
            stops and (symbol is None or strict(symbol, position)) for position in range(len(call.arguments))
        ]
        return self.expand_all(list(call.arguments), env, flags, applied)

    def _letfun(
        self, call: tree.Apply, entry: LetfunEntry, env: Environment, stops: bool, goes_on: Continuation
    ) -> core.Process:
        parameters = self.expressions.expected_parameters(call, entry)
        place = call.place

        def applied(arguments: list[Typed]) -> core.Process:
            expected = [parameter.type for parameter in parameters]
            self.expressions.check_arguments(call.function, expected, arguments, place)
            return self._bind(entry, [term for term, _ in arguments], env, stops, goes_on, place)

        flags = [stops and not parameter.may_fail for parameter in parameters]
        return self.expand_all(list(call.arguments), env, flags, applied)

    def _bind(
        self, entry: LetfunEntry, arguments: list[Term], env: Environment, stops: bool, goes_on: Continuation,
        place: Place,
    ) -> core.Process:  # fmt: skip
        entries: dict[str, VariableEntry] = {}
        risky: list[tuple[Variable, Term]] = []
        prelude: Prelude = []
        evaluation = self.expressions.evaluation
        for declared, parameter, argument in zip(
            entry.declaration.parameters, entry.parameters, arguments, strict=True
        ):
            value = argument
            variable = Variable(declared.name, parameter.type)
            if evaluation.may_fail(argument) and not parameter.may_fail:
                risky.append((variable, argument))
                value = variable
            elif not evaluation.may_fail(argument):
                value = self.expressions.argument(declared.name, parameter, argument, prelude, place)
            entries[declared.name] = VariableEntry(value, parameter.type, parameter.may_fail)
        inside = env.only_globals().bind_all(entries)
        outcome = _Outcome(self.expressions, goes_on, stops, place)

        def body() -> core.Process:
            return self.expand(
                entry.declaration.body, inside, stops, lambda term, _: outcome(term, entry.result_type)
            )

        return after(prelude, self._evaluated(risky, body, outcome, place))

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
            then = self.expand(test.then, env, stops, outcome)
            if test.otherwise is None:
                otherwise = outcome.failure()
            else:
                otherwise = self.expand(test.otherwise, env, stops, outcome)
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
        for name, place in pattern_names(let.pattern):
            self.expressions.check_not_referenced(name, place)

        def evaluated(value: Term, kind: str) -> core.Process:
            def matched(patterns: list[core.Pattern], inside: Environment) -> core.Process:
                body = self.expand(let.body, inside, stops, outcome)
                otherwise = (
                    outcome.failure() if let.otherwise is None
                    else self.expand(let.otherwise, env, stops, outcome)
                )  # fmt: skip
                return make_let(self.expressions, patterns[0], value, body, otherwise, let.place)

            return self.expand_pattern([let.pattern], env, [kind], fails, matched)

        return self.expand(let.term, env, fails, evaluated)

    def _event(
        self, event: tree.TermEvent, env: Environment, stops: bool, goes_on: Continuation
    ) -> core.Process:
        outcome = _Outcome(self.expressions, goes_on, stops, event.place)

        def evaluated(arguments: list[Typed]) -> core.Process:
            def made(terms: list[Term]) -> core.Process:
                term = self.event(event.event, [*zip(terms, types, strict=True)], event.place, env)
                body = self.expand(event.body, env, stops, outcome)
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
                body = self.expand(insert.body, env, stops, outcome)
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
            return self.expand(get.body, inside, stops, outcome)

        def otherwise() -> core.Process:
            if get.otherwise is None:
                return outcome.failure()
            return self.expand(get.otherwise, env, stops, outcome)

        return self.get(get, env, stops and get.otherwise is None, body, otherwise)

    # --- shared with processes ---------------------------------------------------------------------

    def get(
        self,
        get: tree.TermGet | tree.Get,
        env: Environment,
        stops: bool,
        body: Callable[[Environment], core.Process],
        otherwise: Callable[[], core.Process],
    ) -> core.Process:
        """`get` as a statement; `stops`: the process stops where no entry is found."""
        table = declared_table(self.context, get.table, get.place, env)
        precise = self.precise(get.options, get.place)
        if len(get.patterns) != table.arity:
            raise self.context.error(
                f"table '{get.table}' expects {argument_list(table.argument_types)} "
                f"but is given {len(get.patterns)}", get.place,
            )  # fmt: skip

        def matched(patterns: list[core.Pattern], inside: Environment) -> core.Process:
            condition: Term | None = None
            if get.condition is not None:
                if self.has_effects(get.condition, env):
                    raise self.context.error(
                        "new, event, insert and get are not allowed in the condition of a get",
                        get.condition.place,
                    )
                around = self.expressions.bound_by_get
                self.expressions.bound_by_get = around | _new_variables(env, inside)
                condition, kind = self.expressions.term(get.condition, inside, None, False)
                self.expressions.bound_by_get = around
                self.expressions.expect(kind, BOOL, "the condition", get.condition.place)
            found = body(inside)
            return core.Get(
                occurrence=0, place=get.place, table=table, patterns=tuple(patterns), condition=condition,
                precise=precise, body=found, otherwise=otherwise(),
                tags=get.tags if isinstance(get, tree.Get) else (),
            )  # fmt: skip

        expected: list[str | None] = list(table.argument_types)
        return self.expand_pattern(list(get.patterns), env, expected, stops, matched)

    def event(self, name: str, arguments: list[Typed], place: Place, env: Environment) -> Term:
        """`name(arguments)` for a declared event."""
        entry = env.get(name)
        if entry is None:
            raise self.context.unknown("event", name, place, self.context.candidates(env, EventEntry))
        if not isinstance(entry, EventEntry):
            raise self.context.error(f"'{name}' is {kind_of(entry)}, not an event", place)
        self.expressions.check_arguments(name, list(entry.symbol.argument_types), arguments, place)
        return self.expressions.app(entry.symbol, [term for term, _ in arguments], place)

    def entry(self, name: str, arguments: list[Typed], place: Place, env: Environment) -> Term:
        """`name(arguments)` for a declared table."""
        symbol = declared_table(self.context, name, place, env)
        self.expressions.check_arguments(name, list(symbol.argument_types), arguments, place)
        return self.expressions.app(symbol, [term for term, _ in arguments], place)

    def precise(self, options: tuple[str, ...], place: Place) -> bool:
        """Whether the statement has the option `precise`, the only one it may have."""
        for option in options:
            if option != "precise":
                raise self.context.error(f"unknown option '{option}'", place, "the only option is precise")
        return bool(options)

    def has_effects(self, expression: tree.Node, env: Environment) -> bool:
        """Whether the expression (or pattern) contains `event`, `insert` or `get`, also through `letfun`."""
        known = self._has_effects.get(id(expression))
        if known is not None:
            return known[1]
        match expression:
            case tree.TermEvent() | tree.TermInsert() | tree.TermGet():
                result = True
            case tree.Identifier():
                entry = env.globals.get(expression.name)
                result = (
                    isinstance(entry, LetfunEntry) and entry.effects and expression.name not in env.locals
                )
            case tree.Apply():
                entry = env.globals.get(expression.function)
                result = (isinstance(entry, LetfunEntry) and entry.effects) or self._any(
                    list(expression.arguments), env
                )
            case tree.Tuple():
                result = self._any(list(expression.items), env)
            case tree.TermNew():
                result = self.has_effects(expression.body, env)
            case tree.TermIf():
                parts = [expression.condition, expression.then]
                if expression.otherwise is not None:
                    parts.append(expression.otherwise)
                result = self._any(parts, env)
            case tree.TermLet():
                parts = [expression.term, expression.body, *equal_terms(expression.pattern)]
                if expression.otherwise is not None:
                    parts.append(expression.otherwise)
                result = self._any(parts, env)
            case _:
                result = False
        # The node is kept with the answer, so that its id cannot be taken by another one.
        self._has_effects[id(expression)] = (expression, result)
        return result

    def _any(self, expressions: list[tree.Expression], env: Environment) -> bool:
        return any([self.has_effects(expression, env) for expression in expressions])

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


def _new_variables(outside: Environment, inside: Environment) -> frozenset[Variable]:
    """The variables that `inside` has and `outside` has not."""
    before = {id(entry) for entry in outside.locals.values()}
    return frozenset(
        [
            entry.term
            for entry in inside.locals.values()
            if id(entry) not in before and isinstance(entry.term, Variable)
        ]
    )


def make_let(
    expressions: Expressions,
    pattern: core.Pattern,
    value: Term,
    body: core.Process,
    otherwise: core.Process,
    place: Place,
    tags: tuple[core.Tag, ...] = (),
) -> core.Process:
    """`let pattern = value in body else otherwise`, without the branch that can never be taken."""
    if value is builtin.FAIL_TERM:
        return otherwise
    if isinstance(pattern, core.PatternVariable) and not expressions.evaluation.may_fail(value):
        otherwise = core.Nil(occurrence=0, place=place)
    return core.Let(
        occurrence=0, place=place, pattern=pattern, term=value, body=body, otherwise=otherwise, tags=tags
    )
