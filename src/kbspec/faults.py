"""Every minimal set of toggles (`kbspec.toggle_kinds`) that breaks a property.

One saturation with labels (`appliedpi.families`) gives, for each query, the sets that the clauses allow. Each
is then run as a variant of its own (`kbspec.variants`), from the same source: it breaks the query where
a trace was replayed, it is undecided where the verifier says so. Where a variant turns out true although the
clauses allowed the set, the sets above it are tried one by one.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from kbspec.claims import FALSE, TRUE
from kbspec.errors import ClaimFailed, SpecificationError, did_you_mean
from kbspec.evidence import certified
from kbspec.fault_records import ModelFaults, QueryFaults, Set, Toggle, record_part
from kbspec.figures import Figure, keep
from kbspec.refutation import refuted
from kbspec.tables import Cell, Table
from kbspec.toggle_kinds import BY_TAG
from kbspec.verdicts import recorded

if TYPE_CHECKING:
    from appliedpi.families import FaultSets
    from kbspec.claims import Outcome
    from kbspec.models import Model

DEFAULT_BOUND = 2
Answer = Callable[[Set, str], str]  # the verdict of a query in the variant with these toggles on


@dataclass(frozen=True, slots=True)
class Faults:
    """The fault sets of a model. Build it with `model.fault_sets()`.

    `outcomes` are the answers for the model as it is, by query; `certified` the queries for which the
    independent checker accepted that no set breaks them but those that the clauses allow.
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
        rows = []
        for id in self.properties:
            faults = self[id]
            single = [one for one in faults.breaks if len(one) == 1]
            larger = [one for one in faults.breaks if len(one) > 1]
            alone = "nothing is needed" if () in faults.breaks else _listed(single) or "–"
            rows.append(
                (
                    Cell(id, f"<code>{html.escape(id)}</code>"),
                    Cell(alone, _marked(single) or html.escape(alone)),
                    Cell(_listed(larger) or "–", _marked(larger) or "–"),
                    Cell(_listed(faults.undecided) or "–", _marked(faults.undecided) or "–"),
                )
            )
        bound = self.found.complete_up_to
        complete = "of any number of toggles" if bound is None else f"of up to {bound} toggles"
        counts = Counter([one.kind for one in self.found.toggles.values()])
        what = " and ".join([f"{count} {kind}s" for kind, count in counts.items()])
        return Table(
            f"Every minimal set that breaks a property of {self.model.name}",
            ("Property", "Alone", "Together", "Undecided"),
            tuple(rows),
            "kbspec-faults",
            note=f'<p class="kbspec-summary">Over {what}; complete for sets {complete}. Each set was '
            "verified as a variant of its own, its attack replayed; a set that contains one of these breaks "
            f"the property too, because a toggle only ever adds behaviour. {self._proof()}</p>",
        )

    def _proof(self) -> str:
        """What shows that no set is missing; nothing where the sets were read from an earlier cell."""
        if self.certified is None:
            return ""
        asked = [id for id in self.properties if () not in self.found.queries[id].breaks]
        proved = [id for id in asked if id in self.certified]
        if not asked:
            return "There is no other set to be excluded."
        if len(proved) == len(asked):
            return "That no set is missing is proved by certificates that the independent checker accepted."
        if proved:
            return f"That no set is missing is proved by accepted certificates for {' and '.join(proved)}."
        return "Every set up to that size was verified as a variant of its own."

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


def _listed(sets: Iterable[Set]) -> str:
    return "; ".join([" and ".join(one) for one in sets])


def _marked(sets: Iterable[Set]) -> str:
    return "<br>".join(
        [" <b>and</b> ".join([f"<code>{html.escape(id)}</code>" for id in one]) for one in sets]
    )


