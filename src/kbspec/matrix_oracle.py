"""The variants of the matrices as questions to the real ProVerif; each is made from its model when asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kbspec import matrix_records
from kbspec.errors import SpecificationError
from kbspec.language import elaborate, parse_model
from kbspec.matrix_records import MatrixKind
from kbspec.tags import find_tags
from kbspec.toggle_kinds import BY_TAG
from kbspec.variants import TEXT_NAME, weaken
from kbspec.verdicts import VariantsRecord


@dataclass(frozen=True, slots=True)
class Question:
    """A variant of a model, and what the built-in verifier says of each of its queries."""

    model: str
    change: str  # "without CHK-NONCE"
    text: str
    verdicts: Mapping[str, str]


def questions(root: Path, texts: Mapping[str, str]) -> dict[str, list[Question]]:
    """The variants in the recorded matrices of each model, whose text `texts` gives by name.

    Raises SpecificationError where a matrix is about a check or an assumption that the text has not.
    """
    found: dict[str, list[Question]] = {name: [] for name in texts}
    for kind in matrix_records.KINDS:
        for model, rows in matrix_records.load(kind, root).items():
            if model in texts and rows:
                varied = _varied(model, texts[model], kind, tuple(rows))
                word = BY_TAG[kind.tag].change
                found[model] += [
                    Question(model, f"{word} {id}", varied[id], row.verdicts) for id, row in rows.items()
                ]
    return found


def _varied(model: str, text: str, kind: MatrixKind, ids: Sequence[str]) -> dict[str, str]:
    """The text of the variant by the ID of its check or assumption."""
    tree = parse_model(text, TEXT_NAME)
    types = elaborate([tree], {TEXT_NAME: text})
    tags = {id: [tag for tag in find_tags(text) if (tag.kind, tag.id) == (kind.tag, id)] for id in ids}
    for id in ids:
        if not tags[id]:
            raise SpecificationError(
                f"model {model} has no @{kind.tag} {id}",
                where=kind.path.as_posix(),
                advice="execute its chapter: make book",
            )
    return {id: weaken(text, tree, types, tags[id]).text for id in ids}


def summary(asked: Sequence[Question]) -> VariantsRecord | None:
    """What is recorded once ProVerif has said the same of all these; None of no variants."""
    if not asked:
        return None
    parts = [[one.change, one.text, sorted(one.verdicts.items())] for one in asked]
    digest = hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()
    return VariantsRecord(len(asked), sum(len(one.verdicts) for one in asked), digest)


def disagreements(question: Question, said: Mapping[str, str]) -> list[str]:
    """A sentence for each query of a variant of which ProVerif says something else."""
    where = f"{question.model} {question.change}"
    return [
        f"{where}, {id}: the built-in verifier says {question.verdicts.get(id, 'nothing')}, "
        f"ProVerif {said.get(id, 'nothing')}"
        for id in dict.fromkeys([*question.verdicts, *said])
        if said.get(id) != question.verdicts.get(id)
    ]
