"""What to say of a token that the grammar does not allow where it stands, and what the cure may be."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from appliedpi.errors import InputError, Place
from appliedpi.syntax.lexing import PlacedToken, Scanner, Source, refusal

_DECLARATION_STARTS: Final = frozenset(
    "TYPE FUN REDUC EQUATION CONST FREE CHANNEL EVENT TABLE SET LET LETFUN QUERY LEMMA AXIOM RESTRICTION NOT"
    " NOUNIF NOSELECT SELECT DEF EXPAND NONINTERF WEAKSECRET PRED CLAUSES ELIMTRUE PARAM PROBA LETPROBA"
    " IMPLEMENTATION PROOF PROCESS".split()
)
_STATEMENT_STARTS: Final = frozenset(
    "NEW IN OUT LET IF EVENT INSERT GET PHASE SYNC FOREACH BANG IDENT FORALL".split()
)
_CONTINUATIONS: Final = frozenset("THEN ELSE IN DO SUCHTHAT OTHERWISE".split())
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_LONGEST_LIST: Final = 5

# Two tokens that touch each other and are one symbol of another language.
_FOREIGN_SYMBOLS: Final = {
    "==": "equality is written `=`",
    "!=": "inequality is written `<>`",
    ":=": "a value gets its name with `let x = M in`",
    "=>": "the arrow of a query is `==>`, greater or equal is `>=`",
    "=<": "less or equal is written `<=`",
    "*)": "no comment is open here",
}


@dataclass(frozen=True)
class _Finding:
    """The unexpected token at `index` of `tokens` (behind the last one at the end of the text)."""

    source: Source
    scanner: Scanner
    tokens: Sequence[PlacedToken]
    index: int
    token: PlacedToken
    accepted: set[str]

    @property
    def previous(self) -> PlacedToken | None:
        return self.tokens[self.index - 1] if self.index > 0 else None

    def error(self, message: str, place: Place | None = None, advice: str | None = None) -> InputError:
        return self.source.error(message, place or self.token.place, advice)

    def behind_previous(self) -> Place:
        if self.previous is None or self.previous.end_pos is None:
            return self.token.place
        return self.source.place(self.previous.end_pos)


def unexpected(source: Source, scanner: Scanner, token: PlacedToken, accepted: set[str]) -> InputError:
    """The error for `token`, which is none of the `accepted` kinds. It is `$END` at the end of the text."""
    tokens: list[PlacedToken] = []
    index = 0
    offset = token.start_pos or 0
    with suppress(InputError):  # what is wrong further on is for the next attempt
        for other in scanner.tokens(source):
            tokens.append(other)
            if (other.start_pos or 0) < offset:
                index += 1
            elif len(tokens) > index + 1:
                break
    finding = _Finding(source, scanner, tokens, index, token, accepted)
    return (
        _stray_tag(finding)
        or _refused(finding)
        or _foreign_symbol(finding)
        or _missing_end(finding)
        or _general(finding)
    )


def _stray_tag(finding: _Finding) -> InputError | None:
    for token in (finding.token, finding.previous):
        if token is not None and token.type == "TAG":
            return finding.error(
                "this structured comment stands before nothing it can describe",
                token.place,
                "put it directly before a declaration, a query or a statement of a process",
            )
    return None


def _refused(finding: _Finding) -> InputError | None:
    if finding.token.type == "EQUIVALENCE":
        return refusal("`equivalence` (observational equivalence)", finding.token.place)
    return None


def _foreign_symbol(finding: _Finding) -> InputError | None:
    for first in (finding.index - 1, finding.index):
        pair = finding.tokens[first : first + 2] if first >= 0 else ()
        if len(pair) == 2 and pair[0].end_pos == pair[1].start_pos and pair[0] + pair[1] in _FOREIGN_SYMBOLS:
            symbol = pair[0] + pair[1]
            return finding.error(f"unexpected `{symbol}`", pair[0].place, _FOREIGN_SYMBOLS[symbol])
    return None


def _missing_end(finding: _Finding) -> InputError | None:
    """The construct before the token is complete but for what ends or continues it."""
    kind, accepted = finding.token.type, finding.accepted
    shown = "the end of the text" if kind == "$END" else f"`{finding.token}`"
    bracket = _open_bracket(finding)
    if kind in _DECLARATION_STARTS | {"$END", "DOT", "SEMICOLON"} and bracket is not None:
        if _CLOSING[bracket] in (finding.scanner.spelling(name) for name in accepted):
            return finding.error(
                f"`{_CLOSING[bracket]}` is missing before {shown}",
                finding.behind_previous(),
                f"the `{bracket}` at line {bracket.line}, column {bracket.column} is not closed",
            )
    statement = kind in _STATEMENT_STARTS and "SEMICOLON" in accepted
    if kind in _DECLARATION_STARTS | {"$END"} and "DOT" in accepted:
        if not statement or finding.token.column == 1:
            return finding.error(
                f"`.` is missing at the end of the declaration before {shown}", finding.behind_previous()
            )
    if statement:
        return finding.error(f"`;` is missing before {shown}", finding.behind_previous())
    if kind == "$END" and "PROCESS" in accepted:
        return finding.error(
            "the model has no `process`", advice="a model ends with `process` and its main process"
        )
    if kind == "SEMICOLON" and "IN" in accepted:
        return finding.error("unexpected `;`, expected `in`", advice="`let x = M` continues with `in`")
    if kind == "SEMICOLON" and "DOT" in accepted:
        return finding.error("unexpected `;`, expected `.`", advice="a declaration ends with `.`")
    return None


def _general(finding: _Finding) -> InputError:
    token = finding.token
    message = "the text ends too early" if token.type == "$END" else f"unexpected `{token}`"
    return finding.error(message + _expected(finding), advice=_advice(finding))


def _expected(finding: _Finding) -> str:
    """What could stand at the token: a construct, or the few tokens that may follow."""
    accepted = finding.accepted
    if "FUN" in accepted:
        return ", expected a declaration"
    if "YIELD" in accepted:
        return ", expected a process"
    if {"IDENT", "INT", "LPAREN"} <= accepted:
        return (
            ", expected a pattern"
            if "UNDERSCORE" in accepted and "NOT" not in accepted
            else ", expected a term"
        )
    if len(accepted) <= _LONGEST_LIST:
        return f", expected {_either(sorted(_described(name, finding) for name in accepted))}"
    return ""


def _advice(finding: _Finding) -> str | None:
    token, accepted = finding.token, finding.accepted
    if token.type == "EQUAL" and finding.previous is not None and finding.previous.type == "LET":
        return "a pattern that is only `=M` needs parentheses here: `let (=M) = N in`"
    if token.type == "PROCESS":
        return "a library has declarations only"
    if token.type == "ELSE":
        return "`else` belongs to `if`, `let ... in` or `get`, and each has one at most"
    if "$END" in accepted and "FUN" not in accepted:
        return "nothing follows the main process; processes in parallel are joined with `|`"
    unlikely = token.type in _CONTINUATIONS and "INT" in accepted or "FUN" in accepted or "YIELD" in accepted
    if token in finding.scanner.reserved and "IDENT" in accepted and not unlikely:
        return f"`{token}` is a reserved word: a thing of this name needs another one"
    return None


def _described(name: str, finding: _Finding) -> str:
    words = {"IDENT": "a name", "INT": "a number", "STRING": "a string", "$END": "the end of the text"}
    return words.get(name) or f"`{finding.scanner.spelling(name) or name}`"


def _either(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def _open_bracket(finding: _Finding) -> PlacedToken | None:
    """The innermost bracket that is open at the token."""
    opened: list[PlacedToken] = []
    for token in finding.tokens[: finding.index]:
        if token in _CLOSING:
            opened.append(token)
        elif opened and token in _CLOSING.values():
            opened.pop()
    return opened[-1] if opened else None
