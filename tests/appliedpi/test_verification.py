"""The pipeline: what counts as a file, in which order things happen, what becomes of exhaustion."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import appliedpi
from appliedpi import engine, verification
from appliedpi.limits import Limits
from appliedpi.report import Verdict

MODEL = "free c: channel. free s: bitstring [private]. query attacker(s). process out(c, s)"
LIBRARY = "type key. fun senc(bitstring, key): bitstring.\n"
USES_LIBRARY = "free c: channel. free k: key. process out(c, senc((c, c), k))\n"


def test_text_is_verified() -> None:
    report = appliedpi.verify(MODEL)
    assert [result.verdict for result in report.results] == [Verdict.FALSE]
    assert report.results[0].query.place.file == "<text>"
    assert (report.backend, report.warnings) == ("builtin", ())
    assert report.seconds > 0


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_is_verified(kind: type[str] | type[Path], tmp_path: Path) -> None:
    (tmp_path / "m.pv").write_text(MODEL)
    report = appliedpi.verify(kind(tmp_path / "m.pv"))
    assert report.results[0].query.place.file == str(tmp_path / "m.pv")


def test_a_file_with_another_suffix_is_a_file_where_it_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    assert appliedpi.verify("model").results[0].query.place.file == "model"


def test_a_name_that_ends_as_a_model_is_a_file_even_where_it_is_missing() -> None:
    with pytest.raises(appliedpi.InputError, match="No such file"):
        appliedpi.verify("there/is/none.pv")


def test_text_without_a_file_of_that_name_is_text() -> None:
    with pytest.raises(appliedpi.InputError) as caught:
        appliedpi.verify("nonsense")
    assert str(caught.value).startswith("<text>:1:1: error: ")


@pytest.mark.parametrize("name", ["lib.pvl", "lib"])
def test_a_library_may_be_named_without_its_suffix(name: str, tmp_path: Path) -> None:
    (tmp_path / "lib.pvl").write_text(LIBRARY)
    assert appliedpi.verify(USES_LIBRARY, [tmp_path / name]).results == ()


def test_a_library_may_be_text() -> None:
    assert appliedpi.verify(USES_LIBRARY, [LIBRARY]).results == ()


def test_errors_in_text_libraries_say_which() -> None:
    with pytest.raises(appliedpi.InputError) as caught:
        appliedpi.verify(MODEL, [LIBRARY, "type type.\n"])
    assert str(caught.value).startswith("<library 2>:1:6: error: ")


def test_load_types_without_proving(monkeypatch: pytest.MonkeyPatch) -> None:
    def prove(*arguments: object, **options: object) -> None:
        raise AssertionError("load must not prove")

    monkeypatch.setattr(engine, "prove", prove)
    assert [query.text for query in appliedpi.load(MODEL).queries] == ["not attacker(s[])"]
    with pytest.raises(appliedpi.InputError, match="<text>:1:"):
        appliedpi.load("process out(c, c)")


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(appliedpi.InputError, match="unknown backend 'tamarin'"):
        appliedpi.verify(MODEL, backend="tamarin")


def test_progress_begins_with_the_front_end() -> None:
    stages: list[str] = []
    appliedpi.verify(MODEL, progress=lambda progress: stages.append(progress.stage))
    assert stages[:2] == ["parse", "type"]


def test_what_progress_raises_ends_the_verification() -> None:
    def stop(progress: appliedpi.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        appliedpi.verify(MODEL, progress=stop)


def test_exhausted_memory_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def prove(*arguments: object, **options: object) -> None:
        raise MemoryError

    monkeypatch.setattr(engine, "prove", prove)
    with pytest.raises(appliedpi.LimitExceeded, match="memory limit reached"):
        appliedpi.verify(MODEL)


def test_limits_reach_the_prover(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Limits] = []

    def prove(model: object, *, limits: Limits, **options: object) -> tuple[()]:
        seen.append(limits)
        return ()

    monkeypatch.setattr(engine, "prove", prove)
    appliedpi.verify("process 0", timeout=5.0, memory=2**40)
    assert (seen[0].timeout_seconds, seen[0].memory_bytes) == (5.0, 2**40)


def test_a_query_without_an_answer_is_never_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "prove", lambda model, **options: ())
    with pytest.raises(AssertionError, match="1 queries and lemmas, 0 answers"):
        appliedpi.verify(MODEL)


def test_a_time_limit_that_is_over_before_the_proof_is_a_limit() -> None:
    with pytest.raises(appliedpi.LimitExceeded, match="time limit"):
        appliedpi.verify(MODEL, timeout=1e-9)


def test_importing_the_package_does_not_load_the_prover() -> None:
    source = Path(verification.__file__).parents[1]
    program = (
        f"import sys; sys.path.insert(0, {str(source)!r}); import appliedpi.terms; "
        "print([name for name in sys.modules if 'saturation' in name or 'verification' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
