"""Reasoning modulo completed equations: variants, unification, equality, irreducibility.

A term evaluates to its *variants*: every symbol in it evaluated by f(x1,...,xn) -> f(x1,...,xn) or by a
completed rule, from the inside (the relation `addeval` of Blanchet, Abadi, Fournet 2008, section 5.1). Two
terms unify modulo the equations where variants of theirs unify syntactically (same section, lemma on the
signature that models the equations).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from appliedpi.equations.rewriting import Equality, RewriteSystem, rename_apart
from appliedpi.errors import LimitExceeded
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute, variables
from appliedpi.unification import Bindings, match, resolve, unify

# A term with n equational symbols may have exponentially many variants in n.
MAXIMUM_VARIANTS: Final = 20_000
_CACHE_SIZE: Final = 100_000

# A term, its variant, and the values of variables under which it has that variant (fully resolved).
Variant = tuple[tuple[Term, ...], Bindings]


class Equations:
    """The equations of a model after completion.

    `simplifications`: the rewrite rules by which messages are kept irreducible. `completed`: the other
    rules, each an equality with a constructor at its left root.
    """

    def __init__(self, simplifications: Iterable[Equality] = (), completed: Iterable[Equality] = ()) -> None:
        self.system = RewriteSystem(simplifications)
        self.completed: dict[Symbol, tuple[Equality, ...]] = {}
        for left, right in completed:
            assert left.symbol is not None
            known = self.completed.get(left.symbol, ())
            self.completed[left.symbol] = (*known, (left, right))
        self._convergent = {left.symbol for left, _ in self.system.rules}
        self._purely_convergent = all(symbol in self._convergent for symbol in self.completed)
        self._affected: dict[Term, bool] = {}
        self._values: dict[Term, list[Term]] = {}
        self._values_kept = 0

    def __bool__(self) -> bool:
        return bool(self.completed)

    def affected(self, term: Term) -> bool:
        """Whether a symbol with equations occurs in the term."""
        if not self.completed or not term.args and term.symbol not in self.completed:
            return False
        known = self._affected.get(term)
        if known is None:
            # A list: recursion through a generator would use the C stack.
            known = term.symbol in self.completed or any([self.affected(part) for part in term.args])
            if len(self._affected) >= _CACHE_SIZE:
                self._affected.clear()
            self._affected[term] = known
        return known

    # --- variants -----------------------------------------------------------------------------------

    def variants(self, terms: Sequence[Term]) -> list[Variant]:
        """Every way to evaluate the terms together, irreducible ones only.

        Each is the tuple of values with the bindings under which the terms have them; the bindings hold
        variables of `terms` only, their values may hold new variables. Raises LimitExceeded where there are
        more than MAXIMUM_VARIANTS.
        """
        if not any(self.affected(term) for term in terms):
            return [] if any(self.system.reducible(term) for term in terms) else [(tuple(terms), {})]
        asked = _variables_of(terms)
        found: dict[tuple[Term, ...], Variant] = {}
        for values, bindings in self._evaluate_all(terms, {}):
            done: dict[Term, Term] = {}
            resolved = tuple([resolve(value, bindings, done) for value in values])
            images = {v: resolve(v, bindings, done) for v in bindings if v in asked}
            if any(self.system.reducible(term) for term in (*resolved, *images.values())):
                continue
            whole = (*resolved, *[images.get(variable, variable) for variable in asked])
            found.setdefault(_up_to_renaming(whole, asked), (resolved, images))
        return list(found.values())

    def _evaluate_all(
        self, terms: Sequence[Term], bindings: Bindings, keep_ground: bool = False
    ) -> list[Variant]:
        states: list[Variant] = [((), bindings)]
        for term in terms:
            states = [
                ((*values, value), after)
                for values, before in states
                for value, after in (
                    [(term, before)] if keep_ground and term.ground else self._evaluate(term, before)
                )
            ]
            if len(states) > MAXIMUM_VARIANTS:
                raise LimitExceeded(f"a term has more than {MAXIMUM_VARIANTS} forms modulo the equations")
        return states

    def _evaluate(self, term: Term, bindings: Bindings) -> list[tuple[Term, Bindings]]:
        if not self.affected(term):
            return [(term, bindings)]
        symbol = term.symbol
        assert symbol is not None
        rules = self.completed.get(symbol, ())
        if term.ground:
            return [(value, bindings) for value in self._ground_values(term)]
        found: list[tuple[Term, Bindings]] = []
        for values, after in self._evaluate_all(term.args, bindings):
            found.append((App(symbol, values), after))
            for rule in rules:
                left, right = rename_apart(rule)
                extended = dict(after)
                if all(unify(p, v, extended) for p, v in zip(left.args, values, strict=True)):
                    found.append((right, extended))
        return found

    def _ground_values(self, term: Term) -> list[Term]:
        """The irreducible values of a ground term."""
        known = self._values.get(term)
        if known is not None:
            return known
        assert term.symbol is not None
        arguments: list[tuple[Term, ...]] = [()]
        for argument in term.args:
            values = self._ground_values(argument) if self.affected(argument) else [argument]
            arguments = [(*before, value) for before in arguments for value in values]
            if len(arguments) > MAXIMUM_VARIANTS:
                raise LimitExceeded(f"a term has more than {MAXIMUM_VARIANTS} forms modulo the equations")
        found: dict[Term, None] = {}
        for args in arguments:
            whole = App(term.symbol, args)
            candidates = [whole]
            for left, right in self.completed.get(term.symbol, ()):
                bindings: Bindings = {}
                if match(left, whole, bindings):
                    candidates.append(substitute(right, bindings))
            for candidate in candidates:
                if not self.system.reducible(candidate):
                    found[candidate] = None
        self._values_kept += len(found)
        if self._values_kept > _CACHE_SIZE:
            self._values.clear()
            self._values_kept = 0
        self._values[term] = result = list(found)
        return result

    def _share_a_value(self, left: Term, right: Term) -> bool:
        """Whether two ground terms are equal modulo the equations."""
        sides = [self._ground_values(side) if self.affected(side) else [side] for side in (left, right)]
        return not set(sides[0]).isdisjoint(sides[1])

    # --- unification and equality -------------------------------------------------------------------

    def unifiers(self, pairs: Iterable[tuple[Term, Term]]) -> list[Bindings]:
        """A complete set of unifiers of all pairs at once, modulo the equations.

        Each is fully resolved and binds variables of the pairs only; the empty list where they do not unify.
        Raises LimitExceeded where terms have too many variants.
        """
        listed = list(pairs)
        solved: Bindings = {}
        open_pairs = self._decompose(listed, solved)
        if open_pairs is None:
            return []
        asked = _variables_of([term for pair in listed for term in pair])
        if not open_pairs:
            return _most_general([solved], asked)
        states: list[Bindings] = [{}]
        remaining = _variables_of([term for pair in open_pairs for term in pair])
        # Ground messages may stand for themselves among all equal ones where no two parts of them are equal.
        fixed = not self.has_equal_parts([side for pair in open_pairs for side in pair if side.ground])
        for pair in open_pairs:
            if pair[0].ground and pair[1].ground:
                if not self._share_a_value(*pair):
                    return []
                continue
            after = []
            for before in states:
                for (left, right), bindings in self._evaluate_all(pair, before, fixed):
                    if left.ground and right.ground and left is not right:
                        continue
                    extended = dict(bindings)
                    if unify(left, right, extended):
                        after.append(extended)
            # A reducible value is never needed: another state has its irreducible form.
            states = [
                state
                for state in _most_general(after, remaining)
                if not any(self.system.reducible(value) for value in state.values())
            ]
        unifiers = _most_general([{**solved, **state} for state in states], asked)
        return [{v: self.system.normalise(value) for v, value in unifier.items()} for unifier in unifiers]

    def _decompose(
        self, pairs: Iterable[tuple[Term, Term]], solved: Bindings
    ) -> list[tuple[Term, Term]] | None:
        """Solve what needs no equation into `solved`; the pairs left over, or None where they differ.

        Eliminating x from x = M with x not in M is complete modulo any equations.
        """
        waiting = list(pairs)
        left_over: list[tuple[Term, Term]] = []
        while waiting:
            left, right = waiting.pop()
            done: dict[Term, Term] = {}
            left = self.system.normalise(resolve(left, solved, done))
            right = self.system.normalise(resolve(right, solved, done))
            if left is right:
                continue
            if not self.affected(left) and not self.affected(right):
                if not unify(left, right, solved):
                    return None
                waiting += left_over
                left_over = []
            elif isinstance(left, Variable) or isinstance(right, Variable):
                if unify(left, right, solved):
                    waiting += left_over
                    left_over = []
                else:
                    variable, term = (left, right) if isinstance(left, Variable) else (right, left)
                    if not any(part is variable for part in variables(term)):
                        return None  # of another type, or `fail`
                    left_over.append((left, right))
            elif left.symbol in self.completed or right.symbol in self.completed:
                left_over.append((left, right))
            elif left.symbol is right.symbol:
                waiting.extend(zip(left.args, right.args, strict=True))
            else:
                return None
        return left_over

    def equal(self, left: Term, right: Term) -> bool:
        """Whether the terms are equal modulo the equations, for all values of their variables."""
        left, right = self.system.normalise(left), self.system.normalise(right)
        if left is right:
            return True
        if self._purely_convergent or not (self.affected(left) or self.affected(right)):
            return False
        left, right = _with_constants((left, right))
        open_pairs = self._decompose([(left, right)], {})
        return open_pairs is not None and all([self._share_a_value(*pair) for pair in open_pairs])

    def has_equal_parts(self, terms: Iterable[Term]) -> bool:
        """Whether two different subterms of irreducible terms are equal modulo the equations.

        Messages of which that holds are never used, since of each class of equal messages only one is
        (Blanchet, Abadi, Fournet 2008, section 5.1).
        """
        if self._purely_convergent:
            return False
        parts: dict[Term, None] = {}
        stack = list(terms)
        while stack:
            term = stack.pop()
            if term not in parts:
                parts[term] = None
                stack.extend(term.args)
        # Where neither root has equations, the terms are equal only if their arguments, parts too, are.
        rooted = [term for term in parts if term.symbol in self.completed]
        return any(other is not term and self.equal(term, other) for term in rooted for other in parts)


def _variables_of(terms: Iterable[Term]) -> dict[Variable, None]:
    """The variables of the terms, in order of first occurrence."""
    return {variable: None for term in terms for variable in variables(term)}


def _most_general(found: Iterable[Bindings], asked: Mapping[Variable, None]) -> list[Bindings]:
    """The most general of the bindings, resolved, and of the variables asked for only."""
    kept: list[Bindings] = []
    for bindings in found:
        done: dict[Term, Term] = {}
        images = {v: resolve(v, bindings, done) for v in asked if v in bindings}
        if not any(_more_general(known, images, asked) for known in kept):
            kept = [known for known in kept if not _more_general(images, known, asked)]
            kept.append(images)
    return kept


def _more_general(general: Bindings, special: Bindings, asked: Iterable[Variable]) -> bool:
    bindings: Bindings = {}
    return all(match(general.get(v, v), special.get(v, v), bindings) for v in asked)


def _up_to_renaming(terms: tuple[Term, ...], asked: Mapping[Variable, None]) -> tuple[Term, ...]:
    """The terms with all new variables numbered, so that renamed variants are found to be the same."""
    names: dict[Variable, Term] = {}
    for term in terms:
        for variable in variables(term):
            if variable not in asked and variable not in names:
                names[variable] = _numbered(len(names), variable.type)
    return tuple([substitute(term, names) for term in terms])


_numbers: dict[tuple[int, str], Term] = {}


def _numbered(number: int, type: str) -> Term:
    known = _numbers.get((number, type))
    if known is None:
        known = _numbers[number, type] = App(Symbol(f"variable {number}", (), type, Kind.NAME))
    return known


def _with_constants(terms: Sequence[Term]) -> list[Term]:
    """The terms with each variable replaced by a constant of its own, by order of occurrence."""
    constants: dict[Variable, Term] = {}
    for term in terms:
        for variable in variables(term):
            if variable not in constants:
                constants[variable] = _numbered(len(constants), variable.type)
    return [substitute(term, constants) for term in terms]
