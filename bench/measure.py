"""One command: how much processor time and memory it takes."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What a command took. `seconds` of processor, user and system; `mebibytes` at most in memory."""

    seconds: float
    mebibytes: float
    output: str
    failure: str | None  # why there is no answer


def run(command: Sequence[str], environment: Mapping[str, str], timeout: float) -> Cost:
    """Run a command to its end, or for `timeout` seconds of the clock."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        late = threading.Event()

        def stop() -> None:
            late.set()
            os.kill(child.pid, signal.SIGKILL)

        timer = threading.Timer(timeout, stop)
        timer.start()
        _, status, used = os.wait4(child.pid, 0)
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    failure = None
    if late.is_set():
        failure = f"not finished after {timeout:g} s"
    elif child.returncode != 0:
        words = text.strip().splitlines()
        failure = words[0] if words else f"exit status {child.returncode}"
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text, failure)


def best(command: Sequence[str], environment: Mapping[str, str], timeout: float, repeat: int) -> Cost:
    """The cheapest of so many runs; the first that fails ends it."""
    costs: list[Cost] = []
    for _ in range(repeat):
        costs.append(run(command, environment, timeout))
        if costs[-1].failure is not None:
            return costs[-1]
    return min(costs, key=lambda cost: cost.seconds)
