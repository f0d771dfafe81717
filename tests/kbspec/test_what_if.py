from __future__ import annotations

import ipywidgets
import pytest
from IPython.core.formatters import DisplayFormatter
from tests.kbspec.questions import recorded_vault
from tests.kbspec.vault import vault

from kbspec import what_if
from kbspec.errors import SpecificationError
from kbspec.models import Model
from kbspec.specification import Specification
from kbspec.what_if import WhatIf
from kbspec.what_if_panel import choice_panel, panel


@pytest.fixture
def question(spec: Specification) -> WhatIf:
    recorded_vault(spec)
    return WhatIf(vault(spec))


def boxes(shown: ipywidgets.VBox) -> dict[str, ipywidgets.Checkbox]:
    groups = shown.children[0].children
    found = [one for group in groups for one in group.children if isinstance(one, ipywidgets.Checkbox)]
    return {one.description.partition(":")[0]: one for one in found}


def test_verdicts_come_from_the_fault_sets(question: WhatIf, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = (("CHK-PIN",), ("CHK-FIRST", "CHK-SECOND"), ("CHK-FIRST",))
    separate = {on: _verified(question, on) for on in sets}
    assert question.verdicts(()) == _verified(question, ())
    monkeypatch.setattr(Model, "with_toggles", lambda self, ids: pytest.fail("a variant was verified"))
    for on, verdicts in separate.items():
        assert question.verdicts(on) == verdicts


def test_without_fault_sets_the_variant_is_verified(spec: Specification) -> None:
    question = WhatIf(vault(spec))
    assert question.verdicts(("CHK-FIRST", "CHK-SECOND"))["SEC-GOLD"] == "false"
    assert question.verdicts(("CHK-FIRST",))["SEC-GOLD"] == "true"


def test_fault_sets_of_another_text_are_not_used(spec: Specification) -> None:
    recorded_vault(spec)
    question = WhatIf(vault(spec, leak="0"))
    assert question.verdicts(("CHK-PIN",))["SEC-SCRAP"] == "true"  # the recorded model leaks its scrap


def test_the_chart_is_of_the_first_property_that_breaks(question: WhatIf) -> None:
    assert question.broken(("CHK-PIN",)) == ["SEC-GOLD"]
    chart = question.chart(("CHK-PIN",))
    assert chart is not None and chart.title.startswith("Attack on SEC-GOLD")
    assert chart.description.startswith("vault without CHK-PIN.")
    assert question.chart(("CHK-FIRST",)) is None and question.chart(()) is None


def test_an_unknown_toggle(question: WhatIf) -> None:
    with pytest.raises(SpecificationError, match="CHK-PIM"):
        question.verdicts(("CHK-PIM",))


def test_ticking_a_box_shows_verdicts_and_attack(question: WhatIf) -> None:
    shown = panel(question)
    _, reset, table, chart = shown.children
    ticks = boxes(shown)
    assert set(ticks) == {"CHK-PIN", "CHK-FIRST", "CHK-SECOND", "ASM-PIN-SECRET", "ASM-QUIET"}
    assert "vault as it is" in table.value and chart.value == ""
    ticks["CHK-PIN"].value = True
    assert "vault without CHK-PIN" in table.value and "✗ false" in table.value
    assert "<figure" in chart.value
    ticks["CHK-PIN"].value = False
    ticks["CHK-FIRST"].value = True
    assert chart.value == ""
    ticks["CHK-SECOND"].value = True
    assert "Attack on SEC-GOLD" in chart.value
    reset.click()
    assert not any(box.value for box in ticks.values()) and "vault as it is" in table.value


def test_an_error_is_shown_in_the_panel(question: WhatIf, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: WhatIf, on: tuple[str, ...]) -> None:
        raise SpecificationError("60 s are over <here>")

    shown = panel(question)
    monkeypatch.setattr(WhatIf, "chart", fail)
    boxes(shown)["CHK-PIN"].value = True
    assert "60 s are over &lt;here&gt;" in shown.children[3].value


def test_where_nobody_ticks_a_sentence_and_a_table(
    question: WhatIf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_if, "somebody_watches", lambda: False)
    shown = DisplayFormatter().format(question)[0]
    assert set(shown) == {"text/html", "text/plain"}
    assert shown["text/html"].startswith('<p class="kbspec-what-if">What if vault skipped a check')
    assert "CHK-FIRST" in shown["text/html"] and "widget" not in shown["text/html"]
    assert "CHK-FIRST and CHK-SECOND" in shown["text/plain"]


def test_where_somebody_ticks_the_panel_alone(question: WhatIf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "somebody_watches", lambda: True)
    shown = DisplayFormatter().format(question)[0]
    assert set(shown) == {"application/vnd.jupyter.widget-view+json", "text/plain"}


def _verified(question: WhatIf, on: tuple[str, ...]) -> dict[str, str]:
    return {one.id: one.verdict for one in question.variant(on).verify().outcomes}


def test_the_toggles_follow_the_model_that_is_picked(spec: Specification) -> None:
    first, second = vault(spec), vault(spec).without("CHK-PIN")
    pick, place = choice_panel("vault", {"all": WhatIf(first), "less": WhatIf(second)}).children
    assert pick.description == "vault:" and "CHK-PIN" in boxes(place.children[0])
    boxes(place.children[0])["CHK-PIN"].value = True
    assert "✗ false" in place.children[0].children[2].value
    pick.value = "less"
    assert "CHK-PIN" not in boxes(place.children[0])
    pick.value = "all"
    assert boxes(place.children[0])["CHK-PIN"].value, "what was ticked stays ticked"


def test_a_choice_where_nobody_can_tick(spec: Specification) -> None:
    recorded_vault(spec)
    model = vault(spec)
    other = vault(spec, "other")
    shown = spec.what_if(model, other, subject="vault")._repr_mimebundle_()
    assert "choose the vault" in shown["text/plain"] and "CHK-PIN" in shown["text/plain"]
    assert "<details><summary>Every set, by vault</summary>" in shown["text/html"]


def test_where_there_is_one_model_there_is_no_choice(spec: Specification) -> None:
    recorded_vault(spec)
    shown = spec.what_if(vault(spec))._repr_mimebundle_()
    assert "choose" not in shown["text/plain"]
    assert "<details><summary>Every set</summary>" in shown["text/html"]
