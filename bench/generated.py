"""Models with more and more evidence formats and TEE families, built from the fragments of the book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kbspec.exercises.workshop import Workshop
from kbspec.fragments import Fragment

_SYSTEM = "bench/system"
_INTERFACE = (
    "interface/queries", "interface/queries-sanity", "interface/guest", "interface/other-guest",
    "interface/relying-party",
)  # fmt: skip


@dataclass(frozen=True)
class TeeFamily:
    """A TEE and its verifier, of chapters 10 and 11: the fragments, and what runs of them."""

    fragments: tuple[str, ...]
    process: str


TEE_FAMILIES = (
    TeeFamily(
        ("ideal/verifier", "ideal/leak"),
        "!attestationKeys | !attestationKeyLeaks | !idealTee | !idealVerifier",
    ),
    TeeFamily(
        ("snp/asp", "snp/verifier"),
        "amd | !keyDistributionService | !oldFirmware | !vcekLeaks | !asp | !aspOfDebuggedGuest "
        "| !snpVerifier",
    ),
    TeeFamily(
        ("cca/hes", "cca/exposed", "cca/rmm", "cca/verifier", "cca/keys-leak", "cca/platform-lies",
         "cca/verifier-misled"),
        "!manufacturer | !hes | !rmm | !debuggedRmm | !otherFirmware | !keysLeak | !platformLies "
        "| !verifierMisled\n  | !(in(appraise, (expected: bitstring, (p: bitstring, r: bitstring)));\n"
        "     ccaAppraises(expected, p, r))",
    ),
    TeeFamily(
        ("abstract/verifier",),
        "out(network, verificationKeyOf(teeKey)) | !abstractTee | !abstractVerifier",
    ),
)  # fmt: skip


def with_formats(root: Path, count: int) -> str:
    """An AS with verifiers for so many evidence formats, all with a hardware root and all admitted.

    The parties are those of the model `formats-built-in` of chapter 09; here no verifier is an alternative.
    """
    formats = [f"format{number + 1}" for number in range(count)]
    verifiers = " | ".join([f"!kbsAuthFor(rooted({one}))" for one in formats])
    admitted = " | ".join(
        [f"(event OwnerAdmits(rooted({one})); insert admitted(rooted({one})))" for one in formats]
    )
    text = (
        f"const {', '.join(formats)}: bitstring.\nprocess\n  {verifiers}\n  | {admitted}\n"
        "  | !kbcInAnyFormat | !kbsAttestInFormat | !evidenceFromNoHardware | !teeOfAttackerInAnyFormat\n"
        "  | !rootLost\n"
    )
    return _built(root, ("formats/queries", "builtin/kbs", "formats/kbc", "formats/attacker"), text)


def with_tee_families(root: Path, count: int) -> str:
    """A relying party that takes the evidence of so many TEE families, as chapter 10 of one."""
    chosen = TEE_FAMILIES[:count]
    uses = [*_INTERFACE, *[fragment for one in chosen for fragment in one.fragments]]
    parts = ["!ownersGuest | !othersGuest | !relyingParty", *[one.process for one in chosen]]
    return _built(root, uses, "process\n  " + "\n  | ".join(parts) + "\n")


def _built(root: Path, uses: Sequence[str], text: str) -> str:
    system = Fragment(_SYSTEM, "bench", text, tuple(uses))
    return Workshop(root, {_SYSTEM: system}).build([_SYSTEM], {}).text
