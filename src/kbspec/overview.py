"""The whole book on one page: what holds where, what rests on what, from what the chapters have recorded.

The last chapter shows these tables. It is executed after all others and reads what they wrote in this run, so
the tables say what the chapters say.
"""

from __future__ import annotations

import html
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kbspec import fault_records, findings, matrix_records, verdicts
from kbspec.claims import FALSE, TRUE, UNKNOWN
from kbspec.errors import ClaimFailed, SpecificationError
from kbspec.files import find_root
from kbspec.matrix_records import ASSUMPTIONS
from kbspec.tables import Cell, Table
from kbspec.toggle_kinds import BY_TAG
from kbspec.verdicts import ModelRecord, is_variant

_SYMBOLS = {TRUE: "✓", FALSE: "✗", UNKNOWN: "?"}
_CSS = {TRUE: "kbspec-true", FALSE: "kbspec-false", UNKNOWN: "kbspec-unknown"}
Groups = Mapping[str, Sequence[str]]  # heading of a column: the chapters whose models it shows


def property_table(groups: Groups, root: Path | None = None) -> Table:
    """Every property by its verdict in the models of each group of chapters; reachability is left out.

    A cell links to each model that states the property, ✓ where it is proved there, ✗ where an attack was
    replayed.
    """
    root = root or find_root()
    models = _base_models(root)
    columns: dict[str, list[ModelRecord]] = {
        heading: [one for one in models if one.chapter in chapters] for heading, chapters in groups.items()
    }
    statements: dict[str, str] = {}
    for model in models:
        for id, query in model.queries.items():
            if query.claim != "reachable":  # an event that must not happen is a guarantee, a run is none
                statements.setdefault(id, query.property)
    rows = []
    for id in sorted(statements):
        cells = [_in_models(id, members) for members in columns.values()]
        rows.append((_code(id), *cells, Cell(statements[id])))
    note = (
        f'<p class="kbspec-summary">{len(statements)} properties in {len(models)} models; ✓ proved for any '
        "number of sessions, ✗ an attack was replayed, ? neither.</p>"
    )
    headings = ("Property", *columns, "What it says")
    return Table("What holds where", headings, tuple(rows), "kbspec-overview", note=note)


def assumption_table(root: Path | None = None) -> Table:
    """Every assumption: the properties that fall where it alone is violated, and in which models."""
    root = root or find_root()
    matrices = matrix_records.current(ASSUMPTIONS, root)
    titles = _titles(root)
    fallen: dict[str, dict[str, list[str]]] = {}
    for model, rows in matrices.items():
        for id, row in rows.items():
            of_id = fallen.setdefault(id, {})
            for query in row.changed:
                of_id.setdefault(query, []).append(model)
    rows_of_table = []
    for id in sorted(fallen):
        lost = fallen[id]
        words = "; ".join([f"{query} ({', '.join(models)})" for query, models in lost.items()])
        markup = "<br>".join(
            [f"{_code(query).markup} {_models(models)}" for query, models in lost.items()]
        )  # fmt: skip
        rows_of_table.append(
            (_code(id), Cell(titles.get(id, "")), Cell(words or "nothing alone", markup or "nothing alone"))
        )
    heads = ("Assumption", "What it says", "What is lost without it")
    return Table("What rests on each assumption", heads, tuple(rows_of_table), "kbspec-overview")


def defence_in_depth(root: Path | None = None) -> Table:
    """What no single change shows to be necessary but a set of two or more does."""
    root = root or find_root()
    rows = []
    titles = _titles(root)
    for model, faults in fault_records.current(root).items():
        for query, one in faults.queries.items():
            alone = {id for ids in one.breaks if len(ids) == 1 for id in ids}
            for ids in one.breaks:
                if len(ids) > 1 and alone.isdisjoint(ids):
                    marked = " <b>and</b> ".join([str(_code(id).markup) for id in ids])
                    together = Cell(" and ".join(ids), marked)
                    words = Cell(" ".join([titles.get(id, "") for id in ids]))
                    rows.append((Cell(model, _models([model])), _code(query), together, words))
    heads = ("Model", "Property", "Lost only together", "What the two say")
    return Table("Defence in depth: what covers for what", heads, tuple(rows), "kbspec-overview")


