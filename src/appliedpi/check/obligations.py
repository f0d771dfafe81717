"""The obligations that make a certificate a proof, in the order of the package's description."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from appliedpi.check.clauses import (
    Clause,
    ClauseSet,
    Kept,
    compared,
    is_known,
    may_be_selected,
    stands_for,
    symbols_of,
    taken_apart,
)  # fmt: skip
from appliedpi.check.constraints import GOAL, NATURALS, PRECISE, Disequality, Naturals, predicate
from appliedpi.check.contents import Atom, LemmaCase, Proof, Served, Statement
from appliedpi.check.errors import Rejected
from appliedpi.check.unification import Bindings, fresh, match, resolve, unify, variables_of
from appliedpi.terms import App, Term, Variable, substitute, variables

_MAXIMUM_LEMMA_USES: Final = 2_000  # in one clause


class Checker:
    """Checks one certificate: a method that finds a gap raises Rejected, `run` returns if none did."""

    def __init__(self, statement: Statement, proof: Proof) -> None:
        self.statement = statement
        self.proof = proof
        self.theory = statement.theory
        self.never: tuple[Term, ...] = statement.never
        self.resolutions = 0

    def run(self) -> None:
        """Check everything that the head of this file lists."""
        base = ClauseSet(self.proof.clauses)
        self._closed("initial clause", self.statement.initial, base, base)
        self.never = ()  # while it is shown that they never hold, that is not known
        if len(self.proof.never) != len(self.statement.never):
            raise Rejected("there is not one proof for each fact that is declared never to hold")
        for fact, kept in zip(self.statement.never, self.proof.never, strict=True):
            goal = Clause((fact,), App(predicate(GOAL, 1), (fact,)), ())
            self._closed(f"goal of not {fact},", [goal], ClauseSet(kept), base)
            if any(one.selected is None for one in kept):
                raise Rejected(f"{fact} is declared never to hold, but may hold")
        self.never = self.statement.never
        # What satisfies the query goes on doing so, but injectivity compares clauses with each other.
        early = not self.statement.query.executions
        self._closed("goal clause", self.statement.goals, ClauseSet(self.proof.goals), base, early)
        self._query_follows()

    def _closed(
        self, what: str, initial: Sequence[Clause], kept: ClauseSet, base: ClauseSet, early: bool = False
    ) -> None:
        """Each initial clause is covered, and each resolvent of a kept clause with a solved one of `base`.

        `early`: what satisfies the query is covered.
        """
        for number, clause in enumerate(initial):
            self._covered(f"{what} {number}", clause, kept, early)
        for one in kept.clauses:
            if one.selected is None:
                continue
            selected = one.clause.hypotheses[one.selected]
            if not may_be_selected(selected):
                raise Rejected(f"{one.name} selects {selected}, which is never selected: {one.clause}")
            for other in base.solved(selected):
                resolvent = _resolvent(one, other)
                if resolvent is not None:
                    self.resolutions += 1
                    name = f"the resolvent of {one.name} with {other.name}"
                    self._covered(name, resolvent, kept, early)

    def _covered(self, name: str, clause: Clause, kept: ClauseSet, early: bool) -> None:
        """The clause says nothing that the kept clauses do not say."""
        work, uses = [clause], 0
        while work:
            simple = self._simplified(work.pop())
            if simple is None:
                continue
            if self._subsumed(simple, kept) or (early and self._satisfies(simple)):
                continue
            cases, uses = self._cases(simple), uses + 1
            if cases is None or uses > _MAXIMUM_LEMMA_USES:
                raise Rejected(f"{name} is not covered: {simple}")
            work += cases

    # --- simplification (Blanchet 2016, section 3.2) --------------------------------------------------

    def _simplified(self, clause: Clause) -> Clause | None:
        """The clause simplified; None where its hypotheses or constraints cannot hold."""
        while bindings := self._enforced(clause):
            clause = clause.resolved(bindings)
        if bindings is None:
            return None
        terms = [argument for fact in (*clause.hypotheses, clause.conclusion) for argument in fact.args]
        if any(self.theory.reducible(term) for term in terms):
            return None  # messages are irreducible
        if any(constraint.never_holds(self.theory) for constraint in clause.constraints):
            return None
        if any(match(never, fact, {}) for never in self.never for fact in clause.hypotheses):
            return None
        parts = [part for fact in clause.hypotheses for part in taken_apart(fact) if not is_known(part)]
        return Clause(tuple(dict.fromkeys(parts)), clause.conclusion, clause.constraints, clause.label)

    def _enforced(self, clause: Clause) -> Bindings | None:
        """Bindings that hold wherever the clause applies; None where it never does.

        An execution of a precise action receives one message; numbers may be equal.
        """
        bindings: Bindings = {}
        received: dict[Term, Term] = {}
        for fact in clause.hypotheses:
            if fact.symbol is PRECISE:
                execution, message = fact.args
                other = received.setdefault(execution, message)
                if other is not message:
                    return bindings if unify([(other, message)], bindings) else None
        naturals = Naturals(clause.hypotheses)
        if not naturals.possible():
            return None
        equal = naturals.equality()
        return bindings if equal is None or unify([equal], bindings) else None

    # --- subsumption (Blanchet 2016, section 3.2) ----------------------------------------------------

    def _subsumed(self, clause: Clause, kept: ClauseSet) -> bool:
        """Whether each part of the conclusion is a hypothesis or a kept clause subsumes the clause for it."""
        symbols, naturals = symbols_of(clause), Naturals(clause.hypotheses)
        for part in taken_apart(clause.conclusion):
            general = kept.more_general(part, symbols)
            if part not in clause.hypotheses and not any(
                self._subsumes(one.clause, clause, part, naturals) for one in general
            ):
                return False
        return True

    def _subsumes(self, general: Clause, special: Clause, conclusion: Term, naturals: Naturals) -> bool:
        """Whether an instance of the general clause has this conclusion, hypotheses that are a sub-multiset
        of the special clause's, and constraints that those of the special clause imply."""
        bindings: Bindings = {}
        if general.label & ~special.label or not match(general.conclusion, conclusion, bindings):
            return False
        # Large hypotheses first, for they match least; constraints last, for then their variables are known.
        ordered = sorted(general.hypotheses, key=lambda fact: (fact.symbol in NATURALS, -fact.size))
        return any(
            self._follow(general.constraints, values, special)
            for values in _embeddings(ordered, special.hypotheses, naturals, bindings)
        )

    def _follow(self, constraints: Sequence[Disequality], values: Bindings, clause: Clause) -> bool:
        """Whether the constraints, for these values, hold wherever those of the clause do."""
        return all(c.under(values).follows(clause.constraints, self.theory) for c in constraints)

    # --- lemmas (Blanchet, Cheval, Cortier 2022) -------------------------------------------

    def _cases(self, clause: Clause) -> list[Clause] | None:
        """The clauses that replace this one by a use of a lemma that adds something; None if none does."""
        naturals = Naturals(clause.hypotheses)
        for lemma in self.statement.lemmas:
            for values in _instances(lemma.premises, clause.hypotheses, naturals, {}):
                if self._follow(lemma.constraints, values, clause) and not any(
                    self._known(case, values, clause, naturals) for case in lemma.cases
                ):
                    return [after for case in lemma.cases for after in self._added(case, values, clause)]
        return None

    def _known(self, case: LemmaCase, values: Bindings, clause: Clause, naturals: Naturals) -> bool:
        """Whether adding the case would add nothing."""
        return any(
            all(substitute(a, after) is substitute(b, after) for a, b in case.equalities)
            and self._follow(case.constraints, after, clause)
            for after in _instances(case.facts, clause.hypotheses, naturals, values)
        )

    def _added(self, case: LemmaCase, values: Bindings, clause: Clause) -> Iterator[Clause]:
        """The clause with the case added."""
        terms = [*case.facts, *[term for pair in case.equalities for term in pair]]
        values = fresh([*terms, *[v for c in case.constraints for v in c.own()]], values)
        whole = Clause(
            (*clause.hypotheses, *[substitute(fact, values) for fact in case.facts]),
            clause.conclusion,
            (*clause.constraints, *[constraint.under(values) for constraint in case.constraints]),
            clause.label,
        )
        equal = [(substitute(a, values), substitute(b, values)) for a, b in case.equalities]
        for unifier in self.theory.unifiers(equal, set()):
            yield whole.resolved(unifier)

    # --- the query (Blanchet 2016, section 3.3) ---------------------------------------------------------

    def _query_follows(self) -> None:
        """Each solved goal clause satisfies the query, and any two of them do so injectively."""
        query = self.statement.query
        solved: list[tuple[Kept, tuple[Atom, ...], Served]] = []
        for kept in self.proof.goals:
            simple = self._simplified(kept.clause)
            if kept.selected is not None or simple is None:
                continue
            if query.executions:
                disjunct, served = self._claimed(kept)
                solved.append((kept, disjunct, served))
            elif not self._satisfies(simple):
                raise Rejected(f"{kept.name} does not satisfy the query: {kept.clause}")
        for index, (first, disjunct, served) in enumerate(solved):
            for second, other_disjunct, other_served in solved[index:]:
                if disjunct is other_disjunct:
                    for atom, one, two in zip(disjunct, served, other_served, strict=True):
                        if atom.injective and one is not None and two is not None:
                            self._injective(first, one, second, two)

    def _satisfies(self, clause: Clause) -> bool:
        """Whether some disjunct holds wherever the clause applies."""
        disjuncts = self.statement.query.disjuncts
        return any(True for disjunct in disjuncts for _ in self._served(disjunct, clause))

    def _claimed(self, kept: Kept) -> tuple[tuple[Atom, ...], Served]:
        """The disjunct that the clause claims to satisfy and the facts that serve its atoms."""
        if kept.claim is None or kept.claim[0] >= len(self.statement.query.disjuncts):
            raise Rejected(f"{kept.name} does not say which disjunct it satisfies: {kept.clause}")
        disjunct = self.statement.query.disjuncts[kept.claim[0]]
        claimed = tuple([None if i is None else kept.clause.hypotheses[i] for i in kept.claim[1]])
        if all(served != claimed for served in self._served(disjunct, kept.clause)):
            raise Rejected(f"{kept.name} does not satisfy the query as it claims: {kept.clause}")
        return disjunct, claimed

    def _served(self, disjunct: tuple[Atom, ...], clause: Clause) -> Iterator[Served]:
        """Each way in which a goal clause satisfies the disjunct: the hypotheses that serve its facts."""
        query = self.statement.query
        values = clause.conclusion.args[-1].args
        given: Bindings = {query.variables[position]: values[position] for position in query.given}
        frozen = variables_of([*clause.hypotheses, clause.conclusion])
        frozen.update([v for constraint in clause.constraints for v in constraint.own()])
        return self._serve(disjunct, clause, given, frozen)

    def _serve(
        self, atoms: tuple[Atom, ...], clause: Clause, values: Bindings, frozen: set[Variable]
    ) -> Iterator[Served]:
        if not atoms:
            yield ()
            return
        for fact, after in self._holds(atoms[0], clause, values, frozen):
            for others in self._serve(atoms[1:], clause, after, frozen):
                yield (fact, *others)

    def _holds(
        self, atom: Atom, clause: Clause, values: Bindings, frozen: set[Variable]
    ) -> Iterator[tuple[Term | None, Bindings]]:
        """Each way to choose the query's own variables so that the atom holds wherever the clause applies."""
        terms = [resolve(term, values) for term in atom.terms]
        if atom.kind == "fact":
            for pattern in terms:
                for fact in clause.hypotheses:
                    if stands_for(fact, pattern):
                        for unifier in self.theory.unifiers(compared(fact, pattern), frozen):
                            yield fact, {**values, **unifier}
        elif atom.kind == "=":
            for unifier in self.theory.unifiers([(terms[0], terms[1])], frozen):
                yield None, {**values, **unifier}
        elif atom.kind == "<>":
            if Disequality(((terms[0], terms[1]),)).follows(clause.constraints, self.theory):
                yield None, values
        elif Naturals(clause.hypotheses).imply(terms[0]):
            yield None, values

    def _injective(self, first: Kept, one: Term, second: Kept, two: Term) -> None:
        """Two executions of the premises that share one execution of an event are one (Blanchet 2009,
        theorem 2): where both begin facts are the same, the executions of the premises cannot differ."""
        other = second.clause.renamed()
        begin = other.hypotheses[second.clause.hypotheses.index(two)]
        bindings: Bindings = {}
        if not unify([(one, begin)], bindings):
            return
        goal, other_goal = first.clause.conclusion, other.conclusion
        positions = self.statement.query.executions
        executions = [(goal.args[i].args[1], other_goal.args[i].args[1]) for i in positions]
        both = Clause(
            (*first.clause.hypotheses, *other.hypotheses),
            first.clause.conclusion,
            (*first.clause.constraints, *other.constraints, Disequality(tuple(executions))),
        )
        if self._simplified(both.resolved(bindings)) is not None:
            names = f"{first.name} and {second.name}"
            raise Rejected(f"not injective: {names} may share {one} though their premises are executed twice")


