from __future__ import annotations

import json
from pathlib import Path

from tests.kbspec.vault import CLAIMS, HARMLESS, REDUNDANT, vault

from kbspec import matrix_records, verdicts
from kbspec.matrix_records import ASSUMPTIONS, NECESSITY
from kbspec.models import Model
from kbspec.specification import Specification


def verified(spec: Specification, project: Path) -> Model:
    """The vault as a chapter of a book, verified."""
    (project / "notebooks" / "01-knock.ipynb").touch()
    model = vault(spec)
    model.verify(expect=CLAIMS)
    return model


def merged(project: Path) -> None:
    matrix_records.merge(project, verdicts.merge(project))


def complaints(project: Path, model: Model) -> list[str]:
    return list(matrix_records.problems(project, {model.name: model.text}, verdicts.load(project)))


def test_the_files_have_the_promised_form(spec: Specification, project: Path) -> None:
    model = verified(spec, project)
    model.necessity(redundant=REDUNDANT)
    model.assumptions(harmless=HARMLESS)
    merged(project)
    necessity = json.loads((project / "pv" / "necessity.json").read_text(encoding="utf-8"))
    assert list(necessity) == ["models"] and list(necessity["models"]) == ["vault"]
    assert list(necessity["models"]["vault"]) == ["checks"]
    assert necessity["models"]["vault"]["checks"]["CHK-PIN"] == {
        "redundant_because": None,
        "queries": {
            "SEC-GOLD": {"base": "true", "verdict": "false"},
            "SEC-SCRAP": {"base": "false", "verdict": "false"},
            "SAN-OPEN": {"base": "false", "verdict": "false"},
        },
    }
    assumptions = json.loads((project / "pv" / "assumptions.json").read_text(encoding="utf-8"))
    quiet = assumptions["models"]["vault"]["assumptions"]["ASM-QUIET"]
    assert quiet["redundant_because"] == "The attacker knows the network anyway."
    assert matrix_records.load(NECESSITY, project)["vault"]["CHK-PIN"].changed == ("SEC-GOLD",)
    assert complaints(project, model) == []


def test_a_matrix_that_is_missing_is_named_with_its_cell(spec: Specification, project: Path) -> None:
    model = verified(spec, project)
    merged(project)
    assert complaints(project, model) == [
        "notebooks/01-knock.ipynb: model vault has 3 @check tags and no necessity matrix; "
        "add a cell vault.necessity()",
        "notebooks/01-knock.ipynb: model vault has 2 @assume tags and no assumptions matrix; "
        "add a cell vault.assumptions()",
    ]


def test_a_matrix_must_be_that_of_the_model(spec: Specification, project: Path) -> None:
    model = verified(spec, project)
    model.necessity(redundant=REDUNDANT)
    model.assumptions(harmless=HARMLESS)
    merged(project)
    path = project / NECESSITY.path
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("CHK-FIRST", "CHK-LAST"), encoding="utf-8")
    assert ["is not that of its text" in one for one in complaints(project, model)] == [True]
    path.write_text(text.replace('"base": "false"', '"base": "true"'), encoding="utf-8")
    assert ["is not that of its text" in one for one in complaints(project, model)] == [True]


def test_only_executed_chapters_replace_what_was_there(spec: Specification, project: Path) -> None:
    model = verified(spec, project)
    model.necessity(redundant=REDUNDANT)
    merged(project)
    before = (project / NECESSITY.path).read_bytes()
    (project / "build" / "chapters" / "01-knock.json").unlink()  # another checkout, nothing executed
    matrix_records.clear_parts(project, "01-knock")
    merged(project)
    assert (project / NECESSITY.path).read_bytes() == before
    spec.chapter("01-knock", project)
    vault(spec).verify(expect=CLAIMS)
    merged(project)
    assert matrix_records.load(NECESSITY, project) == {}
    assert matrix_records.load(ASSUMPTIONS, project) == {}
