"""The second opinion: what the real ProVerif says of every model of the book, kept in `pv/verdicts.json`.

Of the variants in the matrices, which are many, only their number and a digest are kept, and only where
ProVerif says the same of every query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kbspec import matrix_records
from kbspec.errors import SpecificationError
from kbspec.language import verify
from kbspec.matrix_oracle import Question, questions, summary
from kbspec.matrix_oracle import disagreements as differing
from kbspec.models import MODELS
from kbspec.verdicts import VERDICTS, ModelRecord, ProVerifRecord, base_of, digest, is_variant, load, save

_ADVICE = "execute the chapters: make book"
Answer = Callable[[str], dict[str, str]]  # a model's text to the verdict of each query by ID


@dataclass(frozen=True, slots=True)
class Consultation:
    """What came of it: the records, now with ProVerif's verdicts, the number of variants in their matrices,
    and a sentence for each disagreement."""

    records: Mapping[str, ModelRecord]
    variants: int
    disagreements: tuple[str, ...]


def consult(
    root: Path,
    version: str,
    answer: Answer,
    today: date,
    progress: Callable[[str], None] = lambda name: None,
    jobs: int = 1,
) -> Consultation:
    """Ask ProVerif (`answer`, at most `jobs` at a time) about every recorded model and its variants.

    It is not asked again about what it has answered: the same text, the same version. The date is that of
    the last change of a record. Nothing is written where the verdicts disagree with the built-in verifier's.
    Raises SpecificationError where a model is not the one whose verdicts are recorded.
    """
    before = load(root)
    texts = {name: model_text(root, record) for name, record in before.items()}
    variants = questions(root, texts)
    wanted: dict[str, str] = {}  # what to ask about, and what to call it
    for name, record in before.items():
        if not _answered(record, version):
            wanted.setdefault(texts[name], name)
        if variants[name] and not _variants_answered(record, version, variants[name]):
            for one in variants[name]:
                wanted.setdefault(one.text, f"{name} {one.change}")
    said = _ask(wanted, answer, progress, jobs)
    records: dict[str, ModelRecord] = {}
    disagreements: list[str] = []
    for name, record in before.items():
        old = record.proverif
        verdicts = said[texts[name]] if texts[name] in said else old.verdicts if old is not None else {}
        fresh = ProVerifRecord(version, today.isoformat(), record.sha256, verdicts, summary(variants[name]))
        if old is not None and replace(old, date=fresh.date) == fresh:
            fresh = old
        records[name] = replace(record, proverif=fresh)
        disagreements += compare(records[name])
        for one in variants[name]:
            if one.text in said:
                disagreements += differing(one, said[one.text])
    if not disagreements:
        save(records, root)
    return Consultation(records, sum(map(len, variants.values())), tuple(disagreements))


def _answered(record: ModelRecord, version: str) -> bool:
    said = record.proverif
    return said is not None and (said.version, said.sha256) == (version, record.sha256)


def _variants_answered(record: ModelRecord, version: str, variants: list[Question]) -> bool:
    said = record.proverif
    return said is not None and said.version == version and said.variants == summary(variants)


def _ask(
    wanted: Mapping[str, str], answer: Answer, progress: Callable[[str], None], jobs: int
) -> dict[str, dict[str, str]]:
    """The answers by text; the first error of one ends it."""

    def one(text: str) -> dict[str, str]:
        progress(wanted[text])
        return answer(text)

    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        try:
            return dict(zip(wanted, pool.map(one, wanted), strict=True))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def compare(record: ModelRecord) -> list[str]:
    """A sentence for each query of which ProVerif says something else than the built-in verifier."""
    if record.proverif is None:
        return [
            f"{record.name}: ProVerif has not been asked about this text; where it is there: kbspec oracle"
        ]
    said = record.proverif.verdicts
    found = [
        f"{record.name}, {id}: the built-in verifier says {query.verdict}, ProVerif {said.get(id, 'nothing')}"
        for id, query in record.queries.items()
        if said.get(id) != query.verdict
    ]
    return found + [
        f"{record.name}, {id}: only ProVerif answers this query" for id in said if id not in record.queries
    ]


def check(root: Path) -> list[str]:
    """What is wrong with `pv/`, without running any verifier: a sentence each.

    Every model has its recorded text, every claim the recorded verdict, every check and assumption its place
    in a matrix, and ProVerif agrees.
    """
    problems: list[str] = []
    records = load(root)
    texts: dict[str, str] = {}
    for name, record in records.items():
        try:
            texts[name] = model_text(root, record)
        except SpecificationError as error:
            problems.append(str(error))
        problems += compare(record)
    bases = {base_of(name) for name in records}
    rows = matrix_records.row_names(root)
    for path in sorted((root / MODELS).glob("*.pv")):
        # A variant that is only drawn is answered in a matrix; a base may be there for its variant.
        if path.stem not in records and path.stem not in rows and path.stem not in bases:
            problems.append(f"{(MODELS / path.name).as_posix()}: no chapter verifies this model")
    incomplete = list(matrix_problems(root, records, texts))
    return problems + (incomplete or [*_unasked(root, records, texts)])


def matrix_problems(
    root: Path, records: Mapping[str, ModelRecord], texts: Mapping[str, str]
) -> Iterator[str]:
    """A sentence for each model without a matrix that it must have: variants need none."""
    return matrix_records.problems(
        root, {name: text for name, text in texts.items() if not is_variant(name)}, records
    )


def _unasked(root: Path, records: Mapping[str, ModelRecord], texts: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each model about whose variants ProVerif has not been asked."""
    for name, variants in questions(root, texts).items():
        said = records[name].proverif
        if said is not None and said.variants != summary(variants):
            yield f"{name}: ProVerif has not been asked about its variants; where it is there: kbspec oracle"


def model_text(root: Path, record: ModelRecord) -> str:
    """The text of a recorded model. Raises SpecificationError where the file is not there or another one."""
    path = MODELS / f"{record.name}.pv"
    try:
        text = (root / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecificationError("there is no such file", where=path.as_posix(), advice=_ADVICE) from None
    if digest(text) != record.sha256:
        raise SpecificationError(
            f"not the text whose verdicts are in {VERDICTS.as_posix()}", where=path.as_posix(), advice=_ADVICE
        )
    return text


def ask_proverif(timeout: float | None) -> Answer:
    """Ask the `proverif` on PATH. The answer raises InputError or LimitExceeded."""

    def answer(text: str) -> dict[str, str]:
        report = verify(text, backend="proverif", timeout=timeout)
        return {result.name or "": result.verdict.value for result in report.results}

    return answer