def _resolvent(selecting: Kept, solved: Kept) -> Clause | None:
    """Blanchet 2016, section 3.2 (the resolution of two clauses); None where they do not resolve."""
    index = selecting.selected
    assert index is not None
    one, other = selecting.clause, solved.apart
    bindings: Bindings = {}
    if not unify([(one.hypotheses[index], other.conclusion)], bindings):
        return None
    return Clause(
        (*one.hypotheses[:index], *one.hypotheses[index + 1 :], *other.hypotheses),
        one.conclusion,
        (*one.constraints, *other.constraints),
        one.label | other.label,
    ).resolved(bindings)


def _embeddings(
    facts: Sequence[Term], targets: Sequence[Term], naturals: Naturals, bindings: Bindings
) -> Iterator[Bindings]:
    """Each way to make the facts a sub-multiset of the targets; constraints need only follow."""
    if not facts:
        yield bindings
        return
    first, rest = facts[0], facts[1:]
    if first.symbol in NATURALS:
        if all(v in bindings for v in variables(first)) and naturals.imply(substitute(first, bindings)):
            yield from _embeddings(rest, targets, naturals, bindings)
            return
    for index, target in enumerate(targets):
        after = dict(bindings)
        if target.symbol is first.symbol and match(first, target, after):
            yield from _embeddings(rest, [*targets[:index], *targets[index + 1 :]], naturals, after)


def _instances(
    premises: Sequence[Term], hypotheses: Sequence[Term], naturals: Naturals, values: Bindings
) -> Iterator[Bindings]:
    """Each way to find the premises of a lemma among the hypotheses."""
    if not premises:
        yield values
        return
    first, rest = premises[0], premises[1:]
    if first.symbol in NATURALS:
        if naturals.imply(substitute(first, values)):
            yield from _instances(rest, hypotheses, naturals, values)
        return
    for fact in hypotheses:
        after = dict(values)
        if stands_for(fact, first) and all(match(p, f, after) for p, f in compared(fact, first)):
            yield from _instances(rest, hypotheses, naturals, after)
