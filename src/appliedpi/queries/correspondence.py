"""Whether a clause satisfies a query: Blanchet 2009, theorem 1; Blanchet 2016, section 3.3.

A nested correspondence `event(e) ==> (event(e1) ==> H1)` is proved in two steps, which is sufficient: e1 is
among the begin facts, and wherever e1 is executed H1 holds before.

A clause `H && phi -> goal(...)` satisfies `premises ==> conclusion` if for some disjunct of the conclusion
there are values for its own variables such that each of its events is among the begin facts of H, each of
its attacker, message and table facts among the others, and each of its equalities and disequalities follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from appliedpi import core
from appliedpi.builtin import tuple_symbol
from appliedpi.clauses import BEGIN, EVENT, NATURAL, Clause, Disequality
from appliedpi.constraints import Unifiers, implied
from appliedpi.queries.goals import (
    Vocabulary,
    at_least,
    atom_terms,
    atoms,
    is_time,
    substitute_atom,
    substitute_formula,
)
from appliedpi.queries.refutation import holds_by_cases
from appliedpi.saturation.lemmas import is_kept_by_attacker
from appliedpi.saturation.naturals import follows, is_natural_constraint
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute, variables
from appliedpi.translation.processes import ANY_EXECUTION
from appliedpi.unification import Bindings, resolve

Disjunct = tuple[core.QueryAtom | core.Nested, ...]

# The name of the variable for the execution of an event, when an event of a query is looked for.
EXECUTION = "execution"

# Whether a query holds: how a nested correspondence is proved on its own.
Holds = Callable[[core.Query], bool]


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


class Conclusion:
    """The conclusion of a query, ready to be looked for in clauses."""

    def __init__(self, query: core.Query, vocabulary: Vocabulary, unifiers: Unifiers, holds: Holds) -> None:
        self.query = query
        self._holds = holds
        self.vocabulary = vocabulary
        self.unifiers = unifiers
        self.disjuncts = disjuncts(query.conclusion)
        self.by_cases = False  # whether some clause satisfied it although no single disjunct holds

    def satisfied_by(self, clause: Clause) -> bool:
        """Whether some disjunct holds wherever the clause applies."""
        if any(True for _ in self.matches(clause)):
            return True
        if any(isinstance(premise, core.QueryEvent) and premise.injective for premise in self.query.premises):
            return False  # injectivity needs to know which disjunct holds
        values = query_values(self.query, clause)
        if not holds_by_cases(self.disjuncts, values, clause, self.vocabulary, self.unifiers):
            return False
        self.by_cases = True
        return True

    def matches(self, clause: Clause) -> Iterator[tuple[Disjunct, tuple[Term | None, ...]]]:
        """Each disjunct that holds, with the begin fact that serves each of its events (None for others)."""
        values = query_values(self.query, clause)
        for disjunct in self.disjuncts:
            # Facts first: they give values to the variables that comparisons mention.
            comparisons = [isinstance(a, core.QueryComparison | core.QueryIsNatural) for a in disjunct]
            order = sorted(range(len(disjunct)), key=comparisons.__getitem__)
            for served in self._match(disjunct, order, 0, values, clause, {}):
                yield disjunct, tuple([served.get(i) for i in range(len(disjunct))])

    def _match(
        self,
        disjunct: Disjunct,
        order: list[int],
        position: int,
        bindings: Bindings,
        clause: Clause,
        served: dict[int, Term],
    ) -> Iterator[dict[int, Term]]:
        if position == len(order):
            yield served
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
        nested = atom if isinstance(atom, core.Nested) else None
        wanted = atom.premise if isinstance(atom, core.Nested) else atom
        for pattern in self.vocabulary.facts(wanted, Variable(EXECUTION, "any")):
            for fact in clause.hypotheses:
                for after in self._serves(pattern, fact, bindings, clause):
                    if nested is None or self._holds(self._instance(nested, after)):
                        yield from self._match(
                            disjunct, order, position + 1, after, clause, {**served, index: fact}
                        )

    def _instance(self, nested: core.Nested, bindings: Bindings) -> core.Query:
        """`premise ==> conclusion` for the values found, as a query of its own.

        It is proved for every value of the variables of its premise. Variables of the clause that occur in
        its conclusion only stand for one value each, of which nothing is known: they become constants.
        """
        # The clauses of the new query number their variables as this clause does: rename them apart.
        apart: Bindings = {
            v: Variable(v.name, v.type, v.may_fail) for term in bindings.values() for v in variables(term)
        }
        values: Bindings = {v: substitute(term, apart) for v, term in bindings.items()}
        premise = substitute_atom(nested.premise, values)
        conclusion = substitute_formula(nested.conclusion, values)
        given = {v for term in atom_terms(premise) for v in variables(term)}
        others = {
            v
            for atom in atoms(conclusion)
            for term in atom_terms(atom)
            for v in variables(term)
            if v not in given and v not in self.query.variables
        }
        unknown: Bindings = {v: App(Symbol(v.name, (), v.type, Kind.NAME, private=True)) for v in others}
        own = tuple([v for v in self.query.variables if v not in bindings and v not in given])
        return core.Query(
            text=self.query.text,
            premises=(premise,),
            conclusion=substitute_formula(conclusion, unknown),
            variables=(*sorted(given, key=lambda v: v.index), *own),
            place=self.query.place,
        )

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
    values = clause.conclusion.args[-1].args
    given: Bindings = {}
    mentioned = _premise_variables(query)
    for variable, value in zip(query.variables, values, strict=True):
        if variable in mentioned:
            given[variable] = value
    return given


def _premise_variables(query: core.Query) -> set[Variable]:
    found: set[Variable] = set()
    for premise in query.premises:
        for term in atom_terms(premise):
            found.update(variables(term))
    return found
