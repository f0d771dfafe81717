"""Findings: a property that an attack breaks, and the fix that is proved. Collected in `pv/findings.json`.

A finding is stated at the end of a chapter (`spec.finding(...)`). Its property is false in one model of the
chapter and true in another, and both have been verified there; else there is no finding.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbspec.bibliography import Bibliography, Citation, parse_citations
from kbspec.claims import FALSE, TRUE
from kbspec.errors import ClaimFailed, SpecificationError
from kbspec.figures import figure_of
from kbspec.files import read_json, to_json, write_atomically
from kbspec.generated import chapters, executed, written
from kbspec.verdicts import recorded

if TYPE_CHECKING:
    from kbspec.models import Model

FINDINGS = Path("pv") / "findings.json"
PARTS = Path("build") / "findings"
MOST_LINES = 5  # of an attack
_ID = re.compile(r"FND-[A-Z0-9]+(?:-[A-Z0-9]+)*")
_CITATIONS = re.compile(r"\[([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Finding:
    """What `spec.finding` was told. `broken` and `fixed` are names of models, `statement` is the property in
    English, `figure` the picture of the attack where the chapter has drawn it before."""

    id: str
    chapter: str
    title: str
    property: str
    statement: str
    broken: str
    fixed: str
    attack: tuple[str, ...]
    affects: str
    source: str
    fix: str
    figure: str | None = None

    def to_html(self, bibliography: Bibliography) -> str:
        """The box, with links that are right in `notebooks/`."""
        anchor = html.escape(self.id, quote=True)
        lines = "".join(f"<li>{_prose(line)}</li>" for line in self.attack)
        attack = f"<ol>{lines}</ol>"
        if self.figure is not None:
            attack += f'<a href="../{html.escape(self.figure, quote=True)}">The attack as a chart</a>'
        rows = (
            ("Property", f"<code>{html.escape(self.property)}</code> {_prose(self.statement)}"),
            ("Attack", attack),
            ("Affects", _prose(self.affects)),
            ("Source", _cited(self.source, bibliography)),
            ("Fix", _prose(self.fix)),
            ("Verdicts", f"false in {_model(self.broken)}, proved in {_model(self.fixed)}"),
        )
        body = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows)
        return (
            f'<section class="kbspec-finding" id="{anchor}" style="{_STYLE}">\n'
            f"<p><strong>{anchor}: {_prose(self.title)}</strong></p>\n<dl>{body}</dl>\n</section>"
        )

    def in_words(self) -> str:
        """The box for a terminal."""
        attack = [f"  {number}. {line}" for number, line in enumerate(self.attack, 1)]
        return "\n".join(
            [
                f"{self.id}: {self.title}",
                f"Property: {self.property} {self.statement}",
                "Attack:",
                *attack,
                f"Affects: {self.affects}",
                f"Source: {self.source}",
                f"Fix: {self.fix}",
                f"Verdicts: false in {self.broken}, proved in {self.fixed}",
            ]
        )


# For JupyterLab, which has no style sheet of ours; no colour of the ground, so that it fits every theme.
_STYLE = "border:1px solid #cf222e;border-left-width:6px;border-radius:6px;padding:.2em 1em;margin:1em 0"


@dataclass(frozen=True, slots=True)
class FindingBox:
    """What a cell shows of a finding."""

    finding: Finding
    bibliography: Bibliography

    def _repr_html_(self) -> str:
        return self.finding.to_html(self.bibliography)

    def __repr__(self) -> str:
        return self.finding.in_words()


def finding(
    id: str,
    *,
    title: str,
    property: str,
    broken: Model,
    fixed: Model,
    attack: Sequence[str],
    affects: str,
    source: str,
    fix: str,
) -> FindingBox:
    """Check a finding and keep it; `spec.finding` says what the arguments are.

    Raises SpecificationError for an incomplete box, ClaimFailed where the verdicts are other ones, or where
    one of the models has not been verified against a claim.
    """
    _check_words(id, dict(title=title, affects=affects, source=source, fix=fix), attack)
    for citation in _citations(source):
        broken.bibliography.resolve(citation)
    for model, wanted in ((broken, FALSE), (fixed, TRUE)):
        said = recorded(model.root, model.chapter, model.name, model.text)
        if said is None:
            raise ClaimFailed(
                model.name, [f"{id}: it has not been verified in this chapter; verify(expect=...) it before"]
            )
        verdict = said.queries[property].verdict if property in said.queries else "not asked"
        if verdict != wanted:
            raise ClaimFailed(model.name, [f"{id}: {property} is {verdict}, and the finding needs {wanted}"])
    record = recorded(broken.root, broken.chapter, broken.name, broken.text)
    assert record is not None
    figure = figure_of(broken.name, property).as_posix()
    stated = Finding(
        id,
        broken.chapter,
        title,
        property,
        record.queries[property].property,
        broken.name,
        fixed.name,
        tuple(attack),
        affects,
        source,
        fix,
        figure if figure in written(broken.root, broken.chapter) else None,
    )
    _keep(stated, broken.root)
    return FindingBox(stated, broken.bibliography)


def _check_words(id: str, texts: Mapping[str, str], attack: Sequence[str]) -> None:
    if not _ID.fullmatch(id):
        raise SpecificationError(f"{id!r} is not the ID of a finding", advice="FND-, capitals: FND-KBS-TLS")
    for name, text in texts.items():
        if not text.strip():
            raise SpecificationError(f"{id}: {name} is empty", advice=f"say it: {name}=...")
    if isinstance(attack, str) or not 0 < len(attack) <= MOST_LINES or not all(map(str.strip, attack)):
        raise SpecificationError(
            f"{id}: the attack is not a list of one to {MOST_LINES} lines", advice='attack=["...", "..."]'
        )
    if not _citations(texts["source"]):
        raise SpecificationError(
            f"{id}: the source cites nothing", advice='source="[KBS Challenge] what it says there"'
        )


def _citations(source: str) -> list[Citation]:
    return [citation for part in _CITATIONS.findall(source) for citation in parse_citations(part)]


# --- the list -------------------------------------------------------------------------------------------


def begin(root: Path, chapter: str) -> None:
    """A chapter is executed from its start: it has stated nothing yet."""
    (root / PARTS / f"{chapter}.json").unlink(missing_ok=True)


def load(root: Path) -> list[Finding]:
    """The findings of the book in the order of their chapters; empty where there is no file yet."""
    return _read(root / FINDINGS)


def current(root: Path) -> list[Finding]:
    """The findings, with those of this run in place of what they will replace."""
    executed_parts = {path.stem: path for path in sorted((root / PARTS).glob("*.json"))}
    kept = [one for one in load(root) if one.chapter not in executed_parts]
    stated = [one for path in executed_parts.values() for one in _read(path)]
    return sorted([*kept, *stated], key=lambda one: one.chapter)


def merge(root: Path) -> list[Finding]:
    """Merge what the executed chapters have stated into `pv/findings.json`; return all findings.

    Raises SpecificationError where two chapters use one ID; nothing is changed then.
    """
    fresh = executed(root)
    kept = [one for one in load(root) if one.chapter in chapters(root) - fresh]
    merged = kept + [one for chapter in fresh for one in _read(root / PARTS / f"{chapter}.json")]
    merged.sort(key=lambda one: one.chapter)
    places: dict[str, str] = {}
    for one in merged:
        other = places.setdefault(one.id, one.chapter)
        if other != one.chapter:
            raise SpecificationError(
                f"the finding {one.id} is in chapter {other} and in chapter {one.chapter}",
                advice="give one of them another ID",
            )
    _write(root / FINDINGS, merged)
    return merged


def _keep(stated: Finding, root: Path) -> None:
    """In the place of an earlier one with this ID, where the cell is executed again."""
    path = root / PARTS / f"{stated.chapter}.json"
    before = _read(path)
    if any(one.id == stated.id for one in before):
        _write(path, [stated if one.id == stated.id else one for one in before])
    else:
        _write(path, [*before, stated])


def _read(path: Path) -> list[Finding]:
    if not path.is_file():
        return []
    return [
        Finding(id=id, **{**value, "attack": tuple(value["attack"])})
        for id, value in read_json(path)["findings"].items()
    ]


def _write(path: Path, findings: Sequence[Finding]) -> None:
    document: dict[str, Any] = {}
    for one in findings:
        value = asdict(one)
        document[value.pop("id")] = value
    write_atomically(path, to_json({"findings": document}))


# --- HTML -----------------------------------------------------------------------------------------------


def _prose(text: str) -> str:
    """A sentence; what stands between backticks is code."""
    parts = html.escape(text).split("`")
    if len(parts) % 2 == 0:  # a backtick without a partner
        return html.escape(text)
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def _cited(text: str, bibliography: Bibliography) -> str:
    """A sentence with its citations, in brackets, as links."""
    pieces = []
    for place, part in enumerate(_CITATIONS.split(text)):
        if place % 2:
            links = "; ".join(bibliography.to_html(citation) for citation in parse_citations(part))
            pieces.append(f"[{links}]")
        else:
            pieces.append(_prose(part))
    return "".join(pieces)


def _model(name: str) -> str:
    address = html.escape(f"../pv/models/{name}.pv", quote=True)
    return f'<a href="{address}"><code>{html.escape(name)}</code></a>'
