"""Rewriting of terms, critical pairs, confluence (Baader and Nipkow, "Term Rewriting and All That", 6.2).

The rewrite rules are the system S of Blanchet, Abadi, Fournet 2008, section 5.1: the messages of an
execution are kept irreducible by S.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from appliedpi.errors import LimitExceeded
from appliedpi.terms import App, Symbol, Term, Variable, substitute, variables
from appliedpi.unification import Bindings, match, resolve, unify

Equality = tuple[Term, Term]

# Only rules that are declared convergent without being so need more steps than this.
MAXIMUM_PASSES: Final = 10_000
_CACHE_SIZE: Final = 100_000


def rename_apart(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms with every variable replaced by a new one of the same name and type."""
    listed = tuple(terms)
    fresh: dict[Variable, Term] = {}
    for term in listed:
        for variable in variables(term):
            if variable not in fresh:
                fresh[variable] = Variable(variable.name, variable.type, variable.may_fail)
    return tuple([substitute(term, fresh) for term in listed])


def symbols_of(*terms: Term) -> set[Symbol]:
    """The symbols that occur in the terms."""
    found: set[Symbol] = set()
    seen: set[Term] = set()
    stack = list(terms)
    while stack:
        term = stack.pop()
        if term.symbol is not None and term not in seen:
            seen.add(term)
            found.add(term.symbol)
            stack.extend(term.args)
    return found


class RewriteSystem:
    """Rewrite rules, each a pair (left, right) whose left side is no variable."""

    def __init__(self, rules: Iterable[Equality]) -> None:
        self.rules = tuple(rules)
        self._by_root: dict[Symbol, list[Equality]] = {}
        for left, right in self.rules:
            assert left.symbol is not None
            self._by_root.setdefault(left.symbol, []).append((left, right))
        self._next: dict[Term, Term] = {}

    def reducible(self, term: Term) -> bool:
        """Whether some rule applies somewhere in the term; its variables count as constants."""
        return bool(self._by_root) and self._step(term) is not term

    def normalise(self, term: Term) -> Term:
        """The irreducible form of the term. Raises LimitExceeded where rewriting does not end."""
        if not self._by_root:
            return term
        for _ in range(MAXIMUM_PASSES):
            after = self._step(term)
            if after is term:
                return term
            term = after
        raise LimitExceeded(f"rewriting with the equations did not end within {MAXIMUM_PASSES} steps")

    def _step(self, term: Term) -> Term:
        """The term with its innermost reducible subterms rewritten once; itself where there are none."""
        if not term.args and term.symbol not in self._by_root:
            return term
        known = self._next.get(term)
        if known is not None:
            return known
        symbol = term.symbol
        assert symbol is not None
        args = tuple([self._step(argument) for argument in term.args])
        after = App(symbol, args) if args != term.args else self._at_root(term)
        if len(self._next) >= _CACHE_SIZE:
            self._next.clear()
        self._next[term] = after
        return after

    def _at_root(self, term: Term) -> Term:
        assert term.symbol is not None
        for left, right in self._by_root.get(term.symbol, ()):
            bindings: Bindings = {}
            if match(left, term, bindings):
                return substitute(right, bindings)
        return term


def replacements(term: Term, left: Term, right: Term) -> Iterator[tuple[Term, Bindings]]:
    """Each way to rewrite an inner part of `term`, no variable, with left -> right, instantiating both.

    Gives the term after the replacement and the unifier, not yet applied to it. `left` and `right` share
    no variable with `term`.
    """
    if left.symbol is None or term.symbol is None:
        return
    # Explicit stack of (part, path of argument positions): the depth of terms does not limit it.
    stack: list[tuple[Term, tuple[int, ...]]] = [(term, ())]
    while stack:
        part, path = stack.pop()
        if part.symbol is None:
            continue
        if part.symbol is left.symbol:
            bindings: Bindings = {}
            if unify(part, left, bindings):
                yield _replace(term, path, right), bindings
        stack.extend((argument, (*path, i)) for i, argument in enumerate(part.args))


def _replace(term: Term, path: tuple[int, ...], value: Term) -> Term:
    spine = []
    for position in path:
        spine.append(term)
        term = term.args[position]
    for above, position in zip(reversed(spine), reversed(path), strict=True):
        assert above.symbol is not None
        value = App(above.symbol, (*above.args[:position], value, *above.args[position + 1 :]))
    return value


def unjoinable_pair(rules: Iterable[Equality]) -> tuple[Equality, Equality] | None:
    """Two rules with a critical pair that does not rewrite to one term, or None: the rules are confluent.

    The rules must terminate (Baader and Nipkow, theorem 6.2.4). Raises LimitExceeded where they do not.
    """
    listed = tuple(rules)
    system = RewriteSystem(listed)
    for outer in listed:
        for inner in listed:
            left, right = rename_apart(inner)
            for replaced, bindings in replacements(outer[0], left, right):
                one = system.normalise(resolve(replaced, bindings))
                other = system.normalise(resolve(outer[1], bindings))
                if one is not other:
                    return outer, inner
    return None
