from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import kbspec.evidence
import kbspec.models
from kbspec.assembly import assemble
from kbspec.checking import read_checked
from kbspec.errors import ClaimFailed, FragmentError, SpecificationError
from kbspec.specification import FragmentCaption, Specification
from kbspec.verdicts import load, merge

if TYPE_CHECKING:
    from kbspec.models import Model

CLAIMS = {"SEC-ROOM": "false", "SAN-OPEN": "reachable"}


def knock(spec: Specification) -> Model:
    return spec.model("knock", "knock/system", title="Knocking")


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Verdicts by query ID, which a verifier without logic gives; its runs are counted under "runs"."""
    from appliedpi.report import Report, Result, Verdict
    from appliedpi.traces.trace import Trace, TraceStep

    answers: dict[str, Any] = {"SEC-ROOM": "true", "SAN-OPEN": "false", "runs": 0}

    def verify(text: str, **options: object) -> Report:
        import appliedpi

        answers["runs"] += 1
        results = []
        for query in appliedpi.load(text).queries:
            verdict = Verdict(answers[query.name])
            step = TraceStep(1, "new", 1, 1, 1, 1, (), None, ("nonce",), None, "A makes nonce.")
            trace = Trace((step,), "It happens.") if verdict is Verdict.FALSE else None
            certificate = "clauses" if verdict is Verdict.TRUE else None
            results.append(Result(query, verdict, 0.1, trace, None, certificate))
        return Report(tuple(results), (), 0.1, "builtin")

    monkeypatch.setattr(kbspec.models, "verify", verify)
    monkeypatch.setattr(kbspec.evidence, "certificate_check", lambda model: lambda *certificate: ())
    return answers


def test_the_text_is_a_whole_model_with_its_fragments_named(spec: Specification) -> None:
    model = knock(spec)
    assert (model.root / "pv" / "models" / "knock.pv").read_text(encoding="utf-8") == model.text
    assert re.findall(r"^\(\* .*$", model.text, re.MULTILINE) == [
        "(* Model knock: Knocking",
        "(* fragment knock/base, chapter 01-knock *)",
        "(* fragment knock/door, chapter 01-knock *)",
        "(* fragment knock/system, chapter 01-knock *)",
    ]
    assert repr(model) == "model knock (Knocking): 3 fragments, 1 check, 2 queries → pv/models/knock.pv"
    assert 'id="model-knock"' in model._repr_html_()


def test_each_line_leads_back_to_its_fragment(spec: Specification) -> None:
    model = knock(spec)
    lines = model.text.split("\n")
    for number, line in enumerate(lines, 1):
        section = model.assembly.locate(number)
        if section is not None:
            assert section.fragment.text.split("\n")[section.line_in_fragment(number) - 1] == line
        else:
            assert line == "" or line.startswith(("(* ", "   Assembled"))


def test_the_process_comes_last_whatever_the_order(spec: Specification) -> None:
    spec.fragment(
        "knock/more",
        "(*@query SAN-MORE [NOTE Room] It opens. *)\nquery n: bitstring; event(Opened(n)).\n",
        ("knock/system",),
    )
    model = spec.model("more", "knock/more", title="More")
    assert model.text.index("fragment knock/more") < model.text.index("\nprocess")
    assert "(* fragment knock/system, chapter 01-knock, continued *)\nprocess\n" in model.text
    last = model.assembly.sections[-1]
    assert last.fragment.text.split("\n")[last.fragment_line - 1] == "process"
    assert [query.name for query in model.types.queries] == ["SEC-ROOM", "SAN-OPEN", "SAN-MORE"]


def test_a_fragment_that_is_only_a_process_moves_whole(spec: Specification) -> None:
    spec.fragment("knock/run", "process 0\n", ("knock/base",))
    parts = [read_checked(spec.registry.get(name), spec.bibliography) for name in ("knock/run", "knock/base")]
    text = assemble("m", "M", parts).text
    assert text.count("fragment knock/run") == 1 and text.endswith(
        "(* fragment knock/run, chapter 01-knock *)\nprocess 0\n"
    )


def test_tables_of_tags(spec: Specification) -> None:
    model = knock(spec)
    assert "CHK-NONCE  The answer holds this door's nonce." in repr(model.checks())
    assert '<a href="#fragment-knock-door"><code>knock/door</code></a>' in model.checks()._repr_html_()
    assert "https://example.org/knocker/blob/0123abc/src/door.rs" in model.checks()._repr_html_()
    assert "SEC-ROOM" in repr(model.queries()) and "ASM-KEY-SAFE" in repr(model.assumed())
    steps = repr(model.steps()).splitlines()
    assert re.split(r"\s{2,}", steps[3]) == ["KNOCK-1", "Door → Guest", "Challenge", "nonce", "NOTE Knock"]
    assert len(steps) == 5


def test_the_caption_of_a_fragment(spec: Specification) -> None:
    caption = FragmentCaption(spec.checked["knock/door"], spec.bibliography)
    assert repr(caption) == "fragment knock/door: 1 check (CHK-NONCE); steps KNOCK-1, KNOCK-2"
    page = caption._repr_html_()
    assert page.startswith('<p class="kbspec-fragment" id="fragment-knock-door">')
    assert '<a class="kbspec-check" href="https://example.org/note"' in page
    assert 'href="../pv/fragments/01-knock/knock-door.pv"' in page


def test_claims_that_hold_are_recorded(spec: Specification, answered: dict[str, str]) -> None:
    model = knock(spec)
    table = model.verify(expect={"SEC-ROOM": "true", "SAN-OPEN": "reachable"})
    assert [one.evidence for one in table.outcomes] == ["certificate", "replayed trace"]
    assert not (model.root / "figures").exists(), "only what the chapter shows is drawn"
    trace = model.root / "pv" / "traces" / "knock" / "SAN-OPEN.json"
    assert json.loads(trace.read_text(encoding="utf-8"))["goal"] == "It happens.", "every trace is kept"
    (model.root / "notebooks" / "01-knock.ipynb").touch()
    merge(model.root)
    record = load(model.root)["knock"]
    assert (record.chapter, record.title, record.proverif) == ("01-knock", "Knocking", None)
    assert {id: (one.claim, one.verdict) for id, one in record.queries.items()} == {
        "SEC-ROOM": ("true", "true"), "SAN-OPEN": ("reachable", "false"),
    }  # fmt: skip
    assert answered["runs"] == 1
    figure = model.sequence("SAN-OPEN")
    assert answered["runs"] == 1
    assert repr(figure).startswith("Honest run: The door can open.")
    assert [path.name for path in (model.root / "figures").iterdir()] == ["knock-SAN-OPEN.svg"]
    assert [path.name for path in trace.parent.iterdir()] == ["SAN-OPEN.json"]
    linked = model.verify()
    assert linked["SAN-OPEN"].figure == "figures/knock-SAN-OPEN.svg"
    assert '<a href="../figures/knock-SAN-OPEN.svg">replayed trace</a>' in linked._repr_html_()


@pytest.mark.parametrize(
    ("verdict", "expect", "message"),
    [
        ("false", {"SEC-ROOM": "true", "SAN-OPEN": "false"},
         "SEC-ROOM: false, but claimed true (What is behind the door is never known to the attacker.)"),
        ("cannot be proved", {"SEC-ROOM": "true", "SAN-OPEN": "false"},
         "SEC-ROOM: cannot be proved, but claimed true"),
        ("true", {"SEC-ROOM": "true", "SAN-OPEN": "unreachable"},
         "SAN-OPEN: reachable, but claimed unreachable"),
        ("true", {"SEC-ROOM": "true"}, "SAN-OPEN: nothing is claimed for this query"),
        ("true", {**CLAIMS, "SEC-ROM": "true"},
         "SEC-ROM: a claim on a query that the model has not; did you mean SEC-ROOM?"),
    ],
)  # fmt: skip
def test_claims_that_do_not_hold_fail(
    spec: Specification, answered: dict[str, str], verdict: str, expect: dict[str, str], message: str
) -> None:
    answered["SEC-ROOM"] = verdict
    model = knock(spec)
    with pytest.raises(ClaimFailed) as caught:
        model.verify(expect=expect)
    assert message in str(caught.value)
    assert not list((model.root / "build" / "verdicts").rglob("knock.json"))


def test_the_built_in_verifier_finds_what_a_check_and_an_assumption_buy(spec: Specification) -> None:
    base = knock(spec)
    proved = base.verify(expect={"SEC-ROOM": "true", "SAN-OPEN": "unreachable"})
    assert [one.evidence for one in proved.outcomes] == ["certificate", "certificate"]
    for variant in (base.without("CHK-NONCE"), base.assume("ASM-KEY-SAFE")):
        table = variant.verify(expect=CLAIMS)
        assert [one.evidence for one in table.outcomes] == ["replayed trace", "replayed trace"]
        figure = variant.sequence("SEC-ROOM")
        assert "[KNOCK-1]" in repr(figure) and figure.svg.startswith("<svg ")
        assert repr(figure).startswith("Attack on SEC-ROOM: What is behind the door")
        assert f'id="figure-{variant.name}-SEC-ROOM"' in figure._repr_html_()
        assert (spec.registry.root / figure.path).read_text(encoding="utf-8") == figure.svg


def test_without_claims_nothing_is_recorded(spec: Specification, answered: dict[str, str]) -> None:
    model = knock(spec)
    assert model.verify()["SEC-ROOM"].verdict == "true"
    assert not list((model.root / "build" / "verdicts").rglob("knock.json"))


def test_a_proved_query_has_no_sequence(spec: Specification, answered: dict[str, str]) -> None:
    model = knock(spec)
    with pytest.raises(
        SpecificationError, match="SEC-ROOM of knock: the verdict is true, so it has no trace"
    ):
        model.sequence("SEC-ROOM")
    with pytest.raises(SpecificationError) as caught:
        model.sequence("SEC-ROM")
    assert "did you mean SEC-ROOM?" in str(caught.value)


def test_a_limit_is_one_message(spec: Specification, monkeypatch: pytest.MonkeyPatch) -> None:
    from appliedpi.errors import LimitExceeded

    def verify(text: str, **options: object) -> None:
        raise LimitExceeded("time limit of 1 s reached; nothing was concluded")

    monkeypatch.setattr(kbspec.models, "verify", verify)
    with pytest.raises(SpecificationError) as caught:
        knock(spec).verify(expect=CLAIMS, timeout=1)
    assert str(caught.value).startswith("model knock: time limit of 1 s reached")
    assert "verify(timeout=...)" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("query attacker(net).\nprocess 0\n", "a query without a name", "cell [knock/x], line 2, column 7"),
        ("(*@query SEC-A t *)\nquery attacker(net).\n(*@query SEC-A t *)\nquery attacker(net).\nprocess 0\n",
         "two queries have the ID SEC-A", "cell [knock/x], line 5, column 7"),
        ("(*@query SEC-A t *)\nfree a: bitstring.\nprocess 0\n", "@query SEC-A stands before no query",
         "cell [knock/x], line 2, column 1"),
        ("free a: bitstring.\n", "model x: no fragment has the process", ""),
    ],
)  # fmt: skip
def test_models_that_are_refused(spec: Specification, text: str, message: str, place: str) -> None:
    spec.fragment("knock/x", text, ("knock/base",))
    with pytest.raises(FragmentError) as caught:
        spec.model("x", "knock/x", title="X")
    assert message in caught.value.message and place in caught.value.where
    assert not (spec.registry.root / "pv" / "models" / "x.pv").exists()


def test_two_processes_are_refused(spec: Specification) -> None:
    with pytest.raises(FragmentError, match="more than one fragment has a process: knock/system and knock/x"):
        spec.fragment("knock/x", "process 0\n", ("knock/system",))
    spec.fragment("knock/x", "process 0\n", ("knock/base",))
    with pytest.raises(FragmentError, match="model two: more than one process: knock/system and knock/x"):
        spec.model("two", "knock/system", "knock/x", title="Two")


@pytest.mark.parametrize("name", ["Two", "../two", "a b", ""])
def test_the_name_of_a_model_is_the_name_of_a_file(spec: Specification, name: str) -> None:
    with pytest.raises(SpecificationError, match="is not the name of a model"):
        spec.model(name, "knock/system", title="Two")


def test_a_title_cannot_end_its_comment(spec: Specification) -> None:
    with pytest.raises(SpecificationError, match="the title cannot stand in a comment"):
        spec.model("two", "knock/system", title="A *) B")


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("let P(n: bitstring) =\n  out(nt, n).\n", "line 3, column 7", "nt"),
        ("(*@check CHK-A [NOPE x] t *)\nlet P() = 0.\n", "line 2, column 1", "no entry NOPE"),
        ("let P() =\n  (*@check CHK-A [NOTE x] t *)\n  out(net, net).\n", "line 3, column 3",
         "does not stand directly before an if or a let"),
        ("\n\n   (*@chek CHK-A t *)\nlet P() = 0.\n", "line 4, column 4", "unknown tag @chek"),
    ],
)  # fmt: skip
def test_errors_point_into_the_cell(spec: Specification, text: str, where: str, message: str) -> None:
    with pytest.raises(FragmentError) as caught:
        spec.fragment("knock/y", text, ("knock/base",))
    assert caught.value.where == f"notebook 01-knock, cell [knock/y], {where}"
    assert message in caught.value.message
    line, column = (int(number) for number in re.findall(r"\d+", where))
    assert caught.value.excerpt == ("  " + text.split("\n")[line - 2], "  " + " " * (column - 1) + "^")
    assert not (spec.registry.root / "pv/fragments/01-knock/knock-y.pv").exists()


def test_an_error_in_an_earlier_chapter_points_into_its_file(project: Path, spec: Specification) -> None:
    path = project / "pv/fragments/01-knock/knock-base.pv"
    path.write_text(path.read_text(encoding="utf-8").replace("type key.", "type key"), encoding="utf-8")
    later = Specification()
    later.chapter("02-later", project)
    with pytest.raises(FragmentError) as caught:
        later.fragment("later/x", "free a: bitstring.\n", ("knock/base",))
    assert caught.value.where.startswith(
        "pv/fragments/01-knock/knock-base.pv (fragment knock/base), line 7, "
    )


def test_a_later_chapter_uses_the_fragments_of_an_earlier_one(project: Path, spec: Specification) -> None:
    later = Specification()
    later.chapter("02-later", project)
    later.fragment("later/x", "let Again(k: key) = Door(k, room).\n", ("knock/system",))
    model = later.model("again", "later/x", title="Again")
    assert "(* fragment knock/door, chapter 01-knock *)" in model.text and model.chapter == "02-later"
