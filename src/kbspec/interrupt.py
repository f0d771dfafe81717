"""Ctrl-C, and the stop button of JupyterLab, during a long computation.

Python raises KeyboardInterrupt wherever the program happens to be, and drops it in the finalizer of an
object. A kernel has many (each widget has one), and the garbage collector runs them during a proof. So an
interrupt may be lost. Here it is raised again and again until the computation has been left.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

AGAIN = 0.25  # seconds


@contextlib.contextmanager
def certain_interrupts() -> Iterator[None]:
    """Whatever is computed inside ends with KeyboardInterrupt soon after an interrupt.

    For computations that have nothing to clean up. In another thread than the main one, where signals are
    not raised, without a timer (Windows), or where somebody else handles these signals, it does nothing.
    """
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL
    ):
        yield
        return

    def insist(number: int, frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        raise KeyboardInterrupt

    try:
        signal.signal(signal.SIGALRM, insist)
        signal.signal(signal.SIGINT, insist)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:  # on its own, because the timer may strike while it is being stopped
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
