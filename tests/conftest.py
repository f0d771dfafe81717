"""What all tests need."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Make interrupts work even where the shell that started the tests ignores them.

    A shell starts a background job with SIGINT ignored, and its children inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
