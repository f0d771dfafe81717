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


_Bucket = dict[int, Clause]
_Fits = Callable[[int, int], bool]


class FactIndex:
    """Clauses filed under one of their facts."""

    def __init__(self) -> None:
        self._buckets: dict[int, _Bucket] = {}
        # For each kind of retrieval and each signature asked for, the buckets that fit, oldest first.
        self._fitting: dict[tuple[_Fits, int], list[_Bucket]] = {}

    def __iter__(self) -> Iterator[Clause]:
        for bucket in self._buckets.values():
            yield from bucket.values()

    def __len__(self) -> int:
        return sum([len(bucket) for bucket in self._buckets.values()])

    def add(self, fact: Term, clause: Clause) -> None:
        """File the clause, which must be numbered, under the fact."""
        key = signature(fact)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = {}
            for (fits, given), fitting in self._fitting.items():
                if fits(key, given):
                    fitting.append(bucket)
        bucket[clause.number] = clause

    def remove(self, fact: Term, clause: Clause) -> None:
        """Forget a clause filed under the fact."""
        key = signature(fact)
        bucket = self._buckets.get(key)
        if bucket is None:
            return
        bucket.pop(clause.number, None)
        if not bucket:
            del self._buckets[key]
            for asked, fitting in self._fitting.items():
                self._fitting[asked] = [one for one in fitting if one is not bucket]

    def unifiable(self, fact: Term) -> list[Clause]:
        """At least the clauses whose fact unifies with the given one."""
        return self._found(signature(fact), _unifies)

    def generalisations(self, fact: Term) -> list[Clause]:
        """At least the clauses whose fact has the given one as an instance."""
        return self._found(signature(fact), _generalises)

    def instances(self, fact: Term) -> list[Clause]:
        """At least the clauses whose fact is an instance of the given one."""
        return self._found(signature(fact), _is_instance)

    def _found(self, given: int, fits: _Fits) -> list[Clause]:
        fitting = self._fitting.get((fits, given))
        if fitting is None:
            fitting = [bucket for stored, bucket in self._buckets.items() if fits(stored, given)]
            self._fitting[fits, given] = fitting
        return [clause for bucket in fitting for clause in bucket.values()]
