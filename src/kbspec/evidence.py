"""What stands behind a verdict: a certificate that the independent checker accepted, or a replayed trace.

Every *true* that the book shows goes through here, whether it was proved just now or is from the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kbspec.cache import entry, folder_of
from kbspec.errors import CertificateRejected
from kbspec.interrupt import certain_interrupts
from kbspec.language import certificate_check, family_check

if TYPE_CHECKING:
    from appliedpi import core
    from appliedpi.families import FaultSets
    from appliedpi.limits import Progress
    from appliedpi.report import Report, Result

CERTIFICATE = "certificate"
REPLAYED = "replayed trace"
NO_CERTIFICATE = "no certificate"


def checked_report(
    root: Path,
    text: str,
    model: core.Model,
    verify: Callable[[], Report],
    options: Mapping[str, Any],
    progress: Callable[[Progress], None] | None = None,
) -> tuple[Report, dict[str, str]]:
    """The built-in verifier's report on a model, and for each query's ID what stands behind its verdict.

    The report is what `verify` says or said earlier, with the same `options`, of the same text. Raises
    CertificateRejected where the checker does not accept a certificate, and whatever `verify` raises.
    """
    place = entry(folder_of(root), text, options)
    if place is not None:
        kept = place.load(model)
        if kept is not None:
            try:
                with certain_interrupts():
                    return kept, check(kept, model, progress)
            except CertificateRejected as error:
                place.ignored(error.message)
    with certain_interrupts():
        report = verify()
        evidence = check(report, model, progress)
    # Again: the verifier's files may have changed while it ran.
    place = entry(folder_of(root), text, options)
    if place is not None:
        place.store(report)
    return report, evidence


def check(
    report: Report, model: core.Model, progress: Callable[[Progress], None] | None = None
) -> dict[str, str]:
    """What stands behind each verdict, in a few words by the query's ID.

    Raises CertificateRejected where the independent checker does not accept a certificate.
    """
    proves = certificate_check(model)
    unchecked = [
        lemma.query.text
        for lemma in report.lemmas
        if _checked(lemma, proves, progress) is None and _true(lemma)
    ]
    evidence: dict[str, str] = {}
    for result in report.results:
        relies_on = _checked(result, proves, progress)
        if result.trace is not None:
            words = REPLAYED
        elif relies_on is not None:
            leans = any(lemma in assumed for lemma in unchecked for assumed in relies_on)
            words = f"{CERTIFICATE}, but for a lemma without one" if leans else CERTIFICATE
        elif _true(result):
            words = NO_CERTIFICATE
        else:
            words = "no trace"
        evidence[result.name or result.query.text] = words
    return evidence


def certified(found: Mapping[str, FaultSets], text: str) -> tuple[str, ...]:
    """The queries for which the independent checker accepts that no other set of tags breaks them, out of
    those `found` of the model with this text.

    Raises CertificateRejected where it does not accept a certificate.
    """
    from appliedpi.errors import AppliedPiError

    proves = family_check(text)
    accepted = []
    for id, one in found.items():
        if one.certificate is None:
            continue
        try:
            proves(one)
        except (AppliedPiError, ValueError) as error:
            raise CertificateRejected(
                f"no other set breaks {id}, says the verifier, but the certificate is rejected: {error}",
                advice="a fault in the verifier or in the checker: do not believe the sets, report it",
            ) from None
        accepted.append(id)
    return tuple(accepted)


def _true(result: Result) -> bool:
    return result.verdict.value == "true"


def _checked(
    result: Result,
    proves: Callable[[str, core.Query], tuple[str, ...]],
    progress: Callable[[Progress], None] | None,
) -> tuple[str, ...] | None:
    """What the certificate of a *true* relies on; None where there is none."""
    from appliedpi.errors import AppliedPiError
    from appliedpi.limits import Progress

    if result.certificate is None or not _true(result):
        return None
    if progress is not None:
        progress(Progress("check the certificate of", result.query.text))
    try:
        return proves(result.certificate, result.query)
    except (AppliedPiError, ValueError) as error:
        raise CertificateRejected(
            f"{result.name or result.query.text} is true, says the verifier, "
            f"but the certificate is rejected: {error}",
            advice="a fault in the verifier or in the checker: do not believe the verdict, report it",
        ) from None
