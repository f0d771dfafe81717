"""Small traces for the tests of the charts: an honest run and an attack, written down by hand."""

from __future__ import annotations

from appliedpi.core import Tag
from appliedpi.errors import Place
from appliedpi.traces.trace import Trace, TraceStep

REQUEST = 'T-1 Guest -> Broker "Request" [KBS Request] version, tee'
CHALLENGE = 'T-2 Broker -> Guest "Challenge" [KBS Challenge] nonce, extra-params'
EVIDENCE = 'T-3 Guest -> Broker "Attestation" evidence, tee-pubkey'
LONG = (
    "(runtime_data(nonce_1, pk(kTEE_1)), sign((mr_good, hash((nonce_1, pk(kTEE_1))), platform_version_7), "
    "pck_1), cert(pk(pck_1), sign(pk(pck_1), root_key)))"
)
OPENED = "decrypt(jwe(resource_1, pk(k_attacker)), k_attacker) = (resource_1, pad)"
TAKEN = "first((resource_1, pad)) = resource_1"


def step(
    number: int, kind: str, thread: int, term: str = "", *, tag: str = "", sender: int | None = None,
    text: str = "", occurrence: int | None = None,
) -> TraceStep:  # fmt: skip
    """A step with the fields that a chart reads; without `occurrence`, a statement of its own."""
    tags = (Tag("step", tag, Place("tiny.pv", number, 1)),) if tag else ()
    return TraceStep(
        number=number, kind=kind, thread=thread, occurrence=occurrence or number, line=number,
        column=1, tags=tags,
        channel="c" if kind in ("input", "output") else None, terms=(term,) if term else (), sender=sender,
        text=text or f"Thread {thread}: {kind} {term}",
    )  # fmt: skip


def honest() -> Trace:
    """Three messages between two parties; the attacker does nothing."""
    return Trace(
        (
            step(1, "new", 2, "kTEE_1"),
            step(2, "output", 2, "request(v1, tdx)", tag=REQUEST),
            step(3, "input", 3, "request(v1, tdx)", tag=REQUEST, sender=2),
            step(4, "new", 3, "nonce_1"),
            step(5, "output", 3, "challenge(nonce_1, params)", tag=CHALLENGE),
            step(6, "input", 2, "challenge(nonce_1, params)", tag=CHALLENGE, sender=5),
            step(7, "event", 2, "GuestAttests(nonce_1, pk(kTEE_1))"),
            step(8, "output", 2, LONG, tag=EVIDENCE),
            step(9, "input", 3, LONG, tag=EVIDENCE, sender=8),
            step(10, "insert", 3, "sessions(nonce_1, pk(kTEE_1))"),
            step(11, "event", 3, "BrokerAccepts(nonce_1, pk(kTEE_1), measurement_of_the_guest_image)"),
            step(12, "output", 3, "jwe(resource_1, pk(kTEE_1))"),
        ),
        "The event BrokerAccepts(nonce_1, pk(kTEE_1), measurement_of_the_guest_image) is reached.",
    )


def attack() -> Trace:
    """The attacker forges a request, hears what follows, computes, replays evidence to a second session."""
    return Trace(
        (
            step(1, "output", 1, "pk(root_key)"),
            step(2, "attacker", 0, "request(v1, tdx)", text="The attacker computes request(v1, tdx)."),
            step(3, "input", 3, "request(v1, tdx)", tag=REQUEST),
            step(4, "new", 3, "nonce_1"),
            step(5, "output", 3, "challenge(nonce_1, params)", tag=CHALLENGE),
            step(6, "input", 2, "challenge(nonce_1, params)", tag=CHALLENGE, sender=5),
            step(7, "output", 2, LONG, tag=EVIDENCE),
            step(8, "input", 3, LONG, tag=EVIDENCE, sender=7),
            step(9, "input", 4, LONG, tag=EVIDENCE, sender=7, occurrence=8),
            step(10, "phase", 0),
            step(11, "event", 4, "BrokerAccepts(nonce_1, pk(kTEE_1), mr_good)"),
            step(12, "output", 4, "jwe(resource_1, pk(k_attacker))"),
            step(13, "attacker", 0, "(resource_1, pad)", text=f"The attacker computes {OPENED}."),
            step(14, "attacker", 0, "resource_1", text=f"The attacker computes {TAKEN}."),
            step(15, "attacker", 0, "k_2", text="The attacker makes the name k_2."),
        ),
        "The attacker has the message resource_1.",
    )
