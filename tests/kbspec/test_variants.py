from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kbspec.errors import SpecificationError, VariantError
from kbspec.language import elaborate, parse_model
from kbspec.tags import find_tags
from kbspec.variants import TEXT_NAME, Weakening, check_placement, weaken

if TYPE_CHECKING:
    from kbspec.models import Model
    from kbspec.specification import Specification

HEAD = """\
free c: channel.
type key.
type nonce.
fun sign(bitstring, key): bitstring.
reduc forall m: bitstring, k: key; getmess(sign(m, k)) = m.
reduc forall m: bitstring, k: key; checksign(sign(m, k), k) = m.
fun pair(nonce, key): bitstring [data].
free k0: key [private].
free n0: nonce.
"""


def weakened(body: str, *ids: str) -> Weakening:
    """The process `body` without the statements tagged with `ids` (all tags, where none is named)."""
    text = HEAD + "process\n" + body
    model = parse_model(text, TEXT_NAME)
    tags = [tag for tag in find_tags(text) if not ids or tag.id in ids]
    return weaken(text, model, elaborate([model], {TEXT_NAME: text}), tags)


def body_of(variant: Weakening) -> str:
    return variant.text[len(HEAD) + len("process\n") :]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "in(c, x: bitstring); (*@check A t *) if x = x then out(c, x)",
            "in(c, x: bitstring); (* removed: @check A t *) (* if x = x then *) out(c, x)",
        ),
        (
            "in(c, x: bitstring);\n(*@check A t *)\nif (if x = x then true else false)\n  then out(c, x) | 0",
            "in(c, x: bitstring);\n(* removed: @check A t *)\n"
            "(* if (if x = x then true else false)\n  then *) out(c, x) | 0",
        ),
        (
            "in(c, x: bitstring); (*@check A t *) let (=x) = checksign(x, k0) in out(c, x)",
            "in(c, x: bitstring); (* removed: @check A t *) (* let (=x) = checksign(x, k0) in *) out(c, x)",
        ),
        (
            "in(c, x: bitstring); (*@check A t *) let (=n0, y: key, (=k0, =(n0, k0))) = x in out(c, y)",
            "in(c, x: bitstring); (* removed: @check A t *) let (_: nonce (* =n0 *), y: key, "
            "(_: key (* =k0 *), _: bitstring (* =(n0, k0) *))) = x in out(c, y)",
        ),
        (
            "in(c, x: bitstring); (*@check A t *) let pair(=n0, y) = x in out(c, y)",
            "in(c, x: bitstring); (* removed: @check A t *) let pair(_: nonce (* =n0 *), y) = x in out(c, y)",
        ),
        (
            "in(c, x: bitstring); (*@check A t *) let (=n0, =k0) = x in out(c, x)",
            "in(c, x: bitstring); (* removed: @check A t *) (* let (=n0, =k0) = x in *) out(c, x)",
        ),
        (
            "out(c, n0) | (*@assume A t *) if false then out(c, k0)",
            "out(c, n0) | (* violated: @assume A t *) (* if false then *) out(c, k0)",
        ),
        (
            "out(c, n0) | (*@alternative A t *) if false then out(c, k0)",
            "out(c, n0) | (* in use: @alternative A t *) (* if false then *) out(c, k0)",
        ),
    ],
)  # fmt: skip
def test_what_becomes_of_a_statement(before: str, after: str) -> None:
    variant = weakened(before)
    assert body_of(variant) == after
    assert find_tags(variant.text) == ()


def test_one_of_two_nested_checks_goes() -> None:
    body = "in(c, x: bitstring); (*@check A t *) if x = x then (*@check B t *) if x <> x then out(c, x)"
    assert "(* if x = x then *) (*@check B t *) if x <> x then out" in body_of(weakened(body, "A"))
    assert "(*@check A t *) if x = x then (* removed: @check B t *) (* if x <> x then *) out" in body_of(
        weakened(body, "B")
    )
    assert "(* if x = x then *) (* removed: @check B t *) (* if x <> x then *) out" in body_of(weakened(body))


def test_two_equal_statements_with_one_id_both_go() -> None:
    one = "(in(c, x: bitstring); (*@check A t *) if x = x then 0)"
    body = f"{one} | {one}"
    assert body_of(weakened(body)).count("(* if x = x then *) 0") == 2


def test_lines_stay_where_they_are() -> None:
    body = "in(c, x: bitstring);\n(*@check A\n  t *)\nif x = x\n   && x = x then\nout(c, x)"
    assert weakened(body).text.count("\n") == (HEAD + "process\n" + body).count("\n")


