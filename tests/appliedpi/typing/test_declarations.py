"""Declarations: symbols, destructors, equations, settings, libraries, def and expand."""

from __future__ import annotations

import pytest

from appliedpi import builtin, core
from appliedpi.terms import Kind, Symbol, Variable, show
from tests.appliedpi.typing.building import elaborate, model, process


def rules(made: core.Model, name: str) -> list[str]:
    (definition,) = [found for symbol, found in made.destructors.items() if symbol.name == name]
    return [
        f"{','.join([show(term) for term in rule.left])} -> {show(rule.right)}" for rule in definition.rules
    ]


def named(symbols: tuple[Symbol, ...], name: str) -> Symbol:
    (found,) = [symbol for symbol in symbols if symbol.name == name]
    return found


def test_symbols() -> None:
    made = model(
        "free d: channel [private]. fun mac(bitstring, key): bitstring [private]. process out(c, (A, A))"
    )
    assert [symbol.name for symbol in made.constructors] == ["enc", "pair", "A", "B", "mac"]
    assert named(made.constructors, "pair").data and not named(made.constructors, "enc").data
    assert named(made.constructors, "mac").private and not named(made.constructors, "enc").private
    assert named(made.constructors, "enc").argument_types == ("bitstring", "key")
    assert [(name.name, name.private) for name in made.free_names] == [
        ("c", False), ("secret_s", True), ("d", True),
    ]  # fmt: skip
    assert all(name.kind is Kind.NAME for name in made.free_names)
    assert [(event.name, event.arity, event.kind) for event in made.events] == [
        ("e", 1, Kind.EVENT), ("f", 0, Kind.EVENT), ("number", 1, Kind.EVENT),
    ]  # fmt: skip
    assert [(table.name, table.argument_types) for table in made.tables] == [("t", ("bitstring", "key"))]
    assert made.tuples == {2: builtin.tuple_symbol(2)}
    assert set(builtin.PREDEFINED) <= set(made.destructors)


def test_channel_declares_public_names() -> None:
    made = elaborate("channel a, b. process out(a, b)")
    assert [(name.name, name.result_type, name.private) for name in made.free_names] == [
        ("a", "channel", False), ("b", "channel", False),
    ]  # fmt: skip


def test_type_converters_vanish_where_types_are_ignored() -> None:
    made = model("process new k: key; in(c, bits(x)); out(c, enc(bits(k), x))")
    assert "bits" not in [symbol.name for symbol in made.constructors]
    assert (
        process("process new k: key; in(c, bits(x)); out(c, enc(bits(k), x))")
        == "new k; in(c,x); out(c,enc(k,x))"
    )


def test_type_converters_stay_where_types_count() -> None:
    text = "set ignoreTypes = false. process new k: key; in(c, bits(x)); out(c, enc(bits(k), x))"
    made = model(text)
    assert not made.ignore_types
    converter = named(made.constructors, "bits")
    assert converter.converter and converter.data
    assert process(text) == "new k; in(c,bits(x)); out(c,enc(bits(k),x))"


def test_settings_count_wherever_they_stand() -> None:
    text = "process new k: key; out(c, bits(k))"
    made = elaborate(
        "free c: channel. type key. fun bits(key): bitstring [data, typeConverter]. "
        f"set ignoreTypes = no. set reconstructTrace = 5. set attacker = passive. {text}"
    )
    assert made.settings == {"ignoreTypes": "false", "reconstructTrace": "5", "attacker": "passive"}
    assert "bits" in [symbol.name for symbol in made.constructors]


@pytest.mark.parametrize(
    ("written", "value"), [("all", "true"), ("yes", "true"), ("none", "false"), ("attacker", "false")]
)
def test_old_values_of_ignore_types(written: str, value: str) -> None:
    assert model(f"set ignoreTypes = {written}. process 0").settings == {"ignoreTypes": value}


def test_unordered_destructors() -> None:
    made = model(
        "reduc forall x: bitstring, k: key; g(enc(x, k), k) = x; "
        "forall x: bitstring, k: key; g(x, k) = A. process 0"
    )
    assert rules(made, "g") == ["enc(x,k),k -> x", "x,k -> A"]
    (definition,) = [found for symbol, found in made.destructors.items() if symbol.name == "g"]
    assert not definition.ordered
    assert (
        definition.symbol.argument_types == ("bitstring", "key")
        and definition.symbol.result_type == "bitstring"
    )


