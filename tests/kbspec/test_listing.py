from __future__ import annotations

from kbspec.listing import Listing
from kbspec.specification import Specification


def test_a_fragment_and_a_model_are_shown(spec: Specification) -> None:
    fragment = spec.show("knock/base")
    assert repr(fragment).startswith("knock/base\nfree net: channel.\n")
    model = spec.model("knock", "knock/system", title="Knocking")
    assert model.show().text == model.text
    assert '<span class="nd">@check</span>' in model.show()._repr_html_()


def test_the_colours_are_those_of_the_theme_and_only_in_jupyterlab() -> None:
    page = Listing("a <b>", "free c: channel.\n")._repr_html_()
    style = page.partition("<style>")[2].partition("</style>")[0]
    rules = [rule for rule in style.split("}") if rule]
    assert rules and all(
        rule.startswith("[data-jp-theme-light] .kbspec-listing .highlight") for rule in rules
    )
    assert "var(--jp-mirror-editor-keyword-color)" in style
    assert "a &lt;b&gt;" in page and '<span class="kd">free</span>' in page
