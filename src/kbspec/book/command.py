"""`kbspec book`: execute the chapters, merge the verdicts, refresh the README, build the site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from kbspec import findings, matrix_records, verdicts
from kbspec.book.execute import execute
from kbspec.book.html import build
from kbspec.book.order import load_book
from kbspec.book.readme import update
from kbspec.errors import SpecificationError, did_you_mean
from kbspec.files import find_root
from kbspec.oracle import matrix_problems, model_text
from kbspec.verdicts import ModelRecord


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
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    return parser


def _run(options: argparse.Namespace) -> int:
    root = options.root or find_root()
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
        records = verdicts.merge(root)
        matrix_records.merge(root, records)
        findings.merge(root)
        incomplete = _incomplete(root, records, wanted)
        for problem in incomplete:
            print(f"error: {problem}", file=sys.stderr)
        if incomplete:
            return 1
        update(root)
    index = build(root, book)
    print(f"the book: {index.relative_to(root).as_posix()}")
    return 0


def _incomplete(root: Path, records: Mapping[str, ModelRecord], chapters: Set[str]) -> list[str]:
    """A sentence for each matrix that a model of these chapters must have and has not."""
    texts = {name: model_text(root, one) for name, one in records.items() if one.chapter in chapters}
    return list(matrix_problems(root, records, texts))
