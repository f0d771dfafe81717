"""Jobs on a pool of processes and on a Dask cluster: nothing is lost, nothing finished is run again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from kbspec import cache, jobs
from kbspec.errors import SpecificationError
from kbspec.jobs import Done, Job, executor, finish, identity

COUNT = 6
MINUTE = 60.0
SECRET = """free c: channel. free s{n}: bitstring [private].
(*@query SEC-A A stays secret. *)
query attacker(s{n}).
process OUT
"""

# Says "true" of the one query after a moment. Writes a line to a journal when it begins and when it ends,
# with the process that started it; if that dies meanwhile, it does not end.
SLOW_PROVERIF = """#!{python}
import os, sys, time
if "-help" in sys.argv:
    print("Proverif 2.05. Cryptographic protocol verifier")
    sys.exit()
parent = os.getppid()
name = [word for word in open(sys.argv[-1]).read().replace(":", " ").split() if word.startswith("s")][0]
def say(what):
    with open({journal!r}, "a") as journal:
        journal.write(f"{{what}} {{name}} {{parent}}\\n")
say("begin")
time.sleep(0.7)
if os.getppid() != parent:
    sys.exit(1)
say("end")
rule = "-" * 62
print(f"{{rule}}\\nVerification summary:\\n\\nQuery not attacker({{name}}[]) is true.\\n\\n{{rule}}\\n")
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(cache.VARIABLE, raising=False)
    return tmp_path / "project"


@pytest.fixture
def journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], list[tuple[str, int]]]]:
    """A slow ProVerif on PATH; gives the models and parents of what is written of it."""
    path = tmp_path / "journal"
    path.touch()
    binary = tmp_path / "bin" / "proverif"
    binary.parent.mkdir()
    binary.write_text(SLOW_PROVERIF.format(python=sys.executable, journal=str(path)))
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", f"{binary.parent}{os.pathsep}{os.environ['PATH']}")
    identity.cache_clear()

    def lines(what: str) -> list[tuple[str, int]]:
        found = [line.split() for line in path.read_text().splitlines()]
        return [(name, int(parent)) for word, name, parent in found if word == what]

    yield lines
    identity.cache_clear()


def job(number: int, backend: str = "builtin", process: str = "0", **changes: Any) -> Job:
    text = SECRET.format(n=number).replace("OUT", process)
    fields = {"verifier": identity(backend), "timeout": MINUTE, "memory": 8 * 2**30, **changes}
    return Job(f"job {number}", text, backend, **fields)


