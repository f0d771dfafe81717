"""Redundant clauses: a solved clause that several kept ones derive together is not kept.

Blanchet 2016, section 3.2, and ProVerif's `redundancyElim`: the conclusion of the clause is resolved with
kept solved clauses, again and again, until what is left are hypotheses of the clause. For instance
`begin(A) && attacker(x) -> attacker(enc(x, k))` follows from `begin(A) -> attacker(k)` and the clause which
says that the attacker can encrypt.

The facts on the way, which one kept clause concludes and another one needs, follow from the clauses but need
not be true in the execution that the clause speaks of. So they are never facts that a lemma or the conclusion
of a query might be about, nor have they terms that an equation might reduce (`Passable`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from appliedpi.clauses import COMPROMISED, Clause, History, Initial, Kept, is_attacker, is_blocking
from appliedpi.saturation.index import FactIndex
from appliedpi.saturation.resolution import resolvents
from appliedpi.saturation.simplification import Simplifier
from appliedpi.saturation.subsumption import subsumes
from appliedpi.terms import Symbol, Term, Variable
from appliedpi.unification import Bindings, match

_MOST_COMPOSITIONS: Final = 50  # in the search for the derivation of one clause

Passable = Callable[[Term], bool]
"""Whether a fact may be on the way."""


class Redundancy:
    """Finds derivations of clauses from solved ones."""

    def __init__(self, simplifier: Simplifier, passable: Passable) -> None:
        """`simplifier` makes at most one clause of one, so it has no lemmas."""
        self._simplifier = simplifier
        self._passable = passable
        self._left = 0
        self._target: Clause | None = None

    def derivation(self, clause: Clause, solved: FactIndex) -> tuple[Clause, ...] | None:
        """Solved clauses that derive the clause, in the order in which they are resolved with."""
        conclusion = clause.conclusion
        itself = History(Initial(None, (conclusion,), conclusion), (Kept(0),), ())
        start = Clause((conclusion,), conclusion, (), itself)
        self._left = _MOST_COMPOSITIONS
        return self._after(start, 0, solved.generalisations(conclusion), clause, solved, ())

    def _after(
        self,
        composed: Clause,
        index: int,
        others: Iterable[Clause],
        target: Clause,
        solved: FactIndex,
        used: tuple[Clause, ...],
    ) -> tuple[Clause, ...] | None:
        """A derivation of the target that goes on from what was composed by the resolution of a hypothesis.

        The recursion is bounded by the number of compositions.
        """
        for other in others:
            if other.label & ~target.label or (used and not is_plain(other)):
                continue
            if any([fact.mask & ~target.mask for fact in other.by_size if is_blocking(fact)]):
                continue
            self._left -= 1
            if self._left < 0:
                return None
            for after in resolvents(composed, index, other, self._simplifier):
                if subsumes(after, target, self._simplifier.unifiers):
                    return (*used, other)
                place = self._next(after, target)
                if place is not None:
                    nearer = solved.unifiable(after.hypotheses[place])
                    found = self._after(after, place, nearer, target, solved, (*used, other))
                    if found is not None:
                        return found
        return None

    def _next(self, composed: Clause, target: Clause) -> int | None:
        """The hypothesis to resolve upon next; None where that cannot lead to the target."""
        images: Bindings = {}
        if not match(composed.conclusion, target.conclusion, images):
            return None
        best, best_key = None, (False, 0)
        for index, fact in enumerate(composed.hypotheses):
            if holds_always(fact):
                continue
            known = any([_is_instance(other, fact, images) for other in target.hypotheses])
            if is_blocking(fact):
                if not known:
                    return None
            elif (not known, fact.size) > best_key:
                best, best_key = index, (not known, fact.size)
        return best if best is not None and self._passable(composed.hypotheses[best]) else None


def holds_always(fact: Term) -> bool:
    """attacker(x) and compromised(x) for a variable x, which some term satisfies."""
    return (is_attacker(fact) or fact.symbol is COMPROMISED) and isinstance(fact.args[0], Variable)


def is_plain(clause: Clause) -> bool:
    """Whether no hypothesis could be resolved upon: with such clauses alone the search comes to an end."""
    return all([is_blocking(fact) or holds_always(fact) for fact in clause.hypotheses])


def _is_instance(special: Term, general: Term, images: Bindings) -> bool:
    if special.symbol is not general.symbol or general.mask & ~special.mask or special.size < general.size:
        return False
    return match(general, special, dict(images))


def passable(told: Iterable[Term], reduced: frozenset[Symbol]) -> Passable:
    """The facts that may be on the way, where lemmas and queries tell of the given ones and equations reduce
    terms with these symbols at their root."""
    predicates = {fact.symbol for fact in told}
    of_attacker = any([is_attacker(fact) for fact in told])

    def may_be_passed(fact: Term) -> bool:
        if fact.symbol in predicates or (of_attacker and is_attacker(fact)):
            return False
        stack = list(fact.args) if reduced else []
        while stack:
            term = stack.pop()
            if term.symbol in reduced:
                return False
            stack.extend(term.args)
        return True

    return may_be_passed
