"""The second opinion: what the real ProVerif says of every model of the book, kept in `pv/verdicts.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kbspec.errors import SpecificationError
from kbspec.language import verify
from kbspec.models import MODELS
from kbspec.verdicts import VERDICTS, ModelRecord, ProVerifRecord, digest, load, save

_ADVICE = "execute the chapters: make book"
Answer = Callable[[str], dict[str, str]]  # a model's text to the verdict of each query by ID


@dataclass(frozen=True, slots=True)
class Consultation:
    """What came of it: the records, now with ProVerif's verdicts, and a sentence for each disagreement."""

    records: Mapping[str, ModelRecord]
    disagreements: tuple[str, ...]


def consult(
    root: Path,
    version: str,
    answer: Answer,
    today: date,
    progress: Callable[[str], None] = lambda name: None,
) -> Consultation:
    """Ask ProVerif (`answer`) about every recorded model, and record what it says.

    A record changes only where the model's text, ProVerif's version or a verdict changed; the date is that of
    the last change. Nothing is written where the verdicts disagree with the built-in verifier's.
    Raises SpecificationError where a model is not the one whose verdicts are recorded.
    """
    records: dict[str, ModelRecord] = {}
    disagreements: list[str] = []
    for name, record in load(root).items():
        progress(name)
        said = answer(model_text(root, record))
        fresh = ProVerifRecord(version, today.isoformat(), record.sha256, said)
        old = record.proverif
        if old is not None and replace(old, date=fresh.date) == fresh:
            fresh = old
        records[name] = replace(record, proverif=fresh)
        disagreements += compare(records[name])
    if not disagreements:
        save(records, root)
    return Consultation(records, tuple(disagreements))


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

    Every model has its recorded text, every claim the recorded verdict, and ProVerif agrees.
    """
    problems: list[str] = []
    records = load(root)
    for record in records.values():
        try:
            model_text(root, record)
        except SpecificationError as error:
            problems.append(str(error))
        problems += compare(record)
    for path in sorted((root / MODELS).glob("*.pv")):
        if path.stem not in records:
            problems.append(f"{(MODELS / path.name).as_posix()}: no chapter verifies this model")
    return problems


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
