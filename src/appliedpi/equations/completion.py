"""Completion of equations: which rewrite rules evaluate each constructor.

From equations to the rules f(M1,...,Mn) -> M of a signature without equations that models the given one
(Blanchet, Abadi, Fournet 2008, section 5: definition 2; section 5.2 for convergent theories, section 5.3
for linear ones). The completed rules are equalities of the theory; together with f(x1,...,xn) -> f(x1,...,xn)
they give every value that f may have on irreducible arguments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from appliedpi.equations.rewriting import Equality, RewriteSystem, rename_apart, replacements
from appliedpi.errors import LimitExceeded
from appliedpi.terms import App, Term
from appliedpi.unification import Bindings, match, resolve

# The completions of the theories that protocols use have a handful of rules and need some hundred
# comparisons. One that goes beyond these limits is taken not to end, as that of associativity.
MAXIMUM_RULES: Final = 200
MAXIMUM_COMPARISONS: Final = 20_000


class AllTermsEqual(Exception):
    """The equations make any two terms equal."""


def complete_convergent(rules: Iterable[Equality]) -> list[Equality]:
    """The completed rules of a convergent system (Blanchet, Abadi, Fournet 2008, section 5.2).

    Each rule is followed by every rewriting that its right side may then allow. Raises LimitExceeded where
    that does not end, AllTermsEqual where the system is degenerate.
    """
    listed = list(rules)
    return _Completion(RewriteSystem(listed), backwards=False).run(listed)


def complete_linear(equations: Iterable[Equality]) -> list[Equality]:
    """The completed rules of linear equations (Blanchet, Abadi, Fournet 2008, section 5.3).

    Each equation is used in both directions and each rule also followed backwards. Rules whose left side is
    a variable are part of the answer, because the completion needs them; no symbol evaluates by them.
    Raises as `complete_convergent` does.
    """
    both = [rule for left, right in equations for rule in ((left, right), (right, left))]
    return _Completion(RewriteSystem(()), backwards=True).run(both)


class _Completion:
    def __init__(self, system: RewriteSystem, backwards: bool) -> None:
        self._system = system
        self._backwards = backwards
        self._done: list[Equality] = []
        self._waiting: deque[Equality] = deque()
        self._comparisons = 0

    def run(self, rules: list[Equality]) -> list[Equality]:
        for left, right in rules:
            self._add(left, right)
        while self._waiting:
            rule = self._waiting.popleft()
            self._done.append(rule)
            if len(self._done) > MAXIMUM_RULES:
                raise LimitExceeded(f"more than {MAXIMUM_RULES} rules")
            left, right = rename_apart(rule)
            for other in tuple(self._done):
                for first, second in (((left, right), other), (other, (left, right))):
                    self._follow(first, second)
                    if self._backwards:
                        self._follow_backwards(first, second)
        return self._done

    def _follow(self, first: Equality, second: Equality) -> None:
        """`first` and then `second` somewhere in the right side of `first`."""
        for replaced, bindings in replacements(first[1], second[0], second[1]):
            self._add(resolve(first[0], bindings), resolve(replaced, bindings))

    def _follow_backwards(self, first: Equality, second: Equality) -> None:
        """`first` somewhere in the left side of `second` gives that left side, then `second`."""
        for replaced, bindings in replacements(second[0], first[1], first[0]):
            self._add(resolve(replaced, bindings), resolve(second[1], bindings))

    def _add(self, left: Term, right: Term) -> None:
        if left.symbol is not None:
            # Only irreducible arguments are ever given to a symbol.
            left = App(left.symbol, tuple([self._system.normalise(argument) for argument in left.args]))
        right = self._system.normalise(right)
        if left is right:
            return
        if left.symbol is None and right.symbol is None:
            raise AllTermsEqual
        rule = (left, right)
        self._comparisons += len(self._done) + len(self._waiting)
        if self._comparisons > MAXIMUM_COMPARISONS:
            raise LimitExceeded(f"more than {MAXIMUM_COMPARISONS} comparisons of rules")
        if any(covers(known, rule) for known in self._done) or any(covers(k, rule) for k in self._waiting):
            return
        self._done = [known for known in self._done if not covers(rule, known)]
        self._waiting = deque([known for known in self._waiting if not covers(rule, known)])
        self._waiting.append(rule)


def covers(general: Equality, special: Equality) -> bool:
    """Whether `special` is never needed beside `general`.

    It is an instance of it; or two arguments at the same place, somewhere on the same path of both sides,
    are: then applying it would need two different messages that are equal, and of each class of equal
    messages only one is ever used (Blanchet, Abadi, Fournet 2008, section 5.1).
    """
    stack = [special]
    while stack:
        left, right = stack.pop()
        if left is right:
            continue
        bindings: Bindings = {}
        if match(general[0], left, bindings) and match(general[1], right, bindings):
            return True
        if left.symbol is not None and left.symbol is right.symbol:
            stack.extend(zip(left.args, right.args, strict=True))
    return False
