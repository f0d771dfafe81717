"""The documents that tags cite: `[KBS Challenge]` is section "Challenge" of the entry `[KBS]`.

    # notebooks/bibliography.toml
    [KBS]
    title = "KBS attestation protocol"
    version = "0.4.0"
    url = "https://..."      # optional
    commit = "78962cd..."    # optional: with it, a section that is a path links to that file

Several sources in one tag are separated by semicolons.
"""

from __future__ import annotations

import html
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kbspec.errors import SpecificationError, did_you_mean

BIBLIOGRAPHY = Path("notebooks") / "bibliography.toml"


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    title: str
    version: str
    url: str | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A section of a document."""

    key: str
    section: str

    def __str__(self) -> str:
        return f"{self.key} {self.section}".strip()


def parse_citations(text: str) -> tuple[Citation, ...]:
    """The citations between the brackets of a tag."""
    parts = [part.strip() for part in text.split(";")]
    return tuple(
        Citation(key, section.strip()) for key, _, section in (part.partition(" ") for part in parts if part)
    )


@dataclass(frozen=True, slots=True)
class Bibliography:
    entries: Mapping[str, Entry]

    def resolve(self, citation: Citation) -> Entry:
        """The document of a citation. Raises SpecificationError where there is none with this key."""
        entry = self.entries.get(citation.key)
        if entry is None:
            raise SpecificationError(
                f"the source [{citation}] is not in the bibliography: no entry {citation.key}",
                advice=f"add it to {BIBLIOGRAPHY.as_posix()}; " + did_you_mean(citation.key, self.entries),
            )
        return entry

    def link(self, citation: Citation) -> str | None:
        """The address of the cited place, where one is known."""
        entry = self.resolve(citation)
        if entry.url is None:
            return None
        path = citation.section.split()[0].split(":")[0] if citation.section else ""
        if entry.commit and "/" in path:
            return f"{entry.url.rstrip('/')}/blob/{entry.commit}/{path}"
        return entry.url

    def to_html(self, citation: Citation) -> str:
        """The citation as a link, with the document's title and version as its tooltip."""
        entry = self.resolve(citation)
        title = html.escape(f"{entry.title}, {entry.version}" if entry.version else entry.title, quote=True)
        text = html.escape(str(citation))
        address = self.link(citation)
        if address is None:
            return f'<cite title="{title}">{text}</cite>'
        return f'<a href="{html.escape(address, quote=True)}" title="{title}"><cite>{text}</cite></a>'


def load_bibliography(root: Path) -> Bibliography:
    """The bibliography of the project at `root`; empty where there is no file."""
    path = root / BIBLIOGRAPHY
    where = BIBLIOGRAPHY.as_posix()
    if not path.is_file():
        return Bibliography({})
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecificationError(str(error), where=where) from None
    entries: dict[str, Entry] = {}
    for key, value in document.items():
        if not isinstance(value, dict) or not isinstance(value.get("title"), str):
            raise SpecificationError(f"the entry [{key}] has no title", where=where)
        fields = {name: str(value[name]) for name in ("url", "commit") if name in value}
        entries[key] = Entry(key, value["title"], str(value.get("version", "")), **fields)
    return Bibliography(entries)
