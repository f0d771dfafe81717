"""Proofs that are kept: used again only where nothing changed, and never believed."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import appliedpi
import kbspec.cache
import kbspec.models
from appliedpi.fingerprint import fingerprint
from kbspec.archive import from_data, keepable, to_data
from kbspec.cache import _digest, _shrink
from kbspec.claims import VerdictTable
from kbspec.errors import CertificateRejected
from kbspec.models import Model
from kbspec.specification import Specification

PACKAGE = Path(appliedpi.__file__).parent
CLAIMS = {"SEC-ROOM": "true", "SAN-OPEN": "unreachable"}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were really verified, in order."""
    texts: list[str] = []
    verify = kbspec.models.verify

    def counted(text: str, **options: Any) -> Any:
        texts.append(text)
        return verify(text, **options)

    monkeypatch.setattr(kbspec.models, "verify", counted)
    return texts


@pytest.fixture
def verifier(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A copy of the verifier's files, which stands for them. A process starts with `cache_clear`."""
    copied = tmp_path / "verifier"
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(kbspec.cache, "_verifier_on_disk", lambda: fingerprint(copied))
    kbspec.cache.loaded_verifier.cache_clear()
    yield copied
    kbspec.cache.loaded_verifier.cache_clear()


def knock(spec: Specification, title: str = "Knocking") -> Model:
    """The model of chapter 01-knock, as a kernel that has just started assembles it."""
    return spec.model("knock", "knock/system", title=title)


def entries(root: Path) -> list[Path]:
    return sorted((root / ".cache" / "proofs").glob("*.json"))


def words(table: VerdictTable) -> list[tuple[str, str]]:
    return [(one.word, one.evidence) for one in table.outcomes]


def test_an_unchanged_model_is_not_proved_again(
    spec: Specification, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = knock(spec).verify(expect=CLAIMS)
    checked = []
    check_of = kbspec.evidence.certificate_check

    def watched(model: Any) -> Any:
        check = check_of(model)
        return lambda certificate, query: checked.append(query.name) or check(certificate, query)

    monkeypatch.setattr(kbspec.evidence, "certificate_check", watched)
    second = knock(spec).verify(expect=CLAIMS)
    assert len(runs) == 1 and len(entries(spec.registry.root)) == 1
    assert repr(first) == repr(second)
    assert words(second) == [("true", "certificate"), ("unreachable", "certificate")]
    assert checked == ["SEC-ROOM", "SAN-OPEN"], "a kept certificate is checked again"


def test_everything_comes_back(spec: Specification, runs: list[str]) -> None:
    model = knock(spec).assume("ASM-KEY-SAFE")
    report = model.report()
    again = from_data(json.loads(json.dumps(to_data(report))), model.types)
    assert to_data(again) == to_data(report) and again.seconds == report.seconds
    assert [one.trace for one in again.results] == [one.trace for one in report.results]
    assert [one.query for one in again.results] == list(model.types.queries)
    kept = knock(spec).assume("ASM-KEY-SAFE")
    assert kept.sequence("SEC-ROOM").svg == model.sequence("SEC-ROOM").svg and len(runs) == 1


def test_a_changed_model_is_proved(spec: Specification, runs: list[str]) -> None:
    knock(spec).verify(expect=CLAIMS)
    weaker = knock(spec).without("CHK-NONCE").verify()
    assert words(weaker) == [("false", "replayed trace"), ("reachable", "replayed trace")]
    knock(spec, title="Knocking twice").verify(expect=CLAIMS)
    knock(spec).verify(expect=CLAIMS, timeout=60)
    assert len(runs) == 4 == len(entries(spec.registry.root))


def test_a_changed_verifier_proves_anew(spec: Specification, runs: list[str], verifier: Path) -> None:
    knock(spec).verify(expect=CLAIMS)
    knock(spec).verify(expect=CLAIMS)
    assert len(runs) == 1
    for number, name in enumerate(("engine.py", "syntax/grammar.lark", "check/covering.py"), 2):
        (verifier / name).write_text((verifier / name).read_text() + "\n")
        kbspec.cache.loaded_verifier.cache_clear()
        knock(spec).verify(expect=CLAIMS)
        knock(spec).verify(expect=CLAIMS)
        assert len(runs) == number == len(entries(spec.registry.root))


def test_files_that_change_under_a_running_kernel_are_not_what_it_runs(
    spec: Specification, runs: list[str], verifier: Path
) -> None:
    knock(spec).verify(expect=CLAIMS)
    engine = verifier / "engine.py"
    before = engine.read_text()
    engine.write_text(before + "\n")
    knock(spec).verify(expect=CLAIMS)
    knock(spec).verify(expect=CLAIMS)
    assert len(runs) == 3 and len(entries(spec.registry.root)) == 1, "neither used nor kept"
    engine.write_text(before)
    knock(spec).verify(expect=CLAIMS)
    assert len(runs) == 3


def test_the_fingerprint_is_of_names_and_contents(tmp_path: Path) -> None:
    seen = set()
    for files in ({"a.py": "x"}, {"a.py": "y"}, {"b.py": "x"}, {"a.py": "x", "b.py": ""}, {"s/a.py": "x"}):
        folder = tmp_path / str(len(seen))
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        (folder / "__pycache__").mkdir()
        (folder / "__pycache__" / "a.pyc").write_text(str(len(seen)))
        seen.add(fingerprint(folder))
    assert len(seen) == 5
    assert fingerprint(tmp_path / "0") in seen


# What somebody, or a disk, may do to an entry. The first group does not know of the digest.


def _verdict(report: Any) -> None:
    report["results"][0]["verdict"] = "true"
    report["results"][0]["trace"] = None


def _clause(report: Any) -> None:
    certificate = json.loads(report["results"][0]["certificate"])
    del certificate["saturated"]["clauses"][-1]
    report["results"][0]["certificate"] = json.dumps(certificate)


def _no_certificate(report: Any) -> None:
    report["results"][0]["certificate"] = None


def _swapped(report: Any) -> None:
    first, second = report["results"]
    first["certificate"], second["certificate"] = second["certificate"], first["certificate"]


def _one_less(report: Any) -> None:
    del report["results"][1]


def _renamed(report: Any) -> None:
    report["results"][0]["query"] = "not attacker(net[])"


def _nonsense(report: Any) -> None:
    report["results"][0]["certificate"] = '{"format": 1}'


def _steps(report: Any) -> None:
    report["results"][0]["seconds"] = [1]


@pytest.mark.parametrize(
    "tamper", [_clause, _no_certificate, _swapped, _one_less, _renamed, _nonsense, _steps]
)
@pytest.mark.parametrize("knows_the_digest", [False, True])
def test_a_tampered_entry_is_ignored_and_replaced(
    spec: Specification,
    runs: list[str],
    capsys: pytest.CaptureFixture[str],
    tamper: Callable[[Any], None],
    knows_the_digest: bool,
) -> None:
    table = knock(spec).verify(expect=CLAIMS)
    (path,) = entries(spec.registry.root)
    good = json.loads(path.read_text(encoding="utf-8"))
    bad = json.loads(path.read_text(encoding="utf-8"))
    tamper(bad["report"])
    if knows_the_digest:
        bad["digest"] = _digest(bad["report"])
    path.write_text(json.dumps(bad), encoding="utf-8")
    capsys.readouterr()
    assert repr(knock(spec).verify(expect=CLAIMS)) == repr(table)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and said[0].startswith(f"ignored {path.name} of the kept proofs: ")
    assert len(runs) == 2
    renewed = json.loads(path.read_text(encoding="utf-8"))
    assert [one["verdict"] for one in renewed["report"]["results"]] == ["true", "true"]
    assert renewed["key"] == good["key"]
    knock(spec).verify(expect=CLAIMS)
    assert len(runs) == 2 and capsys.readouterr().err == ""


@pytest.mark.parametrize("knows_the_digest", [False, True])
def test_a_false_cannot_be_made_true(spec: Specification, runs: list[str], knows_the_digest: bool) -> None:
    """Not even with the certificate of the model that has the check."""
    knock(spec).verify(expect=CLAIMS)
    (path,) = entries(spec.registry.root)
    proved = json.loads(path.read_text(encoding="utf-8"))["report"]
    knock(spec).without("CHK-NONCE").report()
    (weak,) = set(entries(spec.registry.root)) - {path}
    forged = json.loads(weak.read_text(encoding="utf-8"))
    _verdict(forged["report"])
    forged["report"]["results"][0]["certificate"] = proved["results"][0]["certificate"]
    if knows_the_digest:
        forged["digest"] = _digest(forged["report"])
    weak.write_text(json.dumps(forged), encoding="utf-8")
    assert knock(spec).without("CHK-NONCE").verify()["SEC-ROOM"].verdict == "false"
    assert len(runs) == 3


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"[" * 100_000, b'{"key": 1}'])
def test_a_damaged_file_is_ignored_and_replaced(
    spec: Specification, runs: list[str], capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    knock(spec).verify(expect=CLAIMS)
    (path,) = entries(spec.registry.root)
    good = json.loads(path.read_bytes())["report"]["results"][0]["certificate"]
    path.write_bytes(content)
    knock(spec).verify(expect=CLAIMS)
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert json.loads(path.read_bytes())["report"]["results"][0]["certificate"] == good
    assert len(runs) == 2


def test_a_true_without_a_certificate_is_not_kept(
    spec: Specification, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliedpi.engine.CertificateWriter.write", lambda *proof: None)
    for count in (1, 2):
        model = knock(spec)
        table = model.verify(expect=CLAIMS)
        assert table["SEC-ROOM"].evidence == "no certificate"
        assert not keepable(model.report())
        assert len(runs) == count and entries(spec.registry.root) == []


def test_a_rejected_certificate_fails_loudly(spec: Specification, monkeypatch: pytest.MonkeyPatch) -> None:
    verify = kbspec.models.verify

    def spoiled(text: str, **options: Any) -> Any:
        report = verify(text, **options)
        data = to_data(report)
        _clause(data)
        return from_data(data, knock(spec).types)

    monkeypatch.setattr(kbspec.models, "verify", spoiled)
    with pytest.raises(CertificateRejected) as caught:
        knock(spec).verify(expect=CLAIMS)
    assert str(caught.value).startswith(
        "model knock: SEC-ROOM is true, says the verifier, but the certificate"
    )
    assert entries(spec.registry.root) == [] and not (spec.registry.root / "build" / "verdicts").exists()


def test_the_folder_can_be_chosen_and_the_cache_switched_off(
    spec: Specification, runs: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KBSPEC_CACHE", str(tmp_path / "elsewhere"))
    for _ in range(2):
        knock(spec).verify(expect=CLAIMS)
    assert len(runs) == 1 and len(list((tmp_path / "elsewhere").iterdir())) == 1
    monkeypatch.setenv("KBSPEC_CACHE", "")
    for _ in range(2):
        knock(spec).verify(expect=CLAIMS)
    assert len(runs) == 3 and not (spec.registry.root / ".cache").exists()


def test_a_folder_that_cannot_be_written_costs_one_line(
    spec: Specification, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KBSPEC_CACHE", str(tmp_path / "file" / "proofs"))
    assert words(knock(spec).verify(expect=CLAIMS))[0] == ("true", "certificate")
    assert "the proofs cannot be kept in" in capsys.readouterr().err


def test_the_oldest_entries_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kbspec.cache, "MOST_BYTES", 25)
    for age, name in enumerate(("newest", "middle", "oldest")):
        (tmp_path / f"{name}.json").write_text("x" * 10)
        os.utime(tmp_path / f"{name}.json", (1000 - age, 1000 - age))
    _shrink(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {"newest", "middle"}


def _prove_in_a_process(root: Path) -> list[tuple[str, str]]:
    from tests.kbspec.conftest import BASE, DOOR, SYSTEM

    specification = Specification()
    specification.chapter("01-knock", root)
    specification.fragment("knock/base", BASE)
    specification.fragment("knock/door", DOOR, ("knock/base",))
    specification.fragment("knock/system", SYSTEM, ("knock/door",))
    return words(knock(specification).verify(expect=CLAIMS))


def test_two_processes_at_once(project: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        answers = pool.map(_prove_in_a_process, [project] * 4, chunksize=1)
    assert answers == [[("true", "certificate"), ("unreachable", "certificate")]] * 4
    (path,) = entries(project)
    assert json.loads(path.read_bytes())["report"]["results"][0]["verdict"] == "true"
    assert [one.name for one in path.parent.iterdir()] == [path.name], "no temporary file is left"
