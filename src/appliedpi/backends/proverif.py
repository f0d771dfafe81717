"""The real ProVerif as a backend: run the binary, read the verdicts it prints.

Nothing is taken for granted: a run that ends without ProVerif's verification summary, or with a line in it
that is not a verdict, is an error.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from appliedpi.core import Disjunction, Query
from appliedpi.errors import InputError, LimitExceeded, Place
from appliedpi.limits import Limits
from appliedpi.report import Report, Result, Verdict

BINARY: Final = "proverif"
ADVICE: Final = (
    "put ProVerif on PATH (opam install proverif), or use the built-in verifier (--backend builtin)"
)
File = tuple[str, str]  # the name that errors show, the text

_RULE: Final = "-" * 62
_VERDICT: Final = re.compile(r"(?P<query>.*) (?:is (?P<known>true|false)|cannot be proved)\.")
_PLACE: Final = re.compile(r'File "(?P<file>[^"\n]*)", line (?P<line>\d+), characters? (?P<column>\d+)')
_ERROR: Final = re.compile(r"^Error: (?P<message>.*)", re.MULTILINE | re.DOTALL)


def find(binary: str | Path | None = None) -> Path:
    """The `proverif` to run: `binary`, or the one on PATH. Raises InputError where there is none."""
    found = shutil.which(str(binary) if binary is not None else BINARY)
    if found is None:
        raise InputError(f"there is no '{binary or BINARY}' to run on PATH", advice=ADVICE)
    return Path(found)


def version(binary: str | Path | None = None) -> str:
    """The version of that ProVerif, for example "2.05". Raises InputError where it does not say."""
    done = subprocess.run([find(binary), "-help"], capture_output=True, text=True, timeout=30, check=False)
    match = re.search(r"Proverif ([0-9]+\.[0-9]+\S*)\.\s", done.stdout + done.stderr, re.IGNORECASE)
    if match is None:
        raise InputError(f"{find(binary)} does not say that it is ProVerif", advice=ADVICE)
    return match.group(1)


def run(
    model: File,
    libraries: Sequence[File],
    queries: Sequence[Query],
    limits: Limits,
    binary: str | Path | None = None,
) -> Report:
    """Let ProVerif answer the queries of `model`.

    `queries` are those of our own front end; where their number is ProVerif's, the results carry them, so
    that names and places are known; `seconds` of each is an equal share. Raises InputError where ProVerif
    refuses the input, is not there, or ends in any way but with a complete summary; LimitExceeded where a
    limit is reached.
    """
    program = find(binary)
    names: dict[str, File] = {}
    with tempfile.TemporaryDirectory(prefix="appliedpi-") as folder:
        command = [str(program), "-in", "pitype"]
        for number, library in enumerate(libraries, 1):
            path = Path(folder, f"library{number}.pvl")
            path.write_text(library[1], encoding="utf-8", errors="replace")
            names[str(path)] = library
            command += ["-lib", str(path)]
        path = Path(folder, "model.pv")
        path.write_text(model[1], encoding="utf-8", errors="replace")
        names[str(path)] = model
        status, text = _execute([*command, str(path)], limits)
    answers = _summary(text)
    if status != 0 or answers is None:
        raise _failure(status, text, names, model)
    seconds = time.monotonic() - limits.started
    own = list(queries) if len(queries) == len(answers) else [_unnamed(model[0]) for _ in answers]
    results = tuple(
        Result(dataclasses.replace(query, text=shown), verdict, seconds / len(answers))
        for query, (shown, verdict) in zip(own, answers, strict=True)
    )
    return Report(results, _warnings(text), seconds, "proverif")


def _execute(command: list[str], limits: Limits) -> tuple[int, str]:
    """Exit status and everything printed; the child never outlives this call, whatever ends it."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        errors="replace",
    ) as process:  # fmt: skip
        try:
            _limit_memory(process.pid, limits)
            text, _ = process.communicate(timeout=limits.remaining())
        except subprocess.TimeoutExpired:
            raise LimitExceeded(f"ProVerif reached the time limit of {limits.timeout_seconds:g} s") from None
        finally:
            process.kill()
    return process.returncode, text


def _limit_memory(pid: int, limits: Limits) -> None:
    try:
        import resource

        prlimit = resource.prlimit
    except (ImportError, AttributeError):  # only Linux can limit another process
        return
    if limits.memory_bytes is not None:
        with contextlib.suppress(OSError, ValueError):
            prlimit(pid, resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))


def _summary(text: str) -> list[tuple[str, Verdict]] | None:
    """The queries and verdicts of the final block; None where it is not there or not understood.

    The RESULT lines before it are no substitute: lemmas have one too, and a query can have several.
    """
    _, found, block = text.rpartition(f"{_RULE}\nVerification summary:\n")
    body, closed, _ = block.partition(f"\n{_RULE}\n")
    if not found or not closed:
        return None
    body = body.split("Associated axiom(s):")[0]
    body = body.split("Associated restriction(s):")[0].split("Associated lemma(s):")[0]
    answers: list[tuple[str, Verdict]] = []
    for line in body.splitlines():
        line = line.strip().removeprefix("- ")
        if line in ("", "Query(ies):", "No query in the input file."):
            continue
        match = _VERDICT.fullmatch(line)
        if match is None:
            return None
        verdict = Verdict(match["known"]) if match["known"] else Verdict.CANNOT_BE_PROVED
        answers.append((match["query"].removeprefix("Query "), verdict))
    return answers


def _failure(status: int, text: str, names: dict[str, File], model: File) -> InputError | LimitExceeded:
    """What went wrong, with the place where ProVerif gives one."""
    if "out of memory" in text.lower() or "Out_of_memory" in text:
        return LimitExceeded("ProVerif ran out of memory")
    error = _ERROR.search(text)
    if error is None:
        last = text.strip().splitlines()[-1:] or ["nothing"]
        return InputError(
            f"ProVerif ended with status {status} and no verification summary; it last said: {last[0][:200]}",
            Place(model[0], 1, 1),
        )
    message = " ".join(error["message"].split())
    places = [place for place in _PLACE.finditer(text, 0, error.start()) if place["file"] in names]
    if not places:
        return InputError(f"ProVerif says: {message}", Place(model[0], 1, 1))
    name, source = names[places[-1]["file"]]
    line, column = int(places[-1]["line"]), int(places[-1]["column"])
    lines = source.split("\n")
    shown = lines[line - 1] if 0 < line <= len(lines) else None
    return InputError(f"ProVerif says: {message}", Place(name, line, column), shown)


def _warnings(text: str) -> tuple[str, ...]:
    return tuple(line.removeprefix("Warning: ") for line in text.splitlines() if line.startswith("Warning: "))


def _unnamed(file: str) -> Query:
    return Query("", (), Disjunction(()), (), Place(file, 1, 1))
