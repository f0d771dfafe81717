"""Whether a clause satisfies a query: Blanchet 2009, theorem 1; Blanchet 2016, section 4.4.

A clause `H && phi -> goal(...)` satisfies `premises ==> conclusion` if for some disjunct of the conclusion
there are values for its own variables such that each of its events is among the begin facts of H, each of
its attacker, message and table facts among the others, and each of its equalities and disequalities follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from appliedpi import core
from appliedpi.clauses import BEGIN, NATURAL, Clause, Disequality, is_attacker
from appliedpi.constraints import Unifiers, implied
from appliedpi.queries.goals import Vocabulary, at_least
from appliedpi.saturation.naturals import follows, is_natural_constraint
from appliedpi.terms import App, Term, Variable, substitute
from appliedpi.translation.processes import ANY_EXECUTION
from appliedpi.unification import Bindings, match, resolve, unify

Disjunct = tuple[core.QueryAtom, ...]


def disjuncts(formula: core.Formula) -> list[Disjunct]:
    """The disjunctive normal form of a conclusion without nesting."""
    match formula:
        case core.Disjunction():
            return [disjunct for part in formula.parts for disjunct in disjuncts(part)]
        case core.Conjunction():
            choices = product(*[disjuncts(part) for part in formula.parts])
            return [tuple(atom for part in choice for atom in part) for choice in choices]
        case core.Nested():
            return [(formula.premise, *rest) for rest in disjuncts(formula.conclusion)]
        case _:
            return [(formula,)]


class Conclusion:
    """The conclusion of a query, ready to be looked for in clauses."""

    def __init__(self, query: core.Query, vocabulary: Vocabulary, unifiers: Unifiers) -> None:
        self.query = query
        self.vocabulary = vocabulary
        self.unifiers = unifiers
        self.disjuncts = disjuncts(query.conclusion)

    def satisfied_by(self, clause: Clause) -> bool:
        """Whether some disjunct holds wherever the clause applies."""
        return any(True for _ in self.matches(clause))

    def matches(self, clause: Clause) -> Iterator[tuple[Disjunct, tuple[Term | None, ...]]]:
        """Each disjunct that holds, with the begin fact that serves each of its events (None for others)."""
        values = query_values(self.query, clause)
        for disjunct in self.disjuncts:
            # Facts first: they give values to the variables that comparisons mention.
            order = sorted(
                range(len(disjunct)),
                key=lambda i: isinstance(disjunct[i], core.QueryComparison | core.QueryIsNatural),
            )
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
        for pattern in self.vocabulary.facts(atom, Variable("execution", "any")):
            for fact in clause.hypotheses:
                after = self._serves(pattern, fact, bindings)
                if after is not None:
                    yield from self._match(
                        disjunct, order, position + 1, after, clause, {**served, index: fact}
                    )

    def _serves(self, pattern: Term, fact: Term, bindings: Bindings) -> Bindings | None:
        if fact.symbol is not pattern.symbol:
            if fact.symbol is BEGIN and pattern.symbol is not None and pattern.symbol.name == "event":
                pass
            elif not (is_attacker(fact) and is_attacker(pattern)):
                return None
        after = dict(bindings)
        for wanted, given in zip(pattern.args, fact.args, strict=True):
            if given is ANY_EXECUTION:
                continue
            if not match(wanted, given, after):
                return None
        return after

    def _compare(self, atom: core.QueryComparison, bindings: Bindings, clause: Clause) -> Iterator[Bindings]:
        left = substitute(self.vocabulary.term(atom.left), bindings)
        right = substitute(self.vocabulary.term(atom.right), bindings)
        if atom.operator == "=":
            unifier: Bindings = {}
            if not unify(left, right, unifier):
                return
            # Only the query's own variables may be chosen; those of the clause stand for any value.
            own = {v for v in self.query.variables if v not in bindings}
            chosen: Bindings = {}
            for variable, value in list(unifier.items()):
                if variable in own:
                    chosen[variable] = value
                elif isinstance(value, Variable) and value in own and value not in unifier:
                    chosen[value] = variable
                else:
                    return
            yield {**bindings, **{v: resolve(t, chosen) for v, t in chosen.items()}}
        elif atom.operator == "<>":
            if implied(Disequality(left, right), clause.disequalities, self.unifiers):
                yield bindings
        elif follows(at_least(atom.operator, left, right), _naturals(clause)):
            yield bindings


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
            from appliedpi.terms import variables

            found.update(variables(term))
    return found


def atom_terms(atom: core.QueryAtom) -> tuple[Term, ...]:
    """The terms that an atom mentions."""
    match atom:
        case core.QueryAttacker() | core.QueryEvent() | core.QueryIsNatural():
            return (atom.term,)
        case core.QueryMessage():
            return (atom.channel, atom.term)
        case core.QueryTable():
            return (atom.entry,)
        case core.QueryComparison():
            return (atom.left, atom.right)
