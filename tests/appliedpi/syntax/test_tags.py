"""Structured comments: which construct each is attached to."""

from __future__ import annotations

import pytest

from appliedpi.core import Tag
from appliedpi.errors import InputError, Place
from appliedpi.syntax import parse_fragment, parse_model, print_model, tree


def texts(
    node: tree.Declaration | tree.ProcessNode | tree.CorrespondenceQuery | tree.SecretQuery,
) -> list[str]:
    return [f"{tag.kind} {tag.text}".strip() for tag in node.tags]


def process(text: str) -> tree.ProcessTree:
    found = parse_model(f"process {text}", "test.pv").process
    assert found is not None
    return found


def test_kind_text_and_place() -> None:
    text = "\n (*@check CHK-1 [KBS\n   Challenge]  a (* b *) text. *)\ntype t."
    (declaration,) = parse_fragment(text, "cell").declarations
    assert declaration.tags == (Tag("check", "CHK-1 [KBS Challenge] a (* b *) text.", Place("cell", 2, 2)),)


def test_an_ordinary_comment_is_no_tag() -> None:
    (declaration,) = parse_fragment("(* @check a *) (** @b *) (*@c d*) (*e*) type t.", "cell").declarations
    assert texts(declaration) == ["c d"]


STATEMENTS = [
    "0", "P(a)", "!P", "new k: key", "in(c, x)", "out(c, a)", "event e(a)", "insert t(a)", "phase 1",
    "x <- a", "k <-R key", "let x = a in 0", "let x = a", "if a then 0", "if a then 0 else 0", "get t(x)",
    "get t(x) in 0", "sync 1", "let x: t suchthat a in 0", "new k: key; 0", "!new k: key; 0",
]  # fmt: skip


@pytest.mark.parametrize("statement", STATEMENTS)
def test_before_a_statement(statement: str) -> None:
    plain = process(statement)
    found = process(f"(*@a 1*) (*@b 2*)\n{statement}")
    assert found == plain and type(found) is type(plain)
    assert texts(found) == ["a 1", "b 2"]
    assert found.place.line == 2


def test_in_a_sequence() -> None:
    found = process("new k: key; (*@a 1*) out(c, k); (*@b 2*) (*@b 3*) !(*@c 4*) P")
    assert isinstance(found, tree.New) and texts(found) == []
    assert isinstance(found.body, tree.Output) and texts(found.body) == ["a 1"]
    replication = found.body.body
    assert isinstance(replication, tree.Replication) and texts(replication) == ["b 2", "b 3"]
    assert texts(replication.body) == ["c 4"]


def test_in_branches() -> None:
    found = process("if a then (*@a 1*) out(c, a) else (*@b 2*) 0")
    assert isinstance(found, tree.If)
    assert (texts(found), texts(found.then), texts(found.otherwise)) == ([], ["a 1"], ["b 2"])


def test_before_parentheses_and_bars() -> None:
    found = process("(*@a 1*) (P | (*@b 2*) Q)")
    assert isinstance(found, tree.Parallel) and texts(found) == ["a 1"]
    assert (texts(found.left), texts(found.right)) == ([], ["b 2"])
    found = process("(*@a 1*) P | Q")
    assert isinstance(found, tree.Parallel) and texts(found) == []
    assert texts(found.left) == ["a 1"]
    assert texts(process("(*@a 1*) ((*@b 2*) P)")) == ["a 1", "b 2"]


def test_before_declarations_and_queries() -> None:
    text = """
        (*@d 1*) query (*@q 2*) attacker(a); attacker(b); (*@q 3*) (*@q 4*) secret k.
        (*@d 5*) query x: t; (*@q 6*) attacker(x).
        (*@d 7*) lemma (*@q 8*) attacker(a); (*@q 9*) attacker(b).
        (*@d 10*) let P = (*@s 11*) 0.
        (*@d 12*) def f() { (*@d 13*) type t. }
    """
    first, second, lemma, macro, definition = parse_fragment(text, "cell").declarations
    assert isinstance(first, tree.QueryDeclaration) and texts(first) == ["d 1"]
    assert [texts(query) for query in first.queries] == [["q 2"], [], ["q 3", "q 4"]]
    assert isinstance(second, tree.QueryDeclaration) and texts(second) == ["d 5"]
    assert [texts(query) for query in second.queries] == [["q 6"]]
    assert isinstance(lemma, tree.LemmaDeclaration) and texts(lemma) == ["d 7"]
    assert [texts(query) for query in lemma.queries] == [["q 8"], ["q 9"]]
    assert isinstance(macro, tree.ProcessDeclaration) and texts(macro) == ["d 10"]
    assert texts(macro.body) == ["s 11"]
    assert isinstance(definition, tree.DefinitionDeclaration) and texts(definition) == ["d 12"]
    assert texts(definition.declarations[0]) == ["d 13"]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("(*@check a*)", 1),
        ("(*@check a*) process 0", 1),
        ("type t. (*@check a*)", 9),
        ("process out(c, (*@check a*) b)", 16),
        ("process out(c, a); (*@check a*)", 20),
        ("process if a then 0 (*@check a*) else 0", 21),
        ("process (P (*@check a*) | Q)", 12),
        ("let P = 0 (*@check a*).", 11),
        ("letfun f = (*@check a*) if a then b else c.", 12),
        ("query x: t; (*@check a*) (*@check b*).", 26),
        ("process in(c, (*@check a*) x)", 15),
    ],
)
def test_before_nothing(text: str, column: int) -> None:
    with pytest.raises(InputError) as caught:
        parse_fragment(text, "test.pv")
    assert caught.value.place == Place("test.pv", 1, column)
    assert "stands before nothing it can describe" in caught.value.message


@pytest.mark.parametrize("text", ["(*@ check a*) type t.", "(*@*) type t.", "(*@1 a*) type t."])
def test_without_a_kind(text: str) -> None:
    with pytest.raises(InputError, match="begins with its kind"):
        parse_fragment(text, "test.pv")


def test_printed_in_front() -> None:
    text = """\
(*@query SEC-1 [RFC] Never known. *)
query
  (*@claim true *)
  attacker(a).

process
  (*@step A -> B "hello" *)
  out(c, a);
  !(*@assume X *)
  (
    P
    | Q
  )
"""
    assert print_model(parse_model(text, "test.pv")) == text
