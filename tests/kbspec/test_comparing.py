from __future__ import annotations

import json

import pytest
from tests.kbspec.questions import recorded_vault
from tests.kbspec.vault import vault

from kbspec.__main__ import main
from kbspec.comparing import diff
from kbspec.errors import SpecificationError
from kbspec.specification import Specification


def test_a_variant_that_the_book_has_not_is_proved(spec: Specification) -> None:
    found = diff(recorded_vault(spec), "vault", "vault-without-CHK-PIN-violating-ASM-QUIET")
    assert found.verdicts == (("SEC-GOLD", "true", "false"),)
    assert found.reasons == (
        "CHK-PIN is done in vault only",
        "ASM-QUIET is violated in vault-without-CHK-PIN-violating-ASM-QUIET only",
    )


def test_models_with_other_fragments(spec: Specification) -> None:
    root = recorded_vault(spec)
    vault(spec, "quiet", leak="0")
    found = diff(root, "vault", "quiet")
    assert found.verdicts == (("SEC-SCRAP", "false", "true"),)
    assert "the fragments vault/base, vault/system are in vault only" in found.reasons


def test_a_model_does_not_differ_from_itself(spec: Specification) -> None:
    found = diff(recorded_vault(spec), "vault", "vault")
    assert (found.verdicts, found.reasons) == ((), ())
    assert str(found) == "vault and vault have the same verdicts"


@pytest.mark.parametrize("name", ["valt", "vault-without-CHK-P", "vault-violating-ASM-L", "vault-without-"])
def test_unknown_names(spec: Specification, name: str) -> None:
    with pytest.raises(SpecificationError):
        diff(recorded_vault(spec), "vault", name)


def test_the_command(
    spec: Specification, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(recorded_vault(spec))
    assert main(["diff", "vault", "vault-without-CHK-PIN", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdicts"] == {"SEC-GOLD": ["true", "false"]}
    assert main(["diff", "vault", "vault-without-CHK-PIN"]) == 0
    assert "SEC-GOLD: true in vault, false in vault-without-CHK-PIN" in capsys.readouterr().out
