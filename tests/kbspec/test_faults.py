from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
from tests.kbspec.vault import CLAIMS, HARMLESS, REDUNDANT, REPAIRED, vault

from appliedpi.errors import LimitExceeded
from appliedpi.families import FaultSets
from kbspec import fault_records, language, matrix_records
from kbspec.errors import CertificateRejected, ClaimFailed, LimitReached, SpecificationError
from kbspec.fault_search import _Variants
from kbspec.models import Model
from kbspec.specification import Specification


def safe(spec: Specification, name: str = "vault", leak: str = "out(net, scrap)") -> Model:
    """The vault, with what it claims verified."""
    model = vault(spec, name, leak)
    model.verify(expect=REPAIRED if leak == "0" else CLAIMS)
    return model


def test_checks_that_cover_for_each_other_break_the_property_together(spec: Specification) -> None:
    faults = safe(spec, leak="0").fault_sets()
    assert faults["SEC-GOLD"].breaks == (
        ("CHK-PIN",), ("ASM-PIN-SECRET",), ("CHK-FIRST", "CHK-SECOND"),
    )  # fmt: skip
    assert faults["SEC-GOLD"].undecided == ()
    assert faults["SEC-SCRAP"].breaks == ()
    assert faults.found.complete_up_to is None


def test_what_does_not_hold_anyway_is_broken_by_the_empty_set(spec: Specification) -> None:
    faults = safe(spec).fault_sets()
    assert faults["SEC-SCRAP"].breaks == ((),)
    assert faults["SAN-OPEN"].breaks == ((),)
    assert faults.properties == ("SEC-GOLD", "SEC-SCRAP")


def test_the_sets_in_words(spec: Specification) -> None:
    faults = safe(spec).fault_sets()
    assert faults.in_words("SEC-GOLD") == [
        "SEC-GOLD is lost without CHK-PIN.",
        "SEC-GOLD is lost where ASM-PIN-SECRET is violated.",
        "SEC-GOLD is lost without CHK-FIRST and without CHK-SECOND.",
    ]
    assert "does not hold even with" in faults.in_words("SEC-SCRAP")[0]
    none = safe(spec, "quiet", leak="0").fault_sets()
    assert none.in_words("SEC-SCRAP") == ["SEC-SCRAP is lost with no set of these toggles."]


def test_the_table_tells_single_changes_from_those_that_only_break_together(spec: Specification) -> None:
    table = repr(safe(spec).fault_sets())
    row = next(line for line in table.splitlines() if line.startswith("SEC-GOLD"))
    assert row.split("  ")[0] == "SEC-GOLD"
    assert "CHK-PIN; ASM-PIN-SECRET" in row and "CHK-FIRST and CHK-SECOND" in row
    html = safe(spec, "shown").fault_sets()._repr_html_()
    assert "complete for sets of any number of toggles" in html


def test_that_no_set_is_missing_is_certified_and_said(spec: Specification) -> None:
    faults = safe(spec, leak="0").fault_sets()
    assert faults.certified == ("SEC-GOLD", "SEC-SCRAP")
    assert "proved by certificates that the independent checker accepted" in faults._repr_html_()


