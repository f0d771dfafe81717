"""Certificates of true queries: each is accepted, the same every time, and speaks of its own model."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path

import pytest

import appliedpi
from appliedpi import check, engine
from appliedpi.certificates import Statements
from appliedpi.core import Model
from appliedpi.limits import Limits
from appliedpi.report import Result, Verdict
from appliedpi.verification import load
from tests.parity.expectations import models

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
    statements = Statements(model)
    for result in results:
        if result.verdict is not Verdict.TRUE:
            assert result.certificate is None
            continue
        assert result.certificate is not None, result.query.text
        accepted = check.check(result.certificate)
        assert accepted.query == result.query.text
        assert accepted.initial_clauses > 0
        assert statements.agree(result.certificate)


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


@pytest.mark.parametrize("name", ["lemma", "natural-numbers", "secrecy-declaration-not", "induction-lemma"])
def test_an_altered_claim_does_not_agree_with_the_model(name: str) -> None:
    """The digest is recomputed: only the model tells that the claim is not its own."""
    model, results = proved(CORPUS[name])
    certificates = [json.loads(r.certificate) for r in results if r.certificate is not None]
    assert certificates
    statements = Statements(model)
    for certificate in certificates:
        alterations = 0
        for part in ("model", "query"):
            for entries in [key for key, value in certificate[part].items() if isinstance(value, list)]:
                for index in range(len(certificate[part][entries])):
                    altered = copy.deepcopy(certificate)
                    del altered[part][entries][index]
                    assert not statements.agree(text_of(altered)), (part, entries, index)
                    alterations += 1
        for number, clause in enumerate(certificate["model"]["clauses"]):
            for index in range(len(clause[0])):
                altered = copy.deepcopy(certificate)
                del altered["model"]["clauses"][number][0][index]
                assert not statements.agree(text_of(altered)), (number, index)
                alterations += 1
        assert alterations > 20


def test_an_altered_conclusion_does_not_agree_with_the_model() -> None:
    model, results = proved(CORPUS["conclusion-disjunction"])
    certificate = json.loads(next(r.certificate for r in results if r.certificate is not None))
    assert Statements(model).agree(text_of(certificate))
    certificate["query"]["conclusion"][1].append([])  # "or true"
    assert not Statements(model).agree(text_of(certificate))


def test_the_certificate_of_one_model_does_not_agree_with_another() -> None:
    text = CORPUS["event-authenticated"].read_text(encoding="utf-8")
    changed = text.replace("in event Accepted(", "in out(c, c); event Accepted(")
    assert changed != text
    results = proved(CORPUS["event-authenticated"])[1]
    certificate = next(r.certificate for r in results if r.certificate is not None)
    assert Statements(load(text)).agree(certificate)
    assert not Statements(load(changed)).agree(certificate)


def test_a_text_that_is_no_certificate_is_a_value_error() -> None:
    model = load(CORPUS["event-order"])
    for text in ("", "[]", "{}", '{"model": 1, "query": 2}'):
        with pytest.raises(ValueError):
            Statements(model).agree(text)


def test_certificates_of_one_model_share_what_is_said_of_it() -> None:
    """All but the parts about the query, word for word: so it is checked once."""
    texts = [r.certificate for r in proved(CORPUS["conclusion-cases"])[1] if r.certificate is not None]
    shared = {text[text.index(' "model":') : text.index(' "query":')] for text in texts}
    assert len(texts) > 2 and len(shared) == 1
    checker = check.Checker()
    assert [checker.check(text).query for text in texts] == [check.check(text).query for text in texts]
