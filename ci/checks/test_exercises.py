"""The exercises: each solution is accepted, each typical wrong answer is refused in the right words.

The solutions are in `solutions/`, one file for each exercise:

    answer = "..."                 # accepted, and so are those in `also`
    [[wrong]]
    answer = "..."
    says = "..."                   # what the learner is told
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kbspec.exercises.definitions import load
from kbspec.exercises.exercise import Exercise
from kbspec.exercises.workshop import Workshop

ROOT = Path(__file__).parents[2]
EXERCISES = load(ROOT)
TAUGHT = (*(f"{number:02}" for number in range(16)), "90")  # the chapters that have exercises


def _solutions(id: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "solutions" / f"{id}.toml").read_text(encoding="utf-8"))


def _exercise(id: str) -> Exercise:
    return Exercise(EXERCISES[id], Workshop(ROOT))


def test_each_exercise_has_its_solutions_and_each_solution_its_exercise() -> None:
    assert {path.stem for path in (ROOT / "solutions").glob("*.toml")} == set(EXERCISES)
    assert all(len(_solutions(id)["wrong"]) >= 2 for id in EXERCISES)


def test_each_chapter_has_at_least_two() -> None:
    count = Counter([one.chapter for one in EXERCISES.values()])
    assert set(count) == set(TAUGHT) and min(count.values()) >= 2


@pytest.mark.parametrize("id", EXERCISES)
def test_the_chapter_shows_it(id: str) -> None:
    (notebook,) = (ROOT / "notebooks").glob(f"{EXERCISES[id].chapter}-*.ipynb")
    text = notebook.read_text(encoding="utf-8")
    assert f"%%answer {id}\\n" in text and f'spec.exercise(\\"{id}\\")' in text


@pytest.mark.parametrize("id", EXERCISES)
def test_solutions_are_accepted(id: str) -> None:
    solutions = _solutions(id)
    for answer in (solutions["answer"], *solutions.get("also", ())):
        found = _exercise(id).check(answer)
        assert found.right, found


@pytest.mark.parametrize("id", EXERCISES)
def test_wrong_answers_are_refused_in_the_right_words(id: str) -> None:
    for wrong in _solutions(id)["wrong"]:
        found = _exercise(id).check(wrong["answer"])
        assert found.state == "not yet", f"{id} accepts {wrong['answer']}"
        assert wrong["says"] in found.message, f"{id} says {found.message!r} of {wrong['answer']}"


@pytest.mark.parametrize("id", EXERCISES)
def test_no_answer_is_open_and_no_mark_gives_the_solution_away(id: str) -> None:
    assert _exercise(id).check("(* your answer *)").state == "open"
    solution = _solutions(id)["answer"].strip()
    for wrong in _solutions(id)["wrong"]:
        assert solution not in _exercise(id).check(wrong["answer"]).message
    told = "\n".join([EXERCISES[id].task, *EXERCISES[id].hints])
    assert solution not in told
