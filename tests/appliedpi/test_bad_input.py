"""Bad input at the command line: one clear message with its place, the right exit status, nothing written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "src"

GOOD = "free c: channel.\nfree s: bitstring [private].\nquery attacker(s).\nprocess out(c, c)\n"

# Pairs on private channels that grow in many ways. The real ProVerif does not terminate on it either.
DIVERGING = """\
free c: channel.
free p, q: channel [private].
free s, a, b: bitstring [private].
fun h(bitstring): bitstring.
fun g(bitstring): bitstring.
query attacker(s).
process
  out(p, (a, b))
| !( in(p, (x: bitstring, y: bitstring)); out(q, (h(x), g(y))) )
| !( in(q, (x: bitstring, y: bitstring)); out(p, (g(x), h(y))) | out(p, (h(y), x)) )
| ( in(p, (x: bitstring, y: bitstring)); if x = y then out(c, s) )
"""

# A message that grows in one way only, so that its depth is what ends it. ProVerif goes on for ever.
DEEPENING = """\
free c: channel.
free p, q: channel [private].
free s: bitstring [private].
fun h(bitstring): bitstring.
query attacker(s).
process
  out(p, s)
| !( in(p, x: bitstring); out(q, h(x)) )
| !( in(q, x: bitstring); out(p, h(x)) )
| ( in(p, =h(s)); out(c, s) )
"""


@dataclass(frozen=True)
class Command:
    """What a run of the command left behind."""

    status: int
    out: str
    err: str
    seconds: float


def appliedpi(folder: Path, *arguments: str) -> Command:
    """Run the command in `folder`, asking for a report and certificates, and check that it wrote neither."""
    environment = os.environ | {"PYTHONPATH": str(SOURCES)}
    command = [sys.executable, "-m", "appliedpi", "--json", "report.json", "--certificate", "certificates"]
    before = sorted(folder.iterdir())
    started = time.monotonic()
    done = subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    seconds = time.monotonic() - started
    assert done.returncode != 0, done.stdout
    assert sorted(folder.iterdir()) == before, "something was written"
    return Command(done.returncode, done.stdout, done.stderr, seconds)


def assert_one_message(command: Command, place: str, contains: str) -> None:
    """Exit status 2, nothing on stdout, and on stderr one error at `place` (a regular expression)."""
    assert command.status == 2, command
    assert command.out == ""
    assert re.match(rf"{place}: error: ", command.err), command.err
    assert contains in command.err
    assert command.err.count("error: ") == 1
    assert "Traceback" not in command.err
    assert len(command.err) < 2000 and command.err.count("\n") <= 5


TEXTS: list[tuple[str, str, str, str]] = [
    ("broken syntax", GOOD.replace("free s", "free free"), r"m\.pv:2:6", "free"),
    ("missing point", GOOD.replace("channel.", "channel"), r"m\.pv:(1:\d+|2:1)", "."),
    ("unclosed bracket", GOOD.replace("out(c, c)", "out(c, c"), r"m\.pv:(4:\d+|5:1)", ""),
    ("unclosed comment", "free c: channel.\n  (* no end\nprocess 0\n", r"m\.pv:2:3", "comment"),
    ("illegal character", GOOD.replace("out(c, c)", "out(c, \N{SNOWMAN})"), r"m\.pv:4:16", "\N{SNOWMAN}"),
    ("undefined name", GOOD.replace("out(c, c)", "out(c, nobody)"), r"m\.pv:4:16", "nobody"),
    ("undefined name in a query", GOOD.replace("attacker(s)", "attacker(t)"), r"m\.pv:3:16", "t"),
    ("undefined type", GOOD.replace("bitstring [", "secret_key ["), r"m\.pv:2:\d+", "secret_key"),
    ("undefined process", GOOD.replace("out(c, c)", "Nobody(c)"), r"m\.pv:4:9", "Nobody"),
    ("wrong type", GOOD.replace("out(c, c)", "out(s, c)"), r"m\.pv:4:13", "bitstring"),
    ("wrong number of arguments", "fun f(bitstring): bitstring.\n" + GOOD.replace("c)\n", "f())\n"),
     r"m\.pv:5:1[67]", "f"),
    ("no process", GOOD.replace("process out(c, c)\n", ""), r"m\.pv:\d+:\d+", "process"),
    ("empty file", "", r"m\.pv:1:1", ""),
    ("only blanks", "\n\n  \n", r"m\.pv:\d+:\d+", ""),
    ("a NUL", "free c: channel.\0process 0\n", r"m\.pv:1:17", ""),
    ("long line", "free c: channel. (*" + "x" * 10_000_000 + "*)process 0\n", r"m\.pv:1:\d+", ""),
    ("long line of a name", GOOD.replace("out(c, c)", "out(c, " + "n" * 9_000_000 + ")"), r"m\.pv:4:\d+", ""),
    ("100 000 parentheses in a term", GOOD.replace("out(c, c)", f"out(c, {'(' * 100_000}c{')' * 100_000})"),
     r"m\.pv:4:\d+", ""),
    ("100 000 parentheses on lines", GOOD.replace("out(c, c)", "(\n" * 100_000 + "0" + ")\n" * 100_000),
     r"m\.pv:\d+:\d+", "nested"),
    ("100 000 parentheses open", GOOD.replace("out(c, c)", "(\n" * 100_000), r"m\.pv:\d+:\d+", "nested"),
    ("100 000 nested comments", "(*\n" * 100_000 + "process 0\n", r"m\.pv:\d+:\d+", "comment"),
    ("100 000 function symbols", "fun f(bitstring): bitstring.\nfree a: bitstring.\n"
     + GOOD.replace("out(c, c)", f"out(c,\n{'f(' * 30_000}a{')' * 30_000})"), r"m\.pv:\d+:\d+", "nested"),
    ("20 000 statements", GOOD.replace("out(c, c)", "out(c, c);\n" * 20_000 + "0"), r"m\.pv:\d+:\d+", ""),
    ("20 000 else branches", GOOD.replace("out(c, c)", "if c = c then 0 else\n" * 20_000 + "0"),
     r"m\.pv:\d+:\d+", ""),
    ("100 000 replications", GOOD.replace("out(c, c)", "!\n" * 100_000 + "0"), r"m\.pv:\d+:\d+", ""),
    ("20 000 conjunctions", GOOD.replace("attacker(s)", "\n&& ".join(["attacker(s)"] * 20_000)),
     r"m\.pv:\d+:\d+", ""),
    ("a choice", GOOD.replace("out(c, c)", "out(c, choice[c, c])"), r"m\.pv:4:16", "--backend proverif"),
    ("a cyclic macro", "let P = Q.\nlet Q = P.\nfree c: channel.\nprocess P\n", r"m\.pv:1:9", "Q"),
    ("an option that is not there", "set ignoreTypes = perhaps.\n" + GOOD, r"m\.pv:1:\d+", "perhaps"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place", "contains"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS]
)
def test_text(text: str, place: str, contains: str, tmp_path: Path) -> None:
    (tmp_path / "m.pv").write_text(text, encoding="utf-8")
    command = appliedpi(tmp_path, "m.pv")
    assert_one_message(command, place, contains)
    assert command.seconds < 60  # it takes a few; the machine may be busy


def test_the_message_shows_the_line_and_a_caret(tmp_path: Path) -> None:
    (tmp_path / "m.pv").write_text(GOOD.replace("out(c, c)", "out(c, nobody)"))
    lines = appliedpi(tmp_path, "m.pv").err.splitlines()
    assert lines[1] == "  process out(c, nobody)"
    assert lines[2] == "  " + " " * 15 + "^"


def test_a_file_name_with_blanks_and_colons(tmp_path: Path) -> None:
    name = "my model: first try.pv"
    (tmp_path / name).write_text("process nobody\n")
    assert appliedpi(tmp_path, name).err.startswith(f"{name}:1:9: error: ")


def make_nothing(path: Path) -> None:
    """The file is not there."""


def make_directory(path: Path) -> None:
    path.mkdir()


def make_unreadable(path: Path) -> None:
    path.write_text(GOOD)
    path.chmod(0)


def make_latin(path: Path) -> None:
    path.write_bytes(GOOD.replace("process", "(* caf\xe9 *)\nprocess").encode("latin-1"))


def make_binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 100)


def make_utf16(path: Path) -> None:
    path.write_bytes(GOOD.encode("utf-16"))


def make_huge(path: Path) -> None:
    """A hole of 1 TB: reading it would not end."""
    with path.open("wb") as stream:
        stream.truncate(2**40)


def make_dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def make_loop(path: Path) -> None:
    path.symlink_to(path.name)


FILES: list[tuple[str, Callable[[Path], None], str]] = [
    ("missing", make_nothing, "No such file"),
    ("directory", make_directory, "directory"),
    ("unreadable", make_unreadable, "ermission"),
    ("not UTF-8", make_latin, "UTF-8"),
    ("binary", make_binary, ""),
    ("UTF-16", make_utf16, "UTF-8"),
    ("huge", make_huge, ""),
    ("dangling link", make_dangling, "No such file"),
    ("link to itself", make_loop, ""),
]


@pytest.mark.parametrize("role", ["model", "library"])
@pytest.mark.parametrize(("make", "contains"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_file(make: Callable[[Path], None], contains: str, role: str, tmp_path: Path) -> None:
    if make is make_unreadable and os.geteuid() == 0:
        pytest.skip("root reads every file")
    (tmp_path / "good.pv").write_text(GOOD)
    name = "bad.pv" if role == "model" else "bad.pvl"
    make(tmp_path / name)
    arguments = [name] if role == "model" else ["-lib", name, "good.pv"]
    command = appliedpi(tmp_path, *arguments)
    assert_one_message(command, rf"{re.escape(name)}(:\d+:\d+)?", contains)
    assert command.seconds < 20


def test_the_place_of_what_is_not_utf8(tmp_path: Path) -> None:
    make_latin(tmp_path / "m.pv")
    assert appliedpi(tmp_path, "m.pv").err.startswith("m.pv:4:7: error: ")


def test_an_error_in_a_library_is_placed_there(tmp_path: Path) -> None:
    (tmp_path / "m.pv").write_text(GOOD)
    (tmp_path / "l.pvl").write_text("type key.\nfun f(kye): key.\n")
    assert_one_message(appliedpi(tmp_path, "-lib", "l.pvl", "m.pv"), r"l\.pvl:2:\d+", "kye")


def test_proverif_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "m.pv").write_text(GOOD)
    environment = os.environ | {"PYTHONPATH": str(SOURCES), "PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "appliedpi", "--backend", "proverif", "m.pv"], cwd=tmp_path, env=environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("error: there is no 'proverif'")
    assert "opam install proverif" in done.stderr


def test_a_model_that_does_not_terminate_reaches_the_time_limit(tmp_path: Path) -> None:
    (tmp_path / "m.pv").write_text(DIVERGING)
    command = appliedpi(tmp_path, "--timeout", "2", "m.pv")
    assert (command.status, command.out) == (3, "")
    assert command.err.startswith("m.pv: ") and command.err.count("\n") == 1
    assert "time limit of 2 s reached; nothing was concluded" in command.err
    assert command.seconds < 4


def test_a_model_that_does_not_terminate_reaches_the_memory_limit(tmp_path: Path) -> None:
    (tmp_path / "m.pv").write_text(DIVERGING)
    command = appliedpi(tmp_path, "--timeout", "60", "--memory", "8", "m.pv")
    assert (command.status, command.out) == (3, "")
    assert command.err.startswith("m.pv: memory limit of 8 MiB reached") and command.err.count("\n") == 1


def test_a_term_that_grows_without_end_is_a_limit(tmp_path: Path) -> None:
    (tmp_path / "m.pv").write_text(DEEPENING)
    command = appliedpi(tmp_path, "--timeout", "60", "m.pv")
    assert (command.status, command.out) == (3, "")
    assert command.err.startswith("m.pv: a term grew deeper than ") and command.err.count("\n") == 1


def test_a_pipe_that_nobody_writes_to_reaches_the_time_limit(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "m.pv")
    command = appliedpi(tmp_path, "--timeout", "1", "m.pv")
    assert (command.status, command.out) == (3, "")
    assert command.err.startswith("m.pv: time limit of 1 s reached") and command.seconds < 4


def test_an_interrupt_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "m.pv").write_text(DIVERGING)
    environment = os.environ | {"PYTHONPATH": str(SOURCES)}
    # --timeout only so that a failing test ends.
    command = [sys.executable, "-m", "appliedpi", "--timeout", "20", "m.pv"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(1.5)
        process.send_signal(2)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "m.pv: interrupted\n")
