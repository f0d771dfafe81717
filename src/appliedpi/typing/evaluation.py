"""What is known of a term before it is evaluated: whether it can fail, whether it costs anything.

An expression is evaluated where it stands; a destructor may fail (Blanchet 2016, section 2.1).
"""

from __future__ import annotations

from collections.abc import Mapping

from appliedpi import builtin
from appliedpi.core import Destructor, RewriteRule
from appliedpi.terms import Kind, Symbol, Term, Variable, variables

# Argument positions where a failing argument makes the result fail, for the predefined destructors that
# have rules for `fail`. All positions of every other predefined destructor are strict.
_STRICT_POSITIONS: dict[Symbol, frozenset[int]] = {
    builtin.AND: frozenset({0}),
    builtin.OR: frozenset({0}),
    builtin.CONDITIONAL: frozenset({0}),
    builtin.SUCCEEDS: frozenset(),
}


class Evaluation:
    """Answers questions about terms, given the destructors of the model (`destructors` may still grow)."""

    def __init__(self, destructors: Mapping[Symbol, Destructor]) -> None:
        self._destructors = destructors
        self._known: dict[Term, bool] = {}

    def is_strict(self, symbol: Symbol, position: int) -> bool:
        """Whether `symbol(...)` fails wherever its argument at `position` fails."""
        if symbol.kind is not Kind.DESTRUCTOR:
            return True
        if symbol in _STRICT_POSITIONS:
            return position in _STRICT_POSITIONS[symbol]
        definition = self._destructors.get(symbol)
        if definition is None:
            return True
        return not any(
            [
                _matches_failure(argument)
                for rule in definition.rules
                for argument in rule.left[position : position + 1]
            ]
        )

    def may_fail(self, term: Term) -> bool:
        """False only where no evaluation of the term fails."""
        known = self._known.get(term)
        if known is None:
            known = self._known[term] = self._may_fail(term)
        return known

    def _may_fail(self, term: Term) -> bool:
        if isinstance(term, Variable):
            return term.may_fail
        symbol = term.symbol
        if symbol is builtin.FAIL:
            return True
        if symbol is builtin.SUCCEEDS:
            return False
        assert symbol is not None
        failing = [self.may_fail(argument) for argument in term.args]
        if symbol.kind is not Kind.DESTRUCTOR:
            return any(failing)
        if symbol in (builtin.EQUAL, builtin.DIFFERENT, builtin.NOT, builtin.IS_NATURAL):
            return any(failing)
        if symbol in (builtin.AND, builtin.OR, builtin.CONDITIONAL):
            return any(failing)
        definition = self._destructors.get(symbol)
        return definition is None or not _always_succeeds(definition, failing)


def is_immediate(term: Term) -> bool:
    """No destructor in it: evaluating it twice costs nothing."""
    stack, seen = [term], {term}
    while stack:
        current = stack.pop()
        if current.symbol is not None and current.symbol.kind is Kind.DESTRUCTOR:
            return False
        for argument in current.args:
            if argument not in seen:
                seen.add(argument)
                stack.append(argument)
    return True


def _matches_failure(argument: Term) -> bool:
    return argument is builtin.FAIL_TERM or (isinstance(argument, Variable) and argument.may_fail)


def _always_succeeds(definition: Destructor, failing: list[bool]) -> bool:
    """Some rule applies to all arguments, and no rule that can apply has a result that can be `fail`."""
    return any([_covers(rule, failing) for rule in definition.rules]) and not any(
        [_can_give_failure(rule, failing) for rule in definition.rules]
    )


def _covers(rule: RewriteRule, failing: list[bool]) -> bool:
    for argument, fails in zip(rule.left, failing, strict=True):
        if not isinstance(argument, Variable) or (fails and not argument.may_fail):
            return False
    return len(set(rule.left)) == len(rule.left)


def _can_give_failure(rule: RewriteRule, failing: list[bool]) -> bool:
    for argument, fails in zip(rule.left, failing, strict=True):
        if argument is builtin.FAIL_TERM and not fails:
            return False  # the rule cannot apply
    if rule.right is builtin.FAIL_TERM:
        return True
    risky = [variable for variable in variables(rule.right) if variable.may_fail]
    return any(
        [
            fails and argument in risky
            for argument, fails in zip(rule.left, failing, strict=True)
        ]
    )  # fmt: skip
