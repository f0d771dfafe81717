"""Variants of a model: a check removed, an assumption violated, an alternative used; never a weakened copy.

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

An `@alternative` stands directly before what is there too where it is used, in the same way:

    (*@alternative ALT-SAMPLE [TRUSTEE deps/verifier/src/sample/mod.rs] Sample evidence is taken as well. *)
    if false then in(appraise, q: bitstring); P        in use: in(appraise, q: bitstring); P

So the base model and its variants are all plain ProVerif, and each transformation only ever adds behaviour.

The transformation is defined on the syntax tree (`_weakened`). The text of a variant is the text of its base
with the head of the statement commented out, so that layout, tags and line numbers stay; it is parsed and
compared with the transformed tree before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kbspec.errors import VariantError
from kbspec.rewriting import binds, equal_parts, equalities, relaxed, replaced, same, statements
from kbspec.source import Token, line_and_column, significant
from kbspec.tags import Tag
from kbspec.toggle_kinds import BY_TAG

if TYPE_CHECKING:
    from appliedpi import core
    from appliedpi.syntax import tree
    from appliedpi.terms import Term

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
    """The model without the statements behind `tags` (toggles of `text`).

    `types` is the elaborated `model`. Raises VariantError where a tagged statement is not of a form above.
    """
    from appliedpi.errors import InputError
    from kbspec.language import parse_model

    found = [(tag, _tagged(model, tag)) for tag in tags]
    changed = replaced(model, {id(node): _weakened(node, tag, types, model) for tag, node in found})
    for tag, node in sorted(found, key=lambda pair: -pair[0].offset):
        text = _edited(text, tag, node, types, model)
    try:
        as_meant = same(parse_model(text, TEXT_NAME), changed)
    except InputError:  # an explicit `else 0`, for example, is left over
        as_meant = False
    if not as_meant:
        ids = " and ".join(sorted({tag.id for tag in tags}))
        raise VariantError(
            f"{ids}: the statement cannot be taken out of the text as it is written", advice=_NO_ELSE
        )
    return Weakening(text, changed)


def check_placement(model: tree.ModelTree, tag: Tag) -> None:
    """Raise VariantError where the tag of a toggle does not stand before a statement it can belong to."""
    _tagged(model, tag)


# --- which statement, and what becomes of it ----------------------------------------------------------


def _tagged(model: tree.ModelTree, tag: Tag) -> tree.If | tree.Let:
    from appliedpi.syntax.tree import If, Let

    for node in statements(model):
        for written in node.tags:
            if (written.place.line, written.place.column) == (tag.line, tag.column):
                if isinstance(node, If) or (tag.kind == "check" and isinstance(node, Let)):
                    _check_form(node, tag)
                    return node
    if tag.kind != "check":
        raise VariantError(
            f"@{tag.kind} {tag.id} does not stand directly before an if false then",
            advice=f"write what it adds behind it: (*@{tag.kind} {tag.id} ... *) if false then out(c, key)",
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
    if tag.kind != "check":
        if not (isinstance(node, If) and node.condition == Identifier("false")):
            raise VariantError(
                f"@{tag.kind} {tag.id} stands before an if that may hold in the base model",
                advice="write if false then ...: what it adds never runs in the base model",
            )
    elif not isinstance(node, If) and not equalities(node.pattern):
        raise VariantError(f"@check {tag.id} stands before a let without =, which checks nothing that can go",
                           advice=_EXTRACT_FIRST)  # fmt: skip


def _weakened(
    node: tree.If | tree.Let, tag: Tag, types: core.Model, model: tree.ModelTree
) -> tree.ProcessTree:
    from appliedpi.syntax.tree import If, VariablePattern

    if isinstance(node, If):
        return node.then
    if not binds(node.pattern):
        return node.body
    replacements: dict[int, tree.PatternTree] = {
        id(pattern): VariablePattern(None, type)
        for pattern, type in zip(equalities(node.pattern), _types(node, tag, types, model), strict=True)
    }
    return replace(node, pattern=relaxed(node.pattern, replacements))


def _types(node: tree.Let, tag: Tag, types: core.Model, model: tree.ModelTree) -> list[str]:
    """The types of the `=M` of a let, in order: a wildcard needs one.

    Where the declarations say it (an argument of a data constructor, the result of a function), it is theirs,
    because type converters are gone in the core calculus; elsewhere that of the elaborated term.
    """
    from appliedpi.syntax.tree import Apply, FunctionDeclaration

    functions = {one.name: one for one in model.declarations if isinstance(one, FunctionDeclaration)}
    found = _elaborated(node, types)
    if found is None:
        raise VariantError(
            f"@check {tag.id} stands in a process that the model does not run",
            advice="call it from the process",
        )
    result = []
    for (pattern, parent, position), elaborated in zip(equal_parts(node.pattern), found, strict=True):
        term = pattern.term
        if parent is not None and parent in functions:
            result.append(functions[parent].argument_types[position])
        elif isinstance(term, Apply) and term.function in functions:
            result.append(functions[term.function].result_type)
        else:
            result.append(_type_of(elaborated.term))
    return result


def _elaborated(node: tree.Let, types: core.Model) -> list[core.PatternEqual] | None:
    """The `=M` of a let as the type checker understood them; None where the model does not run it."""
    from appliedpi import core

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
                    found.append(pattern)
            return found
        stack += core.subprocesses(process)
    return None


def _type_of(term: Term) -> str:
    from appliedpi.builtin import CONDITIONAL
    from appliedpi.terms import Variable

    while term.symbol is CONDITIONAL:
        term = term.args[1]
    if isinstance(term, Variable):
        return term.type
    assert term.symbol is not None
    return "bitstring" if term.symbol.result_type == "any" else term.symbol.result_type


# --- the text ---------------------------------------------------------------------------------------


def _edited(text: str, tag: Tag, node: tree.If | tree.Let, types: core.Model, model: tree.ModelTree) -> str:
    """`text` with the tag disarmed and the head of its statement, or its `=M`, commented out."""
    from appliedpi.syntax.tree import If

    head = _head(text, tag)
    if isinstance(node, If) or not binds(node.pattern):
        first, last = head[0].start, head[-1].end
        edits = [(first, last, f"(* {text[first:last]} *)")]
    else:
        edits = [
            (start, end, f"_: {type} (* {text[start:end]} *)")
            for (start, end), type in zip(_equal_spans(head), _types(node, tag, types, model), strict=True)
        ]
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text[: tag.offset] + f"(* {BY_TAG[tag.kind].done}: " + text[tag.offset + len("(*") :]


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
