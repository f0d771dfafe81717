"""Campaigns: variants of the models of the book run one by one, against what the fault sets say of them all.

`pv/fault-sets.json` says of every set of toggles which properties hold. A campaign verifies, separately and
with each back end, every variant with one toggle on, and of those with more all or a seeded sample.
`pv/campaign.json` keeps what was run and what came of it:

    {"seed", "verifiers": {BACK END: VERSION}, "contradictions": n,
     "models": {NAME: {"toggles": n, "singles": n, "larger": n, "every_set": bool,
                       "verdicts": {BACK END: {VERDICT: n}}, "confirmed": n, "weaker": n, "unclaimed": n,
                       "limits": n, "sha256"}}}

`singles` and `larger` are the numbers of variants with one toggle on and with more; `every_set` says whether
these are all that there are. Of the verdicts, `confirmed` are what the fault sets say, `weaker` are "cannot
be proved" where they say more, and of the `unclaimed` they say nothing: the set is undecided, or larger than
those that were looked at. `sha256` is that of the texts and verdicts. No time is recorded, so the file does
not depend on the machine or the order of the runs.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

from kbspec.claims import UNKNOWN
from kbspec.commands import model_file, with_toggles
from kbspec.errors import SpecificationError, did_you_mean
from kbspec.fault_records import FILE, ModelFaults, Set, load
from kbspec.jobs import Done, Job, finish, identity

SUMMARY = Path("pv") / "campaign.json"


@dataclass(frozen=True, slots=True)
class Variant:
    """A model with these toggles on."""

    model: str
    on: Set

    def __str__(self) -> str:
        return f"{self.model} with {' and '.join(self.on)}"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What one back end says of a variant."""

    variant: Variant
    job: Job
    done: Done


def variants(faults: Mapping[str, ModelFaults], seed: int, sets: int) -> list[Variant]:
    """Of every model each single toggle and so many different larger sets, or all where there are no more."""
    return [
        Variant(model, on)
        for model, one in faults.items()
        for on in [*[(id,) for id in one.toggles], *_larger(model, tuple(one.toggles), seed, sets)]
    ]


def _larger(model: str, toggles: Set, seed: int, sets: int) -> list[Set]:
    """Sets of two and more: all, or so many, of which first the size is drawn and then the set.

    The same for the same seed, and those of fewer `sets` are the first of those of more, so that what was run
    once counts.
    """
    if 2 ** len(toggles) - len(toggles) - 1 <= sets:
        sizes = range(2, len(toggles) + 1)
        return [on for size in sizes for on in combinations(toggles, size)]
    random = Random(f"{seed} {model}")
    found: dict[Set, None] = {}
    while len(found) < sets:
        chosen = random.sample(range(len(toggles)), random.randint(2, len(toggles)))
        found.setdefault(tuple([toggles[index] for index in sorted(chosen)]))
    return list(found)


def jobs_for(
    root: Path, wanted: Iterable[Variant], backends: Sequence[str], timeout: float, memory: int
) -> Iterator[tuple[Job, Variant]]:  # fmt: skip
    """A job for each variant and back end. Raises SpecificationError or VariantError as `with_toggles`."""
    for one in wanted:
        text = with_toggles(model_file(root, one.model), one.on)
        for backend in backends:
            yield Job(str(one), text, backend, identity(backend), timeout, memory), one


def chosen_faults(root: Path, models: Sequence[str]) -> dict[str, ModelFaults]:
    """The recorded fault sets of these models; of all where none is named.

    Raises SpecificationError where there are none.
    """
    known = load(root)
    if not known:
        raise SpecificationError(
            f"{FILE.path.as_posix()} has no fault sets", advice="execute the chapters: make book"
        )
    for model in models:
        if model not in known:
            raise SpecificationError(f"{model} has no fault sets", advice=did_you_mean(model, known))
    return {model: one for model, one in known.items() if not models or model in models}


def contradictions(faults: Mapping[str, ModelFaults], said: Iterable[Verdicts]) -> list[str]:
    """A sentence for each verdict that is not what the fault sets say."""
    found = []
    for one in said:
        of_model = faults[one.variant.model]
        for query, verdict in one.done.verdicts.items():
            claim = of_model.claims(query, frozenset(one.variant.on))
            if claim is not None and verdict not in (claim, UNKNOWN):
                found.append(
                    f"{one.variant}: {one.job.backend} says {verdict} of {query}, "
                    f"{FILE.path.as_posix()} says {claim}"
                )
    return found


def summary(faults: Mapping[str, ModelFaults], said: Sequence[Verdicts], seed: int) -> dict[str, Any]:
    """What goes into `pv/campaign.json`."""
    own = f"formal-spec-kbs {version('formal-spec-kbs')}"
    verifiers = {one.job.backend: own if one.job.backend == "builtin" else one.job.verifier for one in said}
    return {
        "seed": seed,
        "verifiers": verifiers,
        "contradictions": len(contradictions(faults, said)),
        "models": {
            model: _summary(of_model, [one for one in said if one.variant.model == model])
            for model, of_model in faults.items()
        },
    }


def _summary(faults: ModelFaults, said: Sequence[Verdicts]) -> dict[str, Any]:
    counts = {"confirmed": 0, "weaker": 0, "unclaimed": 0}
    for one in said:
        for query, verdict in one.done.verdicts.items():
            claim = faults.claims(query, frozenset(one.variant.on))
            if claim is None:
                counts["unclaimed"] += 1
            elif verdict == claim:
                counts["confirmed"] += 1
            elif verdict == UNKNOWN:
                counts["weaker"] += 1
    verdicts: dict[str, Counter[str]] = {one.job.backend: Counter() for one in said}
    for one in said:
        verdicts[one.job.backend].update(one.done.verdicts.values())
    run = {one.variant.on for one in said}
    content = sorted([[one.job.backend, one.job.text, sorted(one.done.verdicts.items())] for one in said])
    return {
        "toggles": len(faults.toggles),
        "singles": sum(len(on) == 1 for on in run),
        "larger": sum(len(on) > 1 for on in run),
        "every_set": len(run) == 2 ** len(faults.toggles) - 1,
        "verdicts": {backend: dict(sorted(count.items())) for backend, count in sorted(verdicts.items())},
        **counts,
        "limits": sum(one.done.limit is not None for one in said),
        "sha256": hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest(),
    }


def run_campaign(
    root: Path, work: Iterable[tuple[Job, Variant]], total: int, pool: Executor
) -> list[Verdicts]:
    """What comes of so many jobs, in their order, with a progress bar at a terminal.

    Raises as `jobs_for` and `jobs.finish`.
    """
    from tqdm import tqdm

    variants: dict[Job, Variant] = {}

    def jobs() -> Iterator[Job]:
        for job, variant in work:
            variants[job] = variant
            yield job

    with tqdm(total=total, unit=" runs", disable=None, leave=False) as bar:

        def show(job: Job) -> None:
            bar.set_postfix_str(job.name, False)
            bar.update()

        done = finish(jobs(), root, pool, show)
    return [Verdicts(variants[job], job, one) for job, one in done.items()]
