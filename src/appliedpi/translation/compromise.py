"""`set keyCompromise`: some sessions are compromised, the attacker has all names that they make.

ProVerif 2.05 manual, section 6.6.2, "keyCompromise". Each session is compromised or not, once and for all:
the outermost replication decides, and what runs below it shares its lot. Names made under a replication get
one more argument that tells, so do executions of events; queries speak of sessions that are not compromised.

- `approx`: compromised and other sessions run together.
- `strict`: the compromised ones run first, in phase 0, the others in phase 1. Every clause has a copy for
  either.

A compromised session deals with its like only: a session that has received a name of one that is not
compromised is not compromised either. So the attacker gets k[x] only for an x that is compromised: made of
free names, names made outside replications and names of compromised sessions (the predicate `compromised`).

Two things go further than the clauses of ProVerif, which miss attacks there; both only add clauses:

- Private free names are like names made outside replications: a session that received one can be compromised.
- In `strict`, a process outside replications is in both phases: what it receives on a private channel in
  phase 0 it still has in phase 1. So such messages persist where there is an input outside replications.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from appliedpi import core
from appliedpi.builtin import FAIL
from appliedpi.clauses import COMPROMISED, Disequality, Initial, attacker, message, table
from appliedpi.equations import Theory
from appliedpi.errors import InputError
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute
from appliedpi.traces import derivation
from appliedpi.translation.state import State

# The name of the argument, among the parameters of a name.
ARGUMENT = "!comp"
LOST = App(Symbol("compromised session", (), "any", private=True))
SOUND = App(Symbol("session that is not compromised", (), "any", private=True))

# An execution of an event, with the kind of its session.
_IN_SESSION = Symbol("in session", ("any", "any"), "any", private=True)
_LATER = {of(0): of(1) for of in (attacker, message, table)}

Constrained = tuple[Initial, tuple[Disequality, ...]]


class KeyCompromise:
    """What the setting of a model changes in its translation; nothing for `none`."""

    def __init__(self, model: core.Model) -> None:
        """Raises InputError for what has no meaning together with compromised sessions, or none here yet."""
        setting = model.settings.get("keyCompromise", "none")
        self.active = setting != "none"
        self._strict = setting == "strict"
        self._model = model
        self._kind = Variable("kind of session", "any")
        if self.active:
            _check(model)

    # --- the process --------------------------------------------------------------------------------

    def entered(self, state: State) -> State:
        """The state inside a replication."""
        if not self.active or any([name == ARGUMENT for name, _ in state.parameters]):
            return state
        return state.received(((ARGUMENT, self._kind),))

    def execution(self, state: State, execution: Term) -> Term:
        """The execution of an event that a query speaks of in its premise.

        Outside replications there is no session: the event counts for either kind.
        """
        if not self.active:
            return execution
        return App(_IN_SESSION, (dict(state.parameters).get(ARGUMENT, Variable("kind", "any")), execution))

    def copies(self, initial: Initial, disequalities: tuple[Disequality, ...]) -> Iterator[Constrained]:
        """The clauses of a statement for either kind of session."""
        if not self._strict:
            yield initial, disequalities
            return
        for kind in (LOST, SOUND):
            chosen: dict[Variable, Term] = {self._kind: kind}
            facts = [substitute(fact, chosen) for fact in (*initial.hypotheses, initial.conclusion)]
            if kind is SOUND:
                facts = [_in_phase_1(fact) for fact in facts]
            yield (
                Initial(initial.rule, tuple(facts[:-1]), facts[-1]),
                tuple(
                    [
                        Disequality(substitute(d.left, chosen), substitute(d.right, chosen), d.universal)
                        for d in disequalities
                    ]
                ),
            )

    # --- the attacker -------------------------------------------------------------------------------

    def clauses(
        self, names: Iterable[tuple[Symbol, tuple[str, ...]]], theory: Theory, attackers_name: Term
    ) -> Iterator[Constrained]:
        """What the attacker gets: `names` are those made by the process, with what their arguments are."""
        if not self.active:
            return
        for symbol, parameters in names:
            arguments = tuple([LOST if p == ARGUMENT else Variable(p, "any") for p in parameters])
            received = [x for p, x in zip(parameters, arguments, strict=True) if not p.startswith("!")]
            made = App(symbol, arguments)
            yield _compromised(made, received)
            if ARGUMENT in parameters:
                hypotheses = tuple([App(COMPROMISED, (argument,)) for argument in received])
                yield Initial(derivation.Initial(), hypotheses, App(attacker(0), (made,))), ()
        for symbol in self._model.free_names:
            yield _compromised(App(symbol), ())
        yield _compromised(attackers_name, ())
        for symbol in theory.rules:
            if symbol.kind is Kind.CONSTRUCTOR and symbol is not FAIL:
                arguments = tuple([Variable("x", "any") for _ in symbol.argument_types])
                yield _compromised(App(symbol, arguments), arguments)
        if self._strict and _receives_outside_replications(self._model.process):
            sent = (Variable("c", "any"), Variable("x", "any"))
            before, after = App(message(0), sent), App(message(1), sent)
            yield Initial(derivation.NextPhase(), (before,), after), ()

    # --- queries ------------------------------------------------------------------------------------

    def premise_execution(self, query: core.Query, premise: core.QueryAtom) -> Term:
        """The executions of an event that a premise of a query means: those that are not compromised.

        They have the variable for the time of the event, where there is one.
        `query secret x` means all sessions: it has no way to name one. ProVerif 2.05 encodes it so too, but
        then stops with an internal error.
        """
        execution = Variable("execution", "any")
        if isinstance(premise, core.QueryEvent) and premise.at is not None:
            execution = premise.at
        if not self.active or query.text.startswith("secret "):
            return execution
        return App(_IN_SESSION, (SOUND, execution))

    def argument(self, name: str) -> Term:
        """The argument of a name that a query does not mention: any value, in a session not compromised."""
        return SOUND if name == ARGUMENT else Variable(name or "_", "any")


def _compromised(term: Term, parts: Sequence[Term]) -> Constrained:
    """The clause that says: the term is compromised where its parts are."""
    hypotheses = tuple([App(COMPROMISED, (part,)) for part in parts])
    return Initial(derivation.Initial(), hypotheses, App(COMPROMISED, (term,))), ()


def _in_phase_1(fact: Term) -> Term:
    assert fact.symbol is not None
    return App(_LATER.get(fact.symbol, fact.symbol), fact.args)


def _check(model: core.Model) -> None:
    advice = "use --backend proverif"
    for assumption in model.assumptions:
        raise InputError(
            f"keyCompromise with a declared {assumption.kind} is not supported by the built-in verifier",
            assumption.query.place,
            advice=advice,
        )
    for query in model.queries:
        stack: list[core.Formula] = [query.conclusion]
        while stack:
            formula = stack.pop()
            if isinstance(formula, core.Nested):
                raise InputError(
                    "keyCompromise with a nested correspondence is not supported by the built-in verifier",
                    query.place,
                    advice=advice,
                )
            if isinstance(formula, core.Conjunction | core.Disjunction):
                stack.extend(formula.parts)
    processes: list[core.Process] = [model.process]
    while processes:
        process = processes.pop()
        if isinstance(process, core.Phase):
            raise InputError(
                "phases are incompatible with keyCompromise, which is about phases itself", process.place
            )
        processes.extend(core.subprocesses(process))


def _receives_outside_replications(process: core.Process) -> bool:
    stack = [process]
    while stack:
        current = stack.pop()
        if isinstance(current, core.Input):
            return True
        if not isinstance(current, core.Replication):
            stack.extend(core.subprocesses(current))
    return False
