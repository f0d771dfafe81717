"""Key hierarchies and tokens: declarations become pictures and words, wrong ones become messages."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from kbspec.errors import SpecificationError
from kbspec.picture import SVG
from kbspec.structures import Binding, Key, Token, key_hierarchy, token_structure

FUSE = Key("Fuse", "Chip", "in silicon")
ROOT = Key("Root: A", "Vendor", "certifies chips", signs=("certificate <1>",))
LEAF = Key("Leaf", "Chip", "signs reports", derived_from=("Fuse",), certified_by=("Root: A",))

CHIP = Token("chip token", "Root: A", (("key hash", "chip"), ("serial", "fuses")))
GUEST = Token("guest token", "Leaf", (("key", "chip"), ("data", "guest")))
BOUND = Binding("guest token", "key", "chip token", "key hash", "hash")


def texts(svg: str) -> set[str]:
    return {(element.text or "").strip() for element in ElementTree.fromstring(svg).iter(f"{SVG}text")}


def test_every_key_holder_and_line_shows() -> None:
    chart = key_hierarchy((FUSE, ROOT, LEAF), title="Keys", description="D.")
    shown = texts(chart.svg)
    assert {"Fuse", "Root: A", "Leaf", "Chip", "Vendor", "certificate <1>", "derived", "signs"} <= shown
    assert "Leaf (signs reports), held by Chip; derived from Fuse; certified by Root: A" in repr(chart)


def test_every_claim_and_binding_shows() -> None:
    chart = token_structure((CHIP, GUEST), (BOUND,), title="Tokens", description="D.")
    assert {"key hash", "serial", "fuses", "data", "hash", "signed with Leaf"} <= texts(chart.svg)
    assert "guest token, key -> chip token, key hash: hash" in repr(chart)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ((FUSE, FUSE), "two keys have the name 'Fuse'"),
        ((FUSE, LEAF), "Leaf is certified by an unknown key 'Root: A'"),
    ],
)
def test_wrong_keys(keys: tuple[Key, ...], message: str) -> None:
    with pytest.raises(SpecificationError, match=re.escape(message)):
        key_hierarchy(keys, title="T", description="D")


@pytest.mark.parametrize(
    ("tokens", "binding", "message"),
    [
        ((CHIP, CHIP), BOUND, "two tokens have the name 'chip token'"),
        ((CHIP,), BOUND, "names an unknown token 'guest token'"),
        ((CHIP, GUEST), Binding("guest token", "keys", "chip token", "serial", "x"), "did you mean key"),
    ],
)
def test_wrong_tokens(tokens: tuple[Token, ...], binding: Binding, message: str) -> None:
    with pytest.raises(SpecificationError, match=re.escape(message)):
        token_structure(tokens, (binding,), title="T", description="D")
