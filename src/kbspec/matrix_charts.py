"""The picture of a matrix: a row for each check or assumption, a column for each property."""

from __future__ import annotations

from collections.abc import Sequence

from kbspec.matrices import Effect, Grid
from kbspec.pen import Block, Line, Pen, lines_of
from kbspec.picture import Chart, Ink, finish

MARGIN = 18.0
CELL_WIDTH = 40.0
CELL_HEIGHT = 25.0
ARM = 5.5  # of a cross, from its middle
LEGEND_LIMIT = 560.0


def matrix_chart(grid: Grid, *, title: str, description: str, listing: str) -> Chart:
    """The picture of `grid` under its title; `listing` is the same in words."""
    hints = {f"row-{index}": hint for index, hint in enumerate(grid.hints)}
    svg = finish(_drawn(grid, title), title=title, description=description, listing=listing, tooltips=hints)
    return Chart(title, description, svg, listing)


def _drawn(grid: Grid, title: str) -> str:
    rows = [Line(row, "bold", 11.5, Ink.INK) for row in grid.rows]
    columns = [Line(column, "sans", 11.5, Ink.INK) for column in grid.columns]
    used = [effect for effect in Effect if any(effect in row for row in grid.effects)]
    legend = [Line(effect.meaning, "sans", 11, Ink.MUTED) for effect in used]
    left = MARGIN + max(line.width for line in rows) + 14
    right = left + CELL_WIDTH * len(columns)
    wide = max(right, MARGIN + 360, MARGIN + min(LEGEND_LIMIT, _legend_width(legend))) + MARGIN
    heading = Block(tuple(lines_of(title, wide - 2 * MARGIN, "bold", 14, Ink.INK, 3)))
    foot = MARGIN + heading.height + 16 + max(line.width for line in columns)
    top = foot + 9
    bottom = top + CELL_HEIGHT * len(rows)
    lines = _legend_lines(legend, wide - 2 * MARGIN)
    pen = Pen(wide, bottom + 16 + 20 * len(lines) + MARGIN - 6)
    pen.block(heading, MARGIN, MARGIN, "left")
    for index, line in enumerate(columns):
        pen.upright(line, left + CELL_WIDTH * (index + 0.5), foot)
    for index, line in enumerate(rows):
        y = top + CELL_HEIGHT * index
        pen.group = f"row-{index}"
        pen.line([(MARGIN, y), (right, y)], Ink.LINE)
        pen.block(Block((line,)), MARGIN, y + (CELL_HEIGHT - line.height) / 2, "left")
        for place, effect in enumerate(grid.effects[index]):
            _cell(pen, left + CELL_WIDTH * place, y, effect)
    pen.group = ""
    pen.line([(MARGIN, bottom), (right, bottom)], Ink.LINE)
    y = bottom + 16
    for places in lines:
        for x, index in places:
            _symbol(pen, MARGIN + x + 8, y + 8, used[index])
            pen.block(Block((legend[index],)), MARGIN + x + 22, y, "left")
        y += 20
    return pen.svg()


def _cell(pen: Pen, x: float, y: float, effect: Effect) -> None:
    """What stands out is what the change breaks: a filled box with a frame."""
    if effect is Effect.BROKEN:
        pen.box(x + 2, y + 2, CELL_WIDTH - 4, CELL_HEIGHT - 4, Ink.ATTACKER_BOX, Ink.ATTACKER, 3)
    elif effect is Effect.UNPROVED:
        pen.box(x + 2, y + 2, CELL_WIDTH - 4, CELL_HEIGHT - 4, Ink.EVENT_BOX, Ink.EVENT, 3)
    _symbol(pen, x + CELL_WIDTH / 2, y + CELL_HEIGHT / 2, effect)


def _symbol(pen: Pen, x: float, y: float, effect: Effect) -> None:
    """Drawn and not written: not every font has these characters."""
    match effect:
        case Effect.HOLDS:
            pen.line([(x - 5, y), (x - 1.5, y + 4), (x + 5, y - 4)], Ink.MUTED)
        case Effect.BROKEN:
            pen.line([(x - ARM, y - ARM), (x + ARM, y + ARM)], Ink.ATTACKER, weight=2.2)
            pen.line([(x - ARM, y + ARM), (x + ARM, y - ARM)], Ink.ATTACKER, weight=2.2)
        case Effect.UNPROVED:
            pen.block(Block((Line("?", "bold", 13, Ink.EVENT),)), x, y - 9, "center")
        case Effect.BEFORE:
            pen.line([(x - 4, y), (x + 4, y)], Ink.MUTED)


def _legend_width(legend: Sequence[Line]) -> float:
    return sum(line.width + 46 for line in legend)


def _legend_lines(legend: Sequence[Line], limit: float) -> list[list[tuple[float, int]]]:
    """Which entries stand in which line, each with its distance from the left."""
    lines: list[list[tuple[float, int]]] = [[]]
    x = 0.0
    for index, line in enumerate(legend):
        if lines[-1] and x + line.width + 22 > limit:
            lines.append([])
            x = 0.0
        lines[-1].append((x, index))
        x += line.width + 46
    return lines
