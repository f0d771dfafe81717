"""Hypothesis strategies for syntax trees: every tree that a parse can yield, and no other."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from appliedpi.core import Tag
from appliedpi.syntax import tree

names = st.sampled_from(["a", "b'", "f", "k_1", "xY", "attacker", "mess", "P2"])
types = st.sampled_from(["bitstring", "key", "channel", "nat"])
numbers = st.integers(0, 12)
name_lists = st.lists(names, min_size=1, max_size=3).map(tuple)
type_lists = st.lists(types, max_size=3).map(tuple)
dependencies = st.none() | st.lists(names, max_size=2).map(tuple)
options = st.lists(
    names
    | st.builds("{}={}".format, names, names)
    | st.builds(lambda name, values: f"{name}={{{','.join(values)}}}", names, name_lists),
    max_size=2,
).map(tuple)
parameters = st.lists(st.builds(tree.Parameter, names, types), max_size=3).map(tuple)
may_fail_parameters = st.lists(st.builds(tree.Parameter, names, types, st.booleans()), max_size=3).map(tuple)
tags = st.lists(
    st.builds(
        Tag,
        st.sampled_from(["check", "step", "assume", "alternative"]),
        st.sampled_from(["", "ID [Source 4.2] text", 'RCAR-1 KBC -> KBS "Request" n', "(* nested *) é"]),
        st.just(tree.NOWHERE),
    ),
    max_size=2,
).map(tuple)

COMPARISONS = ["=", "<>", "<=", ">=", ">", "<"]


def _opaque(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """The strategy with a short name: Hypothesis would print the whole nest of strategies, at some cost."""

    @st.composite
    def some(draw: st.DrawFn) -> object:
        return draw(strategy)

    return some()


def _recursive(
    base: st.SearchStrategy, extend: Callable[[st.SearchStrategy], st.SearchStrategy], max_leaves: int
) -> st.SearchStrategy:
    return _opaque(st.recursive(base, lambda inner: extend(_opaque(inner)), max_leaves=max_leaves))


def _items(item: st.SearchStrategy, minimum: int = 0, maximum: int = 3) -> st.SearchStrategy:
    return st.lists(item, min_size=minimum, max_size=maximum).map(tuple)


def _tuple_items(item: st.SearchStrategy) -> st.SearchStrategy:
    return _items(item).filter(lambda items: len(items) != 1)


def _applications(inner: st.SearchStrategy, operators: list[str]) -> list[st.SearchStrategy]:
    """What terms of every kind have in common."""

    def binary(name: str, left: tree.Expression, right: tree.Expression) -> tree.Apply:
        return tree.Apply(name, (left, right))

    return [
        st.builds(tree.Apply, names, _items(inner)),
        st.builds(tree.Tuple, _tuple_items(inner)),
        st.builds(lambda left, right: binary("choice", left, right), inner, inner),
        st.builds(lambda left, number: binary("+", left, number), inner, st.builds(tree.Number, numbers)),
        st.builds(binary, st.sampled_from(operators), inner, inner) if operators else st.nothing(),
    ]


def _negation(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(lambda term: tree.Apply("not", (term,)), inner)


def _minus(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(lambda term, number: tree.Apply("-", (term, tree.Number(number))), inner, numbers)


def _let_in(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(tree.LetIn, names, inner, inner)


_atoms = st.builds(tree.Identifier, names) | st.builds(tree.Number, numbers)

rule_terms = _recursive(
    _atoms | st.builds(tree.Fail),
    lambda inner: st.one_of(
        *_applications(inner, ["=", "<>", "&&", "||"]),
        _negation(inner),
        _minus(inner),
        st.builds(lambda term: tree.Apply("2-proj-f", (term,)), inner),
    ),
    max_leaves=8,
)
rules = st.builds(
    tree.RewriteRuleTree,
    parameters,
    rule_terms | st.builds(tree.LetIn, names, rule_terms, rule_terms),
)
ordered_rules = st.builds(tree.RewriteRuleTree, may_fail_parameters, rule_terms)


def patterns(terms: st.SearchStrategy) -> st.SearchStrategy:
    return _recursive(
        st.builds(tree.VariablePattern, st.none() | names, st.none() | types)
        | st.builds(tree.NumberPattern, numbers)
        | st.builds(tree.EqualPattern, terms),
        lambda inner: st.one_of(
            st.builds(tree.TuplePattern, _tuple_items(inner)),
            st.builds(tree.DataPattern, names, _items(inner)),
            st.builds(lambda left, right: tree.DataPattern("choice", (left, right)), inner, inner),
            st.builds(
                lambda left, number: tree.DataPattern("+", (left, tree.NumberPattern(number))), inner, numbers
            ),
        ),
        max_leaves=4,
    )


def _larger_terms(inner: st.SearchStrategy) -> st.SearchStrategy:
    pattern, maybe, items = patterns(inner), st.none() | inner, _items(inner, 0, 2)
    return st.one_of(
        *_applications(inner, [*COMPARISONS, "&&", "||"]),
        _negation(inner),
        _minus(inner),
        st.builds(tree.TermNew, names, dependencies, types, inner),
        st.builds(tree.TermIf, inner, inner, maybe),
        st.builds(tree.TermLet, pattern, inner, inner, maybe),
        st.builds(tree.TermEvent, names, items, inner, dependencies=dependencies),
        st.builds(tree.TermInsert, names, items, inner),
        st.builds(tree.TermGet, names, _items(pattern, 0, 2), maybe, options, inner, maybe),
    )


terms = _recursive(_atoms, _larger_terms, max_leaves=8)

_bindings = st.one_of(names, st.sampled_from(["!1", "!2"]))
_phases = st.none() | st.integers(0, 3)


def _facts(inner: st.SearchStrategy) -> st.SearchStrategy:
    at = st.none() | names
    return st.one_of(
        *_applications(inner, [*COMPARISONS, "&&", "||", "==>"]),
        _negation(inner),
        _let_in(inner),
        st.builds(tree.Apply, st.sampled_from(["attacker", "mess"]), _items(inner), phase=_phases, at=at),
        st.builds(tree.Apply, st.just("table"), _items(inner, 1, 1), phase=_phases, at=at),
        st.builds(tree.Apply, st.sampled_from(["event", "inj-event"]), _items(inner), at=at),
        st.builds(tree.NewName, names, _items(st.tuples(_bindings, inner), 0, 2)),
    )


facts = _recursive(_atoms, _facts, max_leaves=8)

_formats = _recursive(
    _atoms | st.builds(tree.Any, names),
    lambda inner: st.one_of(
        *_applications(inner, []),
        _let_in(inner),
        st.builds(tree.NewName, names, _items(st.tuples(_bindings, inner), 0, 2)),
    ),
    max_leaves=5,
)
_selected_facts = st.builds(tree.Identifier, names) | st.builds(
    tree.Apply, st.sampled_from(["attacker", "mess", "table", "event"]), _items(_formats), phase=_phases
)
selected = _selected_facts | st.builds(tree.LetIn, names, _formats, _selected_facts)


_small_terms = _recursive(_atoms, _larger_terms, max_leaves=3)


def _larger_processes(inner: st.SearchStrategy) -> st.SearchStrategy:
    small = _small_terms
    pattern, items = patterns(small), _items(small, 0, 2)
    typed = st.lists(st.tuples(names, types), min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(tree.Parallel, inner, inner, tags=tags),
        st.builds(tree.Replication, inner, tags=tags),
        st.builds(tree.New, names, dependencies, types, inner, tags=tags),
        st.builds(tree.If, small, inner, inner, tags=tags),
        st.builds(tree.Input, small, pattern, options, inner, tags=tags),
        st.builds(tree.Output, small, small, inner, tags=tags),
        st.builds(tree.Let, pattern, small, inner, inner, tags=tags),
        st.builds(tree.LetSuchThat, typed, small, inner, inner, tags=tags),
        st.builds(tree.Event, names, items, inner, dependencies=dependencies, tags=tags),
        st.builds(tree.Insert, names, items, inner, tags=tags),
        st.builds(
            tree.Get, names, _items(pattern, 0, 2), st.none() | small, options, inner, inner, tags=tags
        ),
        st.builds(tree.Phase, st.integers(1, 3), inner, tags=tags),
        st.builds(tree.Barrier, st.integers(1, 3), st.none() | names, inner, tags=tags),
    )


_leaves = st.builds(tree.Nil, tags=tags) | st.builds(tree.Call, names, _items(_atoms, 0, 2), tags=tags)
processes = _recursive(_leaves, _larger_processes, max_leaves=8)

_public = st.just(()) | name_lists
_correspondences = st.builds(tree.CorrespondenceQuery, facts, _public, tags=tags)
_secrets = st.builds(tree.SecretQuery, names, _public, options, tags=tags)


def _parsable(query: tree.QueryDeclaration) -> bool:
    """Options behind a `secret` query without options are that query's."""
    last = query.queries[-1]
    return not (query.options and isinstance(last, tree.SecretQuery) and not last.options)


