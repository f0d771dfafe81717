"""A verifier of security protocols in ProVerif's typed applied pi calculus, in pure Python.

    >>> import appliedpi
    >>> report = appliedpi.verify("free c: channel. free s: bitstring [private]. "
    ...                           "query attacker(s). process out(c, s)")
    >>> report.results[0].verdict
    <Verdict.FALSE: 'false'>

`verify` answers every query of a model; `load` only reads and type-checks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliedpi import native as native  # first: it says where the modules are found
from appliedpi.errors import AppliedPiError, InputError, LimitExceeded, Place
from appliedpi.limits import Limits, Progress
from appliedpi.report import Report, Result, Verdict

if TYPE_CHECKING:
    from appliedpi.verification import load, verify

__all__ = [
    "AppliedPiError",
    "InputError",
    "LimitExceeded",
    "Limits",
    "Place",
    "Progress",
    "Report",
    "Result",
    "Verdict",
    "load",
    "verify",
]


def __getattr__(name: str) -> object:
    """`verify` and `load`, imported when first used: whoever imports one part of this package (the
    independent checker, above all) does not load the prover with it."""
    if name in ("load", "verify"):
        from appliedpi import verification

        return getattr(verification, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
