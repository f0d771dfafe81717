"""Expressions and patterns as pieces of text, with the parentheses that the grammar asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliedpi.syntax import tree
from appliedpi.syntax.emission import Piece, dependencies, newline, options, separated
from appliedpi.syntax.infix import LEFT_ASSOCIATIVE, LEVELS, RIGHT_ASSOCIATIVE


@dataclass(frozen=True, slots=True)
class Term:
    """An expression where only operators of `level` and above stand without parentheses.

    Level 0 is a place where anything may stand. `follow` is the word or bracket directly behind, where
    that could be read as a part of the expression. With an indentation, each `let`, `new`, ... of a
    sequence begins a line.
    """

    node: tree.Expression
    level: int = 0
    follow: str = ""
    indentation: int | None = None

    def expand(self) -> Sequence[str | Piece]:
        node = self.node
        match node:
            case tree.Identifier(name):
                return [name]
            case tree.Number(value):
                return [str(value)]
            case tree.Fail():
                return ["fail"]
            case tree.Any(name):
                return ["*", name]
            case tree.Tuple(items):
                return ["(", *separated([Term(item) for item in items]), ")"]
            case tree.Apply():
                return self._apply(node)
            case tree.NewName(name, bindings):
                if not bindings:
                    return ["new ", name, "[]" if self.follow == "[" else ""]
                values = [_Sequence([name, " = ", Term(value)]) for name, value in bindings]
                return ["new ", name, "[", *separated(values, "; "), "]"]
            case _:
                return self._open(node)

    def _apply(self, node: tree.Apply) -> Sequence[str | Piece]:
        name, items = node.function, node.arguments
        if name == "choice":
            return ["choice[", *separated([Term(item) for item in items]), "]"]
        if name not in LEVELS:
            phase = "" if node.phase is None else f" phase {node.phase}"
            at = "" if node.at is None else f"@{node.at}"
            return [name, *arguments(items, always=True), phase, at]
        level = LEVELS[name]
        parenthesised = level < self.level
        follow = "" if parenthesised else self.follow
        left = Term(items[0], level if name in LEFT_ASSOCIATIVE else level + 1)
        right = Term(items[1], level if name in RIGHT_ASSOCIATIVE else level + 1, follow)
        inner: list[str | Piece] = [left, f" {name} ", right]
        return ["(", *inner, ")"] if parenthesised else inner

    def _open(self, node: tree.Expression) -> Sequence[str | Piece]:
        """What extends to the right as far as possible."""
        without_else = getattr(node, "otherwise", "") is None
        if self.level > 0 or (without_else and self.follow == "else"):
            return ["(", Term(node), ")"]
        line = " " if self.indentation is None else newline(self.indentation)
        start: list[str | Piece]
        match node:
            case tree.LetIn(name, term, body):
                return ["let ", name, " = ", Term(term), " in", line, self._continue(body)]
            case tree.TermNew(name, names, sort, body):
                return ["new ", name, dependencies(names), ": ", sort, ";", line, self._continue(body)]
            case tree.TermEvent(event, items, body):
                bound = dependencies(node.dependencies)
                return ["event ", event, *arguments(items), bound, ";", line, self._continue(body)]
            case tree.TermInsert(table, items, body):
                return ["insert ", table, *arguments(items, always=True), ";", line, self._continue(body)]
            case tree.TermIf(condition, then, otherwise):
                return ["if ", Term(condition), " then", line, *self._branches(then, otherwise, line)]
            case tree.TermLet(pattern, term, body, otherwise):
                start = ["let ", Pattern(pattern, parenthesise_equal=True), " = ", Term(term), " in", line]
                return [*start, *self._branches(body, otherwise, line)]
            case tree.TermGet(table, patterns, guard, names, body, otherwise):
                start = [*get_head(table, patterns, guard, names), " in", line]
                return [*start, *self._branches(body, otherwise, line)]
            case _:
                raise AssertionError(f"not an expression: {type(node).__name__}")

    def _branches(
        self, body: tree.Expression, otherwise: tree.Expression | None, line: str
    ) -> Sequence[str | Piece]:
        if otherwise is None:
            return [self._continue(body)]
        return [replace(self, node=body, follow="else"), line, "else ", self._continue(otherwise)]

    def _continue(self, body: tree.Expression) -> Term:
        return replace(self, node=body)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern; `parenthesise_equal` where `=M` cannot stand alone."""

    node: tree.PatternTree
    parenthesise_equal: bool = False

    def expand(self) -> Sequence[str | Piece]:
        match self.node:
            case tree.VariablePattern(name, sort):
                return [name or "_", "" if sort is None else f": {sort}"]
            case tree.NumberPattern(value):
                return [str(value)]
            case tree.TuplePattern(items):
                return ["(", *separated([Pattern(item) for item in items]), ")"]
            case tree.DataPattern("+", (left, right)):
                return [Pattern(left, True), " + ", Pattern(right, True)]
            case tree.DataPattern("choice", items):
                return ["choice[", *separated([Pattern(item) for item in items]), "]"]
            case tree.DataPattern(function, items):
                return [function, "(", *separated([Pattern(item) for item in items]), ")"]
            case tree.EqualPattern(term):
                equal = Term(term, LEVELS["="] + 1)
                return ["(=", equal, ")"] if self.parenthesise_equal else ["=", equal]
        raise AssertionError(f"not a pattern: {type(self.node).__name__}")


@dataclass(frozen=True, slots=True)
class _Sequence:
    """Pieces that stand for one item of a list."""

    pieces: Sequence[str | Piece]

    def expand(self) -> Sequence[str | Piece]:
        return self.pieces


def get_head(
    table: str,
    patterns: Sequence[tree.PatternTree],
    condition: tree.Expression | None,
    names: Sequence[str],
) -> list[str | Piece]:
    """`get t(p, ...) suchthat M [options]`."""
    suchthat: list[str | Piece] = [] if condition is None else [" suchthat ", Term(condition)]
    items = separated([Pattern(pattern) for pattern in patterns])
    return ["get ", table, "(", *items, ")", *suchthat, options(names)]


def arguments(terms: Sequence[tree.Expression], always: bool = False) -> list[str | Piece]:
    """`(M, ...)`; nothing where there are no terms, unless `always`."""
    if not terms and not always:
        return []
    return ["(", *separated([Term(term) for term in terms]), ")"]
