"""Expressions with `if`, `let`, `new` and effects become terms and statements."""

from __future__ import annotations

import pytest

from appliedpi import builtin, core
from appliedpi.terms import App, Kind, Variable
from appliedpi.typing.evaluation import Evaluation, is_immediate
from tests.appliedpi.typing.building import model, process, rejected

RECEIVED = "process in(c, x: bitstring); "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Without effects: one term.
        (RECEIVED + "out(c, if x = A then B else secret_s)", "out(c,if-then-else(=(x,A),B,secret_s))"),
        (RECEIVED + "out(c, (let y = (A, x) in (y, y)))", "out(c,((A,x),(A,x)))"),
        (RECEIVED + "out(c, (x = A) && not(x <> B) || false)", "out(c,||(&&(=(x,A),not(<>(x,B))),false))"),
        (RECEIVED + "out(c, if true then x else A)", "out(c,x)"),
        (RECEIVED + "out(c, if false then x else A)", "out(c,A)"),
        # A failure stops the process: the `let` becomes a statement.
        (RECEIVED + "out(c, if first(x) = A then B)", "(let =true = =(first(x),A) in out(c,B))"),
        (RECEIVED + "out(c, (let (=A, y: bitstring) = x in y))", "(let (=A,y) = x in out(c,y))"),
        # It does not: whether the pattern matches is computed first, once.
        (
            RECEIVED + "out(c, (let (=A, y: bitstring) = x in y else B))",
            "(let matches = &&(success?(1-proj-tuple(x)),=(1-proj-tuple(x),A)) in "
            "(let y = if-then-else(matches,2-proj-tuple(x),true) in out(c,if-then-else(matches,y,B))))",
        ),
        (
            RECEIVED + "out(c, (let y = first(x) in (y, y) else B))",
            "(let matches = success?(first(x)) in (let matched = if-then-else(matches,first(x),true) in "
            "out(c,if-then-else(matches,(matched,matched),B))))",
        ),
        # The second argument of && is evaluated only where the first is true.
        (
            RECEIVED + "if x = A && (let y = first(x) in y = A) then event f()",
            "(let matches = success?(first(x)) in (let matched = if-then-else(matches,first(x),true) in "
            "(if &&(=(x,A),if-then-else(matches,=(matched,A),fail)) then event f())))",
        ),
        # `new` runs before the statement, wherever it stands.
        (
            RECEIVED + "out(c, enc(x, (if x = A then new k: key; k else new k: key; k)))",
            "new k; new k'; out(c,enc(x,if-then-else(=(x,A),k,k')))",
        ),
        # A value that costs an evaluation is computed once.
        (
            RECEIVED + "out(c, (let y = (if x = A then A else B) in (y, y)))",
            "(let y = if-then-else(=(x,A),A,B) in out(c,(y,y)))",
        ),
    ],
)  # fmt: skip
def test_expressions_without_effects(text: str, expected: str) -> None:
    assert process(text) == f"in(c,x); {expected}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("process out(c, (event f(); A))", "event f(); out(c,A)"),
        (
            "process out((event e(A); c), (event e(B); insert t(A, new k: key; k); A))",
            "event e(A); event e(B); new k; insert t(A,k); out(c,A)",
        ),
        # A branch with effects: each branch goes on with its own copy of the rest.
        (
            RECEIVED + "out(c, ((if x = A then (event f(); A) else B), x)); new n: key; 0",
            "in(c,x); (if =(x,A) then event f(); out(c,(A,x)); new n else out(c,(B,x)); new n')",
        ),
        (
            RECEIVED + "out(c, (if first(x) = A then (event f(); A) else B))",
            "in(c,x); (let condition = =(first(x),A) in "
            "(if condition then event f(); out(c,A) else out(c,B)))",
        ),
        # An argument that fails: the event is not executed and the expression fails.
        (
            "process let x = (event e(first(A)); A) in event f() else out(c, A)",
            "(let argument = first(A) in event e(argument); (let x = A in event f()) else out(c,A))",
        ),
        (
            "process out(c, (event e(first(A)); A))",
            "(let argument = first(A) in event e(argument); out(c,A))",
        ),
        (
            "process let x = (get t(=A, k) in k) in out(c, bits(x)) else event f()",
            "(get t(=A,k) in (let x = k in out(c,x)) else event f())",
        ),
        (
            RECEIVED + "out(c, (let y = first(x) in (event e(y); y) else A))",
            "in(c,x); (let y = first(x) in event e(y); out(c,y) else out(c,A))",
        ),
        (
            RECEIVED + "if (event f(); first(x) = A) then event e(A)",
            "in(c,x); event f(); (if =(first(x),A) then event e(A))",
        ),
    ],
)  # fmt: skip
def test_expressions_with_effects(text: str, expected: str) -> None:
    assert process(text) == expected


