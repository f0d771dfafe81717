"""Sequence charts: what they say, that nothing overlaps, that the bytes are always the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kbspec import traces

from appliedpi.traces.trace import Trace
from kbspec.charts import sequence_chart
from kbspec.errors import SpecificationError
from kbspec.measure import width, wrap
from kbspec.picture import SVG, inlined
from kbspec.sequence import Message, Note, sequence
from kbspec.tags import TagError

ROOT = Path(__file__).parents[2]


def test_the_honest_run_has_no_attacker() -> None:
    content = sequence(traces.honest())
    assert content.lanes == ("Guest", "Broker")
    assert content.attacker is None
    messages = [row for row in content.rows if isinstance(row, Message)]
    assert [(row.source, row.target, row.name) for row in messages] == [
        (0, 1, "Request"),
        (1, 0, "Challenge"),
        (0, 1, "Attestation"),
        (1, None, ""),
    ]


def test_roles_can_have_other_names() -> None:
    content = sequence(traces.attack(), {"Broker": "KBS"})
    assert set(content.lanes) == {"Setup", "Guest", "KBS", "KBS (2)", "Attacker"}
    assert sequence(traces.attack(), {}) == sequence(traces.attack())
    with pytest.raises(SpecificationError, match="did you mean Broker"):
        sequence(traces.attack(), {"Brocker": "KBS"})


def test_an_attack_shows_what_the_attacker_makes_hears_and_replays() -> None:
    content = sequence(traces.attack())
    assert set(content.lanes) == {"Setup", "Guest", "Broker", "Broker (2)", "Attacker"}
    attacker = content.attacker
    messages = {row.number: row for row in content.rows if isinstance(row, Message)}
    assert messages[1].target == attacker  # nobody else received it
    assert (messages[3].source, messages[3].remark) == (attacker, "made by the attacker")
    assert messages[7].target == content.lanes.index("Broker")  # its first receiver
    assert (messages[9].source, messages[9].remark) == (attacker, "replayed from step 7")
    assert messages[12].target == attacker
    computed = [row for row in content.rows if isinstance(row, Note) and row.kind == "attacker"]
    # One box for what follows on each other; what is put together shows in the message, what is only
    # taken apart again does not show.
    assert [row.parts for row in computed] == [(("learns", "resource_1"), ("makes", "k_2"))]


def test_the_processes_of_a_role_share_a_lane_until_one_does_something_again() -> None:
    """A broker that answers each message in a process of its own is one party; twice the same is two."""
    first, second = traces.REQUEST, traces.EVIDENCE
    steps = [
        traces.step(1, "output", 1, "a", tag=first),
        traces.step(2, "input", 2, "a", tag=first, sender=1, occurrence=50),
        traces.step(3, "new", 2, "sid_1"),
        traces.step(4, "input", 3, "b", tag=first, occurrence=50),
        traces.step(5, "new", 3, "sid_2"),
        traces.step(6, "input", 4, "evidence(sid_2)", tag=second, occurrence=60),
        traces.step(7, "input", 5, "evidence(sid_1)", tag=second, occurrence=60),
    ]
    content = sequence(Trace(tuple(steps), "Reached."))
    assert [content.names[thread] for thread in (2, 3, 4, 5)] == [
        "Broker", "Broker (2)", "Broker (2)", "Broker",
    ]  # fmt: skip


def test_a_message_overtaken_by_another_goes_through_the_attacker() -> None:
    """Two outputs received in the other order, between two threads: at most one can be an arrow across."""
    first, second = traces.REQUEST, traces.EVIDENCE
    trace = Trace(
        (
            traces.step(1, "output", 1, "a", tag=first),
            traces.step(2, "output", 1, "b", tag=second),
            traces.step(3, "input", 2, "b", tag=second, sender=2),
            traces.step(4, "input", 2, "a", tag=first, sender=1),
        ),
        "Reached.",
    )
    content = sequence(trace)
    rows = [row for row in content.rows if isinstance(row, Message)]
    assert [(row.term, row.remark) for row in rows] == [("a", ""), ("b", ""), ("a", "replayed from step 1")]
    assert rows[0].target == content.attacker == rows[2].source


def test_the_steps_of_a_thread_stay_in_order() -> None:
    for trace in (traces.honest(), traces.attack()):
        numbers: dict[int, list[int]] = {}
        lane = {step.number: step.thread for step in trace.steps}
        for row in sequence(trace).rows:
            numbers.setdefault(lane[row.number], []).append(row.number)
        assert all(found == sorted(found) for found in numbers.values())


def test_the_listing_has_every_term_complete() -> None:
    chart = sequence_chart(traces.attack(), title="A title", description="A description.")
    assert traces.LONG in repr(chart)
    assert "Broker (2): event" in repr(chart) and "Attestation [T-3]" in repr(chart)
    assert f"The attacker computes {traces.TAKEN}." in repr(chart)
    assert "…" not in repr(chart)
    assert "…" in chart.svg


def _texts(svg: str) -> list[tuple[float, float, float, float]]:
    """The box of each text: left, top, right, bottom, with the width that was measured for it."""
    boxes = []
    for element in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        size = float(element.get("font-size", "0"))
        classes = element.get("class", "").split()
        face = "mono" if "mono" in classes else "bold" if element.get("font-weight") == "bold" else "sans"
        wide = width(element.text or "", face, size)
        x, y = float(element.get("x", "0")), float(element.get("y", "0"))
        left = x - wide / 2 if element.get("text-anchor") == "middle" else x
        boxes.append((left, y - size * 0.8, left + wide, y + size * 0.2))
    return boxes


@pytest.mark.parametrize("trace", [traces.honest(), traces.attack()], ids=["honest", "attack"])
def test_nothing_overlaps_or_leaves_the_picture(trace: Trace) -> None:
    chart = sequence_chart(trace, title="A title that is long enough to be wrapped " * 3, description="D.")
    root = ElementTree.fromstring(chart.svg)
    wide, high = float(root.get("width", "0")), float(root.get("height", "0"))
    boxes = _texts(chart.svg)
    assert len(boxes) > 10
    for left, top, right, bottom in boxes:
        assert 0 <= left and right <= wide and 0 <= top and bottom <= high
    for index, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[index + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (boxes[index], other)


def test_the_picture_names_and_describes_itself_and_needs_no_colour_of_the_page() -> None:
    chart = sequence_chart(traces.honest(), title="A & B", description="What <it> shows.")
    root = ElementTree.fromstring(chart.svg)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None and title.text == "A & B"
    assert description is not None and "What <it> shows." in str(description.text)
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert "#0101" not in chart.svg, "a placeholder colour was left"
    ground = root.find(f"{SVG}rect")
    assert ground is not None and ground.get("class") == "f-card"


def test_the_bytes_do_not_depend_on_the_process() -> None:
    program = (
        "import hashlib\nfrom kbspec.charts import sequence_chart\nfrom tests.kbspec import traces\n"
        "charts = [sequence_chart(t(), title='T', description='D') for t in (traces.attack, traces.honest)]\n"
        "print(hashlib.sha256(''.join(c.svg for c in charts).encode()).hexdigest())"
    )
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    digests = {
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed, "LC_ALL": "C"},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1


def test_two_pictures_on_a_page_have_different_ids() -> None:
    found = []
    for trace in (traces.honest(), traces.attack()):
        found += re.findall(r' id="([^"]+)"', sequence_chart(trace, title="T", description="D").svg)
    assert len(found) == len(set(found)) == 4


def test_a_malformed_step_tag_is_an_error_with_its_place() -> None:
    trace = Trace((traces.step(7, "output", 1, "m", tag="T-1 Guest"),), "Reached.")
    with pytest.raises(TagError, match="line 7"):
        sequence_chart(trace, title="T", description="D")


def test_an_empty_trace_is_a_picture_of_its_goal() -> None:
    chart = sequence_chart(Trace((), "The attacker knows it from the start."), title="T", description="D")
    assert "The attacker knows" in chart.svg


@given(st.text(alphabet="ab(), ", max_size=200), st.integers(1, 4))
def test_wrapped_text_fits_and_loses_nothing_it_does_not_mark(text: str, lines: int) -> None:
    limit = 60.0
    broken = wrap(text, limit, "mono", 10, lines)
    assert len(broken) <= lines
    assert all(width(line, "mono", 10) <= limit for line in broken)
    if not any(line.endswith("…") for line in broken):
        assert "".join(broken).replace(" ", "") == text.replace(" ", "")


def test_a_notebook_has_the_picture_as_an_image_and_a_page_as_an_element() -> None:
    """What JupyterLab keeps of a notebook that was executed elsewhere; what can follow a page's theme."""
    chart = sequence_chart(traces.attack(), title='A "title" & more', description="D")
    shown = chart._repr_html_()
    assert "<svg" not in shown and 'alt="A &quot;title&quot; &amp; more"' in shown
    assert chart.svg in inlined(shown) and "<img" not in inlined(shown)
    assert inlined("<img alt='x' src='y.png'>") == "<img alt='x' src='y.png'>"
