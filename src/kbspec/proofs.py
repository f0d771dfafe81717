"""What a proof is made of, as tables and pictures: clauses, their resolution, derivations.

A projection of what `appliedpi.explain` says the verifier did; nothing here knows how it did it.

    from kbspec import proofs
    proofs.clauses(model)
    spec.figure("saturation", proofs.resolution_graph(proofs.saturation(model), title=..., description=...))
"""

from __future__ import annotations

import html
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import graphviz

from kbspec.errors import SpecificationError, did_you_mean
from kbspec.graphs import graph
from kbspec.models import Model
from kbspec.picture import Chart, Ink
from kbspec.queries import query_id
from kbspec.tables import Cell, Table

if TYPE_CHECKING:
    from appliedpi.explain import ClauseText, DerivedFact, SaturationText

_EVERYBODY = ("attacker: applies true", "attacker: applies false", "attacker: applies 0")
_NUMBERS = ("attacker: applies + 1", "attacker: applies - 1", "attacker: applies 1-proj-+ 1")


def clauses(model: Model) -> Table:
    """The initial clauses of a model, but for the booleans and the natural numbers that every model has."""
    from appliedpi.explain import clauses_of

    shown = [one for one in clauses_of(model.text) if one.origin not in (*_EVERYBODY, *_NUMBERS)]
    rows = tuple(
        (Cell(str(row)), _clause_cell(one), _origin_cell(one, model)) for row, one in enumerate(shown, 1)
    )
    return Table(f"Initial clauses of {model.name}", ("No.", "Clause", "From"), rows, "kbspec-clauses")


@dataclass(frozen=True, eq=False, slots=True)
class Resolutions:
    """The clauses that one saturation made, in order. Shows as a table.

    `resolved` are the numbers of the clauses that took part in a resolution, `before` the clauses that it
    started from and did not make itself.
    """

    model: Model
    caption: str
    clauses: tuple[ClauseText, ...]
    empty: tuple[tuple[int, int], ...]
    resolved: frozenset[int]
    before: tuple[ClauseText, ...] = ()

    def concluding(self, fact: str) -> Resolutions:
        """Only the clauses whose conclusion begins as `fact` does."""
        return replace(
            self,
            caption=f"{self.caption}: the clauses that conclude {fact}...",
            clauses=tuple([clause for clause in self.clauses if clause.conclusion.startswith(fact)]),
            empty=(),
        )

    def _table(self) -> Table:
        rows = tuple(
            (
                Cell(str(clause.number)),
                _clause_cell(clause),
                _origin_cell(clause, self.model),
                Cell(self._fate(clause)),
            )
            for clause in self.clauses
        )
        columns = ("No.", "Clause", "From", "Fate")
        return Table(self.caption, columns, rows, "kbspec-clauses", note=self._note())

    def _note(self) -> str:
        if not self.empty:
            return ""
        pairs = ", ".join(f"{one} with {two}" for one, two in self.empty)
        return f'<p class="kbspec-note">Resolved too, but the result says nothing: {pairs}.</p>'

    def _fate(self, clause: ClauseText) -> str:
        if clause.subsumed_by is not None:
            return f"subsumed by {clause.subsumed_by}"
        if clause.satisfies:
            return "satisfies the query"
        if clause.waiting:
            return "waiting"
        if clause.selected is None:
            return "solved"
        return "resolved" if clause.number in self.resolved else "stuck"

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()

    def __repr__(self) -> str:
        return repr(self._table())


def saturation(model: Model) -> Resolutions:
    """The saturation of a model."""
    from appliedpi.explain import saturation_of

    return _resolutions(model, f"Saturation of {model.name}", saturation_of(model.text))


def without_selection(model: Model, most: int) -> Resolutions:
    """The first `most` clauses of a saturation that selects the first hypothesis, whatever it is."""
    from appliedpi.explain import saturation_of

    caption = f"{model.name}, the first hypothesis always selected, stopped after {most} clauses"
    return _resolutions(model, caption, saturation_of(model.text, first_hypothesis=True, most=most))


def solution(model: Model, query: str) -> Resolutions:
    """The resolution of the goal of a query with the solved clauses of its model."""
    from appliedpi.explain import saturation_of, solution_of

    found = solution_of(model.text, _number(model, query))
    return _resolutions(model, f"{query} of {model.name}", found, saturation_of(model.text).clauses)


def _resolutions(
    model: Model, caption: str, found: SaturationText, before: tuple[ClauseText, ...] = ()
) -> Resolutions:
    pairs = [*found.empty, *[clause.parents for clause in found.clauses if clause.parents]]
    resolved = frozenset([number for pair in pairs for number in pair])
    if not found.finished:  # what has no partner yet may have got one later
        resolved = frozenset([clause.number for clause in found.clauses])
    return Resolutions(model, caption, found.clauses, found.empty, resolved, before)


def _number(model: Model, query: str) -> int:
    ids = [query_id(one) for one in model.types.queries]
    if query not in ids:
        raise SpecificationError(f"{model.name} has no query {query}", advice=did_you_mean(query, ids))
    return ids.index(query)


# --- tables -----------------------------------------------------------------------------------------


