"""Whether solved goal clauses satisfy their query (Blanchet 2009, theorems 1 and 2; Blanchet 2016, 3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Final

from appliedpi.check.clauses import ClauseSet, compared, renamed, resolved, resolvent, stands_for
from appliedpi.check.constraints import Naturals, own, successor
from appliedpi.check.contents import (
    AT_LEAST,
    BEGIN,
    EVENT,
    GOAL,
    NATURAL,
    Answer,
    Atom,
    Case,
    Clause,
    Conclusion,
    Disequality,
    Kept,
    Query,
    predicate,
)  # fmt: skip
from appliedpi.check.covering import Covering, Resolve, nothing
from appliedpi.check.errors import Rejected
from appliedpi.check.unification import Bindings, fresh, resolve, unify, variables_of
from appliedpi.terms import App, Term, Variable, substitute

_MAXIMUM_CASES: Final = 256  # of one clause

Served = tuple[Term | None, ...]  # for each atom of a disjunct, the hypothesis that serves it


class Goals:
    """The goal clauses of a conclusion, and those of what is nested in it.

    A nested `F ==> H` has goal clauses `F -> goal(F, values)` of its own: wherever F is, H is satisfied.
    """

    def __init__(
        self, covering: Covering, query: Query, conclusion: Conclusion, answer: Answer,
        executions: tuple[int, ...], what: str = "goal clause",
    ) -> None:  # fmt: skip
        self._covering = covering
        self._query = query
        self._conclusion = conclusion
        self._executions = executions
        self._kept = ClauseSet(what, answer.goals)
        # What satisfies the conclusion goes on doing so, whatever it is resolved with; but injectivity
        # compares clauses with each other.
        self._done = nothing if executions else self.satisfied
        atoms = [atom for disjunct in conclusion.disjuncts for atom in disjunct if atom.nested]
        if len(atoms) != len(answer.nested):
            raise Rejected("there is not one answer for each nested correspondence")
        self._nested = {
            atom: Goals(covering, query, atom.nested, inner, _injective(atom), f"nested {what}")
            for atom, inner in zip(atoms, answer.nested, strict=True)
            if atom.nested
        }

    def check(self, initial: Sequence[Clause], base: ClauseSet, resolve: Resolve = resolvent) -> int:
        """Check that all solved goal clauses satisfy the conclusion. Gives the number of resolutions."""
        count = sum([goals.check((), base) for goals in self._nested.values()])
        count += self._covering.closed(initial, self._kept, base, self._done, resolve)
        solved: list[tuple[int, Kept, Clause]] = []
        for number, kept in enumerate(self._kept.clauses):
            simple = self._covering.simplified(kept.clause) if kept.selected is None else None
            if simple is not None and self._covering.scope.includes(simple.label):
                solved.append((number, kept, simple))
        if self._executions:
            self._satisfy_injectively([(number, kept) for number, kept, _ in solved])
            return count
        for number, kept, simple in solved:
            if not self.satisfied(simple):
                raise Rejected(f"{self._kept.what} {number} does not satisfy the query: {kept.clause}")
        return count

    # --- one clause -----------------------------------------------------------------------------------

    def satisfied(self, clause: Clause) -> bool:
        """Whether some disjunct holds wherever the clause applies."""
        return any(True for _ in self._satisfying(clause)) or self._by_cases(clause)

    def _given(self, clause: Clause) -> Bindings:
        values = zip(self._query.variables, clause.conclusion.args[-1].args, strict=True)
        return {variable: value for variable, value in values if variable in self._conclusion.given}

    def _satisfying(self, clause: Clause) -> Iterator[tuple[int, Served]]:
        """Each disjunct that holds wherever the clause applies, and the hypotheses that serve its atoms."""
        given = self._given(clause)
        frozen = variables_of([*clause.hypotheses, clause.conclusion]) | own(*clause.constraints)
        for number, disjunct in enumerate(self._conclusion.disjuncts):
            # Variables that are not given may be chosen, but nobody chooses when an event happened.
            values = fresh([term for atom in disjunct for term in atom.terms], given)
            times = {v for v in values.values() if isinstance(v, Variable) and v.type == "time"}
            for served, after in self._serve(disjunct, clause, values, frozen | times):
                facts = zip(disjunct, served, strict=True)
                if all(self._nested_holds(atom, fact, clause, after) for atom, fact in facts if fact):
                    yield number, served

    def _serve(
        self, atoms: tuple[Atom, ...], clause: Clause, values: Bindings, frozen: set[Variable]
    ) -> Iterator[tuple[Served, Bindings]]:
        if not atoms:
            yield (), values
            return
        for fact, after in self._holds(atoms[0], clause, values, frozen):
            for others, last in self._serve(atoms[1:], clause, after, frozen):
                yield (fact, *others), last

    def _holds(
        self, atom: Atom, clause: Clause, values: Bindings, frozen: set[Variable]
    ) -> Iterator[tuple[Term | None, Bindings]]:
        """Each way to choose the query's own variables so that the atom holds wherever the clause applies."""
        theory = self._covering.theory
        terms = [resolve(term, values) for term in atom.terms]
        if atom.kind == "fact":
            for pattern in terms:
                for fact in clause.hypotheses:
                    if stands_for(fact, pattern):
                        for unifier in theory.unifiers(compared(fact, pattern), frozen):
                            yield fact, {**values, **unifier}
        elif atom.kind == "=":
            for unifier in theory.unifiers([(terms[0], terms[1])], frozen):
                yield None, {**values, **unifier}
        elif atom.kind == "<>":
            if self._covering.implied([Disequality(((terms[0], terms[1]),), ())], {}, clause):
                yield None, values
        elif Naturals(clause.hypotheses).imply(terms[0]):
            yield None, values

    def _nested_holds(self, atom: Atom, fact: Term, clause: Clause, values: Bindings) -> bool:
        """Whether the goal clause of what is nested there, for these values, is covered by those kept."""
        goals = self._nested.get(atom)
        if goals is None:
            return True
        if fact.symbol is BEGIN:
            fact = App(EVENT, (fact.args[0], Variable("execution", "any")))
        symbol = clause.conclusion.args[-1].symbol
        assert symbol is not None
        found = App(symbol, tuple([resolve(variable, values) for variable in self._query.variables]))
        goal = Clause((fact,), App(predicate(GOAL, 2), (fact, found)), (), clause.label)
        return self._covering.gap(goal, goals._kept, goals._done) is None

    # --- several disjuncts together -------------------------------------------------------------------

    def _by_cases(self, clause: Clause) -> bool:
        """Whether no values of the clause's variables make every disjunct of comparisons fail."""
        given, naturals = self._given(clause), Naturals(clause.hypotheses)
        itself: Bindings = {variable: variable for variable in variables_of([clause.conclusion])}
        choices = [
            [case for atom in disjunct for case in _failures(atom, given, naturals)]
            for disjunct in self._conclusion.disjuncts
            if all(atom.kind != "fact" and variables_of(atom.terms) <= given.keys() for atom in disjunct)
        ]
        return prod(map(len, choices)) <= _MAXIMUM_CASES and all(
            self._covering.simplified(after) is None
            for failing in product(*choices)
            for after in self._covering.added(_together(failing), itself, clause)
        )

    # --- injectivity ----------------------------------------------------------------------------------

    def _satisfy_injectively(self, solved: Sequence[tuple[int, Kept]]) -> None:
        """Each clause satisfies the conclusion as it claims, and no two may share an injective event."""
        claims = [(number, kept.clause, *self._claimed(number, kept)) for number, kept in solved]
        for index, (one, first, disjunct, served) in enumerate(claims):
            for two, second, other, also_served in claims[index:]:
                atoms = self._conclusion.disjuncts[disjunct] if disjunct == other else ()
                for atom, fact, fact_too in zip(atoms, served, also_served, strict=False):
                    if not (atom.injective and fact and fact_too):
                        continue
                    if self._may_share(first, fact, second, fact_too):
                        names = f"{self._kept.what} {one} and {self._kept.what} {two} may share {fact}"
                        raise Rejected(f"not injective: {names} though their premises are executed twice")

    def _claimed(self, number: int, kept: Kept) -> tuple[int, Served]:
        """The disjunct that the clause claims to satisfy and the facts that serve its atoms."""
        if kept.claim is not None:
            disjunct = kept.claim[0]
            served = tuple([None if i is None else kept.clause.hypotheses[i] for i in kept.claim[1]])
            if (disjunct, served) in self._satisfying(kept.clause):
                return disjunct, served
        raise Rejected(f"{self._kept.what} {number} does not satisfy the query as it claims: {kept.clause}")

    def _may_share(self, first: Clause, one: Term, second: Clause, two: Term) -> bool:
        """Whether two executions of the premises may share one execution of an event (Blanchet 2009,
        theorem 2): whether the begin facts may be the same and the executions of the premises differ."""
        other = renamed(second)
        bindings: Bindings = {}
        if not unify([(one, other.hypotheses[second.hypotheses.index(two)])], bindings):
            return False
        executions = [
            (first.conclusion.args[i].args[1], other.conclusion.args[i].args[1]) for i in self._executions
        ]
        differ = Disequality(tuple(executions), ())
        hypotheses, label = (*first.hypotheses, *other.hypotheses), first.label | second.label
        both = Clause(hypotheses, first.conclusion, (*first.constraints, *other.constraints, differ), label)
        possible = self._covering.simplified(resolved(both, bindings)) is not None
        return possible and self._covering.scope.includes(label)


