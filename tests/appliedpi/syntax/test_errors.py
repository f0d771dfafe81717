"""Malformed input: what the error says, where, and what it advises."""

from __future__ import annotations

import pytest

from appliedpi.errors import InputError
from appliedpi.syntax import parse_fragment, parse_library, parse_model

# The text; the place of the error; a part of its message; a part of its advice, or None.
Case = tuple[str, str, str, str | None]

CHARACTERS: list[Case] = [
    ("process out(c, a & b)", "1:18", "unexpected character `&`", "`&&`"),
    ("process if ~a then 0", "1:12", "unexpected character `~`", "not("),
    ("process out(c, é)", "1:16", "unexpected character `é`", "ASCII"),
    ("\ufefftype a.", "1:1", "unexpected character `U+FEFF`", "byte order mark"),
    ("type a.\x00", "1:8", "unexpected character `U+0000`", None),
    ("type _a.", "1:6", "unexpected `_`, expected a name", None),
    ('set a = "b', "1:9", "string is not closed", None),
    ('set a = "b\\q".', "1:11", "unknown escape", r"\n"),
    ("process out(c, 1234567890123456789)", "1:16", "at most 18 digits", None),
    ("(* a\nprocess 0", "1:1", "this comment is not closed", "nest"),
    ("type a.\n (* b (* c *)", "2:2", "this comment is not closed", "nest"),
    ("nounif attacker(*x).\nprocess 0", "1:16", "this comment is not closed", "( *x"),
    ("type a. *)", "1:9", "unexpected `*)`", "no comment is open"),
]
SYMBOLS: list[Case] = [
    ("process if a == b then 0", "1:14", "unexpected `==`", "`=`"),
    ("process if a != b then 0", "1:14", "unexpected `!=`", "`<>`"),
    ("process if a => b then 0", "1:14", "unexpected `=>`", "`>=`"),
    ("query event(a) => event(b).", "1:16", "unexpected `=>`", "`==>`"),
    ("process let x := a in 0", "1:15", "unexpected `:=`", "let x = M in"),
    ("process if a = b = c then 0", "1:18", "`=` and `=` in a row", "parentheses"),
    ("query a ==> b ==> c.", "1:15", "`==>` and `==>` in a row", "parentheses"),
    ("process out(c, x + y)", "1:20", "no number stands here", "M + 1"),
    ("process out(c, 1 - x)", "1:20", "no number stands here", "M - 1"),
    ("process in(c, x + y)", "1:19", "adds a number", "x + 1"),
]
ENDS: list[Case] = [
    ("type key\ntype b.", "1:9", "`.` is missing at the end of the declaration before `type`", None),
    ("free c: channel (* c *)\n\nprocess 0", "1:16", "`.` is missing", None),
    ("let P = 0\nevent e.", "1:10", "`.` is missing", None),
    ("query attacker(s)", "1:18", "`.` is missing", None),
    ("type key;", "1:9", "unexpected `;`, expected `.`", "ends with `.`"),
    ("process\nout(c, a)\nout(c, b)", "2:10", "`;` is missing before `out`", None),
    ("reduc forall x: t; f(x) = x\nforall y: t; g(y) = y.", "1:28", "`;` is missing before `forall`", None),
    ("let P = new k: key event e(k).", "1:19", "`;` is missing before `event`", None),
    ("process let x = a;\nout(c, x)", "1:18", "expected `in`", "let x = M"),
    ("process out(c, (a, b)", "1:22", "`)` is missing before the end of the text", "line 1, column 12"),
    ("let P = in(c, x: key;\nout(c, x).", "1:21", "`)` is missing before `;`", "line 1, column 11"),
    ("fun f(a): b [data.", "1:18", "`]` is missing before `.`", "line 1, column 13"),
    ("def f() { type a.", "1:18", "`}` is missing before the end of the text", "line 1, column 9"),
    ("process 0.", "1:10", "unexpected `.`", "nothing follows the main process"),
    ("process 0 0", "1:11", "unexpected `0`", "joined with `|`"),
    ("process in(c, x) else 0", "1:18", "unexpected `else`", "`else` belongs to"),
    ("type a. }", "1:9", "unexpected `}`, expected a declaration", None),
]
EXPECTED: list[Case] = [
    ("foo.", "1:1", "unexpected `foo`, expected a declaration", None),
    ("process if a then", "1:18", "the text ends too early, expected a process", None),
    ("process if then 0", "1:12", "unexpected `then`, expected a term", None),
    ("process new k; 0", "1:14", "unexpected `;`, expected `:` or `[`", None),
    ("process out(c)", "1:14", "unexpected `)`, expected `,`", None),
    ("query table(a, b).", "1:14", "unexpected `,`", None),
    ("table t.", "1:8", "unexpected `.`, expected `(`", None),
    ("process 5", "1:9", "the only number that is a process is 0", None),
    ("process phase 0; 0", "1:15", "1 or more", None),
    ("process sync 0; 0", "1:14", "1 or more", None),
    ("process let =x = a in 0", "1:13", "unexpected `=`, expected a pattern", "let (=M) = N in"),
    ("free channel: key.", "1:6", "unexpected `channel`, expected a name", "`channel` is a reserved word"),
    ("process new k: fun; 0", "1:16", "unexpected `fun`", "`fun` is a reserved word"),
    ("process out(c, table)", "1:16", "unexpected `table`, expected a term", "`table` is a reserved word"),
    ("process let event = a in 0", "1:13", "unexpected `event`, expected a pattern", "reserved word"),
]
REFUSED: list[Case] = [
    ("equivalence P Q", "1:1", "`equivalence` (observational equivalence)", "--backend proverif"),
    ("query putbegin event: e.", "1:7", "`query putbegin`", "--backend proverif"),
    ("lemma a for { secret x [real_or_random] }.", "1:9", "lemma for a `secret`", "--backend proverif"),
    ("letfun f = let x: t suchthat p(x) in x.", "1:12", "suchthat", "--backend proverif"),
]


@pytest.mark.parametrize("case", CHARACTERS + SYMBOLS + ENDS + EXPECTED + REFUSED, ids=lambda case: case[0])
def test_error(case: Case) -> None:
    text, place, message, advice = case
    with pytest.raises(InputError) as caught:
        parse_fragment(text, "test.pv")
    error = caught.value
    assert str(error.place) == f"test.pv:{place}"
    assert message in error.message
    assert error.source_line == text.splitlines()[int(place.split(":")[0]) - 1]
    if advice is None:
        assert error.advice is None
    else:
        assert error.advice is not None and advice in error.advice


def test_a_model_has_a_process() -> None:
    with pytest.raises(InputError, match=r"m.pv:1:8: error: the model has no `process`"):
        parse_model("type t.\n\n", "m.pv")


def test_a_library_has_no_process() -> None:
    with pytest.raises(InputError, match="unexpected `process`") as caught:
        parse_library("type t.\nprocess 0", "l.pvl")
    assert caught.value.advice == "a library has declarations only"


def test_the_first_error_is_reported() -> None:
    """Even where what follows cannot be read at all."""
    with pytest.raises(InputError, match=r"1:7: error: `\.` is missing"):
        parse_library("type a\ntype b.\n$ (* \x00", "l.pvl")


def test_excerpt() -> None:
    with pytest.raises(InputError) as caught:
        parse_fragment("process\n\tout(c, $a)", "cell 3")
    assert str(caught.value).splitlines()[:3] == [
        "cell 3:2:9: error: unexpected character `$`",
        "   out(c, $a)",
        "          ^",
    ]
