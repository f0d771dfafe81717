"""`python -m kbspec`: build the book, ask ProVerif, list and check what the book claims, answer questions.

Exit status: 0 all is well, 1 something disagrees, 2 bad input, 3 a time or memory limit, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from kbspec.errors import SpecificationError
from kbspec.files import find_root

if TYPE_CHECKING:
    from kbspec.toggle_kinds import ToggleKind

_TIMEOUT = 600.0
_MEMORY = 4.0  # GiB
_SETS = 200
_INTERRUPTED = 130  # as a shell says it of a program that SIGINT ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options, rest = _parser().parse_known_args(arguments)
    if rest and options.command != "book":
        _parser().error(f"unrecognised arguments: {' '.join(rest)}")
    from appliedpi.errors import AppliedPiError, LimitExceeded

    try:
        if options.command == "book":
            return _book(rest)
        return _COMMANDS[options.command](options)
    except SpecificationError as error:
        print(error, file=sys.stderr)
        return 2
    except LimitExceeded as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except AppliedPiError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever reads the output (`| head`) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kbspec", description="The formal specification of the KBS protocol."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("book", help="execute the chapters and build the book", add_help=False)
    listing = commands.add_parser(
        "list",
        help="list the models, what is claimed of them and the verdicts",
        description="List every property of every model: what is claimed, what the verifiers say.",
        epilog="example: kbspec list --json",
    )
    commands.add_parser("check", help="check that pv/ is consistent, without running a verifier")
    oracle = commands.add_parser(
        "oracle", help="ask the real ProVerif about every model and record what it says"
    )
    oracle.add_argument("--timeout", type=float, default=_TIMEOUT, metavar="S", help="seconds for each model")
    variant = commands.add_parser(
        "variant",
        help="write the standalone model of a variant",
        description="Write a model with some toggles on as one standalone file; ProVerif runs it as it is.",
        epilog="example: kbspec variant rcar --without CHK-NONCE-BINDING -o weak.pv",
    )
    _add_variant(variant)
    variant.add_argument("-o", "--output", metavar="FILE.pv", help="where to write it (standard output)")
    breaks = commands.add_parser(
        "breaks",
        help="every way to break a property, in words",
        description="Every minimal set of toggles (checks removed, assumptions violated, alternatives used) "
        "that breaks a property.",
        epilog="example: kbspec breaks SEC-RESOURCE",
    )
    breaks.add_argument("query", metavar="PROPERTY", help="the ID of a property, as SEC-RESOURCE")
    campaign = commands.add_parser(
        "campaign",
        help="run many variants one by one, against the fault sets",
        description="Verify all variants with one change, and of those with more all or a seeded sample, by "
        "the built-in verifier and the ProVerif on PATH. What is finished is kept: run it again to go on.",
        epilog="example: kbspec campaign --scheduler tcp://127.0.0.1:8786",
    )
    campaign.add_argument("models", nargs="*", metavar="MODEL", help="only these; then pv/ is not written")
    campaign.add_argument(
        "--scheduler", metavar="ADDRESS", help="run on the Dask cluster with this scheduler, not here"
    )
    processes = os.cpu_count() or 1
    campaign.add_argument(
        "--jobs", type=int, default=processes, metavar="N", help="processes of this machine"
    )
    campaign.add_argument("--timeout", type=float, default=_TIMEOUT, metavar="S", help="seconds for each run")
    campaign.add_argument("--memory", type=float, default=_MEMORY, metavar="GIB", help="GiB for each run")
    campaign.add_argument(
        "--sets", type=int, default=_SETS, metavar="N", help="variants with more changes, of each model"
    )
    campaign.add_argument("--seed", type=int, default=1, metavar="N", help="of the sample")
    prove = commands.add_parser(
        "prove",
        help="verify a model, as it is or changed",
        description="Verify a model of the book, with some toggles on.",
        epilog="example: kbspec prove rcar --without CHK-TEEPUBKEY-BINDING",
    )
    _add_variant(prove)
    prove.add_argument(
        "--backend", choices=("builtin", "proverif"), default="builtin",
        help="the project's own verifier, or the real ProVerif where it is on PATH",
    )  # fmt: skip
    prove.add_argument("--timeout", type=float, default=_TIMEOUT, metavar="S", help="seconds (%(default)g)")
    explain = commands.add_parser(
        "explain",
        help="all that the book knows of a property",
        description="A property in English, its query, where it is stated, its verdicts, what breaks it.",
        epilog="example: kbspec explain SEC-RESOURCE",
    )
    explain.add_argument("query", metavar="PROPERTY", help="the ID of a property, as SEC-RESOURCE")
    diff = commands.add_parser(
        "diff",
        help="which verdicts differ between two models, and why",
        description="Which verdicts differ between two models or variants, and in which checks, assumptions "
        "and fragments the models differ.",
        epilog="example: kbspec diff rcar rcar-without-CHK-NONCE-BINDING",
    )
    diff.add_argument("first", metavar="A", help="a model, or MODEL-without-CHK, MODEL-violating-ASM, ...")
    diff.add_argument("second", metavar="B", help="another one")
    for command in (listing, variant, breaks, prove, explain, diff):
        command.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _add_variant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a model of pv/models, as rcar")
    parser.add_argument("--without", action="append", default=[], metavar="CHK", help="remove this check")
    parser.add_argument("--assume", action="append", default=[], metavar="ASM", help="violate this one")
    parser.add_argument("--with", action="append", default=[], metavar="ALT", help="use this alternative too")


def _toggles(options: argparse.Namespace) -> dict[ToggleKind, list[str]]:
    from kbspec.toggle_kinds import TOGGLE_KINDS

    return {kind: getattr(options, kind.option) for kind in TOGGLE_KINDS}


def _book(arguments: list[str]) -> int:
    from kbspec import book

    return int(book.main(arguments) or 0)


def _oracle(options: argparse.Namespace) -> int:
    from appliedpi.backends import proverif
    from kbspec.oracle import ask_proverif, consult

    version = proverif.version()
    jobs = os.cpu_count() or 1
    found = consult(find_root(), version, ask_proverif(options.timeout), date.today(), _say, jobs)
    for sentence in found.disagreements:
        print(sentence, file=sys.stderr)
    if found.disagreements:
        return 1
    variants = f" and of {found.variants} variants in their matrices" if found.variants else ""
    print(f"ProVerif {version} says the same of {len(found.records)} models{variants}")
    return 0


def _list(options: argparse.Namespace) -> int:
    from kbspec.tables import aligned
    from kbspec.verdicts import load

    columns = ["Model", "Query", "Claim", "Verdict", "ProVerif", "Property"]
    rows = []
    for record in load(find_root()).values():
        said = record.proverif.verdicts if record.proverif else {}
        for id, query in record.queries.items():
            rows.append(
                [record.name, id, query.claim, query.verdict, said.get(id, "not asked"), query.property]
            )
    keys = [column.lower() for column in columns]
    _print([dict(zip(keys, row, strict=True)) for row in rows], aligned([columns, *rows]), options)
    return 0


def _check(options: argparse.Namespace) -> int:
    from kbspec.oracle import check

    problems = check(find_root())
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _variant(options: argparse.Namespace) -> int:
    from pathlib import Path

    from kbspec.commands import model_file, variant_text
    from kbspec.files import write_atomically

    toggles = _toggles(options)
    text = variant_text(model_file(find_root(), options.model), toggles)
    if options.output is not None:
        write_atomically(Path(options.output), text)
    elif options.json:
        on = {kind.option: ids for kind, ids in toggles.items()}
        _print({"model": options.model, **on, "text": text}, "", options)
    else:
        print(text, end="")
    return 0


def _breaks(options: argparse.Namespace) -> int:
    from kbspec.commands import breaking, in_words

    found = breaking(find_root(), options.query)
    data = {
        name: {"complete_up_to": one.complete_up_to, **asdict(one.queries[options.query])}
        for name, one in found.items()
    }
    _print({"property": options.query, "models": data}, "\n".join(in_words(found, options.query)), options)
    return 0


def _campaign(options: argparse.Namespace) -> int:
    from kbspec import campaign
    from kbspec.files import to_json, write_atomically
    from kbspec.jobs import executor

    root = find_root()
    faults = campaign.chosen_faults(root, options.models)
    backends = ["builtin", *(["proverif"] if shutil.which("proverif") else [])]
    wanted = campaign.variants(faults, options.seed, options.sets)
    limits = options.timeout, int(options.memory * 2**30)
    work = campaign.jobs_for(root, wanted, backends, *limits)
    try:
        with executor(options.scheduler, options.jobs) as pool:
            said = campaign.run_campaign(root, work, len(wanted) * len(backends), pool)
    except KeyboardInterrupt:
        print("interrupted: what is finished is kept, run the same command to go on", file=sys.stderr)
        return _INTERRUPTED
    contradictions = campaign.contradictions(faults, said)
    for sentence in contradictions:
        print(sentence, file=sys.stderr)
    if contradictions:
        return 1
    if not options.models:
        write_atomically(root / campaign.SUMMARY, to_json(campaign.summary(faults, said, options.seed)))
    ended = [one for one in said if one.done.limit is not None]
    for one in ended:
        print(f"{one.variant}, {one.job.backend}: {one.done.limit}", file=sys.stderr)
    print(f"{len(said)} runs of {len(wanted)} variants ({' and '.join(backends)}) contradict no fault set")
    return 3 if ended else 0


def _prove(options: argparse.Namespace) -> int:
    from kbspec.proving import prove

    proof = prove(find_root(), options.model, _toggles(options), options.backend, options.timeout)
    _print(proof.to_data(), repr(proof.table), options)
    return 0


def _explain(options: argparse.Namespace) -> int:
    from kbspec.explaining import explain

    found = explain(find_root(), options.query)
    _print(found.to_data(), str(found), options)
    return 0


def _diff(options: argparse.Namespace) -> int:
    from kbspec.comparing import diff

    found = diff(find_root(), options.first, options.second)
    _print(found.to_data(), str(found), options)
    return 0


def _print(data: Any, text: str, options: argparse.Namespace) -> None:
    """The answer for a program, or for a person."""
    from kbspec.files import to_json

    print(to_json(data).rstrip("\n") if options.json else text)


def _say(name: str) -> None:
    if sys.stderr.isatty():
        print(name, file=sys.stderr)


_COMMANDS = {
    "oracle": _oracle, "list": _list, "check": _check, "variant": _variant, "breaks": _breaks,
    "prove": _prove, "explain": _explain, "diff": _diff, "campaign": _campaign,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
