"""Statements that may stand in processes and in expressions, and evaluation from left to right."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from appliedpi import builtin, core
from appliedpi.errors import Place
from appliedpi.syntax import tree
from appliedpi.terms import Term, Variable
from appliedpi.typing.applications import Typed, declared_table
from appliedpi.typing.environment import (
    BOOL,
    Context,
    Environment,
    EventEntry,
    argument_list,
    kind_of,
)
from appliedpi.typing.expressions import Expressions
from appliedpi.typing.patterns import equal_terms
from appliedpi.typing.purity import EffectAnalysis

Continuation = Callable[[Term, str], core.Process]


class Statements(ABC):
    """What processes and expressions with effects share. Methods raise InputError."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.context: Context = expressions.context
        self.analysis = EffectAnalysis()

    @abstractmethod
    def expand(
        self, expression: tree.Expression, env: Environment, stops: bool, goes_on: Continuation
    ) -> core.Process:
        """The process that evaluates the expression and continues; see `Expressions.term` for `stops`."""

    def expand_all(
        self,
        expressions: list[tree.Expression],
        env: Environment,
        stops: bool | list[bool],
        goes_on: Callable[[list[Typed]], core.Process],
    ) -> core.Process:
        """The expressions from left to right; `stops` for all or for each.

        As in ProVerif, where one fails, the later ones are evaluated all the same. So it may only stop the
        process where no effects follow.
        """
        flags = [stops] * len(expressions) if isinstance(stops, bool) else list(stops)
        follows = False
        for position in reversed(range(len(expressions))):
            flags[position] = flags[position] and not follows
            follows = follows or self.analysis.has_effects(expressions[position], env)

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
                if self.analysis.has_effects(get.condition, env):
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
