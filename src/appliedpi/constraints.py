"""Simplification of disequalities (Blanchet 2016, section 3.2; Blanchet, Cheval, Cortier 2022).

A constraint "for all universal variables, M <> N" is solved by unifying M and N: where they do not unify
it holds; where their unifier binds universal variables only, it fails; otherwise it becomes the disjunction
of what the unifier says, kept as one disequality between two tuples. With equations, each unifier of a
complete set gives one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from appliedpi.builtin import tuple_symbol
from appliedpi.clauses import Disequality
from appliedpi.terms import App, Term, Variable, variables
from appliedpi.unification import Bindings, resolve, unify

# A complete set of unifiers of two terms modulo the equations of a theory.
Unifiers = Callable[[Term, Term], Iterable[Bindings]]


def syntactic_unifiers(left: Term, right: Term) -> Iterable[Bindings]:
    """The most general unifier, if there is one: the complete set where there are no equations."""
    bindings: Bindings = {}
    return [bindings] if unify(left, right, bindings) else []


def simplify(
    disequalities: Sequence[Disequality], unifiers: Unifiers = syntactic_unifiers
) -> list[Disequality] | None:
    """The constraints that are left to hold, without those that always do; None where one never holds."""
    kept: dict[tuple[Term, Term], Disequality] = {}
    for disequality in disequalities:
        own: set[Variable] = set(variables(disequality.left))
        own.update(variables(disequality.right))
        own -= disequality.universal
        for bindings in unifiers(disequality.left, disequality.right):
            simpler = _excluded(dict(bindings), own)
            if simpler is None:
                return None
            kept[(simpler.left, simpler.right)] = simpler
    return list(kept.values())


def _excluded(bindings: Bindings, own: set[Variable]) -> Disequality | None:
    """What the variables in `own` must not be to escape the unifier; None where nothing escapes it.

    All other variables are universal: those of the constraint and those that unification made.
    """
    # A universal variable bound to something says nothing: prefer to bind those.
    for variable in list(bindings):
        value = bindings[variable]
        while isinstance(value, Variable) and value in bindings:
            value = bindings[value]
        if variable in own and isinstance(value, Variable) and value not in own:
            del bindings[variable]
            bindings[value] = variable
    pairs = [(v, resolve(v, bindings)) for v in bindings if v in own]
    if not pairs:
        return None
    left: Term
    right: Term
    if len(pairs) == 1:
        left, right = pairs[0]
    else:
        pairs.sort(key=lambda pair: pair[0].index)
        constructor = tuple_symbol(len(pairs))
        left = App(constructor, tuple([pair[0] for pair in pairs]))
        right = App(constructor, tuple([pair[1] for pair in pairs]))
    return Disequality(left, right, frozenset([v for v in variables(right) if v not in own]))


def implied(
    disequality: Disequality, given: Sequence[Disequality], unifiers: Unifiers = syntactic_unifiers
) -> bool:
    """Whether the constraint holds wherever all of `given` do (sufficient, not necessary).

    Each of its solved forms must be one of the given ones, up to the names of universal variables.
    """
    solved = simplify([disequality], unifiers)
    if solved is None:
        return False
    return all(any(_stronger(other, one) for other in given) for one in solved)


def _stronger(given: Disequality, wanted: Disequality) -> bool:
    """Whether `given` excludes what `wanted` does: each instance of the wanted pair is one of the given."""
    if given.left is wanted.left and given.right is wanted.right:
        return True
    if wanted.left.symbol is not None and wanted.left.symbol is wanted.right.symbol:
        # A tuple differs already where one of its components does.
        return any(
            _stronger(given, Disequality(a, b, wanted.universal))
            for a, b in zip(wanted.left.args, wanted.right.args, strict=True)
        )
    for left, right in ((wanted.left, wanted.right), (wanted.right, wanted.left)):
        bindings: Bindings = {}
        stack = [(given.left, left), (given.right, right)]
        good = True
        while stack:
            a, b = stack.pop()
            if isinstance(a, Variable) and a in given.universal:
                known = bindings.setdefault(a, b)
                if known is not b:
                    good = False
                    break
            elif a is b:
                continue
            elif a.symbol is None or a.symbol is not b.symbol:
                good = False
                break
            else:
                stack.extend(zip(a.args, b.args, strict=True))
        if good:
            return True
    return False