def _injective(atom: Atom) -> tuple[int, ...]:
    """The injective premises of what is nested at an atom."""
    return (0,) if atom.injective and _speaks_injectively(atom.nested) else ()


def _speaks_injectively(conclusion: Conclusion | None) -> bool:
    if conclusion is None:
        return False
    atoms = [atom for disjunct in conclusion.disjuncts for atom in disjunct]
    return any(atom.injective or _speaks_injectively(atom.nested) for atom in atoms)


def _failures(atom: Atom, given: Bindings, naturals: Naturals) -> Iterator[Case]:
    """The cases in which a comparison fails. Of what may be no number, `>=` and `is_nat` may always fail."""
    terms = [substitute(term, given) for term in atom.terms]
    numbers = list(terms[0].args) if atom.kind == "number" else terms
    known = all(naturals.imply(App(NATURAL, (number,))) for number in numbers)
    if atom.kind == "<>":
        yield Case((), ((terms[0], terms[1]),), ())
    elif not known:
        differ = Disequality(((terms[0], terms[1]),), ()) if atom.kind == "=" else None
        yield Case((), (), (differ,) if differ else ())
    elif len(numbers) == 2:
        left, right = numbers
        yield Case((App(AT_LEAST, (right, successor(left))),), (), ())
        if atom.kind == "=":
            yield Case((App(AT_LEAST, (left, successor(right))),), (), ())


def _together(cases: Sequence[Case]) -> Case:
    return Case(
        tuple([fact for case in cases for fact in case.facts]),
        tuple([pair for case in cases for pair in case.equalities]),
        tuple([constraint for case in cases for constraint in case.constraints]),
    )
