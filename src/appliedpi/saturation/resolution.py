"""Resolution of two clauses: Blanchet 2016, section 3.2."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from appliedpi.clauses import Clause, Disequality, Resolution
from appliedpi.saturation.simplification import Simplifier
from appliedpi.terms import Term
from appliedpi.unification import Bindings, resolve, unify

# The hypotheses of a resolvent, from the selecting clause, the index, what resolution gives and the selected
# hypothesis.
Order = Callable[[Clause, int, list[Term], Term], list[Term]]


def resolvents(
    selecting: Clause, index: int, solved: Clause, simplifier: Simplifier, order: Order | None = None
) -> Iterable[Clause]:
    """The simplified resolvents of a clause upon this hypothesis with a solved clause."""
    hypotheses, conclusion, disequalities = solved.apart()
    bindings: Bindings = {}
    if not unify(selecting.hypotheses[index], conclusion, bindings):
        return ()
    done: dict[Term, Term] = {}
    old = (*selecting.hypotheses[:index], *selecting.hypotheses[index + 1 :], *hypotheses)
    facts = [resolve(fact, bindings, done) for fact in old]
    if order is not None:
        facts = order(selecting, index, facts, resolve(conclusion, bindings, done))
    constraints = [
        Disequality(resolve(d.left, bindings, done), resolve(d.right, bindings, done), d.universal)
        for d in (*selecting.disequalities, *disequalities)
    ]
    return simplifier.simplified(
        facts,
        resolve(selecting.conclusion, bindings, done),
        constraints,
        Resolution(selecting, index, solved),
        selecting.label | solved.label,
    )
