"""Answers and what the learner is told."""

from __future__ import annotations

import pytest
from tests.kbspec.exercises.lessons import exercise, write_lessons
from tests.kbspec.vault import vault

from kbspec.errors import CertificateRejected, Interrupted, SpecificationError
from kbspec.exercises import workshop
from kbspec.exercises.marking import prose
from kbspec.exercises.workshop import Workshop
from kbspec.specification import Specification

DOOR = """
let Door(k: key, room: bitstring) =
  new nonce: bitstring;
  out(net, nonce);
  in(net, answer: bitstring);
  if answer = senc(nonce, k) then
  event Opened(nonce);
  out(net, SENT).
"""


def test_a_prediction(spec: Specification) -> None:
    mine = exercise(spec, "EX-01-1")
    assert mine.check({"SEC-ROOM": "true", "SAN-OPEN": "unreachable"}).right
    wrong = mine.check("SEC-ROOM true\nSAN-OPEN reachable")
    assert not wrong.right and "agrees with 1 of your 2" in wrong.message
    assert "not a prediction" in mine.check(["SEC-ROOM"]).message


def test_a_property(spec: Specification) -> None:
    mine = exercise(spec, "EX-01-2")
    assert mine.check("query n: bitstring; event(Opened(n)) ==> event(Asked(n)).").message == "An agreement."
    told = mine.check("query n: bitstring, m: bitstring; event(Opened(n)) ==> event(Asked(m)).")
    assert told.message == "Your property does not say for which nonce."


def test_a_property_of_nothing(spec: Specification) -> None:
    mine = exercise(spec, "EX-01-2")
    told = mine.check("query n: bitstring, k: key; event(Opened(senc(n, k))) ==> event(Asked(n)).")
    assert not told.right and "never happens" in told.message
    told = mine.check("query n: bitstring; event(Asked(n)) ==> event(Asked(n)).")
    assert "holds of every protocol" in told.message


def test_a_protocol(spec: Specification) -> None:
    mine = exercise(spec, "EX-01-3")
    open_door = mine.check(DOOR.replace("SENT", "room").replace("if answer = senc(nonce, k) then", ""))
    assert open_door.state == "not yet" and open_door.message == "The attacker reads the room."
    assert open_door.chart is not None and "Against your answer" in open_door.chart.title
    closed = mine.check("let Door(k: key, room: bitstring) = 0.")
    assert "no longer emits Opened" in closed.message and closed.chart is None
    assert mine.check(DOOR.replace("SENT", "senc(room, k)")).message == "The door never opens."
    safe = DOOR.replace("if answer = senc(nonce, k) then", "").replace("SENT", "senc(room, k)")
    assert mine.check(safe).right


def test_changes(spec: Specification) -> None:
    vault(spec)
    mine = exercise(spec, "EX-01-4")
    assert mine.check(["CHK-FIRST", "CHK-SECOND"]).right
    assert "A set of 2 or more" in mine.check("CHK-PIN").message
    assert "with one of these" in mine.check("CHK-PIN ASM-QUIET").message
    assert "still holds" in mine.check("CHK-FIRST ASM-QUIET").message
    assert "CHK-SECOND" not in mine.check("CHK-FIRST ASM-QUIET").message


def test_an_error_is_shown_where_the_learner_wrote(spec: Specification) -> None:
    told = exercise(spec, "EX-01-2").check("query n: bitstring;\n  event(Opend(n)) ==> event(Asked(n)).")
    assert told.state == "not yet" and told.message.startswith("This is not yet ProVerif.")
    assert "your answer to EX-01-2, line 3, column 9" in told.message  # as the cell counts
    assert "Opened" in told.message and "notebook" not in told.message
    told = exercise(spec, "EX-01-3").check("let Door(k: key, room: bitstring) = out(net room).")
    assert "your answer to EX-01-3, line 2, column 45" in told.message and "^" in told.message


def test_an_answer_without_an_end(spec: Specification, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = exercise(spec, "EX-01-3")
    monkeypatch.setattr(workshop, "TIMEOUT", 1e-9)
    told = mine.check(DOOR.replace("SENT", "(room, room)"))
    assert told.state == "not yet" and "did not come to an end" in told.message


def test_an_interrupt_is_one_line(spec: Specification, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Workshop, built: object) -> None:
        raise KeyboardInterrupt

    mine = exercise(spec, "EX-01-3")
    monkeypatch.setattr(Workshop, "report", interrupted)
    with pytest.raises(Interrupted, match="EX-01-3: interrupted"):
        mine.check(DOOR.replace("SENT", "room"))


def test_a_rejected_certificate_is_no_mistake_of_the_learner(
    spec: Specification, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rejected(self: Workshop, built: object) -> None:
        raise CertificateRejected("it covers nothing")

    mine = exercise(spec, "EX-01-3")
    monkeypatch.setattr(Workshop, "report", rejected)
    told = mine.check(DOOR.replace("SENT", "room"))
    assert told.state == "open" and "cannot be marked" in told.message


def test_no_answer(spec: Specification) -> None:
    for answer in ("", "(* your query *)\n", {}, []):
        assert exercise(spec, "EX-01-2").check(answer).state == "open"


def test_how_it_shows(spec: Specification) -> None:
    mine = exercise(spec, "EX-01-2")
    html = mine._repr_html_()
    assert '<section class="kbspec-exercise" id="EX-01-2">' in html
    assert "<details><summary>Hint 1 of 1</summary><p>Before <code>==&gt;</code>" in html
    assert "An agreement." not in html and "event Asked(bitstring)." in repr(mine)
    told = mine.check("query attacker(<).")
    assert "&lt;" in told._repr_html_() and repr(told).startswith("✗ EX-01-2: not yet\n")


@pytest.mark.parametrize(("text", "shown"), [
    ("*this* `a * b * c` <", "<em>this</em> <code>a * b * c</code> &lt;"),
    ("one\ntwo", "one<br>two"), ("2 * 3", "2 * 3"),
])  # fmt: skip
def test_prose(text: str, shown: str) -> None:
    assert prose(text) == shown


def test_spec_knows_the_exercises(spec: Specification) -> None:
    assert spec.registry is not None
    write_lessons(spec.registry.root)
    assert spec.exercise("EX-01-1").check("").state == "open"
    assert "EX-01-4" in repr(spec.exercises())


def test_a_change_that_the_model_has_not(spec: Specification) -> None:
    with pytest.raises(SpecificationError, match="the model has no ASM-NONE"):
        exercise(spec, "EX-01-3").workshop.build(["knock/system"], {}, assumptions=["ASM-NONE"])


def test_marking_writes_nothing_into_the_book(spec: Specification) -> None:
    mine = exercise(spec, "EX-01-3")
    assert spec.registry is not None
    pv = spec.registry.root / "pv"
    before = {path: path.read_bytes() for path in pv.rglob("*.*")}
    mine.check(DOOR.replace("SENT", "room"))
    assert {path: path.read_bytes() for path in pv.rglob("*.*")} == before