def _clause_cell(clause: ClauseText) -> Cell:
    """The clause on one line; its selected hypothesis is bold, or between asterisks."""
    marked = [f"*{one}*" if i == clause.selected else one for i, one in enumerate(clause.hypotheses)]
    escaped = [html.escape(one) for one in clause.hypotheses]
    strong = [f"<strong>{one}</strong>" if i == clause.selected else one for i, one in enumerate(escaped)]
    arrow = " -> " if clause.hypotheses or clause.constraints else ""
    text = " && ".join([*marked, *clause.constraints]) + arrow + clause.conclusion
    constraints = [html.escape(one) for one in clause.constraints]
    markup = " &amp;&amp; ".join([*strong, *constraints]) + html.escape(arrow + clause.conclusion)
    return Cell(text, f"<code>{markup}</code>")


def _origin_cell(clause: ClauseText, model: Model) -> Cell:
    if clause.line is None:
        return Cell(clause.origin)
    where, _, statement = clause.origin.partition(": ")
    address = html.escape(f"../{model.path.as_posix()}#line-{clause.line}", quote=True)
    return Cell(clause.origin, f'<a href="{address}">{where}</a>: <code>{html.escape(statement)}</code>')


# --- pictures ---------------------------------------------------------------------------------------


def resolution_graph(
    found: Resolutions, *, title: str, description: str, only: Container[int] | None = None
) -> Chart:
    """Which clause came from which. `only` leaves out all clauses but those with these numbers.

    A clause stands below the two it was resolved from. Its selected hypothesis is bold; a clause that selects
    nothing is blue, one that was subsumed has a dashed border.
    """
    by_number = {clause.number: clause for clause in (*found.before, *found.clauses)}
    own = {clause.number for clause in found.clauses}
    needed = {parent for clause in found.clauses for parent in clause.parents or ()}
    numbers = sorted(own | needed) if only is None else [n for n in sorted(by_number) if n in only]
    dot = _empty_graph()
    for number in numbers:
        _clause_node(dot, by_number[number])
    lines = [title]
    for number in numbers:
        clause = by_number[number]
        lines.append(f"  {number}. {_clause_cell(clause).text}   ({clause.origin})")
        for parent in clause.parents or ():
            if parent in numbers and number in own:
                dot.edge(str(parent), str(number), color=Ink.LINE)
        if clause.subsumed_by in numbers:
            lines.append(f"     subsumed by {clause.subsumed_by}")
            dot.edge(
                str(clause.subsumed_by), str(number), label="  subsumes  ", style="dashed", color=Ink.MUTED,
                fontcolor=Ink.MUTED, constraint="false",
            )  # fmt: skip
    return graph(dot, title, description, listing="\n".join(lines))


def derivation_graph(model: Model, query: str, *, title: str, description: str) -> Chart:
    """How the clauses derive what violates a query, premises above what they lead to.

    Raises SpecificationError where nothing is derived: the query is true.
    """
    from appliedpi.explain import derivation_of

    facts = derivation_of(model.text, _number(model, query))
    if not facts:
        raise SpecificationError(f"{query} of {model.name} is true: there is no derivation against it")
    dot = _empty_graph()
    lines = [title]
    for fact in facts:
        _derived_node(dot, fact)
        needs = f", from {' and '.join(map(str, fact.premises))}" if fact.premises else ""
        lines.append(f"  {fact.number}. {fact.fact}   ({fact.rule}{needs})")
        for premise in fact.premises:
            dot.edge(str(premise), str(fact.number), color=Ink.LINE)
    return graph(dot, title, description, listing="\n".join(lines))


def _empty_graph() -> graphviz.Digraph:
    return graphviz.Digraph(
        graph_attr={"rankdir": "TB", "nodesep": "0.3", "ranksep": "0.45"},
        node_attr={"shape": "box", "style": "rounded,filled", "fontcolor": Ink.INK, "fillcolor": Ink.BOX},
        edge_attr={"fontcolor": Ink.INK},
    )


def _label(head: str, lines: Iterable[str]) -> str:
    small = f'<FONT POINT-SIZE="10" COLOR="{Ink.MUTED}">{html.escape(head)}</FONT>'
    return "<" + "".join(f'{line}<BR ALIGN="LEFT"/>' for line in (small, *lines)) + ">"


def _clause_node(dot: graphviz.Digraph, clause: ClauseText) -> None:
    lines = []
    for index, hypothesis in enumerate(clause.hypotheses):
        shown = html.escape(hypothesis)
        lines.append(f"<B>{shown}</B>" if index == clause.selected else shown)
    lines += [html.escape(constraint) for constraint in clause.constraints]
    arrow = "→ " if clause.hypotheses or clause.constraints else ""
    lines.append(html.escape(f"{arrow}{clause.conclusion}"))
    style: Mapping[str, str] = {"color": Ink.LINE}
    if clause.subsumed_by is not None:
        style = {"color": Ink.MUTED, "style": "rounded,filled,dashed"}
    elif clause.satisfies:
        style = {"color": Ink.TRUSTED, "fillcolor": Ink.TRUSTED_BOX}
    elif clause.selected is None:
        style = {"color": Ink.EVENT, "fillcolor": Ink.EVENT_BOX}
    dot.node(str(clause.number), label=_label(f"{clause.number}  {clause.origin}", lines), **style)


def _derived_node(dot: graphviz.Digraph, fact: DerivedFact) -> None:
    style = {"color": Ink.LINE}
    if fact.line is None:
        style = {"color": Ink.ATTACKER, "fillcolor": Ink.ATTACKER_BOX}
    dot.node(str(fact.number), label=_label(f"{fact.number}  {fact.rule}", [html.escape(fact.fact)]), **style)
