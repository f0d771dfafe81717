"""Use of lemmas, axioms and restrictions on clauses (Blanchet, Cheval, Cortier 2022).

Where the hypotheses of a clause contain an instance of the premises of a lemma, one of its disjuncts holds
too: the clause is replaced by one clause for each disjunct, with the events and constraints of the disjunct
added. Facts of other kinds in a conclusion are true as well but add nothing that resolution could use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from appliedpi.clauses import BEGIN, Disequality, attacker, is_attacker
from appliedpi.constraints import Unifiers, implied
from appliedpi.saturation.naturals import follows, is_natural_constraint
from appliedpi.terms import Term, Variable, substitute, variables
from appliedpi.unification import Bindings, match, resolve, unify


@dataclass(frozen=True, eq=False, slots=True)
class LemmaDisjunct:
    """One way in which the conclusion holds. `facts` are begin facts and constraints between naturals."""

    facts: tuple[Term, ...]
    equalities: tuple[tuple[Term, Term], ...]
    disequalities: tuple[Disequality, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Lemma:
    """`premises && constraints ==> one of disjuncts`, over the facts of clauses."""

    premises: tuple[Term, ...]
    constraints: tuple[Disequality, ...]
    disjuncts: tuple[LemmaDisjunct, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Body:
    """A clause in the making: what simplification and lemmas change until it is finished."""

    hypotheses: tuple[Term, ...]
    conclusion: Term
    disequalities: tuple[Disequality, ...]


def apply_lemma(body: Body, lemmas: Sequence[Lemma], unifiers: Unifiers) -> list[Body] | None:
    """The bodies that replace the given one after one use of a lemma; None where no lemma adds anything."""
    for lemma in lemmas:
        for bindings in _instances(lemma.premises, 0, body.hypotheses, {}):
            constraints = [
                Disequality(substitute(c.left, bindings), substitute(c.right, bindings), c.universal)
                for c in lemma.constraints
            ]
            if not all(implied(c, body.disequalities, unifiers) for c in constraints):
                continue
            if any(_holds(disjunct, bindings, body, unifiers) for disjunct in lemma.disjuncts):
                continue
            added = [_added(disjunct, bindings, body) for disjunct in lemma.disjuncts]
            return [after for after in added if after is not None]
    return None


def is_kept_by_attacker(fact: Term, later: Term) -> bool:
    """Whether both are attacker facts, the second of a phase not before that of the first.

    What the attacker has it keeps; what it has in a phase it need not have had in an earlier one.
    """
    if not (is_attacker(fact) and is_attacker(later)):
        return False
    return _phase(fact) <= _phase(later)


def _phase(fact: Term) -> int:
    phase = 0
    while fact.symbol is not attacker(phase):
        phase += 1
    return phase


def _instances(
    premises: tuple[Term, ...], position: int, hypotheses: tuple[Term, ...], bindings: Bindings
) -> Iterator[Bindings]:
    if position == len(premises):
        yield bindings
        return
    premise = premises[position]
    if is_natural_constraint(premise):
        naturals = [fact for fact in hypotheses if is_natural_constraint(fact)]
        if follows(substitute(premise, bindings), naturals):
            yield from _instances(premises, position + 1, hypotheses, bindings)
        return
    for fact in hypotheses:
        if fact.symbol is not premise.symbol and not is_kept_by_attacker(fact, premise):
            continue
        after = dict(bindings)
        # The execution, which stands last in a begin fact, does not matter.
        count = 1 if premise.symbol is BEGIN else len(premise.args)
        if all(match(p, f, after) for p, f in zip(premise.args[:count], fact.args[:count], strict=True)):
            yield from _instances(premises, position + 1, hypotheses, after)


def _holds(disjunct: LemmaDisjunct, bindings: Bindings, body: Body, unifiers: Unifiers) -> bool:
    """Whether the disjunct is known already, so that adding it would change nothing."""
    for after in _instances(disjunct.facts, 0, body.hypotheses, bindings):
        if all(
            substitute(left, after) is substitute(right, after) for left, right in disjunct.equalities
        ) and all(
            implied(
                Disequality(substitute(d.left, after), substitute(d.right, after), d.universal),
                body.disequalities,
                unifiers,
            )
            for d in disjunct.disequalities
        ):
            return True
    return False


def _added(disjunct: LemmaDisjunct, bindings: Bindings, body: Body) -> Body | None:
    """The body with the disjunct added; None where its equalities cannot hold."""
    renaming = dict(bindings)
    terms = [*disjunct.facts, *[t for pair in disjunct.equalities for t in pair]]
    terms += [t for d in disjunct.disequalities for t in (d.left, d.right)]
    for term in terms:
        for variable in variables(term):
            if variable not in renaming:
                renaming[variable] = Variable(variable.name, variable.type)
    unifier: Bindings = {}
    for left, right in disjunct.equalities:
        if not unify(substitute(left, renaming), substitute(right, renaming), unifier):
            return None
    done: dict[Term, Term] = {}

    def instance(term: Term) -> Term:
        return resolve(term, unifier, done)

    facts = [*body.hypotheses, *[substitute(fact, renaming) for fact in disjunct.facts]]
    constraints = [
        *body.disequalities,
        *[
            Disequality(substitute(d.left, renaming), substitute(d.right, renaming), d.universal)
            for d in disjunct.disequalities
        ],
    ]
    return Body(
        tuple([instance(fact) for fact in facts]),
        instance(body.conclusion),
        tuple([Disequality(instance(d.left), instance(d.right), d.universal) for d in constraints]),
    )
