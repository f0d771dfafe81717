"""Certificates of true queries: each is accepted, the same every time, and speaks of its own model."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path

import pytest

import appliedpi
from appliedpi import check, engine
from appliedpi.certificates import initial_clauses_agree
from appliedpi.check.reading import digest
from appliedpi.core import Model
from appliedpi.limits import Limits
from appliedpi.report import Result, Verdict
from appliedpi.verification import load
from tests.parity.expectations import models

# How many true queries and lemmas of a model are of a kind that certificates have no place for: nested
# correspondences, what is proved by induction, and disjunctions that are shown case by case.
WITHOUT = {
    "conclusion-cases": 5,
    "nested-correspondence": 2,
    "induction-events": 1,
    "induction-lemma": 1,
    "induction-message": 1,
}
CORPUS = {path.stem: path for path in models()}


@cache
def proved(path: Path) -> tuple[Model, tuple[Result, ...]]:
    """The model and the answers to its lemmas and queries, those that are true with certificates."""
    model = load(path)
    return model, engine.prove(model, limits=Limits(60), certificates=True)


def text_of(certificate: object) -> str:
    return json.dumps(certificate)


@pytest.mark.parametrize("name", CORPUS)
def test_every_true_query_has_a_certificate_that_is_accepted(name: str) -> None:
    try:
        model, results = proved(CORPUS[name])
    except appliedpi.InputError:
        pytest.skip("refused by the built-in verifier")
    without = 0
    for result in results:
        if result.verdict is not Verdict.TRUE:
            assert result.certificate is None
        elif result.certificate is None:
            without += 1
        else:
            accepted = check.check(result.certificate)
            assert accepted.query == result.query.text
            assert accepted.initial_clauses > 0
            assert initial_clauses_agree(result.certificate, model)
    assert without == WITHOUT.get(name, 0)


def test_no_certificate_unless_asked() -> None:
    model = load(CORPUS["event-order"])
    results = engine.prove(model, limits=Limits(60))
    assert any(result.verdict is Verdict.TRUE for result in results)
    assert all(result.certificate is None for result in results)


def test_certificates_are_the_same_every_time() -> None:
    for name in ("needham-schroeder-lowe", "equation-diffie-hellman", "lemma"):
        once = [result.certificate for result in proved(CORPUS[name])[1]]
        again = engine.prove(load(CORPUS[name]), limits=Limits(60), certificates=True)
        assert once == [result.certificate for result in again]


@pytest.mark.parametrize("name", ["lemma", "natural-numbers", "secrecy-declaration-not", "query-secret"])
def test_an_altered_statement_does_not_agree_with_the_model(name: str) -> None:
    """The digest is recomputed: only the model tells that the statement is not its own."""
    model, results = proved(CORPUS[name])
    certificates = [json.loads(r.certificate) for r in results if r.certificate is not None]
    assert certificates
    for certificate in certificates:
        alterations = 0
        for part in ("clauses", "goals", "lemmas", "never", "terms", "symbols"):
            for index in range(len(certificate["statement"][part])):
                altered = copy.deepcopy(certificate)
                del altered["statement"][part][index]
                altered["digest"] = digest(altered["statement"])
                assert not initial_clauses_agree(text_of(altered), model), (part, index)
                alterations += 1
        for number, clause in enumerate(certificate["statement"]["clauses"]):
            for index in range(len(clause[0])):
                altered = copy.deepcopy(certificate)
                del altered["statement"]["clauses"][number][0][index]
                assert not initial_clauses_agree(text_of(altered), model), (number, index)
                alterations += 1
        assert alterations > 20


def test_an_altered_conclusion_does_not_agree_with_the_model() -> None:
    model, results = proved(CORPUS["conclusion-disjunction"])
    certificate = json.loads(next(r.certificate for r in results if r.certificate is not None))
    assert initial_clauses_agree(text_of(certificate), model)
    certificate["statement"]["query"]["disjuncts"].append([])  # "or true"
    assert not initial_clauses_agree(text_of(certificate), model)


def test_the_certificate_of_one_model_does_not_agree_with_another() -> None:
    text = CORPUS["event-authenticated"].read_text(encoding="utf-8")
    changed = text.replace("in event Accepted(", "in out(c, c); event Accepted(")
    assert changed != text
    results = proved(CORPUS["event-authenticated"])[1]
    certificate = next(r.certificate for r in results if r.certificate is not None)
    assert initial_clauses_agree(certificate, load(text))
    assert not initial_clauses_agree(certificate, load(changed))


def test_a_text_that_is_no_certificate_is_a_value_error() -> None:
    model = load(CORPUS["event-order"])
    for text in ("", "[]", "{}", '{"statement": 1}'):
        with pytest.raises(ValueError):
            initial_clauses_agree(text, model)
