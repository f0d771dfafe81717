from __future__ import annotations

from pathlib import Path

import pytest
from tests.kbspec.exercises.lessons import LESSONS, write_lessons

from kbspec.errors import SpecificationError
from kbspec.exercises.definitions import find, load


def test_exercises_in_order(project: Path) -> None:
    write_lessons(project)
    found = load(project)
    assert list(found) == ["EX-01-1", "EX-01-2", "EX-01-3", "EX-01-4"]
    assert found["EX-01-1"].chapter == "01"
    first, second = found["EX-01-3"].cases
    assert (first.verdict, second.verdict) == ("true", "false")  # reachable, in ProVerif's words
    assert found["EX-01-2"].cases[1].replace["knock/door"] != found["EX-01-2"].given["knock/door"]


def test_no_file_no_exercises(project: Path) -> None:
    assert load(project) == {}


def test_an_unknown_exercise(project: Path) -> None:
    write_lessons(project)
    with pytest.raises(SpecificationError, match="no exercise EX-01-9") as caught:
        find(project, "EX-01-9")
    assert "EX-01-4" in str(caught.value.advice)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[EX-01-1]", "[EX-ONE]", "a table"),
        ('kind = "prediction"', 'kind = "guess"', "its kind is one of"),
        ('title = "Predict"', 'title = ""', "has a title"),
        ('hints = ["One way in asks twice."]', "hints = []", "has a title"),
        ('verdict = "reachable"', 'verdict = "yes"', "'yes' is not a verdict"),
        ('otherwise = "The door never opens."', "", "says otherwise"),
        ("[EX-01-1]", "[EX-01-1", "not readable"),
    ],
)
def test_what_is_not_complete(project: Path, old: str, new: str, said: str) -> None:
    write_lessons(project, LESSONS.replace(old, new, 1))
    with pytest.raises(SpecificationError, match=said):
        load(project)
