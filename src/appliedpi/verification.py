"""The pipeline: read, parse, type, prove, report.

Everything that can be wrong with the input ends as an InputError with its place, everything that takes too
long or too much as a LimitExceeded; nothing is written to disk here.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliedpi import core
from appliedpi.backends import NAMES, proverif
from appliedpi.errors import InputError
from appliedpi.limits import Limits, Progress, ProgressCallback
from appliedpi.report import Report

TEXT_NAME: Final = "<text>"
_SUFFIXES: Final = (".pv", ".pvl", ".pcv", ".pcvl")
_LONGEST_PATH: Final = 4096

Source = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class SourceText:
    """One file of a model: the name that errors show, and the text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Sources:
    """A model and the libraries that stand before it, all read."""

    model: SourceText
    libraries: tuple[SourceText, ...]


def read_sources(text_or_path: Source, libs: Iterable[Source] = ()) -> Sources:
    """Read a model and its libraries.

    A `str` is a file where a file of that name exists or where it is one word that ends as a model's name
    does (`.pv`, `.pvl`); otherwise it is the text itself. Raises InputError where a file cannot be read.
    """
    return Sources(
        _read(text_or_path, TEXT_NAME),
        tuple(_read(library, f"<library {number}>", ".pvl") for number, library in enumerate(libs, 1)),
    )


def load(text_or_path: Source, libs: Iterable[Source] = ()) -> core.Model:
    """Read and type-check a model, without proving anything. Raises InputError or LimitExceeded."""
    with _translated_exhaustion(Limits()):
        return elaborated(read_sources(text_or_path, libs), None)


def verify(
    text_or_path: Source,
    libs: Iterable[Source] = (),
    backend: str = "builtin",
    timeout: float | None = None,
    memory: int | None = None,
    progress: ProgressCallback | None = None,
    certificates: bool = False,
) -> Report:
    """Answer every query of a model.

    `text_or_path` and `libs` as for `read_sources`. `backend` is "builtin" (this package) or "proverif" (the
    `proverif` binary on PATH). `timeout` is in seconds and `memory`, a limit for the whole process, in bytes;
    None is no limit. `progress` is called with where the verification is; an exception that it raises ends
    the verification. With `certificates`, the builtin backend gives each result that is true a certificate
    for `appliedpi.check`.

    Raises InputError where the input is not acceptable and LimitExceeded where a limit was reached.
    """
    limits = Limits(timeout, memory)
    if backend not in NAMES:
        raise InputError(f"unknown backend '{backend}'", advice=f"the backends are {' and '.join(NAMES)}")
    with _translated_exhaustion(limits):
        sources = read_sources(text_or_path, libs)
        if backend == "proverif":
            return _verify_with_proverif(sources, limits, progress)
        return _verify_builtin(sources, limits, progress, certificates)


def _verify_builtin(
    sources: Sources, limits: Limits, progress: ProgressCallback | None, certificates: bool
) -> Report:
    from appliedpi import engine

    model = elaborated(sources, progress)
    limits.check_now()
    answers = engine.prove(model, limits=limits, progress=progress, certificates=certificates)
    lemmas = [assumption for assumption in model.assumptions if assumption.kind == "lemma"]
    expected = len(lemmas) + len(model.queries)
    if len(answers) != expected:
        raise AssertionError(f"{expected} queries and lemmas, {len(answers)} answers")
    return Report(
        results=answers[len(lemmas) :],
        warnings=model.warnings,
        seconds=time.monotonic() - limits.started,
        backend="builtin",
        lemmas=answers[: len(lemmas)],
        assumptions=tuple([assumption for assumption in model.assumptions if assumption.kind != "lemma"]),
    )


def _verify_with_proverif(sources: Sources, limits: Limits, progress: ProgressCallback | None) -> Report:
    """Our own front end gives the queries their tags and places; a model that only ProVerif can read (with
    `choice`, for example) goes without them."""
    try:
        queries = elaborated(sources, progress).queries
    except InputError:
        queries = ()
    limits.check_now()
    if progress is not None:
        progress(Progress("proverif"))
    libraries = [(library.name, library.text) for library in sources.libraries]
    return proverif.run((sources.model.name, sources.model.text), libraries, queries, limits)


def elaborated(
    sources: Sources, progress: ProgressCallback | None, keeps_assumptions: bool = False
) -> core.Model:
    """The well-typed model; `keeps_assumptions` as for `typing.elaborate`. Raises InputError."""
    from appliedpi import syntax, typing

    if progress is not None:
        progress(Progress("parse"))
    libraries = [syntax.parse_library(library.text, library.name) for library in sources.libraries]
    model = syntax.parse_model(sources.model.text, sources.model.name)
    if progress is not None:
        progress(Progress("type"))
    texts = {source.name: source.text for source in (*sources.libraries, sources.model)}
    return typing.elaborate(model, libraries, sources=texts, keeps_assumptions=keeps_assumptions)


def _read(source: Source, name: str, suffix: str = "") -> SourceText:
    from appliedpi import syntax

    path = _as_path(source)
    if path is None:
        assert isinstance(source, str)
        return SourceText(name, source)
    if suffix and path.suffix.lower() != suffix and not path.exists():
        path = path.with_name(path.name + suffix)  # ProVerif lets the suffix of a library out
    return SourceText(str(path), syntax.read_source(path))


def _as_path(source: Source) -> Path | None:
    if not isinstance(source, str):
        return Path(source)
    if not source or len(source) > _LONGEST_PATH or "\n" in source or "\0" in source:
        return None
    if source.endswith(_SUFFIXES) and " " not in source:
        return Path(source)
    try:
        return Path(source) if os.path.exists(source) else None
    except (OSError, ValueError):
        return None


@contextlib.contextmanager
def _translated_exhaustion(limits: Limits) -> Iterator[None]:
    """Turns the interpreter's own exhaustion into a LimitExceeded: nothing was concluded then either."""
    try:
        yield
    except MemoryError as error:
        raise limits.out_of_memory() from error
