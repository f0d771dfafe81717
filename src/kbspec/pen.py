"""A pen for pictures in pixels: lines of text, boxes, arrows, in the placeholder colours of `Ink`.

matplotlib draws; nothing is placed by it. Text is measured with `kbspec.measure`, so a picture has the same
layout on every machine.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import matplotlib
from matplotlib.artist import Artist
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, FancyBboxPatch, Polygon

from kbspec.measure import font_path, width, wrap
from kbspec.picture import Ink


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text and how it looks."""

    text: str
    face: str
    size: float
    colour: str

    @property
    def width(self) -> float:
        return width(self.text, self.face, self.size)

    @property
    def height(self) -> float:
        return self.size * 1.32


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under each other."""

    lines: tuple[Line, ...]

    @property
    def width(self) -> float:
        return max((line.width for line in self.lines), default=0.0)

    @property
    def height(self) -> float:
        return sum(line.height for line in self.lines)


def lines_of(text: str, limit: float, face: str, size: float, colour: str, most: int) -> list[Line]:
    """`text` in at most `most` lines of at most `limit` pixels."""
    return [Line(part, face, size, colour) for part in wrap(text, limit, face, size, most)]


class Pen:
    """Puts shapes on a sheet of `wide` times `high` pixels, each above the ones before.

    Shapes belong to the group (`kbspec.picture.finish` gives it a tooltip) that is set when they are drawn.
    """

    def __init__(self, wide: float, high: float) -> None:
        self.figure = Figure(figsize=(wide / 72, high / 72), dpi=72)
        FigureCanvasSVG(self.figure)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, wide)
        self.axes.set_ylim(high, 0)
        self.axes.axis("off")
        self.group = ""
        self.level = 10.0

    def svg(self) -> str:
        """The sheet as matplotlib writes it, in placeholder colours."""
        buffer = io.StringIO()
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "kbspec"}):
            self.figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
        return buffer.getvalue()

    def _finish(self, artist: Artist) -> None:
        self.level += 1
        artist.set_zorder(self.level)
        artist.set_clip_on(False)
        if self.group:
            artist.set_gid(self.group)

    def line(
        self, points: list[tuple[float, float]], colour: str, dashed: bool = False, weight: float = 1.3
    ) -> None:
        (artist,) = self.axes.plot(
            [x for x, _ in points], [y for _, y in points], color=colour,
            linewidth=1.0 if dashed else weight, linestyle=(0, (2, 4)) if dashed else "-",
        )  # fmt: skip
        self._finish(artist)

    def box(
        self, x: float, y: float, wide: float, high: float, ground: str, edge: str, radius: float
    ) -> None:
        style = f"round,pad=0,rounding_size={radius}" if radius else "square,pad=0"
        artist = FancyBboxPatch((x, y), wide, high, boxstyle=style, facecolor=ground, edgecolor=edge)
        self._finish(self.axes.add_patch(artist))

    def ground(self, block: Block, x: float, y: float) -> None:
        """Free ground for a label, so that no lane strikes through it."""
        self.box(x - block.width / 2 - 2, y, block.width + 4, block.height, Ink.CARD, "none", 0)

    def head(self, x: float, y: float, sign: int, colour: str) -> None:
        points = [(x, y), (x - 9 * sign, y - 4), (x - 9 * sign, y + 4)]
        self._finish(self.axes.add_patch(Polygon(points, closed=True, facecolor=colour, edgecolor="none")))

    def dot(self, x: float, y: float, colour: str) -> None:
        self._finish(self.axes.add_patch(Circle((x, y), 3.5, facecolor=colour, edgecolor="none")))

    def block(self, block: Block, x: float, y: float, align: str) -> None:
        for line in block.lines:
            self._text(line, x, y + line.size, align, 0)
            y += line.height

    def upright(self, line: Line, x: float, y: float) -> None:
        """A line that is read upwards, with its foot at `y` and centred on `x`."""
        self._text(line, x + line.size * 0.36, y, "left", 90)

    def _text(self, line: Line, x: float, y: float, align: str, angle: float) -> None:
        font = FontProperties(
            family="DejaVu Sans Mono" if line.face == "mono" else "DejaVu Sans",
            fname=str(font_path(line.face)), size=line.size,
            weight="bold" if line.face == "bold" else "normal",
        )  # fmt: skip
        self._finish(
            self.axes.text(
                x, y, line.text, fontproperties=font, color=line.colour, horizontalalignment=align,
                verticalalignment="baseline", rotation=angle, rotation_mode="anchor", parse_math=False,
            )
        )  # fmt: skip
