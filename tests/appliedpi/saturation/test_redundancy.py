"""Clauses that kept ones derive together are not kept, and the checker finds out where they do not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

import appliedpi
from appliedpi import check
from appliedpi.clauses import attacker, message
from appliedpi.saturation.redundancy import passable
from appliedpi.terms import App, Symbol, Variable

# The process encrypts what it is given under a key that the attacker has.
MODEL = """
free c: channel.
free s: bitstring [private].
free k: bitstring [private].
fun encrypt(bitstring, bitstring): bitstring.
fun hash(bitstring): bitstring.
query attacker(s).
process (out(c, k) | (in(c, x: bitstring); out(c, encrypt(hash(hash(x)), k))) | out(c, hash(s)))
"""
X = Variable("x", "any")
Certificate = dict[str, Any]


def certificate(text: str) -> Certificate:
    found = appliedpi.verify(text, certificates=True).results[0].certificate
    assert found is not None
    document: Certificate = json.loads(found)
    return document


def test_what_several_clauses_derive_is_not_kept() -> None:
    with_elimination, without = certificate(MODEL), certificate("set redundancyElim = no.\n" + MODEL)
    assert len(with_elimination["saturated"]["derived"]) == 1
    assert without["saturated"]["derived"] == []
    assert len(with_elimination["saturated"]["clauses"]) == len(without["saturated"]["clauses"]) - 1
    check.check(json.dumps(with_elimination))
    check.check(json.dumps(without))


def remove(saturated: Certificate) -> None:
    saturated["derived"].clear()


def shorten(saturated: Certificate) -> None:
    saturated["derived"][0][1].pop()


def resolve_with_another(saturated: Certificate) -> None:
    by = saturated["derived"][0][1]
    by[-1] = next(number for number in range(len(saturated["clauses"])) if number not in by)


def derive_from_nothing(saturated: Certificate) -> None:
    saturated["derived"][0][1].clear()


def drop_hypotheses(saturated: Certificate) -> None:
    saturated["derived"][0][0][0].clear()


def resolve_with_what_selects(saturated: Certificate) -> None:
    for number in saturated["derived"][0][1]:
        if saturated["clauses"][number][0][0]:
            saturated["clauses"][number][1] = 0


@pytest.mark.parametrize(
    "spoil",
    [remove, shorten, resolve_with_another, derive_from_nothing, drop_hypotheses, resolve_with_what_selects],
)
def test_the_checker_rejects_what_is_not_derived(spoil: Callable[[Certificate], None]) -> None:
    document = copy.deepcopy(certificate(MODEL))
    spoil(document["saturated"])
    with pytest.raises(check.Rejected):
        check.check(json.dumps(document))


def test_a_query_may_not_tell_of_a_fact_on_the_way() -> None:
    """attacker(k) is on the way, and need not be true where the conclusion of this query asks for it."""
    told = MODEL.replace("query attacker(s).", "query attacker(s) ==> attacker(hash(s)).")
    document = certificate(told)
    assert document["saturated"]["derived"] == []
    # The derivation of the other model, whose clauses are the same.
    other = certificate(MODEL)
    assert document["model"] == other["model"]
    document["saturated"] = other["saturated"]
    with pytest.raises(check.Rejected, match="the query tells of"):
        check.check(json.dumps(document))


def test_what_may_be_passed() -> None:
    def fact(phase: int) -> Any:
        return App(attacker(phase), (X,))

    exponent = Symbol("exp", ("any",), "any")
    assert passable([], frozenset())(fact(0))
    assert not passable([fact(1)], frozenset())(fact(0))
    assert passable([App(message(0), (X, X))], frozenset())(fact(0))
    assert not passable([], frozenset([exponent]))(App(attacker(0), (App(exponent, (X,)),)))
