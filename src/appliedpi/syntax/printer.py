"""The printer: a syntax tree as ProVerif text that parses to an equal tree, tags included.

Nothing recurses over the tree, so a tree as deep as the parser's limits prints. Two trees have no text of
their own, and no parse yields them: a tuple of one item (its text is the item), and a query declaration
with options behind a last `secret` query without options (they are read as the secret query's).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliedpi.syntax import tree
from appliedpi.syntax.emission import Piece, emit, newline, options
from appliedpi.syntax.lexing import quote
from appliedpi.syntax.parser import grammar
from appliedpi.syntax.process_printer import Process, tag_lines
from appliedpi.syntax.term_printer import Term

_PLAIN_VALUE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_']*|[0-9]{1,18}")


def print_model(model: tree.ModelTree) -> str:
    """The text of a model, library or fragment, with a line end behind the last line."""
    pieces = _declarations(model.declarations, 0)
    if model.process is not None:
        pieces += ["\n" if pieces else "", "process", newline(1), Process(model.process, 1), "\n"]
    return emit(pieces)


def print_declaration(declaration: tree.DeclarationTree) -> str:
    """The text of one declaration, tags and final `.` included."""
    return emit([_Declaration(declaration, 0)])


def print_process(process: tree.ProcessTree, indentation: int = 0) -> str:
    """The text of a process. Lines after the first are indented by twice `indentation` blanks."""
    return emit([Process(process, indentation)])


def print_expression(expression: tree.Expression) -> str:
    """The text of a term, fact or formula, on one line."""
    return emit([Term(expression)])


@dataclass(frozen=True, slots=True)
class _Declaration:
    node: tree.DeclarationTree
    indentation: int

    def expand(self) -> Sequence[str | Piece]:
        return [*tag_lines(self.node.tags, self.indentation), *self._bare()]

    def _bare(self) -> Sequence[str | Piece]:
        node = self.node
        match node:
            case tree.TypeDeclaration(name, names):
                return [f"type {name}{options(names)}."]
            case tree.FunctionDeclaration(name, types, result, names):
                return [f"fun {name}({', '.join(types)}): {result}{options(names)}."]
            case tree.ConstantDeclaration(declared, sort, names):
                return [f"const {', '.join(declared)}: {sort}{options(names)}."]
            case tree.FreeDeclaration(declared, sort, names):
                return [f"free {', '.join(declared)}: {sort}{options(names)}."]
            case tree.ReductionDeclaration(rules, names):
                return ["reduc", *self._rules(rules, ";"), options(names), "."]
            case tree.EquationDeclaration(rules, names):
                return ["equation", *self._rules(rules, ";"), options(names), "."]
            case tree.DestructorDeclaration(name, types, result, rules, names):
                start = f"fun {name}({', '.join(types)}): {result}{newline(self.indentation)}reduc"
                return [start, *self._rules(rules, " otherwise"), options(names), "."]
            case tree.EventDeclaration(name, types):
                return [f"event {name}{_in_parentheses(types)}."]
            case tree.TableDeclaration(name, types):
                return [f"table {name}({', '.join(types)})."]
            case tree.SettingDeclaration(name, value):
                return [f"set {name} = {_value(value)}."]
            case tree.ProcessDeclaration(name, parameters, body):
                start = f"let {name}{_in_parentheses(_parameters(parameters))} ="
                return [start, newline(self.indentation + 1), Process(body, self.indentation + 1), "."]
            case tree.TermDeclaration(name, parameters, term):
                start = f"letfun {name}{_in_parentheses(_parameters(parameters))} ="
                inside = self.indentation + 1
                return [start, newline(inside), Term(term, indentation=inside), "."]
            case tree.QueryDeclaration(parameters, queries, names):
                return ["query", *self._queries(parameters, queries), options(names), "."]
            case tree.LemmaDeclaration(kind, parameters, lemmas, names):
                return [kind, *self._queries(parameters, lemmas, lemma=True), options(names), "."]
            case tree.NotDeclaration(parameters, fact):
                return [f"not {_bound(parameters)}", Term(fact), "."]
            case tree.SelectionDeclaration(kind, parameters, facts, weight, names):
                (fact,) = facts
                number = "" if weight is None else f" / {weight}"
                return [f"{kind} {_bound(parameters)}", Term(fact, follow="["), number, options(names), "."]
            case tree.DefinitionDeclaration(name, parameters, declarations):
                start = f"def {name}({', '.join(parameters)}) {{{newline(self.indentation + 1)}"
                inner = _declarations(declarations, self.indentation + 1)[:-1]
                return [start, *inner, newline(self.indentation), "}"]
            case tree.ExpandDeclaration(name, arguments):
                return [f"expand {name}({', '.join(arguments)})."]
            case tree.UnsupportedDeclaration(construct):
                return [construct, " ", node.text]
        raise AssertionError(f"not a declaration: {type(node).__name__}")

    def _rules(self, rules: Sequence[tree.RewriteRuleTree], separator: str) -> list[str | Piece]:
        pieces: list[str | Piece] = []
        for rule in rules:
            if pieces:
                pieces.append(separator)
            parameters = ", ".join(_parameters(rule.parameters))
            pieces += [newline(self.indentation + 1), f"forall {parameters}; " if parameters else ""]
            pieces.append(Term(rule.equality))
        return pieces

    def _queries(
        self,
        parameters: Sequence[tree.Parameter],
        queries: Sequence[tree.CorrespondenceQuery | tree.SecretQuery],
        lemma: bool = False,
    ) -> list[str | Piece]:
        line = newline(self.indentation + 1)
        alone = len(queries) == 1 and not parameters and not queries[0].tags
        pieces: list[str | Piece] = [f" {_bound(parameters)}".rstrip()]
        for number, query in enumerate(queries):
            pieces += [";" if number else "", " " if alone else line]
            pieces += tag_lines(query.tags, self.indentation + 1)
            public = ", ".join(query.public_variables)
            public = f" public_vars {public}" if public else ""
            if isinstance(query, tree.SecretQuery):
                pieces.append(f"secret {query.name}{public}{options(query.options)}")
            else:
                public = f" for {{{public.strip()}}}" if lemma and public else public
                pieces += [Term(query.formula, follow="["), public]
        return pieces


def _declarations(declarations: Sequence[tree.DeclarationTree], indentation: int) -> list[str | Piece]:
    """The declarations, a line end behind each, with a blank line where their kind changes."""
    pieces: list[str | Piece] = []
    previous: tree.DeclarationTree | None = None
    for declaration in declarations:
        if previous is not None:
            spaced = type(previous) is not type(declaration) or isinstance(
                declaration, tree.ProcessDeclaration
            )
            pieces[-1] = ("\n" if spaced else "") + newline(indentation)
        pieces += [_Declaration(declaration, indentation), "\n"]
        previous = declaration
    return pieces


def _parameters(parameters: Sequence[tree.Parameter]) -> list[str]:
    return [
        f"{parameter.name}: {parameter.type}{' or fail' if parameter.may_fail else ''}"
        for parameter in parameters
    ]


def _bound(parameters: Sequence[tree.Parameter]) -> str:
    return f"{', '.join(_parameters(parameters))}; " if parameters else ""


def _in_parentheses(items: Sequence[str]) -> str:
    return f"({', '.join(items)})" if items else ""


def _value(value: str) -> str:
    """The value of a setting: a name, a number, or else a string."""
    plain = _PLAIN_VALUE.fullmatch(value) is not None and value not in grammar()[1].reserved
    return value if plain else quote(value)
