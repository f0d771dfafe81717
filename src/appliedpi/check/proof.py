"""The obligations that make a certificate a proof, in the order of the package's description."""

from __future__ import annotations

from dataclasses import replace

from appliedpi.check.answers import Goals
from appliedpi.check.clauses import ClauseSet, renamed
from appliedpi.check.contents import GOAL, Answer, Clause, Lemma, Model, Query, Saturated, predicate
from appliedpi.check.covering import Covering
from appliedpi.check.errors import Rejected
from appliedpi.check.induction import marked, ordered
from appliedpi.check.scope import Scope
from appliedpi.check.unification import Theory
from appliedpi.terms import App


class Base:
    """The saturated clauses of a model, once they are checked. Raises Rejected where there is a gap.

    They need only serve for the sets of toggles in the `scope`, whatever breaks a query.

    `induction`: a query of the model as a lemma, where the clauses use it in its own proof.
    """

    def __init__(
        self, model: Model, saturated: Saturated, scope: Scope, induction: tuple[Lemma, ...] = ()
    ) -> None:
        scope = replace(scope, breaks=())
        self.model = model
        self.theory = Theory(model.simplifications, model.completed)
        self.clauses = ClauseSet("clause", saturated.clauses)
        covering = Covering(self.theory, (*model.lemmas, *induction), model.never, scope)
        self.resolutions = covering.closed(model.clauses, self.clauses, self.clauses)
        if len(saturated.never) != len(model.never):
            raise Rejected("there is not one proof for each fact that is declared never to hold")
        # While it is shown that they never hold, that is not known.
        covering = Covering(self.theory, model.lemmas, (), scope)
        for fact, kept in zip(model.never, saturated.never, strict=True):
            goal = Clause((fact,), App(predicate(GOAL, 1), (fact,)), (), 0)
            goals = ClauseSet(f"goal clause of not {fact}", kept)
            self.resolutions += covering.closed([goal], goals, self.clauses)
            if any(one.selected is None for one in kept):
                raise Rejected(f"{fact} is declared never to hold, but may hold")

    def check(self, query: Query, answer: Answer, scope: Scope, of_goals: tuple[Lemma, ...] = ()) -> int:
        """Check that the query is true in the scope; the number of resolutions.

        Raises Rejected where it need not be. `of_goals`: the query as a lemma, where its goal clauses use it
        in its own proof.
        """
        covering = Covering(self.theory, (*self.model.lemmas, *of_goals), self.model.never, scope)
        goals = Goals(covering, query, query.conclusion, answer, query.executions)
        initial = [renamed(goal) for goal in query.goals]
        if of_goals:
            return goals.check([marked(goal) for goal in initial], self.clauses, ordered)
        return goals.check(initial, self.clauses)
