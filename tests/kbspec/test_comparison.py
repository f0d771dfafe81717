"""Earlier results beside ours: our column is computed, and a difference needs a reason."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from kbspec.comparison import load_earlier
from kbspec.errors import ClaimFailed, SpecificationError
from kbspec.specification import Specification

HEAD = 'title = "Knocking, 1999"\nsource = "knock.pv, ProVerif 1"\n'
SECRECY = dedent(
    """
    [[rows]]
    name = "Secrecy"
    lines = "7"
    property = "Nobody sees the room."
    verdict = "{verdict}"
    model = "knock"
    query = "SEC-ROOM"
    """
)
OPENING = dedent(
    """
    [[rows]]
    name = "Opening"
    lines = "9-10"
    property = "It opens."
    verdict = "unreachable"
    model = "knock"
    query = "SAN-OPEN"
    """
)


def write(project: Path, text: str) -> str:
    (project / "notebooks" / "earlier.toml").write_text(text, encoding="utf-8")
    return "earlier.toml"


@pytest.fixture
def knock(spec: Specification) -> Specification:
    spec.model("knock", "knock/system", title="Knocking")
    return spec


def test_the_same_verdicts_stand_side_by_side(knock: Specification, project: Path) -> None:
    ours = knock["knock"].verify()["SEC-ROOM"].word
    table = knock.compare(write(project, HEAD + SECRECY.format(verdict=ours) + OPENING))
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["Secrecy", "7", "Nobody sees the room.", ours, "knock: SEC-ROOM", ours, ""],
        ["Opening", "9-10", "It opens.", "unreachable", "knock: SAN-OPEN", "unreachable", ""],
    ]
    assert "knock.pv, ProVerif 1" in table._repr_html_()


def test_a_difference_needs_a_remark(knock: Specification, project: Path) -> None:
    ours = knock["knock"].verify()["SEC-ROOM"].word
    other = "true" if ours == "false" else "false"
    row = SECRECY.format(verdict=other)
    with pytest.raises(ClaimFailed, match=re.escape(f"Secrecy (lines 7): {other} there, but {ours} here")):
        knock.compare(write(project, HEAD + row))
    table = knock.compare(write(project, HEAD + row + 'remark = "there the door has no key"\n'))
    assert [cell.text for cell in table.rows[0]][5:] == [f"{ours} (differs)", "there the door has no key"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD, "at least one row"),
        (OPENING, "a title, a source"),
        (HEAD + OPENING.replace("lines", "line"), "did you mean lines"),
        (HEAD + OPENING.replace('lines = "9-10"\n', ""), "row 1: missing: lines"),
        (HEAD + OPENING.replace('"9-10"', "9"), "row 1: a row is a table of texts"),
        (HEAD + OPENING.replace('model = "knock"', 'model = "knok"'), "unknown model knok"),
        (HEAD + OPENING.replace("SAN-OPEN", "SAN-OPENS"), "has no query SAN-OPENS"),
        (HEAD + "[[rows]", "earlier.toml"),
    ],
)
def test_what_is_wrong_is_said(knock: Specification, project: Path, text: str, message: str) -> None:
    with pytest.raises(SpecificationError) as error:
        knock.compare(write(project, text))
    assert message in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SpecificationError, match="there is no such file"):
        load_earlier(tmp_path / "nothing.toml")
