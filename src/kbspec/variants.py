"""Variants of a model: a check removed, an assumption violated. One source, never a weakened copy.

A `@check` stands directly before the statement that checks:

    (*@check CHK-NONCE [KBS Challenge] The nonce is this session's. *)
    if nonce_received = nonce then P            removed: P

    (*@check CHK-NONCE [KBS Challenge] The nonce is this session's. *)
    let (=nonce, tee_key: pkey) = evidence in P     removed: let (_: nonce, tee_key: pkey) = evidence in P

    (*@check CHK-SIGNATURE [TDX Quote] The quoting enclave signed it. *)
    let (=body) = checksign(signature, key) in P  removed: P

Every `=M` of a `let` belongs to its check; a `let` that binds nothing only checks, so it disappears. A
destructor that both checks and delivers (`let body = checksign(...)`) is refused: extract first
(`let body = getmess(signature) in`), then check with a statement of its own, as in the third form. A
statement with an `else` branch is refused too, because removing its check would remove behaviour.

An `@assume` stands directly before what violates the assumption, which is always there, typed and
highlighted like the rest, and never runs in the base model:

    (*@assume ASM-PCK-SAFE [TDX DCAP] The PCK never leaves the PCE. *)
    if false then out(network, pck)             violated: out(network, pck)

So the base model and its variants are all plain ProVerif, and both transformations only ever add behaviour.

The transformation is defined on the syntax tree (`_weakened`). The text of a variant is the text of its base
with the head of the statement commented out, so that layout, tags and line numbers stay; it is parsed and
compared with the transformed tree before it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from kbspec.errors import VariantError
from kbspec.source import Token, line_and_column, significant
from kbspec.tags import Tag

if TYPE_CHECKING:
    from appliedpi import core
    from appliedpi.syntax import tree

_EXTRACT_FIRST = (
    "extract the message in a statement of its own, then check it in a tagged one: "
    "let body = getmess(signature) in (*@check ... *) let (=body) = checksign(signature, key) in ..."
)
TEXT_NAME = "model"  # places of a variant are lines of its text
_NO_ELSE = "let the tagged statement have no else branch; write the other branch as a process of its own"


@dataclass(frozen=True, slots=True)
class Weakening:
    """A variant: its text and its tree."""

    text: str
    tree: tree.ModelTree


def weaken(text: str, model: tree.ModelTree, types: core.Model, tags: list[Tag]) -> Weakening:
    """The model without the statements behind `tags` (checks or assumptions of `text`).

    `types` is the elaborated `model`. Raises VariantError where a tagged statement is not of a form above.
    """
    from appliedpi.errors import InputError
    from kbspec.language import parse_model

    found = [(tag, _tagged(model, tag)) for tag in tags]
    changed = _replaced(model, {id(node): _weakened(node, tag, types) for tag, node in found})
    for tag, node in sorted(found, key=lambda pair: -pair[0].offset):
        text = _edited(text, tag, node, types)
    try:
        as_meant = _same(parse_model(text, TEXT_NAME), changed)
    except InputError:  # an explicit `else 0`, for example, is left over
        as_meant = False
    if not as_meant:
        ids = " and ".join(sorted({tag.id for tag in tags}))
        raise VariantError(
            f"{ids}: the statement cannot be taken out of the text as it is written", advice=_NO_ELSE
        )
    return Weakening(text, changed)


def check_placement(model: tree.ModelTree, tag: Tag) -> None:
    """Raise VariantError where a `@check` or `@assume` does not stand before a statement it can belong to."""
    _tagged(model, tag)


# --- which statement, and what becomes of it ----------------------------------------------------------


def _tagged(model: tree.ModelTree, tag: Tag) -> tree.If | tree.Let:
    from appliedpi.syntax.tree import If, Let

    for node in _statements(model):
        for written in node.tags:
            if (written.place.line, written.place.column) == (tag.line, tag.column):
                if isinstance(node, If) or (tag.kind == "check" and isinstance(node, Let)):
                    _check_form(node, tag)
                    return node
    if tag.kind == "assume":
        raise VariantError(
            f"@assume {tag.id} does not stand directly before an if false then",
            advice=f"write what violates it behind it: (*@assume {tag.id} ... *) if false then out(c, key)",
        )
    raise VariantError(
        f"@check {tag.id} does not stand directly before an if or a let of a process",
        advice="receive into variables, then compare in an if of its own, directly behind the tag",
    )


def _check_form(node: tree.If | tree.Let, tag: Tag) -> None:
    from appliedpi.syntax.tree import Identifier, If, Nil

    if not isinstance(node.otherwise, Nil):
        raise VariantError(
            f"@{tag.kind} {tag.id} stands before a statement with an else branch", advice=_NO_ELSE
        )
    if tag.kind == "assume":
        if not (isinstance(node, If) and node.condition == Identifier("false")):
            raise VariantError(
                f"@assume {tag.id} stands before an if that may hold in the base model",
                advice="write if false then ...: what violates the assumption never runs in the base model",
            )
    elif not isinstance(node, If) and not list(_equalities(node.pattern)):
        raise VariantError(f"@check {tag.id} stands before a let without =, which checks nothing that can go",
                           advice=_EXTRACT_FIRST)  # fmt: skip


def _weakened(node: tree.If | tree.Let, tag: Tag, types: core.Model) -> tree.ProcessTree:
    from appliedpi.syntax.tree import If, VariablePattern

    if isinstance(node, If):
        return node.then
    if not _binds(node.pattern):
        return node.body
    replacements: dict[int, tree.PatternTree] = {
        id(pattern): VariablePattern(None, type)
        for pattern, type in zip(_equalities(node.pattern), _types(node, tag, types), strict=True)
    }
    return replace(node, pattern=_relaxed(node.pattern, replacements))


def _relaxed(pattern: tree.PatternTree, replacements: dict[int, tree.PatternTree]) -> tree.PatternTree:
    from appliedpi.syntax.tree import DataPattern, TuplePattern

    match pattern:
        case TuplePattern():
            return replace(pattern, items=tuple(_relaxed(item, replacements) for item in pattern.items))
        case DataPattern():
            return replace(
                pattern, arguments=tuple(_relaxed(item, replacements) for item in pattern.arguments)
            )
        case _:
            return replacements.get(id(pattern), pattern)


def _equalities(pattern: tree.PatternTree) -> Iterator[tree.EqualPattern]:
    from appliedpi.syntax.tree import EqualPattern

    return (part for part in _parts(pattern) if isinstance(part, EqualPattern))


def _binds(pattern: tree.PatternTree) -> bool:
    from appliedpi.syntax.tree import VariablePattern

    return any(isinstance(part, VariablePattern) and part.name is not None for part in _parts(pattern))


def _parts(pattern: tree.PatternTree) -> Iterator[tree.PatternTree]:
    from appliedpi.syntax.tree import DataPattern, TuplePattern

    stack = [pattern]
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, TuplePattern):
            stack += reversed(part.items)
        elif isinstance(part, DataPattern):
            stack += reversed(part.arguments)


def _types(node: tree.Let, tag: Tag, types: core.Model) -> list[str]:
    """The types of the `=M` of a let, in order: a wildcard needs one."""
    from appliedpi import core
    from appliedpi.terms import Variable

    stack: list[core.Process] = [types.process]
    while stack:
        process = stack.pop()
        if isinstance(process, core.Let) and process.place == node.place:
            found = []
            patterns: list[core.Pattern] = [process.pattern]
            while patterns:
                pattern = patterns.pop()
                if isinstance(pattern, core.PatternData):
                    patterns += reversed(pattern.arguments)
                elif isinstance(pattern, core.PatternEqual):
                    term = pattern.term
                    found.append(term.type if isinstance(term, Variable) else _result_type(term))
            return found
        stack += core.subprocesses(process)
    raise VariantError(
        f"@check {tag.id} stands in a process that the model does not run", advice="call it from the process"
    )


def _result_type(term: Any) -> str:
    result: str = term.symbol.result_type
    return "bitstring" if result == "any" else result


# --- the tree ---------------------------------------------------------------------------------------


def _statements(model: tree.ModelTree) -> Iterator[tree.ProcessTree]:
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


def _replaced(model: tree.ModelTree, changes: dict[int, tree.ProcessTree]) -> tree.ModelTree:
    """The model with the statements of `changes` (by identity) replaced, also inside one another."""
    from appliedpi.syntax.tree import Let, ProcessDeclaration

    done: dict[int, tree.ProcessTree] = {}
    for node in reversed(list(_statements(model))):  # what follows a statement comes before it
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


def _same(left: object, right: object) -> bool:
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


# --- the text ---------------------------------------------------------------------------------------


def _edited(text: str, tag: Tag, node: tree.If | tree.Let, types: core.Model) -> str:
    """`text` with the tag disarmed and the head of its statement, or its `=M`, commented out."""
    from appliedpi.syntax.tree import If

    head = _head(text, tag)
    if isinstance(node, If) or not _binds(node.pattern):
        first, last = head[0].start, head[-1].end
        edits = [(first, last, f"(* {text[first:last]} *)")]
    else:
        edits = [
            (start, end, f"_: {type} (* {text[start:end]} *)")
            for (start, end), type in zip(_equal_spans(head), _types(node, tag, types), strict=True)
        ]
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    word = "removed" if tag.kind == "check" else "violated"
    return text[: tag.offset] + f"(* {word}: " + text[tag.offset + len("(*") :]


def _head(text: str, tag: Tag) -> list[Token]:
    """The tokens from `if` to its `then`, or from `let` to its `in`."""
    found: list[Token] = []
    depth = 0
    for token in significant(text, tag.end):
        if not found and token.text not in ("if", "let"):
            break
        found.append(token)
        opens, closes = (("if",), ("then",)) if found[0].text == "if" else (("let", "get"), ("in",))
        depth += (token.text in opens) - (token.text in closes)
        if depth == 0:
            return found
    line, column = line_and_column(text, tag.offset)
    raise VariantError(
        f"@{tag.kind} {tag.id} (line {line}, column {column}) is not followed by the words if or let",
        advice="write the statement as let ... = ... in or if ... then",
    )


def _equal_spans(head: list[Token]) -> list[tuple[int, int]]:
    """Where the `=M` stand in the pattern of a let with a tuple or data pattern."""
    spans: list[tuple[int, int]] = []
    depth = 0
    opened: tuple[int, int] | None = None  # start and depth of the =M being read
    previous = head[0]
    for token in head[1:]:
        if token.text == "=" and depth == 0:
            break
        if token.text == "=" and previous.text in ("(", ",") and opened is None:
            opened = (token.start, depth)
        if opened is not None and depth == opened[1] and token.text in (",", ")"):
            spans.append((opened[0], previous.end))
            opened = None
        depth += (token.text == "(") - (token.text == ")")
        previous = token
    return spans
