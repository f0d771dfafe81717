"""When a clause says nothing that the kept clauses do not say: it is then *covered*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from appliedpi.check.clauses import (
    ClauseSet,
    compared,
    is_known,
    may_be_selected,
    resolved,
    resolvent,
    stands_for,
    taken_apart,
)  # fmt: skip
from appliedpi.check.constraints import Naturals, follows, never_holds, own, under
from appliedpi.check.contents import NATURALS, PRECISE, Case, Clause, Disequality, Kept, Lemma
from appliedpi.check.errors import Rejected
from appliedpi.check.scope import Scope
from appliedpi.check.unification import Bindings, Theory, fresh, match, unify
from appliedpi.terms import Term, substitute, variables

_MAXIMUM_LEMMA_USES: Final = 2_000  # in one clause


Done = Callable[[Clause], bool]
Resolve = Callable[[Kept, Clause], Clause | None]


def nothing(clause: Clause) -> bool:
    """Something more is asked of every clause."""
    return False


class Covering:
    """Covering modulo a theory, with the use of lemmas, where some facts `never` hold.

    Of a clause whose label is in no set of the `scope` nothing is asked.
    """

    def __init__(self, theory: Theory, lemmas: Sequence[Lemma], never: Sequence[Term], scope: Scope) -> None:
        self.theory = theory
        self.scope = scope
        self._lemmas = lemmas
        self._never = never

    def closed(
        self, initial: Sequence[Clause], kept: ClauseSet, base: ClauseSet, done: Done = nothing,
        resolve: Resolve = resolvent,
    ) -> int:  # fmt: skip
        """Check that the initial clauses are covered, and all resolvents of a kept clause upon its selected
        hypothesis with solved clauses of the base (Blanchet 2016, section 3.2). Gives their number."""
        for number, clause in enumerate(initial):
            self._covered(f"initial {kept.what} {number}", clause, kept, done)
        count = 0
        for number, one in enumerate(kept.clauses):
            if one.selected is None:
                continue
            selected = one.clause.hypotheses[one.selected]
            if not may_be_selected(selected):
                raise Rejected(f"{kept.what} {number} selects {selected}, which cannot be: {one.clause}")
            for other, solved in base.solved(selected):
                result = resolve(one, solved)
                if result is not None:
                    count += 1
                    names = f"{kept.what} {number} with {base.what} {other}"
                    self._covered(f"the resolvent of {names}", result, kept, done)
        return count

    def _covered(self, name: str, clause: Clause, kept: ClauseSet, done: Done) -> None:
        gap = self.gap(clause, kept, done)
        if gap is not None:
            raise Rejected(f"{name} is not covered: {gap}")

    def gap(self, clause: Clause, kept: ClauseSet, done: Done) -> Clause | None:
        """None where the clause is covered, otherwise the simplified clause that is not.

        `done` tells clauses of which nothing more is asked. Where a lemma applies to a clause, that clause
        is covered if the clauses are in which one case of the lemma holds (Blanchet, Cheval, Cortier 2022).
        """
        work, uses = [clause] if self.scope.includes(clause.label) else [], 0
        while work:
            simple = self.simplified(work.pop())
            if simple is None or self._subsumed(simple, kept) or done(simple):
                continue
            cases, uses = self._cases(simple), uses + 1
            if cases is None or uses > _MAXIMUM_LEMMA_USES:
                return simple
            work += cases
        return None

    # --- simplification (Blanchet 2016, section 3.2) --------------------------------------------------

    def simplified(self, clause: Clause) -> Clause | None:
        """The clause simplified; None where its hypotheses or constraints cannot hold."""
        while bindings := _enforced(clause):
            clause = resolved(clause, bindings)
        if bindings is None:
            return None
        facts = (*clause.hypotheses, clause.conclusion)
        if any(self.theory.reducible(argument) for fact in facts for argument in fact.args):
            return None  # messages are irreducible
        if any(never_holds(constraint, self.theory) for constraint in clause.constraints):
            return None
        if any(match(never, fact, {}) for never in self._never for fact in clause.hypotheses):
            return None
        parts = [part for fact in clause.hypotheses for part in taken_apart(fact) if not is_known(part)]
        return replace(clause, hypotheses=tuple(dict.fromkeys(parts)))

    # --- subsumption (Blanchet 2016, section 3.2) ----------------------------------------------------

    def _subsumed(self, clause: Clause, kept: ClauseSet) -> bool:
        """Whether each part of the conclusion is a hypothesis or a kept clause subsumes the clause for it."""
        naturals = Naturals(clause.hypotheses)
        return all(
            part in clause.hypotheses
            or any(
                self._subsumes(general, clause, part, naturals)
                for general in kept.more_general(part, clause.hypotheses)
            )
            for part in taken_apart(clause.conclusion)
        )

    def _subsumes(self, general: Clause, special: Clause, conclusion: Term, naturals: Naturals) -> bool:
        """Whether an instance of the general clause has this conclusion, hypotheses that are a sub-multiset
        of the special clause's, and constraints that those of the special clause imply."""
        bindings: Bindings = {}
        if general.label & ~special.label or not match(general.conclusion, conclusion, bindings):
            return False
        # Large hypotheses first, for they match least; constraints last, for then their variables are known.
        ordered = sorted(general.hypotheses, key=lambda fact: (fact.symbol in NATURALS, -fact.size))
        return any(
            self.implied(general.constraints, values, special)
            for values in _embeddings(ordered, special.hypotheses, naturals, bindings)
        )

    def implied(self, constraints: Sequence[Disequality], values: Bindings, clause: Clause) -> bool:
        """Whether the constraints, for these values, hold wherever those of the clause do."""
        return all(follows(under(one, values), clause.constraints, self.theory) for one in constraints)

    # --- lemmas (Blanchet, Cheval, Cortier 2022) ------------------------------------------------------

    def _cases(self, clause: Clause) -> list[Clause] | None:
        """The clauses that replace this one by a use of a lemma that adds something; None if none does."""
        naturals = Naturals(clause.hypotheses)
        for lemma in self._lemmas:
            for values in _instances(lemma.premises, clause.hypotheses, naturals, {}):
                if self.implied(lemma.constraints, values, clause) and not any(
                    self._known(case, values, clause, naturals) for case in lemma.cases
                ):
                    return [after for case in lemma.cases for after in self.added(case, values, clause)]
        return None

    def _known(self, case: Case, values: Bindings, clause: Clause, naturals: Naturals) -> bool:
        """Whether adding the case would add nothing."""
        return any(
            all(substitute(a, after) is substitute(b, after) for a, b in case.equalities)
            and self.implied(case.constraints, after, clause)
            for after in _instances(case.facts, clause.hypotheses, naturals, values)
        )

    def added(self, case: Case, values: Bindings, clause: Clause) -> Iterator[Clause]:
        """The clause with the case added, for these values of its variables and any of the others."""
        terms = [*case.facts, *[term for pair in case.equalities for term in pair]]
        values = fresh([*terms, *own(*case.constraints)], values)
        facts = [substitute(fact, values) for fact in case.facts]
        constraints = [under(constraint, values) for constraint in case.constraints]
        whole = Clause(
            (*clause.hypotheses, *facts), clause.conclusion, (*clause.constraints, *constraints), clause.label
        )
        equal = [(substitute(a, values), substitute(b, values)) for a, b in case.equalities]
        for unifier in self.theory.unifiers(equal, set()):
            yield resolved(whole, unifier)


def _enforced(clause: Clause) -> Bindings | None:
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


def _embeddings(
    facts: Sequence[Term], targets: Sequence[Term], naturals: Naturals, bindings: Bindings
) -> Iterator[Bindings]:
    """Each way to make the facts a sub-multiset of the targets; constraints need only follow."""
    if not facts:
        yield bindings
        return
    first, rest = facts[0], facts[1:]
    # A small fact whose image is known is not searched for: attacker(x), a constraint.
    if first.size < 8 and all(variable in bindings for variable in variables(first)):
        image = substitute(first, bindings)
        if first.symbol in NATURALS:
            if naturals.imply(image):
                yield from _embeddings(rest, targets, naturals, bindings)
        elif image in targets:
            index = targets.index(image)
            yield from _embeddings(rest, [*targets[:index], *targets[index + 1 :]], naturals, bindings)
        return
    for index, target in enumerate(targets):
        # An instance of a fact is not smaller than the fact, and has all its symbols.
        if target.symbol is not first.symbol or target.size < first.size or first.mask & ~target.mask:
            continue
        after = dict(bindings)
        if match(first, target, after):
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
