"""What every picture of the book has in common: colours, theme, title and description, form on disk.

A drawing library draws with the placeholder colours of `Ink`; `finish` replaces them by classes of one style
sheet, so that a picture follows the page it stands in (the HTML book, JupyterLab, VS Code) and, alone, the
reader's system. Everything that could differ between two runs (ids, dates, trailing digits) is removed there
too: the same picture has the same bytes everywhere.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, unquote

from kbspec.files import write_atomically

SVG = "{http://www.w3.org/2000/svg}"
# Fonts as wide as Arial or narrower come first: Graphviz measures with its metric twin, matplotlib with the
# wider DejaVu, so what was measured to fit does fit.
SANS = "Arial,'Liberation Sans',Arimo,Helvetica,'DejaVu Sans',sans-serif"
MONO = "Menlo,Consolas,'Liberation Mono','DejaVu Sans Mono',monospace"


class Ink:
    """Placeholder colours, one for each role a colour plays; `finish` turns them into CSS classes."""

    CARD = "#010101"
    INK = "#010102"
    MUTED = "#010103"
    LINE = "#010104"
    BOX = "#010105"
    ATTACKER = "#010106"
    ATTACKER_BOX = "#010107"
    EVENT = "#010108"
    EVENT_BOX = "#010109"
    TRUSTED = "#01010a"
    TRUSTED_BOX = "#01010b"


# role: (light, dark). Each pair of text and ground has a contrast of at least 4.5.
_COLOURS: Mapping[str, tuple[str, str]] = {
    "card": ("#ffffff", "#161b22"),
    "ink": ("#1f2328", "#e6edf3"),
    "muted": ("#57606a", "#9aa4af"),
    "line": ("#8c959f", "#6e7681"),
    "box": ("#f3f5f8", "#222933"),
    "attacker": ("#a8201a", "#ff9a91"),
    "attacker-box": ("#fdeeec", "#3c1d1c"),
    "event": ("#0a4f96", "#8cc4ff"),
    "event-box": ("#eaf2fb", "#172c45"),
    "trusted": ("#116329", "#7ee0a0"),
    "trusted-box": ("#eaf7ee", "#15301f"),
}
_CLASSES = {
    value: name.lower().replace("_", "-") for name, value in vars(Ink).items() if not name.startswith("_")
}


def theme_variables(dark: bool) -> str:
    """The colours of a theme as CSS custom properties (`--k-ink:#1f2328;...`)."""
    return "".join(f"--k-{name}:{pair[dark]};" for name, pair in _COLOURS.items())


def style_sheet() -> str:
    """The style sheet inside each picture: its own ground, light unless the page or the system is dark."""
    dark = theme_variables(True)
    rules = [
        f".kbspec-svg{{{theme_variables(False)}}}",
        f"[data-jp-theme-light=false] .kbspec-svg,[data-theme=dark] .kbspec-svg,"
        f".vscode-dark .kbspec-svg{{{dark}}}",
        # `:root` holds only where the picture is a document of its own: a page has its own switch.
        f"@media (prefers-color-scheme:dark){{.kbspec-svg:root{{{dark}}}}}",
    ]
    for name, (light, _) in _COLOURS.items():
        for letter, what in (("f", "fill"), ("s", "stroke")):
            rules.append(f".kbspec-svg .{letter}-{name}{{{what}:{light};{what}:var(--k-{name})}}")
    rules.append(f".kbspec-svg text{{font-family:{SANS};white-space:pre}}")
    rules.append(f".kbspec-svg .mono{{font-family:{MONO}}}")
    # A label that a line may cross keeps free ground around its letters.
    halo = "paint-order:stroke;stroke:var(--k-card);stroke-width:4px;stroke-linejoin:round"
    rules.append(f".kbspec-svg .halo{{{halo}}}")
    return "\n".join(rules)


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished picture: `svg` is the whole picture, `listing` the same thing in words.

    `source` is the graph it was drawn from, as DOT, and `suffix` the file name extension of that; what
    charts and matrices are drawn from is in `pv/`. `repr()` is the listing, under the heading `summary`, for
    terminals and for readers who do not see the picture.
    """

    title: str
    description: str
    svg: str
    listing: str
    source: str = ""
    suffix: str = ""
    summary: str = "The picture in words"

    def image(self) -> str:
        """The picture as an image.

        JupyterLab and GitHub take an <svg> element out of a notebook that was executed elsewhere, and leave
        its text. `inlined` puts it back where the page can be trusted.
        """
        return f'<img alt="{escape(self.title)}" src="{_DATA + quote(self.svg, safe=_KEPT)}">'

    def _repr_html_(self) -> str:
        return (
            f'<figure class="kbspec-chart">\n{self.image()}\n'
            f"<figcaption>{escape(self.description)}</figcaption>\n"
            f"<details><summary>{self.summary}</summary><pre>{escape(self.listing)}</pre></details>\n"
            "</figure>"
        )

    def __repr__(self) -> str:
        return self.listing

    def save(self, stem: Path) -> None:
        """Write `stem.svg` and the source it has beside it, each file whole or not at all."""
        for suffix, text in ((self.suffix, self.source), (".svg", self.svg)):
            if suffix:
                write_atomically(stem.parent / (stem.name + suffix), text)


_DATA = "data:image/svg+xml,"
_KEPT = " /:;,.=()-_!*@$[]{}'~+\n"
_IMAGE = re.compile(rf'<img alt="[^"]*" src="{re.escape(_DATA)}([^"]*)"\s*/?>')


