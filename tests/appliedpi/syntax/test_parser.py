"""Each construct of the input language, as the tree it becomes."""

from __future__ import annotations

import pytest

from appliedpi.syntax import parse_fragment, parse_library, parse_model, print_process, tree
from appliedpi.syntax.tree import (
    Apply,
    Call,
    CorrespondenceQuery,
    DataPattern,
    EqualPattern,
    Event,
    Fail,
    Get,
    Identifier,
    If,
    Input,
    Insert,
    Let,
    LetIn,
    New,
    NewName,
    Nil,
    Number,
    NumberPattern,
    Output,
    Parallel,
    Parameter,
    Phase,
    QueryDeclaration,
    Replication,
    RewriteRuleTree,
    SecretQuery,
    SelectionDeclaration,
    TuplePattern,
    VariablePattern,
)

a, b, c, d, x, y = (Identifier(name) for name in "abcdxy")
NIL = Nil()


def declaration(text: str) -> tree.DeclarationTree:
    (only,) = parse_library(text, "test.pvl").declarations
    return only


def process(text: str) -> tree.ProcessTree:
    found = parse_model(f"process {text}", "test.pv").process
    assert found is not None
    return found


def term(text: str) -> tree.Expression:
    found = declaration(f"letfun f = {text}.")
    assert isinstance(found, tree.TermDeclaration)
    return found.body


def fact(text: str) -> tree.Expression:
    found = declaration(f"not {text}.")
    assert isinstance(found, tree.NotDeclaration)
    return found.fact


def apply(name: str, *arguments: tree.Expression) -> Apply:
    return Apply(name, arguments)


