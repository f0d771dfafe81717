"""Tables and pictures of proofs say the same as the text behind them."""

from __future__ import annotations

import pytest

from kbspec import proofs
from kbspec.errors import SpecificationError
from kbspec.models import Model
from kbspec.specification import Specification

TERMS = """free c: channel.
free s, k: bitstring [private].
fun seal(bitstring, bitstring): bitstring.
reduc forall m: bitstring, y: bitstring; open(seal(m, y), y) = m.
"""
SYSTEM = """(*@query SEC-S [NOTE Room] The attacker never has s. *)
query attacker(s).
process
  out(c, seal(s, k));
  (*@assume ASM-K The key stays where it is. *)
  if false then out(c, k)
"""


@pytest.fixture
def model(spec: Specification) -> Model:
    spec.fragment("proof/terms", TERMS)
    spec.fragment("proof/system", SYSTEM, ("proof/terms",))
    return spec.model("proof", "proof/system", title="one sealed message")


def test_clauses_leave_out_what_every_model_has(model: Model) -> None:
    shown = repr(proofs.clauses(model))
    assert "attacker(seal(s, k))" in shown and "line " in shown
    assert "true" not in shown and "+ 1" not in shown


def test_clauses_link_to_their_lines(model: Model) -> None:
    line = next(n for n, text in enumerate(model.text.split("\n"), 1) if "out(c, seal(s, k))" in text)
    assert (
        f'<a href="../pv/models/proof.pv#line-{line}">line {line}</a>' in proofs.clauses(model)._repr_html_()
    )


def test_the_selected_hypothesis_is_marked(model: Model) -> None:
    made = proofs.saturation(model)
    assert "*attacker(seal(x, y))* && attacker(y) -> attacker(x)" in repr(made)
    assert "<strong>attacker(seal(x, y))</strong> &amp;&amp; attacker(y)" in made._repr_html_()


def test_what_became_of_a_clause(model: Model) -> None:
    lines = repr(proofs.saturation(model)).split("\n")
    assert any("*attacker(k)* -> attacker(s)" in line and line.endswith("stuck") for line in lines)
    lines = repr(proofs.saturation(model.assume("ASM-K"))).split("\n")
    assert any("attacker(k)* -> attacker(s)" in line and "subsumed by" in line for line in lines)
    assert "waiting" in repr(proofs.without_selection(model, most=12))


def test_only_what_is_asked_for(model: Model) -> None:
    shown = proofs.saturation(model).concluding("attacker(seal(s")
    assert [str(clause) for clause in shown.clauses] == ["attacker(seal(s, k))"]


def test_pictures_have_an_edge_for_each_parent(model: Model) -> None:
    made = proofs.saturation(model)
    chart = proofs.resolution_graph(made, title="t", description="d")
    expected = sum(len(clause.parents or ()) for clause in made.clauses)
    assert chart.source.count(" -> ") == expected > 0
    assert "4 with" in chart.listing


def test_a_picture_of_a_goal_shows_what_it_was_resolved_with(model: Model) -> None:
    leaking = model.assume("ASM-K")
    chart = proofs.resolution_graph(proofs.solution(leaking, "SEC-S"), title="t", description="d")
    assert "the query" in chart.listing and "goal(attacker(s))" in chart.listing
    assert chart.source.count('-> 12 [color="#010104"]') == 2
    assert chart.source.count("subsumes") == 1


def test_derivations(model: Model) -> None:
    leaking = model.assume("ASM-K")
    chart = proofs.derivation_graph(leaking, "SEC-S", title="t", description="d")
    assert "3. attacker(s)   (attacker: applies open, from 1 and 2)" in chart.listing
    with pytest.raises(SpecificationError, match="is true"):
        proofs.derivation_graph(model, "SEC-S", title="t", description="d")
    with pytest.raises(SpecificationError, match="no query"):
        proofs.solution(model, "SEC-T")
