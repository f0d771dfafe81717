"""Evaluation of expressions: every way in which a term with destructors may evaluate.

Blanchet 2016, section 3.2, last part: an expression evaluates to a value under the rewrite rules of its
symbols, each rule giving an outcome with the bindings and disequalities under which it applies. The rules
of `equations` cover every tuple of arguments, failure included, so the outcomes cover every case.

`&&`, `||`, the conditional and the success test are evaluated from the left and only as far as needed:
with n conjuncts there are n + 1 outcomes and not 2^n.
"""

from __future__ import annotations

from collections.abc import Iterator

from appliedpi.builtin import (
    AND,
    CONDITIONAL,
    DIFFERENT,
    EQUAL,
    FAIL_TERM,
    FALSE_TERM,
    GREATER_EQUAL,
    IS_NATURAL,
    NOT,
    OR,
    SUCCEEDS,
    SUCCESSOR,
    TRUE_TERM,
)  # fmt: skip
from appliedpi.clauses import AT_LEAST, NATURAL, Disequality
from appliedpi.equations import EvaluationRule, Theory
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute, variables
from appliedpi.translation.state import State

Outcome = tuple[State, Term]


class Evaluator:
    """Evaluates expressions in a theory."""

    def __init__(self, theory: Theory, ignore_types: bool) -> None:
        self.theory = theory
        self._ignore_types = ignore_types

    def fresh(self, variable: Variable) -> Variable:
        """A new variable in its place; it stands for messages of every type where types are ignored."""
        return Variable(variable.name, "any" if self._ignore_types else variable.type)

    def evaluate(self, term: Term, state: State) -> Iterator[Outcome]:
        """Each outcome: the state under which it happens and the value, a message or `FAIL_TERM`."""
        if isinstance(term, Variable):
            yield state, state.value(state.environment.get(term, term))
            return
        symbol = term.symbol
        assert symbol is not None
        if symbol.kind in (Kind.NAME, Kind.BOUND_NAME):
            yield state, term
        elif symbol is AND or symbol is OR:
            yield from self._junction(term, state, stops_at_true=symbol is OR)
        elif symbol is CONDITIONAL:
            for after, truth in self.truth(term.args[0], state):
                if truth is None:
                    yield after, FAIL_TERM
                else:
                    yield from self.evaluate(term.args[1 if truth else 2], after)
        elif symbol is SUCCEEDS:
            for after, value in self.evaluate(term.args[0], state):
                yield after, FALSE_TERM if value is FAIL_TERM else TRUE_TERM
        elif symbol is NOT:
            for after, truth in self.truth(term.args[0], state):
                yield after, FAIL_TERM if truth is None else FALSE_TERM if truth else TRUE_TERM
        elif symbol is EQUAL or symbol is DIFFERENT:
            yield from self._comparison(term, state)
        elif symbol is IS_NATURAL:
            for after, (value,) in self.evaluate_all(term.args, state):
                if value is FAIL_TERM:
                    yield after, FAIL_TERM
                else:
                    yield after.assume(App(NATURAL, (value,))), TRUE_TERM
                    yield after, FALSE_TERM  # that a term is no number is not expressible: any term may be
        elif symbol is GREATER_EQUAL:
            yield from self._at_least(term, state)
        else:
            yield from self._application(term, state)

    def evaluate_all(self, terms: tuple[Term, ...], state: State) -> Iterator[tuple[State, tuple[Term, ...]]]:
        """Each outcome of evaluating all terms, from the left."""
        if not terms:
            yield state, ()
            return
        for after, value in self.evaluate(terms[0], state):
            for last, values in self.evaluate_all(terms[1:], after):
                yield last, (last.value(value), *values)

    def truth(self, condition: Term, state: State) -> Iterator[tuple[State, bool | None]]:
        """Each outcome of a condition: True for `true`, False for another message, None for failure."""
        for after, value in self.evaluate(condition, state):
            if value is FAIL_TERM:
                yield after, None
            elif value is TRUE_TERM:
                yield after, True
            elif isinstance(value, Variable):
                equal = after.equate(value, TRUE_TERM)
                if equal is not None:
                    yield equal, True
                yield after.differ(Disequality(value, TRUE_TERM)), False
            else:
                yield after, False

    def _junction(self, term: Term, state: State, stops_at_true: bool) -> Iterator[Outcome]:
        left, right = term.args
        for after, truth in self.truth(left, state):
            if truth is None:
                yield after, FAIL_TERM
            elif truth == stops_at_true:
                yield after, TRUE_TERM if stops_at_true else FALSE_TERM
            else:
                yield from self.evaluate(right, after)

    def _comparison(self, term: Term, state: State) -> Iterator[Outcome]:
        """`=` and `<>`: unified, or constrained to differ; either argument may fail."""
        equal_value, other_value = (
            (TRUE_TERM, FALSE_TERM) if term.symbol is EQUAL else (FALSE_TERM, TRUE_TERM)
        )
        for after, (left, right) in self.evaluate_all(term.args, state):
            if left is FAIL_TERM or right is FAIL_TERM:
                yield after, FAIL_TERM
                continue
            equal = after.equate(left, right)
            if equal is not None:
                yield equal, equal_value
            if left is not right:
                yield (after.differ(Disequality(left, right)) if equal is not None else after), other_value

    def _at_least(self, term: Term, state: State) -> Iterator[Outcome]:
        """`M >= N` fails where M or N is no natural number (ProVerif manual, section 4.1.2)."""
        for after, (left, right) in self.evaluate_all(term.args, state):
            if left is FAIL_TERM or right is FAIL_TERM:
                yield after, FAIL_TERM
                continue
            yield after.assume(App(AT_LEAST, (left, right))), TRUE_TERM
            yield after.assume(App(AT_LEAST, (right, App(SUCCESSOR, (left,))))), FALSE_TERM
            yield after, FAIL_TERM

    def _application(self, term: Term, state: State) -> Iterator[Outcome]:
        symbol = term.symbol
        assert symbol is not None
        rules = self.theory.rules.get(symbol)
        for after, values in self.evaluate_all(term.args, state):
            if rules is None or (symbol.kind is Kind.CONSTRUCTOR and self._is_free(symbol)):
                yield after, FAIL_TERM if FAIL_TERM in values else App(symbol, values)
                continue
            for rule in rules:
                fresh: dict[Variable, Term] = {
                    v: Variable(v.name, v.type, v.may_fail) for v in _variables_of(rule)
                }
                current: State | None = after
                for pattern, value in zip(rule.left, values, strict=True):
                    if current is None:
                        break
                    current = current.equate(substitute(pattern, fresh), value)
                if current is None:
                    continue
                universal = frozenset([_as_variable(fresh[v]) for v in rule.universal])
                constraints = [
                    Disequality(substitute(left, fresh), substitute(right, fresh), universal)
                    for left, right in rule.disequalities
                ]
                if constraints:
                    current = current.differ(*constraints)
                yield current, current.value(substitute(rule.right, fresh))

    def _is_free(self, symbol: Symbol) -> bool:
        """Whether no equation concerns the symbol, so that applying it always builds one term."""
        return symbol not in self.theory.equations.completed


def _as_variable(term: Term) -> Variable:
    assert isinstance(term, Variable)
    return term


def _variables_of(rule: EvaluationRule) -> list[Variable]:
    terms = [*rule.left, rule.right, *[term for pair in rule.disequalities for term in pair]]
    return list(dict.fromkeys([variable for term in terms for variable in variables(term)]))
