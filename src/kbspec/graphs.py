"""Graphs and trust-boundary diagrams, laid out by Graphviz from a declaration.

The layout program is always the `graphviz-pure` of the environment, also where the system has a `dot`: two
versions of Graphviz place nodes differently, and the committed pictures must keep their bytes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import graphviz

from kbspec.errors import SpecificationError, did_you_mean
from kbspec.picture import Chart, Ink, finish
from kbspec.tables import Cell, Table

_PROGRAM = "graphviz-pure"
_TIMEOUT = 60.0
_DEFAULTS = {
    "G": {"bgcolor": "transparent", "fontname": "Helvetica", "pad": "0.25"},
    "N": {"fontname": "Helvetica", "fontsize": "12", "margin": "0.24,0.11"},
    "E": {"fontname": "Helvetica", "fontsize": "11", "arrowsize": "0.8"},
}
_NAMED = {"black": Ink.INK, "white": Ink.CARD, "lightgrey": Ink.BOX}
_NAMED_COLOUR = re.compile(r'(fill|stroke)="(black|white|lightgrey)"')


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that takes part.

    `place` says where it runs; "Host / Guest VM" is a place inside another. `trusted` says whether the
    properties rest on its honesty. `role` is what it is in the RATS architecture or the protocol.
    """

    name: str
    role: str
    place: str
    trusted: bool
    description: str


@dataclass(frozen=True, slots=True)
class Channel:
    """Who can send to whom. `protected`: the attacker cannot read or change what passes here."""

    sender: str
    receiver: str
    label: str
    protected: bool


def graph(
    source: str | graphviz.Graph | graphviz.Digraph, title: str, description: str, listing: str | None = None
) -> Chart:
    """A graph as a picture. `source` is DOT, or a graph of the `graphviz` package.

    `listing` says in words what the picture shows (its DOT, where nothing is given). The colours of
    `kbspec.picture.Ink`, and black and white, follow the reader's theme. Raises SpecificationError where
    the DOT is wrong, or where `graphviz-pure` is not installed.
    """
    dot = source if isinstance(source, str) else str(source.source)
    words = dot if listing is None else listing
    drawn = _NAMED_COLOUR.sub(lambda match: f'{match[1]}="{_NAMED[match[2]]}"', _lay_out(dot))
    return Chart(
        title=title, description=description, listing=words, source=dot, suffix=".dot",
        svg=finish(drawn, title=title, description=description, listing=words),
    )  # fmt: skip


