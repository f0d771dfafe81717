"""What the attacker can compute: recipes found by decomposing what it knows and composing the rest.

Used where a derivation does not say how a message is made, and to decide whether the attacker knows a
message that a query asks about. The search is bounded: an answer "no" means that no recipe was found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from appliedpi.builtin import FAIL_TERM, PREDEFINED
from appliedpi.terms import Kind, Symbol, Term, Variable, substitute, variables
from appliedpi.traces.interpreter import Machine
from appliedpi.traces.moves import Blocked, Choose, Compute

KNOWLEDGE_LIMIT: Final = 400  # messages known, beyond which decomposition stops
ROUNDS: Final = 12
COMPOSITION_LIMIT: Final = 4000  # terms visited by one composition


def derive(machine: Machine, target: Term) -> int | None:
    """The number of `target` in the attacker's knowledge, after the computations that it takes, or None.

    Computations are moves of the machine; where the answer is None some decompositions may remain.
    """
    found = compose(machine, target)
    if found is None and decompose(machine):
        found = compose(machine, target)
    return found


def compose(machine: Machine, target: Term) -> int | None:
    """As `derive`, by applying public constructors only."""
    order: list[tuple[Term, Term]] = []  # what to build, and the member of its class that tells how
    decided: dict[Term, bool] = {}
    if not _composable(machine, target, decided, order, set()):
        return None
    built: dict[Term, int] = {}
    for term, member in order:
        assert member.symbol is not None
        arguments = tuple([_number(machine, built, argument) for argument in member.args])
        record = machine.perform(Compute(member.symbol, arguments))
        assert record.known is not None
        built[term] = record.known
    return _number(machine, built, target)


def _number(machine: Machine, built: dict[Term, int], term: Term) -> int:
    known = machine.known.get(term)
    return built[term] if known is None else known


def _composable(
    machine: Machine,
    term: Term,
    decided: dict[Term, bool],
    order: list[tuple[Term, Term]],
    open_terms: set[Term],
) -> bool:
    """Whether `term` can be built; appends to `order`, arguments first. Recursion follows the term."""
    if term in machine.known:
        return True
    known = decided.get(term)
    if known is not None:
        return known
    if term in open_terms or len(decided) > COMPOSITION_LIMIT:
        return False
    open_terms.add(term)
    result = False
    for member in machine.algebra.members(term):
        symbol = member.symbol
        if symbol is None or symbol.private or symbol.kind is not Kind.CONSTRUCTOR:
            continue
        for argument in member.args:
            if not _composable(machine, argument, decided, order, open_terms):
                break
        else:
            order.append((term, member))
            result = True
            break
    open_terms.discard(term)
    decided[term] = result
    return result


def decompose(machine: Machine) -> bool:
    """Applies public destructors to what is known until nothing new comes out; whether anything did."""
    start = len(machine.knowledge)
    before = machine.decomposed
    for _ in range(ROUNDS):
        if len(machine.knowledge) == before or len(machine.knowledge) > KNOWLEDGE_LIMIT:
            break
        before = len(machine.knowledge)
        for symbol, arguments in _analysis_rules(machine):
            _apply_everywhere(machine, symbol, arguments)
            if len(machine.knowledge) > KNOWLEDGE_LIMIT:
                break
    machine.decomposed = len(machine.knowledge)
    return len(machine.knowledge) > start


def _analysis_rules(machine: Machine) -> Iterator[tuple[Symbol, tuple[Term, ...]]]:
    algebra = machine.algebra
    for symbol, definition in algebra.destructors.items():
        if not symbol.private and symbol not in PREDEFINED:
            for rule in definition.rules:
                yield symbol, rule.left
    for left, _ in algebra.rules:
        if left.symbol is not None and not left.symbol.private:
            yield left.symbol, left.args


def _apply_everywhere(machine: Machine, symbol: Symbol, patterns: tuple[Term, ...]) -> None:
    """Applies a symbol to every choice of known or composable arguments that fits the patterns."""
    order = sorted(range(len(patterns)), key=lambda position: isinstance(patterns[position], Variable))
    if not order or isinstance(patterns[order[0]], Variable):
        return  # nothing that is taken apart: the result is composition, not decomposition
    chosen: dict[int, int] = {}
    _choose_arguments(machine, symbol, patterns, order, chosen, {})


def _choose_arguments(
    machine: Machine,
    symbol: Symbol,
    patterns: tuple[Term, ...],
    order: list[int],
    chosen: dict[int, int],
    found: dict[Variable, Term],
) -> None:
    if len(chosen) == len(order):
        arguments = tuple([chosen[position] for position in range(len(patterns))])
        values = tuple([machine.knowledge[argument].value for argument in arguments])
        value = machine.algebra.apply(symbol, values)
        if value is not FAIL_TERM and value not in machine.known:
            machine.perform(Compute(symbol, arguments))
        return
    position = order[len(chosen)]
    pattern = patterns[position]
    if pattern is FAIL_TERM:
        return
    candidates: list[tuple[int, dict[Variable, Term]]]
    if all(variable in found for variable in variables(pattern)):
        value = machine.algebra.canonical(substitute(pattern, found))
        known = compose(machine, value)
        candidates = [] if known is None else [(known, found)]
    elif isinstance(pattern, Variable):
        candidates = [(0, found)] if machine.knowledge else []  # any message will do
    else:
        candidates = [
            (number, extended)
            for number, known_message in enumerate(list(machine.knowledge))
            for extended in machine.algebra.match([(pattern, known_message.value)], found)
        ]
    for number, extended in candidates:
        chosen[position] = number
        _choose_arguments(machine, symbol, patterns, order, chosen, extended)
        del chosen[position]


def fresh(machine: Machine, kind: str) -> int:
    """The number of a new name of type `kind` that the attacker makes."""
    record = machine.perform(Choose(kind))
    assert record.known is not None
    return record.known


def knows(machine: Machine, target: Term, time: int | None = None, phase: int | None = None) -> bool:
    """Whether the attacker can compute `target` from what it knew before move `time`, up to `phase`.

    Works on a copy: the machine does not change.
    """
    copy = machine.copy()
    copy.decomposed = 0
    if time is not None or phase is not None:
        kept = [
            known for known in machine.knowledge
            if (time is None or known.time < time) and (phase is None or known.phase <= phase)
        ]  # fmt: skip
        copy.knowledge = kept
        copy.known = {known.value: number for number, known in enumerate(kept)}
    try:
        return derive(copy, target) is not None
    except Blocked:
        return False
