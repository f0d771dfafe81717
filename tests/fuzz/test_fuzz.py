"""A small part of `python -m tests.fuzz`; APPLIEDPI_FUZZ is how many inputs."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliedpi.errors import InputError, Place
from appliedpi.syntax import print_model, tree
from tests.fuzz.checking import NAME, Outcome, check, rejection_fault
from tests.fuzz.inputs import Inputs
from tests.parity.expectations import models
from tests.strategies import models as trees

COUNT = int(os.environ.get("APPLIEDPI_FUZZ", "2000"))
INPUTS = Inputs([path.read_text(encoding="utf-8") for path in models()])
slow = settings(
    deadline=None, max_examples=max(100, COUNT // 20),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def failures(text: str) -> list[tuple[int, str]]:
    outcome = Outcome()
    check(0, text, outcome)
    return outcome.failures


@pytest.mark.parametrize("part", range(10))
def test_mutated_models(part: int) -> None:
    outcome = Outcome()
    for seed in range(part * COUNT // 10, (part + 1) * COUNT // 10):
        check(seed, INPUTS.text(seed), outcome)
    assert outcome.failures == []
    assert sum(outcome.counts.values()) == (part + 1) * COUNT // 10 - part * COUNT // 10


def test_all_stages_are_reached() -> None:
    outcome = Outcome()
    for seed in range(400):
        check(seed, INPUTS.text(seed), outcome)
    assert outcome.counts["accepted"] > 20
    assert outcome.counts["rejected by the parser"] > 50
    assert outcome.counts["rejected by the types"] > 50


@slow
@given(trees)
def test_any_tree(model: tree.ModelTree) -> None:
    """Models that parse and mean nothing."""
    assert failures(print_model(model)) == []


@slow
@given(st.text())
def test_any_text(text: str) -> None:
    assert failures(text) == []


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (InputError("no"), "no place"),
        (InputError("no", Place(NAME, 3, 1)), "not in the text"),
        (InputError("no", Place(NAME, 1, 6)), "not in the line"),
        (InputError(" ", Place(NAME, 1, 5)), "no message"),
    ],
)
def test_a_bad_rejection_is_seen(error: InputError, fault: str) -> None:
    found = rejection_fault(error, "free\n")
    assert found is not None and fault in found


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(newline: str) -> None:
    """Old line ends count for the type checker as for the parser."""
    assert failures(f"free c: channel.{newline}free d: unknown.{newline}process 0") == []
    assert failures(f"free c: channel.{newline}free d unknown.{newline}process 0") == []


def test_a_good_rejection_passes() -> None:
    assert rejection_fault(InputError("no", Place(NAME, 1, 5)), "free\n") is None