X_KEY = (Parameter("x", "key"),)
DECLARATIONS = {
    "type key.": tree.TypeDeclaration("key"),
    "type key [large, bounded].": tree.TypeDeclaration("key", ("large", "bounded")),
    "fun f(): t.": tree.FunctionDeclaration("f", (), "t", ()),
    "fun f(a, channel): channel [data, private].": tree.FunctionDeclaration(
        "f", ("a", "channel"), "channel", ("data", "private")
    ),
    "const a, b: t [data].": tree.ConstantDeclaration(("a", "b"), "t", ("data",)),
    "free a, b: t [private].": tree.FreeDeclaration(("a", "b"), "t", ("private",)),
    "channel a, b.": tree.FreeDeclaration(("a", "b"), "channel", ()),
    "event e.": tree.EventDeclaration("e", ()),
    "event e(t, u).": tree.EventDeclaration("e", ("t", "u")),
    "table d(t).": tree.TableDeclaration("d", ("t",)),
    "set traceDisplay = none.": tree.SettingDeclaration("traceDisplay", "none"),
    "set n = 12.": tree.SettingDeclaration("n", "12"),
    r'set s = "a \"b\" \\ c".': tree.SettingDeclaration("s", 'a "b" \\ c'),
    "reduc f(x) = x; forall x: key; g(x) = x [private].": tree.ReductionDeclaration(
        (
            RewriteRuleTree((), apply("=", apply("f", x), x)),
            RewriteRuleTree(X_KEY, apply("=", apply("g", x), x)),
        ),
        ("private",),
    ),
    "fun f(t): t reduc forall x: key or fail; f(x) = x otherwise f(fail) = fail.": tree.DestructorDeclaration(
        "f",
        ("t",),
        "t",
        (
            RewriteRuleTree((Parameter("x", "key", True),), apply("=", apply("f", x), x)),
            RewriteRuleTree((), apply("=", apply("f", Fail()), Fail())),
        ),
        (),
    ),
    "equation forall x: key; let y = f(x) in g(y) = x [linear].": tree.EquationDeclaration(
        (RewriteRuleTree(X_KEY, LetIn("y", apply("f", x), apply("=", apply("g", y), x))),), ("linear",)
    ),
    "equation y <- a; y = b.": tree.EquationDeclaration(
        (RewriteRuleTree((), LetIn("y", a, apply("=", y, b))),), ()
    ),
    "let P = 0.": tree.ProcessDeclaration("P", (), NIL),
    "let P(x, y: key, z: t or fail) = 0.": tree.ProcessDeclaration(
        "P", (Parameter("x", "key"), Parameter("y", "key"), Parameter("z", "t", True)), NIL
    ),
    "letfun f = a.": tree.TermDeclaration("f", (), a),
    "letfun f(x: key) = x.": tree.TermDeclaration("f", X_KEY, x),
    "def f(a, b) { type a. channel b. }": tree.DefinitionDeclaration(
        "f", ("a", "b"), (tree.TypeDeclaration("a"), tree.FreeDeclaration(("b",), "channel", ()))
    ),
    "expand f(a, b).": tree.ExpandDeclaration("f", ("a", "b")),
    "query a.": QueryDeclaration((), (CorrespondenceQuery(a, ()),), ()),
    "query x, y: t, z: u; a; b public_vars c, d [o].": QueryDeclaration(
        (Parameter("x", "t"), Parameter("y", "t"), Parameter("z", "u")),
        (CorrespondenceQuery(a, ()), CorrespondenceQuery(b, ("c", "d"))),
        ("o",),
    ),
    "query secret k public_vars a [reachability].": QueryDeclaration(
        (), (SecretQuery("k", ("a",), ("reachability",)),), ()
    ),
    "query a [inductionOn = {i, j}, maxSubset = n].": QueryDeclaration(
        (), (CorrespondenceQuery(a, ()),), ("inductionOn={i,j}", "maxSubset=n")
    ),
    "lemma x: key; a; b for { public_vars c } [noneSat].": tree.LemmaDeclaration(
        "lemma", X_KEY, (CorrespondenceQuery(a, ()), CorrespondenceQuery(b, ("c",))), ("noneSat",)
    ),
    "axiom a.": tree.LemmaDeclaration("axiom", (), (CorrespondenceQuery(a, ()),), ()),
    "restriction a.": tree.LemmaDeclaration("restriction", (), (CorrespondenceQuery(a, ()),), ()),
    "not x: key; attacker(x).": tree.NotDeclaration(X_KEY, apply("attacker", x)),
    "nounif x: key; attacker( *x) / 5 [hypothesis].": SelectionDeclaration(
        "nounif", X_KEY, (apply("attacker", tree.Any("x")),), 5, ("hypothesis",)
    ),
    "noselect mess(a, (b, *x)) phase 1.": SelectionDeclaration(
        "nounif", (), (Apply("mess", (a, tree.Tuple((b, tree.Any("x")))), phase=1),), None, ()
    ),
    "select table(d(new k)) / -3.": SelectionDeclaration(
        "select", (), (apply("table", apply("d", NewName("k", ()))),), -3, ()
    ),
    "nounif y <- a; let x = y in attacker(x).": SelectionDeclaration(
        "nounif", (), (LetIn("y", a, LetIn("x", y, apply("attacker", x))),), None, ()
    ),
    "weaksecret a.": tree.UnsupportedDeclaration("weaksecret", text="a ."),
    "noninterf a among (b, c), d.": tree.UnsupportedDeclaration("noninterf", text="a among ( b , c ) , d ."),
    "pred p(t) [block].": tree.UnsupportedDeclaration("pred", text="p ( t ) [ block ] ."),
    "clauses forall x: t; p(x) -> q(x); p(a).": tree.UnsupportedDeclaration(
        "clauses", text="forall x : t ; p ( x ) -> q ( x ) ; p ( a ) ."
    ),
    "elimtrue x: t; p(x).": tree.UnsupportedDeclaration("elimtrue", text="x : t ; p ( x ) ."),
    "param N.": tree.UnsupportedDeclaration("param", text="N ."),
    "proba P.": tree.UnsupportedDeclaration("proba", text="P ."),
    "letproba P = 1.5e-3 * #Q / |K|^2.": tree.UnsupportedDeclaration(
        "letproba", text="P = 1.5e-3 * # Q / | K | ^ 2 ."
    ),
    'implementation type key = 16 [serial = "a"]; fun f = "g".': tree.UnsupportedDeclaration(
        "implementation", text='type key = 16 [ serial = "a" ] ; fun f = "g" .'
    ),
    "proof { auto; success }": tree.UnsupportedDeclaration("proof", text="{ auto ; success }"),
}


