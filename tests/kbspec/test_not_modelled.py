from __future__ import annotations

from pathlib import Path

import pytest

from kbspec.bibliography import load_bibliography
from kbspec.errors import SpecificationError
from kbspec.not_modelled import KNOWN, KnownCheck, contradictions, load_known_checks
from kbspec.tags import CheckTag, find_tags

ROOT = Path(__file__).parents[2]
TEXT = """\
[CHK-NONCE]
text = "The nonce is this session's."
source = "NOTE Knock"

[CHK-COLOUR]
text = "The door is green."
source = "NOTE Door; code src/door.rs"
reason = "No model has colours."
"""


def known(project: Path, text: str) -> dict[str, KnownCheck]:
    (project / KNOWN).write_text(text, encoding="utf-8")
    return load_known_checks(project, load_bibliography(project))


def test_a_known_check_is_carried_or_has_a_reason(project: Path) -> None:
    checks = known(project, TEXT)
    assert checks["CHK-NONCE"].reason is None
    assert [str(one) for one in checks["CHK-COLOUR"].sources] == ["NOTE Door", "code src/door.rs"]
    assert list(contradictions(checks, {"CHK-NONCE", "CHK-OTHER"})) == []
    assert list(contradictions(checks, {"CHK-COLOUR"})) == [
        "notebooks/not-modelled.toml: no model carries CHK-NONCE; write the reason into its entry",
        "notebooks/not-modelled.toml: a model carries CHK-COLOUR; take the reason out of its entry",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[CHK-A]\ntext = 'A.'\n", r"the entry \[CHK-A\] lacks its text or its source"),
        ("[CHK-A]\ntext = 'A.'\nsource = 'NOTE'\nreason = ' '\n", "has an empty reason"),
        ("[CHK-A]\ntext = 'A.'\nsource = 'NONE 1'\n", "not in the bibliography"),
        ("CHK-A = 'A.'\n", "lacks its text"),
        ("[CHK-A", "not-modelled.toml"),
    ],
)
def test_a_bad_file_is_an_error(project: Path, text: str, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        known(project, text)


def test_there_may_be_no_file(project: Path) -> None:
    assert load_known_checks(project, load_bibliography(project)) == {}


def test_what_has_no_reason_is_in_the_book() -> None:
    checks = load_known_checks(ROOT, load_bibliography(ROOT))
    carried = {
        tag.id
        for path in (ROOT / "pv" / "fragments").glob("*/*.pv")
        for tag in find_tags(path.read_text(encoding="utf-8"))
        if isinstance(tag, CheckTag)
    }
    assert len(checks) >= 50
    assert {id for id, check in checks.items() if check.reason is None} <= carried
