"""Pygments lexer for ProVerif's typed language, and for notebook cells that hold a fragment.

Structured comments (`(*@query ... *)`) are highlighted as such: their kind as a decorator, their ID as a
label. Registered under the entry point `pygments.lexers`.

The editor of JupyterLab has the same words in `jupyter/labextensions/kbspec-proverif`.
"""

from __future__ import annotations

from collections.abc import Iterator

from pygments.formatters import HtmlFormatter
from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import (
    Comment,
    Generic,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
)  # fmt: skip
from pygments.util import ClassNotFound

DECLARATIONS = (
    "axiom", "channel", "clauses", "const", "def", "elimtrue", "equation", "equivalence", "event", "expand",
    "forall", "free", "fun", "lemma", "letfun", "letproba", "nounif", "noselect", "not", "noninterf", "param",
    "pred", "proba", "process", "proof", "query", "reduc", "restriction", "secret", "select", "set", "table",
    "type", "weaksecret", "implementation",
)  # fmt: skip
STATEMENTS = (
    "among", "choice", "diff", "do", "else", "fail", "foreach", "get", "if", "in", "inj-event", "insert",
    "let", "new", "or", "otherwise", "out", "phase", "public_vars", "suchthat", "sync", "then", "yield",
    "attacker", "mess", "for",
)  # fmt: skip
TYPES = ("bitstring", "bool", "nat", "time")
CONSTANTS = ("true", "false", "is_nat")


class ProVerifLexer(RegexLexer):  # type: ignore[misc]  # Pygments ships no types
    """ProVerif 2.05, typed front end."""

    name = "ProVerif"
    aliases = ["proverif", "pv"]
    filenames = ["*.pv", "*.pvl"]
    mimetypes = ["text/x-proverif"]
    url = "https://proverif.inria.fr"
    version_added = ""

    tokens = {
        "root": [
            (r"\s+", Whitespace),
            (
                r"(\(\*)(@[A-Za-z]+)(\s+)([A-Za-z][\w-]*)",
                bygroups(Comment.Special, Name.Decorator, Whitespace, Name.Label),
                "tag",
            ),
            (r"\(\*", Comment.Multiline, "comment"),
            (r'"(?:[^"\\\n]|\\.)*"', String.Double),
            (words(DECLARATIONS, prefix=r"(?<![\w'])", suffix=r"(?![\w'])"), Keyword.Declaration),
            (words(STATEMENTS, prefix=r"(?<![\w'])", suffix=r"(?![\w'-])"), Keyword),
            (words(TYPES, prefix=r"(?<![\w'])", suffix=r"(?![\w'])"), Keyword.Type),
            (words(CONSTANTS, prefix=r"(?<![\w'])", suffix=r"(?![\w'])"), Keyword.Constant),
            (r"(:)(\s*)([A-Za-z][\w']*)", bygroups(Punctuation, Whitespace, Keyword.Type)),
            (r"[A-Za-z_][\w']*(?=\s*\()", Name.Function),
            (r"[A-Za-z_@][\w']*", Name),
            (r"[0-9]+", Number.Integer),
            (r"==>|<->|<-R|<-|->|<=|>=|<>|&&|\|\||[=<>+\-!|*]", Operator),
            (r"[()\[\]{},;.:/]", Punctuation),
            (r".", Text),
        ],
        "comment": [
            (r"[^(*]+", Comment.Multiline),
            (r"\(\*", Comment.Multiline, "#push"),
            (r"\*\)", Comment.Multiline, "#pop"),
            (r"[(*]", Comment.Multiline),
        ],
        "tag": [
            (r"\*\)", Comment.Special, "#pop"),
            (r"\[[^\]\n]*\]", Generic.Emph),
            (r'"[^"\n]*"', String.Double),
            (r"->", Operator),
            (r"\s+", Whitespace),
            (r"[^\[\"*\-\s]+", Comment.Special),
            (r".", Comment.Special),
        ],
    }


class FragmentCellLexer(RegexLexer):  # type: ignore[misc]  # Pygments ships no types
    """A notebook cell: ProVerif below a `%%pv` line; any other cell as IPython."""

    name = "Jupyter cell with ProVerif"
    aliases = ["ipython-proverif"]
    filenames: list[str] = []
    version_added = ""
    tokens = {"root": [(r".+|\n", Text)]}

    def get_tokens_unprocessed(
        self, text: str, stack: tuple[str, ...] = ("root",)
    ) -> Iterator[tuple[int, object, str]]:
        if not is_fragment(text):
            yield from _python_lexer().get_tokens_unprocessed(text)
            return
        first, newline, body = text.partition("\n")
        magic, space, rest = first.partition(" ")
        yield 0, Operator, magic
        yield len(magic), Whitespace, space
        yield len(magic) + len(space), Name.Namespace, rest
        offset = len(first)
        yield offset, Whitespace, newline
        for index, kind, value in ProVerifLexer(**self.options).get_tokens_unprocessed(body):
            yield offset + len(newline) + index, kind, value


def is_fragment(source: str) -> bool:
    """Whether the source of a cell is a fragment."""
    return source.startswith("%%pv") and source[4:5] in ("", " ", "\n", "\t")


def highlight_cell(source: str) -> str:
    """A cell's source as HTML, `<div class="highlight hl-ipython3"><pre>...`, as nbconvert writes it."""
    from pygments import highlight

    formatter = HtmlFormatter(cssclass=" highlight hl-ipython3")
    rendered: str = highlight(source, FragmentCellLexer(stripnl=False), formatter)
    return rendered


def highlight_model(text: str) -> str:
    """A whole model as highlighted HTML; each line has the id `line-N`."""
    from pygments import highlight

    formatter = HtmlFormatter(cssclass="highlight", linenos="inline", lineanchors="line", anchorlinenos=True)
    rendered: str = highlight(text, ProVerifLexer(stripnl=False), formatter)
    return rendered


def _python_lexer() -> RegexLexer:
    from pygments.lexers import get_lexer_by_name

    try:
        return get_lexer_by_name("ipython3")
    except ClassNotFound:
        return get_lexer_by_name("python3")
