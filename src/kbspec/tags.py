"""Structured comments: what a query, a check, an assumption or a step is in the documents.

    (*@query SEC-RESOURCE [KBS Response] A resource is never known to the attacker. *)
    (*@check CHK-NONCE [KBS Challenge] The nonce in the evidence is the one this session sent. *)
    (*@assume ASM-PCK-SAFE [TDX DCAP] The platform's PCK never leaves the PCE. *)
    (*@alternative ALT-SAMPLE [TRUSTEE deps/verifier/src/sample/mod.rs] The verifier takes sample evidence. *)
    (*@step RCAR-2 KBS -> KBC "Challenge" [KBS Challenge] nonce, extra-params *)

The source in brackets is optional; `kbspec.bibliography` says what it means. `kbspec.variants` says where
`@check`, `@assume` and `@alternative` stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kbspec.bibliography import Citation, parse_citations
from kbspec.errors import SpecificationError, did_you_mean
from kbspec.source import line_and_column, tokens

_STATEMENTS = ("query", "check", "assume", "alternative")
KINDS = (*_STATEMENTS, "step")

_SHAPE = {
    "step": '(*@step ID Sender -> Receiver "Message" [source] fields *)',
    **{kind: f"(*@{kind} ID [source] text *)" for kind in _STATEMENTS},
}
_ID = r"(?P<id>[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*)(?![\w-])"
_SOURCE = r"(?:\s*\[(?P<source>[^\]]*)\])?"
_STATEMENT = re.compile(_ID + _SOURCE + r"\s*(?P<text>[^\[\]\s].*)?")
_STEP = re.compile(
    _ID
    + r"\s+(?P<sender>[^\s\">]+(?: [^\s\">]+)*?)\s*->\s*(?P<receiver>[^\s\"]+(?: [^\s\"]+)*?)\s+"
    + r'"(?P<message>[^"]*)"'
    + _SOURCE
    + r"\s*(?P<text>[^\[\]\s].*)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A structured comment. `line` and `column`, from 1, are where it starts in its text."""

    id: str
    sources: tuple[Citation, ...]
    text: str
    line: int
    column: int
    offset: int  # of its first character
    end: int  # one past its last character

    @property
    def kind(self) -> str:
        return type(self).__name__.removesuffix("Tag").lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryTag(Tag):
    """The property, in English, that the query states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTag(Tag):
    """What the next `if` or `let` checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeTag(Tag):
    """The assumption that the next `if false then P` violates when it is switched on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeTag(Tag):
    """What the next `if false then P` adds when it is switched on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTag(Tag):
    """Who sends what to whom; `text` lists the fields of the message."""

    sender: str
    receiver: str
    message: str


_CLASSES: dict[str, type[Tag]] = {
    "query": QueryTag, "check": CheckTag, "assume": AssumeTag, "alternative": AlternativeTag
}  # fmt: skip


class TagError(SpecificationError):
    """A structured comment is not well formed; `line` and `column` are in the text it was read from."""

    def __init__(self, message: str, line: int, column: int, advice: str) -> None:
        super().__init__(message, where=f"line {line}, column {column}", advice=advice)
        self.line = line
        self.column = column


def find_tags(text: str) -> tuple[Tag, ...]:
    """Every structured comment of a ProVerif text, in order. Raises TagError at the first malformed one."""
    return tuple(_find(text))


def _find(text: str) -> Iterator[Tag]:
    for token in tokens(text):
        if token.kind != "comment" or not token.text.startswith("(*@"):
            continue
        line, column = line_and_column(text, token.start)
        kind, _, body = token.text[3:].removesuffix("*)").strip().partition(" ")
        kind, newline, rest = kind.partition("\n")
        body = " ".join(f"{rest} {body}".split() if newline else body.split())
        yield parse_tag(kind, body, line=line, column=column, offset=token.start, end=token.end)


def parse_tag(kind: str, body: str, *, line: int = 1, column: int = 1, offset: int = 0, end: int = 0) -> Tag:
    """One tag from its kind and the text after it (white space folded)."""
    if kind not in KINDS:
        raise TagError(f"unknown tag @{kind}", line, column, did_you_mean(kind, KINDS))
    match = (_STEP if kind == "step" else _STATEMENT).fullmatch(body)
    if match is None:
        raise TagError(f"the tag @{kind} is not complete", line, column, f"write {_SHAPE[kind]}")
    sources = parse_citations(match["source"] or "")
    text = (match["text"] or "").strip()
    if kind == "step":
        return StepTag(
            id=match["id"], sources=sources, text=text, line=line, column=column, offset=offset, end=end,
            sender=match["sender"], receiver=match["receiver"], message=match["message"],
        )  # fmt: skip
    if not text:
        raise TagError(f"the tag @{kind} {match['id']} has no text", line, column, f"write {_SHAPE[kind]}")
    return _CLASSES[kind](
        id=match["id"], sources=sources, text=text, line=line, column=column, offset=offset, end=end
    )
