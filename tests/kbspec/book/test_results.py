"""The table of results: the same verdicts in the README and on the first page, in the reader's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from kbspec import verdicts
from kbspec.book.readme import BEGIN, END, README, update, with_results
from kbspec.book.results import base_rows, differences, to_markdown
from kbspec.errors import SpecificationError
from kbspec.verdicts import ModelRecord, ProVerifRecord, QueryRecord


def _record(name: str, sec: str, said: dict[str, str] | None = None) -> ModelRecord:
    return ModelRecord(
        name, "02-rcar", "T", "0" * 64,
        {
            "SEC-A": QueryRecord("A stays | secret.", sec, sec),
            "SAN-B": QueryRecord("B can end.", "reachable", "false"),
        },
        ProVerifRecord("2.05", "2026-01-01", "0" * 64, said) if said else None,
    )  # fmt: skip


RECORDS = {
    record.name: record
    for record in (
        _record("rcar", "true", {"SEC-A": "true", "SAN-B": "true"}),
        _record("rcar-without-CHK-N", "false"),
    )
}


def test_a_reachable_event_is_not_called_false() -> None:
    assert [(row.id, row.symbol, row.word) for row in base_rows(RECORDS)] == [
        ("SEC-A", "✓", "true"),
        ("SAN-B", "✓", "reachable"),
    ]


def test_what_proverif_said_is_shown_as_it_is() -> None:
    assert [row.proverif for row in base_rows(RECORDS)] == ["agrees", "says true"]


def test_a_variant_shows_only_what_it_breaks() -> None:
    (difference,) = differences(RECORDS)
    assert (difference.base, difference.change) == ("rcar", "without CHK-N")
    assert [row.id for row in difference.broken] == ["SEC-A"]


def test_a_chapter_is_summed_up_in_one_line() -> None:
    (summary,) = [line for line in to_markdown(RECORDS).splitlines() if line.startswith("<summary>")]
    assert "2 models and variants; 1 false, 2 reachable, 1 true; ProVerif agrees with 1" in summary


def test_the_readme_is_fresh_after_one_update_and_keeps_its_text(tmp_path: Path) -> None:
    (tmp_path / README).write_text(f"before\n{BEGIN}\nstale row\n{END}\nafter\n")
    verdicts.save(RECORDS, tmp_path)
    assert update(tmp_path)
    text = (tmp_path / README).read_text()
    assert text.startswith("before\n") and text.endswith(f"{END}\nafter\n") and "stale row" not in text
    assert to_markdown(RECORDS) in text and "A stays \\| secret." in text
    assert not update(tmp_path)


def test_a_readme_without_markers_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpecificationError, match="markers"):
        with_results("# Nothing\n", tmp_path)
