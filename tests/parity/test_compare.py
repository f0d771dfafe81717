"""The comparison itself: a disagreement must never be counted as anything milder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parity.__main__ import main, models_in, row, totals
from tests.parity.compare import Comparison, Outcome, Run, compare_runs, libraries_of
from tests.parity.expectations import read_expectation

TRUE, FALSE, UNKNOWN = "true", "false", "cannot be proved"


def answered(*verdicts: str) -> Run:
    return Run(0, verdicts, tuple(f"q{number}" for number in range(len(verdicts))), 0.5, "")


def failed(status: int, message: str = "m.pv:1:1: error: no") -> Run:
    return Run(status, None, (), 0.5, message)


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome"),
    [
        (TRUE, TRUE, Outcome.AGREE),
        (FALSE, FALSE, Outcome.AGREE),
        (UNKNOWN, UNKNOWN, Outcome.AGREE),
        (TRUE, FALSE, Outcome.CONTRADICTION),
        (FALSE, TRUE, Outcome.CONTRADICTION),
        (UNKNOWN, TRUE, Outcome.OURS_UNDECIDED),
        (UNKNOWN, FALSE, Outcome.OURS_UNDECIDED),
        (TRUE, UNKNOWN, Outcome.PROVERIF_UNDECIDED),
        (FALSE, UNKNOWN, Outcome.PROVERIF_UNDECIDED),
    ],
)
def test_verdicts(ours: str, theirs: str, outcome: Outcome) -> None:
    assert compare_runs(answered(TRUE, ours), answered(TRUE, theirs)) == (Outcome.AGREE, outcome)


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome"),
    [
        (failed(2), answered(TRUE), Outcome.ERROR),
        (failed(1, "Traceback"), answered(TRUE), Outcome.ERROR),
        (failed(2, "error: choice\n  advice: use --backend proverif"), answered(TRUE), Outcome.REFUSED),
        (failed(2), failed(2), Outcome.BOTH_REJECT),
        (failed(1, "Traceback"), failed(2), Outcome.ERROR),
        (failed(3), answered(TRUE), Outcome.TIMEOUT),
        (answered(TRUE), failed(2), Outcome.PROVERIF_ERROR),
        (answered(TRUE), failed(3), Outcome.PROVERIF_TIMEOUT),
        (answered(TRUE), answered(TRUE, TRUE), Outcome.ERROR),
    ],
)  # fmt: skip
def test_runs_that_fail(ours: Run, theirs: Run, outcome: Outcome) -> None:
    assert compare_runs(ours, theirs) == (outcome,)


def test_the_table_shows_a_contradiction_with_its_query() -> None:
    comparison = Comparison("m.pv", (Outcome.CONTRADICTION,), answered(TRUE), answered(FALSE))
    assert "CONTRADICTION" in row(comparison)
    assert "1. q0: true, ProVerif: false" in row(comparison)
    assert "1 CONTRADICTION" in totals([comparison])
    assert "ratio: 1.00" in totals([comparison])


def test_the_table_shows_why_a_model_failed() -> None:
    comparison = Comparison("m.pv", (Outcome.ERROR,), failed(1, "Traceback\nmore"), answered(FALSE))
    assert row(comparison).endswith("\n    Traceback")
    assert "1 error" in totals([comparison])


def test_the_totals_count_the_queries_of_a_model_that_only_proverif_answered() -> None:
    refused = Comparison("m.pv", (Outcome.REFUSED,), failed(2), answered("true", "false", "true"))
    both = Comparison("n.pv", (Outcome.AGREE,), answered("true"), answered("true"))
    neither = Comparison("o.pv", (Outcome.BOTH_REJECT,), failed(2), failed(2))
    text = totals([refused, both, neither])
    assert "3 refused" in text
    assert "1 of the 4 that ProVerif answered (25.0%)" in text


def test_models_and_libraries_are_found(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("b.pv", "sub/a.pv", "b.pvl", "notes.txt"):
        (tmp_path / name).write_text("")
    assert [name for _, name in models_in(tmp_path)] == ["b.pv", "sub/a.pv"]
    common = tmp_path / "common.pvl"
    assert libraries_of(tmp_path / "b.pv", [common]) == [common, tmp_path / "b.pvl"]
    assert libraries_of(tmp_path / "sub" / "a.pv") == []


def test_a_folder_without_models_is_an_error(tmp_path: Path) -> None:
    binary = tmp_path / "proverif"
    binary.write_text("")
    with pytest.raises(SystemExit) as exit_:
        main([str(tmp_path), "--proverif", str(binary)])
    assert exit_.value.code == 2


def test_expectations_are_read() -> None:
    text = "process 0\n(* EXPECT: 1 true, SEC cannot be proved *)\n(* BUILTIN: SEC true *)\n"
    expectation = read_expectation(text + "(* OPPOSITES: 1 2 WHEN 3 *)")
    assert expectation.verdicts == {"1": TRUE, "SEC": UNKNOWN}
    assert expectation.builtin == {"SEC": TRUE}
    assert expectation.opposites == (("1", "2", "3"),)
    assert read_expectation("(* EXPECT: refused choice *)").refused == "choice"


@pytest.mark.parametrize("text", ["", "(* EXPECT: 1 maybe *)", "(* EXPECT: 1 true, 1 false *)"])
def test_malformed_expectations_are_errors(text: str) -> None:
    with pytest.raises(ValueError, match="expectation|EXPECT"):
        read_expectation(text)