def test_ordered_destructors() -> None:
    made = model(
        "fun g(bitstring, bitstring): bitstring reduc forall x: bitstring; g(x, x) = A "
        "otherwise forall x: bitstring, u: bitstring or fail; g(x, u) = u "
        "otherwise forall u: bitstring or fail; g(fail, u) = fail [private]. process 0"
    )
    assert rules(made, "g") == ["x,x -> A", "x,u -> u", "fail,u -> fail"]
    (definition,) = [found for symbol, found in made.destructors.items() if symbol.name == "g"]
    assert definition.ordered and definition.symbol.private
    assert [
        variable.may_fail for variable in definition.rules[1].left if isinstance(variable, Variable)
    ] == [False, True]  # fmt: skip
    assert definition.rules[2].left[0] is builtin.FAIL_TERM and definition.rules[2].right is builtin.FAIL_TERM


def test_let_in_rules_and_equations() -> None:
    made = model(
        "reduc forall x: bitstring, k: key; let y = (x, x) in g(enc(y, k), k) = y. "
        "fun h(key): bitstring. equation forall k: key; let y = h(k) in enc(y, k) = y. process 0"
    )
    assert rules(made, "g") == ["enc((x,x),k),k -> (x,x)"]
    (equation,) = made.equations
    assert (show(equation.left), show(equation.right)) == ("enc(h(k),k)", "h(k)")


def test_equations() -> None:
    made = model(
        "fun g(key, key): key. equation forall x: key, y: key; g(x, y) = g(y, x) [linear]. "
        "equation forall x: key; g(x, x) = x; forall x: key; bits(x) = bits(g(x, x)) [convergent]. "
        "equation forall x: key, y: key; g(x, y) <> y. process 0"
    )
    assert [(show(e.left), show(e.right), e.linear, e.convergent) for e in made.equations] == [
        ("g(x,y)", "g(y,x)", True, False), ("g(x,x)", "x", False, True), ("x", "g(x,x)", False, True),
    ]  # fmt: skip
    assert made.equations[0].place is not None and made.equations[0].place.line == 15


def test_naturals_in_rules() -> None:
    made = model("reduc forall i: nat; before(i + 1) = i. process out(c, before(3))")
    assert rules(made, "before") == ["+ 1(i) -> i"]


def test_a_library_comes_first() -> None:
    made = elaborate("process out(c, A)", "free c: channel.", "const A: bitstring.")
    assert [name.name for name in made.free_names] == ["c"]
    assert [symbol.name for symbol in made.constructors] == ["A"]


def test_expansions_are_separate() -> None:
    made = model(
        "def cipher(seal, open) { type k. fun seal(bitstring, k): bitstring. "
        "reduc forall x: bitstring, y: k; open(seal(x, y), y) = x. free z: k. } "
        "expand cipher(s1, o1). expand cipher(s2, o2). process 0"
    )
    assert [symbol.name for symbol in made.constructors][-2:] == ["s1", "s2"]
    assert named(made.constructors, "s1").argument_types == ("bitstring", "@1_k")
    assert named(made.constructors, "s2").argument_types == ("bitstring", "@2_k")
    assert [name.name for name in made.free_names][-2:] == ["@1_z", "@2_z"]
    assert rules(made, "o2") == ["s2(@2_x,@2_y),@2_y -> @2_x"]


def test_a_macro_may_expand_earlier_macros_and_use_outer_names() -> None:
    made = model(
        "def inner(g) { fun g(key): bitstring. } def outer(h) { expand inner(a). expand inner(h). "
        "letfun both(x: key) = (a(x), h(x), bits(x)). } expand outer(k1). process new n: key; out(c, k1(n))"
    )
    assert [symbol.name for symbol in made.constructors][-2:] == ["@1_a", "k1"]


def test_rebound_identifiers_are_reported_once_and_where() -> None:
    made = model(
        "let P(c: channel) = in(c, A: bitstring); out(c, A). "
        "process P(c) | P(c) | new A: key; out(c, bits(A))"
    )
    lines = [warning.split(": warning: ") for warning in made.warnings]
    assert [message for _, message in lines] == ["identifier A rebound", "identifier A rebound"]
    assert lines[0][0] == "model.pv:15:27"


def test_deprecated_setting_warns() -> None:
    made = model("set expandIfTermsToTerms = true. process 0")
    assert made.settings == {}
    assert made.warnings == ("model.pv:15:1: warning: setting expandIfTermsToTerms is deprecated",)


def test_declarations_for_other_tools_are_ignored() -> None:
    made = elaborate("type key [fixed]. param N. proba P. free c: channel. process out(c, c)")
    assert [name.name for name in made.free_names] == ["c"]
