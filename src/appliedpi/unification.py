"""Syntactic unification and matching of terms, and the application of their results.

Robinson's algorithm with a triangular substitution: a binding may mention variables that are bound
themselves, `resolve` follows them (Baader and Snyder, "Unification Theory", Handbook of Automated
Reasoning 2001, section 2.3). A variable of type `any` stands for a term of every type; another one only
for terms of its type, which matters where a model sets `ignoreTypes = false`. A variable that may not
fail never stands for `fail` (Blanchet 2016, section 2.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from appliedpi.builtin import FAIL_TERM
from appliedpi.terms import App, Term, Variable

Bindings = dict[Variable, Term]

_LARGE: Final = 16  # symbols and variables of a term for which it pays to remember that it was met


def unify(left: Term, right: Term, bindings: Bindings) -> bool:
    """Extend `bindings` to a most general unifier of both terms; False where there is none.

    On False `bindings` may hold a part of the attempt: give a copy where it is needed afterwards.
    """
    stack = [(left, right)]
    # Large terms are shared: the same two would be met again and again, exponentially often in their depth.
    met: set[tuple[Term, Term]] = set()
    while stack:
        a, b = stack.pop()
        while isinstance(a, Variable) and a in bindings:
            a = bindings[a]
        while isinstance(b, Variable) and b in bindings:
            b = bindings[b]
        if a is b:
            continue
        if isinstance(a, Variable):
            if isinstance(b, Variable):
                # The variable that stands for fewer terms survives.
                if (b.may_fail and not a.may_fail) or (b.type == "any" and a.type != "any"):
                    a, b = b, a
                if not _may_stand_for(a, b):
                    return False
            elif not _may_stand_for(a, b) or _occurs(a, b, bindings):
                return False
            bindings[a] = b
        elif isinstance(b, Variable):
            if not _may_stand_for(b, a) or _occurs(b, a, bindings):
                return False
            bindings[b] = a
        elif a.symbol is not b.symbol or (a.ground and b.ground):
            return False  # two different ground terms are never equal, because terms are shared
        elif a.size < _LARGE:
            stack.extend(zip(a.args, b.args, strict=True))
        elif (a, b) not in met:
            met.add((a, b))
            stack.extend(zip(a.args, b.args, strict=True))
    return True


def unify_all(pairs: Iterable[tuple[Term, Term]], bindings: Bindings) -> bool:
    """Extend `bindings` to a most general unifier of all pairs at once."""
    return all(unify(left, right, bindings) for left, right in pairs)


def match(pattern: Term, target: Term, bindings: Bindings) -> bool:
    """Extend `bindings` so that `pattern` becomes `target`, whose variables are constants here.

    On False `bindings` may hold a part of the attempt.
    """
    matched: dict[Term, Term] = {variable: image for variable, image in bindings.items()}
    if not match_shared(pattern, target, matched):
        return False
    for term, image in matched.items():
        if isinstance(term, Variable):
            bindings[term] = image
    return True


def match_shared(pattern: Term, target: Term, matched: dict[Term, Term]) -> bool:
    """As `match`, but `matched` also keeps the images of compound subterms of the pattern.

    Terms are shared, so a subterm that was matched once is compared by identity the next time. The
    recursion is bounded by the depth of terms.
    """
    known = matched.get(pattern)
    if known is not None:
        return known is target
    if pattern.ground:
        return pattern is target
    symbol = pattern.symbol
    if symbol is None:
        assert isinstance(pattern, Variable)
        special = pattern.type != "any" or target is FAIL_TERM
        if isinstance(target, Variable):
            special = special or target.may_fail
        if special and not _may_stand_for(pattern, target):
            return False
    else:
        if symbol is not target.symbol or pattern.size > target.size or pattern.mask & ~target.mask:
            return False
        for part, other in zip(pattern.args, target.args, strict=True):
            if not match_shared(part, other, matched):
                return False
    matched[pattern] = target
    return True


def resolve(term: Term, bindings: Bindings, done: dict[Term, Term] | None = None) -> Term:
    """The term with all bindings followed to the end. `done` remembers subterms across calls.

    Its recursion is bounded by the depth of terms.
    """
    if done is None:
        done = {}
    return _resolve(term, bindings, done)


def _resolve(term: Term, bindings: Bindings, done: dict[Term, Term]) -> Term:
    if term.ground:
        return term
    known = done.get(term)
    if known is not None:
        return known
    if isinstance(term, Variable):
        bound = bindings.get(term)
        result: Term = term if bound is None else _resolve(bound, bindings, done)
    else:
        assert term.symbol is not None
        result = App(term.symbol, tuple([_resolve(argument, bindings, done) for argument in term.args]))
    done[term] = result
    return result


def _may_stand_for(variable: Variable, term: Term) -> bool:
    if term is FAIL_TERM:
        return variable.may_fail
    if isinstance(term, Variable):
        if term.may_fail and not variable.may_fail:
            return False
        return variable.type in ("any", term.type)
    assert term.symbol is not None
    return variable.type == "any" or term.symbol.result_type in ("any", variable.type)


def _occurs(variable: Variable, term: Term, bindings: Bindings) -> bool:
    stack = [term]
    seen: set[Term] = set()
    while stack:
        current = stack.pop()
        if current.ground or current in seen:
            continue
        seen.add(current)
        if current is variable:
            return True
        if isinstance(current, Variable):
            bound = bindings.get(current)
            if bound is not None:
                stack.append(bound)
        else:
            stack.extend(current.args)
    return False
