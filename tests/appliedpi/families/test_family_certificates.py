"""Certificates of families: accepted for what was found, rejected once a label or a set is spoiled."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest

from appliedpi import check
from appliedpi.certificates import Statements
from appliedpi.check.reading import digest
from appliedpi.families import FaultSets, fault_sets, load_family
from tests.appliedpi.certificate_mutations import Certificate, at, kept_sets
from tests.appliedpi.families.test_faults import LAYERED

SAMPLE = 25  # spoiled certificates of each kind, for each query
PROVED = ("SEC", "AGR", "ONCE", "ORDER")
BOUNDS = {"unbounded": {}, "bounded": {"bound": 1, "steps": 0}, "apart": {"bound": 1}}


@cache
def found(how: str) -> dict[str, FaultSets]:
    answers = fault_sets(load_family(LAYERED), **BOUNDS[how])  # type: ignore[arg-type]
    return {one.query.name or "": one for one in answers}


def certificate_of(name: str, how: str) -> Certificate:
    text = found(how)[name].certificate
    assert text is not None
    certificate: Certificate = json.loads(text)
    return certificate


def is_accepted(certificate: Certificate) -> bool:
    """What the checker says once the digest fits again: the obligations alone must notice."""
    certificate["digest"] = digest(certificate["model"], certificate["query"], certificate["scope"])
    try:
        check.check(json.dumps(certificate))
    except (check.Rejected, check.Malformed):
        return False
    return True


@pytest.mark.parametrize("how", BOUNDS)
@pytest.mark.parametrize("name", PROVED)
def test_what_was_found_is_accepted_for_the_model(name: str, how: str) -> None:
    one = found(how)[name]
    assert one.certificate is not None
    accepted = check.check(one.certificate)
    family = load_family(LAYERED)
    assert accepted.scope.toggles == family.toggles
    assert accepted.scope.bound == one.complete_up_to
    listed = {*accepted.scope.apart, *accepted.scope.breaks}
    assert listed == {family.label(ids) for ids in one.sets}
    assert Statements(family.model).agree(one.certificate)
    assert "toggles on" in str(accepted)


def test_nothing_is_claimed_of_a_query_that_is_false_without_any_toggle() -> None:
    assert found("unbounded")["SAN"].certificate is None


def test_certificates_of_another_family_are_not_about_this_one() -> None:
    other = load_family(LAYERED.replace("if challenge = nonce then", "if k = nonce then", 1))
    one = found("unbounded")["SEC"].certificate
    assert one is not None
    assert not Statements(other.model).agree(one)


# --- what is spoiled ----------------------------------------------------------------------------------


def sampled(certificates: Iterator[tuple[str, Certificate]], key: str) -> list[tuple[str, Certificate]]:
    everything = list(certificates)
    return everything if len(everything) <= SAMPLE else Random(key).sample(everything, SAMPLE)


def missing_sets(certificate: Certificate) -> Iterator[tuple[str, Certificate]]:
    for part in ("apart", "breaks"):
        for number in range(len(certificate["scope"][part])):
            changed = copy.deepcopy(certificate)
            del changed["scope"][part][number]
            yield f"without {part} {number}", changed


def larger_sets(certificate: Certificate) -> Iterator[tuple[str, Certificate]]:
    """A listed set with one more toggle says less than was proved of the smaller one."""
    for part in ("apart", "breaks"):
        for number, label in enumerate(certificate["scope"][part]):
            for toggle in range(len(certificate["scope"]["toggles"])):
                if not label >> toggle & 1:
                    changed = copy.deepcopy(certificate)
                    changed["scope"][part][number] = label | 1 << toggle
                    yield f"{part} {number} with {toggle}", changed


def larger_labels(certificate: Certificate) -> Iterator[tuple[str, Certificate]]:
    """A kept clause that needs one toggle more covers less."""
    for where in kept_sets(certificate):
        for number, kept in enumerate(at(certificate, where)):
            for toggle in range(len(certificate["scope"]["toggles"])):
                label = kept[0][3] | 1 << toggle
                if label != kept[0][3]:
                    changed = copy.deepcopy(certificate)
                    at(changed, where)[number][0][3] = label
                    yield f"{where} {number} with {toggle}", changed


def dropped_clauses(certificate: Certificate) -> Iterator[tuple[str, Certificate]]:
    for where in kept_sets(certificate):
        for number in range(len(at(certificate, where))):
            changed = copy.deepcopy(certificate)
            del at(changed, where)[number]
            yield f"without {where} {number}", changed


SPOILED = [missing_sets, larger_sets, larger_labels, dropped_clauses]


@pytest.mark.parametrize("how", BOUNDS)
@pytest.mark.parametrize("name", PROVED)
@pytest.mark.parametrize("spoil", SPOILED, ids=lambda spoil: spoil.__name__)
def test_spoiled_certificates_are_rejected(spoil: Any, name: str, how: str) -> None:
    certificate = certificate_of(name, how)
    assert is_accepted(copy.deepcopy(certificate))
    for what, changed in sampled(spoil(certificate), f"{name} {how}"):
        assert not is_accepted(changed), what


@pytest.mark.parametrize("name", PROVED)
def test_there_is_something_to_spoil(name: str) -> None:
    for spoil in SPOILED:
        assert any(True for how in BOUNDS for _ in spoil(certificate_of(name, how)))


def test_a_label_taken_from_an_initial_clause_is_noticed() -> None:
    """A skipped test that needs no toggle is what a set would have to break."""
    certificate = certificate_of("SEC", "unbounded")
    labelled = [one for one in certificate["model"]["clauses"] if one[3]]
    assert labelled
    for clause in labelled:
        label, clause[3] = clause[3], 0
        assert not is_accepted(certificate)
        clause[3] = label


@pytest.mark.parametrize("bound", [2, None])
def test_a_larger_bound_is_not_what_was_proved(bound: int | None) -> None:
    certificate = certificate_of("SEC", "bounded")
    certificate["scope"]["bound"] = bound
    assert not is_accepted(certificate)


def test_the_scope_belongs_to_the_claim() -> None:
    certificate = certificate_of("SEC", "unbounded")
    certificate["scope"]["toggles"][0] = "CHK-OTHER"
    with pytest.raises(check.Rejected, match="altered"):
        check.check(json.dumps(certificate))


@pytest.mark.parametrize("broken", [{"breaks": [1 << 40]}, {"bound": -1}, {"apart": ["x"]}, {"toggles": 3}])
def test_a_scope_that_means_nothing_is_malformed(broken: dict[str, Any]) -> None:
    certificate = certificate_of("SEC", "unbounded")
    certificate["scope"].update(broken)
    certificate["digest"] = digest(certificate["model"], certificate["query"], certificate["scope"])
    with pytest.raises(check.Malformed):
        check.check(json.dumps(certificate))
