"""Make a model smaller while it still shows what it showed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace

from appliedpi.syntax import parse_model, print_model, tree

PATTERNS = (
    tree.VariablePattern, tree.TuplePattern, tree.DataPattern, tree.NumberPattern, tree.EqualPattern,
)  # fmt: skip
TERMS = (tree.Identifier, tree.Number, tree.Apply, tree.Tuple, tree.NewName)
REMOVABLE = (tree.Declaration, tree.CorrespondenceQuery, tree.SecretQuery, tree.Parameter)


def _children(node: tree.Node, kinds: type | tuple[type, ...]) -> Iterator[object]:
    for field in fields(node):
        value = getattr(node, field.name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, kinds):
                yield child


def _instead(node: object) -> Iterator[object]:
    """Smaller things of the same kind."""
    if isinstance(node, tree.ProcessNode) and not isinstance(node, tree.Nil):
        yield tree.Nil()
        yield from _children(node, tree.ProcessNode)
    elif isinstance(node, TERMS) and node != tree.Identifier("a"):
        yield from _children(node, TERMS)
        if not isinstance(node, tree.Identifier):
            yield tree.Identifier("a")


def smaller(node: object) -> Iterator[object]:
    """Each tree that one replacement or removal makes of the tree, the boldest first."""
    yield from _instead(node)
    if isinstance(node, tuple):
        for number, item in enumerate(node):
            if isinstance(item, REMOVABLE):
                yield node[:number] + node[number + 1 :]
        for number, item in enumerate(node):
            for one in smaller(item):
                yield (*node[:number], one, *node[number + 1 :])
    elif isinstance(node, tree.Node | tree.RewriteRuleTree):
        for field in fields(node):
            if field.name not in ("place", "tags"):
                for one in smaller(getattr(node, field.name)):
                    yield replace(node, **{field.name: one})  # type: ignore[arg-type]


def shrink(text: str, shows: Callable[[str], bool], seconds: float = 60.0) -> str:
    """The smallest text found, in that time, for which `shows` still holds."""
    end = time.monotonic() + seconds
    seen = {text}
    progress = True
    while progress and time.monotonic() < end:
        progress = False
        for candidate in smaller(parse_model(text, "shrunk.pv")):
            assert isinstance(candidate, tree.ModelTree)
            if candidate.process is None:
                continue
            shorter = print_model(candidate)
            if shorter in seen:
                continue
            seen.add(shorter)
            if shows(shorter):
                text, progress = shorter, True
                break
            if time.monotonic() > end:
                break
    return text
