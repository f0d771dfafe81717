from __future__ import annotations

import io
import sys
from typing import Any

import IPython.core.getipython
import pytest

from appliedpi.limits import Progress
from kbspec.progress import progress_bar, somebody_watches


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Shell:
    """A kernel's shell that executes a request with this metadata."""

    kernel = object()

    def __init__(self, metadata: dict[str, Any]) -> None:
        self.metadata = metadata

    def get_parent(self) -> dict[str, Any]:
        return {"metadata": self.metadata}


@pytest.mark.parametrize(("metadata", "watches"), [({"cellId": "a1", "deletedCells": []}, True), ({}, False)])
def test_in_a_kernel_the_request_tells(
    monkeypatch: pytest.MonkeyPatch, metadata: dict[str, Any], watches: bool
) -> None:
    monkeypatch.setattr(IPython.core.getipython, "get_ipython", lambda: Shell(metadata))
    assert somebody_watches() is watches


def test_outside_a_kernel_the_terminal_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert not somebody_watches()
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert somebody_watches()


def test_nothing_is_written_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_bar("rcar") as progress:
        assert progress is None
    assert stream.getvalue() == ""


def test_the_bar_takes_what_the_verifier_says(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_bar("rcar", delay=0) as progress:
        assert progress is not None
        progress(Progress("saturate", None, clauses=12, queue=3))
        progress(Progress("prove", "SEC-A", clauses=12))
    assert "rcar" in stream.getvalue()
    assert stream.getvalue().rsplit("\r", 1)[-1].strip() == ""