_simple_declarations = st.one_of(
    st.builds(tree.TypeDeclaration, names, options, tags=tags),
    st.builds(tree.FunctionDeclaration, names, type_lists, types, options, tags=tags),
    st.builds(tree.ConstantDeclaration, name_lists, types, options, tags=tags),
    st.builds(tree.FreeDeclaration, name_lists, types, options, tags=tags),
    st.builds(tree.ReductionDeclaration, _items(rules, 1), options, tags=tags),
    st.builds(
        tree.DestructorDeclaration, names, type_lists, types, _items(ordered_rules, 1), options, tags=tags
    ),
    st.builds(tree.EquationDeclaration, _items(rules, 1), options, tags=tags),
    st.builds(tree.EventDeclaration, names, type_lists, tags=tags),
    st.builds(tree.TableDeclaration, names, type_lists, tags=tags),
    st.builds(tree.SettingDeclaration, names, names | numbers.map(str) | st.text(), tags=tags),
    st.builds(tree.ProcessDeclaration, names, may_fail_parameters, processes, tags=tags),
    st.builds(tree.TermDeclaration, names, may_fail_parameters, terms, tags=tags),
    st.builds(
        tree.QueryDeclaration, parameters, _items(_correspondences | _secrets, 1), options, tags=tags
    ).filter(_parsable),
    st.builds(
        tree.LemmaDeclaration,
        st.sampled_from(["lemma", "axiom", "restriction"]),
        parameters,
        _items(_correspondences, 1),
        options,
        tags=tags,
    ),
    st.builds(tree.NotDeclaration, parameters, facts, tags=tags),
    st.builds(
        tree.SelectionDeclaration,
        st.sampled_from(["nounif", "select"]),
        parameters,
        selected.map(lambda fact: (fact,)),
        st.none() | st.integers(-9000, 9000),
        options,
        tags=tags,
    ),
    st.builds(tree.ExpandDeclaration, names, type_lists, tags=tags),
    st.builds(tree.UnsupportedDeclaration, st.just("weaksecret"), text=st.just("a ."), tags=tags),
)
simple_declarations = _opaque(_simple_declarations)
declarations = simple_declarations | st.builds(
    tree.DefinitionDeclaration, names, type_lists, _items(simple_declarations, 0, 2), tags=tags
)
models = st.builds(tree.ModelTree, _items(declarations), processes)
libraries = st.builds(tree.ModelTree, _items(declarations), st.none())
