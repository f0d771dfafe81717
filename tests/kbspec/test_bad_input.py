"""Fragments that nobody should write: one message with its place each, quickly, and nothing on disk."""

from __future__ import annotations

import pytest

from kbspec.errors import FragmentError
from kbspec.specification import Specification

PARENTHESES = 100_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("free c: channel. (* " + "a" * 10_000_000 + " *)", "characters"),
        ("free " + "a, " * 3_000_000 + "b: channel.", "the limit is"),
        ("let P() = " + "(" * PARENTHESES + "0" + ")" * PARENTHESES + ".", "nested deeper"),
        ("(*" * PARENTHESES, "not closed"),
        ('set x = "abc', "not closed"),
        ("free c\x00: channel.", "unexpected character"),
        ("free c: channel. (* \ud800 *)", "half of a surrogate pair"),
        ("free c: chanel.", "chanel"),
        ("free c: channel. let P() = out(d, c).", "d"),
        ("free c: channel. fun f(bitstring): bitstring. let P() = out(c, f(c)).", "channel"),
    ],
    ids=["size", "line", "nesting", "comments", "string", "null", "surrogate", "type", "name", "types"],
)  # fmt: skip
def test_one_message_with_its_place(spec: Specification, text: str, message: str) -> None:
    with pytest.raises(FragmentError) as caught:
        spec.fragment("knock/bad", text)
    assert message in caught.value.message
    assert caught.value.where.startswith("notebook 01-knock, cell [knock/bad], line 2, column ")
    assert len(str(caught.value)) < 1000
    assert not (spec.registry.root / "pv/fragments/01-knock/knock-bad.pv").exists()
    assert repr(spec.fragment("knock/bad", "free c: channel.")) == "fragment knock/bad: 1 declaration"
