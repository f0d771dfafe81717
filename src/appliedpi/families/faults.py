"""Every minimal set of toggles that breaks a query, from one saturation for all sets.

The sets found are those that the clauses allow: with any set of toggles on that contains none of them, the
query is true. Whether one of them breaks the query in fact is for a run of that variant to say, because the
clauses over-approximate the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from appliedpi import core
from appliedpi.check.scope import Scope
from appliedpi.engine import SaturatedModel
from appliedpi.equations import compile_theory
from appliedpi.errors import InputError, LimitExceeded
from appliedpi.families.toggles import Family
from appliedpi.limits import Limits, ProgressCallback
from appliedpi.terms import forget_unused
from appliedpi.translated import TranslatedModel

DEFAULT_BOUND = 2
DEFAULT_STEPS = 20_000  # of resolution, for one query without a bound; the same on every machine


class NotUnderstood(InputError):
    """The proof of the model uses what may not hold in a variant, so its clauses say nothing of variants."""


@dataclass(frozen=True, eq=False, slots=True)
class FaultSets:
    """The minimal sets for one query, each a tuple of IDs, the smallest first.

    Every set of at most `complete_up_to` toggles (None: of any number) that contains none of `sets` leaves
    the query true. `certificate` proves that to `appliedpi.check`; None where the format has no place for the
    query, or where the query is false without any toggle, so that nothing is claimed.
    """

    query: core.Query
    sets: tuple[tuple[str, ...], ...]
    complete_up_to: int | None
    certificate: str | None


def fault_sets(
    family: Family,
    *,
    bound: int = DEFAULT_BOUND,
    steps: int = DEFAULT_STEPS,
    limits: Limits | None = None,
    progress: ProgressCallback | None = None,
) -> tuple[FaultSets, ...]:
    """The sets for each query of the model, in the order of the text.

    First the sets of one toggle, for all queries from one saturation; then for each query the larger ones, in
    at most so many `steps`, those found set apart, which cuts off most of the search. Where these steps do
    not suffice, all sets of at most `bound` toggles, and the larger ones once more. Raises NotUnderstood for
    a model whose proof uses what may not hold in a variant (lemmas, `not` declarations, key compromise), and
    LimitExceeded where `limits` end the search.
    """
    forget_unused()
    _refuse_what_variants_may_break(family.model)
    limits = limits or Limits()
    results: dict[core.Query, FaultSets] = {}
    left = family.model.queries
    for size in sorted({min(1, bound), bound}) if steps else [bound]:
        scope = Scope(family.toggles, None if size >= len(family.toggles) else size, (), ())
        for found in _search(family, left, scope, limits, progress) if left else ():
            results[found.query] = _further(family, found, steps, limits, progress) if steps else found
        left = tuple([query for query in left if results[query].complete_up_to is not None])
    return tuple([results[query] for query in family.model.queries])


def _further(
    family: Family, found: FaultSets, steps: int, limits: Limits, progress: ProgressCallback | None
) -> FaultSets:
    """The sets of any size, those found set apart; what was found where that takes more steps."""
    if found.complete_up_to is None:
        return found
    counted = Limits(limits.remaining(), limits.memory_bytes, steps=steps)
    apart = Scope(family.toggles, None, tuple([family.label(ids) for ids in found.sets]), ())
    try:
        (complete,) = _search(family, (found.query,), apart, counted, progress)
    except LimitExceeded:
        limits.check_now()
        return found
    return complete


def minimal(labels: Iterable[int]) -> list[int]:
    """The labels that contain no other one, those of the fewest toggles first."""
    found: list[int] = []
    for label in sorted(set(labels), key=lambda label: (label.bit_count(), label)):
        if not any([smaller & ~label == 0 for smaller in found]):
            found.append(label)
    return found


def _search(
    family: Family,
    queries: tuple[core.Query, ...],
    scope: Scope,
    limits: Limits,
    progress: ProgressCallback | None,
) -> Iterator[FaultSets]:
    """The minimal sets for each query: those that one saturation finds in the scope, and those set apart."""
    model = family.model
    assumed = [assumption for assumption in model.assumptions if assumption.kind != "lemma"]
    translated = TranslatedModel(model, compile_theory(model), queries, assumed)
    saturated = SaturatedModel(
        translated, limits, progress, discard=lambda clause: not scope.includes(clause.label)
    )
    for query in queries:
        breaking = saturated.breaking(query)
        labels = minimal([*scope.apart, *breaking.labels])
        sets = tuple([family.names(label) for label in labels])
        if 0 in labels:
            yield FaultSets(query, sets, None, None)
        else:
            proved = replace(scope, breaks=tuple([label for label in labels if label not in scope.apart]))
            certificate = saturated.family_certificate(query, breaking, proved)
            yield FaultSets(query, sets, scope.bound, certificate)


def _refuse_what_variants_may_break(model: core.Model) -> None:
    reasons = [
        (any(assumption.kind == "lemma" for assumption in model.assumptions), "a lemma"),
        (bool(model.secrecy_assumptions), "a `not` declaration"),
        (model.settings.get("keyCompromise", "none") != "none", "key compromise"),
    ]
    for present, what in reasons:
        if present:
            raise NotUnderstood(
                f"the proof of this model uses {what}, which is not understood for sets of toggles",
                advice="verify its variants one by one",
            )
