"""Processes as pieces of text: one statement a line, branches indented, parallel parts in parentheses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliedpi.core import Tag
from appliedpi.syntax import tree
from appliedpi.syntax.emission import Piece, dependencies, newline, options
from appliedpi.syntax.term_printer import Pattern, Term, arguments, get_head


@dataclass(frozen=True, slots=True)
class Process:
    """A process at an indentation.

    `one_operand`: a parallel composition here needs parentheses, so that `!` or the tags before it are of
    the whole. `else_follows`: an `else` directly behind belongs to a construct further out.
    """

    node: tree.ProcessTree
    indentation: int = 0
    one_operand: bool = False
    else_follows: bool = False

    def expand(self) -> Sequence[str | Piece]:
        if self.node.tags:
            bare = replace(self.node, tags=())
            inner = replace(self, node=bare, one_operand=True)
            return [*tag_lines(self.node.tags, self.indentation), inner]
        if self._needs_parentheses():
            return block(self.node, self.indentation)
        start: list[str | Piece]
        match self.node:
            case tree.Nil():
                return ["0"]
            case tree.Parallel():
                return self._parallel(self.node)
            case tree.Replication(body):
                return ["!", replace(self, node=body, one_operand=True)]
            case tree.Call(name, items):
                return [name, *arguments(items)]
            case tree.If(condition, then, otherwise):
                return ["if ", Term(condition), " then", *self._branches(then, otherwise)]
            case tree.Let(pattern, term, body, otherwise):
                start = ["let ", Pattern(pattern, parenthesise_equal=True), " = ", Term(term), " in"]
                return [*start, *self._branches(body, otherwise)]
            case tree.LetSuchThat(variables, condition, body, otherwise):
                typed = ", ".join([f"{name}: {sort}" for name, sort in variables])
                return ["let ", typed, " suchthat ", Term(condition), " in", *self._branches(body, otherwise)]
            case tree.Get(table, patterns, condition, names, body, otherwise):
                start = get_head(table, patterns, condition, names)
                if is_end(body) and is_end(otherwise):
                    return start
                return [*start, " in", *self._branches(body, otherwise)]
            case _:
                return self._prefix(self.node)

    def _prefix(self, node: tree.ProcessTree) -> Sequence[str | Piece]:
        """A statement that is followed by `;` and a process, or by nothing."""
        start: list[str | Piece]
        match node:
            case tree.New(name, names, sort, body):
                start = ["new ", name, dependencies(names), ": ", sort]
            case tree.Input(channel, pattern, names, body):
                start = ["in(", Term(channel), ", ", Pattern(pattern), ")", options(names)]
            case tree.Output(channel, message, body):
                start = ["out(", Term(channel), ", ", Term(message), ")"]
            case tree.Event(event, items, body):
                start = ["event ", event, *arguments(items), dependencies(node.dependencies)]
            case tree.Insert(table, items, body):
                start = ["insert ", table, *arguments(items, always=True)]
            case tree.Phase(number, body):
                start = ["phase ", str(number)]
            case tree.Barrier(number, tag, body):
                start = ["sync ", str(number), "" if tag is None else f"[{tag}]"]
            case _:
                raise AssertionError(f"not a process: {type(node).__name__}")
        if is_end(body):
            return start
        return [*start, ";", newline(self.indentation), replace(self, node=body, one_operand=False)]

    def _branches(self, body: tree.ProcessTree, otherwise: tree.ProcessTree) -> Sequence[str | Piece]:
        if is_end(otherwise):
            return [newline(self.indentation), replace(self, node=body, one_operand=False)]
        line, deeper = newline(self.indentation), newline(self.indentation + 1)
        return [
            deeper, Process(body, self.indentation + 1, else_follows=True), line, "else",
            deeper, Process(otherwise, self.indentation + 1, else_follows=self.else_follows),
        ]  # fmt: skip

    def _parallel(self, node: tree.Parallel) -> Sequence[str | Piece]:
        right: Sequence[str | Piece]
        if isinstance(node.right, tree.Parallel) and not node.right.tags:
            right = [replace(self, node=node.right)]
        else:
            right = self._operand(node.right)
        separator = newline(self.indentation) + "| " if _is_short(node.left) else " | "
        return [*self._operand(node.left), separator, *right]

    def _operand(self, node: tree.ProcessTree) -> Sequence[str | Piece]:
        """One side of `|`: on the line where it is short, otherwise a block of its own."""
        if _is_short(node):
            return [Process(node, self.indentation)]
        return [*tag_lines(node.tags, self.indentation), *block(replace(node, tags=()), self.indentation)]

    def _needs_parentheses(self) -> bool:
        match self.node:
            case tree.Parallel():
                return self.one_operand
            case tree.If() | tree.Let() | tree.LetSuchThat() | tree.Get():
                return self.else_follows and is_end(self.node.otherwise)
            case _:
                return False


def tag_lines(tags: Sequence[Tag], indentation: int) -> list[str | Piece]:
    """The structured comments, each on its line."""
    return [f"(*@{tag.kind} {tag.text} *)".replace("  *)", " *)") + newline(indentation) for tag in tags]


def block(node: tree.ProcessTree, indentation: int) -> list[str | Piece]:
    """The process in parentheses, on lines of its own."""
    deeper = indentation + 1
    return ["(", newline(deeper), Process(node, deeper), newline(indentation), ")"]


def is_end(node: tree.ProcessTree) -> bool:
    """Whether the process does nothing and need not be written."""
    return isinstance(node, tree.Nil) and not node.tags


def _is_short(node: tree.ProcessTree) -> bool:
    while isinstance(node, tree.Replication) and not node.tags:
        node = node.body
    match node:
        case tree.Nil() | tree.Call():
            return not node.tags
        case tree.Output(body=body) | tree.Event(body=body) | tree.Insert(body=body):
            return not node.tags and is_end(body)
        case _:
            return False
