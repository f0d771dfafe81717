"""One table, two media: a semantic HTML table for notebooks and the book, aligned text for terminals."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

_LEFT = ' style="text-align:left"'


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` for terminals and, escaped, for HTML unless `markup` is given; `css` is its class."""

    text: str
    markup: str | None = None
    css: str = ""

    def to_html(self, element: str = "td") -> str:
        # JupyterLab aligns every cell to the right, as if all were numbers.
        attributes = (f' class="{self.css}"' if self.css else "") + _LEFT
        scope = ' scope="row"' if element == "th" else ""
        content = html.escape(self.text) if self.markup is None else self.markup
        return f"<{element}{scope}{attributes}>{content}</{element}>"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under `columns`; the first cell of a row is its heading. `row_ids` are ids to link to."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    css: str
    row_ids: tuple[str, ...] = ()
    note: str = ""  # HTML, below the table

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col"{_LEFT}>{html.escape(column)}</th>' for column in self.columns)
        lines = [f'<table class="{self.css}">', f"<caption>{html.escape(self.caption)}</caption>"]
        lines += [f"<thead><tr>{heads}</tr></thead>", "<tbody>"]
        for index, row in enumerate(self.rows):
            identity = f' id="{html.escape(self.row_ids[index], quote=True)}"' if self.row_ids else ""
            cells = "".join(cell.to_html("td" if place else "th") for place, cell in enumerate(row))
            lines.append(f"<tr{identity}>{cells}</tr>")
        lines += ["</tbody>", "</table>"]
        if self.note:
            lines.append(self.note)
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"{self.caption}\n" + aligned(
            [self.columns, *([cell.text for cell in row] for row in self.rows)]
        )


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to their widest entry; the first row is underlined."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def show(table: object) -> None:
    """Show a table in the notebook, above the error that follows it."""
    try:
        from IPython.core.getipython import get_ipython
        from IPython.display import display
    except ImportError:
        return
    if get_ipython() is not None:
        display(table)  # type: ignore[no-untyped-call]
