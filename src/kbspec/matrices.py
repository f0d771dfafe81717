"""What every check buys, and what rests on every assumption.

Each check of a model is removed, or each assumption violated, by the transformation of `kbspec.variants`, and
every query is answered again as for any model: a *true* with a certificate that the independent checker
accepts, a *false* with a replayed trace. A change that alters no verdict needs a sentence that says why.

The variants are not written: they follow from the model and the ID, so the answers are enough
(`kbspec.matrix_records`).
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from kbspec import single_changes
from kbspec.claims import FALSE, TRUE, UNKNOWN, Outcome
from kbspec.errors import ClaimFailed, did_you_mean
from kbspec.figures import Figure, keep
from kbspec.matrix_records import NECESSITY, MatrixKind, RowRecord, Rows, record_part
from kbspec.tables import Cell, Table, show
from kbspec.verdicts import recorded

if TYPE_CHECKING:
    from kbspec.claims import VerdictTable
    from kbspec.models import Model

class Effect(Enum):
    """What a change does to a property: its symbol in a text, and what the symbol means."""

    HOLDS = "✓", "holds all the same"
    BROKEN = "✗", "does not hold any more"
    UNPROVED = "?", "cannot be proved any more"
    BEFORE = "–", "did not hold before either"

    def __init__(self, symbol: str, meaning: str) -> None:
        self.symbol = symbol
        self.meaning = meaning


@dataclass(frozen=True, slots=True)
class Grid:
    """`effects[i][j]` is what the change that `rows[i]` names does to the property `columns[j]`.

    `hints` has a sentence for each row, shown where a pointer is held over it.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    effects: tuple[tuple[Effect, ...], ...]
    hints: tuple[str, ...]


_CSS = {
    Effect.HOLDS: "kbspec-unchanged",
    Effect.BROKEN: "kbspec-broken",
    Effect.UNPROVED: "kbspec-broken",
    Effect.BEFORE: "kbspec-unchanged",
}


@dataclass(frozen=True, slots=True)
class Matrix:
    """Checks (or assumptions) times properties. Build it with `model.necessity()` or `model.assumptions()`.

    `label` is how a title names the model, `outcomes` are its verdicts as it is, `statements` the texts of
    the tags by ID; `evidence` counts what stands behind the verdicts of the variants.
    """

    kind: MatrixKind
    model: str
    label: str
    outcomes: Mapping[str, Outcome]
    statements: Mapping[str, str]
    rows: Rows
    evidence: Mapping[str, int]
    figure: Figure | None = None

    def __getitem__(self, id: str) -> RowRecord:
        """The row of a check or an assumption."""
        return self.rows[id]

    @property
    def properties(self) -> tuple[str, ...]:
        """The columns: every query but the honest runs, which no change takes away."""
        return tuple(id for id, one in self.outcomes.items() if not _honest_run(one))

    def effect(self, id: str, query: str) -> Effect:
        """What the change does to a property."""
        row = self.rows[id]
        if row.verdicts[query] == row.base[query]:
            return Effect.HOLDS if row.base[query] == TRUE else Effect.BEFORE
        return {TRUE: Effect.HOLDS, FALSE: Effect.BROKEN, UNKNOWN: Effect.UNPROVED}[row.verdicts[query]]

    @property
    def title(self) -> str:
        if self.kind is NECESSITY:
            return f"What each check of {self.label} buys: the model without it"
        return f"What rests on each assumption of {self.label}: the model that violates it"

    def in_words(self, id: str) -> str:
        """One sentence: what breaks, or why nothing does."""
        row = self.rows[id]
        change = f"{'Without' if self.kind is NECESSITY else 'Violating'} {id}"
        if not row.changed:
            return f"{change} nothing breaks: {row.reason}"
        broken = ", ".join(f"{query} ({self._word(query, row.verdicts[query])})" for query in row.changed)
        return f"{change} these do not hold: {broken}."

    def _word(self, query: str, verdict: str) -> str:
        return Outcome("", "", "", verdict, self.outcomes[query].reachability, "", None).word

    def _summary(self) -> str:
        """What was answered, and what stands behind it."""
        runs = sum(_honest_run(one) for one in self.outcomes.values())
        total = len(self.rows) * len(self.outcomes)
        counted = ", ".join(f"{count} by {words}" for words, count in self.evidence.items())
        shown = f" The {runs} that ask for an honest run still find it." if runs > 1 else ""
        shown = " The one that asks for an honest run still finds it." if runs == 1 else shown
        return (
            f"{len(self.rows)} {self.kind.rows}, {len(self.outcomes)} queries each, {total} verdicts: "
            f"{counted}.{shown}"
        )

    def table(self) -> Table:
        """The matrix as a table: a symbol and, where something breaks, the verdict."""
        rows = []
        for id in self.rows:
            cells = [Cell(id, f"<code>{html.escape(id)}</code>")]
            for query in self.properties:
                effect = self.effect(id, query)
                text = effect.symbol
                if effect in (Effect.BROKEN, Effect.UNPROVED):
                    text += f" {self._word(query, self.rows[id].verdicts[query])}"
                cells.append(Cell(text, _marked(effect, text), css=_CSS[effect]))
            cells.append(Cell(self.statements[id]))
            rows.append(tuple(cells))
        word = "Check" if self.kind is NECESSITY else "Assumption"
        columns = (word, *self.properties, "What it says")
        return Table(self.title, columns, tuple(rows), "kbspec-matrix")

    def chart_listing(self) -> str:
        """The matrix in words, for readers who do not see the picture."""
        return "\n".join([self.title, *(self.in_words(id) for id in self.rows)])

    def grid(self) -> Grid:
        """What the picture shows."""
        return Grid(
            tuple(self.rows),
            self.properties,
            tuple(tuple(self.effect(id, query) for query in self.properties) for id in self.rows),
            tuple(f"{self.statements[id]} {self.in_words(id)}" for id in self.rows),
        )

    def _repr_html_(self) -> str:
        picture = self.table()._repr_html_()
        if self.figure is not None:
            picture = (
                f'<div class="kbspec-figure" id="{html.escape(self.figure.id, quote=True)}">\n'
                f'<figure class="kbspec-chart">\n{self.figure.chart.image()}\n'
                f"<details><summary>As a table</summary>\n{self.table()._repr_html_()}\n</details>\n"
                f'</figure>\n</div>\n<p class="kbspec-summary">{html.escape(self._summary())}</p>'
            )
        reasons = "".join(
            f"<li><code>{html.escape(id)}</code> alone breaks nothing: {html.escape(row.reason)}</li>"
            for id, row in self.rows.items()
            if row.reason is not None
        )
        return picture + (f'\n<ul class="kbspec-reasons">{reasons}</ul>' if reasons else "")

    def __repr__(self) -> str:
        reasons = [f"{id} alone breaks nothing: {row.reason}" for id, row in self.rows.items() if row.reason]
        return "\n".join([repr(self.table()), self._summary(), *reasons])


