"""Retrieval of clauses by one of their facts.

Each fact has a signature: the symbols at its first few positions, None where there is a variable or nothing
(an abstraction tree of depth three, flattened; Graf, "Term Indexing", 1996, chapter 4). Retrieval compares
signatures, so it returns a superset of the clauses whose fact unifies with, generalises or is an instance of
the given one; the caller makes the exact test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from appliedpi.clauses import Clause
from appliedpi.terms import Symbol, Term

Signature = tuple[Symbol | None, ...]

_BREADTH = 4  # arguments looked at below the second level


# Signatures are numbered, so that pairs of them are quick to look up.
_numbers: dict[Signature, int] = {}
_signatures: list[Signature] = []


def signature(fact: Term) -> int:
    """The number of a fact's signature: predicate, arguments, their arguments, and theirs."""
    found = _symbols(fact)
    number = _numbers.get(found)
    if number is None:
        number = _numbers[found] = len(_signatures)
        _signatures.append(found)
    return number


def _symbols(fact: Term) -> Signature:
    symbols: list[Symbol | None] = [fact.symbol]
    for argument in fact.args:
        symbols.append(argument.symbol)
        for part in _padded(argument):
            symbols.append(part.symbol if part is not None else None)
            for small in _padded(part):
                symbols.append(small.symbol if small is not None else None)
    return tuple(symbols)


def _padded(term: Term | None) -> tuple[Term | None, ...]:
    parts = term.args[:_BREADTH] if term is not None else ()
    return (*parts, *[None] * (_BREADTH - len(parts)))


@lru_cache(maxsize=1 << 18)
def _generalises(general: int, special: int) -> bool:
    one, two = _signatures[general], _signatures[special]
    return len(one) == len(two) and all([g is None or g is s for g, s in zip(one, two, strict=True)])


@lru_cache(maxsize=1 << 18)
def _unifies(left: int, right: int) -> bool:
    one, two = _signatures[left], _signatures[right]
    return len(one) == len(two) and all(
        [a is None or b is None or a is b for a, b in zip(one, two, strict=True)]
    )


def _is_instance(special: int, general: int) -> bool:
    return _generalises(general, special)


class FactIndex:
    """Clauses filed under one of their facts."""

    def __init__(self) -> None:
        self._clauses: dict[int, dict[int, Clause]] = {}

    def __iter__(self) -> Iterator[Clause]:
        for bucket in self._clauses.values():
            yield from bucket.values()

    def __len__(self) -> int:
        return sum([len(bucket) for bucket in self._clauses.values()])

    def add(self, fact: Term, clause: Clause) -> None:
        """File the clause, which must be numbered, under the fact."""
        self._clauses.setdefault(signature(fact), {})[clause.number] = clause

    def remove(self, fact: Term, clause: Clause) -> None:
        """Forget a clause filed under the fact."""
        key = signature(fact)
        bucket = self._clauses.get(key, {})
        bucket.pop(clause.number, None)
        if not bucket:
            self._clauses.pop(key, None)

    def unifiable(self, fact: Term) -> list[Clause]:
        """At least the clauses whose fact unifies with the given one."""
        return self._found(signature(fact), _unifies)

    def generalisations(self, fact: Term) -> list[Clause]:
        """At least the clauses whose fact has the given one as an instance."""
        return self._found(signature(fact), _generalises)

    def instances(self, fact: Term) -> list[Clause]:
        """At least the clauses whose fact is an instance of the given one."""
        return self._found(signature(fact), _is_instance)

    def _found(self, given: int, fits: Callable[[int, int], bool]) -> list[Clause]:
        return [
            clause
            for stored, bucket in self._clauses.items()
            if fits(stored, given)
            for clause in bucket.values()
        ]
