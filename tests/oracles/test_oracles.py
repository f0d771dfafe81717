"""The verifier against itself: opposites, and configurations that may not change a verdict.

APPLIEDPI_ORACLE_MODELS is how many generated models are added to the corpus (default: a few, in seconds).
"""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

import pytest

import appliedpi
from appliedpi.errors import InputError, LimitExceeded
from appliedpi.report import Verdict
from appliedpi.syntax import parse_model, print_model
from tests.oracles import opposites, variants
from tests.oracles.generation import random_model
from tests.oracles.shrinking import shrink
from tests.parity.expectations import models, read_expectation

GENERATED = int(os.environ.get("APPLIEDPI_ORACLE_MODELS", "10"))
TIMEOUT = 5.0
HINTED_TIMEOUT = 0.2  # a hint on random facts often makes resolution endless
TRUE, FALSE = Verdict.TRUE, Verdict.FALSE


@cache
def texts() -> dict[str, str]:
    """The models by name: the corpus without what is refused, and generated ones."""
    found = {path.stem: path.read_text(encoding="utf-8") for path in models()}
    found = {name: text for name, text in found.items() if read_expectation(text).refused is None}
    for seed in range(GENERATED):
        found[f"generated-{seed}"] = random_model(seed)
    return found


NAMES = sorted(texts())


def answers(text: str, timeout: float = TIMEOUT) -> list[Verdict] | None:
    """The verdicts, None where the limit was reached. A *true* has no trace, a *false* has one."""
    try:
        report = appliedpi.verify(text, timeout=timeout)
    except LimitExceeded:
        return None
    for result in report.results:
        assert (result.trace is not None) == (result.verdict is FALSE), result
    return [result.verdict for result in report.results]


@cache
def base(name: str) -> list[Verdict] | str | None:
    """The verdicts of the model as it is; the message where the front end refuses it."""
    try:
        return answers(texts()[name])
    except InputError as error:
        return error.message


def contradicts(one: list[Verdict] | None, other: list[Verdict] | None) -> bool:
    """Whether true stands against false somewhere."""
    if one is None or other is None:
        return False
    assert len(one) == len(other)
    return any({left, right} == {TRUE, FALSE} for left, right in zip(one, other, strict=True))


def test_most_models_are_decided() -> None:
    """Or nothing below would say anything."""
    decided = [name for name in NAMES if isinstance(base(name), list)]
    assert len(decided) >= 0.9 * len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_opposites(name: str) -> None:
    """A property and its negation are not both true, and no property of what never happens is false."""
    if not isinstance(base(name), list):
        pytest.skip("not decided")
    text, relations = opposites.add_opposites(texts()[name])
    verdicts = answers(text)
    if verdicts is None:
        pytest.skip("not decided in time")
    for query, reached, negation in relations:
        if verdicts[reached] is FALSE and negation is not None:
            assert {verdicts[query], verdicts[negation]} != {TRUE}, text
        if verdicts[reached] is TRUE:
            assert verdicts[query] is not FALSE, text
            assert negation is None or verdicts[negation] is not FALSE, text


@pytest.mark.parametrize("configuration", sorted(variants.CONFIGURATIONS))
@pytest.mark.parametrize("name", NAMES)
def test_configurations(name: str, configuration: str) -> None:
    """Another order, other names or another search do not turn true into false or back."""
    expected = base(name)
    if not isinstance(expected, list):
        pytest.skip("not decided")
    text = variants.vary(texts()[name], configuration, 1)
    given = answers(text, HINTED_TIMEOUT if configuration == "selection" else TIMEOUT)
    assert not contradicts(expected, given), text
    if configuration in ("declarations", "parallel", "renaming"):
        assert given is None or [v is TRUE for v in given] == [v is TRUE for v in expected], text


@pytest.mark.parametrize("name", NAMES)
def test_queries_alone(name: str) -> None:
    """A query asked alone is answered as among the others."""
    expected = base(name)
    if not isinstance(expected, list) or len(expected) < 2:
        pytest.skip("nothing to compare")
    alone = [answers(text) for text in variants.one_query_each(texts()[name])]
    if any(verdicts is None for verdicts in alone):
        pytest.skip("not decided in time")
    given = [verdict for verdicts in alone if verdicts is not None for verdict in verdicts]
    if len(given) == len(expected):  # `secret` with several names is several queries
        assert not contradicts(expected, given)


def test_the_variants_do_vary() -> None:
    """Each configuration changes the text of most models that it can change."""
    for configuration in variants.CONFIGURATIONS:
        changed = [
            name for name in NAMES
            if variants.vary(texts()[name], configuration, 1)
            != print_model(parse_model(texts()[name], "model.pv"))
        ]  # fmt: skip
        assert len(changed) > 0.25 * len(NAMES), configuration


def test_opposites_are_found() -> None:
    text = "event A(nat). query x: nat; event(A(x)) ==> x = 1. process event A(1)"
    added, relations = opposites.add_opposites(text)
    assert relations == [(0, 1, 2)]
    assert "event(A(x)) ==> x <> 1" in added


def test_a_contradiction_is_seen() -> None:
    assert contradicts([TRUE, FALSE], [TRUE, TRUE])
    assert not contradicts([TRUE, Verdict.CANNOT_BE_PROVED], [TRUE, FALSE])


def test_shrinking_keeps_what_it_shows() -> None:
    text = random_model(3)
    small = shrink(text, lambda candidate: "event A" in candidate and "sign" in candidate, 5.0)
    assert "event A" in small and "sign" in small
    assert len(small) < len(text) / 2


def test_generated_models_are_the_same_for_the_same_seed() -> None:
    assert random_model(7) == random_model(7) != random_model(8)


PROVERIF = shutil.which("proverif")


@pytest.mark.skipif(PROVERIF is None, reason="there is no proverif on PATH")
@pytest.mark.parametrize("seed", range(100, 130))
def test_proverif_agrees(seed: int) -> None:
    """A sample of what `python -m tests.parity.random_models` runs by the thousand."""
    from tests.parity.compare import Outcome
    from tests.parity.random_models import outcomes

    assert PROVERIF is not None
    found = outcomes(random_model(seed), TIMEOUT, Path(PROVERIF))
    assert not {Outcome.CONTRADICTION, Outcome.ERROR} & set(found), random_model(seed)
