"""What is known at one point of the process while it is translated.

Blanchet 2016, section 3.2, writes the translation as [[P]] rho h: rho is `environment`, h is
`hypotheses`. A state never changes; each statement makes new ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from appliedpi.clauses import Disequality
from appliedpi.terms import Term, Variable
from appliedpi.traces.derivation import Passed
from appliedpi.unification import Bindings, resolve, unify

Parameter = tuple[str, Term]


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """`parameters` are the session identifiers and received messages of which names are functions, each
    with the name by which a query refers to it (`!1` for the outermost replication).

    `bindings` is applied to everything else when a clause is emitted, not before.
    """

    environment: dict[Variable, Term]
    hypotheses: tuple[Term, ...] = ()
    disequalities: tuple[Disequality, ...] = ()
    bindings: Bindings = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    sessions: tuple[Term, ...] = ()
    path: tuple[Passed, ...] = ()
    phase: int = 0
    precise: bool = False  # below an injective event: what is received then belongs to its execution

    def bind(self, variable: Variable, value: Term) -> State:
        """The state in which the process variable has this value."""
        return replace(self, environment={**self.environment, variable: value})

    def assume(self, fact: Term) -> State:
        """The state with one more hypothesis."""
        return replace(self, hypotheses=(*self.hypotheses, fact))

    def equate(self, left: Term, right: Term) -> State | None:
        """The state in which both terms are equal, or None where they cannot be."""
        bindings = dict(self.bindings)
        return replace(self, bindings=bindings) if unify(left, right, bindings) else None

    def differ(self, *disequalities: Disequality) -> State:
        """The state in which all these constraints hold."""
        return replace(self, disequalities=(*self.disequalities, *disequalities))

    def passing(self, passed: Passed) -> State:
        """The state after one more statement on the path."""
        return replace(self, path=(*self.path, passed))

    def session(self, identifier: Term) -> State:
        """The state inside one more replication."""
        name = f"!{len(self.sessions) + 1}"
        return replace(
            self,
            parameters=(*self.parameters, (name, identifier)),
            sessions=(*self.sessions, identifier),
            precise=False,
        )

    def received(self, parameters: tuple[Parameter, ...]) -> State:
        """The state after these values were received."""
        return replace(self, parameters=(*self.parameters, *parameters))

    def in_phase(self, phase: int) -> State:
        """The state in this phase."""
        return replace(self, phase=phase)

    def value(self, term: Term) -> Term:
        """The term as far as it is known here."""
        return resolve(term, self.bindings)


def initial_state() -> State:
    """Before the first statement."""
    return State(environment={})
