"""Certificates of the corpus, and the parts of them that tests alter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from appliedpi import check, engine
from appliedpi.check.reading import digest
from appliedpi.limits import Limits
from appliedpi.report import Result
from appliedpi.verification import load
from tests.parity.expectations import models

CORPUS = {path.stem: path for path in models()}

Certificate = dict[str, Any]
Path = tuple[str | int, ...]


@cache
def answers(name: str) -> tuple[Result, ...]:
    """The answers to the lemmas and queries of a model, those that are true with certificates."""
    return engine.prove(load(CORPUS[name]), limits=Limits(60), certificates=True)


def certificates_of(name: str) -> list[Certificate]:
    """The certificates of a model; there is one at least."""
    found = [json.loads(result.certificate) for result in answers(name) if result.certificate is not None]
    assert found
    return found


def is_accepted(certificate: Certificate) -> bool:
    """What the checker says once the digest fits again: the obligations alone must notice."""
    certificate["digest"] = digest(certificate["model"], certificate["query"])
    try:
        check.check(json.dumps(certificate))
    except (check.Rejected, check.Malformed):
        return False
    return True


def kept_sets(certificate: Certificate) -> Iterator[Path]:
    """Where the sets of kept clauses are: of the model, of `not` declarations, of goals, also nested ones."""
    yield "saturated", "clauses"
    for number in range(len(certificate["saturated"]["never"])):
        yield "saturated", "never", number
    waiting: list[Path] = [("answer",)]
    while waiting:
        place = waiting.pop()
        yield (*place, "goals")
        waiting += [(*place, "nested", i) for i in range(len(at(certificate, place)["nested"]))]


def at(document: Any, place: Path) -> Any:
    """What is there."""
    for key in place:
        document = document[key]
    return document
