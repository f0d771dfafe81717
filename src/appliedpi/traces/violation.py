"""Does a finished execution violate a query?

The semantics of correspondences as in Blanchet 2009, "Automatic verification of correspondences for
security protocols", definitions 5 and 6, and Blanchet, Cheval, Cortier, S&P 2022: each
occurrence of the premises needs an instance of the conclusion that happened before, and for injective
events the occurrences must correspond injectively. Where the check is in doubt (a comparison of terms with
free variables) it takes the conclusion to hold, so that no attack is claimed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from appliedpi import core
from appliedpi.terms import App, Kind, Symbol, Term, Variable, variables
from appliedpi.traces.configuration import Known
from appliedpi.traces.ground import natural
from appliedpi.traces.injective import Instance, Match, Violation, injective_violation
from appliedpi.traces.interpreter import Machine
from appliedpi.traces.knowledge import decompose, knows
from appliedpi.traces.values import Environment

INSTANCE_LIMIT: Final = 200  # occurrences of the premises that are looked at
SOLUTION_LIMIT: Final = 64  # ways to satisfy the conclusion that are kept per occurrence


def violates(query: core.Query, machine: Machine) -> Violation | None:
    """What in the execution contradicts the query, or None."""
    return _Check(query, machine).violation()


class _Check:
    def __init__(self, query: core.Query, machine: Machine) -> None:
        self._query = query
        self._machine = machine
        self._algebra = machine.algebra
        self._end = len(machine.records)
        self._last_phase = _last_phase(machine.model, query)
        self._bound_names: dict[Term, Variable] = {}
        self._copies: dict[int, Term] = {}
        self._analysed: list[Known] | None = None

    def violation(self) -> Violation | None:
        instances = list(itertools.islice(self._instances(), INSTANCE_LIMIT))
        solutions: list[list[Match]] = []
        for instance in instances:
            start = Match(instance.environment, instance.times, instance.time)
            found = list(itertools.islice(self._satisfy(self._query.conclusion, start), SOLUTION_LIMIT))
            if not found:
                return Violation((instance,))
            solutions.append(found)
        if not any(_is_injective(premise) for premise in self._query.premises):
            return None
        return injective_violation(instances, solutions)

    def _instances(self) -> Iterator[Instance]:
        facts = [premise for premise in self._query.premises if not _is_constraint(premise)]
        constraints = [premise for premise in self._query.premises if _is_constraint(premise)]
        stack: list[Instance] = [Instance((), 0, (), {}, {})]
        while stack:
            instance = stack.pop()
            position = len(instance.values)
            if position == len(facts):
                if all(self._holds(constraint, instance) for constraint in constraints):
                    yield instance
                continue
            atom = facts[position]
            start = Match(instance.environment, instance.times, self._end)
            extended = [
                Instance(
                    (*instance.values, (atom, found.values)),
                    max(instance.time, found.time),
                    (*instance.injective, found.time) if _is_injective(atom) else instance.injective,
                    found.environment,
                    found.times,
                )
                for found in self._atom(atom, start)
            ]
            stack.extend(reversed(extended))

    def _holds(self, constraint: core.QueryAtom, instance: Instance) -> bool:
        start = Match(instance.environment, instance.times, instance.time)
        return next(self._atom(constraint, start), None) is not None

    # --- formulas -----------------------------------------------------------------------------------

    def _satisfy(self, formula: core.Formula, start: Match) -> Iterator[Match]:
        """The ways to satisfy the formula by what happened up to `start.time`. Recursion follows it."""
        match formula:
            case core.Conjunction(parts):
                yield from self._conjunction(sorted(parts, key=_is_constraint), start)
            case core.Disjunction(parts):
                for part in parts:
                    yield from self._satisfy(part, start)
            case core.Nested(premise, conclusion):
                for found in self._atom(premise, start):
                    for inner in self._satisfy(conclusion, found):
                        yield Match(inner.environment, inner.times, start.time, (), inner.chosen)
            case _:
                for found in self._atom(formula, start):
                    yield Match(found.environment, found.times, start.time, (), found.chosen)

    def _conjunction(self, parts: list[core.Formula], start: Match) -> Iterator[Match]:
        if not parts:
            yield start
            return
        for found in self._satisfy(parts[0], start):
            yield from self._conjunction(parts[1:], found)

    def _atom(self, atom: core.QueryAtom, start: Match) -> Iterator[Match]:
        """The ways in which the atom happened up to `start.time`; each has the time when it happened."""
        match atom:
            case core.QueryEvent(term, injective, at):
                for event in self._machine.events:
                    if event.time > start.time:
                        continue
                    for environment in self._match([(term, event.value)], start.environment):
                        times = start.times if at is None else {**start.times, at: event.time}
                        chosen = (*start.chosen, (atom, event.time)) if injective else start.chosen
                        yield Match(environment, times, event.time, (event.value,), chosen)
            case core.QueryAttacker(term, phase):
                limit = self._last_phase if phase is None else phase
                for environment, value, time in self._known(term, start, limit):
                    yield Match(environment, start.times, time, (value,), start.chosen)
            case core.QueryMessage(channel, term, phase):
                yield from self._messages(channel, term, phase, start)
            case core.QueryTable(entry, phase):
                limit = self._last_phase if phase is None else phase
                yield from self._entries(entry, limit, start)
            case core.QueryComparison():
                yield from self._compare(atom, start)
            case core.QueryIsNatural(term):
                number = self._value(term, start)
                if number is None or natural(number) is not None:
                    yield start

    def _entries(self, pattern: Term, phase: int, start: Match) -> Iterator[Match]:
        for entry in self._machine.entries:
            if entry.time <= start.time and entry.phase <= phase:
                for environment in self._match([(pattern, entry.value)], start.environment):
                    yield Match(environment, start.times, entry.time, (entry.value,), start.chosen)

    def _messages(self, channel: Term, term: Term, phase: int | None, start: Match) -> Iterator[Match]:
        limit = self._last_phase if phase is None else phase
        for message in self._machine.messages:
            if message.time <= start.time and message.phase == limit and message.channel is not None:
                pairs = [(channel, message.channel), (term, message.value)]
                for environment in self._match(pairs, start.environment):
                    values = (message.channel, message.value)
                    yield Match(environment, start.times, message.time, values, start.chosen)
        for environment, first, earlier in self._known(channel, start, limit):
            inner = Match(environment, start.times, start.time)
            for extended, second, later in self._known(term, inner, limit):
                yield Match(extended, start.times, max(earlier, later), (first, second), start.chosen)

    # --- what the attacker knows ----------------------------------------------------------------------

    def _knowledge(self) -> list[Known]:
        """What the attacker knows, taken apart."""
        if self._analysed is None:
            copy = self._machine.copy()
            decompose(copy)
            self._analysed = copy.knowledge
        return self._analysed

    def _known(self, term: Term, start: Match, phase: int) -> Iterator[tuple[Environment, Term, int]]:
        """Instances of `term` known to the attacker by `start.time` and `phase`, and since when."""
        value = self._value(term, start)
        if value is not None:
            number = self._machine.known.get(value)
            if number is not None:
                known = self._machine.knowledge[number]
                if known.phase <= phase and known.time <= start.time:
                    yield start.environment, value, known.time
                    return
            # What the attacker computed later only, it may have been able to compute before.
            if knows(self._machine, value, start.time + 1, phase):
                yield start.environment, value, start.time
            return
        for known in self._knowledge():
            if min(known.time, self._end) <= start.time and known.phase <= phase:
                for environment in self._match([(term, known.value)], start.environment):
                    yield environment, known.value, min(known.time, self._end)
        symbol = term.symbol
        if symbol is None or symbol.kind is not Kind.CONSTRUCTOR or symbol.private:
            return
        partial: list[tuple[Environment, tuple[Term, ...], int]] = [(start.environment, (), 0)]
        for argument in term.args:
            partial = [
                (environment, (*parts, part), max(time, since))
                for before, parts, time in partial
                for environment, part, since in itertools.islice(
                    self._known(argument, Match(before, start.times, start.time), phase), SOLUTION_LIMIT
                )
            ][:INSTANCE_LIMIT]  # fmt: skip
        for environment, parts, time in partial:
            yield environment, self._algebra.construct(symbol, parts), time

    # --- terms ----------------------------------------------------------------------------------------

    def _prepare(self, term: Term) -> Term:
        """The term with each bound name of the query (`new k[x = M]`) as a variable."""
        if isinstance(term, Variable):
            return term
        assert term.symbol is not None
        if term.symbol.kind is Kind.BOUND_NAME:
            found = self._bound_names.get(term)
            if found is None:
                found = self._bound_names[term] = Variable(f"new {term.symbol.name}")
            return found
        if not term.args:
            return term
        arguments = []
        for argument in term.args:
            arguments.append(self._prepare(argument))
        return App(term.symbol, tuple(arguments))

    def _match(self, pairs: list[tuple[Term, Term]], environment: Environment) -> Iterator[Environment]:
        prepared = [(self._prepare(pattern), value) for pattern, value in pairs]
        for found in self._algebra.match(prepared, environment):
            yield from self._resolve_names(found, list(self._bound_names.items()))

    def _resolve_names(
        self, environment: Environment, names: list[tuple[Term, Variable]]
    ) -> Iterator[Environment]:
        """The environments in which each bound name is a name that its restriction made."""
        for position, (name, variable) in enumerate(names):
            value = environment.get(variable)
            if value is None:
                continue
            symbol = name.symbol
            assert symbol is not None
            creation = self._machine.creations.get(value)
            if creation is None or creation.restriction.variable.name != symbol.name:
                return
            scope = {variable.name: bound for variable, bound in creation.environment.items()}
            pairs: list[tuple[Term, Term]] = []
            for binding, pattern in zip(symbol.bindings, name.args, strict=True):
                if binding.startswith("!"):
                    index = int(binding[1:]) - 1
                    if index >= len(creation.copies):
                        return
                    pairs.append((pattern, self._copy_identifier(creation.copies[index])))
                elif binding in scope:
                    pairs.append((self._prepare(pattern), scope[binding]))
                else:
                    return
            for found in self._algebra.match(pairs, environment):
                yield from self._resolve_names(found, names[position + 1 :])
            return
        yield environment

    def _copy_identifier(self, copy: int) -> Term:
        if copy not in self._copies:
            self._copies[copy] = App(Symbol("session", (), "sid", Kind.NAME))
        return self._copies[copy]

    def _value(self, term: Term, start: Match) -> Term | None:
        """The message that the term is, or None where it has a variable without a value."""
        prepared = self._prepare(term)
        if any(variable not in start.environment for variable in variables(prepared)):
            return None
        return self._algebra.evaluate(prepared, start.environment)

    def _compare(self, atom: core.QueryComparison, start: Match) -> Iterator[Match]:
        sides = (atom.left, atom.right)
        times = [start.times.get(side) if isinstance(side, Variable) else None for side in sides]
        left, right = self._value(atom.left, start), self._value(atom.right, start)
        if atom.operator == "=" and times == [None, None]:
            if right is not None:
                pairs = [(atom.left, right)]
            elif left is not None:
                pairs = [(atom.right, left)]
            else:
                yield start
                return
            for environment in self._match(pairs, start.environment):
                yield Match(environment, start.times, start.time, start.values, start.chosen)
            return
        if atom.operator == "<>" and times == [None, None]:
            if left is None or right is None or left is not right:
                yield start
            return
        numbers = [
            time if time is not None else None if value is None else natural(value)
            for time, value in zip(times, (left, right), strict=True)
        ]
        first, second = numbers
        if first is None or second is None:
            unknown = (times[0] is None and left is None) or (times[1] is None and right is None)
            if unknown:
                yield start
            return
        holds = {
            "=": first == second, "<>": first != second, ">=": first >= second, ">": first > second,
            "<=": first <= second, "<": first < second,
        }  # fmt: skip
        if holds[atom.operator]:
            yield start


def _is_injective(atom: core.QueryAtom) -> bool:
    return isinstance(atom, core.QueryEvent) and atom.injective


def _is_constraint(formula: core.Formula) -> bool:
    return isinstance(formula, core.QueryComparison | core.QueryIsNatural)


def _last_phase(model: core.Model, query: core.Query) -> int:
    phases = [model.last_phase]
    for premise in query.premises:
        if isinstance(premise, core.QueryAttacker | core.QueryMessage | core.QueryTable):
            phases.append(premise.phase or 0)
    return max(phases)
