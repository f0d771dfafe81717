from __future__ import annotations

from pathlib import Path

import pytest
from tests.kbspec.vault import REPAIRED, vault

from kbspec import fault_records
from kbspec.commands import breaking, in_words, model_file, variant_text
from kbspec.errors import SpecificationError
from kbspec.specification import Specification
from kbspec.toggle_kinds import ASSUMPTION, CHECK


def test_a_variant_is_what_the_notebook_makes(spec: Specification) -> None:
    model = vault(spec)
    text = variant_text(
        model_file(model.root, "vault"), {CHECK: ["CHK-PIN", "CHK-FIRST"], ASSUMPTION: ["ASM-QUIET"]}
    )
    assert text == model.without("CHK-PIN", "CHK-FIRST").assume("ASM-QUIET").text
    assert variant_text(text, {}) == text


def test_unknown_names_are_corrected(spec: Specification) -> None:
    model = vault(spec)
    with pytest.raises(SpecificationError, match="no model valt") as caught:
        model_file(model.root, "valt")
    assert caught.value.advice == "did you mean vault?"
    with pytest.raises(SpecificationError, match="no @check CHK-PINN") as caught:
        variant_text(model.text, {CHECK: ["CHK-PINN"]})
    assert "CHK-PIN" in str(caught.value.advice)
    with pytest.raises(SpecificationError, match="no @assume CHK-PIN"):
        variant_text(model.text, {ASSUMPTION: ["CHK-PIN"]})


def test_every_way_to_break_a_property(spec: Specification, monkeypatch: pytest.MonkeyPatch) -> None:
    model = vault(spec, leak="0")
    model.verify(expect=REPAIRED)
    faults = model.fault_sets().found
    monkeypatch.setattr(fault_records, "load", lambda root: {"vault": faults})
    assert in_words(breaking(Path(), "SEC-GOLD"), "SEC-GOLD") == [
        "vault:",
        "  SEC-GOLD is lost without CHK-PIN.",
        "  SEC-GOLD is lost where ASM-PIN-SECRET is violated.",
        "  SEC-GOLD is lost without CHK-FIRST and without CHK-SECOND.",
    ]
    with pytest.raises(SpecificationError, match="SEC-GOLDEN") as caught:
        breaking(Path(), "SEC-GOLDEN")
    assert caught.value.advice == "did you mean SEC-GOLD?"
