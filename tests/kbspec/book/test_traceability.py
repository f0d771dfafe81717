from __future__ import annotations

import json
from pathlib import Path

from tests.kbspec.book.projects import notebook
from tests.kbspec.test_findings import state
from tests.kbspec.vault import CLAIMS, HARMLESS, REDUNDANT, vault

from kbspec import findings, matrix_records, verdicts
from kbspec.bibliography import load_bibliography
from kbspec.book.html import build
from kbspec.book.order import Book, Chapter
from kbspec.book.traceability import TRACEABILITY, Place, Traceability, trace
from kbspec.not_modelled import KnownCheck
from kbspec.specification import Specification

KNOWN = {"CHK-COLOUR": KnownCheck("CHK-COLOUR", "The vault is green.", (), "No model has colours.")}


def traced(spec: Specification, project: Path) -> Traceability:
    path = project / "notebooks" / "01-knock.ipynb"
    path.write_text(json.dumps(notebook((("markdown", "# Knock"),))), encoding="utf-8")
    model = vault(spec)
    model.verify(expect=CLAIMS)
    model.without("CHK-PIN").verify(expect=CLAIMS | {"SEC-GOLD": "false"})
    model.necessity(redundant=REDUNDANT)
    model.assumptions(harmless=HARMLESS)
    records = verdicts.merge(project)
    matrix_records.merge(project, records)
    return trace(project, records, KNOWN)


def test_a_section_leads_to_lines_and_verdicts_and_back(spec: Specification, project: Path) -> None:
    table = traced(spec, project)
    sections = table.sections["NOTE"]
    assert [item.id for item in sections["Gold"]] == ["SAN-OPEN", "SEC-GOLD"]
    items = {item.id: item for item in table.items}
    gold = items["SEC-GOLD"]
    assert gold.verdicts == {"vault": "true"}, "a variant does not count"
    assert items["SAN-OPEN"].verdicts == {"vault": "reachable"}
    assert items["CHK-PIN"].verdicts == {"vault": "SEC-GOLD"}
    assert items["CHK-FIRST"].verdicts == items["ASM-QUIET"].verdicts == {"vault": "nothing"}
    (place,) = gold.places
    assert place == Place("vault/base", "01-knock", place.line)
    lines = (project / "pv" / "fragments" / "01-knock" / "vault-base.pv").read_text("utf-8").splitlines()
    assert "@query SEC-GOLD" in lines[place.line - 1]
    assert table.carried == {"CHK-PIN", "CHK-FIRST", "CHK-SECOND"}, "fragments in no model do not count"


def test_it_is_written_as_data(spec: Specification, project: Path) -> None:
    table = traced(spec, project)
    bibliography = load_bibliography(project)
    assert table.save(project, bibliography) and not table.save(project, bibliography)
    document = json.loads((project / TRACEABILITY).read_text(encoding="utf-8"))
    assert document["documents"]["NOTE"]["sections"]["Gold"] == ["query-SAN-OPEN", "query-SEC-GOLD"]
    assert document["items"]["check-CHK-PIN"]["breaks"] == {"vault": "SEC-GOLD"}
    assert document["items"]["query-SEC-GOLD"]["sources"] == ["NOTE Gold"]
    assert document["not_modelled"]["CHK-COLOUR"]["reason"] == "No model has colours."


def test_the_book_has_a_page_for_it_and_one_for_the_findings(spec: Specification, project: Path) -> None:
    traced(spec, project)
    state(spec)
    findings.merge(project)
    build(project, Book("A book", "For tests.", (Chapter("01-knock.ipynb", "Knock"),)))
    site = project / "build" / "book"
    page = (site / "traceability.html").read_text(encoding="utf-8")
    assert '<tr id="check-CHK-PIN">' in page and "<code>CHK-COLOUR</code>" not in page
    assert 'href="pv/fragments/01-knock/vault-system.pv"' in page
    boxes = (site / "findings.html").read_text(encoding="utf-8")
    assert 'id="FND-SCRAP"' in boxes and 'href="models/vault.html"' in boxes
    assert '<a href="findings.html">Findings</a>' in (site / "index.html").read_text(encoding="utf-8")
