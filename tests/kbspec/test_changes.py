from __future__ import annotations

from kbspec.changes import Changes
from kbspec.specification import Specification


def test_a_variant_shows_what_was_changed(spec: Specification) -> None:
    model = spec.model("knock", "knock/system", title="Knocking")
    changes = model.without("CHK-NONCE").changes()
    first, second = changes.lines()
    assert model.text.split("\n")[second[0] - 1] == "  if answer = senc(nonce, k) then" == second[1]
    assert second[2] == "  (* if answer = senc(nonce, k) then *)"
    assert first[2].startswith("  (* removed: @check CHK-NONCE")
    assert f"{second[0]:4} + {second[2]}" in repr(changes)
    assert "<del>  if answer = senc(nonce, k) then</del>" in changes._repr_html_()
    both = model.without("CHK-NONCE").assume("ASM-KEY-SAFE").changes()
    assert len(both.lines()) == 4


def test_a_base_model_has_no_changes(spec: Specification) -> None:
    changes = spec.model("knock", "knock/system", title="Knocking").changes()
    assert repr(changes) == "knock is knock" and changes.lines() == []


def test_text_is_escaped() -> None:
    assert "<del>a &lt; b</del>" in Changes("v", "b", "a < b", "a > b")._repr_html_()
