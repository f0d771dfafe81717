"""Every minimal set of toggles that breaks a property, per model: `pv/fault-sets.json`.

    {"models": {NAME: {
        "complete_up_to": null | k,
        "toggles": {ID: {"kind": "check" | "assumption" | "alternative", "title", "source"}},
        "queries": {QUERY-ID: {"base": VERDICT, "breaks": [[ID, ...], ...], "undecided": [[ID, ...], ...]}}}}}

A set "breaks" a query where the variant with all its toggles on has a replayed trace, and is "undecided"
where the verifier says of that variant that the query cannot be proved. With any set of at most
`complete_up_to` toggles (null: of any number) that contains none of either kind, the query is true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbspec import matrix_records
from kbspec.claims import TRUE, UNKNOWN
from kbspec.errors import SpecificationError
from kbspec.parts import PartedFile
from kbspec.toggle_kinds import ALTERNATIVE, BY_NAME

FILE = PartedFile("fault-sets")

Set = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Toggle:
    """What can be turned on: `kind` is the name of its kind, `title` the text of its tag."""

    kind: str
    title: str
    source: str


@dataclass(frozen=True, slots=True)
class QueryFaults:
    """The minimal sets for one query; `base` is the verdict with no toggle on."""

    base: str
    breaks: tuple[Set, ...]
    undecided: tuple[Set, ...]

    def allows(self, on: frozenset[str]) -> str | None:
        """The verdict that follows for a variant, "true" or "false"; None where a set in it is undecided."""
        if any(on.issuperset(one) for one in self.breaks):
            return "false"
        return None if any(on.issuperset(one) for one in self.undecided) else TRUE


@dataclass(frozen=True, slots=True)
class ModelFaults:
    """The answer for one model."""

    complete_up_to: int | None
    toggles: Mapping[str, Toggle]
    queries: Mapping[str, QueryFaults]

    def claims(self, query: str, on: frozenset[str]) -> str | None:
        """The verdict that follows for a query of the variant with these toggles on, if one does: none where
        only smaller sets were looked at, or where one of the sets in it is undecided."""
        verdict = self.queries[query].allows(on) if query in self.queries else None
        bound = self.complete_up_to
        return None if verdict == TRUE and bound is not None and len(on) > bound else verdict

    def in_words(self, query: str) -> list[str]:
        """A sentence for each set that breaks the query, or one that says that none does."""
        sets = self.queries[query]
        if () in sets.breaks:
            return [f"{query} does not hold even with every check in place and every assumption met."]
        lines = [f"{query} is lost {self._conditions(one)}." for one in sets.breaks]
        lines += [f"{query} {self._conditions(one)}: undecided." for one in sets.undecided]
        bound = self.complete_up_to
        scope = "these toggles" if bound is None else f"at most {bound} of these toggles"
        return lines or [f"{query} is lost with no set of {scope}."]

    def _conditions(self, ids: Set) -> str:
        return " and ".join([BY_NAME[self.toggles[id].kind].condition.format(id) for id in ids])


def load(root: Path) -> dict[str, ModelFaults]:
    """The answers by the model's name; empty where there is no file yet."""
    return {name: _from_json(value) for name, value in FILE.entries(root).items()}


def alternatives(root: Path) -> dict[str, matrix_records.Rows]:
    """What each alternative changes by itself, by the model's name, as a matrix says it of checks."""
    found: dict[str, matrix_records.Rows] = {}
    for name, faults in load(root).items():
        base = {id: one.base for id, one in faults.queries.items()}
        rows = {}
        for id, toggle in faults.toggles.items():
            if toggle.kind == ALTERNATIVE.name:
                said = {query: one.allows(frozenset([id])) for query, one in faults.queries.items()}
                rows[id] = matrix_records.RowRecord(
                    None, base, {query: verdict or UNKNOWN for query, verdict in said.items()}
                )
        if rows:
            found[name] = rows
    return found


def recorded(root: Path, chapter: str, model: str) -> ModelFaults | None:
    """What a chapter has found of a model since it was begun; None if nothing."""
    entry = FILE.recorded(root, chapter, model)
    return None if entry is None else _from_json(entry)


def current(root: Path) -> dict[str, ModelFaults]:
    """The answers, with those of this run in place of what they will replace."""
    return {name: _from_json(value) for name, value in FILE.current(root).items()}


def record_part(root: Path, chapter: str, model: str, faults: ModelFaults) -> None:
    """Keep the answer for one model until the book merges it."""
    FILE.record(root, chapter, model, _to_json(faults))


def problems(root: Path) -> Iterator[str]:
    """A sentence for each verdict of the matrices of single changes that contradicts the sets."""
    for kind in matrix_records.KINDS:
        for model, rows in matrix_records.load(kind, root).items():
            faults = load(root).get(model)
            if faults is None:
                continue
            for id, row in rows.items():
                for query, verdict in row.verdicts.items():
                    said = faults.queries[query].allows(frozenset([id])) if query in faults.queries else None
                    if said is not None and said != verdict:
                        yield (
                            f"{model}, {query}: {kind.name} says {verdict} of {id} alone, "
                            f"{FILE.path.as_posix()} says {said}"
                        )


def _to_json(faults: ModelFaults) -> dict[str, Any]:
    return {
        "complete_up_to": faults.complete_up_to,
        "toggles": {
            id: {"kind": one.kind, "title": one.title, "source": one.source}
            for id, one in faults.toggles.items()
        },
        "queries": {
            id: {"base": one.base, "breaks": list(one.breaks), "undecided": list(one.undecided)}
            for id, one in faults.queries.items()
        },
    }


def _from_json(value: Any) -> ModelFaults:
    try:
        return ModelFaults(
            value["complete_up_to"],
            {id: Toggle(one["kind"], one["title"], one["source"]) for id, one in value["toggles"].items()},
            {
                id: QueryFaults(one["base"], _sets(one["breaks"]), _sets(one["undecided"]))
                for id, one in value["queries"].items()
            },
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise SpecificationError(
            f"not fault sets that kbspec wrote: {error}",
            where=FILE.path.as_posix(),
            advice="delete it and build the book again",
        ) from None


def _sets(value: Any) -> tuple[Set, ...]:
    return tuple([tuple(one) for one in value])
