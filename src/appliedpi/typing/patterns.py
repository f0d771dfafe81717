"""Type checking of patterns (ProVerif 2.05 manual, section 3.1.4)."""

from __future__ import annotations

from appliedpi import builtin, core
from appliedpi.errors import Place
from appliedpi.syntax import tree
from appliedpi.terms import MAXIMUM_DEPTH, Kind, Variable
from appliedpi.typing.applications import Applications, Typed
from appliedpi.typing.environment import (
    BITSTRING,
    NAT,
    Environment,
    FunctionEntry,
    VariableEntry,
    argument_list,
    kind_of,
)


class Patterns(Applications):
    """Reads the patterns of one model. Methods raise InputError."""

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
