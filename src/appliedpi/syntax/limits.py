"""The nesting limit, so that what follows a tree may recurse over it."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from appliedpi.syntax import tree
from appliedpi.syntax.lexing import MAXIMUM_NESTING, Source

MAXIMUM_SEQUENCE: Final = 5000
"""How many statements may follow one another (or nest) in one process."""


def check_depth(model: tree.ModelTree, source: Source) -> None:
    """Raise InputError at the first construct that is nested deeper than the limits."""
    todo: list[tuple[object, int, int]] = [(model, 0, 0)]
    while todo:
        item, statements, terms = todo.pop()
        if isinstance(item, tuple):
            todo.extend([(part, statements, terms) for part in item])
            continue
        if isinstance(item, tree.ProcessNode):
            statements += 1
            if statements > MAXIMUM_SEQUENCE:
                raise source.error(
                    f"a process has more than {MAXIMUM_SEQUENCE} statements in a row",
                    item.place,
                    "split it into processes with names",
                )
        elif isinstance(item, tree.Node) and not isinstance(item, (tree.Declaration, tree.ModelTree)):
            terms += 1
            if terms > MAXIMUM_NESTING:
                raise source.error(
                    f"a term is nested deeper than {MAXIMUM_NESTING}",
                    item.place,
                    "give its parts names with `let` or `letfun`",
                )
        if isinstance(item, (tree.Node, tree.RewriteRuleTree)):
            for name in _parts(type(item)):
                part = getattr(item, name)
                if isinstance(part, (tuple, tree.Node, tree.RewriteRuleTree)):
                    todo.append((part, statements, terms))


_known_parts: dict[type, tuple[str, ...]] = {}


def _parts(kind: type[tree.Node | tree.RewriteRuleTree]) -> tuple[str, ...]:
    """The fields of a node class that may hold nodes, or tuples of nodes."""
    if kind not in _known_parts:
        names = [field.name for field in fields(kind) if field.name not in ("place", "tags")]
        _known_parts[kind] = tuple(names)
    return _known_parts[kind]
