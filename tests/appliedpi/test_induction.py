"""Lemmas that are used in their own proof: each false lemma would be proved by one careless use of itself.

Lemmas and not queries, because a query is only proved by induction where no attack was found before.
"""

from __future__ import annotations

import pytest

import appliedpi
from tests.parity.expectations import CORPUS

DECLARATIONS = """
free c: channel. free d: channel [private]. free a: bitstring.
event e(bitstring). event f(bitstring). event g(bitstring). event k(bitstring).
event made(bitstring).
"""


def lemma(text: str, process: str, settings: str = "") -> str:
    """The verdict of the last lemma."""
    query = "query attacker(new unknown). process new unknown: bitstring; "
    model = f"{settings} {DECLARATIONS} lemma {text}. {query} ({process})"
    return appliedpi.verify(model, timeout=60).lemmas[-1].verdict.value


@pytest.mark.parametrize(
    ("text", "process"),
    [
        # an event is not earlier than itself
        ("x: bitstring; event(e(x)) ==> event(f(x)) [induction]", "!(in(c, x: bitstring); event e(x))"),
        # nor are both premises together earlier than both premises
        (
            "x: bitstring, y: bitstring; event(e(x)) && event(g(y)) ==> event(f(x)) [induction]",
            "!(in(c, x: bitstring); event e(x)) | !(in(c, x: bitstring); event g(x))",
        ),
        # one premise does not stand for both
        (
            "x: bitstring, y: bitstring; event(g(x)) && event(g(y)) ==> x = y [induction]",
            "!(in(c, x: bitstring); event g(x))",
        ),
        # g(n) is earlier than k(n), not than the other premise
        (
            "x: bitstring, y: bitstring; event(g(x)) && event(k(y)) ==> event(made(y)) [induction]",
            "!(new n: bitstring; event g(n); out(c, n); event k(n))",
        ),
        # the goal is no earlier message
        (
            "x: bitstring; mess(d, x) ==> event(made(x)) [induction]",
            "!(in(d, x: bitstring); out(d, x)) | out(d, a)",
        ),
        # the parts of a tuple are not known before the tuple
        ("x: bitstring; attacker(x) ==> event(made(x)) [induction]", "out(c, (a, a))"),
        # the event that another lemma adds may be the premise itself
        (
            "x: bitstring; event(e(x)) ==> event(e(x)). "
            "lemma x: bitstring; event(e(x)) ==> event(f(x)) [induction]",
            "!(in(c, x: bitstring); event e(x))",
        ),
    ],
)
def test_a_lemma_is_no_reason_for_itself(text: str, process: str) -> None:
    assert lemma(text, process) != "true"


COUNTER = "out(d, 0) | !(in(d, x: nat); out(d, x + 1))"


def test_what_needs_induction() -> None:
    assert lemma("x: nat; mess(d, x) ==> is_nat(x)", COUNTER) == "cannot be proved"
    assert lemma("x: nat; mess(d, x) ==> is_nat(x) [induction]", COUNTER) == "true"


@pytest.mark.parametrize(("option", "verdict"), [("", "true"), ("[noInduction]", "cannot be proved")])
def test_the_setting_is_for_all_lemmas_that_do_not_decline(option: str, verdict: str) -> None:
    text = f"x: nat; mess(d, x) ==> is_nat(x) {option}"
    assert lemma(text, COUNTER, "set inductionLemmas = true.") == verdict


def test_an_event_before_a_premise() -> None:
    report = appliedpi.verify(CORPUS / "induction-lemma.pv", timeout=60)
    assert [result.verdict.value for result in report.lemmas] == ["true"]
