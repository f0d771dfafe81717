"""Files that are not what they should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliedpi.errors import InputError
from appliedpi.syntax import MAXIMUM_SIZE, read_source


def failure(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_source(path)
    return caught.value


def test_text_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.pv"
    path.write_bytes("(* é *)\r\ntype t.\n".encode())
    assert read_source(path) == "(* é *)\r\ntype t.\n"
    assert read_source(str(path)) == read_source(path)


@pytest.mark.parametrize(
    ("content", "line", "column", "excerpt"),
    [
        (b"type t.\n(* \xe9 *)\n", 2, 4, "(* \ufffd *)"),
        (b"\xff\xfet\x00", 1, 1, "\ufffd\ufffdt\x00"),
        ("(* é".encode() + b"\xc3", 1, 5, "(* é\ufffd"),
        (b"a\r\nb\rc\xa0\xa0d\re", 3, 2, "c\ufffd\ufffdd"),
    ],
)
def test_not_utf8(tmp_path: Path, content: bytes, line: int, column: int, excerpt: str) -> None:
    path = tmp_path / "a.pv"
    path.write_bytes(content)
    error = failure(path)
    assert str(error.place) == f"{path}:{line}:{column}"
    assert "is not UTF-8" in error.message
    assert error.source_line == excerpt
    assert error.advice == "save the file as UTF-8"


def test_size(tmp_path: Path) -> None:
    path = tmp_path / "a.pv"
    path.write_bytes(b"\n" * MAXIMUM_SIZE)
    assert len(read_source(path)) == MAXIMUM_SIZE
    path.write_bytes(b"\n" * (MAXIMUM_SIZE + 1))
    assert failure(path).message == f"the file has more than {MAXIMUM_SIZE} bytes"


def test_endless_device() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("no /dev/zero here")
    assert "more than" in failure(Path("/dev/zero")).message


def test_missing_or_a_folder(tmp_path: Path) -> None:
    missing = tmp_path / "none.pv"
    error = failure(missing)
    assert str(error) == f"{missing}:1:1: error: cannot read the file: No such file or directory"
    assert "cannot read the file: Is a directory" in failure(tmp_path).message


def test_impossible_name() -> None:
    assert "cannot read the file" in failure(Path("a\0b")).message
