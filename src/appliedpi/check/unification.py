"""Unification, matching, and unification modulo completed equations, of the checker alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from appliedpi.check.contents import Pair
from appliedpi.check.errors import Rejected
from appliedpi.terms import App, Term, Variable, substitute, variables

_MAXIMUM_UNIFIERS: Final = 20_000

Bindings = dict[Variable, Term]
# What a term, or several, evaluate to, with the bindings under which they do.
_Value = tuple[Term, Bindings]
_Values = tuple[tuple[Term, ...], Bindings]


def _may_stand_for(variable: Variable, term: Term) -> bool:
    kind = term.type if isinstance(term, Variable) else term.symbol.result_type  # type: ignore[union-attr]
    return variable.type in ("any", kind) or (kind == "any" and term.symbol is not None)


def _follow(term: Term, bindings: Bindings) -> Term:
    while term in bindings:
        term = bindings[term]
    return term


def resolve(term: Term, bindings: Bindings) -> Term:
    """The term with all bindings followed to the end."""
    term = _follow(term, bindings)
    if term.ground or isinstance(term, Variable):
        return term
    assert term.symbol is not None
    return App(term.symbol, tuple([resolve(argument, bindings) for argument in term.args]))


def _occurs(variable: Variable, term: Term, bindings: Bindings) -> bool:
    stack = [term]
    while stack:
        current = _follow(stack.pop(), bindings)
        if current is variable:
            return True
        if not current.ground:
            stack.extend(current.args)
    return False


def unify(pairs: Iterable[Pair], bindings: Bindings, frozen: Sequence[Variable] | set[Variable] = ()) -> bool:
    """Extend `bindings` to a most general unifier of all pairs that leaves the `frozen` variables alone."""
    stack = list(pairs)
    while stack:
        left, right = stack.pop()
        a, b = _follow(left, bindings), _follow(right, bindings)
        if a is b:
            continue
        for variable, term in ((a, b), (b, a)):
            if isinstance(variable, Variable) and variable not in frozen and _may_stand_for(variable, term):
                if _occurs(variable, term, bindings):
                    return False
                bindings[variable] = term
                break
        else:
            if a.symbol is None or a.symbol is not b.symbol:
                return False
            stack.extend(zip(a.args, b.args, strict=True))
    return True


def match(pattern: Term, target: Term, bindings: Bindings) -> bool:
    """Extend `bindings` so that `pattern` becomes `target`, whose variables count as constants."""
    stack = [(pattern, target)]
    while stack:
        a, b = stack.pop()
        if isinstance(a, Variable):
            if a not in bindings and not _may_stand_for(a, b):
                return False
            if bindings.setdefault(a, b) is not b:
                return False
        elif a.ground:
            if a is not b:
                return False
        elif a.symbol is not b.symbol or a.mask & ~b.mask:
            return False  # `b` has not all symbols of `a`
        else:
            stack.extend(zip(a.args, b.args, strict=True))
    return True


def variables_of(terms: Iterable[Term]) -> set[Variable]:
    """All variables of the terms."""
    return {variable for term in terms for variable in variables(term)}


def fresh(terms: Iterable[Term], known: Bindings | None = None) -> Bindings:
    """A new variable for each variable of the terms that has no value in `known`, together with `known`."""
    renaming = dict(known or {})
    for variable in [v for term in terms for v in variables(term)]:
        renaming.setdefault(variable, Variable(variable.name, variable.type))
    return renaming


@dataclass(frozen=True, slots=True)
class Theory:
    """The equations, as Blanchet, Abadi, Fournet 2008, section 5, uses them.

    Messages are irreducible by `simplifications`; the application of a constructor evaluates to itself or by
    one of the `completed` rules; two terms are equal where their values may be identical.
    """

    simplifications: tuple[Pair, ...]
    completed: tuple[Pair, ...]

    def reducible(self, term: Term) -> bool:
        """Whether a simplification applies somewhere in the term."""
        stack = [term] if self.simplifications else []
        while stack:
            part = stack.pop()
            if any(match(left, part, {}) for left, _ in self.simplifications):
                return True
            stack.extend(part.args)
        return False

    def unifiers(self, pairs: Sequence[Pair], frozen: set[Variable]) -> list[Bindings]:
        """A complete set of unifiers modulo the equations that leave the `frozen` variables alone."""
        states: list[Bindings] = [{}]
        for pair in pairs:
            found = []
            for before in states:
                for sides, after in self._values(pair, before, frozen):
                    extended = dict(after)
                    if unify([(sides[0], sides[1])], extended, frozen):
                        found.append(extended)
            if len(found) > _MAXIMUM_UNIFIERS:
                raise Rejected("two terms have too many unifiers modulo the equations")
            states = found
        asked = variables_of([term for pair in pairs for term in pair])
        resolved = [{v: resolve(v, state) for v in asked if v in state} for state in states]
        return [state for state in resolved if not any(self.reducible(value) for value in state.values())]

    def _values(self, terms: Sequence[Term], bindings: Bindings, frozen: set[Variable]) -> list[_Values]:
        """Every way to evaluate the terms together."""
        states: list[_Values] = [((), bindings)]
        for term in terms:
            states = [
                ((*values, value), after)
                for values, before in states
                for value, after in self._value(term, before, frozen)
            ]
            if len(states) > _MAXIMUM_UNIFIERS:
                raise Rejected("a term has too many values modulo the equations")
        return states

    def _value(self, term: Term, bindings: Bindings, frozen: set[Variable]) -> Iterator[_Value]:
        """Every way to evaluate a term: as it is, or its root by a completed rule, arguments first."""
        if term.symbol is None or not self.completed:
            yield term, bindings
            return
        for args, after in self._values(term.args, bindings, frozen):
            yield App(term.symbol, args), after
            for left, right in self.completed:
                if left.symbol is term.symbol:
                    renaming, extended = fresh((left, right)), dict(after)
                    if unify([(substitute(left, renaming), App(term.symbol, args))], extended, frozen):
                        yield substitute(right, renaming), extended
