"""A project with one exercise of each kind about the door of `tests/kbspec/conftest.py`."""

from __future__ import annotations

from pathlib import Path

from kbspec.exercises.definitions import find
from kbspec.exercises.exercise import Exercise
from kbspec.exercises.workshop import Workshop
from kbspec.specification import Specification

LESSONS = '''
[EX-01-1]
title = "Predict"
kind = "prediction"
fragments = ["knock/system"]
ask = ["SEC-ROOM", "SAN-OPEN"]
task = "Predict `SEC-ROOM`."
hints = ["Who can read what the door sends?"]
lesson = "The door tells everybody."

[EX-01-2]
title = "State"
kind = "property"
fragments = ["knock/system"]
task = "State that the door opens for a nonce only where it was given a nonce."
hints = ["Before `==>` stands what happened last."]
lesson = "An agreement."

[EX-01-2.given]
"knock/door" = """
event Asked(bitstring).
let Door(k: key, room: bitstring) =
  new nonce: bitstring;
  out(net, nonce);
  event Asked(nonce);
  in(net, =nonce);
  event Opened(nonce).
"""

[[EX-01-2.cases]]
verdict = "true"
otherwise = "It holds in the model."

[[EX-01-2.cases]]
verdict = "false"
otherwise = "Your property does not say for which nonce."
[EX-01-2.cases.replace]
"knock/door" = """
event Asked(bitstring).
let Door(k: key, room: bitstring) =
  new nonce: bitstring;
  new other: bitstring;
  event Asked(other);
  event Opened(nonce).
"""

[EX-01-3]
title = "Repair"
kind = "protocol"
fragments = ["knock/system"]
slot = "knock/door"
task = "Repair the door: the room may not get out, and it must be able to open."
hints = ["To whom does it send the room?"]
lesson = "Say it under the key."

[[EX-01-3.cases]]
query = "SEC-ROOM"
verdict = "true"
otherwise = "The attacker reads the room."

[[EX-01-3.cases]]
query = "SAN-OPEN"
verdict = "reachable"
otherwise = "The door never opens."

[EX-01-4]
title = "Find"
kind = "changes"
fragments = ["vault/system"]
breaks = "SEC-GOLD"
smallest = 2
task = "Which two changes lose the gold together?"
hints = ["One way in asks twice."]
lesson = "Each covers for the other."
'''


def exercise(spec: Specification, id: str) -> Exercise:
    """An exercise of chapter 01-knock, whose fragments `spec` has."""
    assert spec.registry is not None
    root = spec.registry.root
    write_lessons(root)
    return Exercise(find(root, id), Workshop(root, spec.registry.defined))


def write_lessons(root: Path, text: str = LESSONS) -> None:
    """Write `notebooks/exercises.toml`."""
    (root / "notebooks" / "exercises.toml").write_text(text, encoding="utf-8")
