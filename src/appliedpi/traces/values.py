"""Ground messages and their evaluation: destructors with ordered rules, equality modulo the equations.

This is the interpreter's own notion of evaluation (Blanchet 2016, section 2.1); it shares no code
with the equational reasoning of the prover, because it is there to check it. A message is represented
by the canonical term of its equivalence class, so two messages are equal exactly where they are the
same object:

- an equation that shrinks terms is applied from the larger side to the smaller one until it no longer
  applies;
- the remaining equations (`exp(exp(g,x),y) = exp(exp(g,y),x)`) are applied in both directions; the
  class is enumerated up to `CLASS_LIMIT` members and its least member represents it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from appliedpi import builtin, core
from appliedpi.builtin import FAIL_TERM
from appliedpi.terms import App, Symbol, Term, Variable
from appliedpi.traces.ground import natural_test, occurrences, shrinks

CLASS_LIMIT: Final = 400

Environment = Mapping[Variable, Term]
_Agenda = tuple[tuple[Term, Term], "_Agenda"] | None  # pairs still to match, as a linked list
_Order = tuple[object, ...]


class UndefinedVariable(Exception):
    """A variable without a value was evaluated: the model or the plan is not well formed."""


class Algebra:
    """The messages of one model: canonical terms, evaluation of expressions, matching of patterns."""

    def __init__(self, model: core.Model) -> None:
        self.ignore_types = model.ignore_types
        self._destructors: dict[Symbol, core.Destructor] = {**builtin.PREDEFINED, **model.destructors}
        for symbol in (*model.constructors, *model.tuples.values()):
            if symbol.data:
                for position in range(symbol.arity):
                    definition = builtin.projection(symbol, position)
                    self._destructors[definition.symbol] = definition
        self._rules: dict[Symbol, list[tuple[Term, Term]]] = {}
        self._exchanges: dict[Symbol, list[tuple[Term, Term]]] = {}
        for equation in model.equations:
            self._declare(self._without_converters(equation.left), self._without_converters(equation.right))
        self._normal: dict[Term, Term] = {}
        self._roots: dict[tuple[object, ...], Term] = {}
        self._members: dict[Term, tuple[Term, ...]] = {}
        self._orders: dict[Term, _Order] = {}

    @property
    def destructors(self) -> Mapping[Symbol, core.Destructor]:
        """Every destructor, with the predefined ones and the projections."""
        return self._destructors

    @property
    def rules(self) -> Iterator[tuple[Term, Term]]:
        """The oriented equations, larger side first."""
        for rules in self._rules.values():
            yield from rules

    def _declare(self, left: Term, right: Term) -> None:
        if shrinks(left, right):
            larger, smaller = left, right
        elif shrinks(right, left):
            larger, smaller = right, left
        else:
            for source, target in ((left, right), (right, left)):
                if source.symbol is not None and occurrences(target).keys() <= occurrences(source).keys():
                    self._exchanges.setdefault(source.symbol, []).append((source, target))
            return
        assert larger.symbol is not None
        self._rules.setdefault(larger.symbol, []).append((larger, smaller))

    def _without_converters(self, term: Term) -> Term:
        if isinstance(term, Variable) or not self.ignore_types:
            return term
        assert term.symbol is not None
        arguments = tuple(map(self._without_converters, term.args))
        return arguments[0] if term.symbol.converter else App(term.symbol, arguments)

    # --- canonical terms --------------------------------------------------------------------------

    def canonical(self, term: Term) -> Term:
        """The representative of a ground constructor term. Constructors do not propagate `fail` here."""
        known = self._normal.get(term)
        if known is not None:
            return known
        assert term.symbol is not None, f"not ground: {term!r}"
        result = self.construct(term.symbol, tuple(map(self.canonical, term.args)))
        self._normal[term] = result
        return result

    def construct(self, symbol: Symbol, arguments: tuple[Term, ...]) -> Term:
        """`symbol(arguments)` for a constructor (or event, table, name) and canonical arguments."""
        if symbol.converter and self.ignore_types:
            return arguments[0]
        if symbol not in self._rules and symbol not in self._exchanges:
            return App(symbol, arguments)
        key = (symbol, *arguments)
        known = self._roots.get(key)
        if known is not None:
            return known
        members = self._enumerate(App(symbol, arguments))
        result: Term | None = None
        for member in members:
            assert member.symbol is not None
            for left, right in self._rules.get(member.symbol, ()):
                found = next(self.match(zip(left.args, member.args, strict=True), {}, unfold=False), None)
                if found is not None:
                    result = self._build(right, found)
                    break
            if result is not None:
                break
        if result is None:
            result = min(members, key=self.order)
            self._members[result] = members
        self._roots[key] = result
        return result

    def _enumerate(self, start: Term) -> tuple[Term, ...]:
        """The members of the class of `start`, whose arguments are canonical, that differ at the root."""
        members = [start]
        seen = {start}
        position = 0
        while position < len(members) and len(members) < CLASS_LIMIT:
            member = members[position]
            position += 1
            assert member.symbol is not None
            for left, right in self._exchanges.get(member.symbol, ()):
                for found in self.match(zip(left.args, member.args, strict=True), {}, unfold=False):
                    if isinstance(right, Variable):
                        other = found[right]
                    else:
                        assert right.symbol is not None
                        arguments = tuple([self._build(argument, found) for argument in right.args])
                        other = App(right.symbol, arguments)
                    if other not in seen:
                        seen.add(other)
                        members.append(other)
        return tuple(members)

    def _build(self, pattern: Term, found: Environment) -> Term:
        """The canonical instance of a constructor pattern."""
        if isinstance(pattern, Variable):
            return found[pattern]
        if pattern.ground:
            return self.canonical(pattern)
        assert pattern.symbol is not None
        arguments = []
        for argument in pattern.args:
            arguments.append(self._build(argument, found))
        return self.construct(pattern.symbol, tuple(arguments))

    def order(self, term: Term) -> _Order:
        """A total order on ground terms, smaller terms first."""
        known = self._orders.get(term)
        if known is None:
            assert term.symbol is not None
            known = (term.size, term.symbol.index, *map(self.order, term.args))
            self._orders[term] = known
        return known

    def members(self, value: Term) -> tuple[Term, ...]:
        """Terms equal to the canonical `value` that differ from it at the root; `value` first."""
        others = self._members.get(value)
        if others is None or others[0] is value:
            return others if others is not None else (value,)
        return (value, *[other for other in others if other is not value])

    def _unfolded(self, value: Term, symbol: Symbol) -> Iterator[Term]:
        """Terms with the root `symbol` that an oriented equation turns into `value`: inv(inv(x)) for x.

        Only where the smaller side determines the larger one; the arguments are canonical.
        """
        for left, right in self._rules.get(symbol, ()):
            if occurrences(left).keys() == occurrences(right).keys():
                for found in self.match([(right, value)], {}, unfold=False):
                    arguments = tuple([self._build(argument, found) for argument in left.args])
                    yield App(symbol, arguments)

    # --- matching ---------------------------------------------------------------------------------

    def match(
        self, pairs: Iterable[tuple[Term, Term]], environment: Environment, *, unfold: bool = True
    ) -> Iterator[dict[Variable, Term]]:
        """Every way to make each pattern equal to its canonical value modulo the equations.

        Variables of `environment` keep their value. Plain variables do not match `fail`. Patterns whose
        root has equations come last, because they can be computed once their variables have values.
        `unfold`: also try the equations that shrink terms from right to left.
        """
        agenda: _Agenda = None
        listed = list(pairs)
        if self._rules or self._exchanges:
            listed.sort(key=lambda pair: pair[0].symbol in self._rules or pair[0].symbol in self._exchanges)
        for pair in reversed(listed):
            agenda = (pair, agenda)
        stack: list[tuple[_Agenda, dict[Variable, Term]]] = [(agenda, dict(environment))]
        while stack:
            agenda, found = stack.pop()
            matches = True
            while agenda is not None:
                (pattern, value), agenda = agenda
                if isinstance(pattern, Variable):
                    bound = found.get(pattern)
                    if bound is None:
                        if value is FAIL_TERM and not pattern.may_fail:
                            matches = False
                            break
                        found = {**found, pattern: value}
                    elif bound is not value:
                        matches = False
                        break
                    continue
                assert pattern.symbol is not None
                if pattern.symbol.converter and self.ignore_types:
                    agenda = ((pattern.args[0], value), agenda)
                    continue
                if pattern.ground:
                    if self.canonical(pattern) is not value:
                        matches = False
                        break
                    continue
                if value is FAIL_TERM:
                    matches = False
                    break
                candidates = [m for m in self.members(value) if m.symbol is pattern.symbol]
                if pattern.symbol in self._rules:
                    if occurrences(pattern).keys() <= found.keys():
                        if self._build(pattern, found) is not value:
                            matches = False
                            break
                        continue
                    if unfold:
                        candidates.extend(self._unfolded(value, pattern.symbol))
                if not candidates:
                    matches = False
                    break
                rest = agenda
                extended = []
                for candidate in candidates:
                    agenda = rest
                    for pair in reversed(list(zip(pattern.args, candidate.args, strict=True))):
                        agenda = (pair, agenda)
                    extended.append(agenda)
                stack.extend([(other, found) for other in reversed(extended[1:])])
                agenda = extended[0]
            if matches:
                yield found

    # --- evaluation -------------------------------------------------------------------------------

    def evaluate(self, term: Term, environment: Environment) -> Term:
        """The message that an expression evaluates to, or `fail` (Blanchet 2016, section 2.1).

        Raises UndefinedVariable where the expression uses a variable without a value.
        """
        if isinstance(term, Variable):
            value = environment.get(term)
            if value is None:
                raise UndefinedVariable(term.name)
            return value
        assert term.symbol is not None
        arguments = []
        for argument in term.args:
            arguments.append(self.evaluate(argument, environment))
        return self.apply(term.symbol, tuple(arguments))

    def apply(self, symbol: Symbol, arguments: tuple[Term, ...]) -> Term:
        """A constructor or destructor applied to canonical messages (or `fail`)."""
        if symbol is builtin.IS_NATURAL or symbol is builtin.GREATER_EQUAL:
            return natural_test(symbol, arguments)
        definition = self._destructors.get(symbol)
        if definition is None:
            if FAIL_TERM in arguments:
                return FAIL_TERM
            return self.construct(symbol, arguments)
        for rule in definition.rules:
            found = next(self.match(zip(rule.left, arguments, strict=True), {}), None)
            if found is not None:
                return self.evaluate(rule.right, found)
        return FAIL_TERM

    def match_pattern(
        self, pattern: core.Pattern, value: Term, environment: Environment
    ) -> dict[Variable, Term] | None:
        """The environment extended by the pattern's variables, or None where the value does not match.

        The tests `=M` come after the bindings, as they may use variables bound in the same pattern.
        """
        extended = dict(environment)
        tests: list[tuple[Term, Term]] = []
        stack: list[tuple[core.Pattern, Term]] = [(pattern, value)]
        while stack:
            current, part = stack.pop()
            match current:
                case core.PatternVariable(variable):
                    if part is FAIL_TERM and not variable.may_fail or not self.has_type(part, variable.type):
                        return None
                    extended[variable] = part
                case core.PatternEqual(term):
                    tests.append((term, part))
                case core.PatternData(symbol, arguments):
                    if part is FAIL_TERM:
                        return None
                    if symbol.converter and self.ignore_types:
                        stack.append((arguments[0], part))
                        continue
                    member = next((m for m in self.members(part) if m.symbol is symbol), None)
                    if member is None:
                        return None
                    stack.extend(reversed(list(zip(arguments, member.args, strict=True))))
        for term, part in tests:
            if part is FAIL_TERM or self.evaluate(term, extended) is not part:
                return None
        return extended

    def has_type(self, value: Term, expected: str) -> bool:
        """Whether a variable of type `expected` may hold the message (always, when types are ignored)."""
        if self.ignore_types or value.symbol is None or value is FAIL_TERM:
            return True
        return "any" in (expected, value.symbol.result_type) or value.symbol.result_type == expected
