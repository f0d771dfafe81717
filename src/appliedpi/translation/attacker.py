"""The clauses of the attacker: Blanchet 2016, section 3.2, "Clauses for the Attacker"."""

from __future__ import annotations

from collections.abc import Iterator

from appliedpi import core
from appliedpi.builtin import FAIL_TERM, MINUS_ONE, PREDEFINED
from appliedpi.clauses import Disequality, Initial, attacker, message, table
from appliedpi.equations import EvaluationRule, Theory
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute, variables
from appliedpi.traces import derivation
from appliedpi.translation.processes import RawClause

# A name that the attacker makes; the argument tells one from another.
ATTACKER_NAME = Symbol("attacker's name", ("any",), "any", Kind.NAME)


def attacker_clauses(model: core.Model, theory: Theory, last_phase: int) -> Iterator[RawClause]:
    """What the attacker can do in each phase."""
    passive = model.settings.get("attacker") == "passive"
    for phase in range(last_phase + 1):
        has = attacker(phase)
        if phase > 0:
            yield from _persistence(model, phase)
        for name in model.free_names:
            if not name.private and phase == 0:
                yield _clause((), App(has, (App(name),)), derivation.Initial())
        if phase == 0:
            made = App(ATTACKER_NAME, (Variable("i", "any"),))
            yield _clause((), App(has, (made,)), derivation.Initial())
        for symbol, rules in theory.rules.items():
            if symbol.private or symbol.kind is Kind.NAME or not _useful(symbol):
                continue
            if not symbol.arity and phase > 0:
                continue
            for rule in rules:
                if rule.right is not FAIL_TERM:
                    yield _application(symbol, rule, has)
        channel, sent = Variable("c", "any"), Variable("x", "any")
        on_channel = App(message(phase), (channel, sent))
        knows_channel = App(has, (channel,))
        knows_message = App(has, (sent,))
        yield _clause((on_channel, knows_channel), knows_message, derivation.Listen())
        if not passive:
            yield _clause((knows_channel, knows_message), on_channel, derivation.Send())


def _useful(symbol: Symbol) -> bool:
    """The predefined tests give the attacker booleans only, which it has anyway."""
    return symbol not in PREDEFINED or symbol is MINUS_ONE


def _persistence(model: core.Model, phase: int) -> Iterator[RawClause]:
    x = Variable("x", "any")
    yield _clause((App(attacker(phase - 1), (x,)),), App(attacker(phase), (x,)), derivation.NextPhase())
    for symbol in model.tables:
        fields = tuple([Variable("x", kind) for kind in symbol.argument_types])
        entry = App(symbol, fields)
        yield _clause((App(table(phase - 1), (entry,)),), App(table(phase), (entry,)), derivation.NextPhase())


def _application(symbol: Symbol, rule: EvaluationRule, has: Symbol) -> RawClause:
    """attacker(left)... -> attacker(right). The attacker can always make an argument fail."""
    # A fact is about messages: a variable that may fail and is needed for the result does not.
    messages: dict[Variable, Term] = {
        v: Variable(v.name, v.type) for pattern in rule.left for v in variables(pattern) if v.may_fail
    }
    right = substitute(rule.right, messages)
    needed = set(variables(right))
    hypotheses = []
    for pattern in rule.left:
        argument = substitute(pattern, messages)
        if argument is not FAIL_TERM and (pattern not in messages or argument in needed):
            hypotheses.append(App(has, (argument,)))
    constraints = tuple([Disequality(a, b, rule.universal) for a, b in rule.disequalities])
    initial = Initial(derivation.Application(symbol), tuple(hypotheses), App(has, (right,)))
    return RawClause(initial, constraints)


def _clause(hypotheses: tuple[Term, ...], conclusion: Term, rule: derivation.Rule) -> RawClause:
    return RawClause(Initial(rule, hypotheses, conclusion), ())
