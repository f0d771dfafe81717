from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.kbspec.vault import CLAIMS, REPAIRED, vault

from kbspec.errors import ClaimFailed, SpecificationError
from kbspec.findings import FindingBox, load, merge
from kbspec.specification import Specification

WORDS: Mapping[str, Any] = {
    "title": "The scrap is for all",
    "attack": ["The attacker walks by.", "It reads `scrap`."],
    "affects": 'every vault; "leave the scrap outside"',
    "source": "[NOTE Scrap; code src/door.rs] says so",
    "fix": "Keep the scrap inside.",
}


def state(spec: Specification, id: str = "FND-SCRAP", verified: bool = True, **changes: Any) -> FindingBox:
    broken, fixed = vault(spec), vault(spec, "repaired", "0")
    if verified:
        broken.verify(expect=CLAIMS)
        fixed.verify(expect=REPAIRED)
    return spec.finding(
        id, **{**WORDS, "property": "SEC-SCRAP", "broken": broken, "fixed": fixed, **changes}
    )


def test_a_box_says_it_all_and_links_its_sources(spec: Specification) -> None:
    box = state(spec)
    page = box._repr_html_()
    assert 'id="FND-SCRAP"' in page and "The scrap is never known to the attacker." in page
    assert "<li>It reads <code>scrap</code>.</li>" in page
    assert 'href="https://example.org/knocker/blob/0123abc/src/door.rs"' in page
    assert "&quot;leave the scrap outside&quot;" in page
    assert 'false in <a href="../pv/models/vault.pv">' in page
    assert 'proved in <a href="../pv/models/repaired.pv">' in page
    assert "FND-SCRAP: The scrap is for all" in repr(box) and "2. It reads" in repr(box)
    assert "figures/" not in page


def test_it_leads_to_the_chart_of_the_attack_where_one_is_drawn(spec: Specification) -> None:
    broken = vault(spec)
    broken.sequence("SEC-SCRAP")
    assert '<a href="../figures/vault-SEC-SCRAP.svg">' in state(spec)._repr_html_()


def test_the_verdicts_must_be_those_of_a_finding(spec: Specification) -> None:
    with pytest.raises(ClaimFailed, match="FND-SCRAP: SEC-GOLD is true, and the finding needs false"):
        state(spec, property="SEC-GOLD")
    with pytest.raises(ClaimFailed, match="SEC-SCRAP is false, and the finding needs true"):
        state(spec, fixed=spec["vault"])
    with pytest.raises(ClaimFailed, match="SEC-SILVER is not asked"):
        state(spec, property="SEC-SILVER")


def test_the_models_must_have_been_verified(spec: Specification) -> None:
    with pytest.raises(ClaimFailed, match="not been verified in this chapter"):
        state(spec, verified=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attack": []}, "not a list of one to 5 lines"),
        ({"attack": "one line"}, "not a list of one to 5 lines"),
        ({"attack": ["a"] * 6}, "not a list of one to 5 lines"),
        ({"attack": ["a", " "]}, "not a list of one to 5 lines"),
        ({"affects": " "}, "affects is empty"),
        ({"source": "somewhere"}, "the source cites nothing"),
        ({"source": "[NOTES Scrap]"}, "not in the bibliography"),
        ({"id": "finding-1"}, "is not the ID of a finding"),
    ],
)
def test_what_is_missing_is_said(spec: Specification, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        state(spec, **changes)


def test_the_list_is_in_the_order_of_the_book(spec: Specification, project: Path) -> None:
    (project / "notebooks" / "01-knock.ipynb").touch()
    state(spec, "FND-SCRAP")
    state(spec, "FND-AGAIN")
    state(spec, "FND-SCRAP", title="Said again")
    assert [(one.id, one.title) for one in merge(project)] == [
        ("FND-SCRAP", "Said again"), ("FND-AGAIN", "The scrap is for all"),
    ]  # fmt: skip
    assert merge(project) == load(project)
    spec.chapter("01-knock", project)
    assert merge(project) == []


def test_an_id_stands_in_one_chapter(spec: Specification, project: Path) -> None:
    for name in ("01-knock", "02-again"):
        (project / "notebooks" / f"{name}.ipynb").touch()
    state(spec)
    merge(project)
    other = Specification()
    other.chapter("02-again", project)
    broken, fixed = vault(other, "other"), vault(other, "mended", "0")
    broken.verify(expect=CLAIMS)
    fixed.verify(expect=REPAIRED)
    other.finding("FND-SCRAP", **WORDS, property="SEC-SCRAP", broken=broken, fixed=fixed)
    with pytest.raises(SpecificationError, match="FND-SCRAP is in chapter 01-knock and in chapter 02-again"):
        merge(project)
    assert [one.chapter for one in load(project)] == ["01-knock"]
