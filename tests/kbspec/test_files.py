from __future__ import annotations

import os
from pathlib import Path

import pytest

from kbspec.errors import SpecificationError
from kbspec.files import find_root, write_atomically


def test_a_file_is_written_with_its_directories(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.pv"
    assert write_atomically(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"
    assert path.stat().st_mode & 0o777 == 0o644


def test_an_unchanged_file_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "b.pv"
    write_atomically(path, "a")
    os.utime(path, (1, 1))
    assert not write_atomically(path, "a")
    assert path.stat().st_mtime == 1


@pytest.mark.parametrize("broken", ["replace", "chmod"])
def test_a_failure_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "b.pv"
    path.write_text("old")

    def fail(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_root_is_found_upwards(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_root(tmp_path / "a" / "b") == tmp_path.resolve()


def test_outside_a_clone_there_is_no_root(tmp_path: Path) -> None:
    with pytest.raises(SpecificationError, match="no pyproject.toml") as caught:
        find_root(tmp_path)
    assert "inside a clone" in str(caught.value)
