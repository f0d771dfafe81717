"""From grammar rules to tree nodes: one method per rule of `grammar.lark`, called when the rule is complete.

The parser calls these from the leaves up, without recursion. A construct that the tree has no node for,
because it only makes sense for observational equivalence or with predicates, is refused here by name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from lark import v_args

from appliedpi.syntax import tree
from appliedpi.syntax.declaration_rules import DeclarationRules
from appliedpi.syntax.lexing import PlacedToken, read_tag
from appliedpi.syntax.process_rules import ProcessRules
from appliedpi.syntax.query_rules import QueryRules
from appliedpi.syntax.term_rules import TermRules

Tagged = TypeVar(
    "Tagged", bound=tree.Declaration | tree.ProcessNode | tree.CorrespondenceQuery | tree.SecretQuery
)


@v_args(inline=True)
class Construction(DeclarationRules, TermRules, ProcessRules, QueryRules):
    """All callbacks. Arguments are the parts of the rule that the grammar keeps, in order."""

    def model(self, *parts: object) -> tree.ModelTree:
        *declarations, process = parts
        return tree.ModelTree(tuple(declarations), process)  # type: ignore[arg-type]

    def library(self, *declarations: tree.DeclarationTree) -> tree.ModelTree:
        return tree.ModelTree(declarations, None)

    fragment = model

    def tagged(self, *parts: PlacedToken | Tagged) -> Tagged:
        node = parts[-1]
        assert not isinstance(node, PlacedToken)
        tags = [read_tag(part) for part in parts if isinstance(part, PlacedToken)]
        return replace(node, tags=(*tags, *node.tags))
