"""Checks certificates of *true*: `python -m appliedpi.check FILE_OR_FOLDER...`.

**What a certificate says.** It has two halves, each a claim and its proof.

`model` claims: these are the initial clauses of the model, these its equations, this is assumed (axioms,
restrictions, lemmas that were proved before), these facts are declared `not` derivable. `saturated` proves
that it suffices to look at the *solved* ones of some kept clauses, those that select no hypothesis. All
queries of a model that were answered together share this half, so a folder of certificates is checked in
one go.

`query` claims: these are the goal clauses `premises -> goal(premises, values of the variables)` of a query
and this is its conclusion, in disjunctive normal form. `answer`, the kept goal clauses, proves that it holds.

**When it is accepted.** Only if all of this holds (Blanchet 2016, "Modeling and Verifying Security Protocols
with the Applied Pi Calculus and ProVerif", sections 3.2 and 3.3; where nothing else is named, the rules are
in `covering` and `proof`):

1. every initial clause is *covered* by the kept clauses;
2. no kept clause selects a hypothesis that is blocking, or attacker(M) where M is a variable, a public
   constant or the application of a data constructor (`clauses.may_be_selected`);
3. every resolvent of a kept clause on its selected hypothesis with a solved clause is covered;
4. the same holds of the goal of each fact that is declared `not` derivable, and none of its goal clauses is
   solved;
5. the same holds of the goal clauses of the query, and each solved one satisfies the query (`answers`): some
   disjunct holds, or no values make all disjuncts fail; where the query is injective, any two of them do so
   without sharing an event (Blanchet 2009, theorem 2);
6. for a correspondence that is nested in a disjunct, `event(e) ==> H`, the goal clause
   `event(e) -> goal(event(e), values)` is covered by goal clauses of its own, for which 5 holds again;
7. where the query is used in its own proof, it is used for what was earlier only (`induction`).

The certificate of a *family* (`appliedpi.families`) says this of many variants of a model at once. Each
clause has a label, the toggles without which it is not there; a resolvent has those of both, and a clause
subsumes only one that has all of its own. Nothing is asked of a clause that needs more toggles than the
bound, or all those of a listed set (`scope`): the query is then true with any other set of toggles on.

A clause is covered if, once it is simplified as the paper simplifies clauses, its constraints cannot hold, or
it is a tautology, or a kept clause subsumes it, or, for a goal clause, it satisfies the query, or a lemma
turns it into clauses that are covered. By the theorems there, whatever the initial clauses derive has a
derivation from solved clauses only, so the solved goal clauses are all ways in which the premises of the
query may hold.

**What remains trusted.**

- The translation: the checker sees clauses and not the model. That the claims are what the model says is
  known only because `appliedpi.certificates.Statements` makes them anew from the model and compares (so does
  `kbspec`, for each *true* that it shows), with the same translation that the proof started from. It is held
  against the clauses and the verdicts that ProVerif 2.05 gives (`tests/parity`), and not proved.
- What the certificate relies on: axioms and restrictions are assumed; a lemma that was proved has a
  certificate of its own. Each is named when a certificate is accepted.
- The theorems of the papers, this package, `appliedpi.terms`, and Python.

Nothing here is shared with the saturation but the terms. To be read in this order: `contents`, the classes
that are the format (`reading` fills them from JSON); the algebra, `unification` and `constraints`; the rules,
`clauses`, `covering`, `answers`, `induction` and `proof`, which have less than 480 lines of code; and
`scope`, which only certificates of families need. `__main__` is the command.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from appliedpi.check.contents import Model, Saturated
from appliedpi.check.errors import Malformed, Rejected
from appliedpi.check.induction import hypotheses
from appliedpi.check.proof import Base
from appliedpi.check.reading import Certificate, Tables
from appliedpi.check.scope import Scope
from appliedpi.errors import LimitExceeded
from appliedpi.terms import MAXIMUM_DEPTH

__all__ = ["Accepted", "Checker", "Malformed", "Rejected", "check"]


_MODELS: Final = 8  # are remembered, or less


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a certificate proves, for which sets of toggles, on what it relies, and how much was checked."""

    query: str
    relies_on: tuple[str, ...]  # the lemmas, axioms and restrictions, each with its kind
    initial_clauses: int
    kept_clauses: int
    goal_clauses: int
    resolutions: int
    scope: Scope

    def __str__(self) -> str:
        counts = (
            f"{self.initial_clauses} initial clauses covered by {self.kept_clauses}, "
            f"{self.goal_clauses} goal clauses, {self.resolutions} resolutions"
        )
        relying = f"; relying on {'; '.join(self.relies_on)}" if self.relies_on else ""
        scope = f" {self.scope}" if self.scope.toggles else ""
        return f"{self.query} is true{scope} ({counts}{relying})"


class Checker:
    """Checks certificates. What those of one model share is read and checked once."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Model, Saturated, Tables]] = {}
        self._bases: dict[str, Base] = {}

    def check(self, text: str) -> Accepted:
        """Check the text of a certificate.

        Raises Malformed where it is none, Rejected where it does not prove its query.
        """
        with _room_for_terms():
            certificate = Certificate(text)
            shared, scope = certificate.shared, certificate.scope
            if shared not in self._read:
                if len(self._read) >= _MODELS:
                    self._read.clear()
                    self._bases.clear()
                self._read[shared] = certificate.model()
            model, saturated, tables = self._read[shared]
            query, answer = certificate.query(tables)
            try:
                of_clauses, of_goals = hypotheses(query, model.lemmas)
                if of_clauses:
                    base = Base(model, saturated, scope, of_clauses)
                else:
                    base = self._bases.get(shared) or Base(model, saturated, scope)
                    self._bases[shared] = base
                resolutions = base.resolutions + base.check(query, answer, scope, of_goals)
            except (LimitExceeded, RecursionError, IndexError, ValueError) as error:
                raise Rejected(f"this cannot be checked: {type(error).__name__}: {error}") from error
            return Accepted(
                query.text,
                tuple([f"{lemma.kind} {lemma.text}" for lemma in model.lemmas]),
                len(model.clauses),
                len(saturated.clauses),
                len(answer.goals),
                resolutions,
                scope,
            )


def check(text: str) -> Accepted:
    """Check one certificate: see `Checker.check`."""
    return Checker().check(text)


@contextmanager
def _room_for_terms() -> Iterator[None]:
    """Functions that follow the structure of terms need a few frames for each level."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 20 * MAXIMUM_DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
