"""Processes: statements, patterns, macros, phases, occurrence numbers and tags."""

from __future__ import annotations

import pytest

from appliedpi import core
from appliedpi.terms import Variable
from appliedpi.typing.numbering import depth, preorder
from tests.appliedpi.typing.building import model, process


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "process in(c, (=A, x: bitstring, _: key, pair(y, z), bits(k))); out(c, enc(x, k))",
            "in(c,(=A,x,_,pair(y,z),k)); out(c,enc(x,k))",
        ),
        ("process let (=A, x: bitstring) = A in out(c, x) else event f()",
         "(let (=A,x) = A in out(c,x) else event f())"),
        # What cannot fail has no `else`.
        ("process let x = A in out(c, x) else event f()", "(let x = A in out(c,x))"),
        ("process let x = first(A) in out(c, x) else event f()",
         "(let x = first(A) in out(c,x) else event f())"),
        ("process if true then out(c, A) else out(c, B)", "out(c,A)"),
        ("process if first(A) = A || true then out(c, A)", "(if ||(=(first(A),A),true) then out(c,A))"),
        ("process in(c, x: nat); let y + 2 = x in event number(y)",
         "in(c,x); (let + 1(+ 1(y)) = x in event number(y))"),
        ("process in(c, x: nat); let 1 = x in event f()", "in(c,x); (let =+ 1(0) = x in event f())"),
        # The message is received before the statements that its pattern needs.
        ("process in(c, (=(let y = A in y), x: bitstring)); out(c, x)",
         "in(c,message); (let (=A,x) = message in out(c,x))"),
        ("process in(c, =first((A, B))); out(c, A)", "in(c,=first((A,B))); out(c,A)"),
        ("process get t(=first(A), k) suchthat k = k in out(c, bits(k)) else event f()",
         "(get t(=first(A),k) suchthat =(k,k) in out(c,k) else event f())"),
        ("process in(c, x: bitstring); in(c, y: bitstring); new n[y]: key; new m[]: key; out(c, enc(x, n))",
         "in(c,x); in(c,y); new n[y]; new m[]; out(c,enc(x,n))"),
        ("process !((in(c, k: key); insert t(A, k)) | phase 1; event f(); phase 3; event f)",
         "!(in(c,k); insert t(A,k) | phase 1; event f(); phase 3; event f())"),
    ],
)  # fmt: skip
def test_statements(text: str, expected: str) -> None:
    assert process(text) == expected


def test_a_macro_used_twice_has_distinct_variables() -> None:
    made = model("let P = new n: key; in(c, x: bitstring); out(c, enc(x, n)). process P | P").process
    assert isinstance(made, core.Parallel)
    left, right = made.left, made.right
    assert isinstance(left, core.New) and isinstance(right, core.New)
    assert left.variable.name == right.variable.name == "n"
    assert left.variable is not right.variable
    assert isinstance(left.body, core.Input) and isinstance(right.body, core.Input)
    assert left.body.pattern is not right.body.pattern


@pytest.mark.parametrize(
    ("definition", "use", "expected"),
    [
        # A variable is passed as it is, anything else is bound once, before.
        ("let P(x: bitstring) = out(c, (x, x)).", "in(c, y: bitstring); P(y)", "in(c,y); out(c,(y,y))"),
        ("let P(x: bitstring) = out(c, (x, x)).", "P(first(A))", "(let x = first(A) in out(c,(x,x)))"),
        ("let P(x: bitstring) = out(c, (x, x)).", "new n: bitstring; P(n)",
         "new n; (let x = n in out(c,(x,x)))"),
        ("let P(x: bitstring, y: bitstring) = out(c, (x, y)).", "P((event e(A); A), (event e(B); B))",
         "event e(A); event e(B); (let x = A in (let y = B in out(c,(x,y))))"),
        # A parameter that may be fail.
        ("let P(x: bitstring or fail) = let y = x in out(c, y) else event f().",
         "in(c, z: bitstring); P(first(z))",
         "in(c,z); (let y = first(z) in out(c,y) else event f())"),
        # No capture: the parameter x is not the caller's x, and the body's x not the parameter.
        ("let P(x: bitstring) = (in(c, x: bitstring); out(c, x)) | out(c, x).", "new x: bitstring; P(x)",
         "new x; (let x' = x in (in(c,x''); out(c,x'') | out(c,x')))"),
        ("let P(x: bitstring) = in(c, y: bitstring); out(c, (x, y)).", "in(c, y: bitstring); P(y)",
         "in(c,y); in(c,y'); out(c,(y,y'))"),
        ("let P = out(c, A).", "new A: bitstring; P", "new A; out(c,A)"),
        # Macros in macros.
        ("let P(x: bitstring) = out(c, x). let Q(x: bitstring) = P(x) | P(A).", "in(c, z: bitstring); Q(z)",
         "in(c,z); (out(c,z) | (let x = A in out(c,x)))"),
    ],
)  # fmt: skip
def test_macros(definition: str, use: str, expected: str) -> None:
    assert process(f"{definition} process {use}") == expected


