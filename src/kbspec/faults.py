"""The minimal sets of toggles that break each property of a model, as a reader sees them.

The toggles are those of `kbspec.toggle_kinds`; `kbspec.fault_search` finds the sets.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kbspec.errors import SpecificationError, did_you_mean
from kbspec.fault_records import ModelFaults, QueryFaults, Set
from kbspec.figures import Figure, keep
from kbspec.tables import Cell, Table

if TYPE_CHECKING:
    from kbspec.claims import Outcome
    from kbspec.models import Model


@dataclass(frozen=True, slots=True)
class Faults:
    """The fault sets of a model. Build it with `model.fault_sets()`.

    `outcomes` are the answers for the model as it is, by query; `certified` the queries for which the
    independent checker accepted that no set breaks them but those that the clauses allow, so that no variant
    but theirs had to be run; None where the sets were read from an earlier cell.
    """

    model: Model
    found: ModelFaults
    outcomes: Mapping[str, Outcome]
    certified: tuple[str, ...] | None

    def __getitem__(self, query: str) -> QueryFaults:
        """The sets for one query. Raises SpecificationError for an unknown one."""
        try:
            return self.found.queries[query]
        except KeyError:
            raise SpecificationError(
                f"model {self.model.name} has no query {query}",
                advice=did_you_mean(query, self.found.queries),
            ) from None

    @property
    def properties(self) -> tuple[str, ...]:
        """Every query but those that ask for an honest run."""
        return tuple([id for id, one in self.outcomes.items() if not one.reachability])

    def in_words(self, query: str) -> list[str]:
        """A sentence for each set that breaks the query, or one that says that none does."""
        self[query]
        return self.found.in_words(query)

    def table(self) -> Table:
        """A row for each property: the sets of one toggle, and the larger ones."""
        counts = Counter([one.kind for one in self.found.toggles.values()])
        what = " and ".join([_counted(count, kind) for kind, count in counts.items()])
        return Table(
            f"Every minimal set that breaks a property of {self.model.name}",
            _COLUMNS,
            tuple(self.rows()),
            "kbspec-faults",
            note=f'<p class="kbspec-summary">Over {what}; {_said([self])}</p>',
        )

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """The rows of `table`."""
        for id in self.properties:
            faults = self[id]
            single = [one for one in faults.breaks if len(one) == 1]
            larger = [one for one in faults.breaks if len(one) > 1]
            alone = "nothing is needed" if () in faults.breaks else _listed(single) or "–"
            yield (
                Cell(id, f"<code>{html.escape(id)}</code>"),
                Cell(alone, _marked(single) or html.escape(alone)),
                Cell(_listed(larger) or "–", _marked(larger) or "–"),
                Cell(_listed(faults.undecided) or "–", _marked(faults.undecided) or "–"),
            )

    def tree(self, query: str) -> Figure:
        """The fault tree of a property. Raises SpecificationError where no set breaks it."""
        from kbspec.fault_trees import fault_tree

        faults = self[query]
        if not faults.breaks or () in faults.breaks:
            raise SpecificationError(
                f"there is no fault tree of {query}: {' '.join(self.in_words(query))}",
                advice="draw one of a property that some set breaks",
            )
        chart = fault_tree(
            self.model.name, query, self.outcomes[query].statement, faults.breaks, self.found.toggles,
            listing="\n".join(self.in_words(query)),
        )  # fmt: skip
        return keep(self.model.root, self.model.chapter, f"{self.model.name}-{query}-faults", chart)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def __repr__(self) -> str:
        return repr(self.table())


_COLUMNS = ("Property", "Alone", "Together", "Undecided")
_MEANING = (
    "Each set was run as a variant of its own, its attack replayed; a set that contains one of these breaks "
    "the property too, because a toggle only ever adds behaviour."
)


def together(all: Sequence[Faults]) -> Table:
    """The fault sets of several models as one table, in the order given. Raises ValueError for no model."""
    if not all:
        raise ValueError("no model is given")
    names = ", ".join([one.model.name for one in all])
    rows = [
        (Cell(one.model.name, f"<code>{html.escape(one.model.name)}</code>"), *row)
        for one in all
        for row in one.rows()
    ]
    return Table(
        f"Every minimal set that breaks a property of {names}",
        ("Model", *_COLUMNS),
        tuple(rows),
        "kbspec-faults",
        note=f'<p class="kbspec-summary">{_said(all)[0].upper()}{_said(all)[1:]}</p>',
    )


def _said(all: Sequence[Faults]) -> str:
    """What the sets mean, how far they are complete, and what shows it."""
    bounds = [one.found.complete_up_to for one in all if one.found.complete_up_to is not None]
    size = f"up to {min(bounds)}" if bounds else "any number of"
    return f"complete for sets of {size} toggles. {_MEANING} {_proof(all)}"


def _proof(all: Sequence[Faults]) -> str:
    """What shows that no set is missing; nothing where the sets were read from an earlier cell."""
    if any(one.certified is None for one in all):
        return ""
    asked = [(one, id) for one in all for id in one.properties if () not in one.found.queries[id].breaks]
    proved = [id for one, id in asked if id in (one.certified or ())]
    if not asked:
        return "There is no other set to be excluded."
    if len(proved) == len(asked):
        return "That no set is missing is proved by certificates that the independent checker accepted."
    by_runs = "variants were verified one by one: one that holds stands for every set within it"
    if proved:
        return (
            "That no set is missing is proved by accepted certificates for "
            f"{' and '.join(proved)}; for the others {by_runs}."
        )
    return f"That no set is missing is from runs: {by_runs}."


def _counted(count: int, kind: str) -> str:
    return f"{count} {kind}" if count == 1 else f"{count} {kind}s"


def _listed(sets: Iterable[Set]) -> str:
    return "; ".join([" and ".join(one) for one in sets])


def _marked(sets: Iterable[Set]) -> str:
    return "<br>".join(
        [" <b>and</b> ".join([f"<code>{html.escape(id)}</code>" for id in one]) for one in sets]
    )