@pytest.mark.parametrize("text", DECLARATIONS)
def test_declaration(text: str) -> None:
    assert declaration(text) == DECLARATIONS[text]


TERMS = {
    "f()": apply("f"),
    "f(a, (b, c), ())": apply("f", a, tree.Tuple((b, c)), tree.Tuple(())),
    "((a))": a,
    "choice[a, b]": apply("choice", a, b),
    "diff[a, b]": apply("choice", a, b),
    "not(a)": apply("not", a),
    "a || b || c": apply("||", a, apply("||", b, c)),
    "a && b || c && d": apply("||", apply("&&", a, b), apply("&&", c, d)),
    "a && b = c": apply("&&", a, apply("=", b, c)),
    "a = b <> c": apply("=", a, apply("<>", b, c)),
    "a <> b = c": apply("=", apply("<>", a, b), c),
    "a <= b >= c": apply("<=", a, apply(">=", b, c)),
    "a > b < c": apply(">", a, apply("<", b, c)),
    "a < b + 1": apply("<", a, apply("+", b, Number(1))),
    "a + 1 - 2": apply("-", apply("+", a, Number(1)), Number(2)),
    "1 + a": apply("+", a, Number(1)),
    "1 + 2": apply("+", Number(1), Number(2)),
    "new k: key; a": tree.TermNew("k", None, "key", a),
    "new k[]: key; a": tree.TermNew("k", (), "key", a),
    "new k[x, y]: key; a": tree.TermNew("k", ("x", "y"), "key", a),
    "k <-R key; a": tree.TermNew("k", None, "key", a),
    "if a then b": tree.TermIf(a, b, None),
    "if a then if b then c else d": tree.TermIf(a, tree.TermIf(b, c, d), None),
    "if a then b else c && d": tree.TermIf(a, b, apply("&&", c, d)),
    "a && if b then c else d": apply("&&", a, tree.TermIf(b, c, d)),
    "let (x: key, =a) = b in c else d": tree.TermLet(
        TuplePattern((VariablePattern("x", "key"), EqualPattern(a))), b, c, d
    ),
    "let x = let y = a in b in c": tree.TermLet(
        VariablePattern("x", None), tree.TermLet(VariablePattern("y", None), a, b, None), c, None
    ),
    "x: key <- a; b": tree.TermLet(VariablePattern("x", "key"), a, b, None),
    "_ <- a; b": tree.TermLet(VariablePattern(None, None), a, b, None),
    "event e; a": tree.TermEvent("e", (), a),
    "event e(b)[x]; a": tree.TermEvent("e", (b,), a, dependencies=("x",)),
    "insert t(a); b": tree.TermInsert("t", (a,), b),
    "get t(x, =a) suchthat b [precise] in c else d": tree.TermGet(
        "t", (VariablePattern("x", None), EqualPattern(a)), b, ("precise",), c, d
    ),
}


@pytest.mark.parametrize("text", TERMS)
def test_term(text: str) -> None:
    assert term(text) == TERMS[text]


FACTS = {
    "attacker(a) phase 2": Apply("attacker", (a,), phase=2),
    "mess(c, a) phase 1 @i": Apply("mess", (c, a), phase=1, at="i"),
    "table(t(a))": apply("table", apply("t", a)),
    "event(a)@i": Apply("event", (a,), at="i"),
    "event(a) ==> event(b) && inj-event(c)": apply(
        "==>", apply("event", a), apply("&&", apply("event", b), apply("inj-event", c))
    ),
    "a ==> (b ==> c || d)": apply("==>", a, apply("==>", b, apply("||", c, d))),
    "new k[x = a; !1 = b]": NewName("k", (("x", a), ("!1", b))),
    "new k[]": NewName("k", ()),
    "let x = a in b && c": LetIn("x", a, apply("&&", b, c)),
    "x <- a; b": LetIn("x", a, b),
    "is_nat(a) && a >= 3": apply("&&", apply("is_nat", a), apply(">=", a, Number(3))),
}


@pytest.mark.parametrize("text", FACTS)
def test_fact(text: str) -> None:
    assert fact(text) == FACTS[text]


