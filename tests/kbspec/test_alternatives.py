"""Alternatives: what may be there too, from the tag to every file and command that knows of toggles."""

from __future__ import annotations

import json
import shutil

import pytest

from appliedpi.backends import proverif
from kbspec import fault_records
from kbspec.__main__ import main
from kbspec.commands import with_toggles
from kbspec.errors import SpecificationError, VariantError
from kbspec.fault_records import ModelFaults, QueryFaults, Toggle
from kbspec.language import verify
from kbspec.models import Model
from kbspec.specification import Specification
from kbspec.verdicts import base_of, is_variant
from kbspec.what_if import WhatIf

BASE = """\
free net: channel.
free pin, master, gold: bitstring [private].
event Opened.
(*@query SEC-GOLD [NOTE Gold] The gold is never known to the attacker. *)
query attacker(gold).
(*@query SAN-OPEN [NOTE Gold] The door can open. *)
query event(Opened).
"""
DOORS = """\
process
  ( (in(net, x: bitstring); event Opened;
     (*@check CHK-PIN [NOTE Pin] What was typed is the PIN. *)
     if x = pin then out(net, gold))
  | ((*@alternative ALT-BACK-DOOR [NOTE Pin] There is a back door, which takes the master key. *)
     if false then
     in(net, x: bitstring);
     (*@check CHK-MASTER [NOTE Pin] The key is the master key. *)
     if x = master then out(net, gold))
  | ((*@alternative ALT-WINDOW [NOTE Pin] There is a window, which stands open. *)
     if false then out(net, gold)) )
"""
CLAIMS = {"SEC-GOLD": "true", "SAN-OPEN": "reachable"}


@pytest.fixture
def house(spec: Specification) -> Model:
    spec.fragment("house/base", BASE)
    spec.fragment("house/doors", DOORS, ("house/base",))
    model = spec.model("house", "house/doors", title="A house")
    model.verify(expect=CLAIMS)
    return model


def test_an_alternative_is_off_in_the_base_model_and_adds_its_behaviour(house: Model) -> None:
    window = house.use("ALT-WINDOW")
    assert window.verify()["SEC-GOLD"].word == "false"
    assert house.use("ALT-BACK-DOOR").verify()["SEC-GOLD"].word == "true"
    assert window.name == "house-with-ALT-WINDOW" and window.differences == ["with ALT-WINDOW"]
    assert is_variant(window.name) and base_of(window.name) == "house"
    assert "There is a window" in repr(house.alternatives())


def test_what_an_alternative_needs_shows_only_together(house: Model) -> None:
    """A check in a process that the base model does not run can go only where that process runs."""
    faults = house.fault_sets()
    assert faults["SEC-GOLD"].breaks == (
        ("CHK-PIN",), ("ALT-WINDOW",), ("ALT-BACK-DOOR", "CHK-MASTER"),
    )  # fmt: skip
    assert faults.certified == ("SEC-GOLD",)
    assert faults.found.toggles["ALT-WINDOW"] == Toggle(
        "alternative", "There is a window, which stands open.", "NOTE Pin"
    )
    assert faults.in_words("SEC-GOLD")[-1] == "SEC-GOLD is lost with ALT-BACK-DOOR and without CHK-MASTER."
    assert "2 checks and 2 alternatives" in faults._repr_html_()
    assert "ALT-WINDOW is in use" in faults.tree("SEC-GOLD").svg


@pytest.mark.skipif(shutil.which("proverif") is None, reason="ProVerif is not installed")
def test_proverif_agrees_on_every_variant(house: Model) -> None:
    proverif.version()
    for ids in ((), ("ALT-WINDOW",), ("ALT-BACK-DOOR",), ("ALT-BACK-DOOR", "CHK-MASTER")):
        text = with_toggles(house.text, ids)
        said = [verify(text, backend=backend) for backend in ("builtin", "proverif")]
        ours, theirs = [[one.verdict for one in report.results] for report in said]
        assert ours == theirs, ids


def test_the_what_if_panel_offers_it(house: Model) -> None:
    question = WhatIf(house)
    assert question.toggles["ALT-WINDOW"] == "alternative"
    assert question.broken(("ALT-WINDOW",)) == ["SEC-GOLD"]
    assert "house with ALT-WINDOW" in repr(question.table(("ALT-WINDOW",)))


def test_the_commands_know_it(
    house: Model, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(house.root)
    assert main(["variant", "house", "--with", "ALT-WINDOW", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["with"] == ["ALT-WINDOW"] and shown["text"] == house.use("ALT-WINDOW").text
    assert main(["prove", "house", "--with", "ALT-WINDOW"]) == 0
    assert "house (with ALT-WINDOW)" in capsys.readouterr().out
    assert main(["diff", "house", "house-with-ALT-WINDOW"]) == 0
    assert "ALT-WINDOW is in use in house-with-ALT-WINDOW only" in capsys.readouterr().out
    assert main(["variant", "house", "--with", "ALT-WINDOWS"]) == 2
    assert "no @alternative ALT-WINDOWS" in capsys.readouterr().err


def test_an_alternative_stands_before_what_never_runs(spec: Specification) -> None:
    with pytest.raises(SpecificationError, match="@alternative ALT-A does not stand directly before an if"):
        spec.fragment("a/b", "free c: channel.\nprocess (*@alternative ALT-A t *) out(c, c)")
    with pytest.raises(SpecificationError, match="may hold in the base model"):
        spec.fragment("a/b", "free c: channel.\nprocess (*@alternative ALT-A t *) if c = c then out(c, c)")


def test_an_unknown_alternative(house: Model) -> None:
    with pytest.raises(SpecificationError, match="no @alternative ALT-WINDOWS"):
        house.use("ALT-WINDOWS")
    with pytest.raises(VariantError, match="no @alternative is named"):
        house.use()


def test_what_an_alternative_changes_by_itself(monkeypatch: pytest.MonkeyPatch, house: Model) -> None:
    toggles = {"ALT": Toggle("alternative", "t", ""), "CHK": Toggle("check", "t", "")}
    queries = {
        "P": QueryFaults("true", (("ALT",),), ()),
        "Q": QueryFaults("true", (("ALT", "CHK"),), ()),
        "R": QueryFaults("true", (), (("ALT",),)),
    }
    monkeypatch.setattr(fault_records, "load", lambda root: {"m": ModelFaults(None, toggles, queries)})
    (row,) = fault_records.alternatives(house.root)["m"].values()
    assert row.verdicts == {"P": "false", "Q": "true", "R": "cannot be proved"}
    assert row.changed == ("P", "R")