class Counting(Executor):
    """Runs everything at once, in this process, and counts."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def submit(self, function: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
        self.ran.append(arguments[0].name)
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


# --- on this machine ----------------------------------------------------------------------------------


def test_results_are_those_of_the_jobs_in_their_order(root: Path) -> None:
    work = [job(1), job(2, process="out(c, s2)"), job(3)]
    with executor(None, 2) as pool:
        done = finish(work, root, pool)
    assert list(done) == work
    assert [one.verdicts["SEC-A"] for one in done.values()] == ["true", "false", "true"]


def test_what_is_finished_is_not_run_again(root: Path) -> None:
    first, second = Counting(), Counting()
    seen: list[Job] = []
    finish([job(1)], root, first)
    done = finish([job(1), job(2)], root, second, seen.append)
    assert (first.ran, second.ran) == (["job 1"], ["job 2"])
    assert seen == list(done) == [job(1), job(2)]


@pytest.mark.parametrize("change", [{"timeout": 59.0}, {"memory": 2**30}])
def test_a_result_is_for_its_limits(root: Path, change: dict[str, Any]) -> None:
    pool = Counting()
    finish([job(1), job(1, **change)], root, pool)
    assert len(pool.ran) == 2
    assert job(1).key != job(1, verifier="another").key


def test_an_interrupted_campaign_goes_on_where_it_was(root: Path) -> None:
    def interrupt(finished: Job) -> None:
        if finished.name == "job 2":
            raise KeyboardInterrupt

    work, later = [job(number) for number in range(4)], Counting()
    with executor(None, 1) as pool, pytest.raises(KeyboardInterrupt):
        finish(work, root, pool, interrupt)
    done = finish(work, root, later)
    assert list(done) == work
    assert {"job 0", "job 1", "job 2"}.isdisjoint(later.ran)


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"verdicts": {"SEC-A": "false"}, "digest": "0"}'])
def test_a_damaged_result_is_none(root: Path, damage: str) -> None:
    finish([job(1)], root, Counting())
    folder = cache.folder_of(root)
    assert folder is not None
    path = folder / jobs.FOLDER / f"{job(1).key}.json"
    assert json.loads(path.read_text())["verdicts"] == {"SEC-A": "true"}
    path.write_text(damage)
    pool = Counting()
    assert finish([job(1)], root, pool)[job(1)] == Done({"SEC-A": "true"})
    assert pool.ran == ["job 1"]


def test_a_limit_is_told_and_tried_again(root: Path) -> None:
    short = job(1, timeout=1e-9)
    assert finish([short], root, Counting())[short].limit is not None
    again = Counting()
    finish([short], root, again)
    assert again.ran == ["job 1"]


def test_another_verifier_on_a_worker_is_an_error(root: Path) -> None:
    with pytest.raises(SpecificationError, match="not that of the campaign"):
        finish([job(1, verifier="another")], root, Counting())


def test_a_process_that_dies_is_told_and_the_rest_is_kept(
    root: Path, journal: Callable[[str], list[tuple[str, int]]]
) -> None:
    def kill(finished: Job) -> None:
        os.kill(_at_work(journal), signal.SIGKILL)

    work = [job(number, "proverif") for number in range(3)]
    with executor(None, 1) as pool, pytest.raises(SpecificationError, match="died"):
        finish(work, root, pool, kill)
    later = Counting()
    assert len(finish(work, root, later)) == 3
    assert len(later.ran) == 2


# --- on a cluster -------------------------------------------------------------------------------------


@pytest.fixture
def cluster(tmp_path: Path, journal: object) -> Iterator[str]:
    """The address of a real scheduler with two workers, each a process of its own, with that ProVerif."""
    pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    tools = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny"]
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    local = ["--local-directory", str(tmp_path / "dask")]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": os.environ | _import_path()}
    running = [subprocess.Popen([*tools, *common], **quiet)]  # type: ignore[call-overload]
    try:
        running += [subprocess.Popen([*worker, *common, *local], **quiet) for _ in range(2)]  # type: ignore[call-overload]
        _wait_for(file.is_file)
        address = json.loads(file.read_text())["address"]
        _wait_for_workers(address, 2)
        yield address
    finally:
        for process in running:
            process.kill()
            process.wait()


def _import_path() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join([path for path in sys.path if path])}


def _wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + MINUTE
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def _wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, timeout=MINUTE) as client:
        client.wait_for_workers(count, timeout=MINUTE)


def _at_work(journal: Callable[[str], list[tuple[str, int]]]) -> int:
    """A process that has begun something and not ended it, once there is one."""

    def busy() -> list[int]:
        ended = journal("end")
        return [parent for name, parent in journal("begin") if (name, parent) not in ended]

    _wait_for(lambda: bool(busy()))
    return busy()[-1]


def test_a_worker_that_is_killed_loses_nothing_and_nothing_finished_runs_twice(
    root: Path, cluster: str, journal: Callable[[str], list[tuple[str, int]]]
) -> None:
    killed: list[int] = []
    at_that_time: list[list[tuple[str, int]]] = []

    def kill_one(finished: Job) -> None:
        if not killed:
            killed.append(_at_work(journal))
            os.kill(killed[0], signal.SIGKILL)
            at_that_time.append(journal("begin"))

    work = [job(number, "proverif") for number in range(COUNT)]
    with executor(cluster, 1) as pool:
        done = finish(work, root, pool, kill_one)
    assert [one.verdicts["SEC-A"] for one in done.values()] == ["true"] * COUNT
    ended = Counter([name for name, _ in journal("end")])
    assert sorted(ended) == [f"s{number}" for number in range(COUNT)]
    # Each of them once, but for the one that the killed process may have had in its hands.
    in_its_hands = [name for name, parent in at_that_time[0] if parent == killed[0]][-1:]
    assert {name for name, times in ended.items() if times > 1} <= set(in_its_hands)
    assert len(at_that_time[0]) < COUNT  # it was in the middle
    assert {parent for _, parent in at_that_time[0]} > set(killed)  # the other one was at work too
    later = Counting()
    assert finish(work, root, later) == done
    assert later.ran == []


def test_where_there_is_no_scheduler_that_is_said() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(SpecificationError, match="no Dask scheduler"), executor("tcp://127.0.0.1:9", 1):
        pass


def test_without_dask_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SpecificationError, match="Dask"), executor("tcp://127.0.0.1:9", 1):
        pass
