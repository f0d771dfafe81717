"""The command line: what it prints, where, with which exit status, and what it writes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from appliedpi import cli, output
from appliedpi.core import Assumption, Disjunction, Query, Tag
from appliedpi.errors import InputError, LimitExceeded, Place
from appliedpi.report import Report, Result, Verdict
from appliedpi.traces.trace import Trace, TraceStep

SOURCES = Path(__file__).resolve().parents[2] / "src"
HERE = Place("m.pv", 1, 1)


def query(text: str, name: str | None = None) -> Query:
    tags = (Tag("query", f"{name} [Doc] Says something.", HERE),) if name else ()
    return Query(text, (), Disjunction(()), (), HERE, tags=tags)


TRACE = Trace(
    (TraceStep(1, "output", 1, 3, 4, 5, (), "c", ("s",), None, "thread 1 sends s on c"),), "s leaks"
)
REPORT = Report(
    (
        Result(query("event(B(x)) ==> event(A(x))", "AUTH"), Verdict.TRUE, 0.25, certificate="the proof\n"),
        Result(query("not attacker(s[])"), Verdict.FALSE, 0.5, trace=TRACE, derivation="1. s is sent."),
        Result(query("not attacker(t[])"), Verdict.CANNOT_BE_PROVED, 0.125),
        Result(query("not attacker(u[])"), Verdict.TRUE, 0.125),
    ),
    ("m.pv:7:3: warning: identifier x rebound.",),
    1.0,
    "builtin",
)


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """The pipeline answers REPORT; the calls it got."""
    calls: list[dict[str, object]] = []

    def verify(model: Path, libs: list[Path], **options: object) -> Report:
        calls.append({"model": model, "libs": libs, **options})
        return REPORT

    monkeypatch.setattr(cli, "verify", verify)
    return calls


def test_prints_result_lines_then_the_summary_of_proverif(
    stubbed: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["m.pv"]) == 0
    printed = capsys.readouterr()
    assert printed.out == (
        "RESULT event(B(x)) ==> event(A(x)) is true.\n"
        "RESULT not attacker(s[]) is false.\n"
        "RESULT not attacker(t[]) cannot be proved.\n"
        "RESULT not attacker(u[]) is true.\n"
        "\n"
        "--------------------------------------------------------------\n"
        "Verification summary:\n"
        "\n"
        "Query event(B(x)) ==> event(A(x)) is true.\n"
        "\n"
        "Query not attacker(s[]) is false.\n"
        "\n"
        "Query not attacker(t[]) cannot be proved.\n"
        "\n"
        "Query not attacker(u[]) is true.\n"
        "\n"
        "--------------------------------------------------------------\n"
        "\n"
    )
    assert printed.err == "m.pv:7:3: warning: identifier x rebound.\n"


def test_no_query_says_so() -> None:
    assert "\n\nNo query in the input file.\n---" in output.summary(Report((), (), 0.0, "builtin"))


def test_an_equivalence_is_not_called_a_query() -> None:
    result = Result(query("Observational equivalence"), Verdict.CANNOT_BE_PROVED, 0.0)
    text = output.summary(Report((result,), (), 0.0, "proverif"))
    assert "\n\nObservational equivalence cannot be proved.\n" in text


def test_lemmas_and_axioms_are_grouped_with_the_queries() -> None:
    report = Report(
        (Result(query("not attacker(s[])"), Verdict.TRUE, 0.0),),
        (),
        0.0,
        "builtin",
        (Result(query("event(A) ==> event(B)"), Verdict.CANNOT_BE_PROVED, 0.0),),
        (Assumption("restriction", query("event(C)")), Assumption("axiom", query("event(D)"))),
    )
    assert output.result_lines(report) == (
        "RESULT event(A) ==> event(B) cannot be proved.\nRESULT not attacker(s[]) is true.\n"
    )
    assert output.summary(report).splitlines()[4:-2] == [
        "Query(ies):",
        " - Query not attacker(s[]) is true.",
        "Associated axiom(s):",
        " - Axiom event(D) in process 0.",
        "Associated restriction(s):",
        " - Restriction event(C) in process 0.",
        "Associated lemma(s):",
        " - Lemma event(A) ==> event(B) cannot be proved in process 0.",
        "",
    ]
    assert output.unproved_lemmas(report) == [
        "m.pv:1:1: warning: this lemma was not proved, so it was not used"
    ]


def test_options_reach_the_pipeline(stubbed: list[dict[str, object]]) -> None:
    arguments = [
        "-lib",
        "a.pvl",
        "--lib",
        "b.pvl",
        "--backend",
        "proverif",
        "--timeout",
        "2.5",
        "--memory",
        "64",
    ]
    assert cli.main([*arguments, "m.pv"]) == 0
    assert stubbed == [
        {
            "model": Path("m.pv"),
            "libs": [Path("a.pvl"), Path("b.pvl")],
            "backend": "proverif",
            "timeout": 2.5,
            "memory": 64 * 2**20,
            "certificates": False,
        }
    ]


def test_defaults(stubbed: list[dict[str, object]]) -> None:
    cli.main(["m.pv"])
    defaults = {"backend": "builtin", "timeout": None, "memory": 8 * 2**30, "certificates": False}
    assert stubbed == [{"model": Path("m.pv"), "libs": [], **defaults}]


def test_traces_are_shown_before_their_result(
    stubbed: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["--traces", "m.pv"])
    text = capsys.readouterr().out
    parts = ["1. s is sent.", "thread 1 sends s on c", "s leaks", "RESULT not attacker(s[]) is false."]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_json_holds_the_report(stubbed: list[dict[str, object]], tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    assert cli.main(["--json", str(target), "m.pv"]) == 0
    document = json.loads(target.read_text(encoding="utf-8"))
    assert [result["verdict"] for result in document["results"]] == [
        "true",
        "false",
        "cannot be proved",
        "true",
    ]
    assert document["results"][0] == {
        "query": "event(B(x)) ==> event(A(x))",
        "name": "AUTH",
        "verdict": "true",
        "certified": True,
        "derivation": None,
        "trace": None,
        "seconds": 0.25,
    }
    assert document["results"][1]["trace"]["steps"][0]["text"] == "thread 1 sends s on c"
    assert document["backend"] == "builtin" and document["warnings"] == [
        "m.pv:7:3: warning: identifier x rebound."
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~mask


def test_certificates_are_written_and_missing_ones_named(
    stubbed: list[dict[str, object]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "deep" / "certificates"
    folder.mkdir(parents=True)
    (folder / "query-004.certificate").write_text("of an earlier run")
    (folder / "notes.txt").write_text("mine")
    assert cli.main(["--certificate", str(folder), "m.pv"]) == 0
    assert stubbed[0]["certificates"] is True
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", "query-001.certificate"]
    assert (folder / "query-001.certificate").read_text() == "the proof\n"
    assert "note: query 4 (not attacker(u[])) is true, but without a certificate\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (
            InputError("no such name", Place("m.pv", 2, 5), "  x y", "declare it"),
            2,
            "m.pv:2:5: error: no such name\n    x y\n      ^\n  advice: declare it\n",
        ),
        (LimitExceeded("time limit of 2 s reached"), 3, "m.pv: time limit of 2 s reached\n"),
        (KeyboardInterrupt(), 130, "m.pv: interrupted\n"),
    ],
)
def test_failures(
    error: BaseException,
    status: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def verify(*arguments: object, **options: object) -> Report:
        raise error

    monkeypatch.setattr(cli, "verify", verify)
    (tmp_path / "kept.json").write_text("old")
    certificates = tmp_path / "certificates"
    arguments = ["--json", str(tmp_path / "kept.json"), "--certificate", str(certificates), "m.pv"]
    assert cli.main(arguments) == status
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", message)
    assert (tmp_path / "kept.json").read_text() == "old"
    assert not certificates.exists()


@pytest.mark.parametrize("option", ["--json", "--certificate"])
def test_a_place_that_cannot_be_written_is_refused_before_the_proof(
    option: str, stubbed: list[dict[str, object]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("a file")
    assert cli.main([option, str(tmp_path / "file" / "below"), "m.pv"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"{tmp_path / 'file' / 'below'}:1:1: error: cannot write ")
    assert error.count("\n") == 1
    assert stubbed == []


def test_json_onto_a_directory_is_refused(
    stubbed: list[dict[str, object]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--json", str(tmp_path), "m.pv"]) == 2
    assert "it is a directory" in capsys.readouterr().err
    assert stubbed == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["m.pv", "n.pv"],
        ["--timeout", "0", "m.pv"],
        ["--timeout", "-1", "m.pv"],
        ["--timeout", "nan", "m.pv"],
        ["--timeout", "soon", "m.pv"],
        ["--memory", "inf", "m.pv"],
        ["--backend", "tamarin", "m.pv"],
        ["--time", "3", "m.pv"],
        ["-lib"],
    ],
)
def test_wrong_use_exits_with_2(
    arguments: list[str], stubbed: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    assert exit_.value.code == 2
    assert "usage: appliedpi" in capsys.readouterr().err
    assert stubbed == []


STUBBED_COMMAND = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from appliedpi import cli
from appliedpi.core import Assumption, Disjunction, Query
from appliedpi.errors import Place
from appliedpi.report import Report, Result, Verdict
query = Query("event(\u00e9)", (), Disjunction(()), (), Place("m.pv", 1, 1))
results = (Result(query, Verdict.TRUE, 0.0),) * 20000
cli.verify = lambda *arguments, **options: Report(results, (), 0.0, "builtin")
sys.exit(cli.main())
"""


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-c", STUBBED_COMMAND, str(SOURCES), "m.pv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0


def test_a_terminal_that_knows_only_ascii_is_no_error() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-c", STUBBED_COMMAND, str(SOURCES), "m.pv"]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"RESULT event(\\xe9) is true.\n")


def test_write_file_keeps_the_old_content_where_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")

    def no_room(source: str, destination: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", no_room)
    with pytest.raises(OSError, match="No space left"):
        output.write_file(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
