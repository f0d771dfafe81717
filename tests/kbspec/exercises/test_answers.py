from __future__ import annotations

import pytest

from kbspec.exercises.answers import (
    NotAccepted,
    check_property,
    check_protocol,
    is_blank,
    premise,
    read_changes,
    read_predictions,
    repeats_itself,
)

ORIGINAL = "let P = new n: bitstring; event Sent(n); out(c, n)."


@pytest.mark.parametrize(("text", "blank"), [
    ("", True), ("  \n", True), ("(* your query *)", True), ("# the IDs\n", True), ("SEC-A true", False),
    ("(* mine *) query attacker(s).", False),
])  # fmt: skip
def test_blank(text: str, blank: bool) -> None:
    assert is_blank(text) is blank


def test_a_property_is_one_query() -> None:
    check_property("query attacker(s).")
    check_property("query x: bitstring; event(A(x)) ==> event(B(x)).")
    two = "query attacker(s). query attacker(t)."
    for text in (two, "query attacker(s); attacker(t).", "query secret s."):
        with pytest.raises(NotAccepted, match="quer"):
            check_property(text)


@pytest.mark.parametrize("word", ["axiom", "restriction", "lemma"])
def test_a_property_assumes_nothing(word: str) -> None:
    with pytest.raises(NotAccepted, match=f"the word {word}"):
        check_property(f"{word} x: bitstring; event(A(x)) ==> event(B(x)).")


@pytest.mark.parametrize("text", ["free s: bitstring. query attacker(s).", "query attacker(s). process 0"])
def test_a_property_declares_nothing_else(text: str) -> None:
    with pytest.raises(NotAccepted, match="more than a query"):
        check_property(text)


def test_the_premise_as_a_query() -> None:
    text = "query x: t; event(A(x)) (* ==> *) && event(B(x)) ==> event(C(x))."
    assert premise(text) == "query x: t; event(A(x)) (* ==> *) && event(B(x))."
    assert premise("query x: t; event(A(x)).") is None


@pytest.mark.parametrize(("formula", "repeats"), [
    ("event(A(x)) ==> event(A(x))", True),
    ("event(A(x)) && event(B(x)) ==> event(B(x)) && event(A(x))", True),
    ("event(A(x)) ==> event(B(x)) || event(A(x))", True),
    ("event(A(x)) ==> event(A(x)) && event(B(x))", False),
    ("event(A(x)) ==> event(A(y))", False),
    ("event(A(x)) ==> event(B(x))", False),
])  # fmt: skip
def test_what_repeats_itself(formula: str, repeats: bool) -> None:
    assert repeats_itself(f"query x: t, y: t; {formula}.") is repeats


def test_a_part_of_a_protocol_emits_its_own_events() -> None:
    check_protocol("let P = new n: bitstring; event Sent(n); out(c, (n, n)).", ORIGINAL)
    check_protocol("type t. fun f(t): t. table T(t). " + ORIGINAL, ORIGINAL)
    with pytest.raises(NotAccepted, match="emits Received"):
        check_protocol("let P = event Sent(a); event Received(a).", ORIGINAL)
    with pytest.raises(NotAccepted, match="no longer emits Sent"):
        check_protocol("event Sent(bitstring). let P = out(c, a).", ORIGINAL)


@pytest.mark.parametrize("declaration", [
    "axiom attacker(s) ==> false.", "restriction attacker(s) ==> false.", "query attacker(s).",
    "equation forall x: bitstring; f(x) = x.", "set attacker = passive.", "not attacker(s).",
    "reduc forall x: bitstring, k: key; open(f(x, k)) = x.",
])  # fmt: skip
def test_a_part_of_a_protocol_assumes_nothing(declaration: str) -> None:
    with pytest.raises(NotAccepted, match="may not assume"):
        check_protocol(f"{declaration} {ORIGINAL}", ORIGINAL)


def test_there_is_one_main_process() -> None:
    with pytest.raises(NotAccepted, match="main process"):
        check_protocol(f"{ORIGINAL} process P", ORIGINAL)


def test_predictions() -> None:
    reachability = {"SEC": False, "SAN": True}
    wanted = {"SEC": "true", "SAN": "false"}
    assert read_predictions("SEC: true # sure\n\nSAN  Reachable.", ("SEC", "SAN"), reachability) == wanted
    assert read_predictions({"SEC": "true", "SAN": "reachable"}, ("SEC", "SAN"), reachability) == wanted
    for answer, said in (("SEC true", "SAN"), ("SEC yes\nSAN reachable", "'yes'"), ("SIC true", "SIC")):
        with pytest.raises(NotAccepted, match=said):
            read_predictions(answer, ("SEC", "SAN"), reachability)


def test_changes() -> None:
    kinds = {"CHK-A": "check", "ASM-B": "assume"}
    assert read_changes("CHK-A, ASM-B # both\nCHK-A (* again *)", kinds) == ("CHK-A", "ASM-B")
    assert read_changes(["CHK-A"], kinds) == ("CHK-A",)
    with pytest.raises(NotAccepted, match="CHK-B is neither"):
        read_changes("CHK-B", kinds)
