"""Lemmas and queries that are assumed in their own proof (Blanchet, Cheval, Cortier 2022).

A correspondence `F1 && ... && Fn ==> H` is proved by induction on the multiset of the times at which
F1, ..., Fn happen (Dershowitz and Manna 1979): for given executions it may be assumed for others whose
multiset is smaller. So whatever uses it must know what was strictly earlier.

- A premise that is a message on a channel or a table entry: such a fact among the hypotheses of a clause held
  strictly before the conclusion of the clause, so the saturation uses the correspondence on every clause. A
  goal clause says nothing of that kind: its premise is the fact itself. It is resolved once before anything
  else.
- Premises that are events: goal clauses keep, as hypotheses of their own, which event is premise j (`AT`) and
  which facts were earlier than premise j (`BEFORE`). What a clause with the conclusion event(M) needs was
  strictly earlier, except its own begin(M); what derives an earlier fact was not later than that. As these
  are hypotheses, a goal clause only subsumes another of which it knows no more. The correspondence is used
  for events of which some are the premises themselves and the others, at least one, were earlier than a
  premise that is not among them.

Premises about what the attacker has are left alone: that the parts of a tuple are known before the tuple is
a convention of the clauses, and no order of time. Nor is a correspondence used whose premises may be events
that a lemma adds to clauses, for these may be as late as the conclusion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from appliedpi import core
from appliedpi.builtin import ZERO_TERM
from appliedpi.clauses import AT, BEFORE, BEGIN, EVENT, Clause, Initial, is_attacker, is_blocking
from appliedpi.queries.assumptions import lemma_of
from appliedpi.queries.goals import Vocabulary, nested_premises, raw_goals
from appliedpi.queries.injectivity import is_injective
from appliedpi.saturation.lemmas import Lemma
from appliedpi.saturation.naturals import is_natural_constraint, plus
from appliedpi.saturation.simplification import Simplifier
from appliedpi.terms import App, Term, Variable


@dataclass(frozen=True, eq=False, slots=True)
class Induction:
    """The induction hypothesis for the saturation, or for the goal clauses; one of both is empty.

    `query` is the correspondence itself as a lemma."""

    query: tuple[Lemma, ...]
    saturation: tuple[Lemma, ...]
    goals: tuple[Lemma, ...]


NO_INDUCTION = Induction((), (), ())


def asks_for_induction(model: core.Model, query: core.Query, kind: str) -> bool:
    """Whether the option `induction` or the setting for this kind (`lemma` or `query`) asks for it."""
    if "noInduction" in query.options:
        return False
    setting = "inductionLemmas" if kind == "lemma" else "inductionQueries"
    return "induction" in query.options or model.settings.get(setting) == "true"


def induction_of(question: core.Query, vocabulary: Vocabulary, lemmas: Sequence[Lemma]) -> Induction | None:
    """How the correspondence can be used in its own proof; `lemmas` are the others that are used there."""
    facts = [p for p in question.premises if not isinstance(p, core.QueryComparison | core.QueryIsNatural)]
    if is_injective(question) or any(True for _ in nested_premises(question.conclusion)):
        return None
    if any(isinstance(p, core.QueryEvent) and p.at for p in facts):
        return None
    hypotheses = lemma_of(question, vocabulary)
    if all(isinstance(premise, core.QueryEvent) for premise in facts):
        symbols = {premise.term.symbol for premise in facts if isinstance(premise, core.QueryEvent)}
        added = {
            f.args[0].symbol for one in lemmas for d in one.disjuncts for f in d.facts if f.symbol is BEGIN
        }
        if symbols & added:
            return None
        of_goals = [earlier for one in hypotheses for earlier in _earlier(one)]
        return Induction(tuple(hypotheses), (), tuple(of_goals))
    if len(facts) == 1 and all(_is_sent(one) for one in hypotheses):
        return Induction(tuple(hypotheses), tuple(hypotheses), ())
    return None


def _is_sent(lemma: Lemma) -> bool:
    return not any(is_attacker(f) or f.symbol is BEGIN for f in lemma.premises)


def _earlier(lemma: Lemma) -> Iterator[Lemma]:
    """The lemma for each way in which the multiset of the times of its premises may be smaller."""
    events = [f for f in lemma.premises if not is_natural_constraint(f)]
    others = [f for f in lemma.premises if is_natural_constraint(f)]
    numbers = range(len(events))
    for chosen in product(*[[(how, j) for how in (AT, BEFORE) for j in numbers] for _ in events]):
        same = [j for how, j in chosen if how is AT]
        earlier = {j for how, j in chosen if how is BEFORE}
        if len(same) == len(events) or len(set(same)) < len(same) or earlier & set(same):
            continue
        premises = [App(how, (f.args[0], _premise(j))) for (how, j), f in zip(chosen, events, strict=True)]
        yield replace(lemma, premises=(*premises, *others))


def _premise(number: int) -> Term:
    return plus(ZERO_TERM, number)


def marked_goals(question: core.Query, vocabulary: Vocabulary, simplifier: Simplifier) -> Iterator[Clause]:
    """The goal clauses with what they know of the order: premise j happens when it happens."""
    for goal in raw_goals(question, vocabulary):
        events = [fact for fact in goal.initial.hypotheses if fact.symbol is EVENT]
        events = [
            App(EVENT, (fact.args[0], Variable(f"execution of premise {number}", "any")))
            for number, fact in enumerate(events)
        ]
        others = [fact for fact in goal.initial.hypotheses if fact.symbol is not EVENT]
        marks = [App(AT, (fact.args[0], _premise(j))) for j, fact in enumerate(events)]
        marks += [App(BEFORE, (fact, _premise(j))) for j, fact in enumerate(events)]
        initial = Initial(None, (*events, *others, *marks), goal.initial.conclusion)
        yield from simplifier.simplified(initial.hypotheses, initial.conclusion, goal.disequalities, initial)


def with_order(selecting: Clause, index: int, facts: list[Term], selected: Term) -> list[Term]:
    """The hypotheses of a resolvent with what is known of their order.

    `facts` are those of the selecting clause without the selected one, then those of the solved clause.
    """
    old = len(selecting.hypotheses) - 1
    before = selecting.hypotheses[index]
    premises = [f.args[1] for f in selecting.hypotheses if f.symbol is BEFORE and f.args[0] is before]
    own = selected.args[0] if selected.symbol is EVENT else None
    marks = []
    for fact in facts[old:]:
        if fact.symbol is BEGIN:
            if fact.args[0] is not own:
                marks += [App(BEFORE, (fact.args[0], premise)) for premise in premises]
        elif not is_blocking(fact) and not (is_attacker(fact) and isinstance(fact.args[0], Variable)):
            marks += [App(BEFORE, (fact, premise)) for premise in premises]
    present = {fact for fact in facts if fact.symbol is not BEFORE}
    present |= {fact.args[0] for fact in facts if fact.symbol is BEGIN}
    kept = [fact for fact in facts if fact.symbol is not BEFORE or fact.args[0] in present]
    return [*kept, *marks]