def _honest_run(outcome: Outcome) -> bool:
    """Whether the query asks for an event that can happen in the model as it is."""
    return outcome.reachability and outcome.verdict == FALSE


def _marked(effect: Effect, text: str) -> str:
    """A cell's text, to stand out in JupyterLab too, which has no style sheet of ours."""
    if effect in (Effect.BROKEN, Effect.UNPROVED):
        colour = "background:rgba(207,34,46,.2);padding:0 .4em;font-weight:bold;white-space:nowrap"
        return f'<span style="{colour}">{html.escape(text)}</span>'
    return f'<span title="{effect.meaning}">{html.escape(text)}</span>'


def matrix(model: Model, kind: MatrixKind, reasons: Mapping[str, str], timeout: float | None) -> Matrix:
    """Change the model in each way of `kind`, answer every query, draw and record the matrix.

    `reasons` has a sentence for each change that alters no verdict, and for no other. Raises ClaimFailed
    where that is not so, or where the model has not been verified against claims before, and whatever
    `model.report` raises.
    """
    from kbspec.matrix_charts import matrix_chart

    statements = {tag.id: tag.text for tag in reversed(model.tags) if tag.kind == kind.tag}
    ids = list(dict.fromkeys(tag.id for tag in model.tags if tag.kind == kind.tag))
    if not ids:
        raise ClaimFailed(
            model.name, [f"it has no @{kind.tag} tag, so there is no {kind.name} matrix; remove this cell"]
        )
    if recorded(model.root, model.chapter, model.name, model.text) is None:
        raise ClaimFailed(
            model.name, ["nothing has been claimed of it; verify(expect=...) it before its matrix"]
        )
    outcomes = _by_id(model.verify(timeout=timeout))
    base = {id: one.verdict for id, one in outcomes.items()}
    rows: dict[str, RowRecord] = {}
    behind: Counter[str] = Counter()
    for id in ids:
        answered = single_changes.answers(model, kind.tag, id, base, timeout)
        behind.update([evidence for _, evidence in answered.values()])
        verdicts = {query: verdict for query, (verdict, _) in answered.items()}
        rows[id] = RowRecord(reasons.get(id), base, verdicts)
    found = Matrix(
        kind, model.name, model.label, outcomes, statements, rows, dict(sorted(behind.items()))
    )
    problems = [*_unexplained(kind, rows, outcomes), *_unknown(kind, reasons, ids)]
    if problems:
        show(found)
        raise ClaimFailed(model.name, problems)
    description = (
        f"Rows are the {kind.rows} of the model {model.name}, columns its properties. {found._summary()}"
    )
    chart = matrix_chart(
        found.grid(), title=found.title, description=description, listing=found.chart_listing()
    )
    figure = keep(model.root, model.chapter, f"{model.name}-{kind.name}", chart)
    record_part(kind, model.chapter, model.name, rows, model.root)
    return replace(found, figure=figure)


def _by_id(table: VerdictTable) -> dict[str, Outcome]:
    return {outcome.id: outcome for outcome in table.outcomes}


def _unexplained(kind: MatrixKind, rows: Rows, outcomes: Mapping[str, Outcome]) -> Iterable[str]:
    """A sentence for each change without an effect and a reason, and for each with both."""
    for id, row in rows.items():
        if not row.changed and not (row.reason or "").strip():
            yield (
                f"{id}: {kind.change} it changes no verdict; add a property that needs it, or say why "
                f'in one sentence: {kind.name}({kind.argument}={{"{id}": "..."}})'
            )
        elif row.changed and row.reason is not None:
            changes = ", ".join(
                f"{query} from {row.base[query]} to {row.verdicts[query]}" for query in row.changed
            )
            yield (
                f"{id}: it is in {kind.argument}=, but {kind.change} it changes {changes}; "
                "take its sentence out"
            )


def _unknown(kind: MatrixKind, reasons: Mapping[str, str], ids: list[str]) -> Iterable[str]:
    for id in reasons:
        if id not in ids:
            yield f"{id}: in {kind.argument}=, but the model has no @{kind.tag} {id}; {did_you_mean(id, ids)}"
