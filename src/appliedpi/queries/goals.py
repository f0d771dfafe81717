"""Goal clauses: the premises of a query as hypotheses, their instance as conclusion.

To solve `F1 && ... && Fn ==> H` the clause `F1 && ... && Fn -> goal(F1, ..., Fn, (x1, ..., xk))` is
resolved with the saturated clauses until nothing is selected. Each resulting clause tells one way in which
the premises may hold: what else must have happened (its hypotheses), for which values x1..xk of the query's
variables (Blanchet, Cheval, Cortier 2022).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

from appliedpi import core
from appliedpi.builtin import SUCCESSOR, tuple_symbol
from appliedpi.clauses import AT_LEAST, EVENT, NATURAL, Clause, Disequality, Initial, attacker, message, table
from appliedpi.errors import InputError
from appliedpi.saturation.simplification import Simplifier
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute, variables
from appliedpi.translation.compromise import KeyCompromise
from appliedpi.translation.expressions import Evaluator
from appliedpi.translation.processes import EventUses, RawClause, Use, is_public_name
from appliedpi.translation.state import State, initial_state
from appliedpi.unification import resolve

# The type of the variable t in `event(e)@t`.
TIME = "time"


@cache
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
                note(ends, premise if injective else core.QueryEvent(premise.term, premise.at is not None))
        for atom in atoms(query.conclusion):
            if isinstance(atom, core.QueryEvent):
                note(begins, atom)
        for atom in nested_premises(query.conclusion):
            if isinstance(atom, core.QueryEvent):
                note(ends, core.QueryEvent(atom.term, atom.injective or atom.at is not None))
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


def mentioned_arguments(model: core.Model) -> dict[str, frozenset[str]]:
    """For each name made by `new`, the arguments that queries and declarations mention: `new k[x = M]`."""
    found: dict[str, set[str]] = {}
    roots = [
        term
        for query in (*model.queries, *[assumption.query for assumption in model.assumptions])
        for atom in (*query.premises, *atoms(query.conclusion))
        for term in atom_terms(atom)
    ]
    facts = (*model.secrecy_assumptions, *[selection.fact for selection in model.selections])
    stack = [*roots, *[term for fact in facts for term in atom_terms(fact)]]
    while stack:
        term = stack.pop()
        if term.symbol is not None and term.symbol.kind is Kind.BOUND_NAME:
            found.setdefault(term.symbol.name, set()).update(term.symbol.bindings)
        stack.extend(term.args)
    return {name: frozenset(arguments) for name, arguments in found.items()}


def atom_terms(atom: core.QueryAtom) -> tuple[Term, ...]:
    """The terms that an atom mentions."""
    match atom:
        case core.QueryEvent() if atom.at is not None:
            return (atom.term, atom.at)
        case core.QueryAttacker() | core.QueryEvent() | core.QueryIsNatural():
            return (atom.term,)
        case core.QueryMessage():
            return (atom.channel, atom.term)
        case core.QueryTable():
            return (atom.entry,)
        case core.QueryComparison():
            return (atom.left, atom.right)


def nested_premises(formula: core.Formula) -> Iterator[core.QueryAtom]:
    """The premises of the correspondences nested in a conclusion: they are proved as queries of their own."""
    stack: list[core.Formula] = [formula]
    while stack:
        current = stack.pop()
        if isinstance(current, core.Conjunction | core.Disjunction):
            stack.extend(current.parts)
        elif isinstance(current, core.Nested):
            yield current.premise
            stack.append(current.conclusion)


def substitute_atom(atom: core.QueryAtom, replacement: dict[Variable, Term]) -> core.QueryAtom:
    """The atom with its variables replaced."""

    def new(term: Term) -> Term:
        return substitute(term, replacement)

    match atom:
        case core.QueryAttacker():
            return core.QueryAttacker(new(atom.term), atom.phase)
        case core.QueryMessage():
            return core.QueryMessage(new(atom.channel), new(atom.term), atom.phase)
        case core.QueryTable():
            return core.QueryTable(new(atom.entry), atom.phase)
        case core.QueryEvent():
            at = new(atom.at) if atom.at is not None else None
            return core.QueryEvent(
                new(atom.term), atom.injective, at if isinstance(at, Variable) else atom.at
            )
        case core.QueryComparison():
            return core.QueryComparison(atom.operator, new(atom.left), new(atom.right))
        case core.QueryIsNatural():
            return core.QueryIsNatural(new(atom.term))


def substitute_formula(formula: core.Formula, replacement: dict[Variable, Term]) -> core.Formula:
    """The formula with its variables replaced."""
    match formula:
        case core.Conjunction():
            return core.Conjunction(tuple([substitute_formula(part, replacement) for part in formula.parts]))
        case core.Disjunction():
            return core.Disjunction(tuple([substitute_formula(part, replacement) for part in formula.parts]))
        case core.Nested():
            return core.Nested(
                substitute_atom(formula.premise, replacement),
                substitute_formula(formula.conclusion, replacement),
            )
        case _:
            return substitute_atom(formula, replacement)


def untyped(query: core.Query) -> core.Query:
    """The query with variables that stand for messages of every type, for models that ignore types."""
    renaming: dict[Variable, Term] = {
        v: Variable(v.name, TIME if v.type == TIME else "any") for v in query.variables
    }

    return replace(
        query,
        premises=tuple([substitute_atom(premise, renaming) for premise in query.premises]),
        conclusion=substitute_formula(query.conclusion, renaming),
        variables=tuple([v for v in renaming.values() if isinstance(v, Variable)]),
    )


@dataclass(frozen=True, eq=False, slots=True)
class Vocabulary:
    """What the terms of a query refer to: names made by `new`, public channels, the last phase."""

    names: Mapping[str, tuple[Symbol, tuple[str, ...]]]
    evaluator: Evaluator
    last_phase: int
    compromise: KeyCompromise

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
        values: list[Term] = [given.pop(p, self.compromise.argument(p)) for p in parameters]
        if given:
            raise InputError(f"`new {symbol.name}` does not depend on {', '.join(sorted(given))}")
        return App(name, tuple(values))

    def atom(self, atom: core.QueryAtom) -> core.QueryAtom:
        """The atom with the names of the clauses in its terms."""
        match atom:
            case core.QueryAttacker():
                return core.QueryAttacker(self.term(atom.term), atom.phase)
            case core.QueryMessage():
                return core.QueryMessage(self.term(atom.channel), self.term(atom.term), atom.phase)
            case core.QueryTable():
                return core.QueryTable(self.term(atom.entry), atom.phase)
            case _:
                return atom

    def facts(self, atom: core.QueryAtom, execution: Term) -> list[Term]:
        """The facts any of which stands for the atom."""
        match atom:
            case core.QueryAttacker():
                phase = self.last_phase if atom.phase is None else atom.phase
                return [App(attacker(phase), (self.term(atom.term),))]
            case core.QueryMessage():
                channel = self.term(atom.channel)
                # Without a phase the last one is meant, as for the attacker: a message of an earlier phase
                # is gone by then.
                phase = self.last_phase if atom.phase is None else atom.phase
                if is_public_name(channel):
                    return [App(attacker(phase), (self.term(atom.term),))]
                return [App(message(phase), (channel, self.term(atom.term)))]
            case core.QueryTable():
                phase = self.last_phase if atom.phase is None else atom.phase
                return [App(table(phase), (self.term(atom.entry),))]
            case core.QueryEvent():
                return [App(EVENT, (self.term(atom.term), execution))]
            case _:
                raise AssertionError(f"{atom!r} is not a fact")


def goal_clauses(query: core.Query, vocabulary: Vocabulary, simplifier: Simplifier) -> Iterator[Clause]:
    """The goal clauses of a query, simplified."""
    for goal in raw_goals(query, vocabulary):
        yield from simplifier.simplified(
            goal.initial.hypotheses, goal.initial.conclusion, goal.disequalities, goal.initial
        )


def raw_goals(query: core.Query, vocabulary: Vocabulary) -> Iterator[RawClause]:
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
            facts.append(vocabulary.facts(premise, vocabulary.compromise.premise_execution(query, premise)))
    assert state is not None
    values = App(tuple_symbol(len(query.variables)), tuple(query.variables))
    predicate = goal_symbol(len(facts) + 1)
    for chosen in product(*facts):
        for after, terms in vocabulary.evaluator.evaluate_all(_arguments(chosen), state):
            instance = _with_arguments(chosen, terms)
            done: dict[Term, Term] = {}
            premises = [resolve(fact, after.bindings, done) for fact in instance]
            hypotheses = (*premises, *[resolve(fact, after.bindings, done) for fact in after.hypotheses])
            conclusion = App(predicate, (*premises, resolve(values, after.bindings, done)))
            constraints = [
                Disequality(
                    resolve(d.left, after.bindings, done), resolve(d.right, after.bindings, done), d.universal
                )
                for d in after.disequalities
            ]
            yield RawClause(Initial(None, hypotheses, conclusion), tuple(constraints))


def is_time(comparison: core.QueryComparison) -> bool:
    """Whether the order of events is compared.

    The time of an event in a premise stands for its execution: one execution has one time, two have two. So
    equality and inequality of times are those of executions, which session identifiers determine. The clauses
    do not tell which of two executions was first.
    """
    return any(v.type == TIME for term in (comparison.left, comparison.right) for v in variables(term))


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


def fails(operator: str, left: Term, right: Term) -> Term:
    """What holds of two natural numbers where their comparison does not."""
    more, less = at_least(operator, left, right).args
    return App(AT_LEAST, (less, App(SUCCESSOR, (more,))))


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
