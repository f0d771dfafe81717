from __future__ import annotations

import pytest
from tests.kbspec.vault import CLAIMS, vault

from kbspec import single_changes
from kbspec.evidence import CERTIFICATE, REPLAYED
from kbspec.models import Model
from kbspec.single_changes import BEFORE, TOGETHER, answers
from kbspec.specification import Specification

CHANGES = [("check", id) for id in ("CHK-PIN", "CHK-FIRST", "CHK-SECOND")]
CHANGES += [("assume", id) for id in ("ASM-PIN-SECRET", "ASM-QUIET")]


def base_of(model: Model) -> dict[str, str]:
    return {one.id: one.verdict for one in model.verify(expect=CLAIMS).outcomes}


@pytest.mark.parametrize(("kind", "id"), CHANGES)
def test_the_answers_are_those_of_the_variant(spec: Specification, kind: str, id: str) -> None:
    model = vault(spec)
    found = answers(model, kind, id, base_of(model), None)
    variant = model.varied(kind, (id,)).verify()
    assert {query: verdict for query, (verdict, _) in found.items()} == {
        one.id: one.verdict for one in variant.outcomes
    }


def test_what_stands_behind_each_answer(spec: Specification) -> None:
    model = vault(spec)
    base = base_of(model)
    assert answers(model, "check", "CHK-PIN", base, None)["SEC-GOLD"] == ("false", REPLAYED)
    assert answers(model, "check", "CHK-FIRST", base, None)["SEC-GOLD"] == ("true", TOGETHER)
    assert answers(model, "check", "CHK-FIRST", base, None)["SEC-SCRAP"] == ("false", BEFORE)


def test_without_a_common_proof_the_variant_is_verified(
    spec: Specification, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = vault(spec)
    base = base_of(model)
    monkeypatch.setattr(single_changes, "_kept_by_all", lambda text: {})
    assert answers(model, "check", "CHK-FIRST", base, None)["SEC-GOLD"] == ("true", CERTIFICATE)
    assert answers(model, "check", "CHK-PIN", base, None)["SEC-GOLD"] == ("false", REPLAYED)


def test_what_the_clauses_allow_and_no_trace_shows_is_verified(
    spec: Specification, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = vault(spec)
    base = base_of(model)
    monkeypatch.setattr(
        single_changes, "_kept_by_all", lambda text: {"SEC-GOLD": frozenset(["CHK-FIRST"])}
    )
    assert answers(model, "check", "CHK-FIRST", base, None)["SEC-GOLD"] == ("true", CERTIFICATE)
