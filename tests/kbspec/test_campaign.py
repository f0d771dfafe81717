"""Which variants a campaign runs, what it finds wrong, and the file that it writes."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest
from tests.kbspec.vault import REPAIRED, vault

from kbspec import campaign, fault_records
from kbspec.__main__ import main
from kbspec.campaign import Variant, Verdicts, contradictions, summary, variants
from kbspec.fault_records import FILE, ModelFaults, QueryFaults, Toggle
from kbspec.files import to_json
from kbspec.jobs import Done, Job
from kbspec.specification import Specification


def faults(toggles: str, bound: int | None, *breaks: tuple[str, ...]) -> ModelFaults:
    known = {id: Toggle("check", "a check", "") for id in toggles}
    return ModelFaults(bound, known, {"SEC": QueryFaults("true", breaks, (("D",),))})


def says(on: tuple[str, ...], verdict: str, backend: str = "builtin") -> Verdicts:
    job = Job(" ".join(on), "text of " + " ".join(on), backend, "2.05", 1.0, 1)
    return Verdicts(Variant("m", on), job, Done({"SEC": verdict}))


def drawn(book: dict[str, ModelFaults], seed: int, sets: int) -> dict[str, list[tuple[str, ...]]]:
    found = variants(book, seed, sets)
    assert len(found) == len({*found})
    assert all(list(one.on) == sorted(one.on) for one in found)
    return {model: [one.on for one in found if one.model == model] for model in book}


def test_of_every_model_all_single_toggles_and_so_many_larger_sets_are_run() -> None:
    book = {"m": faults("ABCDEF", None), "n": faults("ABCDEF", None), "o": faults("A", None)}
    found = drawn(book, 7, 20)
    assert found["m"][:6] == [("A",), ("B",), ("C",), ("D",), ("E",), ("F",)]
    assert [len(found[model]) for model in book] == [6 + 20, 6 + 20, 1]
    assert all(len(on) > 1 for on in found["m"][6:])
    assert found["m"] != found["n"]
    assert found == drawn(book, 7, 20) != drawn(book, 8, 20)


def test_what_is_drawn_of_one_model_does_not_depend_on_the_others() -> None:
    alone, among = {"m": faults("ABCDEF", None)}, {"a": faults("ABC", None), "m": faults("ABCDEF", None)}
    assert drawn(alone, 1, 20)["m"] == drawn(among, 1, 20)["m"]


def test_a_smaller_sample_is_the_beginning_of_a_larger_one() -> None:
    book = {"m": faults("ABCDEF", None)}
    assert drawn(book, 1, 40)["m"][: 6 + 10] == drawn(book, 1, 10)["m"]


@pytest.mark.parametrize("sets", [11, 12, 200])
def test_where_there_are_no_more_sets_all_are_run(sets: int) -> None:
    found = drawn({"m": faults("ABCD", None)}, 1, sets)["m"]
    assert len(found) == 2**4 - 1
    assert found == drawn({"m": faults("ABCD", None)}, 2, sets)["m"]


@pytest.mark.parametrize(
    ("on", "claim"),
    [
        (("A",), "true"),
        (("A", "B"), "false"),
        (("A", "B", "C"), "false"),  # toggles only add behaviour, however many there are
        (("A", "C"), "true"),
        (("A", "C", "E"), None),  # larger than what was looked at
        (("D",), None),  # undecided
    ],
)
def test_what_fault_sets_claim_of_a_variant(on: tuple[str, ...], claim: str | None) -> None:
    assert faults("ABCDE", 2, ("A", "B")).claims("SEC", frozenset(on)) == claim


def test_contradictions_are_named_and_weaker_verdicts_counted() -> None:
    book = {"m": faults("ABCDE", 2, ("A", "B"))}
    said = [
        says(("A",), "true"),
        says(("A",), "false", "proverif"),
        says(("B",), "cannot be proved"),
        says(("A", "B"), "true"),
        says(("D",), "false"),
    ]
    found = contradictions(book, said)
    assert len(found) == 2
    assert found[0] == "m with A: proverif says false of SEC, pv/fault-sets.json says true"
    assert "A and B: builtin says true" in found[1]
    counted = summary(book, said, 7)["models"]["m"]
    assert (counted["confirmed"], counted["weaker"], counted["unclaimed"]) == (1, 1, 1)
    assert (counted["singles"], counted["larger"], counted["toggles"]) == (3, 1, 5)
    assert not counted["every_set"]
    every = [says(tuple(on), "true") for size in (1, 2) for on in combinations("AB", size)]
    assert summary({"m": faults("AB", None)}, every, 7)["models"]["m"]["every_set"]


def test_the_summary_does_not_depend_on_the_order() -> None:
    book = {"m": faults("ABCDE", 2, ("A", "B"))}
    said = [says(("A",), "true"), says(("B",), "true"), says(("A",), "true", "proverif")]
    one, two = summary(book, said, 1), summary(book, said[::-1], 1)
    assert one["models"] == two["models"]
    assert json.dumps(one["models"]) == json.dumps(two["models"])


@pytest.fixture
def book(spec: Specification, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project with the vault and its fault sets; there is no ProVerif."""
    model = vault(spec, leak="0")
    model.verify(expect=REPAIRED)
    found = model.fault_sets().found
    entry = {"models": {"vault": fault_records._to_json(found)}}
    (model.root / FILE.path).write_text(to_json(entry), encoding="utf-8")
    monkeypatch.chdir(model.root)
    monkeypatch.setattr("shutil.which", lambda name: None)
    return model.root


def test_a_campaign_writes_what_it_found(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["campaign", "--sets", "5", "--jobs", "2"]) == 0
    assert "10 runs of 10 variants (builtin) contradict no fault set" in capsys.readouterr().out
    written = json.loads((book / campaign.SUMMARY).read_text())
    assert written["contradictions"] == 0 and written["models"]["vault"]["larger"] == 5
    before = (book / campaign.SUMMARY).read_bytes()
    assert main(["campaign", "--sets", "5", "--jobs", "1"]) == 0
    assert (book / campaign.SUMMARY).read_bytes() == before


def test_a_campaign_that_finds_a_contradiction_fails(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book / FILE.path
    path.write_text(
        path.read_text().replace('["CHK-PIN"]', '["ASM-QUIET"]').replace('"CHK-PIN"\n', '"ASM-QUIET"\n')
    )
    assert main(["campaign", "--sets", "0", "--jobs", "1"]) == 1
    assert "vault with CHK-PIN: builtin says false of SEC-GOLD" in capsys.readouterr().err
    assert not (book / campaign.SUMMARY).exists()


def test_an_interrupted_campaign_says_how_to_go_on(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(campaign, "run_campaign", interrupt)
    assert main(["campaign", "--jobs", "1"]) == 130
    assert "run the same command" in capsys.readouterr().err
    assert not (book / campaign.SUMMARY).exists()


def test_a_campaign_of_an_unknown_model_says_which_are_known(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["campaign", "vaults"]) == 2
    assert "vault" in capsys.readouterr().err
