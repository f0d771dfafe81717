"""What is said of an ID, on its card and in the lists."""

from __future__ import annotations

from pathlib import Path

from kbspec import matrix_records
from kbspec.bibliography import Citation
from kbspec.book.cards import MOST, cards
from kbspec.book.definitions import Definition, define
from kbspec.book.traceability import Item, Place, Traceability
from kbspec.fault_records import FILE
from kbspec.files import to_json
from kbspec.findings import Finding
from kbspec.matrix_records import NECESSITY, RowRecord
from kbspec.not_modelled import KnownCheck
from kbspec.verdicts import ModelRecord, QueryRecord

SOURCE = (Citation("KBS", "Challenge"),)
PLACE = (Place("door/kbs", "02-door", 3),)
TABLE = Traceability(
    (
        Item("query", "SEC-ROOM", "It is never known.", SOURCE, PLACE, {}),
        Item("check", "CHK-A", "The tag's own words.", SOURCE, PLACE, {}),
        Item("check", "CHK-B", "The other.", SOURCE, PLACE, {}),
        Item("step", "KNOCK-1", "Door → Guest", SOURCE, PLACE, {}),
    ),
    {
        "CHK-A": KnownCheck("CHK-A", "A sentence that stands alone.", SOURCE, None),
        "CHK-C": KnownCheck("CHK-C", "Nobody makes it.", SOURCE, "There is nothing to compare."),
    },
)
FINDING = Finding(
    "FND-DOOR", "02-door", "The door opens.", "SEC-ROOM", "", "door-open", "door", ("x",), "y", "[KBS]", "z"
)


def _definitions(root: Path, charts: dict[str, str] | None = None) -> dict[str, Definition]:
    queries = {
        "SEC-ROOM": QueryRecord("It is never known.", "true", "true"),
        "SAN-OPEN": QueryRecord("It can open.", "reachable", "false"),
    }
    records = {"door": ModelRecord("door", "02-door", "A door", "0", queries)}
    base = {"SEC-ROOM": "true"}
    rows = {
        "CHK-A": RowRecord(None, base, {"SEC-ROOM": "false"}),
        "CHK-B": RowRecord("It is made twice.", base, {"SEC-ROOM": "true"}),
    }
    (root / "pv").mkdir(parents=True)
    document = {"models": {"door": matrix_records._to_json(NECESSITY, rows)}}
    (root / NECESSITY.path).write_text(to_json(document))
    return define(root, records, TABLE, [FINDING], charts or {})


def test_every_id_is_defined_and_a_step_is_not(tmp_path: Path) -> None:
    found = _definitions(tmp_path)
    assert {id: one.address for id, one in found.items()} == {
        "SEC-ROOM": "properties.html#SEC-ROOM",
        "CHK-A": "checks.html#CHK-A",
        "CHK-B": "checks.html#CHK-B",
        "CHK-C": "checks.html#CHK-C",
        "FND-DOOR": "findings.html#FND-DOOR",
    }


def test_a_property_has_its_verdicts(tmp_path: Path) -> None:
    (outcome,) = _definitions(tmp_path)["SEC-ROOM"].outcomes
    assert (outcome.model, outcome.word, outcome.symbol, outcome.css) == ("door", "true", "✓", "kbspec-true")


def test_a_check_has_what_is_lost_without_it(tmp_path: Path) -> None:
    found = _definitions(tmp_path)
    assert found["CHK-A"].statement == "A sentence that stands alone."
    (effect,) = found["CHK-A"].effects
    assert [(loss.property, loss.outcome.word, loss.chart) for loss in effect.losses] == [
        ("SEC-ROOM", "false", None)
    ]
    (nothing,) = found["CHK-B"].effects
    assert nothing.losses == () and nothing.reason == "It is made twice."
    assert found["CHK-C"].reason == "There is nothing to compare."


def test_the_attack_is_the_one_of_this_change_else_one_of_a_larger_change(tmp_path: Path) -> None:
    larger = {"door-without-CHK-A-without-CHK-B-SEC-ROOM": "02-door.html"}
    exact = larger | {"door-without-CHK-A-SEC-ROOM": "02-door.html"}
    for folder, charts, name, alone in (
        ("one", exact, "door-without-CHK-A-SEC-ROOM", True),
        ("two", larger, "door-without-CHK-A-without-CHK-B-SEC-ROOM", False),
    ):
        (effect,) = _definitions(tmp_path / folder, charts)["CHK-A"].effects
        assert effect.losses[0].chart == f"02-door.html#figure-{name}"
        assert effect.losses[0].alone is alone


def test_sets_of_several_changes_are_told_with_each_of_them(tmp_path: Path) -> None:
    _definitions(tmp_path)
    sets = [["CHK-A"], ["CHK-A", "CHK-B"]]
    faults = {
        "complete_up_to": None,
        "toggles": {id: {"kind": "check", "title": "", "source": ""} for id in ("CHK-A", "CHK-B")},
        "queries": {"SEC-ROOM": {"base": "true", "breaks": sets, "undecided": []}},
    }
    (tmp_path / FILE.path).write_text(to_json({"models": {"door": faults}}))
    found = define(tmp_path, {}, TABLE, [], {})
    assert found["CHK-B"].effects[0].sets == (("SEC-ROOM", ("CHK-A", "CHK-B")),)


def test_a_card_says_the_most_important_and_leads_on(tmp_path: Path) -> None:
    shown = cards(_definitions(tmp_path))
    assert shown["CHK-A"]["lines"] == [["✗", "door without it: SEC-ROOM lost", "kbspec-false"]]
    assert shown["CHK-B"]["lines"] == [["·", "door without it: nothing lost", ""]]
    assert shown["SEC-ROOM"]["links"] == [
        ["Definition", "properties.html#SEC-ROOM"],
        ["Fragment door/kbs", "02-door.html#fragment-door-kbs"],
        ["[KBS Challenge]", "traceability.html#section-KBS-Challenge"],
    ]
    assert all(len(card["lines"]) <= MOST for card in shown.values())
