"""What `kbspec prove` does: verify a model of the book, or a variant of it, from its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbspec.claims import Outcome, VerdictTable
from kbspec.commands import model_file, variant_text
from kbspec.evidence import checked_report
from kbspec.language import elaborate, parse_model, verify
from kbspec.progress import progress_bar
from kbspec.queries import asks_for_event, query_id
from kbspec.tags import find_tags
from kbspec.toggle_kinds import TOGGLE_KINDS, Toggles
from kbspec.variants import TEXT_NAME
from kbspec.verdicts import base_of, load

if TYPE_CHECKING:
    from appliedpi.report import Report

MEMORY = 8 * 2**30  # bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """The verdicts of a model with some toggles on."""

    model: str
    toggles: Toggles
    backend: str
    table: VerdictTable

    def to_data(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "model": self.model,
            **{kind.option: list(self.toggles.get(kind, ())) for kind in TOGGLE_KINDS},
            "backend": self.backend,
            "queries": {
                one.id: {"property": one.statement, "verdict": one.word, "evidence": one.evidence}
                for one in self.table.outcomes
            },
        }


def prove(
    root: Path,
    model: str,
    toggles: Toggles,
    backend: str = "builtin",
    timeout: float | None = None,
) -> Proof:
    """Verify a model of the book with these toggles on.

    A proof of the built-in verifier is kept and its certificate checked, as in the notebooks. Raises
    SpecificationError for an unknown name, LimitExceeded after `timeout` seconds.
    """
    text = variant_text(model_file(root, model), toggles)
    tree = parse_model(text, TEXT_NAME)
    types = elaborate([tree], {TEXT_NAME: text})
    with progress_bar(model) as progress:

        def proved() -> Report:
            return verify(text, backend=backend, timeout=timeout, memory=MEMORY, progress=progress)

        if backend == "builtin":
            options = {"timeout": timeout, "memory": MEMORY}
            report, evidence = checked_report(root, text, types, proved, options, progress)
        else:
            report, evidence = proved(), {}
    statements = {tag.id: tag.text for tag in find_tags(text) if tag.kind == "query"}
    outcomes = []
    for result in report.results:
        id = query_id(result.query)
        outcomes.append(
            Outcome(
                id, statements.get(id, ""), "", result.verdict.value, asks_for_event(result.query),
                evidence.get(id, "ProVerif"), None,
            )
        )  # fmt: skip
    records = load(root)
    record = records.get(model) or records.get(base_of(model))
    changes = [kind.difference.format(id) for kind, ids in toggles.items() for id in ids]
    label = f"{model} ({', '.join(changes)})" if changes else model
    table = VerdictTable(label, record.title if record is not None else model, tuple(outcomes))
    return Proof(model, toggles, backend, table)
