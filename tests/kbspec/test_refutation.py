from __future__ import annotations

from tests.kbspec.vault import vault

from kbspec.refutation import refuted
from kbspec.specification import Specification


def test_only_what_is_asked_is_refuted(spec: Specification) -> None:
    variant = vault(spec).varied("check", ("CHK-PIN",))
    assert refuted(variant, ["SEC-GOLD"], None) == {"SEC-GOLD"}
    assert refuted(variant, ["SEC-SCRAP"], None) == {"SEC-SCRAP"}


def test_what_holds_is_not_refuted(spec: Specification) -> None:
    variant = vault(spec).varied("check", ("CHK-FIRST",))
    assert refuted(variant, ["SEC-GOLD", "SEC-SCRAP"], None) == {"SEC-SCRAP"}


def test_a_limit_refutes_nothing(spec: Specification) -> None:
    variant = vault(spec).varied("check", ("CHK-PIN",))
    assert refuted(variant, ["SEC-GOLD"], 0.0) == frozenset()
