"""Verifications as jobs, run at the same time, here or on a cluster, and kept once they are finished.

Whatever runs them is an `Executor` of `concurrent.futures`: a pool of processes on this machine, or what a
Dask scheduler gives for its cluster (`distributed.Client.get_executor`), so there is one code path. A job
that is finished is kept, by the content of everything that it depends on, below the folder of the proofs
(`kbspec.cache`), so that a campaign that was killed goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kbspec.cache import folder_of, loaded_verifier
from kbspec.errors import SpecificationError
from kbspec.files import write_atomically

FOLDER = "jobs"
_CONNECTING = 10  # seconds


@dataclass(frozen=True, slots=True)
class Job:
    """One model to be verified by one back end, "builtin" or "proverif".

    `timeout` is in seconds, `memory` in bytes. `verifier` is what `identity` says of the back end where the
    job is made: what another one says would not be comparable.
    """

    name: str
    text: str
    backend: str
    verifier: str
    timeout: float
    memory: int

    @property
    def key(self) -> str:
        """The SHA-256 of everything that the verdicts depend on."""
        parts = [self.backend, self.verifier, self.timeout, self.memory, self.text]
        return hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Done:
    """The verdict of each query by its ID; or none, and the `limit` that was reached."""

    verdicts: Mapping[str, str]
    limit: str | None = None


@cache
def identity(backend: str) -> str:
    """Which verifier this is: the fingerprint of the built-in one, the version of the ProVerif on PATH.

    Raises InputError where there is no ProVerif.
    """
    from appliedpi.backends import proverif

    return loaded_verifier() if backend == "builtin" else proverif.version()


def run(job: Job, folder: Path | None = None) -> Done:
    """Verify the model of a job, in whatever process this is.

    What is finished is kept in the `folder`, where this machine has it, before anybody is told: what a worker
    finished is then not lost with the worker.

    Raises SpecificationError where this is another verifier than that of the job, InputError for a model that
    cannot be verified.
    """
    from appliedpi.errors import LimitExceeded
    from kbspec.language import verify

    store = _Store(folder)
    known = store.load(job)
    if known is not None:
        return known
    if identity(job.backend) != job.verifier:
        raise SpecificationError(
            f"{job.name}: the {job.backend} verifier of a worker is not that of the campaign",
            advice="install the same version of this project, and of ProVerif, wherever a worker runs",
        )
    try:
        report = verify(job.text, backend=job.backend, timeout=job.timeout, memory=job.memory)
    except LimitExceeded as error:
        return Done({}, str(error))
    done = Done({result.name or "": result.verdict.value for result in report.results})
    store.keep(job, done)
    return done


@contextmanager
def executor(scheduler: str | None, processes: int) -> Iterator[Executor]:
    """So many processes of this machine, or the workers of the Dask cluster with this scheduler's address.

    Raises SpecificationError where there is no such scheduler, or no Dask.
    """
    if scheduler is None:
        # Forked processes would share the tables of terms of this one, and the locks of its threads.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            yield pool
        return
    try:
        from distributed import Client
    except ImportError:
        raise SpecificationError(
            "a scheduler needs Dask, which is not installed", advice="pip install 'formal-spec-kbs[cluster]'"
        ) from None
    try:
        client = Client(scheduler, timeout=_CONNECTING)
    except (OSError, ValueError) as error:
        raise SpecificationError(
            f"there is no Dask scheduler at {scheduler}: {error}",
            advice="start one with dask scheduler; its log names the address, as tcp://127.0.0.1:8786",
        ) from None
    with client, client.get_executor(pure=False) as pool:
        yield pool


def finish(
    jobs: Iterable[Job], root: Path, pool: Executor, progress: Callable[[Job], None] = lambda job: None
) -> dict[Job, Done]:
    """The results of all jobs, in their order, of which those that are kept are not run again.

    The first of them run while the others are made. `progress` is called with each job that is finished.
    Raises SpecificationError where a process of the pool died, and what `run` raises; what was finished
    before is kept.
    """
    proofs = folder_of(root)
    folder = proofs / FOLDER if proofs is not None else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    store = _Store(folder)
    done: dict[Job, Done | None] = {}
    running: dict[Future[Done], Job] = {}
    try:
        for job in jobs:
            done[job] = store.load(job)
            if done[job] is None:
                running[pool.submit(run, job, folder)] = job
            else:
                progress(job)
        for future in as_completed(running):
            job = running[future]
            done[job] = found = future.result()
            store.keep(job, found)
            progress(job)
    except BrokenExecutor:
        raise SpecificationError(
            "a process that verified a model died, perhaps for want of memory",
            advice="run the command again, with fewer --jobs: what is finished is kept",
        ) from None
    finally:
        for future in running:
            future.cancel()
    return {job: one for job, one in done.items() if one is not None}


class _Store:
    """Finished jobs as files, `<key>.json`, in a folder, where there is one; a damaged one counts as none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder if folder is not None and folder.is_dir() else None

    def load(self, job: Job) -> Done | None:
        if self._folder is None:
            return None
        try:
            document = json.loads((self._folder / f"{job.key}.json").read_text(encoding="utf-8"))
            verdicts = document["verdicts"]
            return Done(verdicts) if document["digest"] == _digest(job, verdicts) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, job: Job, done: Done) -> None:
        """Keep it; what ended at a limit may come to an end the next time."""
        if self._folder is None or done.limit is not None:
            return
        document = {"name": job.name, "verdicts": done.verdicts, "digest": _digest(job, done.verdicts)}
        write_atomically(self._folder / f"{job.key}.json", json.dumps(document) + "\n")


def _digest(job: Job, verdicts: Mapping[str, str]) -> str:
    text = json.dumps([job.key, verdicts], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
