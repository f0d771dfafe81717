from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.kbspec.vault import CLAIMS, HARMLESS, REDUNDANT, vault

from kbspec import matrix_records, verdicts
from kbspec.errors import SpecificationError
from kbspec.matrix_oracle import questions, summary
from kbspec.matrix_records import NECESSITY
from kbspec.oracle import check, consult
from kbspec.specification import Specification


@pytest.fixture
def book(spec: Specification, project: Path) -> Path:
    """A project whose one model has both matrices."""
    (project / "notebooks" / "01-knock.ipynb").touch()
    model = vault(spec)
    model.verify(expect=CLAIMS)
    model.necessity(redundant=REDUNDANT)
    model.assumptions(harmless=HARMLESS)
    matrix_records.merge(project, verdicts.merge(project))
    return project


class Oracle:
    """Answers as the built-in verifier did; `lies` are other answers by the change that is asked about."""

    def __init__(self, root: Path, lies: dict[str, dict[str, str]] | None = None) -> None:
        record = verdicts.load(root)["vault"]
        texts = {"vault": (root / "pv" / "models" / "vault.pv").read_text(encoding="utf-8")}
        said = {id: query.verdict for id, query in record.queries.items()}
        self.answers = {texts["vault"]: said}
        for one in questions(root, texts)["vault"]:
            self.answers[one.text] = {**one.verdicts, **(lies or {}).get(one.change, {})}
        self.asked: list[str] = []

    def __call__(self, text: str) -> dict[str, str]:
        self.asked.append(text)
        return dict(self.answers[text])


def test_proverif_is_asked_about_every_variant_once(book: Path) -> None:
    oracle = Oracle(book)
    found = consult(book, "2.05", oracle, date(2026, 1, 1), jobs=2)
    assert found.disagreements == () and found.variants == 5
    assert len(oracle.asked) == len(set(oracle.asked)) == 6
    said = verdicts.load(book)["vault"].proverif
    assert said is not None and said.variants is not None
    assert (said.variants.count, said.variants.queries) == (5, 15)
    assert check(book) == []
    before = (book / verdicts.VERDICTS).read_bytes()
    consult(book, "2.05", oracle, date(2026, 2, 2))
    assert len(oracle.asked) == 6  # nothing is new
    assert (book / verdicts.VERDICTS).read_bytes() == before
    consult(book, "2.06", oracle, date(2026, 2, 2))
    assert len(oracle.asked) == 12


def test_a_disagreement_about_a_variant_is_an_error(book: Path) -> None:
    oracle = Oracle(book, {"without CHK-PIN": {"SEC-GOLD": "cannot be proved"}})
    found = consult(book, "2.05", oracle, date(2026, 1, 1))
    assert found.disagreements == (
        "vault without CHK-PIN, SEC-GOLD: the built-in verifier says false, ProVerif cannot be proved",
    )
    assert verdicts.load(book)["vault"].proverif is None


def test_check_says_where_proverif_has_not_been_asked(book: Path) -> None:
    consult(book, "2.05", Oracle(book), date(2026, 1, 1))
    path = book / NECESSITY.path
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"verdict": "false"', '"verdict": "true"', 1), encoding="utf-8")
    assert check(book) == [
        "vault: ProVerif has not been asked about its variants; where it is there: kbspec oracle"
    ]


def test_the_digest_is_of_texts_and_verdicts(book: Path) -> None:
    text = (book / "pv" / "models" / "vault.pv").read_text(encoding="utf-8")
    asked = questions(book, {"vault": text})["vault"]
    changed = questions(book, {"vault": text + "\n"})["vault"]
    assert summary(asked) == summary(asked) != summary(changed)
    assert summary([]) is None
    assert {one.change for one in asked} == {
        "without CHK-PIN", "without CHK-FIRST", "without CHK-SECOND",
        "violating ASM-PIN-SECRET", "violating ASM-QUIET",
    }  # fmt: skip


def test_a_matrix_of_another_text_is_an_error(book: Path) -> None:
    text = (book / "pv" / "models" / "vault.pv").read_text(encoding="utf-8")
    with pytest.raises(SpecificationError, match="model vault has no @check CHK-PIN"):
        questions(book, {"vault": text.replace("CHK-PIN", "CHK-CODE")})
