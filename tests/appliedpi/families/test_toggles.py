"""Which statements become skippable tests, and which are refused."""

import pytest

from appliedpi import core
from appliedpi.families import Family, NotMonotonic, load_family
from appliedpi.typing.numbering import preorder

HEAD = """
free c: channel.
free jewel: bitstring [private].
fun sign(bitstring, bitstring): bitstring.
reduc forall m: bitstring, k: bitstring; getmess(sign(m, k)) = m.
reduc forall m: bitstring, k: bitstring; checksign(sign(m, k), k) = m.
free key: bitstring [private].
(*@query SEC The jewel stays secret. *)
query attacker(jewel).
"""


def family_of(process: str) -> Family:
    return load_family(HEAD + "process " + process)


def skippable(family: Family) -> list[core.Skippable]:
    return [one for one in preorder(family.model.process) if isinstance(one, core.Skippable)]


def test_an_if_is_the_test_itself() -> None:
    family = family_of("in(c, x: bitstring); (*@check CHK-A a *) if x = key then out(c, jewel)")
    (one,) = skippable(family)
    assert family.toggles == ("CHK-A",)
    assert isinstance(one.test, core.If)
    assert isinstance(one.body, core.Output)


def test_the_equality_of_a_let_becomes_a_test_behind_it() -> None:
    family = family_of("in(c, x: bitstring); (*@check CHK-A a *) let (=key, y: bitstring) = x in out(c, y)")
    (let,) = [one for one in preorder(family.model.process) if isinstance(one, core.Let)]
    assert isinstance(let.body, core.Skippable)
    assert isinstance(let.pattern, core.PatternData)
    assert all(isinstance(part, core.PatternVariable) for part in let.pattern.arguments)


def test_a_let_that_binds_nothing_is_a_test_as_a_whole() -> None:
    family = family_of(
        "in(c, (x: bitstring, y: bitstring)); (*@check CHK-A a *) let (=y) = checksign(x, key) in out(c, y)"
    )
    (one,) = skippable(family)
    assert isinstance(one.test, core.Let)


@pytest.mark.parametrize("tag", ["assume", "alternative"])
def test_what_never_runs_in_the_base_model_is_kept(tag: str) -> None:
    family = family_of(f"(*@{tag} ID-A a *) if false then out(c, jewel)")
    assert family.toggles == ("ID-A",)
    assert len(skippable(family)) == 1


def test_one_id_at_two_places_is_one_toggle() -> None:
    family = family_of(
        "in(c, x: bitstring); (*@check CHK-A a *) if x = key then (*@check CHK-A a *) if x = key then 0"
    )
    assert family.toggles == ("CHK-A",)
    assert [one.toggle for one in skippable(family)] == [0, 0]


def test_an_else_branch_is_refused_with_its_place() -> None:
    with pytest.raises(NotMonotonic, match="CHK-A .* else branch") as caught:
        family_of("in(c, x: bitstring);\n(*@check CHK-A a *)\nif x = key then 0 else out(c, x)")
    assert caught.value.place is not None
    assert caught.value.place.line == HEAD.count("\n") + 3
    assert caught.value.advice is not None


def test_labels_and_names() -> None:
    family = family_of(
        "in(c, x: bitstring);"
        "(*@check CHK-A a *) if x = key then (*@assume ASM-B b *) if false then out(c, x)"
    )
    assert family.names(0b11) == ("CHK-A", "ASM-B")
    assert family.label(["ASM-B"]) == 0b10
    with pytest.raises(ValueError):
        family.label(["CHK-C"])


def test_a_variant_has_no_skippable_test() -> None:
    family = family_of(
        "in(c, x: bitstring);"
        "(*@check CHK-A a *) if x = key then (*@check CHK-B b *) if x = jewel then out(c, x)"
    )
    variant = preorder(family.variant(["CHK-A"]).process)
    assert not any(isinstance(one, core.Skippable) for one in variant)
    assert sum(isinstance(one, core.If) for one in variant) == 1
    assert len({one.occurrence for one in variant}) == len(variant)
