"""Limits on time and memory, and what is reported while a verification runs.

`Limits.check` is called from inner loops, so that a model on which resolution does not terminate stops with
a message. `Limits.enforced` is the safety net of a command: it looks at the same limits from a timer
signal, for the code that does not call `check` often enough.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from appliedpi.errors import LimitExceeded

CHECK_INTERVAL: Final = 4  # calls of `check` between two looks at the clock
MEMORY_INTERVAL: Final = 0.05  # seconds between two looks at the memory, which cost a system call each
GRACE: Final = 0.5  # seconds that `check` has to stop by itself before the timer of `enforced` does
TIMER_INTERVAL: Final = 0.25
DEFAULT_MEMORY: Final = 8 * 2**30  # bytes; the limit of the command line where none is given
_MEBIBYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a verification is: `stage` ("parse", "type", "saturate", ...), the query that is being answered,
    if there is one, and how many clauses are in the saturated set and still in the queue."""

    stage: str
    query: str | None = None
    clauses: int = 0
    queue: int = 0


def resident_memory() -> int | None:
    """The memory of this process in bytes; None where the system does not tell (a browser, for example).

    Where only the peak is known (no /proc), the peak."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as statm:
            return int(statm.read(128).split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if os.uname().sysname == "Darwin" else peak * 1024


@dataclass(slots=True)
class Limits:
    """How long (`timeout_seconds`, from the construction of this object), with how much memory
    (`memory_bytes`, of the whole process) and with how many calls of `check` (`steps`, the same number on
    every machine) a verification may run; None is no limit.

    `check()` raises LimitExceeded once a limit is passed. It never catches anything: a KeyboardInterrupt
    passes through it.
    """

    timeout_seconds: float | None = None
    memory_bytes: int | None = None
    started: float = field(default_factory=time.monotonic)
    steps: int | None = None
    _calls: int = 0
    _next_memory_look: float = 0.0

    def check(self) -> None:
        """Cheap enough for an inner loop: only every CHECK_INTERVAL-th call looks at the clock."""
        self._calls += 1
        if self._calls % CHECK_INTERVAL == 0:
            if self.steps is not None and self._calls > self.steps:
                raise LimitExceeded(f"limit of {self.steps} steps reached; nothing was concluded")
            self.check_now()

    def check_now(self) -> None:
        """Look at the clock now, and at the memory where the last look is MEMORY_INTERVAL ago."""
        now = time.monotonic()
        if self.timeout_seconds is not None and now - self.started > self.timeout_seconds:
            raise self._timed_out()
        if self.memory_bytes is not None and now >= self._next_memory_look:
            self._next_memory_look = now + MEMORY_INTERVAL
            used = resident_memory()
            if used is not None and used > self.memory_bytes:
                raise self.out_of_memory()

    def remaining(self) -> float | None:
        """Seconds left, at least 0; None without a time limit."""
        if self.timeout_seconds is None:
            return None
        return max(0.0, self.timeout_seconds - (time.monotonic() - self.started))

    def _timed_out(self) -> LimitExceeded:
        return LimitExceeded(
            f"time limit of {self.timeout_seconds:g} s reached; nothing was concluded "
            "(--timeout sets it; where resolution does not terminate, 'nounif' or tags in messages may help)"
        )

    def out_of_memory(self) -> LimitExceeded:
        """The error that says that the memory limit was reached."""
        limit = "" if self.memory_bytes is None else f" of {self.memory_bytes / _MEBIBYTE:g} MiB"
        return LimitExceeded(f"memory limit{limit} reached; nothing was concluded (--memory sets it)")

    @contextlib.contextmanager
    def enforced(self) -> Iterator[None]:
        """Enforce the limits inside the block even where nobody calls `check`.

        A timer signal does the looking, so this works in the main thread of a Unix process only; elsewhere
        it does nothing. The exception may strike between any two bytecodes: for a command that then
        exits, not for a library that goes on.
        """
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return

        def look(number: int, frame: FrameType | None) -> None:
            late = time.monotonic() - self.started - GRACE
            if self.timeout_seconds is not None and late > self.timeout_seconds:
                raise self._timed_out()
            if self.memory_bytes is not None:
                used = resident_memory()
                if used is not None and used > self.memory_bytes:
                    raise self.out_of_memory()

        previous = signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, TIMER_INTERVAL, TIMER_INTERVAL)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)


ProgressCallback = Callable[[Progress], None]
