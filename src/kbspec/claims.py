"""Claims and verdicts: the words for them, and the table that shows both."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kbspec.errors import ClaimFailed, SpecificationError, did_you_mean
from kbspec.evidence import REPLAYED
from kbspec.tables import Cell, Table

TRUE, FALSE, UNKNOWN = "true", "false", "cannot be proved"
VERDICTS = (TRUE, FALSE, UNKNOWN)
_REACHABLE = {"reachable": FALSE, "unreachable": TRUE}
_SYMBOLS = {TRUE: "✓", FALSE: "✗", UNKNOWN: "?"}
LIMITS_LINK = "01-threat-model.ipynb#What-this-does-not-show"
_LIMITS = f'<p class="kbspec-note"><a href="{LIMITS_LINK}">What this does not show</a></p>'


@dataclass(frozen=True, slots=True)
class Outcome:
    """One query: its ID, the property in English, the verdict as ProVerif's word, what stands behind it.

    `reachability` marks a query that asks whether an event can happen. ProVerif answers the negation (`not
    event(...) is false`), so the words shown are "reachable" and "unreachable". `claim` is None where
    nothing is claimed. `figure` is the file of the picture of its trace, where the chapter has drawn it.
    """

    id: str
    statement: str
    sources: str  # HTML
    verdict: str
    reachability: bool
    evidence: str
    claim: str | None
    figure: str | None = None

    @property
    def word(self) -> str:
        if self.reachability:
            return {TRUE: "unreachable", FALSE: "reachable"}.get(self.verdict, self.verdict)
        return self.verdict

    @property
    def symbol(self) -> str:
        if self.reachability and self.verdict != UNKNOWN:
            return "✓" if self.verdict == FALSE else "✗"
        return _SYMBOLS[self.verdict]

    @property
    def claim_word(self) -> str:
        if self.claim is None:
            return "no claim"
        shown = Outcome("", "", "", self.claim, self.reachability, "", None)
        return shown.word

    @property
    def holds(self) -> bool:
        return self.claim is None or self.claim == self.verdict


@dataclass(frozen=True, slots=True)
class VerdictTable:
    """The verdicts of one model, beside the claims. Indexed by query ID: `table["SEC-RESOURCE"].verdict`."""

    model: str
    title: str
    outcomes: tuple[Outcome, ...]

    def __getitem__(self, id: str) -> Outcome:
        for outcome in self.outcomes:
            if outcome.id == id:
                return outcome
        known = [outcome.id for outcome in self.outcomes]
        raise SpecificationError(f"{self.model} has no query {id}", advice=did_you_mean(id, known))

    def _table(self) -> Table:
        claimed = any(outcome.claim is not None for outcome in self.outcomes)
        columns = ["ID", "Property", "Verdict", *(["Claimed"] if claimed else []), "Checked by"]
        rows = []
        for outcome in self.outcomes:
            kind = {"✓": "true", "✗": "false", "?": "cannot-be-proved"}[outcome.symbol]
            cells = [
                Cell(outcome.id, f"<code>{html.escape(outcome.id)}</code>"),
                Cell(outcome.statement, html.escape(outcome.statement) + outcome.sources),
                Cell(f"{outcome.symbol} {outcome.word}", css=f"kbspec-verdict kbspec-{kind}"),
            ]
            if claimed:
                cells.append(Cell(outcome.claim_word if outcome.holds else f"{outcome.claim_word} (differs)"))
            cells.append(_evidence_cell(outcome))
            rows.append(tuple(cells))
        return Table(
            f"Verdicts for {self.model}: {self.title}",
            tuple(columns),
            tuple(rows),
            "kbspec-verdicts",
            tuple(f"verdict-{self.model}-{outcome.id}" for outcome in self.outcomes),
            _LIMITS,
        )

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()

    def __repr__(self) -> str:
        return repr(self._table())


def _evidence_cell(outcome: Outcome) -> Cell:
    if outcome.figure is None:
        return Cell(outcome.evidence)
    return Cell(outcome.evidence, _figure_link(outcome.figure))


def _figure_link(figure: str) -> str:
    return f'<a href="{html.escape(f"../{figure}", quote=True)}">{REPLAYED}</a>'


_ROW = re.compile(r'<tr id="verdict-(?P<name>[\w-]+)">.*?</tr>')
_NOT_LINKED = f">{REPLAYED}</td>"


def with_figures(page: str, figures: Collection[str]) -> str:
    """The HTML of tables of verdicts, where the figures drawn below a table are linked from it too.

    `figures` are names (`rcar-SAN-DELIVERED`). A cell cannot know of the figures that later cells draw.
    """

    def linked(row: re.Match[str]) -> str:
        name = row["name"]
        if name not in figures:
            return row[0]
        return row[0].replace(_NOT_LINKED, f">{_figure_link(f'figures/{name}.svg')}</td>")

    return _ROW.sub(linked, page)


def normalised_claims(
    model: str, expect: Mapping[str, str], reachability: Mapping[str, bool]
) -> dict[str, str]:
    """The claims in ProVerif's words. `reachability` tells which queries ask for an event.

    Raises ClaimFailed for a claim on no query, a query without a claim, a word that is no verdict.
    """
    differences = []
    claims: dict[str, str] = {}
    for id, word in expect.items():
        if id not in reachability:
            differences.append(
                f"{id}: a claim on a query that the model has not; {did_you_mean(id, reachability)}"
            )
        elif reachability[id] and word in _REACHABLE:
            claims[id] = _REACHABLE[word]
        elif word in VERDICTS:
            claims[id] = word
        else:
            words = ", ".join([*_REACHABLE, UNKNOWN] if reachability[id] else VERDICTS)
            differences.append(f"{id}: {word!r} is not a verdict; one of {words}")
    differences += [f"{id}: nothing is claimed for this query" for id in reachability if id not in expect]
    if differences:
        raise ClaimFailed(model, differences)
    return claims
