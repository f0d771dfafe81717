"""A fragment or a model as highlighted text: JupyterLab highlights the cells of a notebook as Python only."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import lru_cache

from pygments import highlight
from pygments.formatters import HtmlFormatter

from kbspec.lexer import ProVerifLexer


@dataclass(frozen=True, slots=True)
class Listing:
    """ProVerif text under a title, in JupyterLab with the colours of its editor, else the page's."""

    title: str
    text: str

    def _repr_html_(self) -> str:
        body = highlight(self.text, ProVerifLexer(stripnl=False), HtmlFormatter(cssclass="highlight"))
        return (
            f'<div class="kbspec-listing"><style>{_editor_colours()}</style>\n'
            f"<p><code>{html.escape(self.title)}</code></p>\n{body}</div>"
        )

    def __repr__(self) -> str:
        return f"{self.title}\n{self.text.rstrip()}"


@lru_cache(maxsize=1)
def _editor_colours() -> str:
    """The style of JupyterLab's editor, whose colours are variables of its theme; for JupyterLab only."""
    from jupyterlab_pygments import JupyterStyle  # type: ignore[import-untyped]

    scope = "[data-jp-theme-light] .kbspec-listing .highlight"
    rules = HtmlFormatter(style=JupyterStyle, cssclass="highlight").get_token_style_defs(scope)
    return "".join(rule.partition(" /*")[0] for rule in rules)
