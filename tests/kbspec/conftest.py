"""A project in a temporary directory, and a tiny protocol in three fragments."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from kbspec.specification import Specification

BIBLIOGRAPHY = """\
[NOTE]
title = "A note on knocking"
version = "1"
url = "https://example.org/note"

[code]
title = "The knocker"
version = "abc"
url = "https://example.org/knocker"
commit = "0123abc"
"""

BASE = dedent(
    """\
    free net: channel.
    type key.
    fun senc(bitstring, key): bitstring.
    reduc forall m: bitstring, k: key; sdec(senc(m, k), k) = m.
    event Opened(bitstring).
    """
)

DOOR = dedent(
    """\
    let Door(k: key, room: bitstring) =
      new nonce: bitstring;
      (*@step KNOCK-1 Door -> Guest "Challenge" [NOTE Knock] nonce *)
      out(net, nonce);
      (*@step KNOCK-2 Guest -> Door "Answer" [NOTE Knock] nonce under the key *)
      in(net, answer: bitstring);
      (*@check CHK-NONCE [NOTE Knock; code src/door.rs:open] The answer holds this door's nonce. *)
      if answer = senc(nonce, k) then
      event Opened(nonce);
      out(net, room).
    """
)

SYSTEM = dedent(
    """\
    free room: bitstring [private].
    (*@query SEC-ROOM [NOTE Room] What is behind the door is never known to the attacker. *)
    query attacker(room).
    (*@query SAN-OPEN [NOTE Room] The door can open. *)
    query n: bitstring; event(Opened(n)).
    process
      new k: key;
      ( (! Door(k, room))
      | (*@assume ASM-KEY-SAFE [NOTE Key] The key stays with its owner. *)
        if false then out(net, k) )
    """
)


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test keeps its proofs in its own project, whatever the developer's settings."""
    monkeypatch.delenv("KBSPEC_CACHE", raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The root of a project with a bibliography."""
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "bibliography.toml").write_text(BIBLIOGRAPHY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def spec(project: Path) -> Specification:
    """Chapter 01-knock of that project, with the fragments knock/base, knock/door and knock/system."""
    specification = Specification()
    specification.chapter("01-knock", project)
    specification.fragment("knock/base", BASE)
    specification.fragment("knock/door", DOOR, ("knock/base",))
    specification.fragment("knock/system", SYSTEM, ("knock/door",))
    return specification
