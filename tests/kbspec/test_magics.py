from __future__ import annotations

import pytest

from kbspec.errors import FragmentError
from kbspec.magics import parse_line


@pytest.mark.parametrize(
    ("line", "name", "uses"),
    [
        ("rcar/kbs", "rcar/kbs", ()),
        (
            "  rcar/kbs uses tls/server, rcar/messages ,tls/server",
            "rcar/kbs",
            ("tls/server", "rcar/messages"),
        ),
    ],
)
def test_lines(line: str, name: str, uses: tuple[str, ...]) -> None:
    assert parse_line(line) == (name, uses)


@pytest.mark.parametrize("line", ["", "a/b use c/d", "a/b c/d", "a/b uses c/d e/f", "a/b uses c/d,"])
def test_broken_lines(line: str) -> None:
    with pytest.raises(FragmentError) as caught:
        parse_line(line)
    assert "write %%pv area/part" in str(caught.value)
