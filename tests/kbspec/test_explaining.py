from __future__ import annotations

import json

import pytest
from tests.kbspec.questions import recorded_vault

from kbspec import fault_records
from kbspec.__main__ import main
from kbspec.errors import SpecificationError
from kbspec.explaining import explain
from kbspec.specification import Specification


def test_all_that_is_known_of_a_property(spec: Specification) -> None:
    found = explain(recorded_vault(spec), "SEC-GOLD")
    (stated,) = found.statements
    assert stated.text == "The gold is never known to the attacker."
    assert stated.query == "query attacker(gold)."
    assert (stated.fragment, stated.chapter) == ("vault/base", "01-knock")
    assert found.documents == (("NOTE Gold", "https://example.org/note"),)
    assert found.verdicts == {"vault": ("true", "not asked")}
    assert "SEC-GOLD is lost without CHK-FIRST and without CHK-SECOND." in found.breaks["vault"]


def test_the_place_is_the_line_of_the_tag(spec: Specification) -> None:
    root = recorded_vault(spec)
    for id, section in (("SEC-GOLD", "Gold"), ("SEC-SCRAP", "Scrap")):
        for stated in explain(root, id).statements:
            lines = (root / stated.file).read_text(encoding="utf-8").splitlines()
            assert lines[stated.line - 1] == f"(*@query {id} [NOTE {section}] {stated.text} *)"


def test_a_property_that_two_fragments_state(spec: Specification) -> None:
    stated = explain(recorded_vault(spec), "SAN-OPEN").statements
    assert [(one.fragment, one.query) for one in stated] == [
        ("knock/system", "query n: bitstring; event(Opened(n))."), ("vault/base", "query event(Opened)."),
    ]  # fmt: skip


def test_without_fault_sets_the_single_changes_are_told(spec: Specification) -> None:
    root = recorded_vault(spec)
    (root / fault_records.FILE.path).unlink()
    assert explain(root, "SEC-GOLD").breaks == {}


def test_the_command(
    spec: Specification, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(recorded_vault(spec))
    assert main(["explain", "SEC-GOLD"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("SEC-GOLD: The gold is never known to the attacker.")
    assert "\n\n    query attacker(gold).\n" in shown
    assert "vault: true; ProVerif not asked" in shown
    assert main(["explain", "SAN-OPEN"]) == 0
    assert "what breaks it" not in capsys.readouterr().out  # it asks for a run
    assert main(["explain", "SAN-OPEN", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdicts"]["vault"]["verdict"] == "reachable"
    assert main(["explain", "SEC-GLOD"]) == 2
    assert "did you mean SEC-GOLD" in capsys.readouterr().err


def test_an_unknown_property(spec: Specification) -> None:
    with pytest.raises(SpecificationError, match="no chapter states the property SEC-SILVER"):
        explain(recorded_vault(spec), "SEC-SILVER")
