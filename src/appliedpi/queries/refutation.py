"""Conclusions that hold because their negation has no solution.

`x >= y || y > x` holds for all numbers although neither part does. A clause satisfies a disjunction of
comparisons if the negation of every disjunct contradicts its constraints: a finite split into cases, one for
each way to choose a comparison of each disjunct that fails. Each case is a conjunction of the constraints of
clauses (Blanchet, Cheval, Cortier 2022, section 3), whose solvability is decided as for clauses. `M >= N`
also fails where M or N is no number: it has a negation, N >= M + 1, only where the clause says that both are.
Disjuncts with events or facts, with variables that the premises give no value, or with times are left out: it
is enough if the others hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from appliedpi import core
from appliedpi.builtin import SUCCESSOR
from appliedpi.clauses import AT_LEAST, NATURAL, Clause, Disequality
from appliedpi.constraints import Unifiers, simplify
from appliedpi.queries.goals import Vocabulary, fails, is_time
from appliedpi.saturation.naturals import follows, is_natural_constraint, solve
from appliedpi.terms import App, Term, substitute, variables
from appliedpi.unification import Bindings, resolve

_CASES = 256  # more are not looked at: the conclusion then counts as not shown


@dataclass(frozen=True, slots=True)
class _Case:
    """A constraint between numbers, a disequality and an equality; None where there is none of its kind."""

    number: Term | None = None
    differ: Disequality | None = None
    equal: tuple[Term, Term] | None = None


def holds_by_cases(
    disjuncts: Sequence[Sequence[core.QueryAtom | core.Nested]],
    values: Bindings,
    clause: Clause,
    vocabulary: Vocabulary,
    unifiers: Unifiers,
) -> bool:
    """Whether the clause contradicts that every disjunct fails, for these values of the query's variables."""
    numbers = [fact for fact in clause.hypotheses if is_natural_constraint(fact)]
    choices: list[list[_Case]] = []
    for disjunct in disjuncts:
        if all([_is_closed(atom, values) for atom in disjunct]):
            failures = [
                case
                for atom in disjunct
                if not isinstance(atom, core.Nested)
                for case in _failures(atom, values, numbers, vocabulary)
            ]
            choices.append(failures)
    cases = list(islice(product(*choices), _CASES + 1))
    return len(cases) <= _CASES and all([_contradicts(case, numbers, clause, unifiers) for case in cases])


def _is_closed(atom: core.QueryAtom | core.Nested, values: Bindings) -> bool:
    match atom:
        case core.QueryComparison():
            terms = (atom.left, atom.right)
            return not is_time(atom) and all(v in values for term in terms for v in variables(term))
        case core.QueryIsNatural():
            return all(v in values for v in variables(atom.term))
        case _:
            return False


def _failures(
    atom: core.QueryAtom, values: Bindings, numbers: Sequence[Term], vocabulary: Vocabulary
) -> Iterator[_Case]:
    """The cases in which the comparison fails."""

    def is_number(term: Term) -> bool:
        return follows(App(NATURAL, (term,)), numbers)

    if isinstance(atom, core.QueryIsNatural):
        if not is_number(substitute(vocabulary.term(atom.term), values)):
            yield _Case()
        return
    assert isinstance(atom, core.QueryComparison)
    left = substitute(vocabulary.term(atom.left), values)
    right = substitute(vocabulary.term(atom.right), values)
    both = is_number(left) and is_number(right)
    if atom.operator == "<>":
        yield _Case(equal=(left, right))
    elif atom.operator == "=":
        if both:
            yield _Case(number=_more(left, right))
            yield _Case(number=_more(right, left))
        else:
            yield _Case(differ=Disequality(left, right))
    elif both:
        yield _Case(number=fails(atom.operator, left, right))
    else:
        yield _Case()


def _more(left: Term, right: Term) -> Term:
    return App(AT_LEAST, (left, App(SUCCESSOR, (right,))))


def _contradicts(cases: Sequence[_Case], numbers: list[Term], clause: Clause, unifiers: Unifiers) -> bool:
    """Whether the constraints of the clause and all of these have no solution."""
    facts = numbers + [case.number for case in cases if case.number is not None]
    differ = list(clause.disequalities) + [case.differ for case in cases if case.differ is not None]
    equal = [case.equal for case in cases if case.equal is not None]
    return _unsolvable(facts, differ, equal, unifiers)


def _unsolvable(
    facts: list[Term],
    differ: list[Disequality],
    equal: list[tuple[Term, Term]],
    unifiers: Unifiers,
) -> bool:
    if equal:
        (left, right), others = equal[0], equal[1:]
        return all(
            [
                _unsolvable(
                    [resolve(fact, unifier) for fact in facts],
                    _resolved(differ, unifier),
                    [(resolve(a, unifier), resolve(b, unifier)) for a, b in others],
                    unifiers,
                )
                for unifier in unifiers(left, right)
            ]
        )
    solved = solve(facts)
    return solved is None or simplify(_resolved(differ, solved[0]), unifiers) is None


def _resolved(disequalities: Sequence[Disequality], bindings: Bindings) -> list[Disequality]:
    return [
        Disequality(resolve(d.left, bindings), resolve(d.right, bindings), d.universal) for d in disequalities
    ]
