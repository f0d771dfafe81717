"""The printer's text parses to the tree it came from, places apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from appliedpi.syntax import (
    parse_fragment,
    parse_library,
    parse_model,
    print_declaration,
    print_expression,
    print_model,
    print_process,
    tree,
)
from tests.strategies import declarations, facts, libraries, models, processes, rules, selected, terms

CORPUS = sorted(Path(__file__).parents[2].joinpath("corpus").glob("*.pv*"))
slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def tags_in_order(node: object) -> Iterator[tuple[str, str, str]]:
    """What compares equal without: each tag with the kind of node that carries it."""
    if isinstance(node, tuple):
        for item in node:
            yield from tags_in_order(item)
    elif is_dataclass(node):
        for tag in getattr(node, "tags", ()):
            yield type(node).__name__, tag.kind, tag.text
        for field in fields(node):
            if field.name not in ("tags", "place"):
                yield from tags_in_order(getattr(node, field.name))


def assert_same(before: object, after: object, text: str) -> None:
    assert after == before, text
    tags_before = [(kind, tag, " ".join(text.split())) for kind, tag, text in tags_in_order(before)]
    assert list(tags_in_order(after)) == tags_before, text


@slow
@given(models)
def test_model(model: tree.ModelTree) -> None:
    text = print_model(model)
    assert_same(model, parse_model(text, "printed.pv"), text)


@slow
@given(libraries)
def test_library(library: tree.ModelTree) -> None:
    text = print_model(library)
    assert_same(library, parse_library(text, "printed.pvl"), text)
    assert parse_fragment(text, "printed.pv") == library


@slow
@given(declarations)
def test_declaration(declaration: tree.DeclarationTree) -> None:
    text = print_declaration(declaration)
    assert_same((declaration,), parse_library(text, "printed.pvl").declarations, text)


@slow
@given(processes)
def test_process(process: tree.ProcessTree) -> None:
    text = f"process {print_process(process)}"
    assert_same(process, parse_model(text, "printed.pv").process, text)


@slow
@given(terms)
def test_term(term: tree.Expression) -> None:
    text = f"letfun f = {print_expression(term)}."
    (declaration,) = parse_library(text, "printed.pvl").declarations
    assert isinstance(declaration, tree.TermDeclaration)
    assert declaration.body == term, text


@slow
@given(facts)
def test_fact(fact: tree.Expression) -> None:
    text = f"not {print_expression(fact)}."
    (declaration,) = parse_library(text, "printed.pvl").declarations
    assert isinstance(declaration, tree.NotDeclaration)
    assert declaration.fact == fact, text


@slow
@given(selected)
def test_selected_fact(fact: tree.Expression) -> None:
    declaration = tree.SelectionDeclaration("nounif", (), (fact,), None, ())
    text = print_declaration(declaration)
    assert parse_library(text, "printed.pvl").declarations == (declaration,), text


@slow
@given(rules)
def test_rule(rule: tree.RewriteRuleTree) -> None:
    declaration = tree.ReductionDeclaration((rule,), ())
    assert parse_library(print_declaration(declaration), "printed.pvl").declarations == (declaration,)


@pytest.mark.parametrize(
    "text",
    [
        "query a = new k[] [induction].",  # without the brackets the option would be a binding
        "query let x = a in new k[] [induction].",
        "nounif attacker( *x).",  # without the blank a comment would begin
        "nounif attacker(( *x, *y)).",
        'set attacker = "process".',
        "letfun f = if a then (if b then c) else d.",
        "letfun f = (if a then b else c) && d.",
        "let P = if a then (get t(x)) else P.",
        "let P = if a then (new k: t; let x = a in 0) else P.",
        "let P = !(P | Q).",
        "let P = !new k: t; P | Q.",
        "let P = (!new k: t; P) | Q.",
        "let P = (*@a b*) (P | Q) | (*@a b*) P.",
    ],
)
def test_what_needs_care(text: str) -> None:
    library = parse_library(text, "test.pvl")
    assert_same(library, parse_library(print_model(library), "printed.pvl"), print_model(library))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path: Path) -> None:
    parse = parse_library if path.suffix == ".pvl" else parse_model
    model = parse(path.read_text(encoding="utf-8"), path.name)
    text = print_model(model)
    assert_same(model, parse(text, "printed.pv"), text)
    assert print_model(parse(text, "printed.pv")) == text


def test_corpus_is_there() -> None:
    assert CORPUS
