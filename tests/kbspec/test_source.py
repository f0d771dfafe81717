from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kbspec.source import line_and_column, offset_of, significant, tokens


@given(st.text(alphabet="(*)@ab'\"\n .=-><;0|", max_size=60))
def test_the_tokens_are_the_text(text: str) -> None:
    assert "".join(token.text for token in tokens(text)) == text
    assert all(token.text == text[token.start : token.end] for token in tokens(text))


def test_comments_nest_and_strings_hide_them() -> None:
    kinds = [(token.kind, token.text) for token in tokens('a(* (* b *) c *)"(*"d')]
    assert kinds == [("word", "a"), ("comment", "(* (* b *) c *)"), ("string", '"(*"'), ("word", "d")]


def test_an_open_comment_reaches_to_the_end() -> None:
    assert [token.text for token in significant("if (* (* b *) then")] == ["if"]


@given(st.text(alphabet="ab\n", min_size=1, max_size=30), st.data())
def test_offsets_and_places_are_inverse(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text) - 1))
    assert offset_of(text, *line_and_column(text, offset)) == offset
