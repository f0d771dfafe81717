from __future__ import annotations

import pytest

from kbspec.bibliography import Citation
from kbspec.tags import AlternativeTag, AssumeTag, CheckTag, QueryTag, StepTag, TagError, find_tags, parse_tag


def test_every_kind_is_read_with_its_place() -> None:
    text = (
        "free c: channel.\n"
        "  (*@query SEC-A [KBS Response] A resource\n     is never known. *)\n"
        "(*@check CHK-A [KBS Challenge; code a/b.rs:f] The nonce fits. *)\n"
        "(*@assume ASM-A The key stays. *)\n"
        "(*@alternative ALT-A [KBS Tee] Another TEE is there. *)\n"
        '(*@step RCAR-2 KBS -> the KBC "Challenge" [KBS Challenge] nonce, extra-params *)\n'
    )
    query, check, assume, alternative, step = find_tags(text)
    assert isinstance(query, QueryTag) and isinstance(check, CheckTag) and isinstance(assume, AssumeTag)
    assert (query.id, query.text) == ("SEC-A", "A resource is never known.")
    assert (query.line, query.column) == (2, 3)
    assert text[query.offset : query.end].startswith("(*@query") and text[query.offset : query.end].endswith(
        "*)"
    )
    assert check.sources == (Citation("KBS", "Challenge"), Citation("code", "a/b.rs:f"))
    assert assume.sources == () and assume.text == "The key stays."
    assert isinstance(alternative, AlternativeTag) and alternative.kind == "alternative"
    assert isinstance(step, StepTag)
    assert (step.sender, step.receiver, step.message) == ("KBS", "the KBC", "Challenge")
    assert step.text == "nonce, extra-params" and step.sources == (Citation("KBS", "Challenge"),)


def test_a_step_needs_no_fields_and_no_source() -> None:
    step = parse_tag("step", 'K-1 A -> B "Hello"')
    assert isinstance(step, StepTag) and step.text == "" and step.sources == ()


def test_ordinary_comments_and_strings_are_not_tags() -> None:
    assert find_tags('(* @check CHK-A x *) (* (*@check CHK-A x *) *) set a = "(*@check CHK-A x *)".') == ()


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "advice"),
    [
        ("\n (*@chek CHK-A x *)", 2, 2, "unknown tag @chek", "did you mean check?"),
        ("(*@check *)", 1, 1, "the tag @check is not complete", "write (*@check ID [source] text"),
        ("(*@check CHK-A [KBS *)", 1, 1, "the tag @check is not complete", "(*@check ID [source] text"),
        ("(*@query SEC-A [KBS x] *)", 1, 1, "the tag @query SEC-A has no text", "(*@query ID [source] text"),
        ("(*@step K-1 A B *)", 1, 1, "the tag @step is not complete", "(*@step ID Sender -> Receiver"),
    ],
)  # fmt: skip
def test_malformed_tags(text: str, line: int, column: int, message: str, advice: str) -> None:
    with pytest.raises(TagError) as caught:
        find_tags(text)
    assert (caught.value.line, caught.value.column, caught.value.message) == (line, column, message)
    assert advice in str(caught.value)
