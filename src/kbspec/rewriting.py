"""Transformations of syntax trees: find statements, replace them, relax patterns. None of them recurses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appliedpi.syntax import tree


def statements(model: tree.ModelTree) -> Iterator[tree.ProcessTree]:
    """Every statement of every process, each before what follows it."""
    from appliedpi.syntax.tree import ProcessDeclaration

    stack = [one.body for one in model.declarations if isinstance(one, ProcessDeclaration)]
    if model.process is not None:
        stack.append(model.process)
    while stack:
        node = stack.pop()
        yield node
        stack += [value for _, value in _children(node)]


def _children(node: tree.ProcessTree) -> list[tuple[str, tree.ProcessTree]]:
    from appliedpi.syntax.tree import ProcessNode

    named = [(one.name, getattr(node, one.name)) for one in fields(node)]
    return [(name, value) for name, value in named if isinstance(value, ProcessNode)]  # type: ignore[misc]


def replaced(model: tree.ModelTree, changes: dict[int, tree.ProcessTree]) -> tree.ModelTree:
    """The model with the statements of `changes` (by identity) replaced, also inside one another."""
    from appliedpi.syntax.tree import Let, ProcessDeclaration

    done: dict[int, tree.ProcessTree] = {}
    for node in reversed(list(statements(model))):  # what follows a statement comes before it
        new = changes.get(id(node), node)
        if id(new) in done:  # of the statement, only what follows it is left
            done[id(node)] = done[id(new)]
            continue
        assert new is node or isinstance(new, Let)
        children = {name: done[id(value)] for name, value in _children(new)}
        changed = any(children[name] is not value for name, value in _children(new))
        done[id(node)] = replace(new, **children) if changed else new  # type: ignore[arg-type]
    declarations = tuple(
        replace(one, body=done[id(one.body)]) if isinstance(one, ProcessDeclaration) else one
        for one in model.declarations
    )
    process = None if model.process is None else done[id(model.process)]
    return replace(model, declarations=declarations, process=process)


def same(left: object, right: object) -> bool:
    """`left == right` for trees, whose depth the recursion of `==` does not survive."""
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if type(one) is not type(other):
            return False
        if isinstance(one, tuple) and isinstance(other, tuple):
            if len(one) != len(other):
                return False
            pairs += zip(one, other, strict=True)
        elif is_dataclass(one):
            pairs += [
                (getattr(one, part.name), getattr(other, part.name)) for part in fields(one) if part.compare
            ]
        elif one != other:
            return False
    return True


def relaxed(pattern: tree.PatternTree, replacements: dict[int, tree.PatternTree]) -> tree.PatternTree:
    """The pattern with the parts of `replacements` (by identity) replaced."""
    from appliedpi.syntax.tree import DataPattern, TuplePattern

    done: dict[int, tree.PatternTree] = {}
    for part, _, _ in reversed(list(_parts(pattern))):  # the parts of a part come before it
        new = replacements.get(id(part), part)
        if isinstance(new, TuplePattern):
            new = replace(new, items=tuple([done[id(item)] for item in new.items]))
        elif isinstance(new, DataPattern):
            new = replace(new, arguments=tuple([done[id(item)] for item in new.arguments]))
        done[id(part)] = new
    return done[id(pattern)]


def equalities(pattern: tree.PatternTree) -> list[tree.EqualPattern]:
    """Each `=M` of a pattern in reading order."""
    return [part for part, _, _ in equal_parts(pattern)]


def equal_parts(pattern: tree.PatternTree) -> Iterator[tuple[tree.EqualPattern, str | None, int]]:
    """Each `=M` in reading order, with the data constructor it is an argument of, and its position there."""
    from appliedpi.syntax.tree import EqualPattern

    return (
        (part, parent, place) for part, parent, place in _parts(pattern) if isinstance(part, EqualPattern)
    )


def binds(pattern: tree.PatternTree) -> bool:
    """Whether the pattern binds a variable that has a name."""
    from appliedpi.syntax.tree import VariablePattern

    return any(isinstance(part, VariablePattern) and part.name is not None for part, _, _ in _parts(pattern))


def _parts(pattern: tree.PatternTree) -> Iterator[tuple[tree.PatternTree, str | None, int]]:
    from appliedpi.syntax.tree import DataPattern, TuplePattern

    stack: list[tuple[tree.PatternTree, str | None, int]] = [(pattern, None, 0)]
    while stack:
        part, parent, position = stack.pop()
        yield part, parent, position
        if isinstance(part, TuplePattern):
            stack += [(item, None, 0) for item in reversed(part.items)]
        elif isinstance(part, DataPattern):
            arguments = list(enumerate(part.arguments))
            stack += [(argument, part.function, index) for index, argument in reversed(arguments)]