def inlined(page: str) -> str:
    """HTML with each picture of this module as an element of the page, which then follows its theme."""
    return _IMAGE.sub(lambda match: unquote(match[1]), page)


def finish(
    drawn: str, *, title: str, description: str, listing: str, tooltips: Mapping[str, str] | None = None
) -> str:
    """The book's form of a drawn SVG.

    `drawn` is what matplotlib or Graphviz wrote. `tooltips` gives, for the id of a group, the sentence that
    a pointer held over it shows. Raises ElementTree.ParseError where `drawn` is not XML.
    """
    root = ElementTree.fromstring(drawn)
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "edge":
            for text in group.iter(f"{SVG}text"):
                text.set("class", "halo")
    _, _, width, height = (float(number) for number in root.attrib["viewBox"].split())
    body = _children(root, tooltips or {})
    # The ids must differ between two pictures on one page and agree between two runs.
    digest = hashlib.sha256(f"{title}\0{description}\0{body}".encode()).hexdigest()[:10]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kbspec-svg" role="img" '
        f'aria-labelledby="t-{digest} d-{digest}" width="{_short(width)}" height="{_short(height)}" '
        f'viewBox="0 0 {_short(width)} {_short(height)}">\n'
        f'<title id="t-{digest}">{_text(title)}</title>\n'
        f'<desc id="d-{digest}">{_text(description)}\n{_text(listing)}</desc>\n'
        f"<style>\n{style_sheet()}\n</style>\n"
        f'<rect class="f-card" width="{_short(width)}" height="{_short(height)}" rx="6"/>\n'
        f"{body}</svg>\n"
    )


def _children(parent: ElementTree.Element, tooltips: Mapping[str, str]) -> str:
    """The elements in `parent`; neighbours with the same id become one group with one tooltip."""
    pieces: list[str] = []
    for identifier, group in groupby(parent, key=lambda child: child.attrib.get("id", "")):
        body = "".join(_element(child, tooltips) for child in group)
        hint = tooltips.get(identifier)
        pieces.append(f"<g><title>{_text(hint)}</title>\n{body}</g>\n" if hint and body else body)
    return "".join(pieces)


def _element(element: ElementTree.Element, tooltips: Mapping[str, str]) -> str:
    """One element and what is in it, with classes for colours and short numbers."""
    tag = element.tag.removeprefix(SVG)
    if tag in ("g", "a"):
        transform = _numbers(element.attrib.get("transform", "")).replace("scale(1 1) rotate(0) ", "")
        late = [text for child in element if child.get("class") == "cluster" for text in _take_texts(child)]
        body = _children(element, tooltips) + "".join(_element(text, tooltips) for text in late)
        return f'<g transform="{transform}">\n{body}</g>\n' if transform and body else body
    if tag not in ("path", "polygon", "ellipse", "text", "polyline"):
        return ""
    properties = {**element.attrib, **_declarations(element.attrib.get("style", ""))}
    classes = [
        f"{letter}-{_CLASSES[properties[what]]}"
        for letter, what in (("f", "fill"), ("s", "stroke"))
        if properties.get(what) in _CLASSES
    ]
    if tag == "text" and "Mono" in properties.get("font-family", ""):
        classes.append("mono")
    if element.get("class") == "halo":
        classes.append("halo")
    fill, stroke = properties.get("fill"), properties.get("stroke", "none")
    if tag != "text" and fill in (None, "none", "transparent") and stroke in ("none", "transparent"):
        return ""  # an invisible background
    kept: dict[str, str] = {}
    if fill in ("none", "transparent"):
        kept["fill"] = "none"
    for name in ("d", "points", "x", "y", "cx", "cy", "rx", "ry"):
        if name in properties:
            kept[name] = _numbers(properties[name])
    for name in ("stroke-width", "stroke-dasharray", "text-anchor", "font-weight", "font-style"):
        if properties.get(name) not in (None, "normal", "start"):
            kept[name] = _numbers(properties[name])
    if tag == "text":
        if _TURNED.match(properties.get("transform", "")):
            kept["transform"] = _numbers(properties["transform"])
        kept["font-size"] = _numbers(properties["font-size"].removesuffix("px"))
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
    mark = f' class="{" ".join(classes)}"' if classes else ""
    content = _text(element.text or "") if tag == "text" else ""
    return f"<{tag}{mark}{attributes}>{content}</{tag}>\n" if content else f"<{tag}{mark}{attributes}/>\n"


def _take_texts(cluster: ElementTree.Element) -> list[ElementTree.Element]:
    """The title of a Graphviz cluster, taken out of it: it is drawn last, above the edges that cross it."""
    texts = cluster.findall(f".//{SVG}text")
    for parent in cluster.iter():
        for text in texts:
            if text in list(parent):
                parent.remove(text)
    for text in texts:
        text.set("class", "halo")
    return texts


def _declarations(style: str) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in style.split(";") if ":" in part)
    return {name.strip(): value.strip() for name, value in pairs}


_TURNED = re.compile(r"rotate\(-?[1-9]")  # matplotlib writes rotate(-0 ...) for what is not turned
_NUMBER = re.compile(r"-?\d+\.\d+")


def _numbers(text: str) -> str:
    """White space folded, numbers rounded to a tenth: less than a screen shows, more than machines differ."""
    return _NUMBER.sub(lambda match: _short(float(match[0])), " ".join(text.split()))


def _short(number: float) -> str:
    rounded = round(number, 1) + 0.0  # + 0.0 turns -0.0 into 0.0
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def _text(text: str) -> str:
    return escape(text, quote=False)