def test_the_types_of_wildcards_are_those_of_the_declarations() -> None:
    """A type converter is gone in the core calculus, and a pattern must still have the type it had."""
    declarations = (
        "fun bytes(key): bitstring [typeConverter]. fun wrap(bitstring, key): bitstring [data].\n"
        "let P(k: key, b: bool) = in(c, x: bitstring); (*@check A t *) "
    )
    for before, after in (
        ("let wrap(=bytes(k), y) = x in out(c, y)", "wrap(_: bitstring (* =bytes(k) *), y)"),
        ("let (=bytes(k), y: key) = x in out(c, y)", "(_: bitstring (* =bytes(k) *), y: key)"),
        ("let (=b, =3, y: key) = x in out(c, y)", "(_: bool (* =b *), _: nat (* =3 *), y: key)"),
        ("let (=(if b then k else k0), y: key) = x in out(c, y)",
         "(_: key (* =(if b then k else k0) *), y: key)"),
    ):  # fmt: skip
        text = f"{HEAD}{declarations}{before}.\nprocess new k: key; P(k, k = k0)\n"
        model = parse_model(text, TEXT_NAME)
        types = elaborate([model], {TEXT_NAME: text})
        variant = weaken(text, model, types, list(find_tags(text)))
        assert f"let {after} = x in out(c, y)." in variant.text
        elaborate([variant.tree], {TEXT_NAME: variant.text})


def test_a_deep_pattern_needs_no_recursion() -> None:
    pattern = "(" * 900 + "=n0, y: key" + ")" * 900
    variant = weakened(f"in(c, x: bitstring); (*@check A t *) let {pattern} = x in out(c, y)")
    assert "_: nonce (* =n0 *), y: key" in variant.text


def test_a_check_in_a_process_that_never_runs() -> None:
    text = (
        HEAD
        + "let P() = in(c, x: bitstring); (*@check A t *) let (=n0, y: key) = x in out(c, y).\nprocess 0\n"
    )
    model = parse_model(text, TEXT_NAME)
    with pytest.raises(VariantError, match="@check A stands in a process that the model does not run"):
        weaken(text, model, elaborate([model], {TEXT_NAME: text}), list(find_tags(text)))


def test_a_long_process_needs_no_recursion() -> None:
    body = "in(c, x: bitstring); " + "out(c, x); " * 2000 + "(*@check A t *) if x = x then out(c, x)"
    text = "free c: channel. process " + body
    model = parse_model(text, TEXT_NAME)
    tags = list(find_tags(text))
    variant = weaken(text, model, None, tags)  # type: ignore[arg-type]  # no type is needed to remove an if
    assert variant.text.endswith("(* if x = x then *) out(c, x)")


@pytest.mark.parametrize(
    ("body", "message", "advice"),
    [
        ("in(c, x: bitstring); (*@check A t *) if x = x then out(c, x) else out(c, c)",
         "@check A stands before a statement with an else branch", "no else branch"),
        ("in(c, x: bitstring); (*@check A t *) if x = x then out(c, x) else 0",
         "A: the statement cannot be taken out of the text as it is written", "no else branch"),
        ("in(c, x: bitstring); (*@check A t *) let y = checksign(x, k0) in out(c, y)",
         "@check A stands before a let without =, which checks nothing that can go",
         "let body = getmess(signature)"),
        ("(*@check A t *) in(c, (=n0, x: bitstring)); out(c, x)",
         "@check A does not stand directly before an if or a let of a process", "receive into variables"),
        ("(*@assume A t *) out(c, k0)", "@assume A does not stand directly before an if false then",
         "(*@assume A ... *) if false then out(c, key)"),
        ("in(c, x: bitstring); (*@assume A t *) if x = x then out(c, k0)",
         "@assume A stands before an if that may hold in the base model", "write if false then"),
    ],
)  # fmt: skip
def test_refused_with_advice(body: str, message: str, advice: str) -> None:
    with pytest.raises(VariantError) as caught:
        weakened(body)
    assert caught.value.message == message and advice in (caught.value.advice or "")


def test_a_misplaced_tag_is_found_without_removing_anything() -> None:
    text = HEAD + "process (*@check A t *) out(c, n0)"
    with pytest.raises(VariantError, match="does not stand directly before"):
        check_placement(parse_model(text, TEXT_NAME), find_tags(text)[0])


def knock(spec: Specification) -> Model:
    return spec.model("knock", "knock/system", title="Knocking")


def test_variants_of_a_model_are_written_and_named(spec: Specification) -> None:
    base = knock(spec)
    variant = base.without("CHK-NONCE")
    assert variant.name == "knock-without-CHK-NONCE"
    assert (variant.root / "pv/models/knock-without-CHK-NONCE.pv").read_text(encoding="utf-8") == variant.text
    assert "(* if answer = senc(nonce, k) then *)" in variant.text
    both = variant.assume("ASM-KEY-SAFE")
    assert both.name == "knock-without-CHK-NONCE-violating-ASM-KEY-SAFE"
    assert "without CHK-NONCE, ASM-KEY-SAFE violated" in repr(both)
    assert base.text == knock(spec).text


def test_an_unknown_check_and_a_removed_one(spec: Specification) -> None:
    base = knock(spec)
    with pytest.raises(SpecificationError) as caught:
        base.without("CHK-NONSE")
    assert str(caught.value).splitlines() == [
        "no @check CHK-NONSE in this model", "  advice: did you mean CHK-NONCE?",
    ]  # fmt: skip
    with pytest.raises(SpecificationError, match="no @check CHK-NONCE in this model"):
        base.without("CHK-NONCE").without("CHK-NONCE")
    with pytest.raises(SpecificationError, match="no @assume CHK-NONCE"):
        base.assume("CHK-NONCE")
