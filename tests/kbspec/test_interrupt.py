"""The stop button of JupyterLab during a long proof: it stops, the kernel goes on, nothing is half done."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from kbspec.interrupt import certain_interrupts

SOURCES = Path(__file__).parents[2] / "src"
PATIENCE = 60.0

SETUP = "%load_ext kbspec\nspec.chapter('01-endless')"
# Pairs on private channels that grow in many ways: the saturation does not end.
ENDLESS = """\
%%pv endless/all
free c: channel.
free p, q: channel [private].
free s, a, b: bitstring [private].
fun h(bitstring): bitstring.
fun g(bitstring): bitstring.
(*@query SEC-S It stays secret. *)
query attacker(s).
process
  out(p, (a, b))
| !( in(p, (x: bitstring, y: bitstring)); out(q, (h(x), g(y))) )
| !( in(q, (x: bitstring, y: bitstring)); out(p, (g(x), h(y))) | out(p, (h(y), x)) )
| ( in(p, (x: bitstring, y: bitstring)); if x = y then out(c, s) )
"""
MODEL = "endless = spec.model('endless', 'endless/all', title='Endless')"
VERIFY = "endless.verify(expect={'SEC-S': 'true'}, timeout=45)"
SHORT = """\
%%pv short/all
free c: channel.
free s: bitstring [private].
(*@query SEC-S It stays secret. *)
query attacker(s).
process out(c, c)
"""
PROVE = "spec.model('short', 'short/all', title='Short').verify(expect={'SEC-S': 'true'})['SEC-S'].evidence"


class Kernel:
    """A real kernel that a front end talks to."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def run(self, source: str, interrupt_after: float | None = None) -> tuple[dict[str, Any], float]:
        """The reply to one cell, and the seconds from the interrupt (or the start) to it.

        The request says which cell it is, as JupyterLab does, so that a progress bar is shown.
        """
        content = {
            "code": source, "silent": False, "store_history": True, "allow_stdin": False,
            "stop_on_error": False,  # else the kernel drops what is sent right after an error
        }  # fmt: skip
        message = self.client.session.msg("execute_request", content)
        message["metadata"] = {"cellId": "one"}
        self.client.shell_channel.send(message)
        if interrupt_after is not None:
            time.sleep(interrupt_after)
            self.manager.interrupt_kernel()
        started = time.monotonic()
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"], time.monotonic() - started

    def value(self, source: str) -> str:
        """The value of an expression."""
        reply = self.client.execute_interactive(
            "", user_expressions={"value": source}, output_hook=lambda _: None, timeout=PATIENCE
        )
        shown = reply["content"]["user_expressions"]["value"]
        assert shown["status"] == "ok", shown
        return str(shown["data"]["text/plain"])


@pytest.fixture
def kernel(project: Path) -> Iterator[Kernel]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "PYTHONDONTWRITEBYTECODE": "1"}
    manager, client = start_new_kernel(
        kernel_name="python3", cwd=str(project / "notebooks"), env=environment, startup_timeout=PATIENCE
    )
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_long_proof_stops_and_the_kernel_goes_on(kernel: Kernel, project: Path) -> None:
    for source in (SETUP, ENDLESS, MODEL, SHORT):
        assert kernel.run(source)[0]["status"] == "ok"
    for delay in (0.2, 3.0):
        reply, seconds = kernel.run(VERIFY, interrupt_after=delay)
        assert reply["status"] == "error" and reply["ename"] == "Interrupted"
        assert reply["traceback"] == ["model endless: interrupted, nothing was concluded"]
        assert seconds < 1.0
        assert kernel.value("6 * 7") == "42"
    assert "endless" in kernel.value("repr(endless)")
    assert not (project / "build" / "verdicts").exists()
    assert not (project / ".cache").exists() and not (project / "figures").exists()
    assert kernel.run(f"evidence = {PROVE}")[0]["status"] == "ok"
    assert kernel.value("evidence") == "'certificate'"
    assert [path.name for path in project.rglob("*.tmp")] == []


def test_the_interrupt_does_not_hold_on_to_what_was_made(kernel: Kernel) -> None:
    """The clauses of a proof that was stopped are free again, though the kernel keeps the last error."""
    for source in (SETUP, ENDLESS, MODEL):
        assert kernel.run(source)[0]["status"] == "ok"
    assert kernel.run(VERIFY, interrupt_after=3.0)[0]["ename"] == "Interrupted"
    kernel.run("import gc\nfrom appliedpi.clauses import Clause\ngc.collect()")
    alive = kernel.value("sum(isinstance(one, Clause) for one in gc.get_objects())")
    assert int(alive) < 50


class _Finalized:
    """What a kernel has many of: an object with a finalizer, here one that the interrupt strikes in."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_strikes_in_a_finalizer_is_not_lost() -> None:
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), certain_interrupts():
        _Finalized()  # Python drops the exception here
        while time.monotonic() - started < 5:
            pass
    assert time.monotonic() - started < 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_whoever_else_handles_interrupts_goes_on_doing_so() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with certain_interrupts():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]


def test_in_another_thread_it_does_nothing() -> None:
    done: list[str] = []

    def work() -> None:
        with certain_interrupts():
            done.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == ["done"]
