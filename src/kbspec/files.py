"""Where the project is, and its generated files: written to a temporary file first, then renamed."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from kbspec.errors import SpecificationError


def find_root(start: Path | None = None) -> Path:
    """The directory with `pyproject.toml`, at or above `start` (the working directory)."""
    here = (start or Path.cwd()).resolve()
    for directory in (here, *here.parents):
        if (directory / "pyproject.toml").is_file():
            return directory
    raise SpecificationError(
        "no pyproject.toml in the working directory or above it",
        advice="open the notebook from inside a clone of the repository",
    )


def write_atomically(path: Path, text: str) -> bool:
    """Write `text` (UTF-8, `\\n`) so that the file has its old or its new content, never a part of it.

    An unchanged file is not touched. Returns whether it was written.
    """
    data = text.encode("utf-8")
    try:
        if path.read_bytes() == data:
            return False
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)  # mkstemp makes it private; a generated file is like any other
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def to_json(document: Any) -> str:
    """The layout of every JSON file in `pv/` and `build/`."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read_json(path: Path) -> Any:
    """What `to_json` wrote. Raises SpecificationError where it did not write this."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SpecificationError(
            f"not a file that kbspec wrote: {error}",
            where=str(path),
            advice="delete it and build the book again",
        ) from None
