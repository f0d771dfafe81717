from __future__ import annotations

import pytest
from tests.kbspec.vault import CLAIMS, HARMLESS, REPAIRED, vault

from kbspec.errors import ClaimFailed, SpecificationError
from kbspec.overview import (
    answer_table,
    assumption_table,
    defence_in_depth,
    property_table,
    single_points,
)
from kbspec.specification import Specification


def test_every_property_by_what_the_chapters_say(spec: Specification) -> None:
    model = vault(spec)
    model.verify(expect=CLAIMS)
    vault(spec, "sound", leak="0").verify(expect=REPAIRED)
    table = property_table({"Here": ["01-knock"], "Elsewhere": ["02-other"]}, model.root)
    rows = {row[0].text: [cell.text for cell in row] for row in table.rows}
    assert set(rows) == {"SEC-GOLD", "SEC-SCRAP"}  # a run is no guarantee
    assert rows["SEC-SCRAP"][1:3] == ["✓ sound; ✗ vault", "–"]
    assert rows["SEC-GOLD"][3] == "The gold is never known to the attacker."


def test_an_answer_rests_on_verdicts(spec: Specification) -> None:
    model = vault(spec)
    model.verify(expect=CLAIMS)
    file = model.root / "notebooks" / "answers.toml"
    text = """
[[answers]]
question = "Is the gold safe?"
source = "vault#1"
answer = "Yes."
evidence = [["vault", "SEC-GOLD", "true"]]
"""
    file.write_text(text)
    (row,) = answer_table("answers.toml", model.root).rows
    assert [cell.text for cell in row] == [
        "Is the gold safe?", "vault#1", "Yes.", "SEC-GOLD true in vault",
    ]  # fmt: skip
    for right, wrong in [("SEC-GOLD", "SEC-SCRAP"), ('"vault", "SEC', '"cellar", "SEC')]:
        file.write_text(text.replace(right, wrong))
        with pytest.raises(ClaimFailed, match="the answer says true"):
            answer_table("answers.toml", model.root)
    for bad in ["[[answers]]", "no = toml = file", text.replace('"SEC-GOLD", ', "")]:
        file.write_text(bad)
        with pytest.raises(SpecificationError, match="not a list of answers"):
            answer_table("answers.toml", model.root)


def test_what_rests_on_each_assumption(spec: Specification) -> None:
    model = vault(spec)
    model.verify(expect=CLAIMS)
    model.assumptions(harmless=HARMLESS)
    rows = {row[0].text: [cell.text for cell in row] for row in assumption_table(model.root).rows}
    assert rows["ASM-PIN-SECRET"] == ["ASM-PIN-SECRET", "Nobody writes the PIN down.", "SEC-GOLD (vault)"]
    assert rows["ASM-QUIET"][2] == "nothing alone"


def test_what_covers_for_what_and_what_stands_alone(spec: Specification) -> None:
    model = vault(spec)
    model.verify(expect=CLAIMS)
    model.fault_sets()
    (row,) = defence_in_depth(model.root).rows
    assert [cell.text for cell in row[:3]] == ["vault", "SEC-GOLD", "CHK-FIRST and CHK-SECOND"]
    alone = [[cell.text for cell in row] for row in single_points(model.root).rows]
    assert [row[0] for row in alone] == ["ASM-PIN-SECRET", "CHK-PIN"]
    assert alone[1][2:] == ["1", "SEC-GOLD"]
