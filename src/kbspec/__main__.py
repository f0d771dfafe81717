"""`python -m kbspec`: build the book, ask ProVerif, list and check what the book claims.

Exit status: 0 all is well, 1 something disagrees, 2 bad input, 3 a time or memory limit.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date

from kbspec.errors import SpecificationError
from kbspec.files import find_root

_TIMEOUT = 600.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options, rest = _parser().parse_known_args(arguments)
    if rest and options.command != "book":
        _parser().error(f"unrecognised arguments: {' '.join(rest)}")
    from appliedpi.errors import AppliedPiError, LimitExceeded

    try:
        if options.command == "book":
            return _book(rest)
        return {"oracle": _oracle, "list": _list, "check": _check}[options.command](options)
    except SpecificationError as error:
        print(error, file=sys.stderr)
        return 2
    except LimitExceeded as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except AppliedPiError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kbspec", description="The formal specification of the KBS protocol."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("book", help="execute the chapters and build the book", add_help=False)
    commands.add_parser("list", help="list the models, what is claimed of them and the verdicts")
    commands.add_parser("check", help="check that pv/ is consistent, without running a verifier")
    oracle = commands.add_parser(
        "oracle", help="ask the real ProVerif about every model and record what it says"
    )
    oracle.add_argument("--timeout", type=float, default=_TIMEOUT, metavar="S", help="seconds for each model")
    return parser


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

    rows = [["Model", "Query", "Claim", "Verdict", "ProVerif", "Property"]]
    for record in load(find_root()).values():
        said = record.proverif.verdicts if record.proverif else {}
        for id, query in record.queries.items():
            rows.append(
                [record.name, id, query.claim, query.verdict, said.get(id, "not asked"), query.property]
            )
    print(aligned(rows))
    return 0


def _check(options: argparse.Namespace) -> int:
    from kbspec.oracle import check

    problems = check(find_root())
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _say(name: str) -> None:
    if sys.stderr.isatty():
        print(name, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