def single_points(root: Path | None = None) -> Table:
    """The toggles that alone break the most properties, over all models with fault sets."""
    root = root or find_root()
    counts: dict[str, dict[str, set[str]]] = {}
    for model, faults in fault_records.current(root).items():
        for query, one in faults.queries.items():
            for ids in one.breaks:
                if len(ids) == 1:
                    counts.setdefault(ids[0], {}).setdefault(query, set()).add(model)
    titles = _titles(root)
    ordered = sorted(counts.items(), key=lambda item: (-len(item[1]), item[0]))
    rows = [
        (
            _code(id),
            Cell(titles.get(id, "")),
            Cell(str(len(queries))),
            Cell(", ".join(queries), ", ".join([str(_code(query).markup) for query in queries])),
        )
        for id, queries in ordered
    ]
    heads = ("Check or assumption", "What it says", "Properties", "Which")
    return Table("On what everything hangs", heads, tuple(rows), "kbspec-overview")


def finding_table(root: Path | None = None) -> Table:
    """Every finding: what it is, where it is told, and what a deployer or an implementer does about it."""
    rows = [
        (
            Cell(one.id, f'<a href="{one.chapter}.ipynb#{one.id}"><code>{one.id}</code></a>'),
            Cell(one.title),
            Cell(one.property, f"<code>{html.escape(one.property)}</code>"),
            Cell(one.fix),
        )
        for one in findings.current(root or find_root())
    ]
    heads = ("Finding", "What is the matter", "Breaks", "What closes it")
    return Table("Findings, each with its fix proved", heads, tuple(rows), "kbspec-overview")


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that maintainers left open, and what the models say.

    `source` names the thread, `evidence` verdicts that the answer rests on: (model, property, verdict).
    """

    question: str
    source: str
    answer: str
    evidence: tuple[tuple[str, str, str], ...]


def load_answers(path: Path) -> list[Answer]:
    """Read a data file: `[[answers]]` with question, source, answer and evidence, a list of three words each.

    Raises SpecificationError where it is not of this form.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return [
            Answer(
                one["question"],
                one["source"],
                one["answer"],
                tuple([(model, query, verdict) for model, query, verdict in one["evidence"]]),
            )
            for one in document["answers"]
        ]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SpecificationError(f"not a list of answers: {error}", where=path.name) from None


def answer_table(file: str, root: Path | None = None) -> Table:
    """The answers of a data file beside the notebooks, with what they rest on.

    Raises ClaimFailed where a verdict is another one than the file says, and as `load_answers`.
    """
    root = root or find_root()
    answers = load_answers(root / "notebooks" / file)
    models = verdicts.current(root)
    rows = []
    wrong: list[str] = []
    for one in answers:
        shown = []
        for model, query, verdict in one.evidence:
            record = models.get(model)
            found = record.queries[query].verdict if record and query in record.queries else "not verified"
            if found != verdict:
                wrong.append(f"{model}, {query}: {found}, but the answer says {verdict}")
            symbol = _SYMBOLS.get(found, "")
            shown.append(f"{symbol} <code>{html.escape(query)}</code> in {_models([model])}")
        words = "; ".join([f"{query} {verdict} in {model}" for model, query, verdict in one.evidence])
        cells = (Cell(one.question), Cell(one.source), Cell(one.answer), Cell(words, "<br>".join(shown)))
        rows.append(cells)
    if wrong:
        raise ClaimFailed("the answers", wrong)
    heads = ("Question", "Where", "Answer", "Rests on")
    return Table("Questions that maintainers left open", heads, tuple(rows), "kbspec-overview")


def _base_models(root: Path) -> list[ModelRecord]:
    found = [one for name, one in verdicts.current(root).items() if not is_variant(name)]
    return sorted(found, key=lambda one: (one.chapter, one.name))


def _in_models(id: str, models: Sequence[ModelRecord]) -> Cell:
    stating = [one for one in models if id in one.queries]
    words = [f"{_SYMBOLS[one.queries[id].verdict]} {one.name}" for one in stating]
    markup = [
        f'<span class="{_CSS[one.queries[id].verdict]}">{_SYMBOLS[one.queries[id].verdict]}</span> '
        f"{_models([one.name])}"
        for one in stating
    ]
    return Cell("; ".join(words) or "–", "<br>".join(markup) or "–")


def _titles(root: Path) -> dict[str, str]:
    """The text of every toggle, from the fault sets or else from the models' files."""
    from kbspec.models import MODELS
    from kbspec.tags import find_tags

    found: dict[str, str] = {}
    for model in _base_models(root):
        path = root / MODELS / f"{model.name}.pv"
        if path.is_file():
            for tag in find_tags(path.read_text(encoding="utf-8")):
                if tag.kind in BY_TAG:
                    found.setdefault(tag.id, tag.text)
    return found


def _code(id: str) -> Cell:
    return Cell(id, f"<code>{html.escape(id)}</code>")


def _models(names: Sequence[str]) -> str:
    return ", ".join([f'<a href="../pv/models/{html.escape(n)}.pv">{html.escape(n)}</a>' for n in names])


