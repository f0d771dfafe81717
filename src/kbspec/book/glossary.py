"""The terms of the book: `notebooks/glossary.toml`, one spelling each.

    [[terms]]
    term = "TEE key"
    text = "The key pair that the guest makes for one handshake; its public half is the tee-pubkey."
    source = "KBS Attestation"      # optional: where the term comes from
    other = ["TEE-key"]             # optional: spellings that no chapter may use
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kbspec.bibliography import Bibliography, Citation, parse_citations
from kbspec.errors import SpecificationError

GLOSSARY = Path("notebooks") / "glossary.toml"
_CODE = re.compile(r"```.*?```|`[^`]*`|\[[^\]]*\]\([^)]*\)|\"[^\"\n]*\"", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Term:
    """A term, what it means, where it comes from, and the spellings that the book does not use."""

    term: str
    text: str
    sources: tuple[Citation, ...]
    other: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """`term-tee-key`."""
        return "term-" + re.sub(r"[^a-z0-9]+", "-", self.term.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Misspelling:
    """A spelling that the glossary rejects: the line, from 1, in the text it was found in."""

    line: int
    found: str
    term: str


def load_glossary(root: Path, bibliography: Bibliography) -> tuple[Term, ...]:
    """The terms in alphabetical order; none where there is no file.

    Raises SpecificationError for a term without a text, a term that stands twice, a source that is not in
    the bibliography, a rejected spelling that is another entry's term.
    """
    path = root / GLOSSARY
    where = GLOSSARY.as_posix()
    if not path.is_file():
        return ()
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("terms", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecificationError(str(error), where=where) from None
    terms: dict[str, Term] = {}
    for entry in entries:
        name, text = str(entry.get("term", "")), str(entry.get("text", ""))
        if not name or not text:
            raise SpecificationError(f"the entry {name or entry!r} lacks its term or its text", where=where)
        if name in terms:
            raise SpecificationError(f"the term {name} stands twice", where=where)
        sources = parse_citations(str(entry.get("source", "")))
        for citation in sources:
            bibliography.resolve(citation)
        terms[name] = Term(name, text, sources, tuple(str(one) for one in entry.get("other", ())))
    for term in terms.values():
        for spelling in term.other:
            if spelling in terms:
                raise SpecificationError(
                    f"{spelling} is a term and a rejected spelling of {term.term}", where=where
                )
    return tuple(sorted(terms.values(), key=lambda one: one.term.lower()))


def misspellings(text: str, terms: Sequence[Term]) -> list[Misspelling]:
    """Where a text in Markdown uses a rejected spelling; code, quotations and what is linked may."""
    prose = _CODE.sub(lambda match: re.sub(r"[^\n]", "`", match[0]), text)
    found = []
    for term in terms:
        for spelling in term.other:
            for match in re.finditer(rf"(?<![\w-]){re.escape(spelling)}(?![\w-])", prose):
                found.append(Misspelling(prose.count("\n", 0, match.start()) + 1, spelling, term.term))
    return sorted(found, key=lambda one: one.line)