@pytest.mark.parametrize(
    ("definition", "use", "expected"),
    [
        ("letfun g(x: bitstring) = (x, x).", "out(c, g((z, A)))", "out(c,((z,A),(z,A)))"),
        ("letfun g(x: bitstring) = (x, x).", "out(c, g(first(z)))", "(let x = first(z) in out(c,(x,x)))"),
        ("letfun g = (new n: key; bits(n)).", "out(c, (g, g))", "new n; new n'; out(c,(n,n'))"),
        (
            "letfun g(x: bitstring) = event e(x); first(x).", "out(c, g(z)); event f()",
            "event e(z); out(c,first(z)); event f()",
        ),
        # The parameter may be fail: the argument is evaluated where the body uses it.
        (
            "letfun g(x: bitstring, y: bitstring or fail) = if x = A then B else y.",
            "out(c, g(z, first(z)))",
            "out(c,if-then-else(=(z,A),B,first(z)))",
        ),
        # It may not, and the failure does not stop the process.
        (
            "letfun g(x: bitstring) = (x, x).", "out(c, (if z = A then g(first(z)) else A))",
            "(let matches = success?(first(z)) in (let matched = if-then-else(matches,first(z),true) in "
            "out(c,if-then-else(=(z,A),if-then-else(matches,(matched,matched),fail),A))))",
        ),
        # The body sees the global A, not the caller's.
        ("letfun g(x: bitstring) = (x, A).", "new A: bitstring; out(c, g(A))", "new A; out(c,(A,A))"),
    ],
)  # fmt: skip
def test_letfun(definition: str, use: str, expected: str) -> None:
    assert process(f"{definition} process in(c, z: bitstring); {use}") == f"in(c,z); {expected}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Where an argument fails, the later ones are evaluated all the same: the event happens.
        (
            RECEIVED + "out(c, ((let (=A, y: bitstring) = x in y), (event f(); x)))",
            "(let matches = &&(success?(1-proj-tuple(x)),=(1-proj-tuple(x),A)) in "
            "(let y = if-then-else(matches,2-proj-tuple(x),true) in "
            "event f(); out(c,(if-then-else(matches,y,fail),x))))",
        ),
        # Not so for the arguments of a letfun, which are bound one after the other.
        (
            "letfun g(y: bitstring, z: bitstring) = (y, z). "
            + RECEIVED + "out(c, g(first(x), (event f(); x)))",
            "(let y = first(x) in event f(); out(c,(y,x)))",
        ),
        # The terms of a pattern are evaluated even where the value fails.
        (
            RECEIVED + "let (y: bitstring, =(event f(); A)) = (if x = A then B) in out(c, y)",
            "event f(); (let (y,=A) = if-then-else(=(x,A),B,fail) in out(c,y))",
        ),
        # A variable is passed as it is, even one that may be fail.
        (
            "letfun g(y: bitstring) = event f(); y. letfun h(y: bitstring or fail) = g(y). "
            + RECEIVED + "out(c, h(first(x)))",
            "event f(); out(c,first(x))",
        ),
        (
            "let P(y: bitstring) = event f(); out(c, y). let Q(y: bitstring or fail) = P(y). "
            + RECEIVED + "Q(first(x))",
            "event f(); out(c,first(x))",
        ),
    ],
)  # fmt: skip
def test_what_still_happens_where_something_fails(text: str, expected: str) -> None:
    assert process(text) == f"in(c,x); {expected}"


def test_letfun_does_not_capture_the_names_of_its_caller() -> None:
    made = model("letfun g(x: bitstring) = (x, A). process new A: bitstring; out(c, g(A))").process
    assert isinstance(made, core.New) and isinstance(made.body, core.Output)
    left, right = made.body.message.args
    assert left is made.variable
    assert right.symbol is not None and right.symbol.kind is Kind.CONSTRUCTOR


def test_every_copy_of_the_rest_has_its_own_binders() -> None:
    made = model(
        "process in(c, x: bitstring); out(c, (if x = A then (event f(); A) else B)); "
        "in(c, y: bitstring); out(c, y)"
    ).process
    found: list[Variable] = []
    stack: list[core.Process] = [made]
    while stack:
        current = stack.pop()
        if isinstance(current, core.Input):
            assert isinstance(current.pattern, core.PatternVariable)
            found.append(current.pattern.variable)
        stack.extend(core.subprocesses(current))
    assert [variable.name for variable in found].count("y") == 2
    assert len(set(found)) == len(found)


def test_a_let_in_the_condition_of_a_get_cannot_use_its_patterns() -> None:
    error = rejected("process get t(x, k) suchthat (let y = (x, A) in y = y) in 0")
    assert error.message == "a let in the condition of a get cannot use the variables of its patterns"
    assert (
        process("process get t(x, k) suchthat (let y = A in x = y) in 0")
        == "(get t(x,k) suchthat =(x,A) in 0)"
    )


def test_numbers_and_comparisons() -> None:
    one = "+ 1(0)"
    assert process("process in(c, x: nat); if x > 1 then event number(x - 1)") == (
        f"in(c,x); (if >=(x,+ 1({one})) then event number(- 1(x)))"
    )
    assert process("process in(c, x: nat); if x <= 1 && 0 < x then out(c, x + 1)") == (
        f"in(c,x); (if &&(>=({one},x),>=(x,+ 1(0))) then out(c,+ 1(x)))"
    )
    assert process("process in(c, x: nat); if is_nat(x) && x <> 0 then 0") == (
        "in(c,x); (if &&(is_nat(x),<>(x,0)) then 0)"
    )


def test_what_can_fail() -> None:
    made = model(
        "fun g(bitstring): bitstring reduc g(A) = B "
        "otherwise forall x: bitstring or fail; g(x) = A. process 0"
    )
    destructors = made.destructors
    by_name = {symbol.name: symbol for symbol in destructors}
    evaluation = Evaluation(destructors)
    x = Variable("x")
    first = App(by_name["first"], (x,))
    total = App(by_name["g"], (first,))
    assert evaluation.may_fail(first) and not evaluation.may_fail(total)
    assert not evaluation.may_fail(App(builtin.SUCCEEDS, (first,)))
    assert evaluation.may_fail(App(builtin.CONDITIONAL, (builtin.TRUE_TERM, x, first)))
    assert evaluation.may_fail(Variable("y", may_fail=True)) and not evaluation.may_fail(x)
    assert evaluation.is_strict(by_name["first"], 0) and not evaluation.is_strict(by_name["g"], 0)
    assert evaluation.is_strict(builtin.AND, 0) and not evaluation.is_strict(builtin.AND, 1)
    assert is_immediate(x) and not is_immediate(total)
