"""What is explained is what the verifier does: the same clauses, the same verdicts, in readable words."""

from __future__ import annotations

import json

import pytest

from appliedpi import engine
from appliedpi.errors import InputError
from appliedpi.explain import clauses_of, derivation_of, saturation_of, solution_of
from appliedpi.limits import Limits
from appliedpi.report import Verdict
from appliedpi.verification import load
from tests.parity.expectations import models

CORPUS = {path.stem: path for path in models()}
SEALED = """free c: channel.
type key.
free k: key [private].
fun seal(bitstring, key): bitstring.
reduc forall m: bitstring, y: key; open(seal(m, y), y) = m.
event Sealed(bitstring).
event Opened(bitstring).
query attacker(new n).
query m: bitstring; event(Opened(m)) ==> event(Sealed(m)).
query m: bitstring; event(Opened(m)).
process
  ( ! new n: bitstring;
      event Sealed(n);
      out(c, seal(n, k)) )
| ( ! in(c, x: bitstring);
      let m = open(x, k) in
      event Opened(m);
      LEAK )
"""
QUIET = SEALED.replace("LEAK", "0")
LEAKY = SEALED.replace("LEAK", "out(c, m)")


def test_clauses_of_the_process_have_their_lines() -> None:
    found = [(str(clause), clause.line, clause.origin) for clause in clauses_of(QUIET) if clause.line]
    assert found == [
        ("begin(Sealed(n[i])) -> attacker(seal(n[i], k))", 14, "line 14: out(c, seal(n, k))"),
        ("attacker(seal(x, k)) -> event(Opened(x))", 17, "line 17: event Opened(m)"),
    ]


def test_clauses_of_the_attacker() -> None:
    found = {str(clause): clause.origin for clause in clauses_of(QUIET) if clause.line is None}
    assert found["attacker(seal(x, y)) && attacker(y) -> attacker(x)"] == "attacker: applies open"
    assert found["mess(x, y) && attacker(x) -> attacker(y)"] == "attacker: listens"


def test_each_resolvent_names_its_parents() -> None:
    made = {clause.number: clause for clause in saturation_of(QUIET).clauses}
    resolvent = next(one for one in made.values() if str(one).startswith("attacker(k) && begin"))
    assert resolvent.parents is not None and resolvent.selected == 0
    selecting, solved = (made[number] for number in resolvent.parents)
    assert selecting.origin == "attacker: applies open" and selecting.selected == 0
    assert solved.line == 14 and solved.selected is None
    assert resolvent.origin == f"{selecting.number} with {solved.number}"


def test_subsumed_clauses_name_what_subsumes_them() -> None:
    made = {clause.number: clause for clause in saturation_of(LEAKY).clauses}
    subsumed = next(one for one in made.values() if str(one).startswith("attacker(k) && begin"))
    assert subsumed.subsumed_by is not None
    assert str(made[subsumed.subsumed_by]) == "begin(Sealed(n[i])) -> attacker(n[i])"


def test_goal_clauses_that_are_left_are_the_violations() -> None:
    stuck = solution_of(QUIET, 0).clauses
    assert [clause.selected for clause in stuck] == [0]
    assert [clause.satisfies for clause in solution_of(QUIET, 1).clauses] == [False, True]
    assert derivation_of(QUIET, 0) == ()
    facts = derivation_of(LEAKY, 0)
    assert [(fact.fact, fact.line, fact.premises) for fact in facts] == [
        ("attacker(seal(n[1], k))", 14, ()), ("attacker(n[1])", 18, (1,)),
    ]  # fmt: skip


def test_the_first_hypothesis_is_a_bad_choice() -> None:
    made = saturation_of(QUIET, first_hypothesis=True, most=60)
    assert not made.finished and len(made.clauses) == 60
    assert any("seal(seal(" in clause.conclusion for clause in made.clauses)
    assert saturation_of(QUIET).finished


def test_executions_are_shown_where_a_query_is_injective() -> None:
    text = QUIET + ""
    text = text.replace(
        "event(Opened(m)) ==> event(Sealed(m))", "inj-event(Opened(m)) ==> inj-event(Sealed(m))"
    )
    found = [str(clause) for clause in saturation_of(text).clauses]
    assert "begin(Sealed(n[i])) at 3[i] -> event(Opened(n[i])) at 8[j]" in found
    with pytest.raises(InputError, match="injective"):
        solution_of(text, 1)


def test_there_is_no_such_query() -> None:
    with pytest.raises(InputError, match="no query 3"):
        solution_of(QUIET, 3)


@pytest.mark.parametrize("name", ["event-order", "else-disequality", "conclusion-disjunction"])
def test_the_record_is_of_the_saturation_that_gives_the_verdict(name: str) -> None:
    text = CORPUS[name].read_text()
    model = load(text)
    kept = [clause for clause in saturation_of(text).clauses if clause.subsumed_by is None]
    for number, result in enumerate(engine.prove(model, limits=Limits(), certificates=True)):
        if result.certificate is not None:
            saturated = json.loads(result.certificate)["saturated"]
            assert len(saturated["clauses"]) == len(kept)
        assert (derivation_of(text, number) == ()) == (result.verdict is Verdict.TRUE)
