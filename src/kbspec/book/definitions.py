"""What each ID of the book stands for, what was found of it, and where: for lists, links, cards and search.

A property has verdicts, a check or an assumption has what is lost without it, a finding has two models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kbspec import fault_records, matrix_records
from kbspec.book.results import rows
from kbspec.book.traceability import Item, Traceability
from kbspec.fault_records import Set
from kbspec.figures import figure_of
from kbspec.findings import Finding
from kbspec.matrix_records import RowRecord, Rows
from kbspec.not_modelled import KnownCheck
from kbspec.toggle_kinds import ALTERNATIVE, TOGGLE_KINDS, ToggleKind
from kbspec.verdicts import ModelRecord, is_variant

PROPERTIES, CHECKS, FINDINGS = "properties.html", "checks.html", "findings.html"
_SYMBOLS = {"true": "✓", "reachable": "✓", "false": "✗", "unreachable": "✗"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found of a property in one model. `word` as in the tables: true, false, reachable, ..."""

    model: str
    word: str

    @property
    def symbol(self) -> str:
        return _SYMBOLS.get(self.word, "?")

    @property
    def css(self) -> str:
        return "kbspec-" + {"✓": "true", "✗": "false"}.get(self.symbol, "cannot-be-proved")


@dataclass(frozen=True, slots=True)
class Loss:
    """A property with another verdict after one change.

    `chart` is the address of the attack, where a chapter draws it; `alone` says whether it is drawn with this
    one change, and not with others too.
    """

    property: str
    outcome: Outcome
    chart: str | None
    alone: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change does to one model.

    `reason` says why nothing is lost, where nothing is; `sets` are the minimal sets of several changes, this
    one among them, that break a property: (property, IDs).
    """

    model: str
    losses: tuple[Loss, ...]
    reason: str | None
    sets: tuple[tuple[str, Set], ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """An ID: `kind` is "property", "check", "assumption", "alternative" or "finding".

    `statement` is one sentence; `outcomes` are those of a property, `effects` those of a toggle. `item`
    says where it stands in the fragments; a check that no model carries has none, and `reason` says why.
    """

    id: str
    kind: str
    statement: str
    outcomes: tuple[Outcome, ...] = ()
    effects: tuple[Effect, ...] = ()
    item: Item | None = None
    reason: str | None = None

    @property
    def address(self) -> str:
        """Where it is defined, seen from the first page."""
        page = {"property": PROPERTIES, "finding": FINDINGS}.get(self.kind, CHECKS)
        return f"{page}#{self.id}"


def define(
    root: Path,
    records: Mapping[str, ModelRecord],
    table: Traceability,
    stated: Sequence[Finding],
    charts: Mapping[str, str],
) -> dict[str, Definition]:
    """Every definition by ID, properties first.

    `charts` gives the page of each figure: {"rcar-SAN-DELIVERED": "02-rcar.html"}.
    """
    found: dict[str, Definition] = {}
    said = _outcomes(records)
    for item in table.items:
        if item.kind == "query":
            found[item.id] = Definition(item.id, "property", item.text, said.get(item.id, ()), item=item)
    for kind in TOGGLE_KINDS:
        effects = _effects(root, kind, charts)
        for item in table.items:
            if item.kind == kind.tag:
                known = table.known.get(item.id)
                text = known.text if known is not None else item.text
                done = effects.get(item.id, ())
                found[item.id] = Definition(item.id, kind.name, text, effects=done, item=item)
    for check in table.not_modelled:
        found.setdefault(check.id, _not_modelled(check))
    for one in stated:
        outcomes = (Outcome(one.broken, "false"), Outcome(one.fixed, "true"))
        found[one.id] = Definition(one.id, "finding", one.title, outcomes)
    return found


def _not_modelled(check: KnownCheck) -> Definition:
    return Definition(check.id, "check", check.text, reason=check.reason)


def _outcomes(records: Mapping[str, ModelRecord]) -> dict[str, tuple[Outcome, ...]]:
    found: dict[str, list[Outcome]] = {}
    for name, record in records.items():
        if not is_variant(name):
            for row in rows(record):
                found.setdefault(row.id, []).append(Outcome(name, row.word))
    return {id: tuple(outcomes) for id, outcomes in found.items()}


def _matrices(root: Path, kind: ToggleKind) -> dict[str, Rows]:
    if kind == ALTERNATIVE:
        return fault_records.alternatives(root)
    (of_kind,) = [one for one in matrix_records.KINDS if one.tag == kind.tag]
    return matrix_records.load(of_kind, root)


def _effects(root: Path, kind: ToggleKind, charts: Mapping[str, str]) -> dict[str, tuple[Effect, ...]]:
    """What each change of a kind does, by its ID: first where something is lost."""
    faults = fault_records.load(root)
    found: dict[str, list[Effect]] = {}
    for model, matrix in _matrices(root, kind).items():
        if is_variant(model):
            continue
        for id, row in matrix.items():
            change = f"{kind.change}-{id}"
            queries = faults[model].queries if model in faults else {}
            sets = tuple(
                (query, one) for query, broken in queries.items() for one in broken.breaks
                if len(one) > 1 and id in one
            )  # fmt: skip
            effect = Effect(model, _losses(model, change, row, charts), row.reason, sets)
            found.setdefault(id, []).append(effect)
    return {id: tuple(sorted(effects, key=lambda one: not one.losses)) for id, effects in found.items()}


def _losses(model: str, change: str, row: RowRecord, charts: Mapping[str, str]) -> tuple[Loss, ...]:
    """`change` is what the names of variants say of it: "without-CHK-NONCE"."""
    losses = []
    for query in row.changed:
        exact = figure_of(f"{model}-{change}", query).stem
        larger = [
            name for name in charts
            if name.startswith(f"{model}-") and f"-{change}-" in name and name.endswith(f"-{query}")
        ]  # fmt: skip
        figure = exact if exact in charts else next(iter(larger), None)
        chart = f"{charts[figure]}#figure-{figure}" if figure is not None else None
        losses.append(Loss(query, Outcome(model, row.verdicts[query]), chart, figure == exact))
    return tuple(losses)
