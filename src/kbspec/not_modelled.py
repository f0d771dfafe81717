"""Which checks of the protocol documents no model carries, and why: `notebooks/not-modelled.toml`.

    [CHK-VERSION]
    source = "KBS Request; TRUSTEE kbs/src/attestation/backend.rs fn __auth"
    text = "The version of the protocol is the same on both sides."
    reason = "There is one version in the models, so there is nothing to compare."

Every known check has an entry. One without a `reason` is carried by a model.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kbspec.bibliography import Bibliography, Citation, parse_citations
from kbspec.errors import SpecificationError

KNOWN = Path("notebooks") / "not-modelled.toml"


@dataclass(frozen=True, slots=True)
class KnownCheck:
    """A check that a document or the code names; `reason` says why no model carries it."""

    id: str
    text: str
    sources: tuple[Citation, ...]
    reason: str | None


def load_known_checks(root: Path, bibliography: Bibliography) -> dict[str, KnownCheck]:
    """The known checks by ID; empty where there is no file.

    Raises SpecificationError for an entry without text, or a source that is not in the bibliography.
    """
    path = root / KNOWN
    where = KNOWN.as_posix()
    if not path.is_file():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecificationError(str(error), where=where) from None
    known: dict[str, KnownCheck] = {}
    for id, value in document.items():
        fields = value if isinstance(value, dict) else {}
        if not all(isinstance(fields.get(name), str) and fields[name] for name in ("text", "source")):
            raise SpecificationError(f"the entry [{id}] lacks its text or its source", where=where)
        reason = fields.get("reason")
        if reason is not None and not str(reason).strip():
            raise SpecificationError(f"the entry [{id}] has an empty reason", where=where)
        sources = parse_citations(fields["source"])
        for citation in sources:
            bibliography.resolve(citation)
        known[id] = KnownCheck(id, fields["text"], sources, None if reason is None else str(reason))
    return known


def contradictions(known: Mapping[str, KnownCheck], carried: Collection[str]) -> Iterator[str]:
    """A sentence for each known check that is carried and has a reason not to be, or neither.

    `carried` are the IDs of the checks in the models.
    """
    for id, check in known.items():
        if check.reason is not None and id in carried:
            yield f"{KNOWN.as_posix()}: a model carries {id}; take the reason out of its entry"
        elif check.reason is None and id not in carried:
            yield f"{KNOWN.as_posix()}: no model carries {id}; write the reason into its entry"