def test_a_certificate_of_other_sets_is_rejected(
    spec: Specification, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = language.breaking_sets

    def forgetful(text: str, bound: int, timeout: float | None) -> object:
        found = honest(text, bound, timeout)
        assert found is not None
        return {id: replace(one, sets=one.sets[:1]) for id, one in found.items()}

    monkeypatch.setattr(language, "breaking_sets", forgetful)
    with pytest.raises(CertificateRejected, match="SEC-GOLD"):
        safe(spec, leak="0").fault_sets()


def test_without_certificates_variants_are_run_and_that_is_said(
    spec: Specification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "breaking_sets", lambda text, bound, timeout: None)
    faults = safe(spec, leak="0").fault_sets()
    assert faults.certified == () and faults.found.complete_up_to is None
    assert ("CHK-FIRST", "CHK-SECOND") in faults["SEC-GOLD"].breaks
    assert "That no set is missing is from runs" in faults._repr_html_()


def test_where_the_common_saturation_ends_at_its_limit_variants_are_run(
    spec: Specification, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = safe(spec, leak="0").fault_sets().found

    def too_long(text: str, bound: int, timeout: float | None) -> object:
        raise LimitExceeded("too long")

    monkeypatch.setattr(language, "breaking_sets", too_long)
    assert safe(spec, leak="0").fault_sets().found == expected


def test_a_fault_tree_has_a_gate_for_what_only_breaks_together(spec: Specification) -> None:
    faults = safe(spec).fault_sets()
    figure = faults.tree("SEC-GOLD")
    assert (faults.model.root / figure.path).is_file()
    assert "AND" in figure.svg and "CHK-SECOND is not done" in figure.svg
    assert "without CHK-FIRST and without CHK-SECOND" in figure.svg  # for readers who do not see it


@pytest.mark.parametrize("query", ["SEC-SCRAP", "SEC-SILVER"])
def test_there_is_no_tree_where_no_set_breaks(spec: Specification, query: str) -> None:
    with pytest.raises(SpecificationError, match=query):
        safe(spec).fault_sets().tree(query)


def test_the_answer_is_recorded_and_agrees_with_the_matrices(spec: Specification) -> None:
    model = safe(spec)
    model.necessity(redundant=REDUNDANT)
    model.assumptions(harmless=HARMLESS)
    faults = model.fault_sets()
    matrices = model.necessity(redundant=REDUNDANT), model.assumptions(harmless=HARMLESS)
    for matrix in matrices:
        for id, row in matrix.rows.items():
            for query, verdict in row.verdicts.items():
                assert faults[query].allows(frozenset([id])) == verdict


def test_a_model_without_claims_has_no_fault_sets(spec: Specification) -> None:
    with pytest.raises(ClaimFailed, match="nothing has been claimed"):
        vault(spec).fault_sets()


def test_toggles_carry_their_tags(spec: Specification) -> None:
    found = safe(spec).fault_sets().found.toggles
    assert found["CHK-PIN"].kind == "check" and found["ASM-QUIET"].kind == "assumption"
    assert found["CHK-PIN"].title == "What was typed is the PIN."
    assert found["CHK-PIN"].source == "NOTE Pin"


def found(sets: list[tuple[str, ...]], complete_up_to: int | None) -> FaultSets:
    """What the clauses allow of a query; who searches looks at nothing else of it."""
    return cast(FaultSets, SimpleNamespace(sets=sets, complete_up_to=complete_up_to))


class Answers(_Variants):
    """Variants of which it is known what the verifier says; `asked` are those that were looked at."""

    def __init__(self, verdicts: dict[tuple[str, ...], str], runs: int = 100, bound: int = 2) -> None:
        super().__init__(cast(Model, None), ("A", "B", "C"), {"Q": "true"}, None, bound, runs)
        self._verdicts = verdicts
        self.asked: list[tuple[str, ...]] = []

    def _verify(self, ids: tuple[str, ...]) -> dict[str, str]:
        self.asked.append(ids)
        below = [verdict for one, verdict in self._verdicts.items() if set(one) <= set(ids)]
        if LIMIT in below:
            raise LimitReached("no answer")
        return {"Q": next(iter(below), "true")}

    def sets(self, candidates: FaultSets | None) -> tuple[list[tuple[str, ...]], int | None, bool]:
        border, by_certificate = self.border("Q", candidates)
        lost = sorted([self.ordered(ids) for ids in border.breaking], key=self.rank)
        return lost, border.complete_up_to, by_certificate


LIMIT = "limit"


def test_where_the_clauses_settle_it_only_their_sets_are_run() -> None:
    answers = Answers({("A", "B"): "false", ("C",): "cannot be proved"})
    assert answers.sets(found([("C",), ("A", "B")], None)) == ([("C",), ("A", "B")], None, True)
    assert answers.asked == [("C",), ("A", "B")]


def test_where_a_candidate_turns_out_harmless_the_sets_above_it_are_found() -> None:
    answers = Answers({("A", "B"): "false", ("A", "C"): "cannot be proved"})
    assert answers.sets(found([("A",)], None)) == ([("A", "B"), ("A", "C")], None, False)


def test_above_what_the_clauses_settle_variants_are_run() -> None:
    answers = Answers({("A", "B", "C"): "false"})
    assert answers.sets(found([], 2)) == ([("A", "B", "C")], None, False)
    assert answers.asked == [("A", "B", "C")]  # of the smaller sets the clauses say that they hold


def test_where_the_runs_end_the_answer_is_complete_up_to_the_bound() -> None:
    answers = Answers({("A", "B", "C"): "false"}, runs=0)
    assert answers.sets(found([], 2)) == ([], 2, False)
    without_clauses = Answers({("B", "C"): "false"}, runs=0)
    assert without_clauses.sets(None) == ([("B", "C")], None, False)  # the whole set contains it


def test_a_variant_that_is_too_much_for_the_verifier_ends_the_search() -> None:
    answers = Answers({("A", "B", "C"): LIMIT, ("C",): "false"}, bound=1)
    assert answers.sets(None) == ([("C",)], None, False)
    answers = Answers({("A", "B", "C"): LIMIT}, bound=1)
    assert answers.sets(None) == ([], 1, False)
    with pytest.raises(LimitReached):
        Answers({("C",): LIMIT}, bound=1).sets(None)


def test_records_come_back_as_they_were_written(spec: Specification) -> None:
    faults = safe(spec).fault_sets().found
    assert fault_records._from_json(fault_records._to_json(faults)) == faults
    with pytest.raises(SpecificationError, match="not fault sets"):
        fault_records._from_json({"toggles": []})


def test_a_matrix_that_contradicts_the_sets_is_named(
    spec: Specification, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = safe(spec)
    faults = model.fault_sets().found
    row = matrix_records.RowRecord(None, {"SEC-GOLD": "true"}, {"SEC-GOLD": "true"})
    monkeypatch.setattr(fault_records, "load", lambda root: {"vault": faults})
    monkeypatch.setattr(matrix_records, "load", lambda kind, root: {"vault": {"CHK-PIN": row}})
    found = list(fault_records.problems(model.root))
    assert found and "CHK-PIN" in found[0] and "vault" in found[0]


def test_the_sets_of_several_models_stand_in_one_table(spec: Specification) -> None:
    table = spec.fault_sets(safe(spec, leak="0"), safe(spec, "quiet", leak="0"))
    assert [row[0].text for row in table.rows] == ["vault", "vault", "quiet", "quiet"]
    assert table.columns[:2] == ("Model", "Property")
    assert "Complete for sets of any number of toggles." in table.note
    assert "proved by certificates that the independent checker accepted" in table.note
