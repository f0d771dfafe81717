"""Conclusions shown case by case have no certificate, and say nothing of injectivity."""

from __future__ import annotations

import appliedpi

MODEL = """
free c: channel. event e(nat, nat). event b(nat, nat).
query x: nat, y: nat; {premise}(e(x, y)) ==> {conclusion}.
process !(in(c, (x: nat, y: nat)); if is_nat(x) && is_nat(y) then event b(x, y); event e(x, y); event e(x, y))
"""


def answer(conclusion: str, premise: str = "event") -> appliedpi.Result:
    text = MODEL.format(premise=premise, conclusion=conclusion)
    (result,) = appliedpi.verify(text, timeout=60, certificates=True).results
    return result


def test_no_certificate_names_a_disjunct_that_does_not_hold() -> None:
    by_cases = answer("x >= y || y > x")
    assert by_cases.verdict.value == "true"
    assert by_cases.certificate is None
    directly = answer("x >= y || y > x || event(b(x, y))")
    assert directly.verdict.value == "true"
    assert directly.certificate is not None


def test_injectivity_is_not_shown_by_cases() -> None:
    assert answer("inj-event(b(x, y)) || x >= y || y > x", "inj-event").verdict.value != "true"


def test_a_gap_between_the_cases() -> None:
    assert answer("x > y || y > x").verdict.value == "false"
    assert answer("x > y + 1 || y >= x").verdict.value != "true"
    assert answer("x > y || y >= x").verdict.value == "true"
