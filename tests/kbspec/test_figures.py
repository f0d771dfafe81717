from __future__ import annotations

import pytest

from kbspec.errors import SpecificationError
from kbspec.generated import written
from kbspec.picture import Chart
from kbspec.specification import Specification

CHART = Chart("Trust", "Who trusts whom.", "<svg/>\n", "A -> B", "digraph {}\n", ".dot")


def test_a_picture_is_kept_with_its_source(spec: Specification) -> None:
    figure = spec.figure("trust-boundaries", CHART)
    root = spec.registry.root
    assert (root / "figures" / "trust-boundaries.svg").read_text(encoding="utf-8") == "<svg/>\n"
    assert (root / "figures" / "trust-boundaries.dot").read_text(encoding="utf-8") == "digraph {}\n"
    assert {"figures/trust-boundaries.svg", "figures/trust-boundaries.dot"} < written(root, "01-knock")
    assert 'id="figure-trust-boundaries"' in figure._repr_html_() and repr(figure) == "A -> B"
    assert figure.svg == "<svg/>\n"


def test_its_name_is_that_of_a_file(spec: Specification) -> None:
    with pytest.raises(SpecificationError, match="'../trust' is not the name of a figure"):
        spec.figure("../trust", CHART)
