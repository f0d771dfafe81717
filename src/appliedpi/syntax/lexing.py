"""From text to tokens: blanks, nested comments, structured comments, the tokens of `grammar.lark`.

The scanner is written by hand because comments nest and because structured comments `(*@kind ...*)` are
tokens (`TAG`); what the other tokens are, it reads from the grammar. The rules are those of ProVerif 2.05
(manual, appendix A): reserved words, the longest symbol wins, `(* (* *) *)` is one comment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final

from lark import Token
from lark.lexer import PatternStr, TerminalDef

from appliedpi.core import Tag
from appliedpi.errors import InputError, Place

MAXIMUM_NESTING: Final = 1000
"""How deep brackets may nest, and how deep a term or pattern may be."""

MAXIMUM_SIZE: Final = 10_000_000
"""How many bytes (characters, of a text) a model may have."""

MAXIMUM_LINE: Final = 1_000_000
"""How many characters a line may have: more is not a model, and no error could show it."""

_MAXIMUM_DIGITS: Final = 18  # as ProVerif, whose numbers are 63 bit integers

_NEWLINE: Final = re.compile(r"\r\n|\r|\n")
_BLANKS: Final = re.compile(r"[ \t\f\r\n]+")
_COMMENT_EDGE: Final = re.compile(r"\(\*|\*\)")
_TAG: Final = re.compile(r"\(\*@([A-Za-z][A-Za-z0-9_-]*)(.*)\*\)", re.DOTALL)
_STRING_START: Final = re.compile(r'"(?:[^"\\]|\\[\\\'"ntbr])*')
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "b": "\b", "r": "\r"}

_ADVICE_FOR_CHARACTER: Final = {
    "&": "conjunction is written `&&`",
    "~": "negation is written `not(...)`",
    "%": "comments are written `(* ... *)`",
    "$": "names have letters, digits, `_` and `'`, and begin with a letter",
    "\ufeff": "save the file without a byte order mark",
    "\\": "disjunction is written `||`",
}


class PlacedToken(Token):
    """A token that knows its place, file included."""

    __slots__ = ("place",)
    place: Place


class Source:
    """A text with the places in it. Raises InputError where the text is larger than the limits."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        if len(text) > MAXIMUM_SIZE:
            raise InputError(f"the text has more than {MAXIMUM_SIZE} characters", Place(file, 1, 1))
        ends = [match.end() for match in _NEWLINE.finditer(text)]
        self._starts = [0, *ends]
        for number, (start, end) in enumerate(zip(self._starts, [*ends, len(text)], strict=True), start=1):
            if end - start > MAXIMUM_LINE:
                raise InputError(
                    f"the line has {end - start} characters; the limit is {MAXIMUM_LINE}",
                    Place(file, number, 1),
                    text[start : start + 100],
                    "break the line; if this is not a model, check the file name",
                )

    def place(self, offset: int) -> Place:
        """The place of the character at `offset` (the end of the text is a place too)."""
        line = bisect_right(self._starts, offset)
        return Place(self.file, line, offset - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The line with this number (from 1), without its line end."""
        if not 1 <= number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def error(self, message: str, at: int | Place, advice: str | None = None) -> InputError:
        """The error at an offset or place, with the line it is in."""
        place = at if isinstance(at, Place) else self.place(at)
        return InputError(message, place, self.line(place.line), advice)


class Scanner:
    """Turns a source into tokens. Made once from the terminals of the grammar."""

    def __init__(self, terminals: Iterable[TerminalDef]) -> None:
        self.reserved: dict[str, str] = {}
        self.symbols: dict[str, str] = {}
        expressions: dict[str, str] = {}
        for terminal in terminals:
            if not isinstance(terminal.pattern, PatternStr):
                expressions[terminal.name] = terminal.pattern.to_regexp()
            elif terminal.pattern.value.replace("_", "a").isalpha() and terminal.pattern.value != "_":
                self.reserved[terminal.pattern.value] = terminal.name
            else:
                self.symbols[terminal.pattern.value] = terminal.name
        self._spellings = {name: text for text, name in (self.reserved | self.symbols).items()}
        symbols = "|".join(re.escape(symbol) for symbol in sorted(self.symbols, key=len, reverse=True))
        # Order matters: `inj-event` before names, `1.5` and `1-proj-f` before numbers.
        words = [(name, expressions[name]) for name in ("FLOAT", "PROJECTION", "INT", "STRING", "IDENT")]
        alternatives = [("BLANKS", _BLANKS.pattern), ("COMMENT", r"\(\*"), ("SYMBOL", symbols), *words]
        self._scanner = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in alternatives))

    def spelling(self, name: str) -> str | None:
        """How the reserved word or symbol of this token name is written; None for names, numbers, strings."""
        return self._spellings.get(name)

    def tokens(self, source: Source) -> Iterator[PlacedToken]:
        """The tokens of the source, one by one: a large text has millions, and few need to be kept.

        Raises InputError where there is none, or where brackets are nested too deep.
        """
        text = source.text
        position = 0
        depth = 0
        while position < len(text):
            match = self._scanner.match(text, position)
            if match is None:
                raise _illegal(source, position)
            kind = match.lastgroup
            start, position = match.span()
            if kind == "BLANKS":
                continue
            value = match.group()
            if kind == "IDENT":
                kind = self.reserved.get(value, "IDENT")
            elif kind == "SYMBOL":
                kind = self.symbols[value]
                if value in "([{":
                    depth += 1
                    if depth > MAXIMUM_NESTING:
                        raise source.error(f"brackets are nested deeper than {MAXIMUM_NESTING}", start)
                elif value in ")]}":
                    depth -= 1
            elif kind == "COMMENT":
                position = _comment_end(source, start)
                if not text.startswith("(*@", start):
                    continue
                kind, value = "TAG", text[start:position]
                if _TAG.fullmatch(value) is None:
                    raise source.error(
                        "a structured comment begins with its kind",
                        start,
                        "write `(*@check ... *)`, for example",
                    )
            elif kind == "STRING":
                value = _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), value[1:-1])
            elif kind == "INT" and len(value) > _MAXIMUM_DIGITS:
                raise source.error(f"a number has at most {_MAXIMUM_DIGITS} digits", start)
            assert kind is not None
            yield _token(source, kind, value, start, position)


def read_tag(token: PlacedToken) -> Tag:
    """The structured comment that a TAG token holds."""
    match = _TAG.fullmatch(token)
    assert match is not None, "the scanner lets no other TAG through"
    return Tag(match[1], " ".join(match[2].split()), token.place)


def _token(source: Source, kind: str, value: str, start: int, end: int) -> PlacedToken:
    place = source.place(start)
    token = PlacedToken(kind, value, start, place.line, place.column, end_pos=end)
    token.place = place
    return token


def _comment_end(source: Source, start: int) -> int:
    """The offset behind the comment that begins at `start`."""
    open_comments = [start]
    position = start + 2
    while open_comments:
        edge = _COMMENT_EDGE.search(source.text, position)
        if edge is None:
            raise source.error(
                "this comment is not closed",
                open_comments[-1],
                "comments nest, each `(*` needs its own `*)`; and `( *x` its blank",
            )
        position = edge.end()
        if edge.group() == "(*":
            open_comments.append(edge.start())
        else:
            open_comments.pop()
    return position


def _illegal(source: Source, position: int) -> InputError:
    character = source.text[position]
    if character == '"':
        match = _STRING_START.match(source.text, position)
        assert match is not None
        end = match.end()
        if end == len(source.text):
            return source.error("this string is not closed", position)
        return source.error("unknown escape in a string", end, r"the escapes are \\ \' \" \n \t \b \r")
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    advice = _ADVICE_FOR_CHARACTER.get(character)
    if advice is None and not character.isascii():
        advice = "outside comments and strings, only ASCII characters are allowed"
    return source.error(f"unexpected character `{shown}`", position, advice)


def quote(text: str) -> str:
    """The string literal whose value is `text`."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def refusal(construct: str, place: Place) -> InputError:
    """The error for a construct that ProVerif knows and the built-in verifier does not."""
    return InputError(
        f"{construct} is not handled by the built-in verifier", place, advice="use --backend proverif"
    )
