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
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliedpi.core import Assumption, Disjunction, Query
from appliedpi.errors import InputError, LimitExceeded, Place
from appliedpi.limits import Limits
from appliedpi.report import Report, Result, Verdict

BINARY: Final = "proverif"
ADVICE: Final = (
    "put ProVerif on PATH (opam install proverif), or use the built-in verifier (--backend builtin)"
)
File = tuple[str, str]  # the name that errors show, the text

_RULE: Final = "-" * 62
_ANSWER: Final = r"(?P<query>.*) (?:is (?P<known>true|false)|cannot be proved)"
_VERDICT: Final = re.compile(_ANSWER + r"\.")
_LEMMA: Final = re.compile("Lemma " + _ANSWER + " in process .*")
_ASSUMPTION: Final = re.compile("(?P<kind>Axiom|Restriction) (?P<query>.*) in process .*")
_HEADINGS: Final = (
    "", "No query in the input file.", "Query(ies):", "Associated axiom(s):", "Associated restriction(s):",
    "Associated lemma(s):",
)  # fmt: skip
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
    share = seconds / max(1, len(answers.queries) + len(answers.lemmas))
    unnamed = Query("", (), Disjunction(()), (), Place(model[0], 1, 1))
    own = list(queries) if len(queries) == len(answers.queries) else [unnamed for _ in answers.queries]

    def result(query: Query, shown: str, verdict: Verdict) -> Result:
        return Result(dataclasses.replace(query, text=shown), verdict, share)

    return Report(
        results=tuple([result(query, *said) for query, said in zip(own, answers.queries, strict=True)]),
        warnings=_warnings(text, names),
        seconds=seconds,
        backend="proverif",
        lemmas=tuple([result(unnamed, *said) for said in answers.lemmas]),
        assumptions=tuple(
            [
                Assumption(kind, dataclasses.replace(unnamed, text=shown))
                for kind, shown in answers.assumptions
            ]
        ),
    )


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


@dataclass(frozen=True, slots=True)
class _Summary:
    """The final block: queries and lemmas with their verdicts, and (kind, text) of what was assumed."""

    queries: list[tuple[str, Verdict]]
    lemmas: list[tuple[str, Verdict]]
    assumptions: list[tuple[str, str]]


def _summary(text: str) -> _Summary | None:
    """ProVerif's final block; None where it is not there or not understood.

    The RESULT lines before it are no substitute: a lemma has one too, and a query can have several.
    """
    _, found, block = text.rpartition(f"{_RULE}\nVerification summary:\n")
    body, closed, _ = block.partition(f"\n{_RULE}\n")
    if not found or not closed:
        return None
    summary = _Summary([], [], [])
    for line in _joined(body):
        if assumption := _ASSUMPTION.fullmatch(line):
            summary.assumptions.append((assumption["kind"].lower(), assumption["query"]))
        elif lemma := _LEMMA.fullmatch(line):
            summary.lemmas.append((lemma["query"], _verdict(lemma)))
        elif query := _VERDICT.fullmatch(line):
            summary.queries.append((query["query"].removeprefix("Query "), _verdict(query)))
        else:
            return None
    return summary


def _joined(body: str) -> list[str]:
    """The lines of the block that say something. What was declared together is spread over several lines
    there (the kind, the formulas, where): each formula becomes a line of its own."""
    lines: list[str] = []
    kind = ""
    formulas: list[str] = []
    for line in body.splitlines():
        line = line.strip().removeprefix("- ")
        if line in _HEADINGS:
            continue
        if line in ("Axiom", "Restriction", "Lemma"):
            kind, formulas = line, []
        elif not kind:
            lines.append(line)
        elif line.startswith(("in process ", "is true in ", "is false in ", "cannot be proved in ")):
            lines += [f"{kind} {formula} {line}" for formula in formulas]
            kind = ""
        else:
            formulas.append(line)
    return lines if not kind else [*lines, kind]


def _verdict(match: re.Match[str]) -> Verdict:
    return Verdict(match["known"]) if match["known"] else Verdict.CANNOT_BE_PROVED


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


def _warnings(text: str, names: dict[str, File]) -> tuple[str, ...]:
    """One line each, with the place in our file where ProVerif gave one on the line before."""
    warnings: list[str] = []
    before: re.Match[str] | None = None
    for line in text.splitlines():
        if line.startswith("Warning: "):
            place = ""
            if before is not None and before["file"] in names:
                place = f"{names[before['file']][0]}:{before['line']}:{before['column']}: "
            warnings.append(f"{place}warning: {line.removeprefix('Warning: ').rstrip('.')}")
        before = _PLACE.match(line)
    return tuple(warnings)
