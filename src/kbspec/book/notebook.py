"""The committed form of a notebook: the same bytes from the same cells and outputs.

Times, paths, versions, papermill's notes and random ids go; what was printed piecewise is joined.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import nbformat

from kbspec.claims import with_figures
from kbspec.errors import SpecificationError

Notebook = dict[str, Any]

_CELL_ID = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_LANGUAGE = {"name": "python", "file_extension": ".py", "pygments_lexer": "ipython3"}
# What stays of a cell's metadata; the rest are notes of the program that wrote it.
_KEPT = ("tags", "slideshow", "jupyter")
_FIGURE = re.compile(r'<div class="kbspec-figure" id="figure-([\w-]+)">')


def read_notebook(path: Path) -> Notebook:
    """A notebook, valid and in format 4. Raises SpecificationError where it is neither."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = notebook.get("cells") if isinstance(notebook, dict) else None
        if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
            raise SpecificationError("not a notebook: it has no list of cells", where=path.name)
        if notebook.get("nbformat") != 4:
            raise SpecificationError("not a notebook in format 4", where=path.name)
        prepared = with_ids(notebook, path.stem)
        nbformat.validate(prepared)
        # Read once more by nbformat, which joins the lines of each text.
        result: Notebook = nbformat.reads(json.dumps(prepared), as_version=4)
    except (ValueError, nbformat.ValidationError) as error:
        raise SpecificationError(f"not a notebook: {error}", where=path.name) from None
    return result


def with_ids(notebook: Notebook, name: str) -> Notebook:
    """The notebook with an id for each cell: the one it has, else one made from its place and source."""
    result = copy.deepcopy(notebook)
    result["nbformat_minor"] = 5
    seen: set[str] = set()
    for index, cell in enumerate(result.get("cells", [])):
        identifier = cell.get("id")
        if not isinstance(identifier, str) or not _CELL_ID.fullmatch(identifier) or identifier in seen:
            source = "".join(cell.get("source", ""))
            digest = hashlib.sha256(f"{name}\0{index}\0{source}".encode()).hexdigest()
            identifier = digest[:12]
        seen.add(identifier)
        cell["id"] = identifier
    return result


def normalised(notebook: Notebook) -> Notebook:
    """The notebook as it is committed."""
    result = copy.deepcopy(notebook)
    result["metadata"] = {"kernelspec": dict(_KERNEL), "language_info": dict(_LANGUAGE)}
    count = 0
    for cell in result["cells"]:
        cell["metadata"] = {key: cell["metadata"][key] for key in _KEPT if cell.get("metadata", {}).get(key)}
        if cell["cell_type"] != "code":
            continue
        count += 1
        cell["execution_count"] = count
        cell["outputs"] = _outputs(cell["outputs"], count)
    _link_figures(result)
    return result


def _link_figures(notebook: Notebook) -> None:
    """Verdicts lead to the figures of the same notebook."""
    pages = [
        output["data"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    figures = {name for page in pages for name in _FIGURE.findall(_joined(page["text/html"]))}
    for page in pages:
        before = _joined(page["text/html"])
        after = with_figures(before, figures)
        if after != before:
            page["text/html"] = after


def _outputs(outputs: list[Notebook], count: int) -> list[Notebook]:
    """Streams joined as they came, widgets (which live only in a session) left out."""
    kept: list[Notebook] = []
    for output in outputs:
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
            continue
        if "execution_count" in output:
            output["execution_count"] = count
        if (
            output["output_type"] == "stream"
            and kept
            and kept[-1]["output_type"] == "stream"
            and kept[-1]["name"] == output["name"]
        ):
            kept[-1]["text"] = _joined(kept[-1]["text"]) + _joined(output["text"])
        else:
            kept.append(output)
    return kept


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def to_text(notebook: Notebook) -> str:
    """A notebook as text, in the layout that Jupyter writes, one trailing newline."""
    return str(nbformat.writes(nbformat.from_dict(notebook), version=4)).rstrip("\n") + "\n"
