"""The grammar file: which conflicts it has, and that ProVerif's reserved words are reserved."""

from __future__ import annotations

import logging
import re
from collections import Counter
from importlib.resources import files

import pytest
from lark import Lark, logger
from lark.exceptions import LarkError

from appliedpi.errors import InputError
from appliedpi.syntax import parse_library
from appliedpi.syntax.parser import grammar


def test_only_the_known_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    """`else` after `if`, `let`, `get`; `[` after `secret x` and `new k`: both belong to the nearest."""
    text = files("appliedpi.syntax").joinpath("grammar.lark").read_text(encoding="utf-8")
    level = logger.level
    logger.addHandler(caplog.handler)
    logger.setLevel(logging.DEBUG)
    try:
        Lark(text, parser="lalr", lexer="basic", start=["model", "library", "fragment"])
    except LarkError as error:  # the basic lexer cannot scan TAG, but the table is built before
        assert "TAG" in str(error)
    finally:
        logger.removeHandler(caplog.handler)
        logger.setLevel(level)
    conflicts = Counter(re.findall(r"conflict for terminal (\w+)", caplog.text))
    assert set(conflicts) == {"ELSE", "LBRACKET"}
    brackets = re.findall(r"terminal LBRACKET.*\n.*<(\w+) : (\w+)", caplog.text)
    assert set(brackets) == {("plain_query", "SECRET"), ("fact_operand", "NEW")}


RESERVED = """
    among axiom channel choice clauses const def diff do elimtrue else equation equivalence event expand fail
    for forall foreach free fun get if implementation in insert lemma let letfun letproba new noninterf
    noselect not nounif or otherwise out param phase pred proba process proof public_vars putbegin query reduc
    restriction secret select set suchthat sync table then type weaksecret yield
""".split()


def test_reserved_words() -> None:
    assert sorted(grammar()[1].reserved) == RESERVED


@pytest.mark.parametrize("word", RESERVED)
def test_a_reserved_word_is_no_name(word: str) -> None:
    with pytest.raises(InputError):
        parse_library(f"type {word}.", "test.pvl")
