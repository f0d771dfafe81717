"""Limits stop what does not end, and let everything else pass."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import ModuleType
from typing import NoReturn

import pytest

from appliedpi import limits
from appliedpi.errors import LimitExceeded
from appliedpi.limits import CHECK_INTERVAL, Limits, resident_memory


def spin(watched: Limits, seconds: float = 5.0) -> None:
    """An inner loop: ends by the limit, or after a time that makes the test fail."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        watched.check()
    raise AssertionError("the limit did not stop the loop")


def test_no_limit_never_raises() -> None:
    watched = Limits()
    for _ in range(10 * CHECK_INTERVAL):
        watched.check()
    watched.check_now()
    assert watched.remaining() is None


def test_time_limit_stops_a_loop() -> None:
    started = time.monotonic()
    with pytest.raises(LimitExceeded, match=r"time limit of 0\.2 s"):
        spin(Limits(timeout_seconds=0.2))
    assert 0.2 <= time.monotonic() - started < 1.0


def test_time_limit_counts_from_construction() -> None:
    watched = Limits(timeout_seconds=10.0, started=time.monotonic() - 9.0)
    remaining = watched.remaining()
    assert remaining is not None and 0.5 < remaining <= 1.0
    assert Limits(timeout_seconds=1.0, started=time.monotonic() - 9.0).remaining() == 0.0


def test_memory_limit_stops_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    used = iter(range(0, 2**40, 2**20))
    monkeypatch.setattr(limits, "resident_memory", lambda: next(used))
    monkeypatch.setattr(limits, "MEMORY_INTERVAL", 0.0)
    with pytest.raises(LimitExceeded, match=r"memory limit of 16 MiB"):
        spin(Limits(memory_bytes=16 * 2**20))


def test_memory_that_the_system_does_not_tell_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "resident_memory", lambda: None)
    Limits(memory_bytes=1).check_now()


@pytest.mark.parametrize("stand_in", [None, ModuleType("resource")], ids=["absent", "empty"])
def test_a_system_that_does_not_tell_its_memory(
    stand_in: ModuleType | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser: no /proc, and no `resource`, or an empty one in its place (JupyterLite)."""

    def no_proc(*arguments: object, **options: object) -> NoReturn:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", no_proc)
    monkeypatch.setitem(sys.modules, "resource", stand_in)
    assert resident_memory() is None


def test_resident_memory_grows_with_use() -> None:
    before = resident_memory()
    assert before is not None and before > 2**20
    ballast = bytearray(b"x" * (64 * 2**20))
    after = resident_memory()
    assert after is not None and after - before > 32 * 2**20
    assert len(ballast) == 64 * 2**20


def test_check_looks_at_the_clock_only_every_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[None] = []
    monkeypatch.setattr(Limits, "check_now", lambda self: looks.append(None))
    watched = Limits(timeout_seconds=1.0)
    for _ in range(3 * CHECK_INTERVAL + CHECK_INTERVAL // 2):
        watched.check()
    assert len(looks) == 3


def test_check_is_cheap() -> None:
    watched = Limits(timeout_seconds=100.0, memory_bytes=2**40)
    calls = 100_000
    started = time.perf_counter()
    for _ in range(calls):
        watched.check()
    assert (time.perf_counter() - started) / calls < 5e-6


@pytest.fixture
def alarm_restored() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    yield
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def busy(seconds: float = 5.0) -> None:
    """Work that never asks its limits."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))
    raise AssertionError("nothing stopped it")


def test_enforced_stops_what_does_not_check(alarm_restored: None) -> None:
    with pytest.raises(LimitExceeded, match="time limit"), Limits(timeout_seconds=0.1).enforced():
        busy()


def test_enforced_stops_on_memory(alarm_restored: None) -> None:
    with pytest.raises(LimitExceeded, match="memory limit"), Limits(memory_bytes=2**20).enforced():
        busy()


def test_enforced_leaves_what_ends_in_time_alone(alarm_restored: None) -> None:
    with Limits(timeout_seconds=60.0, memory_bytes=2**40).enforced():
        time.sleep(0.6)


def test_enforced_does_nothing_in_another_thread() -> None:
    seen: list[str] = []

    def work() -> None:
        with Limits(timeout_seconds=0.01).enforced():
            time.sleep(0.3)
            seen.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["done"]


def test_interrupt_passes_through(alarm_restored: None) -> None:
    with pytest.raises(KeyboardInterrupt), Limits(timeout_seconds=60.0).enforced():
        signal.raise_signal(signal.SIGINT)
        spin(Limits(timeout_seconds=30.0))
