from __future__ import annotations

import re
from pathlib import Path

import pytest
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, Token

import kbspec.lexer
from kbspec.lexer import FragmentCellLexer, ProVerifLexer, highlight_cell, highlight_model, is_fragment

CELL = """%%pv rcar/kbs uses tls/server
(*@check CHK-NONCE [KBS Challenge] The nonce fits; (* nested *) it does. *)
let P(k: key) = new n: nonce; if h(n) = "x" then out(c, 12) else 0. (* end *)
"""


def kinds(text: str) -> dict[str, object]:
    return {value: kind for kind, value in ProVerifLexer().get_tokens(text)}


def test_words_of_the_language() -> None:
    found = kinds(CELL.partition("\n")[2])
    expected = {
        "@check": Name.Decorator, "CHK-NONCE": Name.Label, "let": Keyword, "new": Keyword,
        "key": Keyword.Type, "h": Name.Function, "12": Number.Integer, '"x"': String.Double, "=": Operator,
        "(*": Comment.Multiline, "The": Comment.Special,
    }  # fmt: skip
    assert {word: found[word] for word in expected} == expected


def test_the_editor_of_jupyterlab_has_the_same_words() -> None:
    folder = Path(kbspec.lexer.__file__).parent / "jupyter" / "labextensions" / "kbspec-proverif"
    script = folder / "static" / "remoteEntry.js"
    text = re.sub(r'"\s*\+\s*"', "", script.read_text(encoding="utf-8"))
    for name in ("DECLARATIONS", "STATEMENTS", "TYPES", "CONSTANTS"):
        found = re.search(rf'const {name} =\s*"([^"]*)";', text)
        assert found is not None and tuple(found[1].split(" ")) == getattr(kbspec.lexer, name)


def test_a_name_that_contains_a_keyword_is_a_name() -> None:
    found = kinds("let_in new_key 'x event_e inj-event(e)")
    assert found["let_in"] is Name and found["new_key"] is Name and found["event_e"] is Name
    assert found["inj-event"] is Keyword


@pytest.mark.parametrize(
    "text", [CELL, "(* open", "(*@check X", '"open\n', "é☃\x00", "%%pv", "%%pv\nx", "a = 1\n"]
)
def test_no_text_is_lost_and_nothing_is_an_error(text: str) -> None:
    for lexer in (
        ProVerifLexer(stripnl=False, ensurenl=False),
        FragmentCellLexer(stripnl=False, ensurenl=False),
    ):
        tokens = list(lexer.get_tokens(text))
        assert "".join(value for _, value in tokens) == text
        if text != "é☃\x00":
            assert not any(kind in Error for kind, _ in tokens)


def test_cells() -> None:
    assert is_fragment(CELL) and not is_fragment("%%pvx\n") and not is_fragment("x = 1")
    rendered = highlight_cell(CELL)
    assert rendered.startswith('<div class=" highlight hl-ipython3"><pre>')
    assert '<span class="nd">@check</span>' in rendered and '<span class="k">let</span>' in rendered
    assert '<span class="kn">import</span>' in highlight_cell("import os\n")


def test_models_have_linkable_lines() -> None:
    rendered = highlight_model("free c: channel.\nfree d: channel.\n")
    assert 'id="line-2"' in rendered and '<span class="kd">free</span>' in rendered


def test_every_token_kind_is_standard() -> None:
    assert all(kind in Token for kind, _ in ProVerifLexer().get_tokens(CELL))
