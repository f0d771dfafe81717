"""What an exercise asks, and the cases that a right answer must pass: `notebooks/exercises.toml`.

    [EX-00-2]
    title = "Say who gets the secret"
    kind = "property"
    minutes = 10
    task = "..."                                  # paragraphs; `code` between backticks
    hints = ["...", "..."]
    fragments = ["toy/guest"]                     # what the models of the cases are made of
    lesson = "..."                                # shown with a right answer

    [[EX-00-2.cases]]
    replace = { "toy/guest" = "..." }             # other text for a fragment
    without = ["CHK-..."]
    assume = ["ASM-..."]
    query = "SEC-TOY"                             # of a property: the learner's
    verdict = "true"
    otherwise = "..."                             # what to tell a learner whose answer has another verdict

The four kinds of exercises:

- property: the answer is one query. It must have the verdict of each case, so it is told from properties
  that say less or more by models in which these have other verdicts.
- protocol: the answer is the text of the fragment `slot`. Each case asks one query of the model with it.
- prediction: the answer is a verdict for each ID in `ask`, in the model of the one case.
- changes: the answer is a smallest set of checks to skip and assumptions to violate, of at least `smallest`,
  such that `breaks` no longer holds and everything in `keeps` still does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kbspec.claims import VERDICTS
from kbspec.errors import SpecificationError, did_you_mean

FILE = Path("notebooks") / "exercises.toml"
KINDS = ("property", "protocol", "prediction", "changes")
_ID = re.compile(r"EX-(?P<chapter>[0-9]{2})-[0-9]+")
_REACHABLE = {"reachable": "false", "unreachable": "true"}


@dataclass(frozen=True, slots=True)
class Case:
    """A model, and what is asked of it. `verdict` is ProVerif's word; empty where the kind needs none.

    `replace` gives other texts of fragments; `query` is the ID of a query of the model, or empty for the
    learner's property.
    """

    fragments: tuple[str, ...]
    replace: Mapping[str, str]
    without: tuple[str, ...]
    assume: tuple[str, ...]
    query: str
    verdict: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Definition:
    """An exercise; the module says what the fields mean. `given` are texts that the learner is shown."""

    id: str
    title: str
    kind: str
    minutes: int
    task: str
    hints: tuple[str, ...]
    lesson: str
    cases: tuple[Case, ...]
    given: Mapping[str, str]
    slot: str
    ask: tuple[str, ...]
    breaks: str
    keeps: tuple[str, ...]
    smallest: int

    @property
    def chapter(self) -> str:
        """The number of the chapter that it belongs to: `02`."""
        match = _ID.fullmatch(self.id)
        assert match is not None
        return match["chapter"]


def load(root: Path) -> dict[str, Definition]:
    """The exercises by ID, in order; none where there is no file.

    Raises SpecificationError for an entry that is not complete.
    """
    path = root / FILE
    if not path.is_file():
        return {}
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecificationError(f"not readable: {error}", where=FILE.as_posix()) from None
    return {id: _definition(id, value) for id, value in document.items()}


def find(root: Path, id: str) -> Definition:
    """One exercise. Raises SpecificationError, with the closest IDs, where there is none of this name."""
    known = load(root)
    if id not in known:
        raise SpecificationError(f"there is no exercise {id}", advice=did_you_mean(id, known))
    return known[id]


def _definition(id: str, value: Any) -> Definition:
    if not _ID.fullmatch(id) or not isinstance(value, dict):
        raise _wrong(id, "an exercise is a table [EX-NN-N]")
    texts = {name: value.get(name, "") for name in ("title", "kind", "task", "lesson", "slot", "breaks")}
    if not all(texts[name] for name in ("title", "task", "lesson")) or not value.get("hints"):
        raise _wrong(id, "an exercise has a title, a task, hints and a lesson")
    if texts["kind"] not in KINDS:
        raise _wrong(id, f"its kind is one of {', '.join(KINDS)}")
    cases = tuple([_case(id, value, one) for one in value.get("cases", [{}])])
    if texts["kind"] in ("property", "protocol") and not all(one.verdict and one.otherwise for one in cases):
        raise _wrong(id, "each case has a verdict, and says otherwise what a wrong answer misses")
    return Definition(
        id, texts["title"], texts["kind"], int(value.get("minutes", 10)), texts["task"].strip(),
        tuple(value["hints"]), texts["lesson"].strip(), cases, value.get("given", {}), texts["slot"],
        tuple(value.get("ask", ())), texts["breaks"], tuple(value.get("keeps", ())),
        int(value.get("smallest", 1)),
    )  # fmt: skip


def _case(id: str, exercise: Mapping[str, Any], value: Mapping[str, Any]) -> Case:
    verdict = value.get("verdict", "")
    verdict = _REACHABLE.get(verdict, verdict)
    if verdict and verdict not in VERDICTS:
        raise _wrong(id, f"{verdict!r} is not a verdict")
    return Case(
        tuple(value.get("fragments", exercise.get("fragments", ()))),
        {**exercise.get("given", {}), **value.get("replace", {})},
        tuple(value.get("without", ())),
        tuple(value.get("assume", ())),
        value.get("query", ""),
        verdict,
        value.get("otherwise", "").strip(),
    )


def _wrong(id: str, message: str) -> SpecificationError:
    return SpecificationError(f"{id}: {message}", where=FILE.as_posix())
