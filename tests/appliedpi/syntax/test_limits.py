"""Text that is too large or nested too deep: one error, soon; just below the limit, a tree that prints."""

from __future__ import annotations

import sys
import time

import pytest

from appliedpi.errors import InputError
from appliedpi.syntax import (
    MAXIMUM_LINE,
    MAXIMUM_NESTING,
    MAXIMUM_SEQUENCE,
    MAXIMUM_SIZE,
    parse_fragment,
    print_model,
)

MANY = 100_000

# A text nested to a depth, as (before, for each level, in the middle, for each level, after).
BRACKETS = {
    "parentheses": ("process out(c, ", "(", "x", ")", ")"),
    "parentheses on lines": ("process out(c, ", "(\n", "x", ")\n", ")"),
    "applications": ("process out(c, ", "f(", "x", ")", ")"),
    "tuples": ("process out(c, ", "(a, ", "x", ")", ")"),
    "patterns": ("process in(c, ", "(a, ", "x", ")", ")"),
    "processes": ("process ", "(", "0", ")", ""),
    "name bindings": ("query attacker(", "new k[x =\n", "a", "]", ")."),
    "definitions": ("", "def f() {\n", "", "}", ""),
}
TERMS = {
    "conjunctions": ("process if ", "x && ", "x", "", " then 0"),
    "sums": ("process out(c, x", " + 1", "", "", ")"),
    "let": ("letfun f = ", "let x = a in\n", "x", "", "."),
    "else if": ("letfun f = ", "if a then b else\n", "x", "", "."),
    "facts": ("query ", "let x = a in ", "b", "", "."),
    "equations": ("equation ", "x <- a; ", "x = x", "", "."),
}
SEQUENCES = {
    "new": ("process ", "new k: key;\n", "0", "", ""),
    "replications": ("process ", "!", "0", "", ""),
    "parallel": ("process ", "0 | ", "0", "", ""),
    "else if": ("process ", "if a then P else\n", "0", "", ""),
    "if if": ("process ", "if a then ", "0", " else 0", ""),
}


def nested(parts: tuple[str, str, str, str, str], depth: int) -> str:
    before, opening, middle, closing, after = parts
    return before + opening * depth + middle + closing * depth + after


def rejected(text: str, seconds: float) -> InputError:
    limit = sys.getrecursionlimit()
    start = time.process_time()
    with pytest.raises(InputError) as caught:
        parse_fragment(text, "test.pv")
    assert time.process_time() - start < seconds
    assert sys.getrecursionlimit() == limit
    error = caught.value
    assert error.place is not None and error.place.line >= 1 and error.place.column >= 1
    assert len(str(error)) < 1000
    return error


@pytest.mark.parametrize("kind", BRACKETS)
def test_brackets(kind: str) -> None:
    text = nested(BRACKETS[kind], MANY)
    error = rejected(text, seconds=2)
    assert error.message == f"brackets are nested deeper than {MAXIMUM_NESTING}"
    assert error.place is not None
    # The place is the first bracket that is too many.
    lines = text.split("\n")[: error.place.line]
    before = "\n".join([*lines[:-1], lines[-1][: error.place.column]])
    opened = sum(before.count(bracket) for bracket in "([{") - sum(before.count(bracket) for bracket in ")]}")
    assert opened == MAXIMUM_NESTING + 1


@pytest.mark.parametrize("kind", TERMS)
def test_terms(kind: str) -> None:
    error = rejected(nested(TERMS[kind], 8_000), seconds=5)
    assert error.message == f"a term is nested deeper than {MAXIMUM_NESTING}"


@pytest.mark.parametrize("kind", SEQUENCES)
def test_sequences(kind: str) -> None:
    error = rejected(nested(SEQUENCES[kind], 8_000), seconds=5)
    assert error.message == f"a process has more than {MAXIMUM_SEQUENCE} statements in a row"


@pytest.mark.parametrize(
    ("parts", "depth"),
    [(parts, MAXIMUM_NESTING - 20) for parts in (*BRACKETS.values(), *TERMS.values())]
    + [(parts, MAXIMUM_SEQUENCE - 20) for parts in SEQUENCES.values()],
    ids=[*BRACKETS, *TERMS, *SEQUENCES],
)
def test_below_the_limit(parts: tuple[str, str, str, str, str], depth: int) -> None:
    text = print_model(parse_fragment(nested(parts, depth), "test.pv"))
    assert print_model(parse_fragment(text, "printed.pv")) == text


def test_comments_may_nest_deeper() -> None:
    assert parse_fragment("(*" * MANY + "*)" * MANY + "type t.", "test.pv").declarations
    error = rejected("(*\n" * MANY, seconds=2)
    assert error.message == "this comment is not closed"
    assert error.place is not None and error.place.line == MANY


def test_long_line() -> None:
    error = rejected("type t.\n" + "a" * (MAXIMUM_SIZE - 8), seconds=2)
    assert error.message == f"the line has {MAXIMUM_SIZE - 8} characters; the limit is {MAXIMUM_LINE}"
    assert error.place is not None and (error.place.line, error.place.column) == (2, 1)


def test_large_text() -> None:
    error = rejected("a\n" * (MAXIMUM_SIZE // 2 + 1), seconds=2)
    assert error.message == f"the text has more than {MAXIMUM_SIZE} characters"


def test_many_declarations_and_tags() -> None:
    text = "(*@a b*)\nfree a, b, c: t.\n" * 2_000 + "(*@a b*)\n" * 2_000 + "free " + "a,\n" * 2_000 + "a: t."
    start = time.process_time()
    declarations = parse_fragment(text, "test.pv").declarations
    assert time.process_time() - start < 5
    assert len(declarations) == 2_001
    assert len(declarations[-1].tags) == 2_000


def test_speed() -> None:
    """A model of 1,500 lines, well under two seconds."""
    text = (
        "let P(x: key, y: t) =\n  new k: key;\n  out(c, enc((x, k), y));\n  in(c, (z: t, =k));\n  0.\n\n"
        * 250
    )
    parse_fragment("", "warm up")
    start = time.process_time()
    parse_fragment(text, "test.pv")
    assert time.process_time() - start < 1
