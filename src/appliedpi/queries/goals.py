"""Goal clauses: the premises of a query as hypotheses, their instance as conclusion.

To solve `F1 && ... && Fn ==> H` the clause `F1 && ... && Fn -> goal(F1, ..., Fn, (x1, ..., xk))` is
resolved with the saturated clauses until nothing is selected. Each resulting clause tells one way in which the
premises may hold: what else must have happened (its hypotheses), for which values x1..xk of the query's
variables (Blanchet, Cheval, Cortier 2022, section 4.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from appliedpi import core
from appliedpi.builtin import SUCCESSOR, tuple_symbol
from appliedpi.clauses import AT_LEAST, EVENT, NATURAL, Clause, Disequality, Initial, attacker, message, table
from appliedpi.errors import InputError
from appliedpi.saturation.simplification import Simplifier
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute
from appliedpi.translation.expressions import Evaluator
from appliedpi.translation.processes import EventUses, Use, is_public_name
from appliedpi.translation.state import State, initial_state
from appliedpi.unification import resolve


def goal_symbol(arity: int) -> Symbol:
    """The predicate of goal clauses."""
    return Symbol("goal", ("any",) * arity, "fact", Kind.PREDICATE)


def is_goal(fact: Term) -> bool:
    return fact.symbol is not None and fact.symbol.name == "goal"


def event_uses(queries: tuple[core.Query, ...]) -> EventUses:
    """How the queries use each event."""
    ends: dict[Symbol, Use] = {}
    begins: dict[Symbol, Use] = {}

    def note(uses: dict[Symbol, Use], atom: core.QueryEvent) -> None:
        symbol = atom.term.symbol
        assert symbol is not None
        use = Use.INJECTIVE if atom.injective else Use.PLAIN
        uses[symbol] = max(uses.get(symbol, Use.NONE), use)

    for query in queries:
        injective = any(
            isinstance(atom, core.QueryEvent) and atom.injective for atom in atoms(query.conclusion)
        )
        for premise in query.premises:
            if isinstance(premise, core.QueryEvent):
                note(ends, premise if injective else core.QueryEvent(premise.term))
        for atom in atoms(query.conclusion):
            if isinstance(atom, core.QueryEvent):
                note(begins, atom)
    return EventUses(ends, begins)


def atoms(formula: core.Formula) -> Iterator[core.QueryAtom]:
    """All atoms of a formula, in reading order."""
    stack: list[core.Formula] = [formula]
    while stack:
        current = stack.pop()
        if isinstance(current, core.Conjunction | core.Disjunction):
            stack.extend(reversed(current.parts))
        elif isinstance(current, core.Nested):
            stack.append(current.conclusion)
            stack.append(current.premise)
        else:
            yield current


def untyped(query: core.Query) -> core.Query:
    """The query with variables that stand for messages of every type, for models that ignore types."""
    renaming: dict[Variable, Term] = {v: Variable(v.name, "any") for v in query.variables}

    def atom(old: core.QueryAtom) -> core.QueryAtom:
        match old:
            case core.QueryAttacker():
                return core.QueryAttacker(substitute(old.term, renaming), old.phase)
            case core.QueryMessage():
                return core.QueryMessage(
                    substitute(old.channel, renaming), substitute(old.term, renaming), old.phase
                )
            case core.QueryTable():
                return core.QueryTable(substitute(old.entry, renaming), old.phase)
            case core.QueryEvent():
                return core.QueryEvent(substitute(old.term, renaming), old.injective, old.at)
            case core.QueryComparison():
                return core.QueryComparison(
                    old.operator, substitute(old.left, renaming), substitute(old.right, renaming)
                )
            case core.QueryIsNatural():
                return core.QueryIsNatural(substitute(old.term, renaming))

    def formula(old: core.Formula) -> core.Formula:
        match old:
            case core.Conjunction():
                return core.Conjunction(tuple([formula(part) for part in old.parts]))
            case core.Disjunction():
                return core.Disjunction(tuple([formula(part) for part in old.parts]))
            case core.Nested():
                return core.Nested(atom(old.premise), formula(old.conclusion))
            case _:
                return atom(old)

    return replace(
        query,
        premises=tuple([atom(premise) for premise in query.premises]),
        conclusion=formula(query.conclusion),
        variables=tuple([v for v in renaming.values() if isinstance(v, Variable)]),
    )


@dataclass(frozen=True, eq=False, slots=True)
class Vocabulary:
    """What the terms of a query refer to: names made by `new`, public channels, the last phase."""

    names: Mapping[str, tuple[Symbol, tuple[str, ...]]]
    evaluator: Evaluator
    last_phase: int

    def term(self, term: Term) -> Term:
        """The term with each `new k[...]` replaced by its name pattern, unnamed arguments left open."""
        if isinstance(term, Variable) or not term.args and term.symbol.kind is not Kind.BOUND_NAME:  # type: ignore[union-attr]
            return term
        symbol = term.symbol
        assert symbol is not None
        args = tuple([self.term(argument) for argument in term.args])
        if symbol.kind is not Kind.BOUND_NAME:
            return App(symbol, args)
        found = self.names.get(symbol.name.removeprefix("new "))
        if found is None:
            raise InputError(f"the query names `new {symbol.name}`, but the process makes no such name")
        name, parameters = found
        given = dict(zip(symbol.bindings, args, strict=True))
        values: list[Term] = [given.pop(p, Variable(p or "_", "any")) for p in parameters]
        if given:
            raise InputError(f"`new {symbol.name}` does not depend on {', '.join(sorted(given))}")
        return App(name, tuple(values))

    def facts(self, atom: core.QueryAtom, execution: Term) -> list[Term]:
        """The facts any of which stands for the atom (several where it means every phase)."""
        match atom:
            case core.QueryAttacker():
                phase = self.last_phase if atom.phase is None else atom.phase
                return [App(attacker(phase), (self.term(atom.term),))]
            case core.QueryMessage():
                channel = self.term(atom.channel)
                phases = range(self.last_phase + 1) if atom.phase is None else [atom.phase]
                if is_public_name(channel):
                    last = self.last_phase if atom.phase is None else atom.phase
                    return [App(attacker(last), (self.term(atom.term),))]
                return [App(message(phase), (channel, self.term(atom.term))) for phase in phases]
            case core.QueryTable():
                phase = self.last_phase if atom.phase is None else atom.phase
                return [App(table(phase), (self.term(atom.entry),))]
            case core.QueryEvent():
                return [App(EVENT, (self.term(atom.term), execution))]
            case _:
                raise AssertionError(f"{atom!r} is not a fact")


def goal_clauses(query: core.Query, vocabulary: Vocabulary, simplifier: Simplifier) -> Iterator[Clause]:
    """The goal clauses of a query; several where a premise has several forms."""
    facts: list[list[Term]] = []
    state: State | None = initial_state()
    for premise in query.premises:
        if isinstance(premise, core.QueryComparison):
            left, right = vocabulary.term(premise.left), vocabulary.term(premise.right)
            assert state is not None
            if premise.operator == "<>":
                state = state.differ(Disequality(left, right))
            elif premise.operator == "=":
                state = state.equate(left, right)
                if state is None:
                    return
            else:
                state = state.assume(at_least(premise.operator, left, right))
        elif isinstance(premise, core.QueryIsNatural):
            assert state is not None
            state = state.assume(App(NATURAL, (vocabulary.term(premise.term),)))
        else:
            facts.append(vocabulary.facts(premise, Variable("execution", "any")))
    assert state is not None
    variables = App(tuple_symbol(len(query.variables)), tuple(query.variables))
    predicate = goal_symbol(len(facts) + 1)
    for chosen in product(*facts):
        for after, terms in vocabulary.evaluator.evaluate_all(_arguments(chosen), state):
            instance = _with_arguments(chosen, terms)
            done: dict[Term, Term] = {}
            premises = [resolve(fact, after.bindings, done) for fact in instance]
            hypotheses = (*premises, *[resolve(fact, after.bindings, done) for fact in after.hypotheses])
            conclusion = App(predicate, (*premises, resolve(variables, after.bindings, done)))
            constraints = [
                Disequality(
                    resolve(d.left, after.bindings, done), resolve(d.right, after.bindings, done), d.universal
                )
                for d in after.disequalities
            ]
            yield from simplifier.simplified(
                hypotheses, conclusion, constraints, Initial(None, hypotheses, conclusion)
            )


def at_least(operator: str, left: Term, right: Term) -> Term:
    """A comparison of natural numbers as the constraint `M >= N`."""
    match operator:
        case ">=":
            return App(AT_LEAST, (left, right))
        case ">":
            return App(AT_LEAST, (left, App(SUCCESSOR, (right,))))
        case "<=":
            return App(AT_LEAST, (right, left))
        case "<":
            return App(AT_LEAST, (right, App(SUCCESSOR, (left,))))
        case _:
            raise AssertionError(f"unknown comparison {operator}")


def _arguments(facts: tuple[Term, ...]) -> tuple[Term, ...]:
    """All arguments of the facts in a row; events and table entries keep their own symbol."""
    return tuple([argument for fact in facts for argument in fact.args])


def _with_arguments(facts: tuple[Term, ...], terms: tuple[Term, ...]) -> list[Term]:
    remaining = iter(terms)
    result = []
    for fact in facts:
        assert fact.symbol is not None
        result.append(App(fact.symbol, tuple([next(remaining) for _ in fact.args])))
    return result
