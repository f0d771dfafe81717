"""What the book has shown so far, from `pv/verdicts.json`: the table of the README and of the first page."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from kbspec.tables import Cell, Table
from kbspec.toggle_kinds import TOGGLE_KINDS
from kbspec.verdicts import ModelRecord, base_of, is_variant

_REACHABILITY = {"true": "unreachable", "false": "reachable"}
_GOOD = ("true", "reachable")


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One query of one model. `word` is the verdict, for an event that can happen "reachable"."""

    model: str
    chapter: str
    id: str
    statement: str
    word: str
    proverif: str

    @property
    def symbol(self) -> str:
        if self.word in _GOOD:
            return "✓"
        return "✗" if self.word in ("false", "unreachable") else "?"


@dataclass(frozen=True, slots=True)
class Difference:
    """What one change to a model (a check removed, an assumption violated) breaks."""

    model: str
    base: str
    change: str
    chapter: str
    broken: tuple[ResultRow, ...]


def rows(record: ModelRecord) -> list[ResultRow]:
    """The queries of a model in order."""
    result = []
    for id, query in record.queries.items():
        word = query.verdict
        if query.claim in _REACHABILITY.values():
            word = _REACHABILITY.get(query.verdict, query.verdict)
        said = record.proverif.verdicts.get(id) if record.proverif is not None else None
        opinion = "not asked" if said is None else "agrees" if said == query.verdict else f"says {said}"
        result.append(ResultRow(record.name, record.chapter, id, query.property, word, opinion))
    return result


def base_rows(records: Mapping[str, ModelRecord]) -> list[ResultRow]:
    """Every query of every model that is not a variant."""
    return [row for record in records.values() if not is_variant(record.name) for row in rows(record)]


def differences(records: Mapping[str, ModelRecord]) -> list[Difference]:
    """For each variant the queries whose verdict is not the one of the model it was made from."""
    result = []
    for record in records.values():
        if not is_variant(record.name):
            continue
        base = base_of(record.name)
        change = record.name[len(base) + 1 :]
        for kind in TOGGLE_KINDS:
            change = change.replace(f"{kind.change}-", f"{kind.change} ", 1)
        before = {row.id: row.word for row in rows(records[base])} if base in records else {}
        broken = tuple(row for row in rows(record) if before.get(row.id) != row.word)
        result.append(Difference(record.name, base, change, record.chapter, broken))
    return result


def results_table(record: ModelRecord) -> Table:
    """The verdicts of one model as the table that the pages show."""
    lines = []
    for row in rows(record):
        kind = {"✓": "true", "✗": "false"}.get(row.symbol, "cannot-be-proved")
        lines.append(
            (
                Cell(row.id, f"<code>{html.escape(row.id)}</code>"),
                Cell(row.statement),
                Cell(f"{row.symbol} {row.word}", css=f"kbspec-verdict kbspec-{kind}"),
                Cell(row.proverif),
            )
        )
    columns = ("ID", "Property", "Verdict", "ProVerif")
    return Table(f"{record.name}: {record.title}", columns, tuple(lines), "kbspec-verdicts")


def to_markdown(records: Mapping[str, ModelRecord]) -> str:
    """The README's tables, folded by chapter: what holds, and what stops holding without a check."""
    if not records:
        return "No model has been verified yet.\n"
    lines: list[str] = []
    for chapter in dict.fromkeys([record.chapter for record in records.values()]):
        of_chapter = {name: record for name, record in records.items() if record.chapter == chapter}
        lines += ["<details>", f"<summary>{_summary(chapter, of_chapter)}</summary>", ""]
        lines += [*_verdicts(of_chapter), *_changes(of_chapter), "", "</details>"]
    return "\n".join(lines) + "\n"


def _summary(chapter: str, records: Mapping[str, ModelRecord]) -> str:
    """One line about a chapter: how many verdicts of each kind, and whether ProVerif agrees."""
    every = [row for record in records.values() for row in rows(record)]
    counted = [f"{n} {word}" for word, n in sorted(Counter([row.word for row in every]).items())]
    opinions = Counter([row.proverif for row in every])
    agreement = "agrees with all" if set(opinions) == {"agrees"} else f"agrees with {opinions['agrees']}"
    title = f'<a href="notebooks/{chapter}.ipynb">{chapter}</a>'
    return f"{title}: {len(records)} models and variants; {', '.join(counted)}; ProVerif {agreement}"


def _verdicts(records: Mapping[str, ModelRecord]) -> list[str]:
    lines = ["| Model | Property | Verdict | ProVerif |", "|---|---|---|---|"]
    above = ""
    for row in base_rows(records):
        model = f"[{row.model}](pv/models/{row.model}.pv)" if row.model != above else ""
        above = row.model
        text = _escaped(row.statement)
        lines.append(f"| {model} | `{row.id}` {text} | {row.symbol} {row.word} | {row.proverif} |")
    return lines


def _changes(records: Mapping[str, ModelRecord]) -> list[str]:
    changed = differences(records)
    if not changed:
        return []
    lines = ["", "What a check or an assumption buys: the same model without it.", ""]
    lines += ["| Model | Changed | What no longer holds |", "|---|---|---|"]
    for difference in changed:
        broken = "; ".join(f"`{row.id}` {row.word}" for row in difference.broken) or "nothing"
        model = f"[{difference.base}](pv/models/{difference.model}.pv)"
        lines.append(f"| {model} | {difference.change} | {broken} |")
    return lines


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
