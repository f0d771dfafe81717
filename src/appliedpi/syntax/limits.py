"""The nesting limit, so that what follows a tree may recurse over it."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
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
        for name in children(type(item)):
            child = getattr(item, name)
            if isinstance(child, (tuple, tree.Node, tree.RewriteRuleTree)):
                todo.append((child, statements, terms))


@lru_cache(maxsize=None)
def children(kind: type) -> tuple[str, ...]:
    """The fields of a node class that may hold nodes, or tuples of nodes."""
    if not issubclass(kind, (tree.Node, tree.RewriteRuleTree)):
        return ()
    return tuple([field.name for field in fields(kind) if field.name not in ("place", "tags")])
