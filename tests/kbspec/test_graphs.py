"""Graphs: declarations become pictures, wrong ones become messages."""

from __future__ import annotations

import os
import stat
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from kbspec.errors import SpecificationError
from kbspec.graphs import Actor, Channel, actor_table, graph, trust_diagram
from kbspec.picture import SVG

ACTORS = (
    Actor("Guest", "Attester", "Host / Confidential VM", True, "asks for a secret"),
    Actor("Hypervisor", "host software", "Host", False, "runs the guest"),
    Actor("Broker", "Relying Party", "Owner's premises", True, "releases the secret"),
)
CHANNELS = (Channel("Guest", "Broker", "TLS <records>", True), Channel("Hypervisor", "Guest", "input", False))


def _texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_diagram_shows_every_actor_place_and_channel() -> None:
    chart = trust_diagram(ACTORS, CHANNELS, title="Who trusts whom", description="D.")
    shown = _texts(chart.svg)
    for expected in ("Guest", "Hypervisor", "Broker", "Host", "Confidential VM", "Owner's premises"):
        assert expected in shown
    assert "TLS <records>" in [text.strip() for text in shown]
    assert "Guest -> Broker: TLS <records> (protected)" in repr(chart)


def test_trust_is_not_shown_by_colour_alone() -> None:
    chart = trust_diagram(ACTORS, CHANNELS, title="T", description="D")
    root = ElementTree.fromstring(chart.svg)
    paths = [e for e in root.iter() if e.tag in (f"{SVG}path", f"{SVG}polygon")]
    hostile = [e for e in paths if "s-attacker" in e.get("class", "") and e.get("fill") == "none"]
    safe = [e for e in paths if "s-trusted" in e.get("class", "") and e.get("fill") == "none"]
    assert hostile and all(e.get("stroke-dasharray") for e in hostile)
    assert safe and not any(e.get("stroke-dasharray") for e in safe)


def test_the_table_says_the_same() -> None:
    shown = repr(actor_table(ACTORS))
    assert "Hypervisor" in shown and "not trusted" in shown
    assert 'class="untrusted"' in actor_table(ACTORS)._repr_html_()


def test_in_a_browser_the_picture_says_that_it_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "emscripten")  # as Pyodide says
    chart = trust_diagram(ACTORS, CHANNELS, title="Who trusts whom", description="D.")
    assert _texts(chart.svg) == ["There is no Graphviz in a browser; the picture in words is below."]
    assert "Guest -> Broker: TLS <records> (protected)" in repr(chart)
    assert 'fill="' not in chart.svg.partition("<rect")[2]  # in the colours of the page


@pytest.mark.parametrize(
    ("actors", "channels", "message"),
    [
        ((*ACTORS, ACTORS[0]), (), "two actors have the name 'Guest'"),
        (ACTORS, (Channel("Gest", "Broker", "x", True),), "did you mean Guest"),
    ],
)
def test_wrong_declarations(actors: tuple[Actor, ...], channels: tuple[Channel, ...], message: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        trust_diagram(actors, channels, title="T", description="D")
    assert message in str(caught.value)


def test_wrong_dot_is_a_message() -> None:
    with pytest.raises(SpecificationError, match="could not be laid out"):
        graph("digraph { a -> ", "T", "D")


def test_a_dot_on_the_path_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = graph("digraph { a -> b }", "T", "D").svg
    other = tmp_path / "dot"
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(other.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert graph("digraph { a -> b }", "T", "D").svg == before


def test_source_and_picture_lie_side_by_side(tmp_path: Path) -> None:
    graph("digraph { a -> b }", "T", "D").save(tmp_path / "deep" / "one.two")
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["one.two.dot", "one.two.svg"]