X = VariablePattern("x", None)
PATTERNS = {
    "x": X,
    "x: key": VariablePattern("x", "key"),
    "_": VariablePattern(None, None),
    "_: key": VariablePattern(None, "key"),
    "(x)": X,
    "(x, ())": TuplePattern((X, TuplePattern(()))),
    "f(x, =a)": DataPattern("f", (X, EqualPattern(a))),
    "3": NumberPattern(3),
    "x + 1": DataPattern("+", (X, NumberPattern(1))),
    "1 + x": DataPattern("+", (X, NumberPattern(1))),
    "choice[x, =a]": DataPattern("choice", (X, EqualPattern(a))),
    "=a <> b": EqualPattern(apply("<>", a, b)),
    "=if a then b else c": EqualPattern(tree.TermIf(a, b, c)),
}


@pytest.mark.parametrize("text", PATTERNS)
def test_pattern(text: str) -> None:
    assert process(f"in(c, {text})") == Input(c, PATTERNS[text], (), NIL)


OUT_A, OUT_B, OUT_D = (Output(c, message, NIL) for message in (a, b, d))
PROCESSES = {
    "0": NIL,
    "yield": NIL,
    "P": Call("P", ()),
    "P(a, b)": Call("P", (a, b)),
    "P [sync: tag prefix p]": Call("P", ()),
    "!P": Replication(Call("P", ())),
    "!i <= N P": Replication(Call("P", ())),
    "foreach i <= N do P": Replication(Call("P", ())),
    "new k: key": New("k", None, "key", NIL),
    "new k[x]: channel; P": New("k", ("x",), "channel", Call("P", ())),
    "k <-R key; P": New("k", None, "key", Call("P", ())),
    "in(c, x: key) [precise]; P": Input(c, VariablePattern("x", "key"), ("precise",), Call("P", ())),
    "out(c, a); out(c, b)": Output(c, a, OUT_B),
    "out(c, a) } ; out(c, b)": Output(c, a, OUT_B),
    "prog [a > f, b < g] { out(c, a)": OUT_A,
    "prog { out(c, a)": OUT_A,
    "if a then out(c, b)": If(a, OUT_B, NIL),
    "if a then out(c, a) else out(c, b)": If(a, OUT_A, OUT_B),
    "let x = a": Let(X, a, NIL, NIL),
    "let x = a in out(c, b)": Let(X, a, OUT_B, NIL),
    "let (=a) = b in out(c, a) else out(c, b)": Let(EqualPattern(a), b, OUT_A, OUT_B),
    "x: key <- a; out(c, b)": Let(VariablePattern("x", "key"), a, OUT_B, NIL),
    "let x: key, y: t suchthat a": tree.LetSuchThat((("x", "key"), ("y", "t")), a, NIL, NIL),
    "let x: key suchthat a in out(c, a) else out(c, b)": tree.LetSuchThat((("x", "key"),), a, OUT_A, OUT_B),
    "event e": Event("e", (), NIL),
    "event e(a)[x, y]; P": Event("e", (a,), Call("P", ()), dependencies=("x", "y")),
    "insert t(a); P": Insert("t", (a,), Call("P", ())),
    "get t(x)": Get("t", (X,), None, (), NIL, NIL),
    "get t(x) in out(c, a) else out(c, b)": Get("t", (X,), None, (), OUT_A, OUT_B),
    "get t(x) suchthat a [precise] in out(c, a)": Get("t", (X,), a, ("precise",), OUT_A, NIL),
    "get t(x) else out(c, b)": Get("t", (X,), None, (), NIL, OUT_B),
    "phase 2; P": Phase(2, Call("P", ())),
    "sync 3 [t]; P": tree.Barrier(3, "t", Call("P", ())),
    # How far each construct reaches.
    "0 | P | Q": Parallel(NIL, Parallel(Call("P", ()), Call("Q", ()))),
    "(0 | P) | Q": Parallel(Parallel(NIL, Call("P", ())), Call("Q", ())),
    "!out(c, a) | out(c, b)": Parallel(Replication(OUT_A), OUT_B),
    "!out(c, a); out(c, b) | 0": Replication(Output(c, a, Parallel(OUT_B, NIL))),
    "new k: key; out(c, a) | out(c, b)": New("k", None, "key", Parallel(OUT_A, OUT_B)),
    "if a then out(c, a) | 0 else out(c, b)": If(a, Parallel(OUT_A, NIL), OUT_B),
    "if a then 0 else out(c, a) | out(c, b)": If(a, NIL, Parallel(OUT_A, OUT_B)),
    "if a then if b then out(c, a) else out(c, b)": If(a, If(b, OUT_A, OUT_B), NIL),
    "if a then (if b then out(c, a)) else out(c, b)": If(a, If(b, OUT_A, NIL), OUT_B),
    "if a then let x = b in out(c, a) else out(c, b)": If(a, Let(X, b, OUT_A, OUT_B), NIL),
    "if a then let x = b else out(c, b)": If(a, Let(X, b, NIL, NIL), OUT_B),
    "if a then get t(x) else out(c, b)": If(a, Get("t", (X,), None, (), NIL, OUT_B), NIL),
    "let x = if a then b else d in out(c, a) else out(c, b)": Let(X, tree.TermIf(a, b, d), OUT_A, OUT_B),
    "let x = a | out(c, b)": Parallel(Let(X, a, NIL, NIL), OUT_B),
}


