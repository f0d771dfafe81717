"""Key hierarchies and the structure of signed tokens, laid out by Graphviz from a declaration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import graphviz

from kbspec.errors import SpecificationError, did_you_mean
from kbspec.graphs import graph
from kbspec.picture import Chart, Ink


@dataclass(frozen=True, slots=True)
class Key:
    """A key or secret. `derived_from` and `certified_by` name other keys; `signs` says what it signs."""

    name: str
    holder: str
    description: str
    derived_from: tuple[str, ...] = ()
    certified_by: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """A signed structure: `claims` are pairs of a claim and who decides its value."""

    name: str
    signed_by: str
    claims: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """A claim of one token that fixes a claim of another (or of the same); `label` says how."""

    token: str
    claim: str
    bound_token: str
    bound_claim: str
    label: str


def key_hierarchy(keys: Sequence[Key], *, title: str, description: str) -> Chart:
    """The keys in boxes of their holders; lines from what a key is derived from or certified by, and to
    what it signs.

    Raises SpecificationError where two keys have one name, or where one names a key that is not declared.
    """
    names = [key.name for key in keys]
    _check_unique("keys", names)
    dot = _digraph(title, "TB", {"shape": "box", "style": "rounded,filled"})
    for holder in dict.fromkeys(key.holder for key in keys):
        with dot.subgraph(name=f"cluster {holder}") as cluster:
            cluster.attr(
                label=f"<<B>{escape(holder)}</B>>", labeljust="l", margin="14", fontsize="12",
                style="rounded", color=Ink.LINE, fontcolor=Ink.MUTED,
            )  # fmt: skip
            for key in keys:
                if key.holder == holder:
                    cluster.node(_id(key.name), label=_key_label(key), color=Ink.TRUSTED,
                                 fillcolor=Ink.TRUSTED_BOX)  # fmt: skip
    for key in keys:
        for label, word, others in (
            ("derived", "from", key.derived_from),
            ("certified", "by", key.certified_by),
        ):
            for other in others:
                _check_known(f"{key.name} is {label} {word} an unknown key", other, names)
                dot.edge(_id(other), _id(key.name), label=f"  {label}  ", color=Ink.TRUSTED)
        for signed in key.signs:
            dot.node(_id(f"signed {signed}"), label=escape(signed), shape="note", style="filled",
                     color=Ink.LINE, fillcolor=Ink.BOX)  # fmt: skip
            dot.edge(_id(key.name), _id(f"signed {signed}"), label="  signs  ", color=Ink.INK)
    return graph(dot, title, description, listing=_keys_in_words(keys, title))


def token_structure(
    tokens: Sequence[Token], bindings: Sequence[Binding], *, title: str, description: str
) -> Chart:
    """The tokens as tables of their claims; an arrow for each claim that fixes another.

    Raises SpecificationError where two tokens have one name, or a binding names what is not declared.
    """
    claims = {token.name: [claim for claim, _ in token.claims] for token in tokens}
    _check_unique("tokens", [token.name for token in tokens])
    dot = _digraph(title, "LR", {"shape": "plain"})
    for token in tokens:
        dot.node(_id(token.name), label=_token_label(token))
    for binding in bindings:
        for name, claim in ((binding.token, binding.claim), (binding.bound_token, binding.bound_claim)):
            _check_known(f"the binding {binding.label!r} names an unknown token", name, claims)
            _check_known(f"the token {name} has no claim", claim, claims[name])
        dot.edge(
            f"{_id(binding.token)}:{_port('out', claims[binding.token], binding.claim)}",
            f"{_id(binding.bound_token)}:{_port('in', claims[binding.bound_token], binding.bound_claim)}",
            label=f"  {graphviz.escape(binding.label)}  ", color=Ink.TRUSTED, penwidth="1.6",
        )  # fmt: skip
    return graph(dot, title, description, listing=_tokens_in_words(tokens, bindings, title))


def _digraph(title: str, direction: str, node: dict[str, str]) -> graphviz.Digraph:
    return graphviz.Digraph(
        graph_attr={
            "rankdir": direction, "labelloc": "t", "labeljust": "l", "fontsize": "14", "fontcolor": Ink.INK,
            "label": f"<<B>{escape(title)}</B>>", "nodesep": "0.4", "ranksep": "0.55",
        },
        node_attr={**node, "fontcolor": Ink.INK},
        edge_attr={"fontcolor": Ink.INK},
    )  # fmt: skip


def _id(name: str) -> str:
    """A node id that DOT cannot take for a node with a port (`a:b`)."""
    return name.replace(":", " ")


def _port(side: str, claims: Sequence[str], claim: str) -> str:
    """Where an arrow touches a token: `in` at the claim, on its left, `out` beside who decides it."""
    return f"{side}{claims.index(claim)}"


def _key_label(key: Key) -> str:
    muted = f'<FONT POINT-SIZE="10.5" COLOR="{Ink.MUTED}">{escape(key.description)}</FONT>'
    return f"<<B>{escape(key.name)}</B><BR/>{muted}>"


def _token_label(token: Token) -> str:
    heading = (
        f'<TR><TD COLSPAN="2" BGCOLOR="{Ink.BOX}"><B>{escape(token.name)}</B><BR/>'
        f'<FONT POINT-SIZE="10.5">signed with {escape(token.signed_by)}</FONT></TD></TR>'
    )
    rows = "".join(
        f'<TR><TD ALIGN="LEFT" PORT="in{number}">{escape(claim)}</TD><TD ALIGN="LEFT" PORT="out{number}">'
        f'<FONT POINT-SIZE="10.5" COLOR="{Ink.MUTED}">{escape(source)}</FONT></TD></TR>'
        for number, (claim, source) in enumerate(token.claims)
    )
    attributes = f'BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4" COLOR="{Ink.LINE}"'
    return f"<<TABLE {attributes}>{heading}{rows}</TABLE>>"


def _keys_in_words(keys: Iterable[Key], title: str) -> str:
    lines = [title]
    for key in keys:
        parts = [f"{key.name} ({key.description}), held by {key.holder}"]
        parts += [f"derived from {other}" for other in key.derived_from]
        parts += [f"certified by {other}" for other in key.certified_by]
        parts += [f"signs {signed}" for signed in key.signs]
        lines.append("  " + "; ".join(parts))
    return "\n".join(lines)


def _tokens_in_words(tokens: Iterable[Token], bindings: Iterable[Binding], title: str) -> str:
    lines = [title]
    for token in tokens:
        claims = "; ".join(f"{claim} ({source})" for claim, source in token.claims)
        lines.append(f"  {token.name}, signed with {token.signed_by}: {claims}")
    for one in bindings:
        lines.append(f"  {one.token}, {one.claim} -> {one.bound_token}, {one.bound_claim}: {one.label}")
    return "\n".join(lines)


def _check_unique(what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise SpecificationError(f"two {what} have the name {name!r}")


def _check_known(complaint: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise SpecificationError(f"{complaint} {name!r}", advice=did_you_mean(name, known))
