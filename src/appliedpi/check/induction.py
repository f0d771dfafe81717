"""A query that is used in its own proof (Blanchet, Cheval, Cortier 2022), by induction on the multiset of the
times of its premises (Dershowitz and Manna 1979): it may be assumed for executions that are earlier.

A message or table entry among the hypotheses of a clause was there strictly before what the clause concludes,
so a query with one such premise may be used on all clauses, but not on its goal clauses, whose hypothesis is
the premise. Where all premises are events, goal clauses have hypotheses that tell the order: at(M, j) and
before(F, j).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from appliedpi.check.clauses import phase_of, resolvent, with_hypotheses
from appliedpi.check.constraints import ZERO, successor
from appliedpi.check.contents import AT, BEFORE, BEGIN, BLOCKING, EVENT, NATURALS, Clause, Kept, Lemma, Query
from appliedpi.check.errors import Rejected
from appliedpi.terms import App, Term


def hypotheses(query: Query, lemmas: Sequence[Lemma]) -> tuple[tuple[Lemma, ...], tuple[Lemma, ...]]:
    """The query as a lemma, for clauses and for goal clauses, if its proof uses it. Raises
    Rejected where it may not."""
    if not query.induction:
        return (), ()
    atoms = [atom for disjunct in query.conclusion.disjuncts for atom in disjunct]
    premises = [fact for one in query.induction for fact in one.premises if fact.symbol not in NATURALS]
    if not query.executions and not any(atom.nested for atom in atoms):
        if not any(fact.symbol is BEGIN or phase_of(fact) is not None for fact in premises):
            if len(premises) == len(query.induction):
                return query.induction, ()
        elif all(fact.symbol is BEGIN for fact in premises):
            # What a lemma adds may be as late as the conclusion.
            added = {fact.args[0].symbol for one in lemmas for case in one.cases for fact in case.facts}
            if not added & {fact.args[0].symbol for fact in premises}:
                return (), tuple([earlier for one in query.induction for earlier in _earlier(one)])
    raise Rejected("the query cannot be proved by induction")


def _earlier(lemma: Lemma) -> Iterator[Lemma]:
    """The lemma for each way in which the multiset of the times of its premises is smaller: some are premises
    of the query, each another, and the others, at least one, were before premises that are not among them."""
    events = [fact.args[0] for fact in lemma.premises if fact.symbol is BEGIN]
    others = [fact for fact in lemma.premises if fact.symbol is not BEGIN]
    for chosen in product(product((AT, BEFORE), range(len(events))), repeat=len(events)):
        same = [j for how, j in chosen if how is AT]
        before = {j for how, j in chosen if how is BEFORE}
        if before and len({*same}) == len(same) and not before & {*same}:
            marks = [App(how, (e, successor(ZERO, j))) for (how, j), e in zip(chosen, events, strict=True)]
            yield replace(lemma, premises=(*marks, *others))


def marked(goal: Clause) -> Clause:
    """A goal clause with what it knows of the order: premise j happens when it happens."""
    marks: list[Term] = []
    for number, fact in enumerate([fact for fact in goal.hypotheses if fact.symbol is EVENT]):
        premise = successor(ZERO, number)
        # What the event follows from was before it: the fact counts as one that is still to be resolved upon.
        marks += [App(AT, (fact.args[0], premise)), App(BEFORE, (fact, premise))]
    return with_hypotheses(goal, marks)


def ordered(selecting: Kept, solved: Clause) -> Clause | None:
    """The resolvent: the solved clause's hypotheses were before what its conclusion was before.

    That holds of events too, but for the event that it concludes.
    """
    assert selecting.selected is not None
    clause = resolvent(selecting, solved)
    if clause is None:
        return None
    count = len(selecting.clause.hypotheses) - 1
    fact = selecting.clause.hypotheses[selecting.selected]
    rest = [one for i, one in enumerate(selecting.clause.hypotheses) if i != selecting.selected]
    # The premises that the selected hypothesis was before, and that hypothesis as the resolvent has it.
    found = [(i, one) for i, one in enumerate(rest) if one.symbol is BEFORE and one.args[0] is fact]
    marks: list[Term] = []
    for index, _ in found:
        conclusion, premise = clause.hypotheses[index].args
        for new in clause.hypotheses[count:]:
            if new.symbol is BEGIN:
                if conclusion.symbol is not EVENT or new.args[0] is not conclusion.args[0]:
                    marks.append(App(BEFORE, (new.args[0], premise)))
            elif new.symbol not in BLOCKING:
                marks.append(App(BEFORE, (new, premise)))
    return with_hypotheses(clause, marks)
