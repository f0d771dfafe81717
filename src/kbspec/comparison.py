"""Earlier results beside ours, row by row: a data file says what was published, the models what holds here.

    # notebooks/earlier-cca.toml
    title = "Arm CCA, Sardar et al. 2024"
    source = "CCC-Attestation/formal-spec-TEE at f8f153b, CCA/ArmCCA_RA.pv; ProVerif 2.05"

    [[rows]]
    name = "Integrity of Realm Evidence"
    lines = "276-277"
    property = "Verified realm claims were sent by the RMM."
    verdict = "true"                  # as ProVerif printed it; "reachable" where the query asks for an event
    model = "cca-architecture"
    query = "AUTH-REALM-TOKEN"
    remark = "..."                    # optional; needed where our verdict is another, and then says why

So the table cannot go stale: our column is computed, and a difference that no remark explains is an error.
"""

from __future__ import annotations

import html
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbspec.errors import ClaimFailed, SpecificationError, did_you_mean
from kbspec.tables import Cell, Table

if TYPE_CHECKING:
    from kbspec.models import Model

_FIELDS = ("name", "lines", "property", "verdict", "model", "query")
_COLUMNS = ("Earlier property", "Lines", "In words", "Earlier verdict", "Here", "Our verdict", "Remark")


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRow:
    """One published result. `verdict` is in the words of `kbspec.claims.Outcome.word`."""

    name: str
    lines: str
    property: str
    verdict: str
    model: str
    query: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class EarlierResults:
    """The results of one published model; `source` says which file, at which commit, by which prover."""

    title: str
    source: str
    rows: tuple[EarlierRow, ...]


def load_earlier(path: Path) -> EarlierResults:
    """Read a data file of the form above. Raises SpecificationError where it is not of this form."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecificationError(
            "there is no such file of earlier results",
            where=path.name, advice="it stands beside the notebooks",
        ) from None  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecificationError(str(error), where=path.name) from None
    rows = tuple(_row(number, row, path.name) for number, row in enumerate(document.get("rows", []), 1))
    if not rows or not all(isinstance(document.get(key), str) for key in ("title", "source")):
        raise SpecificationError("a title, a source and at least one row are needed", where=path.name)
    return EarlierResults(document["title"], document["source"], rows)


def _row(number: int, row: Any, file: str) -> EarlierRow:
    where = f"{file}, row {number}"
    known = (*_FIELDS, "remark")
    if not isinstance(row, dict) or not all(isinstance(value, str) for value in row.values()):
        raise SpecificationError("a row is a table of texts", where=where)
    for key in row:
        if key not in known:
            raise SpecificationError(f"unknown field {key}", where=where, advice=did_you_mean(key, known))
    missing = [key for key in _FIELDS if not row.get(key)]
    if missing:
        raise SpecificationError(f"missing: {', '.join(missing)}", where=where)
    return EarlierRow(**row)


def comparison(earlier: EarlierResults, models: Mapping[str, Model]) -> Table:
    """Each earlier result with ours, computed (or found, where the model was verified before).

    Raises SpecificationError where a row names a model or query that is not there, ClaimFailed where a
    verdict differs and the row has no remark.
    """
    cells = []
    differences = []
    for row in earlier.rows:
        ours = _verdict(row, models)
        if ours != row.verdict and not row.remark:
            differences.append(
                f"{row.name} (lines {row.lines}): {row.verdict} there, but {ours} here "
                f"({row.model}, {row.query}), and no remark says why"
            )
        cells.append(_cells(row, ours))
    if differences:
        raise ClaimFailed(earlier.title, differences)
    note = f'<p class="kbspec-note">Earlier: {html.escape(earlier.source)}</p>'
    caption = f"{earlier.title}: earlier results and ours"
    return Table(caption, _COLUMNS, tuple(cells), "kbspec-earlier", note=note)


def _verdict(row: EarlierRow, models: Mapping[str, Model]) -> str:
    if row.model not in models:
        raise SpecificationError(
            f"{row.name}: unknown model {row.model}", advice=did_you_mean(row.model, models)
        )
    return models[row.model].verify()[row.query].word


def _cells(row: EarlierRow, ours: str) -> tuple[Cell, ...]:
    same = ours == row.verdict
    return (
        Cell(row.name), Cell(row.lines), Cell(row.property), Cell(row.verdict),
        Cell(f"{row.model}: {row.query}"), Cell(ours if same else f"{ours} (differs)"), Cell(row.remark),
    )  # fmt: skip
