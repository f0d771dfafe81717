"""The command `appliedpi`.

Exit status: 0 verified, whatever the verdicts; 2 bad input or wrong use; 3 time or memory limit; 130
interrupted. When it does not exit with 0, it has written no file.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

from appliedpi import output
from appliedpi.backends import NAMES
from appliedpi.errors import InputError, LimitExceeded, Place
from appliedpi.limits import DEFAULT_MEMORY, Limits
from appliedpi.report import Report
from appliedpi.verification import verify

VERIFIED: Final = 0
BAD_INPUT: Final = 2
LIMIT_REACHED: Final = 3
INTERRUPTED: Final = 130
_MEBIBYTE: Final = 2**20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments` (those of the process where None); the exit status."""
    options = _parser().parse_args(arguments)
    try:
        report, remarks = _run(options)
        _print_to(sys.stderr, "".join(f"{text}\n" for text in (*report.warnings, *remarks)))
        _print_to(sys.stdout, output.result_lines(report, options.traces) + output.summary(report))
    except InputError as error:
        return _fail(str(error), BAD_INPUT)
    except LimitExceeded as error:
        return _fail(f"{options.model}: {error}", LIMIT_REACHED)
    except KeyboardInterrupt:
        return _fail(f"{options.model}: interrupted", INTERRUPTED)
    return VERIFIED


def _run(options: argparse.Namespace) -> tuple[Report, list[str]]:
    """Verify, then write what was asked for; the destinations are tried first, so that an hour of proving
    does not end in a missing folder."""
    _check_destinations(options)
    memory = int(options.memory * _MEBIBYTE)
    with Limits(options.timeout, memory).enforced():
        report = verify(
            options.model,
            options.lib,
            backend=options.backend,
            timeout=options.timeout,
            memory=memory,
            certificates=options.certificate is not None,
        )
    remarks = output.unproved_lemmas(report)
    try:
        if options.certificate is not None:
            remarks += output.write_certificates(options.certificate, report)
        if options.json is not None:
            output.write_file(options.json, output.to_json(report))
    except OSError as error:
        raise _not_writable(Path(error.filename or options.json or options.certificate), error) from error
    return report, remarks


def _check_destinations(options: argparse.Namespace) -> None:
    if options.json is not None:
        folder = options.json.parent
        if options.json.is_dir():
            raise _not_writable(options.json, "it is a directory")
        if not folder.is_dir():
            raise _not_writable(options.json, f"there is no directory {folder}")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _not_writable(options.json, f"the directory {folder} may not be written to")
    if options.certificate is not None:
        folder = options.certificate
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        if not folder.is_dir():
            raise _not_writable(options.certificate, f"{folder} is not a directory")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _not_writable(options.certificate, f"the directory {folder} may not be written to")


def _not_writable(path: Path, reason: object) -> InputError:
    text = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
    return InputError(f"cannot write {path}: {text}", Place(str(path), 1, 1))


def _print_to(stream: TextIO, text: str) -> None:
    """Print; a reader that has gone away (`| head`) is no error of ours."""
    encoding = stream.encoding or "ascii"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # Python flushes the stream again when it exits, and would complain then.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _fail(message: str, status: int) -> int:
    _print_to(sys.stderr, message + "\n")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="appliedpi",
        description="Verify a security protocol written in ProVerif's typed language (.pv).",
        epilog="exit status: 0 verified (whatever the verdicts), 2 bad input, 3 time or memory limit",
        allow_abbrev=False,
    )
    parser.add_argument("model", metavar="MODEL.pv", type=Path)
    parser.add_argument(
        "-lib", "--lib", metavar="FILE", type=Path, action="append", default=[],
        help="declarations to read before the model; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--backend", choices=NAMES, default="builtin",
        help="who proves: this program (default), or the 'proverif' on PATH",
    )  # fmt: skip
    parser.add_argument(
        "--timeout", metavar="S", type=_positive, help="give up after S seconds (default: never)"
    )
    parser.add_argument(
        "--memory", metavar="MiB", type=_positive, default=DEFAULT_MEMORY / _MEBIBYTE,
        help="give up beyond this much memory (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the report there too")
    parser.add_argument(
        "--certificate", metavar="DIR", type=Path, help="write a certificate for each 'true' there"
    )
    parser.add_argument("--traces", action="store_true", help="show derivations and attack traces")
    return parser


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (0 < value < math.inf):
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive number")
    return value