@pytest.mark.parametrize("text", PROCESSES)
def test_process(text: str) -> None:
    assert process(text) == PROCESSES[text]


def test_comments_nest_and_separate() -> None:
    assert declaration("type(* a (* nested *) *)key(**).") == tree.TypeDeclaration("key")


def test_a_comment_is_not_closed_by_its_own_star() -> None:
    assert declaration("(*) type a. *)type key.") == tree.TypeDeclaration("key")


def test_line_ends_of_every_kind() -> None:
    model = parse_library("type a.\r\ntype b.\rtype c.\ntype d.", "test.pvl")
    assert [found.place.line for found in model.declarations] == [1, 2, 3, 4]


def test_names() -> None:
    assert declaration("type k_1'a.") == tree.TypeDeclaration("k_1'a")
    assert term("types") == Identifier("types")  # begins like a reserved word


def test_projection() -> None:
    found = declaration("reduc 1-proj-f(x) = x.")
    assert found == tree.ReductionDeclaration((RewriteRuleTree((), apply("=", apply("1-proj-f", x), x)),), ())


def test_places() -> None:
    text = "free c: channel.\n(* é *) let P =\n  in(c, (x: key, =y));\n\tout(c, f(x) && y) | 0.\n"
    _, found = parse_library(text, "test.pvl").declarations
    assert isinstance(found, tree.ProcessDeclaration)
    received = found.body
    assert isinstance(received, Input) and isinstance(received.pattern, TuplePattern)
    parallel = received.body
    assert isinstance(parallel, Parallel) and isinstance(parallel.left, Output)
    message = parallel.left.message
    assert isinstance(message, Apply)
    places = [
        found, received, received.pattern, *received.pattern.items, parallel, parallel.left, message,
        *message.arguments, parallel.right,
    ]  # fmt: skip
    assert [str(node.place) for node in places] == [
        "test.pvl:2:9", "test.pvl:3:3", "test.pvl:3:9", "test.pvl:3:10", "test.pvl:3:18", "test.pvl:4:2",
        "test.pvl:4:2", "test.pvl:4:9", "test.pvl:4:9", "test.pvl:4:17", "test.pvl:4:22",
    ]  # fmt: skip


def test_kinds_of_files() -> None:
    declarations = (tree.TypeDeclaration("t"),)
    assert parse_model("type t. process 0", "m.pv") == tree.ModelTree(declarations, NIL)
    assert parse_library("type t.", "l.pvl") == tree.ModelTree(declarations, None)
    assert parse_library("", "l.pvl") == tree.ModelTree((), None)
    assert parse_fragment("type t.", "cell") == tree.ModelTree(declarations, None)
    assert parse_fragment("type t. process 0", "cell") == tree.ModelTree(declarations, NIL)
    assert parse_fragment("(* only a remark *)", "cell") == tree.ModelTree((), None)


def test_layout_of_a_process() -> None:
    text = """\
new k: key;
in(c, (x: key, =k));
if x = k then
  !P(x)
  | out(c, a)
else
  (
    in(c, y: key);
    out(c, y)
  ) | (
    in(c, y: key)
  )"""
    assert print_process(process(text)) == text
