"""Whether a clause satisfies a query: Blanchet 2009, theorem 1; Blanchet 2016, section 3.3.

A nested correspondence `event(e) ==> (event(e1) ==> H1)` is proved in two steps, which is sufficient: e1 is
among the begin facts, and wherever e1 is executed H1 holds before. The second step is a goal of its own.

A clause `H && phi -> goal(...)` satisfies `premises ==> conclusion` if for some disjunct of the conclusion
there are values for its own variables such that each of its events is among the begin facts of H, each of
its attacker, message and table facts among the others, and each of its equalities and disequalities follows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from appliedpi import core
from appliedpi.builtin import tuple_symbol
from appliedpi.clauses import BEGIN, EVENT, NATURAL, Clause, Disequality, Initial, rename_canonically
from appliedpi.constraints import Unifiers, implied
from appliedpi.queries.goals import (
    Vocabulary,
    at_least,
    atom_terms,
    goal_symbol,
    is_time,
)
from appliedpi.queries.refutation import holds_by_cases
from appliedpi.saturation.lemmas import is_kept_by_attacker
from appliedpi.saturation.naturals import follows, is_natural_constraint
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute, variables
from appliedpi.translation.processes import ANY_EXECUTION
from appliedpi.unification import Bindings, resolve

Disjunct = tuple[core.QueryAtom | core.Nested, ...]
Key = tuple[tuple[Term, ...], int]  # terms and a label

# The name of the variable for the execution of an event, when an event of a query is looked for.
EXECUTION = "execution"


@dataclass(frozen=True, eq=False, slots=True)
class NestedGoal:
    """A nested correspondence that is to be shown on its own, for some values of the variables.

    `question` has what is nested as premise and conclusion, and the variables of the whole query, of which
    those in `given` have values. `goal` is `F -> goal(F, values)`, where F is the fact that was found, and
    `label` that of the clause in which it was.
    """

    question: core.Query
    given: frozenset[Variable]
    goal: Initial
    label: int

    def key(self) -> Key:
        """The goal up to the names of its variables."""
        return tuple(rename_canonically([*self.goal.hypotheses, self.goal.conclusion], ())[0]), self.label


# How a nested correspondence is proved on its own.
Holds = Callable[[NestedGoal], bool]


def disjuncts(formula: core.Formula) -> list[Disjunct]:
    """The disjunctive normal form of a conclusion; nested correspondences stay whole."""
    match formula:
        case core.Disjunction():
            return [disjunct for part in formula.parts for disjunct in disjuncts(part)]
        case core.Conjunction():
            choices = product(*[disjuncts(part) for part in formula.parts])
            return [tuple(atom for part in choice for atom in part) for choice in choices]
        case _:
            return [(formula,)]


def order_of(disjunct: Disjunct) -> list[int]:
    """The positions of its atoms, facts first: they give values to the variables that comparisons mention."""
    late = [isinstance(atom, core.QueryComparison | core.QueryIsNatural) for atom in disjunct]
    return sorted(range(len(disjunct)), key=late.__getitem__)


class Conclusion:
    """The conclusion of a query, ready to be looked for in clauses."""

    def __init__(
        self,
        query: core.Query,
        vocabulary: Vocabulary,
        unifiers: Unifiers,
        holds: Holds,
        given: frozenset[Variable] | None = None,
    ) -> None:
        """`given`: the variables that goal clauses give values; None for those of the premises."""
        self.query = query
        self._holds = holds
        self.given = frozenset(_premise_variables(query)) if given is None else given
        self.vocabulary = vocabulary
        self.unifiers = unifiers
        self.disjuncts = disjuncts(query.conclusion)
        # What was proved of nested correspondences, by disjunct and position there.
        self.proved: dict[tuple[int, int], dict[Key, NestedGoal]] = {}

    def satisfied_by(self, clause: Clause) -> bool:
        """Whether some disjunct holds wherever the clause applies."""
        if any(True for _ in self.matches(clause)):
            return True
        if any(isinstance(premise, core.QueryEvent) and premise.injective for premise in self.query.premises):
            return False  # injectivity needs to know which disjunct holds
        values = _values(self.query, clause, self.given)
        return holds_by_cases(self.disjuncts, values, clause, self.vocabulary, self.unifiers)

    def matches(self, clause: Clause) -> Iterator[tuple[Disjunct, tuple[Term | None, ...]]]:
        """Each disjunct that holds, with the begin fact that serves each of its events (None for others)."""
        values = _values(self.query, clause, self.given)
        for number, disjunct in enumerate(self.disjuncts):
            for served, after in self._match(disjunct, order_of(disjunct), 0, values, clause, {}):
                if self._nested_hold(number, served, after, clause):
                    yield disjunct, tuple([served.get(i) for i in range(len(disjunct))])

    def _match(
        self,
        disjunct: Disjunct,
        order: list[int],
        position: int,
        bindings: Bindings,
        clause: Clause,
        served: dict[int, Term],
    ) -> Iterator[tuple[dict[int, Term], Bindings]]:
        if position == len(order):
            yield served, bindings
            return
        index = order[position]
        atom = disjunct[index]
        if isinstance(atom, core.QueryComparison):
            for after in self._compare(atom, bindings, clause):
                yield from self._match(disjunct, order, position + 1, after, clause, served)
            return
        if isinstance(atom, core.QueryIsNatural):
            number = substitute(self.vocabulary.term(atom.term), bindings)
            if follows(App(NATURAL, (number,)), _naturals(clause)):
                yield from self._match(disjunct, order, position + 1, bindings, clause, served)
            return
        wanted = atom.premise if isinstance(atom, core.Nested) else atom
        for pattern in self.vocabulary.facts(wanted, Variable(EXECUTION, "any")):
            for fact in clause.hypotheses:
                for after in self._serves(pattern, fact, bindings, clause):
                    yield from self._match(
                        disjunct, order, position + 1, after, clause, {**served, index: fact}
                    )

    def nested(self, number: int, index: int) -> tuple[core.Query, frozenset[Variable]]:
        """What is nested in a disjunct as a query of its own, and the variables that then have values: all
        that the premises or the disjunct mention."""
        disjunct = self.disjuncts[number]
        atom = disjunct[index]
        assert isinstance(atom, core.Nested)
        mentioned = [one.premise if isinstance(one, core.Nested) else one for one in disjunct]
        given = {v for one in mentioned for term in atom_terms(one) for v in variables(term)}
        question = replace(self.query, premises=(atom.premise,), conclusion=atom.conclusion)
        return question, self.given | (given & {*self.query.variables})

    def _nested_hold(self, number: int, served: dict[int, Term], bindings: Bindings, clause: Clause) -> bool:
        """Whether all that is nested in a disjunct holds, for the values found."""
        for index, fact in served.items():
            if isinstance(self.disjuncts[number][index], core.Nested):
                question, given = self.nested(number, index)
                if fact.symbol is BEGIN:
                    fact = App(EVENT, (fact.args[0], Variable(EXECUTION, "any")))
                whole = clause.conclusion.args[-1].symbol
                assert whole is not None
                values = App(whole, tuple([resolve(v, bindings) for v in self.query.variables]))
                goal = Initial(None, (fact,), App(goal_symbol(2), (fact, values)))
                asked = NestedGoal(question, given, goal, clause.label)
                if not self._holds(asked):
                    return False
                self.proved.setdefault((number, index), {}).setdefault(asked.key(), asked)
        return True

    def _serves(self, pattern: Term, fact: Term, bindings: Bindings, clause: Clause) -> Iterator[Bindings]:
        """Each way to choose the query's own variables so that the fact is the pattern."""
        if fact.symbol is not pattern.symbol and not (
            (fact.symbol is BEGIN and pattern.symbol is EVENT) or is_kept_by_attacker(fact, pattern)
        ):
            return
        pairs = [
            (wanted, given)
            for wanted, given in zip(pattern.args, fact.args, strict=True)
            if given is not ANY_EXECUTION
        ]
        yield from self._equated(pairs, bindings, clause)

    def _compare(self, atom: core.QueryComparison, bindings: Bindings, clause: Clause) -> Iterator[Bindings]:
        left, right = self.vocabulary.term(atom.left), self.vocabulary.term(atom.right)
        if is_time(atom) and not {*variables(left), *variables(right)} <= bindings.keys():
            return  # when the begin facts of a clause were executed is not known
        if atom.operator == "=":
            yield from self._equated([(left, right)], bindings, clause)
            return
        left, right = substitute(left, bindings), substitute(right, bindings)
        if atom.operator == "<>":
            if implied(Disequality(left, right), clause.disequalities, self.unifiers):
                yield bindings
        elif follows(at_least(atom.operator, left, right), _naturals(clause)):
            yield bindings

    def _equated(
        self, pairs: Sequence[tuple[Term, Term]], bindings: Bindings, clause: Clause
    ) -> Iterator[Bindings]:
        """Each way to choose the variables that are still open so that all pairs are equal.

        The variables of the clause stand for any value and must not be chosen, so they become constants
        meanwhile. Open are all others: those of the query that `bindings` does not give a value, executions
        of events, and arguments of names that the query does not mention.
        """
        taken = _variables_of(clause)
        closed = [(substitute(left, bindings), substitute(right, bindings)) for left, right in pairs]
        constants: Bindings = {}
        for term in (term for pair in closed for term in pair):
            for variable in variables(term):
                if variable in taken:
                    constants[variable] = App(Symbol(variable.name, (), variable.type, Kind.NAME))
        whole = tuple_symbol(len(closed))
        left = App(whole, tuple([substitute(pair[0], constants) for pair in closed]))
        right = App(whole, tuple([substitute(pair[1], constants) for pair in closed]))
        back = {constant: variable for variable, constant in constants.items()}
        for unifier in self.unifiers(left, right):
            chosen = {v: _replaced(resolve(v, unifier), back) for v in unifier}
            yield {**bindings, **chosen}