def test_a_macro_does_not_capture_the_names_of_its_caller() -> None:
    made = model("let P = out(c, A). process new A: bitstring; P").process
    assert isinstance(made, core.New) and isinstance(made.body, core.Output)
    assert made.body.message is not made.variable


def test_occurrences_are_those_of_proverif() -> None:
    made = model(
        "process new k: key; "
        "((!in(c, x: bitstring); if x = A then out(c, x) else event f()) | out(c, bits(k)))"
    ).process
    numbers = [(type(statement).__name__, statement.occurrence) for statement in preorder(made)]
    assert numbers == [
        ("New", 1), ("Parallel", 8), ("Replication", 2), ("Input", 3), ("If", 4), ("Output", 5), ("Nil", 9),
        ("Event", 6), ("Nil", 10), ("Output", 7), ("Nil", 11),
    ]  # fmt: skip
    assert depth(made) == 7


def test_tags_stay_with_their_statement() -> None:
    made = model(
        """process
        (*@step S-1 A -> B "hello" *)
        in(c, x: bitstring);
        (*@check CHK-X it is A *)
        if x = A then
        let y = first(x) in
        (*@step S-2 B -> A "bye" *)
        P(y)"""
        .replace("P(y)", "out(c, y)")
    ).process  # fmt: skip
    tagged = {type(statement).__name__: [tag.kind for tag in statement.tags] for statement in preorder(made)}
    assert tagged == {"Input": ["step"], "If": ["check"], "Let": [], "Output": ["step"], "Nil": []}


def test_tags_of_a_macro_call_go_to_its_first_statement() -> None:
    made = model(
        """let P(y: bitstring) = (*@check INNER *) if y = A then out(c, y).
        process in(c, x: bitstring); (*@step S-2 *) P(x)"""
    ).process
    assert isinstance(made, core.Input) and isinstance(made.body, core.If)
    assert [(tag.kind, tag.text) for tag in made.body.tags] == [("step", "S-2"), ("check", "INNER")]


def test_places_are_those_of_the_source() -> None:
    made = model("process new k: key;\n  out(c,\n bits(k))").process
    assert isinstance(made, core.New)
    assert (made.place.line, made.place.column) == (15, 9)
    assert (made.body.place.line, made.body.place.column) == (16, 3)


def test_long_sequences_and_deep_macros_do_not_exhaust_the_stack() -> None:
    made = model(f"process {'out(c, A); ' * 4000} event f()").process
    assert depth(made) == 4002
    chain = "let P0 = event f().\n" + "".join([f"let P{i + 1} = out(c, A); P{i}.\n" for i in range(900)])
    assert depth(model(f"{chain} process P900").process) == 902


def test_variables_bound_by_wildcards_are_distinct() -> None:
    made = model("process in(c, (_: key, _: key)); 0").process
    assert isinstance(made, core.Input) and isinstance(made.pattern, core.PatternData)
    left, right = made.pattern.arguments
    assert isinstance(left, core.PatternVariable) and isinstance(right, core.PatternVariable)
    assert left.variable is not right.variable and isinstance(left.variable, Variable)
