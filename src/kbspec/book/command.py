"""`kbspec book`: execute the chapters, merge the verdicts, refresh the README, build the site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence, Set
from pathlib import Path

from kbspec import fault_records, findings, matrix_records, verdicts
from kbspec.bibliography import load_bibliography
from kbspec.book.execute import execute
from kbspec.book.html import build
from kbspec.book.order import load_book
from kbspec.book.paper import print_book, take_pictures
from kbspec.book.readme import update
from kbspec.book.traceability import trace
from kbspec.errors import SpecificationError, did_you_mean
from kbspec.files import find_root
from kbspec.not_modelled import contradictions, load_known_checks
from kbspec.oracle import matrix_problems, model_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; see `kbspec.book.main` for the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except SpecificationError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kbspec book", description="Execute the chapters, build the book.")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="only these (02-rcar); all by default")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="chapters at a time (2)")
    parser.add_argument("--html", action="store_true", help="build the site from the notebooks as they are")
    parser.add_argument("--pdf", action="store_true", help="print the site that is built as build/book.pdf")
    parser.add_argument("--pictures", action="store_true", help="photograph that site for the README")
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    return parser


def _run(options: argparse.Namespace) -> int:
    root = options.root or find_root()
    if options.pdf or options.pictures:
        for path in [print_book(root)] if options.pdf else take_pictures(root):
            print(path.relative_to(root).as_posix())
        return 0
    book = load_book(root)
    known = {chapter.name: chapter for chapter in book.chapters}
    for name in options.chapters:
        if name.removesuffix(".ipynb") not in known:
            raise SpecificationError(f"there is no chapter {name}", advice=did_you_mean(name, known))
    wanted = {name.removesuffix(".ipynb") for name in options.chapters} or set(known)
    if not options.html:
        chosen = [chapter for chapter in book.chapters if chapter.name in wanted]
        failures = execute(root, chosen, options.jobs)
        for failure in failures:
            print(f"\n{failure}", file=sys.stderr)
        if failures:
            return 1
        problems = _merged(root, wanted)
        for problem in problems:
            print(f"error: {problem}", file=sys.stderr)
        if problems:
            return 1
        update(root)
    index = build(root, book)
    print(f"the book: {index.relative_to(root).as_posix()}")
    return 0


def _merged(root: Path, chapters: Set[str]) -> list[str]:
    """Merge what the executed chapters have written; a sentence for each reason to refuse the book.

    `chapters` are those whose models must have their matrices.
    """
    records = verdicts.merge(root)
    matrix_records.merge(root, records)
    fault_records.FILE.merge(root, records)
    findings.merge(root)
    texts = {name: model_text(root, one) for name, one in records.items() if one.chapter in chapters}
    problems = [*matrix_problems(root, records, texts), *fault_records.problems(root)]
    bibliography = load_bibliography(root)
    table = trace(root, records, load_known_checks(root, bibliography))
    table.save(root, bibliography)
    return [*problems, *contradictions(table.known, table.carried)]
