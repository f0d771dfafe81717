"""The cell magic `%%pv`: a cell that holds a fragment.

%%pv rcar/kbs uses tls/server, rcar/messages
"""

from __future__ import annotations

import re

from kbspec.errors import FragmentError
from kbspec.specification import FragmentCaption, Specification

_LINE = re.compile(r"(?P<name>\S+)(?:\s+uses\s+(?P<uses>.+))?")
_USAGE = "write %%pv area/part, or %%pv area/part uses area/part, area/part"


def parse_line(line: str) -> tuple[str, tuple[str, ...]]:
    """The name of the fragment and what it uses. Raises FragmentError."""
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise FragmentError(f"cannot read the line %%pv {line.strip()}".rstrip(), advice=_USAGE)
    uses = [name.strip() for name in (match["uses"] or "").split(",")] if match["uses"] else []
    for name in uses:
        if not name or " " in name:
            raise FragmentError(
                f"cannot read the list of what {match['name']} uses: {match['uses']}", advice=_USAGE
            )
    return match["name"], tuple(dict.fromkeys(uses))


def define(specification: Specification, line: str, cell: str) -> FragmentCaption:
    """What `%%pv` does with a cell. Raises FragmentError."""
    name, uses = parse_line(line)
    return specification.fragment(name, cell, uses)
