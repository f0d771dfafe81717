"""Execute the chapters: in order, as many at a time as their needs permit, each in a process of its own.

A notebook is written back only where all of its cells succeeded. The kernel starts in `notebooks/`, as it
does in JupyterLab.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import re
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from kbspec.book.notebook import Notebook, normalised, read_notebook, to_text
from kbspec.book.order import NOTEBOOKS, Chapter
from kbspec.files import write_atomically

SCRATCH = Path("build") / "executed"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Failure:
    """A cell that failed: which (`cell` counts from 1 as a reader counts), its first line, the message."""

    file: str
    cell: int
    source: str
    message: str

    def __str__(self) -> str:
        where = f"{NOTEBOOKS.as_posix()}/{self.file}, cell {self.cell}"
        shown = f" ({self.source})" if self.source else ""
        return f"{where}{shown}:\n{self.message}"


def execute(
    root: Path, chapters: Sequence[Chapter], jobs: int, say: Callable[[str], None] = print
) -> list[Failure]:
    """Execute `chapters` of the project at `root`, at most `jobs` at a time; return what failed.

    Chapters for which a longer chain of others waits come first, then the order given.

    After a failure no further chapter starts. `say` gets one line for each chapter that starts or ends.
    """
    left = sorted(chapters, key=lambda chapter: -_waiting(chapter.file, chapters))
    selected = {chapter.file for chapter in chapters}
    done: set[str] = set()
    failures: list[Failure] = []
    running: dict[Future[Failure | None], tuple[Chapter, float]] = {}
    # "spawn": a kernel must not inherit the state of this process.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=max(1, jobs), mp_context=context) as pool:
        while running or (left and not failures):
            for chapter in [one for one in left if set(one.needs) & selected <= done]:
                if failures or len(running) >= jobs:
                    break
                left.remove(chapter)
                say(f"[{len(done) + len(running) + 1}/{len(chapters)}] {chapter.file}: executing")
                running[pool.submit(execute_chapter, root, chapter)] = (chapter, time.monotonic())
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                chapter, started = running.pop(future)
                failure = future.result()
                if failure is None:
                    done.add(chapter.file)
                    say(f"      {chapter.file}: done in {time.monotonic() - started:.1f} s")
                else:
                    failures.append(failure)
                    say(f"      {chapter.file}: FAILED in cell {failure.cell}")
    return failures


def _waiting(file: str, chapters: Sequence[Chapter]) -> int:
    """How many chapters the longest chain has that waits for this one: the longest is begun first."""
    return max([1 + _waiting(one.file, chapters) for one in chapters if file in one.needs], default=0)


def execute_chapter(root: Path, chapter: Chapter) -> Failure | None:
    """Execute one chapter and write it back; the failure, where there is one.

    Raises SpecificationError for a file that is not a notebook.
    """
    folder = root / SCRATCH
    folder.mkdir(parents=True, exist_ok=True)
    _isolate(root)
    path = root / NOTEBOOKS / chapter.file
    before = read_notebook(path)
    source, target = folder / f"{chapter.name}-source.ipynb", folder / chapter.file
    source.write_text(to_text(before), encoding="utf-8")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the libraries between us and the kernel
            papermill.execute_notebook(
                str(source), str(target), cwd=str(path.parent), kernel_name="python3", progress_bar=False,
                record_timing=False, extra_arguments=["--log-level=CRITICAL"],
            )  # fmt: skip
    except PapermillExecutionError as error:
        return _failure(chapter, before, error)
    except DeadKernelError as error:
        return _interrupted(chapter, target, error)
    executed = nbformat.read(str(target), as_version=4)
    write_atomically(path, to_text(normalised(executed)))
    return None


def _isolate(root: Path) -> None:
    """A reader's own kernels, start-up files and settings must not reach the book.

    Nor may the time that matplotlib takes to look for fonts: it would complain of it in the first cell that
    draws, so it looks for them here.
    """
    os.environ.update(
        JUPYTER_PREFER_ENV_PATH="1",
        IPYTHONDIR=str(root / "build" / "ipython"),
        JUPYTER_CONFIG_DIR=str(root / "build" / "jupyter"),
        MPLCONFIGDIR=str(root / "build" / "matplotlib"),
        PYTHONNOUSERSITE="1",
    )
    importlib.import_module("matplotlib.font_manager")


def _failure(chapter: Chapter, notebook: Notebook, error: PapermillExecutionError) -> Failure:
    """What papermill reports, in words for the author of the chapter."""
    index = min(error.cell_index, len(notebook["cells"]) - 1)
    first = "".join(notebook["cells"][index]["source"]).strip().partition("\n")[0]
    lines = [_ESCAPES.sub("", line) for line in error.traceback]
    said = str(error.evalue).strip() or "\n".join(lines)
    return Failure(chapter.file, index + 1, first, f"{error.ename}: {said}")


def _interrupted(chapter: Chapter, target: Path, error: Exception) -> Failure:
    """The kernel died in the last cell that papermill noted as started."""
    cells = json.loads(target.read_text(encoding="utf-8"))["cells"] if target.is_file() else []
    failure = Failure(chapter.file, 1, "", str(error))
    for number, cell in enumerate(cells, 1):
        if cell["metadata"].get("papermill", {}).get("start_time"):
            first = "".join(cell["source"]).strip().partition("\n")[0]
            failure = Failure(chapter.file, number, first, str(error))
    return failure