def _variables_of(clause: Clause) -> set[Variable]:
    terms = [*clause.hypotheses, clause.conclusion]
    terms += [term for d in clause.disequalities for term in (d.left, d.right)]
    return {variable for term in terms for variable in variables(term)}


def _replaced(term: Term, replacement: dict[Term, Variable]) -> Term:
    """The term with constants replaced by variables."""
    found = replacement.get(term)
    if found is not None:
        return found
    if not term.args:
        return term
    assert term.symbol is not None
    return App(term.symbol, tuple([_replaced(argument, replacement) for argument in term.args]))


def _naturals(clause: Clause) -> list[Term]:
    return [fact for fact in clause.hypotheses if is_natural_constraint(fact)]


def query_values(query: core.Query, clause: Clause) -> Bindings:
    """The values that a goal clause gives to the variables of its query's premises."""
    return _values(query, clause, _premise_variables(query))


def _values(query: core.Query, clause: Clause, given: Collection[Variable]) -> Bindings:
    values = zip(query.variables, clause.conclusion.args[-1].args, strict=True)
    return {variable: value for variable, value in values if variable in given}


def _premise_variables(query: core.Query) -> set[Variable]:
    found: set[Variable] = set()
    for premise in query.premises:
        for term in atom_terms(premise):
            found.update(variables(term))
    return found
