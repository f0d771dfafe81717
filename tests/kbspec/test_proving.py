from __future__ import annotations

import json

import pytest
from tests.kbspec.questions import recorded_vault

from appliedpi.errors import LimitExceeded
from kbspec.__main__ import main
from kbspec.errors import SpecificationError
from kbspec.proving import prove
from kbspec.specification import Specification
from kbspec.toggle_kinds import ASSUMPTION, CHECK


def test_a_model_as_it_is_and_without_a_check(spec: Specification) -> None:
    root = recorded_vault(spec)
    whole = prove(root, "vault", {}).table
    assert {one.id: one.word for one in whole.outcomes} == {
        "SEC-GOLD": "true", "SEC-SCRAP": "false", "SAN-OPEN": "reachable",
    }  # fmt: skip
    assert whole["SEC-GOLD"].evidence == "certificate"
    assert prove(root, "vault", {CHECK: ["CHK-PIN"]}).table["SEC-GOLD"].word == "false"
    assert prove(root, "vault", {ASSUMPTION: ["ASM-PIN-SECRET"]}).table["SEC-GOLD"].word == "false"


def test_the_command(
    spec: Specification, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(recorded_vault(spec))
    assert main(["prove", "vault", "--without", "CHK-PIN"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Verdicts for vault (without CHK-PIN): A vault\n") and "✗ false" in shown
    assert main(["prove", "vault", "--without", "CHK-PIN", "--assume", "ASM-QUIET", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["without"], data["assume"], data["with"]) == (["CHK-PIN"], ["ASM-QUIET"], [])
    assert data["queries"]["SEC-GOLD"] == {
        "property": "The gold is never known to the attacker.", "verdict": "false",
        "evidence": "replayed trace",
    }  # fmt: skip


def test_errors_for_people(
    spec: Specification, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = recorded_vault(spec)
    monkeypatch.chdir(root)
    assert main(["prove", "volt"]) == 2
    assert capsys.readouterr().err == "there is no model volt\n  advice: did you mean vault?\n"
    with pytest.raises(SpecificationError, match="no @check CHK-PINN"):
        prove(root, "vault", {CHECK: ["CHK-PINN"]})
    with pytest.raises(LimitExceeded):
        prove(root, "vault", {}, timeout=1e-9)
    assert main(["prove", "vault", "--timeout", "1e-9"]) == 3


@pytest.mark.parametrize("command", ["list", "variant", "breaks", "prove", "explain", "diff"])
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert f"example: kbspec {command}" in shown and "--json" in shown
