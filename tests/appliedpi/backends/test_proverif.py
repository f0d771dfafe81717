"""The backend that runs the real ProVerif, against stand-ins that end in every way a program can."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from appliedpi.backends import proverif
from appliedpi.core import Disjunction, Query, Tag
from appliedpi.errors import InputError, LimitExceeded, Place
from appliedpi.limits import Limits
from appliedpi.report import Report, Verdict

RULE = "-" * 62
MODEL = ("folder/m.pv", "free c: channel.\nprocess out(c, s)\n")


def program(folder: Path, body: str) -> Path:
    """An executable stand-in for ProVerif; its last argument, the model, is `$model`."""
    path = folder / "proverif"
    path.write_text(f'#!/bin/sh\nfor model in "$@"; do :; done\n{body}\n')
    path.chmod(0o755)
    return path


def answer(*lines: str) -> str:
    """A stand-in that prints these lines of a summary."""
    text = "\n".join(["RESULT a lemma is true.", "", RULE, "Verification summary:", "", *lines, "", RULE, ""])
    return f"cat <<'END'\n{text}\nEND"


def run(folder: Path, body: str, limits: Limits | None = None, queries: tuple[Query, ...] = ()) -> Report:
    return proverif.run(MODEL, (), queries, limits or Limits(10.0), program(folder, body))


def test_verdicts_come_from_the_summary_in_order(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        answer(
            "Query not attacker(s[]) is false.", "",
            "Query event(B(x)) ==> event(A(x)) is true.", "",
            "Query inj-event(B(x)) ==> inj-event(A(x)) cannot be proved.", "",
            "Weak secret w is false.",
        ),
    )  # fmt: skip
    assert [result.verdict for result in report.results] == [
        Verdict.FALSE, Verdict.TRUE, Verdict.CANNOT_BE_PROVED, Verdict.FALSE,
    ]  # fmt: skip
    assert report.results[1].query.text == "event(B(x)) ==> event(A(x))"
    assert str(report.results[3]) == "RESULT Weak secret w is false."
    assert report.backend == "proverif"


def test_lemmas_are_not_counted_as_queries(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        answer(
            "Query(ies):", " - Query not attacker(s[]) is true.", " - Query not attacker(t[]) is false.",
            "Associated axiom(s):", " - Axiom event(C(x_1)) ==> event(A(x_1)) in process 0.",
            "Associated lemma(s):", " - Lemma event(B(x_1)) ==> event(A(x_1)) is true in process 0.",
        ),
    )  # fmt: skip
    assert [result.verdict for result in report.results] == [Verdict.TRUE, Verdict.FALSE]
    lemmas = [(lemma.query.text, lemma.verdict) for lemma in report.lemmas]
    assert lemmas == [("event(B(x_1)) ==> event(A(x_1))", Verdict.TRUE)]
    assumed = [(assumption.kind, assumption.query.text) for assumption in report.assumptions]
    assert assumed == [("axiom", "event(C(x_1)) ==> event(A(x_1))")]


def test_what_was_declared_together_is_taken_apart(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        answer(
            "Query(ies):", " - Query not attacker(s[]) is true.",
            "Associated axiom(s):", " - Axiom ", "   event(A) ==> event(B)", "   event(C) ==> event(D)",
            " in process 1.", "Associated lemma(s):", " - Lemma ", "   event(E)", "   event(F)",
            " is true in process 0.",
        ),
    )  # fmt: skip
    assert [one.query.text for one in report.assumptions] == [
        "event(A) ==> event(B)",
        "event(C) ==> event(D)",
    ]
    assert [(one.query.text, one.verdict) for one in report.lemmas] == [
        ("event(E)", Verdict.TRUE), ("event(F)", Verdict.TRUE),
    ]  # fmt: skip
    assert len(report.results) == 1


def test_no_query_is_an_empty_report(tmp_path: Path) -> None:
    assert run(tmp_path, answer("No query in the input file.")).results == ()


def test_names_come_from_our_own_front_end(tmp_path: Path) -> None:
    place = Place("folder/m.pv", 7, 1)
    own = Query("ours", (), Disjunction(()), (), place, tags=(Tag("query", "SEC [X] It is.", place),))
    result = run(tmp_path, answer("Query not attacker(s[]) is true."), queries=(own,)).results[0]
    assert (result.name, result.query.text, result.query.place) == ("SEC", "not attacker(s[])", place)
    # Where the number differs, no name is better than a wrong one.
    assert (
        run(tmp_path, answer("Query a is true.", "Query b is true."), queries=(own,)).results[0].name is None
    )


def test_warnings_are_kept(tmp_path: Path) -> None:
    body = 'echo "File \\"$model\\", line 2, character 9:"; echo "Warning: identifier x rebound."\n'
    report = run(tmp_path, body + "echo 'Warning: of nowhere.'\n" + answer("Query a is true."))
    assert report.warnings == ("folder/m.pv:2:9: warning: identifier x rebound", "warning: of nowhere")


def test_the_model_and_its_libraries_are_what_it_gets(tmp_path: Path) -> None:
    library = ("lib.pvl", "type key.\n")
    record = f'echo "$@" > {tmp_path}/arguments; cat "$4" "$model" > {tmp_path}/input\n'
    stand_in = program(tmp_path, record + answer("Query a is true."))
    proverif.run(MODEL, [library], (), Limits(10.0), stand_in)
    assert (tmp_path / "input").read_text() == library[1] + MODEL[1]
    assert (tmp_path / "arguments").read_text().startswith("-in pitype -lib ")


def test_an_error_of_proverif_has_its_place_in_our_file(tmp_path: Path) -> None:
    body = 'echo "File \\"$model\\", line 2, characters 16-17:"; echo "Error: s not declared."; exit 2'
    with pytest.raises(InputError) as caught:
        run(tmp_path, body)
    assert str(caught.value) == (
        "folder/m.pv:2:16: error: ProVerif says: s not declared.\n  process out(c, s)\n                 ^"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("exit 0", "ended with status 0 and no verification summary; it last said: nothing"),
        ("echo 'RESULT not attacker(s[]) is true.'", "no verification summary"),
        ("kill -SEGV $$", "ended with status -11"),
        (answer("Query a is true.") + "\nexit 1", "ended with status 1"),
        (answer("Query a is true.", "Query b is perhaps."), "no verification summary"),
        (f"printf '{RULE}\\nVerification summary:\\n\\nQuery a is true.\\n'", "no verification summary"),
        ("echo 'Error: File error: no.pv: No such file or directory.'; exit 2", "ProVerif says: File error"),
    ],
)
def test_what_is_not_a_complete_answer_is_an_error(body: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        run(tmp_path, body)
    assert message in str(caught.value)
    assert str(caught.value).startswith("folder/m.pv:1:1: error: ")


def test_out_of_memory_is_a_limit(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded, match="out of memory"):
        run(tmp_path, "echo 'Fatal error: exception Out_of_memory' >&2; exit 2")


def test_the_time_limit_ends_the_program(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(LimitExceeded, match=r"time limit of 0\.3 s"):
        run(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60", Limits(0.3))
    assert time.monotonic() - started < 5.0
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_no_binary_gives_advice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="no 'proverif'") as caught:
        proverif.run(MODEL, (), (), Limits())
    assert "opam install proverif" in str(caught.value)
    assert "--backend builtin" in str(caught.value)


def test_version(tmp_path: Path) -> None:
    stand_in = program(tmp_path, "echo 'Proverif 2.05. Cryptographic protocol verifier, by its authors'")
    assert proverif.version(stand_in) == "2.05"


def test_something_else_of_that_name_has_no_version(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not say that it is ProVerif"):
        proverif.version(program(tmp_path, "echo hello"))
