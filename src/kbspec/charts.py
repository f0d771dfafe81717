"""Message sequence charts, drawn with matplotlib from a trace that the verifier found.

`kbspec.sequence` decides what the chart says; here it gets its measures. Everything is laid out in pixels
with the text widths of `kbspec.measure`, one row below the other, so that nothing can overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from appliedpi.traces.trace import Trace
from kbspec.measure import width
from kbspec.pen import Block, Line, Pen, lines_of
from kbspec.picture import Chart, Ink, finish
from kbspec.sequence import ATTACKER, Divider, Message, Note, Row, Sequence, sequence

__all__ = ["Chart", "sequence_chart"]

MARGIN = 18.0
HEADER_HEIGHT = 28.0
ROW_GAP = 13.0
MINIMUM_LANE_GAP = 120.0
LABEL_LIMIT = 205.0  # of a label between neighbouring lanes
SPAN_LIMIT = 330.0  # of a label over several lanes
NOTE_LIMIT = 185.0
LINES_OF_A_TERM = 3
LINES_OF_COMPUTATION = 9


def sequence_chart(
    trace: Trace, *, title: str, description: str, lanes: Mapping[str, str] | None = None
) -> Chart:
    """The chart of `trace`: a lane for each copy of a role, the attacker's where it acts, time downwards.

    `title` stands above it; `description` is one sentence that says what the chart shows, `lanes` gives
    roles other names. Long terms are shortened in the picture and complete in its listing. Raises
    `kbspec.tags.TagError` for a malformed `@step` tag, SpecificationError for a role that is not there.
    """
    content = sequence(trace, lanes)
    listing = _listing(content, trace, title)
    hints = {f"step-{step.number}": f"{step.number}. {content.in_words(step)}" for step in trace.steps}
    drawn = _Drawing(content, title).svg()
    svg = finish(drawn, title=title, description=description, listing=listing, tooltips=hints)
    return Chart(title, description, svg, listing, summary="The steps in words")


def _listing(content: Sequence, trace: Trace, title: str) -> str:
    """Every step as a sentence, with nothing shortened or left out."""
    lines = [f"{step.number:3}. {content.in_words(step)}" for step in trace.steps]
    return "\n".join([title, *lines, trace.goal])


class _Drawing:
    """Measures the rows, then draws them from the top."""

    def __init__(self, content: Sequence, title: str) -> None:
        self.content = content
        self.lanes = self._lane_positions()
        self.width = self.lanes[-1] + self._overhang(len(self.lanes) - 1) + MARGIN if self.lanes else 320.0
        text_width = self.width - 2 * MARGIN
        self.title = lines_of(title, text_width, "bold", 14, Ink.INK, 3)
        colour = Ink.ATTACKER if "attacker" in content.goal.lower() else Ink.INK
        self.goal = lines_of(content.goal, text_width, "sans", 12, colour, 6)

    # --- measures ---------------------------------------------------------------------------------

    def _lane_positions(self) -> list[float]:
        """The middle of each lane: neighbours as far apart as their labels and boxes need."""
        count = len(self.content.lanes)
        gaps = [MINIMUM_LANE_GAP] * max(0, count - 1)
        for index in range(count - 1):
            gaps[index] = max(gaps[index], self._half_header(index) + self._half_header(index + 1) + 16)
        for row in self.content.rows:
            if isinstance(row, Note):
                half = _note_block(row).width / 2 + 8
                for index in (row.lane - 1, row.lane):
                    if 0 <= index < count - 1:
                        gaps[index] = max(gaps[index], half + 14)
            elif isinstance(row, Message) and row.target is not None:
                low, high = sorted((row.source, row.target))
                if high - low == 1:
                    gaps[low] = max(gaps[low], _label(row, LABEL_LIMIT).width + 30)
                elif high == low and low < count - 1:
                    gaps[low] = max(gaps[low], _label(row, NOTE_LIMIT).width + 50)
            elif isinstance(row, Message):
                index = row.source if row.source < count - 1 else row.source - 1
                if 0 <= index < count - 1:
                    gaps[index] = max(gaps[index], _label(row, LABEL_LIMIT).width + 40)
        positions = [MARGIN + self._overhang(0)] if count else []
        for gap in gaps:
            positions.append(round(positions[-1] + gap))
        return positions

    def _half_header(self, lane: int) -> float:
        return width(self.content.lanes[lane], "bold", 12) / 2 + 14

    def _overhang(self, lane: int) -> float:
        """How far the boxes of an outermost lane reach beyond it."""
        reach = self._half_header(lane)
        for row in self.content.rows:
            if isinstance(row, Note) and row.lane == lane:
                reach = max(reach, _note_block(row).width / 2 + 8)
            elif isinstance(row, Message) and lane == len(self.content.lanes) - 1 and row.source == lane:
                if row.target == lane or (row.target is None and lane == 0):
                    reach = max(reach, _label(row, NOTE_LIMIT).width + 40)
        return reach

    # --- drawing ----------------------------------------------------------------------------------

    def svg(self) -> str:
        """The whole figure as matplotlib writes it, in placeholder colours."""
        top = MARGIN + sum(line.height for line in self.title) + 10
        start = top + HEADER_HEIGHT
        end = start + ROW_GAP + sum(self._height(row) + ROW_GAP for row in self.content.rows)
        total = end + 12 + sum(line.height for line in self.goal) + MARGIN
        pen = Pen(self.width, total)
        pen.block(Block(tuple(self.title)), MARGIN, MARGIN, "left")
        for index, x in enumerate(self.lanes):
            hostile = index == self.content.attacker
            pen.line([(x, start), (x, end)], Ink.ATTACKER if hostile else Ink.LINE, dashed=True)
        y = start + ROW_GAP
        for row in self.content.rows:
            self._row(pen, row, y)
            y += self._height(row) + ROW_GAP
        for index, x in enumerate(self.lanes):
            self._header(pen, index, x, top)
        pen.line([(MARGIN, end + 2), (self.width - MARGIN, end + 2)], Ink.LINE)
        pen.block(Block(tuple(self.goal)), MARGIN, end + 12, "left")
        return pen.svg()

    def _header(self, pen: Pen, index: int, x: float, top: float) -> None:
        hostile = self.content.lanes[index] == ATTACKER
        half = self._half_header(index) - 2
        ink, ground = (Ink.ATTACKER, Ink.ATTACKER_BOX) if hostile else (Ink.INK, Ink.BOX)
        pen.box(x - half, top, 2 * half, HEADER_HEIGHT, ground, ink if hostile else Ink.LINE, 5)
        pen.block(Block((Line(self.content.lanes[index], "bold", 12, ink),)), x, top + 6, "center")

    def _span(self, row: Message) -> float:
        """The room for the label of a message."""
        if row.target is None:
            return LABEL_LIMIT
        if row.target == row.source:
            return NOTE_LIMIT
        if abs(row.target - row.source) == 1:
            return LABEL_LIMIT
        return min(SPAN_LIMIT, abs(self.lanes[row.target] - self.lanes[row.source]) - 30)

    def _height(self, row: Row) -> float:
        match row:
            case Message():
                return _label(row, self._span(row)).height + (18 if row.target == row.source else 8)
            case Note():
                return _note_block(row).height + 10
            case Divider():
                return 16.0

    def _row(self, pen: Pen, row: Row, y: float) -> None:
        pen.group = f"step-{row.number}"
        match row:
            case Message():
                self._message(pen, row, y)
            case Note():
                self._note(pen, row, y)
            case Divider():
                pen.line([(MARGIN, y + 8), (self.width - MARGIN, y + 8)], Ink.MUTED, dashed=True)
                line = Line(row.text, "sans", 11, Ink.MUTED)
                pen.box(self.width / 2 - line.width / 2 - 6, y, line.width + 12, 16, Ink.CARD, "none", 0)
                pen.block(Block((line,)), self.width / 2, y + 1, "center")
        pen.group = ""

    def _message(self, pen: Pen, row: Message, y: float) -> None:
        label = _label(row, self._span(row))
        colour = Ink.ATTACKER if row.source == self.content.attacker else Ink.INK
        start = self.lanes[row.source]
        tip = y + label.height + 3
        if row.target is None:
            right = row.source < len(self.lanes) - 1 or row.source == 0
            end = start + (label.width + 16) * (1 if right else -1)
            pen.ground(label, (start + end) / 2, y)
            pen.line([(start, tip), (end, tip)], colour)
            pen.dot(end, tip, colour)
            pen.block(label, (start + end) / 2, y, "center")
        elif row.target == row.source:
            pen.line([(start, tip), (start + 26, tip), (start + 26, tip + 10), (start + 8, tip + 10)], colour)
            pen.head(start + 1, tip + 10, -1, colour)
            pen.ground(label, start + 12 + label.width / 2, y)
            pen.block(label, start + 12, y, "left")
        else:
            end = self.lanes[row.target]
            sign = 1 if end > start else -1
            pen.ground(label, (start + end) / 2, y)
            pen.line([(start, tip), (end - 8 * sign, tip)], colour)
            pen.head(end - sign, tip, sign, colour)
            pen.block(label, (start + end) / 2, y, "center")

    def _note(self, pen: Pen, row: Note, y: float) -> None:
        block = _note_block(row)
        ground, edge, radius = {
            "event": (Ink.EVENT_BOX, Ink.EVENT, 9.0),
            "attacker": (Ink.ATTACKER_BOX, Ink.ATTACKER, 2.0),
        }.get(row.kind, (Ink.BOX, Ink.LINE, 2.0))
        x = self.lanes[row.lane]
        pen.box(x - block.width / 2 - 8, y, block.width + 16, block.height + 10, ground, edge, radius)
        pen.block(block, x, y + 4, "center")


@lru_cache(maxsize=1024)
def _label(row: Message, limit: float) -> Block:
    """What stands above an arrow: the message, its fields, the term, what the attacker did with it."""
    lines: list[Line] = []
    lines += lines_of(row.name, limit, "bold", 12, Ink.INK, 2)
    below = ": ".join(part for part in (row.identifier, row.fields) if part)
    lines += lines_of(below, limit, "sans", 11, Ink.MUTED, 2)
    lines += lines_of(row.term, limit, "mono", 10.5, Ink.INK, LINES_OF_A_TERM)
    lines += lines_of(row.remark, limit, "sans", 11, Ink.ATTACKER if row.target is not None else Ink.MUTED, 1)
    return Block(tuple(lines))


@lru_cache(maxsize=1024)
def _note_block(row: Note) -> Block:
    colour = {"event": Ink.EVENT, "attacker": Ink.ATTACKER}.get(row.kind, Ink.MUTED)
    term_colour = Ink.INK if row.kind != "note" else Ink.MUTED
    lines: list[Line] = []
    above = ""
    for heading, term in row.parts:
        face = "bold" if row.kind != "note" else "sans"
        if row.kind == "note":
            lines += lines_of(f"{heading} {term}", NOTE_LIMIT, face, 11, colour, 2)
            continue
        if heading != above:
            lines += lines_of(heading, NOTE_LIMIT, face, 11.5, colour, 2)
        above = heading
        lines += lines_of(term, NOTE_LIMIT, "mono", 10, term_colour, LINES_OF_A_TERM)
    if len(lines) > LINES_OF_COMPUTATION:
        left = len(lines) - LINES_OF_COMPUTATION + 1
        lines = [*lines[: LINES_OF_COMPUTATION - 1], Line(f"and {left} lines more", "sans", 10.5, Ink.MUTED)]
    return Block(tuple(lines))
