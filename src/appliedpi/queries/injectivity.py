"""Injective correspondences: Blanchet 2009, section 5.3 and theorem 2; Blanchet 2016, section 3.3.

`inj-event(e) ==> inj-event(e')` needs, besides the correspondence, that two executions of e never share
one execution of e'. Each begin fact carries a term for the execution of its statement, which consists of
the session identifiers and the messages received there; each goal clause has one for the execution of e,
which consists of its session identifiers. Take two clauses, renamed apart, make both executions of e' equal:
then both executions of e must be equal too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, product

from appliedpi import core
from appliedpi.builtin import tuple_symbol
from appliedpi.clauses import Clause, Disequality, rename_canonically
from appliedpi.constraints import Unifiers, simplify
from appliedpi.queries.correspondence import Conclusion, Disjunct
from appliedpi.queries.goals import atoms
from appliedpi.saturation.simplification import unify_precise
from appliedpi.terms import App, Term
from appliedpi.unification import Bindings, resolve, unify

_ATTEMPTS = 2000  # ways of choosing the begin facts that are tried before giving up


@dataclass(frozen=True, eq=False, slots=True)
class SharedBegin:
    """Two clauses whose premises may be executed twice for one execution of an injective event."""

    first: Clause
    second: Clause
    first_begin: Term
    second_begin: Term


Choice = tuple[Disjunct, tuple[Term | None, ...]]


def is_injective(query: core.Query) -> bool:
    """Whether the query asks for it: both a premise and an event of the conclusion are `inj-event`."""
    return any(isinstance(p, core.QueryEvent) and p.injective for p in query.premises) and any(
        isinstance(a, core.QueryEvent) and a.injective for a in atoms(query.conclusion)
    )


def shared_begins(
    query: core.Query, clauses: Sequence[Clause], conclusion: Conclusion, unifiers: Unifiers
) -> list[SharedBegin]:
    """The pairs of clauses that violate injectivity; empty where begin facts can be chosen so that none does.

    Every clause satisfies the query without injectivity.
    """
    options = [list(islice(conclusion.matches(clause), 20)) for clause in clauses]
    first_failures: list[SharedBegin] | None = None
    for choices in islice(product(*options), _ATTEMPTS):
        failures = _failures(query, clauses, choices, unifiers, all_of_them=first_failures is None)
        if not failures:
            return []
        if first_failures is None:
            first_failures = failures
    return first_failures or []


def injective_choice(
    query: core.Query, clauses: Sequence[Clause], conclusion: Conclusion, unifiers: Unifiers
) -> tuple[Choice, ...] | None:
    """How each clause satisfies the query so that no two violate injectivity; None where none was found."""
    options = [list(islice(conclusion.matches(clause), 20)) for clause in clauses]
    for choices in islice(product(*options), _ATTEMPTS):
        if not _failures(query, clauses, choices, unifiers, all_of_them=False):
            return choices
    return None


def _failures(
    query: core.Query,
    clauses: Sequence[Clause],
    choices: Sequence[Choice],
    unifiers: Unifiers,
    all_of_them: bool,
) -> list[SharedBegin]:
    failures = []
    for i, first in enumerate(clauses):
        for j in range(i, len(clauses)):
            for one, two in _injective_begins(choices[i], choices[j]):
                if _may_share(query, first, one, clauses[j], two, unifiers):
                    failures.append(SharedBegin(first, clauses[j], one, two))
                    if not all_of_them:
                        return failures
    return failures


def _injective_begins(first: Choice, second: Choice) -> list[tuple[Term, Term]]:
    """The begin facts that serve the same injective event of the same disjunct in both clauses."""
    if first[0] is not second[0]:
        return []
    return [
        (one, two)
        for atom, one, two in zip(first[0], first[1], second[1], strict=True)
        if _is_injective(atom) and one is not None and two is not None
    ]


def _is_injective(atom: core.QueryAtom | core.Nested) -> bool:
    event = atom.premise if isinstance(atom, core.Nested) else atom
    return isinstance(event, core.QueryEvent) and event.injective


def _may_share(
    query: core.Query, first: Clause, one: Term, second: Clause, two: Term, unifiers: Unifiers
) -> bool:
    """Whether both begin facts can be one execution while the premises are executed differently."""
    renamed, disequalities = rename_canonically(
        [*second.hypotheses, second.conclusion, two], second.disequalities, bank=1
    )
    other_conclusion, other_begin = renamed[-2], renamed[-1]
    bindings: Bindings = {}
    if not unify(one, other_begin, bindings):
        return False
    hypotheses = [resolve(f, bindings) for f in (*first.hypotheses, *renamed[:-2])]
    merged = unify_precise(hypotheses)
    if merged is None:
        return False
    bindings.update(merged)
    executions = _executions(query, first.conclusion), _executions(query, other_conclusion)
    differ = Disequality(resolve(executions[0], bindings), resolve(executions[1], bindings))
    constraints = [differ] + [
        Disequality(resolve(d.left, bindings), resolve(d.right, bindings), d.universal)
        for d in (*first.disequalities, *disequalities)
    ]
    return simplify(constraints, unifiers) is not None


def _executions(query: core.Query, goal: Term) -> Term:
    """The executions of the injective premises in an instance of the goal."""
    facts = iter(goal.args)
    found = []
    for premise in query.premises:
        if isinstance(premise, core.QueryComparison | core.QueryIsNatural):
            continue
        fact = next(facts)
        if isinstance(premise, core.QueryEvent) and premise.injective:
            found.append(fact.args[1])
    return App(tuple_symbol(len(found)), tuple(found))
