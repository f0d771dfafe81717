"""What the table says of a *true*: that its certificate was checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import appliedpi
from appliedpi.report import Verdict
from kbspec.evidence import check

CORPUS = Path(__file__).parents[1] / "corpus"
WORDS = {Verdict.TRUE: "certificate", Verdict.FALSE: "replayed trace", Verdict.CANNOT_BE_PROVED: "no trace"}


@pytest.mark.parametrize(
    "name",
    [
        "nested-correspondence", "induction-events", "induction-lemma", "conclusion-cases", "injective-nonce",
        "opposites-else", "time-equality",
    ],
)  # fmt: skip
def test_words(name: str) -> None:
    path = CORPUS / f"{name}.pv"
    report = appliedpi.verify(path, certificates=True, timeout=60)
    evidence = check(report, appliedpi.load(path))
    for result in report.results:
        assert evidence[result.name or result.query.text] == WORDS[result.verdict]


def test_a_true_without_a_certificate_is_told() -> None:
    path = CORPUS / "induction-lemma.pv"
    report = appliedpi.verify(path, certificates=True, timeout=60)
    bare = [replace(lemma, certificate=None) for lemma in report.lemmas]
    evidence = check(replace(report, lemmas=tuple(bare)), appliedpi.load(path))
    assert "certificate, but for a lemma without one" in evidence.values()
    bare = [replace(result, certificate=None) for result in report.results]
    evidence = check(replace(report, results=tuple(bare)), appliedpi.load(path))
    assert "no certificate" in evidence.values()