def fault_sets(model: Model, bound: int, timeout: float | None) -> Faults:
    """Find the sets of a model, confirm each by a run of its variant, and record them.

    All sets of at most `bound` toggles, and larger ones as far as they are found in a fixed number of steps.
    Raises ClaimFailed where nothing has been claimed of the model, CertificateRejected where the independent
    checker does not accept that the clauses allow no other sets, and whatever `model.report` raises.
    """
    from kbspec.language import breaking_sets

    if recorded(model.root, model.chapter, model.name, model.text) is None:
        raise ClaimFailed(
            model.name, ["nothing has been claimed of it; verify(expect=...) it before its fault sets"]
        )
    toggles = _toggles(model)
    outcomes = {one.id: one for one in model.verify(timeout=timeout).outcomes}
    base = {id: one.verdict for id, one in outcomes.items()}
    verdicts = _Verdicts(model, base, timeout)
    candidates = breaking_sets(model.text, bound, timeout)
    proved = certified(candidates, model.text) if candidates is not None else ()
    search = _Search(tuple(toggles), bound, verdicts)
    if candidates is None:
        search.complete_up_to = bound
    else:
        verdicts.expect(_by_set(candidates))
    queries: dict[str, QueryFaults] = {}
    for id, verdict in base.items():
        sets = search.all_sets()
        if candidates is not None:
            sets, complete = candidates[id].sets, candidates[id].complete_up_to
            if complete is not None and verdict == TRUE:
                search.complete_up_to = min(complete, search.complete_up_to or complete)
        breaks, undecided = search.confirmed(id, list(sets))
        queries[id] = QueryFaults(verdict, breaks, undecided)
    answered = ModelFaults(search.complete_up_to, toggles, queries)
    record_part(model.root, model.chapter, model.name, answered)
    return Faults(model, answered, outcomes, proved)


def _by_set(candidates: Mapping[str, FaultSets]) -> dict[Set, list[str]]:
    """The queries that each set of at least one toggle may break."""
    found: dict[Set, list[str]] = {}
    for query, one in candidates.items():
        for ids in filter(None, one.sets):
            found.setdefault(ids, []).append(query)
    return found


def _toggles(model: Model) -> dict[str, Toggle]:
    found: dict[str, Toggle] = {}
    for tag in model.tags:
        if tag.kind in BY_TAG:
            source = "; ".join([str(citation) for citation in tag.sources])
            found.setdefault(tag.id, Toggle(BY_TAG[tag.kind].name, tag.text, source))
    return found


class _Verdicts:
    """The verdicts of variants. A variant is first searched for attacks on the queries that it is expected to
    break, and verified only where one of these is not found; each at most once."""

    def __init__(self, model: Model, base: Mapping[str, str], timeout: float | None) -> None:
        self._model = model
        self._timeout = timeout
        self._known: dict[Set, dict[str, str]] = {(): dict(base)}

    def expect(self, candidates: Mapping[Set, Collection[str]]) -> None:
        """Look for attacks on these queries, by the set of toggles that the clauses allow to break them."""
        for ids, queries in candidates.items():
            attacked = refuted(self._model.with_toggles(ids), queries, self._timeout)
            self._known.setdefault(ids, {}).update(dict.fromkeys(attacked, FALSE))

    def __call__(self, ids: Set, query: str) -> str:
        known = self._known.setdefault(ids, {})
        if query not in known:
            table = self._model.with_toggles(ids).verify(timeout=self._timeout)
            known.update({one.id: one.verdict for one in table.outcomes})
        return known[query]


class _Search:
    """Holds candidates against the verdicts of their variants.

    `complete_up_to` is the size up to which the answers are complete; None for any.
    """

    def __init__(self, toggles: Set, bound: int, answer: Answer) -> None:
        self._toggles = toggles
        self._bound = bound
        self._answer = answer
        self.complete_up_to: int | None = None

    def all_sets(self) -> tuple[Set, ...]:
        """Every set up to the bound, where the clauses give no candidates."""
        sizes = range(self._bound + 1)
        return tuple([ids for size in sizes for ids in combinations(self._toggles, size)])

    def confirmed(self, query: str, candidates: list[Set]) -> tuple[tuple[Set, ...], tuple[Set, ...]]:
        """The minimal sets that break the query, and those of which it is undecided."""
        breaks: list[Set] = []
        undecided: list[Set] = []
        work = set(candidates)
        while work:
            ids = min(work, key=lambda ids: (len(ids), [self._toggles.index(id) for id in ids]))
            work.remove(ids)
            if any(set(ids).issuperset(one) for one in (*breaks, *undecided)):
                continue
            verdict = self._answer(ids, query)
            if verdict == FALSE:
                breaks.append(ids)
            elif verdict != TRUE:
                undecided.append(ids)
            elif self.complete_up_to is None or len(ids) < self.complete_up_to:
                work.update(self._above(ids))
        return tuple(breaks), tuple(undecided)

    def _above(self, ids: Set) -> list[Set]:
        """The sets of one more toggle, up to the bound: the clauses, which allowed the set, hide them."""
        if len(ids) >= self._bound:
            self.complete_up_to = min(len(ids), self.complete_up_to or len(ids))
            return []
        return [tuple([id for id in self._toggles if id in ids or id == one]) for one in self._toggles
                if one not in ids]  # fmt: skip
