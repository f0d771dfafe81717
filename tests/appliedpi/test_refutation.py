"""Conclusions shown case by case: certified as such, and silent about injectivity."""

from __future__ import annotations

import appliedpi
from appliedpi.check import check

MODEL = """
free c: channel. event e(nat, nat). event b(nat, nat).
query x: nat, y: nat; {premise}(e(x, y)) ==> {conclusion}.
process !(in(c, (x: nat, y: nat)); if is_nat(x) && is_nat(y) then event b(x, y); event e(x, y); event e(x, y))
"""


def answer(conclusion: str, premise: str = "event") -> appliedpi.Result:
    text = MODEL.format(premise=premise, conclusion=conclusion)
    (result,) = appliedpi.verify(text, timeout=60, certificates=True).results
    return result


def test_a_certificate_that_no_single_disjunct_explains_is_accepted() -> None:
    by_cases = answer("x >= y || y > x")
    assert by_cases.verdict.value == "true" and by_cases.certificate is not None
    assert check(by_cases.certificate).query == by_cases.query.text


def test_injectivity_is_not_shown_by_cases() -> None:
    assert answer("inj-event(b(x, y)) || x >= y || y > x", "inj-event").verdict.value != "true"


def test_a_gap_between_the_cases() -> None:
    assert answer("x > y || y > x").verdict.value == "false"
    assert answer("x > y + 1 || y >= x").verdict.value != "true"
    assert answer("x > y || y >= x").verdict.value == "true"
