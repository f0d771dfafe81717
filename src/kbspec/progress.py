"""A progress bar while a verification runs, where somebody watches: in JupyterLab or at a terminal.

Under papermill and nbclient there is none, because what it leaves in the notebook would change with time.
They are told from JupyterLab by the request: a front end says which cell it executes, a batch does not.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appliedpi.limits import Progress


def somebody_watches() -> bool:
    """Whether the output of a progress bar is seen, and not kept."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return sys.stderr.isatty()
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return sys.stderr.isatty()
    request = shell.get_parent() if hasattr(shell, "get_parent") else None
    metadata = (request or {}).get("metadata") or {}
    return "cellId" in metadata


def in_a_batch() -> bool:
    """Whether a cell is executed whose outputs are kept: in a kernel, and nobody watches."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel") and not somebody_watches()


@contextlib.contextmanager
def progress_bar(title: str, delay: float = 0.5) -> Iterator[Callable[[Progress], None] | None]:
    """A callback for `appliedpi.verify`, or None where nobody watches.

    The bar appears after `delay` seconds and vanishes at the end."""
    if not somebody_watches():
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(desc=title, unit=" clauses", leave=False, delay=delay, file=sys.stderr) as bar:

        def show(progress: Progress) -> None:
            stage = f"{progress.stage} {progress.query}" if progress.query else progress.stage
            bar.set_postfix_str(f"{stage}, {progress.queue} in the queue" if progress.queue else stage, False)
            bar.update(progress.clauses - bar.n)

        yield show