def _lay_out(dot: str) -> str:
    beside_python = Path(sys.executable).parent / _PROGRAM
    program = str(beside_python) if beside_python.exists() else shutil.which(_PROGRAM)
    if program is None:
        raise SpecificationError(
            f"{_PROGRAM} is not installed, so graphs cannot be laid out",
            advice="run make, or pip install -r requirements.lock",
        )
    defaults = [f"-{kind}{key}={value}" for kind, pairs in _DEFAULTS.items() for key, value in pairs.items()]
    try:
        done = subprocess.run(
            [program, "-Tsvg", *defaults],
            input=dot.encode(),
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SpecificationError(f"laying out the graph took more than {_TIMEOUT:.0f} s") from None
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode != 0 or not done.stdout:
        raise SpecificationError(f"the graph could not be laid out: {complaint or 'no output'}")
    return done.stdout.decode()


def trust_diagram(
    actors: Sequence[Actor],
    channels: Sequence[Channel],
    *,
    title: str,
    description: str,
    direction: str = "TB",
) -> Chart:
    """Who takes part, where each runs, whom the properties trust, and which channels the attacker owns.

    `direction` is Graphviz's rankdir. Raises SpecificationError where two actors have one name, or where a
    channel names an actor that was not declared.
    """
    _check(actors, channels)
    dot = graphviz.Digraph(
        graph_attr={
            "rankdir": direction, "labelloc": "t", "labeljust": "l", "fontsize": "14",
            "label": f"<<B>{escape(title)}</B>>", "nodesep": "0.45", "ranksep": "0.6", "fontcolor": Ink.INK,
        },
        node_attr={"shape": "box", "style": "rounded,filled", "fontcolor": Ink.INK},
        edge_attr={"fontcolor": Ink.INK},
    )  # fmt: skip
    _places(dot, actors, ())
    for channel in channels:
        colour = Ink.TRUSTED if channel.protected else Ink.ATTACKER
        label = "\n".join(broken(channel.label, 24))
        style = "solid" if channel.protected else "dashed"
        dot.edge(
            _node(channel.sender), _node(channel.receiver), label=f"  {graphviz.escape(label)}  ",
            color=colour, style=style, penwidth="1.6",
        )  # fmt: skip
    return graph(dot, title, description, listing=_trust_listing(actors, channels, title))


def actor_table(actors: Sequence[Actor]) -> Table:
    """The actors of a trust diagram as a table: the same declaration in words."""
    rows = tuple(
        (
            Cell(actor.name),
            Cell(actor.role),
            Cell(actor.place),
            Cell(*("trusted", None, "trusted") if actor.trusted else ("not trusted", None, "untrusted")),
            Cell(actor.description),
        )
        for actor in actors
    )
    columns = ("Actor", "Role", "Runs in", "Trust", "What it does")
    return Table("Who takes part", columns, rows, "kbspec-actors")


def _check(actors: Iterable[Actor], channels: Iterable[Channel]) -> None:
    names: set[str] = set()
    for actor in actors:
        if actor.name in names:
            raise SpecificationError(f"two actors have the name {actor.name!r}")
        names.add(actor.name)
    for channel in channels:
        for end in (channel.sender, channel.receiver):
            if end not in names:
                raise SpecificationError(
                    f"the channel {channel.label!r} names an unknown actor {end!r}",
                    advice=did_you_mean(end, names),
                )


def _node(name: str) -> str:
    """A node id that DOT cannot take for a node with a port (`a:b`)."""
    return name.replace(":", " ")


def _places(dot: graphviz.Digraph, actors: Sequence[Actor], path: tuple[str, ...]) -> None:
    """The actors at `path` as nodes, the places in it as clusters; as deep as a place has names."""
    inside: dict[str, list[Actor]] = {}
    for actor in actors:
        place = tuple(part.strip() for part in actor.place.split(" / "))
        if place == path:
            _actor(dot, actor)
        else:
            inside.setdefault(place[len(path)], []).append(actor)
    for name, members in inside.items():
        safe = all(actor.trusted for actor in members)
        with dot.subgraph(name="cluster " + " / ".join((*path, name))) as cluster:
            cluster.attr(
                label=f"<<B>{escape(name)}</B>>", labeljust="l", labelloc="t", margin="14", fontsize="12",
                style="rounded" if safe else "rounded,dashed", penwidth="1.4",
                color=Ink.TRUSTED if safe else Ink.LINE, fontcolor=Ink.TRUSTED if safe else Ink.MUTED,
            )  # fmt: skip
            _places(cluster, members, (*path, name))


def _actor(dot: graphviz.Digraph, actor: Actor) -> None:
    role = "".join(
        f'<BR/><FONT POINT-SIZE="10.5" COLOR="{Ink.MUTED}">{escape(line)}</FONT>'
        for line in broken(actor.role, 28)
    )
    dot.node(
        _node(actor.name),
        label=f"<<B>{escape(actor.name)}</B>{role}>",
        color=Ink.TRUSTED if actor.trusted else Ink.ATTACKER,
        fillcolor=Ink.TRUSTED_BOX if actor.trusted else Ink.ATTACKER_BOX,
        style="rounded,filled" if actor.trusted else "rounded,filled,dashed",
    )


def broken(text: str, limit: int) -> list[str]:
    """The text in lines of at most so many characters, as far as its words allow."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > limit:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [line for line in lines if line]


def _trust_listing(actors: Iterable[Actor], channels: Iterable[Channel], title: str) -> str:
    lines = [title]
    for actor in actors:
        trust = "trusted" if actor.trusted else "not trusted"
        lines.append(f"  {actor.name} ({actor.role}; {trust}; in {actor.place}): {actor.description}")
    for channel in channels:
        owner = "protected" if channel.protected else "the attacker's"
        lines.append(f"  {channel.sender} -> {channel.receiver}: {channel.label} ({owner})")
    return "\n".join(lines)
