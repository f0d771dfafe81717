"""Our own corpus of small models, each probing one feature, against the verdicts of ProVerif 2.05."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import appliedpi
from tests.parity.expectations import Expectation, models, read_expectation

MODELS = models()
TIMEOUT = 60.0
by_name = pytest.mark.parametrize("model", MODELS, ids=[model.stem for model in MODELS])


def verdicts_of(model: Path, backend: str) -> dict[str, str]:
    """The verdicts by number, and by ID where there is one."""
    report = appliedpi.verify(model, backend=backend, timeout=TIMEOUT)
    verdicts = {str(number): result.verdict.value for number, result in enumerate(report.results, 1)}
    verdicts |= {result.name: result.verdict.value for result in report.results if result.name}
    return verdicts


def expected_keys(expectation: Expectation, verdicts: dict[str, str]) -> dict[str, str]:
    """The verdicts of the queries that the model makes a statement about; every query must have one."""
    assert sum(key.isdigit() for key in verdicts) == len(expectation.verdicts), "a query without expectation"
    return {key: verdicts[key] for key in expectation.verdicts}


def test_the_corpus_is_there() -> None:
    assert len(MODELS) >= 60


@by_name
def test_builtin_gives_the_expected_verdicts(model: Path) -> None:
    expectation = read_expectation(model.read_text(encoding="utf-8"))
    if expectation.refused is not None:
        with pytest.raises(appliedpi.InputError, match=expectation.refused) as refusal:
            appliedpi.verify(model, timeout=TIMEOUT)
        assert "--backend proverif" in str(refusal.value)
        return
    verdicts = verdicts_of(model, "builtin")
    assert expected_keys(expectation, verdicts) == expectation.verdicts | expectation.builtin


@by_name
def test_opposites_are_never_both_true(model: Path) -> None:
    expectation = read_expectation(model.read_text(encoding="utf-8"))
    if not expectation.opposites:
        pytest.skip("no opposites in this model")
    verdicts = verdicts_of(model, "builtin")
    for one, other, reached in expectation.opposites:
        if verdicts[reached] == "false":
            assert {verdicts[one], verdicts[other]} != {"true"}


@pytest.mark.skipif(shutil.which("proverif") is None, reason="there is no proverif on PATH")
@by_name
def test_proverif_gives_the_recorded_verdicts(model: Path) -> None:
    expectation = read_expectation(model.read_text(encoding="utf-8"))
    if expectation.refused is None:
        assert expected_keys(expectation, verdicts_of(model, "proverif")) == expectation.verdicts
    else:
        assert appliedpi.verify(model, backend="proverif", timeout=TIMEOUT).results
