"""What the table says of a *true*: checked, or why it could not be."""

from __future__ import annotations

from pathlib import Path

import pytest

import appliedpi
from appliedpi.report import Verdict
from kbspec.evidence import check

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nested-correspondence.pv", "no certificate (nested correspondence)"),
        ("induction-events.pv", "no certificate (proof by induction)"),
        ("conclusion-cases.pv", "no certificate (its kind of proof has none)"),
        ("induction-lemma.pv", "certificate, but for a lemma without one"),
        ("injective-nonce.pv", "certificate"),
    ],
)
def test_words(name: str, words: str) -> None:
    report = appliedpi.verify(CORPUS / name, certificates=True, timeout=60)
    evidence = check(report, appliedpi.load(CORPUS / name))
    assert words in evidence.values()
    for result in report.results:
        said = evidence[result.name or result.query.text]
        if result.verdict is Verdict.TRUE:
            assert said == "certificate" or said.startswith(("no certificate (", "certificate, but for"))
        else:
            assert said == ("replayed trace" if result.verdict is Verdict.FALSE else "no trace")
