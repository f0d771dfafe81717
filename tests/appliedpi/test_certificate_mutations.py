"""Nothing of a proof can be taken away or made to say less, wherever it is: over all kinds of certificates.

Some alterations of a proof leave a proof, and are accepted: a hypothesis less in a kept clause (it says more,
and all obligations are checked for what it says now), another selected hypothesis or none (the theorem holds
for every selection), a clause more. Removing a clause never does, because no kept clause is subsumed by the
others; nor does what makes it cover nothing that is there: a hypothesis more, another conclusion, a
constraint that never holds, a label.

A sample of the clauses of some models; all of all models with CERTIFICATE_MUTATIONS=all in the environment.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

import appliedpi
from appliedpi import check
from tests.appliedpi.certificate_mutations import (
    CORPUS,
    Certificate,
    Path,
    answers,
    at,
    certificates_of,
    is_accepted,
    kept_sets,
)  # fmt: skip

ALL = os.environ.get("CERTIFICATE_MUTATIONS") == "all"
SAMPLE = 12  # mutations of each kind in each set of each certificate, unless all are asked for
# Each kind of proof once; the other models only where all are asked for.
KINDS = (
    "needham-schroeder-lowe", "natural-numbers", "phase-forward-secrecy", "lemma", "restriction", "axiom",
    "secrecy-declaration-not", "equation-diffie-hellman", "else-disequality", "injective-nonce",
    "conclusion-disjunction", "premise-conjunction", "table-get-else", "input-precise-option",
    "conclusion-cases", "nested-correspondence", "induction-events", "induction-lemma", "induction-message",
    "time-equality", "key-compromise", "session-compromise-strict",
)  # fmt: skip


def proved() -> list[str]:
    """The models that have a query or lemma that is true."""
    found = []
    for name in CORPUS if ALL else KINDS:
        try:
            if any(result.certificate is not None for result in answers(name)):
                found.append(name)
        except appliedpi.InputError:
            continue  # refused by the built-in verifier
    return found


def sampled(numbers: range, key: object) -> list[int]:
    return list(numbers) if ALL or len(numbers) <= SAMPLE else Random(str(key)).sample(numbers, SAMPLE)


def remove(certificate: Certificate, where: Path, number: int) -> None:
    del at(certificate, where)[number]


def add_hypothesis(certificate: Certificate, where: Path, number: int) -> None:
    at(certificate, where)[number][0][0].append(new_fact(certificate, where))


def replace_conclusion(certificate: Certificate, where: Path, number: int) -> None:
    at(certificate, where)[number][0][1] = new_fact(certificate, where)


def add_constraint(certificate: Certificate, where: Path, number: int) -> None:
    fact = new_fact(certificate, where)
    at(certificate, where)[number][0][2].append([[[fact, fact]], []])  # never holds


def add_label(certificate: Certificate, where: Path, number: int) -> None:
    at(certificate, where)[number][0][3] = 1


MUTATIONS: list[Callable[[Certificate, Path, int], None]] = [
    remove, add_hypothesis, replace_conclusion, add_constraint, add_label,
]  # fmt: skip


def new_fact(certificate: Certificate, where: Path) -> int:
    """Add attacker(c) for a new private name c to the tables of the proof; its number."""
    proof = certificate[str(where[0])]
    before = (
        [certificate["model"]] if where[0] == "saturated" else [certificate["model"], certificate["query"]]
    )
    symbols = [symbol for part in (*before, proof) for symbol in part["symbols"]]
    terms = sum(len(part["terms"]) for part in (*before, proof))
    proof["symbols"] += [["strange", [], "bitstring", "name", ["private"]], PREDICATE]
    proof["terms"] += [[len(symbols)], [len(symbols) + 1, terms]]
    return terms + 1


PREDICATE = ["attacker", ["any"], "fact", "predicate", []]


@pytest.mark.parametrize("name", proved())
@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_no_kept_clause_can_be_removed_or_made_to_say_less(name: str, mutate: Any) -> None:
    for certificate in certificates_of(name):
        assert is_accepted(copy.deepcopy(certificate))
        for where in kept_sets(certificate):
            for number in sampled(range(len(at(certificate, where))), (name, where)):
                changed = copy.deepcopy(certificate)
                mutate(changed, where, number)
                assert not is_accepted(changed), (certificate["query"]["text"], where, number)


@pytest.mark.parametrize("name", proved())
def test_no_claim_can_be_altered_after_the_proof(name: str) -> None:
    """The digest tells. That a claim with a digest of its own is not the model's, only the model tells."""
    for certificate in certificates_of(name):
        for part in ("model", "query"):
            for key in certificate[part]:
                changed = copy.deepcopy(certificate)
                changed[part][key] = [0] if changed[part][key] != [0] else [1]
                with pytest.raises((check.Rejected, check.Malformed)):
                    check.check(json.dumps(changed))
