"""The parser: from the text of a model, a library or a notebook cell to its syntax tree.

LALR(1), so the time is linear in the text and nothing recurses. Every error is an InputError with its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from lark import Lark, Token, UnexpectedToken
from lark.common import LexerConf
from lark.lexer import Lexer, LexerState

from appliedpi.errors import InputError
from appliedpi.syntax import diagnosis
from appliedpi.syntax.construction import Construction
from appliedpi.syntax.lexing import PlacedToken, Scanner, Source
from appliedpi.syntax.limits import check_depth
from appliedpi.syntax.tables import kept_tables
from appliedpi.syntax.tree import ModelTree


def parse_model(text: str, file: str) -> ModelTree:
    """The tree of a complete model, declarations and `process`. `file` is its name in places.

    Raises InputError where the text is not a model of ProVerif's typed language.
    """
    return _parse(text, file, "model")


def parse_library(text: str, file: str) -> ModelTree:
    """The tree of a library (`.pvl`): declarations only. Raises InputError like `parse_model`."""
    return _parse(text, file, "library")


def parse_fragment(text: str, file: str) -> ModelTree:
    """The tree of a part of a model: declarations, with or without `process`. Raises like `parse_model`."""
    return _parse(text, file, "fragment")


class _NoLexer(Lexer):
    """Lark wants a lexer; the tokens are fed to its parser one by one instead."""

    def __init__(self, lexer_conf: LexerConf) -> None:
        pass

    def lex(self, lexer_state: LexerState, parser_state: object) -> Iterator[Token]:
        return iter(())


@lru_cache(maxsize=1)
def grammar() -> tuple[Lark, Scanner]:
    """The parser and the scanner of `grammar.lark`, made once."""
    text = files("appliedpi.syntax").joinpath("grammar.lark").read_text(encoding="utf-8")
    lark = kept_tables(text, _tables)
    return lark, Scanner(lark.terminals)


def _tables(text: str) -> Lark:
    return Lark(
        text,
        parser="lalr",
        lexer=_NoLexer,
        start=["model", "library", "fragment"],
        transformer=Construction(),
        maybe_placeholders=True,
    )


def _parse(text: str, file: str, start: str) -> ModelTree:
    source = Source(text, file)
    lark, scanner = grammar()
    parser = lark.parse_interactive(start=start)
    token = _end(source)
    try:
        for token in scanner.tokens(source):
            parser.feed_token(token)
        token = _end(source)
        model: ModelTree = parser.feed_token(token)
    except UnexpectedToken as error:
        accepted: set[str] = parser.accepts()  # type: ignore[no-untyped-call]
        found = diagnosis.unexpected(source, scanner, token, accepted)
        _add_line(found, source)
        raise found from error
    except InputError as error:
        _add_line(error, source)
        raise
    check_depth(model, source)
    return model


def _add_line(error: InputError, source: Source) -> None:
    """The callbacks know places but not the text."""
    if error.place is not None and error.source_line is None:
        error.source_line = source.line(error.place.line)


def _end(source: Source) -> PlacedToken:
    offset = len(source.text.rstrip())
    end = PlacedToken("$END", "", offset)
    end.place = source.place(offset)
    return end
