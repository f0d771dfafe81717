"""`set keyCompromise`: what the corpus cannot say, because ProVerif 2.05 does not answer it."""

from __future__ import annotations

import pytest

import appliedpi
from appliedpi.check import check
from tests.parity.expectations import CORPUS

CHANNEL = "set keyCompromise = {}. free c: channel. event e(bitstring). event f(bitstring). "


def verdicts(text: str) -> list[str]:
    return [result.verdict.value for result in appliedpi.verify(text, timeout=60).results]


@pytest.mark.parametrize(("mode", "verdict"), [("approx", "cannot be proved"), ("none", "true")])
def test_secret_is_about_all_sessions(mode: str, verdict: str) -> None:
    text = CHANNEL.format(mode) + "query secret k. process !(new k: bitstring; out(c, c))"
    assert verdicts(text) == [verdict]


@pytest.mark.parametrize("mode", ["approx", "strict"])
@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("process phase 1; out(c, c)", "phases are incompatible with keyCompromise"),
        ("lemma x: bitstring; event(e(x)) ==> event(f(x)). process 0", "keyCompromise with a declared lemma"),
        ("restriction x: bitstring; event(e(x)). process 0", "keyCompromise with a declared restriction"),
        (
            "query x: bitstring; event(e(x)) ==> (event(f(x)) ==> event(e(x))). process 0",
            "keyCompromise with a nested correspondence",
        ),
    ],
)
def test_what_has_no_meaning_with_it_is_refused(mode: str, rest: str, words: str) -> None:
    with pytest.raises(appliedpi.InputError, match=words) as refusal:
        appliedpi.verify(CHANNEL.format(mode) + "query attacker(c). " + rest, timeout=60)
    assert refusal.value.place is not None


@pytest.mark.parametrize("mode", ["approx", "strict"])
def test_the_attacker_has_the_names_of_compromised_sessions_and_no_others(mode: str) -> None:
    text = CHANNEL.format(mode) + "query x: bitstring; event(e(x)) && attacker(x). query attacker(new k). "
    process = "process !(new k: bitstring; out(c, c)) | !(in(c, x: bitstring); event e(x))"
    assert verdicts(text + process) == ["cannot be proved", "true"]


def test_a_name_made_outside_replications_is_never_lost() -> None:
    text = CHANNEL.format("strict") + "query attacker(new k). "
    assert verdicts(text + "process new k: bitstring; !(new l: bitstring; out(c, c))") == ["true"]


@pytest.mark.parametrize("model", ["approx", "strict", "events"])
def test_proofs_have_certificates(model: str) -> None:
    path = CORPUS / f"session-compromise-{model}.pv"
    results = appliedpi.verify(path, timeout=60, certificates=True).results
    proofs = [result.certificate for result in results if result.verdict.value == "true"]
    assert proofs
    for certificate in proofs:
        assert certificate is not None
        check(certificate)
