from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from kbspec.claims import LIMITS_LINK, Outcome, VerdictTable, normalised_claims, with_figures
from kbspec.errors import ClaimFailed, SpecificationError
from kbspec.tables import Cell, Table

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
REACHABILITY = {"SEC-A": False, "SAN-A": True}


def outcome(id: str, verdict: str, claim: str | None, reachability: bool = False) -> Outcome:
    return Outcome(
        id, f"Property <{id}>.", "", verdict, reachability, "replayed trace", claim, f"figures/m-{id}.svg"
    )


def test_claims_are_said_in_proverifs_words_or_plainly() -> None:
    assert normalised_claims("m", {"SEC-A": "true", "SAN-A": "reachable"}, REACHABILITY) == {
        "SEC-A": "true", "SAN-A": "false",
    }  # fmt: skip
    assert normalised_claims("m", {"SEC-A": "cannot be proved", "SAN-A": "unreachable"}, REACHABILITY) == {
        "SEC-A": "cannot be proved", "SAN-A": "true",
    }  # fmt: skip
    assert normalised_claims("m", {"SEC-A": "true", "SAN-A": "false"}, REACHABILITY)["SAN-A"] == "false"


def test_every_wrong_claim_is_listed() -> None:
    with pytest.raises(ClaimFailed) as caught:
        normalised_claims("m", {"SEC-B": "true", "SAN-A": "yes"}, REACHABILITY)
    assert str(caught.value).splitlines() == [
        "model m: the verifier and the text disagree",
        "  - SEC-B: a claim on a query that the model has not; did you mean SEC-A?",
        "  - SAN-A: 'yes' is not a verdict; one of reachable, unreachable, cannot be proved",
        "  - SEC-A: nothing is claimed for this query",
    ]


def test_reachable_is_said_of_events_only() -> None:
    with pytest.raises(ClaimFailed, match="SEC-A: 'reachable' is not a verdict; one of true, false"):
        normalised_claims("m", {"SEC-A": "reachable", "SAN-A": "false"}, REACHABILITY)


def test_the_verdict_is_a_word_and_a_symbol() -> None:
    shown = [
        (one.symbol, one.word, one.holds)
        for one in (
            outcome("A", "true", "true"), outcome("A", "false", "true"),
            outcome("A", "cannot be proved", "true"),
            outcome("A", "false", "false", True), outcome("A", "true", "false", True),
            outcome("A", "cannot be proved", None, True),
        )
    ]  # fmt: skip
    assert shown == [
        ("✓", "true", True), ("✗", "false", False), ("?", "cannot be proved", False),
        ("✓", "reachable", True), ("✗", "unreachable", False), ("?", "cannot be proved", True),
    ]  # fmt: skip


def test_the_table_in_a_terminal_and_in_a_notebook() -> None:
    table = VerdictTable(
        "m", "A model", (outcome("SEC-A", "false", "true"), outcome("SAN-A", "false", "false", True))
    )
    lines = repr(table).splitlines()
    assert lines[0] == "Verdicts for m: A model"
    assert re.split(r"\s{2,}", lines[1]) == ["ID", "Property", "Verdict", "Claimed", "Checked by"]
    assert re.split(r"\s{2,}", lines[3])[2:4] == ["✗ false", "true (differs)"]
    assert re.split(r"\s{2,}", lines[4])[2:4] == ["✓ reachable", "reachable"]
    page = table._repr_html_()
    assert '<table class="kbspec-verdicts">' in page and '<tr id="verdict-m-SEC-A">' in page
    assert "Property &lt;SEC-A&gt;." in page
    assert '<a href="../figures/m-SEC-A.svg">replayed trace</a>' in page
    assert "What this does not show" in page
    assert table["SEC-A"].verdict == "false"
    with pytest.raises(SpecificationError, match="m has no query SEC-B"):
        table["SEC-B"]


def test_a_table_gets_the_links_to_the_figures_below_it() -> None:
    plain = replace(outcome("SEC-A", "false", "false"), figure=None)
    other = replace(outcome("SEC-B", "false", "false"), figure=None)
    page = VerdictTable("m", "A model", (plain, other))._repr_html_()
    assert "figures/" not in page
    link = '<a href="../figures/m-SEC-A.svg">replayed trace</a>'
    shown = with_figures(page, {"m-SEC-A", "m-SEC"})
    assert shown.count(link) == 1 == shown.count("figures/")
    assert with_figures(shown, {"m-SEC-A"}) == shown
    assert (
        shown
        == VerdictTable("m", "A model", (replace(plain, figure="figures/m-SEC-A.svg"), other))._repr_html_()
    )


def test_every_table_leads_to_what_it_does_not_show() -> None:
    file, _, place = LIMITS_LINK.partition("#")
    notebook = json.loads((NOTEBOOKS / file).read_text(encoding="utf-8"))
    headings = [
        line
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for line in "".join(cell["source"]).splitlines()
        if line.startswith("#")
    ]
    assert "## " + place.replace("-", " ") in headings


def test_without_claims_there_is_no_column_for_them() -> None:
    assert "Claimed" not in repr(VerdictTable("m", "A", (outcome("SEC-A", "true", None),)))


def test_a_table_escapes_its_text_and_not_its_markup() -> None:
    rows = ((Cell("<a>"), Cell("b", "<i>b</i>", css="x")),)
    page = Table("c & d", ("A", "B"), rows, "t")._repr_html_()
    left = ' style="text-align:left"'
    assert f'<th scope="row"{left}>&lt;a&gt;</th><td class="x"{left}><i>b</i></td>' in page
    assert "<caption>c &amp; d</caption>" in page
