from __future__ import annotations

from pathlib import Path

import pytest

from kbspec.errors import FragmentError, SpecificationError
from kbspec.generated import begin, chapters, emit, executed, note, remove, stale, written
from kbspec.specification import Specification
from kbspec.verdicts import merge

BASE = "free net: channel.\n"


def notebooks(root: Path, *names: str) -> None:
    for name in names:
        (root / "notebooks" / f"{name}.ipynb").touch()


def test_a_chapter_keeps_the_list_of_its_files(project: Path) -> None:
    notebooks(project, "01-one", "02-two")
    begin(project, "01-one")
    emit(project, "01-one", Path("pv/models/a.pv"), "a")
    note(project, "01-one", Path("figures/a.svg"), Path("pv/traces/a/A.json"))
    assert written(project, "01-one") == {"pv/models/a.pv", "figures/a.svg", "pv/traces/a/A.json"}
    assert chapters(project) == {"01-one", "02-two"} and executed(project) == {"01-one"}
    begin(project, "01-one")
    assert written(project, "01-one") == frozenset()


def test_what_is_left_over_is_known_once_every_chapter_has_been_executed(project: Path) -> None:
    notebooks(project, "01-one", "02-two")
    for name in (
        "pv/models/a.pv", "pv/models/old.pv", "pv/fragments/00-gone/x-y.pv", "pv/traces/old/A.json",
        "figures/old.svg", "figures/graph.svg", "figures/old.dot",
    ):  # fmt: skip
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).touch()
    begin(project, "01-one")
    emit(project, "01-one", Path("pv/models/a.pv"), "a")
    note(project, "01-one", Path("figures/graph.svg"))
    assert stale(project) == []
    begin(project, "02-two")
    remove(stale(project))
    left = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    assert {name for name in left if name.startswith(("pv", "figures"))} == {
        "pv/models/a.pv",
        "figures/graph.svg",
    }
    assert not (project / "pv" / "fragments" / "00-gone").exists()
    assert not (project / "pv" / "traces" / "old").exists()


def test_a_fragment_may_move_to_another_chapter(project: Path) -> None:
    notebooks(project, "01-one", "02-two")
    one, two = Specification(), Specification()
    one.chapter("01-one", project)
    one.fragment("a/b", BASE)
    two.chapter("02-two", project)
    with pytest.raises(FragmentError) as caught:
        two.fragment("a/b", BASE)
    assert "already defined in chapter 01-one" in str(caught.value)
    assert "execute 01-one again" in str(caught.value)
    one.chapter("01-one", project)
    two.fragment("a/b", BASE)
    merge(project)
    assert [path.parent.name for path in project.rglob("a-b.pv")] == ["02-two"]


def test_a_fragment_that_is_still_used_may_not_go(project: Path) -> None:
    notebooks(project, "01-one", "02-two")
    one, two = Specification(), Specification()
    one.chapter("01-one", project)
    one.fragment("a/b", BASE)
    one.chapter("01-one", project)
    two.chapter("02-two", project)
    two.fragment("c/d", "free other: channel.\n", ("a/b",))
    with pytest.raises(SpecificationError) as caught:
        merge(project)
    assert str(caught.value).splitlines() == [
        "notebook 02-two: fragment c/d uses a/b, which no chapter emits any more",
        "  advice: write %%pv a/b again, or use another fragment",
    ]
    assert list(project.rglob("a-b.pv"))


def test_two_chapters_may_not_have_a_model_of_the_same_name(project: Path) -> None:
    notebooks(project, "01-one", "02-two")
    one, two = Specification(), Specification()
    for specification, name in ((one, "01-one"), (two, "02-two")):
        specification.chapter(name, project)
        specification.fragment(f"x/run-{name[:2]}", "process 0\n")
    one.model("m", "x/run-01", title="M")
    with pytest.raises(SpecificationError, match="model m is already in chapter 01-one"):
        two.model("m", "x/run-02", title="M")
    one.chapter("01-one", project)
    two.model("m", "x/run-02", title="M")
