"""Lemmas, axioms and restrictions as `saturation` uses them (Blanchet, Cheval, Cortier 2022)."""

from __future__ import annotations

from collections.abc import Sequence

from appliedpi import core
from appliedpi.clauses import BEGIN, EVENT, NATURAL, Disequality, message
from appliedpi.queries.correspondence import EXECUTION, disjuncts
from appliedpi.queries.goals import Vocabulary, at_least, atoms
from appliedpi.saturation.lemmas import Lemma, LemmaDisjunct
from appliedpi.terms import App, Symbol, Term, Variable, variables
from appliedpi.translation.processes import EventUses, Use


def with_assumed_events(uses: EventUses, assumed: Sequence[core.Query]) -> EventUses:
    """The uses of events when the clauses must also show the events that assumptions speak of."""
    begins = dict(uses.begins)
    for query in assumed:
        for atom in (*query.premises, *atoms(query.conclusion)):
            if isinstance(atom, core.QueryEvent):
                symbol = atom.term.symbol
                assert symbol is not None
                begins[symbol] = max(begins.get(symbol, Use.NONE), Use.PLAIN)
    return EventUses(uses.ends, begins)


def lemma_of(query: core.Query, vocabulary: Vocabulary, restriction: bool = False) -> list[Lemma]:
    """The lemma in terms of facts.

    A `restriction` excludes the runs in which a message is sent on a public channel, not all those in which
    the attacker could send it.
    """
    premises: list[list[Term]] = [[]]
    constraints: list[Disequality] = []
    for premise in query.premises:
        if isinstance(premise, core.QueryComparison) and premise.operator == "<>":
            left, right = vocabulary.term(premise.left), vocabulary.term(premise.right)
            constraints.append(Disequality(left, right))
        else:
            if restriction and isinstance(premise, core.QueryMessage):
                phase = vocabulary.last_phase if premise.phase is None else premise.phase
                sent = (vocabulary.term(premise.channel), vocabulary.term(premise.term))
                choices = [App(message(phase), sent)]
            else:
                choices = [_begin(fact) for fact in _facts(premise, vocabulary)]
            premises = [[*before, fact] for before in premises for fact in choices]
    given = {v for fact in premises[0] for v in variables(fact)} if premises else set()
    conclusions = tuple([_disjunct(disjunct, vocabulary, given) for disjunct in disjuncts(query.conclusion)])
    return [Lemma(tuple(chosen), tuple(constraints), conclusions) for chosen in premises]


def _begin(fact: Term) -> Term:
    return App(BEGIN, fact.args) if fact.symbol is EVENT else fact


def _facts(atom: core.QueryAtom, vocabulary: Vocabulary) -> list[Term]:
    match atom:
        case core.QueryIsNatural():
            return [App(NATURAL, (vocabulary.term(atom.term),))]
        case core.QueryComparison():
            return [at_least(atom.operator, vocabulary.term(atom.left), vocabulary.term(atom.right))]
        case _:
            return vocabulary.facts(atom, Variable(EXECUTION, "any"))


def _disjunct(
    disjunct: tuple[core.QueryAtom | core.Nested, ...], vocabulary: Vocabulary, given: set[Variable]
) -> LemmaDisjunct:
    """What is used of a disjunct: events, equalities, disequalities, constraints between naturals."""
    facts: list[Term] = []
    equalities: list[tuple[Term, Term]] = []
    disequalities: list[Disequality] = []
    for atom in disjunct:
        atom = atom.premise if isinstance(atom, core.Nested) else atom
        if isinstance(atom, core.QueryComparison) and atom.operator in ("=", "<>"):
            left, right = vocabulary.term(atom.left), vocabulary.term(atom.right)
            if atom.operator == "=":
                equalities.append((left, right))
            elif {*variables(left), *variables(right)} <= given:
                disequalities.append(Disequality(left, right))
        elif isinstance(atom, core.QueryEvent):
            execution = App(Symbol("execution of a lemma", (), "any", private=True))
            facts.append(App(BEGIN, (vocabulary.term(atom.term), execution)))
        elif isinstance(atom, core.QueryComparison | core.QueryIsNatural):
            facts += _facts(atom, vocabulary)
    return LemmaDisjunct(tuple(facts), tuple(equalities), tuple(disequalities))
