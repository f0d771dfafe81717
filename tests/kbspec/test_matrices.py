from __future__ import annotations

import json

import pytest
from tests.kbspec.vault import CLAIMS, HARMLESS, REDUNDANT, vault

from kbspec import single_changes
from kbspec.errors import ClaimFailed, SpecificationError
from kbspec.generated import written
from kbspec.matrices import Effect
from kbspec.models import Model
from kbspec.specification import Specification


def verified(spec: Specification) -> Model:
    """The vault, its claims held against the verifier."""
    model = vault(spec)
    model.verify(expect=CLAIMS)
    return model


def test_each_check_is_removed_in_turn_and_every_query_answered(spec: Specification) -> None:
    model = verified(spec)
    matrix = model.necessity(redundant=REDUNDANT)
    assert {id: row.changed for id, row in matrix.rows.items()} == {
        "CHK-PIN": ("SEC-GOLD",), "CHK-FIRST": (), "CHK-SECOND": (),
    }  # fmt: skip
    assert matrix["CHK-PIN"].verdicts == {"SEC-GOLD": "false", "SEC-SCRAP": "false", "SAN-OPEN": "false"}
    assert matrix["CHK-PIN"].base == {"SEC-GOLD": "true", "SEC-SCRAP": "false", "SAN-OPEN": "false"}
    assert matrix.properties == ("SEC-GOLD", "SEC-SCRAP")
    assert [matrix.effect(id, "SEC-GOLD") for id in matrix.rows] == [
        Effect.BROKEN, Effect.HOLDS, Effect.HOLDS,
    ]  # fmt: skip
    assert matrix.effect("CHK-FIRST", "SEC-SCRAP") is Effect.BEFORE
    assert matrix.evidence == {single_changes.BEFORE: 6, single_changes.TOGETHER: 2, "replayed trace": 1}


def test_each_assumption_is_violated_in_turn(spec: Specification) -> None:
    matrix = verified(spec).assumptions(harmless=HARMLESS)
    assert matrix["ASM-PIN-SECRET"].changed == ("SEC-GOLD",) and matrix["ASM-QUIET"].changed == ()
    assert matrix["ASM-PIN-SECRET"].reason is None
    assert matrix["ASM-QUIET"].reason == "The attacker knows the network anyway."


def test_the_variants_are_not_written_and_the_answers_are(spec: Specification) -> None:
    model = verified(spec)
    before = written(model.root, model.chapter)
    model.necessity(redundant=REDUNDANT)
    assert written(model.root, model.chapter) - before == {"figures/vault-necessity.svg"}
    assert [path.name for path in (model.root / "pv" / "models").iterdir()] == ["vault.pv"]
    part = model.root / "build" / "parts" / "necessity" / "01-knock" / "vault.json"
    checks = json.loads(part.read_text(encoding="utf-8"))["vault"]["checks"]
    assert checks["CHK-FIRST"] == {
        "redundant_because": "The second entry still is the PIN.",
        "queries": {
            "SEC-GOLD": {"base": "true", "verdict": "true"},
            "SEC-SCRAP": {"base": "false", "verdict": "false"},
            "SAN-OPEN": {"base": "false", "verdict": "false"},
        },
    }
    assert checks["CHK-PIN"]["redundant_because"] is None


def test_what_breaks_nothing_needs_a_sentence_and_what_breaks_something_has_none(
    spec: Specification,
) -> None:
    model = verified(spec)
    with pytest.raises(ClaimFailed) as caught:
        model.necessity(redundant={"CHK-PIN": "It is.", "CHK-FIRST": " ", "CHK-THIRD": "There is none."})
    assert str(caught.value).splitlines() == [
        "model vault: the verifier and the text disagree",
        "  - CHK-PIN: it is in redundant=, but removing it changes SEC-GOLD from true to false; "
        "take its sentence out",
        "  - CHK-FIRST: removing it changes no verdict; add a property that needs it, or say why in one "
        'sentence: necessity(redundant={"CHK-FIRST": "..."})',
        "  - CHK-SECOND: removing it changes no verdict; add a property that needs it, or say why in one "
        'sentence: necessity(redundant={"CHK-SECOND": "..."})',
        "  - CHK-THIRD: in redundant=, but the model has no @check CHK-THIRD; "
        "did you mean CHK-FIRST or CHK-PIN?",
    ]
    assert not (model.root / "build" / "parts").exists()
    assert not (model.root / "figures").exists()


def test_there_is_no_matrix_of_nothing(spec: Specification) -> None:
    model = vault(spec).without("CHK-PIN", "CHK-FIRST", "CHK-SECOND")
    with pytest.raises(ClaimFailed, match="no @check tag.*remove this cell"):
        model.necessity()


def test_how_it_shows(spec: Specification) -> None:
    model = verified(spec)
    matrix = model.necessity(redundant=REDUNDANT)
    shown = repr(matrix)
    assert "CHK-PIN     ✗ false   –          What was typed is the PIN." in shown
    assert "CHK-FIRST   ✓         –" in shown
    assert "3 checks, 3 queries each, 9 verdicts: 2 by one certificate for all changes, 1 by rep" in shown
    assert "CHK-SECOND alone breaks nothing: The first entry still is the PIN." in shown
    page = matrix._repr_html_()
    assert 'id="figure-vault-necessity"' in page and "<table" in page and "✗ false" in page
    assert "<code>CHK-SECOND</code> alone breaks nothing: The first entry still is the PIN." in page


def test_the_picture_is_the_same_again_and_says_it_in_words(spec: Specification) -> None:
    model = verified(spec)
    path = model.root / "figures" / "vault-necessity.svg"
    model.necessity(redundant=REDUNDANT)
    first = path.read_bytes()
    model.necessity(redundant=REDUNDANT)
    assert path.read_bytes() == first
    text = first.decode("utf-8")
    assert "<title " in text and "Without CHK-PIN these do not hold: SEC-GOLD (false)." in text
    assert text.count('transform="rotate(') == 2  # a heading for each property


def test_a_part_goes_when_the_chapter_begins_again(spec: Specification) -> None:
    model = verified(spec)
    model.necessity(redundant=REDUNDANT)
    spec.chapter("01-knock", model.root)
    assert not list((model.root / "build" / "parts").rglob("*.json"))


def test_a_limit_is_an_error_and_no_verdict(spec: Specification) -> None:
    with pytest.raises(SpecificationError, match="time limit"):
        verified(spec).necessity(redundant=REDUNDANT, timeout=0.0)


def test_a_model_is_verified_against_claims_before(spec: Specification) -> None:
    with pytest.raises(ClaimFailed, match="nothing has been claimed of it"):
        vault(spec).necessity(redundant=REDUNDANT)
