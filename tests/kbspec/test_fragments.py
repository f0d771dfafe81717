from __future__ import annotations

from pathlib import Path

import pytest

from kbspec.errors import FragmentError
from kbspec.fragments import Fragment, Registry, check_chapter, read_fragment


def registry(root: Path, chapter: str, **texts: tuple[str, ...]) -> Registry:
    """Fragments `area/<keyword>`, each with what it uses."""
    found = Registry(root, chapter)
    for part, uses in texts.items():
        found.register(found.prepare(f"area/{part}", f"(* {part} *)", tuple(f"area/{one}" for one in uses)))
    return found


def test_a_fragment_is_written_and_read_back(tmp_path: Path) -> None:
    first = registry(tmp_path, "01-one", base=(), door=("base",))
    path = tmp_path / "pv" / "fragments" / "01-one" / "area-door.pv"
    assert path.read_text(encoding="utf-8") == (
        "(* fragment area/door\n   chapter  01-one\n   uses     area/base\n"
        "   Written by kbspec when the chapter is executed: change the cell, not this file. *)\n"
        "\n(* door *)\n"
    )
    read = read_fragment(path)
    assert read == Fragment("area/door", "01-one", "(* door *)\n", ("area/base",), cell=False)
    second = Registry(tmp_path, "02-two")
    assert [one.name for one in second.closure(["area/door"])] == ["area/base", "area/door"]
    assert first.get("area/door").cell


def test_places_lead_to_the_cell_or_to_the_file() -> None:
    fragment = Fragment("a/b", "01-one", "x\ny\n")
    assert fragment.where(2, 7) == "notebook 01-one, cell [a/b], line 3, column 7"
    text = fragment.header + fragment.text
    other = Fragment("a/b", "01-one", fragment.text, cell=False)
    assert other.where(2, 7) == "pv/fragments/01-one/a-b.pv (fragment a/b), line 7, column 7"
    assert text.splitlines()[7 - 1] == "y"


def test_order_is_dependencies_first_each_once(tmp_path: Path) -> None:
    found = registry(tmp_path, "01-one", d=(), c=("d",), b=("d",), a=("b", "c"))
    assert [one.name[-1] for one in found.closure(["area/a", "area/d"])] == ["d", "b", "c", "a"]


def test_executing_a_cell_again_replaces_the_fragment(tmp_path: Path) -> None:
    found = registry(tmp_path, "01-one", a=())
    found.register(found.prepare("area/a", "(* new *)"))
    assert found.get("area/a").text == "(* new *)\n"
    assert (tmp_path / found.get("area/a").path).read_text(encoding="utf-8").endswith("(* new *)\n")


def test_a_fragment_removed_from_its_own_chapter_is_not_read_from_its_old_file(tmp_path: Path) -> None:
    registry(tmp_path, "01-one", a=())
    with pytest.raises(FragmentError, match="unknown fragment area/a"):
        Registry(tmp_path, "01-one").get("area/a")


def test_a_cycle_is_named(tmp_path: Path) -> None:
    found = registry(tmp_path, "01-one", a=(), b=("a",), c=("b",))
    with pytest.raises(FragmentError) as caught:
        found.prepare("area/a", "(* a *)", ("area/c",))
    assert caught.value.message == "fragments use each other in a circle: area/a → area/c → area/b → area/a"
    assert found.get("area/a").uses == ()
    with pytest.raises(FragmentError, match="area/a → area/a"):
        found.prepare("area/a", "(* a *)", ("area/a",))


def test_a_long_chain_needs_no_recursion(tmp_path: Path) -> None:
    found = Registry(tmp_path, "01-one")
    previous: tuple[str, ...] = ()
    for number in range(3000):
        name = f"area/f{number}"
        found.defined[name] = Fragment(name, "01-one", "(* *)\n", previous)
        previous = (name,)
    assert len(found.closure(previous)) == 3000


@pytest.mark.parametrize(
    ("name", "uses", "message", "advice"),
    [
        ("area/x", ("area/dor",), "unknown fragment area/dor (used by area/x)", "did you mean area/door"),
        ("area/x", ("zzz/zzz",), "unknown fragment zzz/zzz (used by area/x)", "known: area/door, area/x-y"),
        ("Area/x", (), "'Area/x' is not the name of a fragment", "lower-case"),
        ("../x", (), "'../x' is not the name of a fragment", "area/part"),
        ("area-x/y", (), "would have the same file", "choose another name"),
        ("else/where", (), "fragment else/where is already defined in chapter 00-zero", "uses else/where"),
    ],
)  # fmt: skip
def test_refused_fragments(
    tmp_path: Path, name: str, uses: tuple[str, ...], message: str, advice: str
) -> None:
    zero = Registry(tmp_path, "00-zero")
    zero.register(zero.prepare("else/where", "(* *)"))
    found = registry(tmp_path, "01-one", door=())
    found.register(found.prepare("area/x-y", "(* *)"))
    known = sorted(tmp_path.rglob("*.pv"))
    (tmp_path / "pv" / "fragments" / "00-zero" / "else-where.pv").touch()
    with pytest.raises(FragmentError) as caught:
        found.prepare(name, "(* *)", uses)
    if advice.startswith("known"):
        advice = "known: area/door, area/x-y, else/where"
    assert message in str(caught.value) and advice in str(caught.value)
    assert sorted(tmp_path.rglob("*.pv")) == known


def test_an_empty_fragment_and_a_missing_chapter(tmp_path: Path) -> None:
    with pytest.raises(FragmentError, match="fragment a/b is empty"):
        Registry(tmp_path, "01-one").prepare("a/b", " \n")
    with pytest.raises(FragmentError) as caught:
        Registry(tmp_path).prepare("a/b", "(* *)")
    assert 'spec.chapter("NN-title")' in str(caught.value)
    with pytest.raises(FragmentError, match="is not the name of a chapter"):
        check_chapter("../02-rcar")


def test_a_strange_file_among_the_fragments(tmp_path: Path) -> None:
    path = tmp_path / "pv" / "fragments" / "00-zero" / "a-b.pv"
    path.parent.mkdir(parents=True)
    for content in (b"free c: channel.\n", b"(* fragment \xff"):
        path.write_bytes(content)
        with pytest.raises(FragmentError) as caught:
            Registry(tmp_path, "01-one").get("a/b")
        assert str(path) in str(caught.value) and "execute the chapter" in str(caught.value)
