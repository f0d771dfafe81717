"""Checks certificates of *true*: `python -m appliedpi.check FILE...`.

A certificate is accepted only if all of this holds (Blanchet 2016, "Modeling and Verifying Security Protocols
with the Applied Pi Calculus and ProVerif", sections 3.2 and 3.3):

1. every initial clause is *covered* by the kept clauses;
2. no kept clause selects a hypothesis that is blocking, or attacker(M) where M is a variable, a public
   constant or the application of a data constructor;
3. every resolvent of a kept clause on its selected hypothesis with a kept clause that selects nothing (a
   *solved* clause) is covered;
4. the same holds of the goal clauses of the query, resolved with the solved clauses;
5. every solved goal clause satisfies the query; where the query is injective, so do any two of them;
6. of a fact that the model declares `not` derivable, no solved goal clause is left.

A clause is covered if, once it is simplified as the paper simplifies clauses, its constraints cannot hold,
or it is a tautology, or a kept clause subsumes it, or, for a goal clause, it satisfies the query, or a lemma
turns it into clauses that are covered. By the theorems there, whatever the initial clauses derive has a
derivation from solved clauses only, so the solved goal clauses are all ways in which the premises of the
query may hold.

Nothing here is shared with the saturation but the terms. Trusted are: that the initial clauses and the query
in the certificate are those of the model (`certificates.initial_clauses_agree`), the axioms and restrictions
assumed, the lemmas used (each proved lemma has a certificate of its own), this program, Python.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from appliedpi.check.contents import Model, Saturated
from appliedpi.check.errors import Malformed, Rejected
from appliedpi.check.induction import hypotheses
from appliedpi.check.proof import Base
from appliedpi.check.reading import Certificate, Tables
from appliedpi.errors import LimitExceeded
from appliedpi.terms import MAXIMUM_DEPTH

__all__ = ["Accepted", "Checker", "Malformed", "Rejected", "check"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a certificate proves, on what it relies, and how much was checked."""

    query: str
    relies_on: tuple[str, ...]  # the lemmas, axioms and restrictions, each with its kind
    initial_clauses: int
    kept_clauses: int
    goal_clauses: int
    resolutions: int

    def __str__(self) -> str:
        counts = (
            f"{self.initial_clauses} initial clauses covered by {self.kept_clauses}, "
            f"{self.goal_clauses} goal clauses, {self.resolutions} resolutions"
        )
        relying = f"; relying on {'; '.join(self.relies_on)}" if self.relies_on else ""
        return f"{self.query} is true ({counts}{relying})"


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
            shared = certificate.shared
            if shared not in self._read:
                self._read[shared] = certificate.model()
            model, saturated, tables = self._read[shared]
            query, answer = certificate.query(tables)
            try:
                of_clauses, of_goals = hypotheses(query, model.lemmas)
                if of_clauses:
                    base = Base(model, saturated, of_clauses)
                else:
                    base = self._bases.get(shared) or Base(model, saturated)
                    self._bases[shared] = base
                resolutions = base.resolutions + base.check(query, answer, of_goals)
            except (LimitExceeded, RecursionError, IndexError, ValueError) as error:
                raise Rejected(f"this cannot be checked: {type(error).__name__}: {error}") from error
            return Accepted(
                query.text,
                tuple([f"{lemma.kind} {lemma.text}" for lemma in model.lemmas]),
                len(model.clauses),
                len(saturated.clauses),
                len(answer.goals),
                resolutions,
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
