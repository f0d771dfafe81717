"""What the book wants beyond claims that hold: a matrix of each model, every known check accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.kbspec.book.projects import write_project

from kbspec.book import main
from kbspec.not_modelled import KNOWN

FRAGMENT = """%%pv tiny/system
free c: channel.
free s: bitstring [private].
(*@query SEC-S The secret stays secret. *)
query attacker(s).
process
  in(c, x: bitstring);
  (*@check CHK-S Only who knows the secret hears it. *)
  if x = s then out(c, s)"""
CELLS = (
    ("code", "%load_ext kbspec\nspec.chapter('01-tiny')"),
    ("code", FRAGMENT),
    ("code", "tiny = spec.model('tiny', 'tiny/system', title='Tiny')\ntiny.verify(expect={'SEC-S': 'true'})"),
)
MATRIX = ("code", "tiny.necessity()")
ENTRY = "[CHK-OTHER]\ntext = 'Another check.'\nsource = 'NOTE 1'\n"


def test_a_model_with_checks_needs_its_matrix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_project(tmp_path, {"01-tiny.ipynb": CELLS})
    assert main(["--root", str(root)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "error: notebooks/01-tiny.ipynb: model tiny has 1 @check tag and no necessity matrix; "
        "add a cell tiny.necessity()"
    ]
    assert not (root / "build" / "book").exists()


def test_a_known_check_that_is_not_accounted_for_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_project(tmp_path, {"01-tiny.ipynb": (*CELLS, MATRIX)})
    (root / "notebooks" / "bibliography.toml").write_text("[NOTE]\ntitle = 'A note'\n", encoding="utf-8")
    (root / KNOWN).write_text(ENTRY, encoding="utf-8")
    message = "notebooks/not-modelled.toml: no model carries CHK-OTHER; write the reason into its entry"
    assert main(["--root", str(root)]) == 1
    assert capsys.readouterr().err == f"error: {message}\n"
