"""Find every minimal set of toggles (`kbspec.toggle_kinds`) that breaks a property.

One saturation with labels (`appliedpi.families`) gives, for each query, the sets that the clauses allow. Each
is then run as a variant of its own (`kbspec.variants`), from the same source: it breaks the query where
a trace was replayed, it is undecided where the verifier says so. Where the clauses do not settle it, because
the saturation came to its limit, or a variant turns out true although they allowed the set, variants are
verified one by one, as a border search asks for them (`kbspec.border_search`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from kbspec.border_search import Border, Ids, NoAnswer, border_search
from kbspec.claims import FALSE, TRUE
from kbspec.errors import ClaimFailed, LimitReached
from kbspec.evidence import certified
from kbspec.fault_records import ModelFaults, QueryFaults, Set, Toggle, record_part
from kbspec.faults import Faults
from kbspec.refutation import refuted
from kbspec.toggle_kinds import BY_TAG
from kbspec.verdicts import recorded

if TYPE_CHECKING:
    from appliedpi.families import FaultSets
    from kbspec.models import Model

DEFAULT_BOUND = 2
DEFAULT_RUNS = 40  # of variants, for one model; the same on every machine
Verdicts = Mapping[str, str]  # by query


def fault_sets(model: Model, bound: int, timeout: float | None, runs: int) -> Faults:
    """Find the sets of a model, confirm each by a run of its variant, and record them.

    All sets of at most `bound` toggles, and larger ones as far as the common saturation finds them in a fixed
    number of steps; where that is not far enough, by a border search in at most so many `runs` of variants.
    Raises ClaimFailed where nothing has been claimed of the model, CertificateRejected where the independent
    checker does not accept that the clauses allow no other sets, and whatever `model.report` raises.
    """
    if recorded(model.root, model.chapter, model.name, model.text) is None:
        raise ClaimFailed(
            model.name, ["nothing has been claimed of it; verify(expect=...) it before its fault sets"]
        )
    toggles = _toggles(model)
    outcomes = {one.id: one for one in model.verify(timeout=timeout).outcomes}
    base = {id: one.verdict for id, one in outcomes.items()}
    variants = _Variants(model, tuple(toggles), base, timeout, bound, runs)
    candidates = _candidates(model.text, bound, timeout)
    accepted = certified(candidates, model.text)
    variants.expect(_by_set(candidates))
    queries: dict[str, QueryFaults] = {}
    bounds: list[int] = []
    proved = []
    for id, verdict in base.items():
        border, by_certificate = variants.border(id, candidates.get(id))
        sets = sorted([variants.ordered(ids) for ids in border.breaking], key=variants.rank)
        breaks = tuple([ids for ids in sets if variants.verdict(ids, id) == FALSE])
        queries[id] = QueryFaults(verdict, breaks, tuple([ids for ids in sets if ids not in breaks]))
        if border.complete_up_to is not None:
            bounds.append(border.complete_up_to)
        if by_certificate and id in accepted:
            proved.append(id)
    answered = ModelFaults(min(bounds, default=None), toggles, queries)
    record_part(model.root, model.chapter, model.name, answered)
    return Faults(model, answered, outcomes, tuple(proved))


def _candidates(text: str, bound: int, timeout: float | None) -> Mapping[str, FaultSets]:
    """The sets that the clauses allow, by query; none where the common saturation gives no answer."""
    from appliedpi.errors import LimitExceeded
    from kbspec.language import breaking_sets

    try:
        return breaking_sets(text, bound, timeout) or {}
    except LimitExceeded:
        return {}


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


class _Variants:
    """The variants of a model, each verified at most once; of those with more than `bound` toggles at most
    `runs`. Where it is known which queries to expect broken, attacks on these are looked for first."""

    def __init__(
        self, model: Model, toggles: Set, base: Verdicts, timeout: float | None, bound: int, runs: int
    ) -> None:
        self._model = model
        self._toggles = toggles
        self._timeout = timeout
        self._bound = bound
        self._runs = runs
        self._known: dict[Set, dict[str, str]] = {(): dict(base)}

    def expect(self, candidates: Mapping[Set, Collection[str]]) -> None:
        """Look for attacks on these queries, by the set of toggles that is expected to break them."""
        for ids, queries in candidates.items():
            attacked = refuted(self._model.with_toggles(ids), queries, self._timeout)
            self._known.setdefault(self.ordered(ids), {}).update(dict.fromkeys(attacked, FALSE))

    def verdict(self, ids: Set, query: str) -> str:
        """The verdict of the query with these toggles on. Raises whatever `model.report` raises."""
        known = self._known.setdefault(ids, {})
        if query not in known:
            known.update(self._verify(ids))
        return known[query]

    def _verify(self, ids: Set) -> Verdicts:
        table = self._model.with_toggles(ids).verify(timeout=self._timeout)
        return {one.id: one.verdict for one in table.outcomes}

    def border(self, query: str, found: FaultSets | None) -> tuple[Border, bool]:
        """The minimal sets with which a query is not true, and whether those `found` settle it.

        Of a set that contains none of those found, and is as small as these are complete, no variant is run.
        """
        allowed = [frozenset(ids) for ids in found.sets] if found is not None else []
        complete_up_to = found.complete_up_to if found is not None else 0
        asked = 0

        def is_lost(ids: Ids) -> bool:
            nonlocal asked
            small = complete_up_to is None or len(ids) <= complete_up_to
            if found is not None and small and not any([ids >= one for one in allowed]):
                return False
            asked += 1
            return self._verdict_in_budget(self.ordered(ids), query) != TRUE

        lost = [ids for ids in allowed if self.verdict(self.ordered(ids), query) != TRUE]
        border = border_search(self._toggles, is_lost, lost, self._bound)
        return border, found is not None and asked == 0

    def _verdict_in_budget(self, ids: Set, query: str) -> str:
        if query in self._known.get(ids, ()) or len(ids) <= self._bound:
            return self.verdict(ids, query)
        if self._runs == 0:
            raise NoAnswer
        self._runs -= 1
        try:
            return self.verdict(ids, query)
        except LimitReached:
            raise NoAnswer from None

    def ordered(self, ids: Iterable[str]) -> Set:
        """These toggles in the order of the model."""
        return tuple(sorted(ids, key=self._toggles.index))

    def rank(self, ids: Set) -> tuple[int, list[int]]:
        """The smallest sets first, then in the order of the model."""
        return len(ids), [self._toggles.index(id) for id in ids]
