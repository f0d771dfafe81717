"""What `kbspec variant` and `kbspec breaks` do, apart from reading the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kbspec import fault_records
from kbspec.errors import SpecificationError, did_you_mean
from kbspec.fault_records import ModelFaults
from kbspec.language import elaborate, parse_model
from kbspec.tags import find_tags
from kbspec.toggle_kinds import Toggles, grouped
from kbspec.variants import TEXT_NAME, weaken

if TYPE_CHECKING:
    from appliedpi import core
    from appliedpi.syntax.tree import ModelTree

_MODELS = Path("pv") / "models"


def model_file(root: Path, model: str) -> str:
    """The text of a model of the book. Raises SpecificationError where there is none of that name."""
    path = root / _MODELS / f"{model}.pv"
    if not path.is_file():
        known = sorted([one.stem for one in (root / _MODELS).glob("*.pv")])
        raise SpecificationError(f"there is no model {model}", advice=did_you_mean(model, known))
    return path.read_text(encoding="utf-8")


def variant_text(text: str, toggles: Toggles) -> str:
    """A standalone model: `text` with these toggles on, the IDs of each kind.

    Raises SpecificationError for an ID that the text has not, VariantError as `kbspec.variants`.
    """
    wanted = {(kind.tag, id) for kind, ids in toggles.items() for id in ids}
    if not wanted:
        return text
    tags = [tag for tag in find_tags(text) if (tag.kind, tag.id) in wanted]
    for kind, id in sorted(wanted - {(tag.kind, tag.id) for tag in tags}):
        known = sorted({tag.id for tag in find_tags(text) if tag.kind == kind})
        raise SpecificationError(f"the model has no @{kind} {id}", advice=did_you_mean(id, known))
    return weaken(text, *_read(text), tags).text


@lru_cache(maxsize=1)
def _read(text: str) -> tuple[ModelTree, core.Model]:
    """The syntax tree and the types of a model, kept while its variants are written."""
    tree = parse_model(text, TEXT_NAME)
    return tree, elaborate([tree], {TEXT_NAME: text})


def with_toggles(text: str, ids: Iterable[str]) -> str:
    """`variant_text` of toggles whose kinds the text says. Raises KeyError for an ID that it has not."""
    return variant_text(text, grouped(ids, {tag.id: tag.kind for tag in find_tags(text)}))


def breaking(root: Path, query: str) -> dict[str, ModelFaults]:
    """The recorded fault sets of each model that states a property.

    Raises SpecificationError where no model with recorded fault sets states it.
    """
    found = {name: one for name, one in fault_records.load(root).items() if query in one.queries}
    if not found:
        known = sorted({id for one in fault_records.load(root).values() for id in one.queries})
        raise SpecificationError(
            f"no model with fault sets states {query}", advice=did_you_mean(query, known)
        )
    return found


def in_words(found: Mapping[str, ModelFaults], query: str) -> list[str]:
    """Every way to break a property, in words, for each of these models."""
    lines: list[str] = []
    for name, faults in found.items():
        lines += [f"{name}:", *[f"  {line}" for line in faults.in_words(query)]]
    return lines
