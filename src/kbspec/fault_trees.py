"""Fault trees: which basic events together lead to the loss of a property.

As in fault tree analysis (Vesely et al., "Fault Tree Handbook", NUREG-0492, 1981): the top event, an OR over
the minimal cut sets, an AND within each, the basic events as leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import graphviz

from kbspec.fault_records import Set, Toggle
from kbspec.graphs import broken, graph
from kbspec.picture import Chart, Ink
from kbspec.toggle_kinds import BY_NAME

_WIDTH = 60  # characters of a line


def fault_tree(
    model: str,
    query: str,
    statement: str,
    sets: Sequence[Set],
    toggles: Mapping[str, Toggle],
    *,
    listing: str,
) -> Chart:
    """The tree of one property. `sets` are the minimal cut sets, `statement` what the property says."""
    title = f"What breaks {query} in {model}"
    dot = graphviz.Digraph(
        graph_attr={
            "rankdir": "LR", "labelloc": "t", "labeljust": "l", "fontsize": "14", "fontcolor": Ink.INK,
            "label": f"<<B>{escape(title)}</B>>", "nodesep": "0.18", "ranksep": "0.5",
        },
        node_attr={"shape": "box", "style": "rounded,filled", "fontcolor": Ink.INK},
        edge_attr={"color": Ink.LINE, "arrowhead": "none"},
    )  # fmt: skip
    dot.node(
        "top", _label(f"{query} is lost", statement), color=Ink.ATTACKER, fillcolor=Ink.ATTACKER_BOX,
        penwidth="1.6",
    )  # fmt: skip
    parent = "top"
    if len(sets) > 1:
        _gate(dot, "or", "OR")
        dot.edge("top", "or")
        parent = "or"
    for number, ids in enumerate(sets):
        behind = parent
        if len(ids) > 1:
            behind = f"and {number}"
            _gate(dot, behind, "AND")
            dot.edge(parent, behind)
        for id in ids:
            leaf = f"{number} {id}"
            toggle = toggles[id]
            dot.node(leaf, _label(BY_NAME[toggle.kind].state.format(id), toggle.title), color=Ink.LINE,
                     fillcolor=Ink.BOX if toggle.kind == "check" else Ink.CARD,
                     style="filled" if toggle.kind == "check" else "rounded,filled,dashed")  # fmt: skip
            dot.edge(behind, leaf)
    description = (
        f"The fault tree of {query}: {statement} Solid boxes are checks, dashed ones assumptions and "
        "alternatives."
    )
    return graph(dot, title, description, listing=listing)


def _gate(dot: graphviz.Digraph, name: str, word: str) -> None:
    dot.node(name, f"<<B>{word}</B>>", shape="circle", style="filled", fillcolor=Ink.CARD, color=Ink.INK,
             margin="0.02")  # fmt: skip


def _label(heading: str, text: str) -> str:
    lines = "".join(
        [f'<BR ALIGN="LEFT"/><FONT POINT-SIZE="10.5" COLOR="{Ink.MUTED}">{escape(line)}</FONT>'
         for line in broken(text, _WIDTH)]
    )  # fmt: skip
    return f'<<B>{escape(heading)}</B>{lines}<BR ALIGN="LEFT"/>>'

