from __future__ import annotations

from pathlib import Path

import pytest

from kbspec.bibliography import Bibliography, Citation, load_bibliography, parse_citations
from kbspec.errors import SpecificationError


def test_a_citation_is_a_key_and_a_section() -> None:
    assert parse_citations("KBS Challenge and more; code a/b.rs ;X") == (
        Citation("KBS", "Challenge and more"), Citation("code", "a/b.rs"), Citation("X", ""),
    )  # fmt: skip


def test_links(project: Path) -> None:
    bibliography = load_bibliography(project)
    assert bibliography.link(Citation("NOTE", "Knock")) == "https://example.org/note"
    path = "https://example.org/knocker/blob/0123abc/src/door.rs"
    assert bibliography.link(Citation("code", "src/door.rs:open")) == path
    assert bibliography.link(Citation("code", "whole")) == "https://example.org/knocker"
    assert bibliography.to_html(Citation("NOTE", "a < b")) == (
        '<a href="https://example.org/note" title="A note on knocking, 1"><cite>NOTE a &lt; b</cite></a>'
    )


def test_an_unknown_key(project: Path) -> None:
    with pytest.raises(SpecificationError) as caught:
        load_bibliography(project).resolve(Citation("NOTA", "Knock"))
    assert str(caught.value).splitlines() == [
        "the source [NOTA Knock] is not in the bibliography: no entry NOTA",
        "  advice: add it to notebooks/bibliography.toml; did you mean NOTE?",
    ]


def test_without_a_file_it_is_empty(tmp_path: Path) -> None:
    assert load_bibliography(tmp_path) == Bibliography({})


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"[KBS\n", "notebooks/bibliography.toml: "), (b"[KBS]\nversion = 1\n", "the entry [KBS] has no title"),
     (b"\xff", "notebooks/bibliography.toml: ")],
)  # fmt: skip
def test_a_broken_file(project: Path, text: bytes, message: str) -> None:
    (project / "notebooks" / "bibliography.toml").write_bytes(text)
    with pytest.raises(SpecificationError) as caught:
        load_bibliography(project)
    assert message in str(caught.value)
