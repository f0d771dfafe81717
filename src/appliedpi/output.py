"""How a report is shown and stored: ProVerif's final lines, JSON, certificates, atomic files."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Final

from appliedpi.report import Report, Result, Verdict

_RULE: Final = "-" * 62
_EQUIVALENCES: Final = (  # how ProVerif names what is not a query of the file
    "Observational equivalence ", "Diff-equivalence ", "Equivalence between ", "Non-interference ",
    "Weak secret ",
)  # fmt: skip
_CERTIFICATE: Final = re.compile(r"(query|lemma)-\d+\.certificate")


def result_lines(report: Report, traces: bool = False) -> str:
    """The RESULT lines, of the lemmas and then of the queries, in their order; with `traces`, each after its
    derivation and its trace, as ProVerif shows them."""
    lines: list[str] = []
    for result in (*report.lemmas, *report.results):
        if traces and result.derivation is not None:
            lines += ["Derivation:", "", result.derivation.rstrip("\n"), ""]
        if traces and result.trace is not None:
            lines += ["Trace:", "", str(result.trace).rstrip("\n"), ""]
        lines.append(str(result))
    return "".join(line + "\n" for line in lines)


def summary(report: Report) -> str:
    """ProVerif's "Verification summary" block, with the empty lines it has before and after."""
    lines = ["", _RULE, "Verification summary:", ""]
    if not report.results:
        lines.append("No query in the input file.")
    elif report.lemmas or report.assumptions:
        lines += [*_grouped(report), ""]
    else:
        for result in report.results:
            lines += [_summarised(result), ""]
    return "".join(line + "\n" for line in [*lines, _RULE, ""])


def _summarised(result: Result) -> str:
    line = str(result).removeprefix("RESULT ")
    return line if line.startswith(_EQUIVALENCES) else f"Query {line}"


def _grouped(report: Report) -> list[str]:
    """The queries with what was assumed for them."""
    lines = ["Query(ies):", *[f" - {_summarised(result)}" for result in report.results]]
    for kind in ("axiom", "restriction"):
        texts = [assumption.query.text for assumption in report.assumptions if assumption.kind == kind]
        if texts:
            lines.append(f"Associated {kind}(s):")
            lines += [f" - {kind.capitalize()} {text} in process 0." for text in texts]
    if report.lemmas:
        lines.append("Associated lemma(s):")
        for lemma in report.lemmas:
            lines.append(f" - Lemma {str(lemma).removeprefix('RESULT ').rstrip('.')} in process 0.")
    return lines


def unproved_lemmas(report: Report) -> list[str]:
    """A remark for each lemma that was not proved."""
    return [
        f"{lemma.query.place}: warning: this lemma was not proved, so it was not used"
        for lemma in report.lemmas
        if lemma.verdict is not Verdict.TRUE
    ]


def to_json(report: Report) -> str:
    """The report as JSON, keys in a fixed order, one trailing newline; only `seconds` varies between runs."""
    document = {
        "backend": report.backend,
        "warnings": list(report.warnings),
        "assumptions": [{"kind": one.kind, "query": one.query.text} for one in report.assumptions],
        "lemmas": [_result_object(lemma) for lemma in report.lemmas],
        "results": [_result_object(result) for result in report.results],
        "seconds": round(report.seconds, 3),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _result_object(result: Result) -> dict[str, object]:
    return {
        "query": result.query.text,
        "name": result.name,
        "verdict": result.verdict.value,
        "certified": result.certificate is not None,
        "derivation": result.derivation,
        "trace": None if result.trace is None else json.loads(result.trace.to_json()),
        "seconds": round(result.seconds, 3),
    }


def write_file(path: Path, text: str) -> None:
    """Replace the file by `text` in one step: at any moment the old content or the new is there, whole.

    Raises OSError where that is not possible."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name[:50]}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(temporary, _mode_of_new_files())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mode_of_new_files() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def write_certificates(directory: Path, report: Report) -> list[str]:
    """Write the certificate of each *true* to `query-001.certificate`, `lemma-001.certificate`, ...; the
    remarks for those that have none. Certificates of an earlier run that this one does not replace are
    removed: they would certify something else. Raises OSError where that is not possible."""
    directory.mkdir(parents=True, exist_ok=True)
    written: set[str] = set()
    remarks: list[str] = []
    for kind, results in (("lemma", report.lemmas), ("query", report.results)):
        for number, result in enumerate(results, 1):
            if result.certificate is not None:
                name = f"{kind}-{number:03}.certificate"
                write_file(directory / name, result.certificate)
                written.add(name)
            elif result.verdict is Verdict.TRUE:
                text = result.query.text
                remarks.append(f"note: {kind} {number} ({text}) is true, but without a certificate")
    for old in sorted(directory.iterdir()):
        if _CERTIFICATE.fullmatch(old.name) and old.name not in written:
            old.unlink()
    return remarks
