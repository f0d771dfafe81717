"""Simplification of clauses: Blanchet 2016, section 3.2 and Blanchet, Cheval, Cortier 2022.

Each rule replaces a clause by clauses that derive the same facts:

- constraints are solved, clauses whose constraints cannot hold are dropped;
- lemmas are used: see `lemmas`;
- two receptions of the same execution of a precise input are of the same message;
- constraints between natural numbers are solved together;
- attacker(f(M1..Mn)) with f a data constructor is the same as attacker(M1) && ... && attacker(Mn), in
  hypotheses and in the conclusion;
- attacker(M) for a public name or constant M holds;
- a hypothesis is kept once; attacker(x) with x nowhere else always holds;
- a clause whose conclusion is one of its hypotheses says nothing.

What became of each old hypothesis is recorded, so that a derivation can be rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from appliedpi.clauses import (
    PRECISE,
    Arbitrary,
    Clause,
    Composed,
    Disequality,
    Forgotten,
    History,
    Initial,
    Kept,
    Replaced,
    Resolution,
    is_attacker,
    rename_canonically,
    substitute_facts,
)  # fmt: skip
from appliedpi.constraints import Unifiers, simplify, syntactic_unifiers
from appliedpi.saturation.condensation import condensed
from appliedpi.saturation.forgetting import Growing, without_smaller
from appliedpi.saturation.lemmas import Body, Lemma, apply_lemma
from appliedpi.saturation.naturals import is_natural_constraint, solve
from appliedpi.terms import App, Kind, Symbol, Term, Variable, variables
from appliedpi.unification import Bindings, match, resolve, unify


class Simplifier:
    """Simplifies clauses of one theory.

    `reducible` tells terms that are not in normal form: clauses with such terms are dropped. `lemmas` are
    used on every clause. Clauses with a hypothesis that is an instance of a fact in `never`, which is assumed
    to be underivable, are dropped. Clauses forget hypotheses as `growing` tells. All may be changed while
    nothing else is going on.
    """

    def __init__(
        self,
        unifiers: Unifiers = syntactic_unifiers,
        reducible: Callable[[Term], bool] | None = None,
        lemmas: Sequence[Lemma] = (),
    ) -> None:
        self.unifiers = unifiers
        self.reducible = reducible
        self.lemmas = list(lemmas)
        self.never: list[Term] = []
        self.growing: Sequence[Growing] = ()

    def simplified(
        self,
        hypotheses: Sequence[Term],
        conclusion: Term,
        disequalities: Sequence[Disequality],
        step: Initial | Resolution,
        label: int = 0,
    ) -> Iterator[Clause]:
        """The clauses, with canonical variables, that stand for the given one."""
        old = len(hypotheses)
        work = [Body(tuple(hypotheses), conclusion, tuple(disequalities))]
        while work:
            body = self._solved(work.pop())
            if body is None:
                continue
            applied = apply_lemma(body, self.lemmas, self.unifiers) if self.lemmas else None
            if applied is not None:
                work += reversed(applied)
                continue
            if self.never and any([self._is_never(fact) for fact in body.hypotheses]):
                continue
            kept, replaced = _decompose(body.hypotheses)
            for fact in _remaining_naturals(body.hypotheses):
                kept.setdefault(fact, len(kept))
            # What lemmas added comes last; it has no part in the derivation.
            history = History(step, replaced[:old], ())
            for part, projections in _parts(body.conclusion):
                if part not in kept:
                    yield self._finished(
                        list(kept), part, body.disequalities, replace(history, projections=projections), label
                    )

    def _is_never(self, fact: Term) -> bool:
        return any([match(never, fact, {}) for never in self.never])

    def _solved(self, body: Body) -> Body | None:
        """The body with all its constraints solved; None where they cannot hold."""
        hypotheses: Sequence[Term] = body.hypotheses
        conclusion, disequalities = body.conclusion, body.disequalities
        unified = _unified(hypotheses)
        if unified is None:
            return None
        if unified:
            done: dict[Term, Term] = {}
            hypotheses = [resolve(fact, unified, done) for fact in hypotheses]
            conclusion = resolve(conclusion, unified, done)
            disequalities = tuple(
                [
                    Disequality(resolve(d.left, unified, done), resolve(d.right, unified, done), d.universal)
                    for d in disequalities
                ]
            )
        if self.reducible is not None:
            for fact in (*hypotheses, conclusion):
                if any([self.reducible(argument) for argument in fact.args]):
                    return None
        if disequalities:
            constraints = simplify(disequalities, self.unifiers)
            if constraints is None:
                return None
            disequalities = tuple(constraints)
        return Body(tuple(hypotheses), conclusion, disequalities)

    def _finished(
        self,
        kept: list[Term],
        conclusion: Term,
        constraints: Sequence[Disequality],
        history: History,
        label: int,
    ) -> Clause:
        image = condensed(kept, conclusion, constraints)
        if image is not None:
            staying = {index: place for place, index in enumerate(sorted(set(image)))}
            merged: list[Replaced] = [Kept(staying[other]) for other in image]
            replaced = tuple([_renumber(entry, merged) for entry in history.replaced])
            history = History(history.step, replaced, history.projections)
            kept = [kept[index] for index in staying]
        remaining = without_smaller(kept, self.growing) if self.growing else kept
        free = _free_attacker_hypotheses(remaining, conclusion, constraints)
        if free or remaining is not kept:
            remaining = [fact for fact in remaining if fact not in free]
            places: dict[Term, Replaced] = {fact: Kept(index) for index, fact in enumerate(remaining)}
            places.update(dict.fromkeys(free, Arbitrary()))
            forgotten = Forgotten()
            new = [places.get(fact, forgotten) for fact in kept]
            replaced = tuple([_renumber(entry, new) for entry in history.replaced])
            history = History(history.step, replaced, history.projections)
            kept = remaining
        facts, renamed = rename_canonically([*kept, conclusion], constraints)
        return Clause(tuple(facts[:-1]), facts[-1], renamed, history, label)


def _renumber(entry: Replaced, new_index: Sequence[Replaced]) -> Replaced:
    if isinstance(entry, Kept):
        return new_index[entry.index]
    if isinstance(entry, Composed):
        return Composed(entry.symbol, tuple([_renumber(part, new_index) for part in entry.parts]))
    return entry


def _unified(hypotheses: Sequence[Term]) -> Bindings | None:
    """The bindings that precise actions and equal natural numbers enforce; None where they contradict."""
    bindings = unify_precise(hypotheses)
    if bindings is None or not any(is_natural_constraint(fact) for fact in hypotheses):
        return bindings
    while True:
        facts = substitute_facts(hypotheses, bindings)
        solved = solve([fact for fact in facts if is_natural_constraint(fact)])
        if solved is None:
            return None
        if not solved[0]:
            return bindings
        bindings.update(solved[0])
        again = unify_precise(substitute_facts(hypotheses, bindings))
        if again is None:
            return None
        bindings.update(again)


def _remaining_naturals(hypotheses: Sequence[Term]) -> list[Term]:
    """The constraints between natural numbers that stand for all of them together."""
    facts = [fact for fact in hypotheses if is_natural_constraint(fact)]
    if not facts:
        return facts
    solved = solve(facts)
    assert solved is not None
    return solved[1]


def unify_precise(hypotheses: Sequence[Term]) -> Bindings | None:
    """The bindings under which each execution of a precise action received one message; None if none."""
    bindings: Bindings = {}
    facts = [fact for fact in hypotheses if fact.symbol is PRECISE]
    if len(facts) < 2:
        return bindings
    changed = True
    while changed:
        changed = False
        received: dict[Term, Term] = {}
        for fact in substitute_facts(facts, bindings):
            execution, message = fact.args
            other = received.setdefault(execution, message)
            if other is not message:
                if not unify(other, message, bindings):
                    return None
                changed = True
    return bindings


def _is_known(symbol: Symbol, args: tuple[Term, ...]) -> bool:
    """A public free name or a public constant."""
    return not args and not symbol.private and symbol.kind in (Kind.NAME, Kind.CONSTRUCTOR)


def _decompose(hypotheses: Sequence[Term]) -> tuple[dict[Term, int], tuple[Replaced, ...]]:
    """The hypotheses with data constructors taken apart, each once, and what became of the old ones."""
    kept: dict[Term, int] = {}

    def keep(fact: Term) -> Replaced:
        if is_natural_constraint(fact):
            return Arbitrary()  # what is left of all of them together is added to the kept ones
        if is_attacker(fact):
            argument = fact.args[0]
            symbol = argument.symbol
            if symbol is not None:
                if _is_known(symbol, argument.args):
                    return Composed(symbol, ())
                if symbol.data:
                    predicate = fact.symbol
                    assert predicate is not None
                    return Composed(symbol, tuple([keep(App(predicate, (part,))) for part in argument.args]))
        index = kept.setdefault(fact, len(kept))
        return Kept(index)

    return kept, tuple([keep(fact) for fact in hypotheses])


def _parts(conclusion: Term) -> Iterator[tuple[Term, tuple[tuple[Symbol, int], ...]]]:
    """The conclusion, or for attacker(f(M...)) with data f the conclusions attacker(M)."""
    if not is_attacker(conclusion):
        yield conclusion, ()
        return
    stack: list[tuple[Term, tuple[tuple[Symbol, int], ...]]] = [(conclusion.args[0], ())]
    predicate = conclusion.symbol
    assert predicate is not None
    while stack:
        term, projections = stack.pop()
        symbol = term.symbol
        if symbol is not None and symbol.data and (term.args or not symbol.private):
            for position in range(len(term.args) - 1, -1, -1):
                stack.append((term.args[position], (*projections, (symbol, position))))
            if not term.args and not projections:
                # attacker(c) for a constant: the clause that says so is dropped, the simplification knows it
                return
        else:
            yield App(predicate, (term,)), projections


def _free_attacker_hypotheses(
    kept: Sequence[Term], conclusion: Term, constraints: Sequence[Disequality]
) -> set[Term]:
    """The hypotheses attacker(x) with x nowhere else."""
    candidates: dict[Variable, list[Term]] = {}
    for fact in kept:
        if is_attacker(fact) and isinstance(fact.args[0], Variable):
            candidates.setdefault(fact.args[0], []).append(fact)
    if not candidates:
        return set()
    used: set[Variable] = set(variables(conclusion))
    for fact in kept:
        if not (is_attacker(fact) and isinstance(fact.args[0], Variable)):
            used.update(variables(fact))
    for constraint in constraints:
        used.update(variables(constraint.left))
        used.update(variables(constraint.right))
    return {fact for variable, facts in candidates.items() if variable not in used for fact in facts}
