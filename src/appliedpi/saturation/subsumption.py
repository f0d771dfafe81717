"""Subsumption of clauses: Blanchet 2016, section 3.2 ("H1 && phi1 => C1 subsumes H2 && phi2 => C2").

A clause subsumes another if an instance of it has the same conclusion, hypotheses that are a sub-multiset
of the other's, and constraints that the other's imply; then the other is redundant. Two hypotheses never map
to the same one: a clause does not subsume its own factors, which keeps the relation well-founded.

Subsumption is NP-complete (Garey and Johnson, "Computers and Intractability", problem LO18), so the search
ends after a number of attempts with "no": a clause that is kept without need is no error.

Most of the time of a saturation is spent here. The clauses of a model share most of their facts, so the
substitution that makes one fact another is computed once and remembered; and most pairs of clauses are told
apart by their symbols and sizes alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from appliedpi.clauses import Clause, Disequality
from appliedpi.constraints import Unifiers, implied, syntactic_unifiers
from appliedpi.saturation.naturals import follows
from appliedpi.terms import App, Term, Variable, substitute
from appliedpi.unification import Bindings, match

_ATTEMPTS: Final = 20_000
_MOST_REMEMBERED: Final = 300_000

# A substitution as pairs; None where there is none.
Images = tuple[tuple[Variable, Term], ...] | None


class _Matches:
    """The substitutions from facts to facts that were asked for."""

    def __init__(self) -> None:
        self.known: dict[Term, dict[Term, Images]] = {}
        self.count = 0

    def images(self, pattern: Term, target: Term) -> Images:
        """The substitution under which `pattern` is `target`."""
        of_pattern = self.known.get(pattern)
        if of_pattern is None:
            if self.count > _MOST_REMEMBERED:
                self.forget()
            of_pattern = self.known[pattern] = {}
        elif target in of_pattern:
            return of_pattern[target]
        bindings: Bindings = {}
        found: Images = tuple(bindings.items()) if match(pattern, target, bindings) else None
        of_pattern[target] = found
        self.count += 1
        return found

    def forget(self) -> None:
        """Drop everything."""
        self.known.clear()
        self.count = 0


_matches: Final = _Matches()


def forget_matches() -> None:
    """Drop what was remembered of the facts of earlier models."""
    _matches.forget()


def subsumers(clauses: Iterable[Clause], special: Clause, unifiers: Unifiers) -> Iterator[Clause]:
    """Those of the clauses that make `special` redundant."""
    absent = ~special.mask
    size = special.size
    for general in clauses:
        if not general.mask & absent and general.size <= size and subsumes(general, special, unifiers):
            yield general


def subsumed(clauses: Iterable[Clause], general: Clause, unifiers: Unifiers) -> Iterator[Clause]:
    """Those of the clauses that `general` makes redundant."""
    mask = general.mask
    size = general.size
    for special in clauses:
        if size <= special.size and not mask & ~special.mask and subsumes(general, special, unifiers):
            yield special


def subsumes(general: Clause, special: Clause, unifiers: Unifiers = syntactic_unifiers) -> bool:
    """Whether `general` makes `special` redundant."""
    if (
        general.mask & ~special.mask
        or len(general.by_size) > len(special.by_size)
        or general.size > special.size
        or general.label & ~special.label
    ):
        return False
    images = _matches.images(general.conclusion, special.conclusion)
    if images is None:
        return False
    return _Mapping(general, special, unifiers, dict(images)).extend(0, 0)


class _Mapping:
    """The search for a substitution that maps all hypotheses of one clause to different ones of another."""

    def __init__(self, general: Clause, special: Clause, unifiers: Unifiers, images: Bindings) -> None:
        self.general = general
        self.special = special
        self.unifiers = unifiers
        self.images = images
        self.attempts = _ATTEMPTS

    def extend(self, position: int, used: int) -> bool:
        """Map the hypotheses from `position` on to unused ones; `used` is a bit set of the others.

        The recursion is bounded by their number. What is added to `images` on the way to a failure is taken
        back: a dictionary keeps its order.
        """
        if position == len(self.general.by_size):
            return self._constraints_follow()
        fact = self.general.by_size[position]
        images = self.images
        mark = len(images)
        for index in self._candidates(fact, position):
            target = self.special.by_size[index]
            if target.size < fact.size:
                return False  # they are sorted, so all that follow are too small as well
            if used >> index & 1 or fact.mask & ~target.mask:
                continue
            self.attempts -= 1
            if self.attempts < 0:
                return False
            pairs = _matches.images(fact, target)
            if pairs is None:
                continue
            fits = True
            for variable, image in pairs:
                if images.setdefault(variable, image) is not image:
                    fits = False
                    break
            if fits and self.extend(position + 1, used | 1 << index):
                return True
            while len(images) > mark:
                images.popitem()
        return False

    def _candidates(self, fact: Term, position: int) -> Sequence[int]:
        """The hypotheses of the special clause that may be the image of one, largest first."""
        if len(fact.args) == 1:
            # Its image may be known: attacker(x) with x already mapped, of which a clause may have many.
            argument = fact.args[0]
            image = self.images.get(argument) if isinstance(argument, Variable) else None
            if image is not None:
                assert fact.symbol is not None
                index = self.special.positions.get(App(fact.symbol, (image,)), -1)
                return (index,) if index >= 0 else ()
        best: Sequence[int] | None = None
        for key in self.general.keys[position]:
            found = self.special.places.get(key)
            if found is None:
                return ()
            if best is None or len(found) < len(best):
                best = found
        assert best is not None
        return best

    def _constraints_follow(self) -> bool:
        for constraint in self.general.disequalities:
            # Universal variables are numbered apart from those of facts, so `images` does not touch them.
            image = Disequality(
                substitute(constraint.left, self.images),
                substitute(constraint.right, self.images),
                constraint.universal,
            )
            if not implied(image, self.special.disequalities, self.unifiers):
                return False
        return all(
            [follows(substitute(fact, self.images), self.special.naturals) for fact in self.general.naturals]
        )
