"""The checker rejects what is no proof: certificates of false queries, spoiled ones, damaged ones."""

from __future__ import annotations

import ast
import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from appliedpi import certificates, check, engine
from appliedpi.check.__main__ import ACCEPTED, REJECTED, UNREADABLE, main
from appliedpi.clauses import Clause
from appliedpi.limits import Limits
from appliedpi.report import Verdict
from appliedpi.verification import load
from tests.appliedpi.certificate_mutations import (
    CORPUS,
    Certificate,
    answers,
    at,
    certificates_of,
    is_accepted,
    kept_sets,
)  # fmt: skip

DATA = Path(__file__).parent / "spoiled_certificates"
ATTACKED = (
    "needham-schroeder-public-key", "natural-numbers", "else-disequality", "injective-nonce-reused",
    "equation-diffie-hellman", "conclusion-disjunction", "premise-conjunction", "phase-forward-secrecy",
    "table-get-else", "new-before-single-input", "type-flaw-attack", "replication-counts",
)  # fmt: skip


def altered_proofs(certificate: Certificate) -> Iterator[tuple[str, Certificate]]:
    """The certificate with one thing changed in its proof, and what was changed."""
    for where in kept_sets(certificate):
        for number, (body, selected, _) in enumerate(at(certificate, where)):
            changed = copy.deepcopy(certificate)
            del at(changed, where)[number]
            yield f"without {where} {number}", changed
            for index in range(len(body[0])):
                changed = copy.deepcopy(certificate)
                kept = at(changed, where)[number]
                del kept[0][0][index]
                if selected is not None:
                    kept[1] = None if selected == index else selected - (selected > index)
                yield f"{where} {number} without hypothesis {index}", changed
                changed = copy.deepcopy(certificate)
                at(changed, where)[number][1] = index
                yield f"{where} {number} selects {index}", changed
            changed = copy.deepcopy(certificate)
            at(changed, where)[number][1] = None
            yield f"{where} {number} selects nothing", changed
            for index in range(len(body[2])):
                changed = copy.deepcopy(certificate)
                del at(changed, where)[number][0][2][index]
                yield f"{where} {number} without disequality {index}", changed


def test_a_redundant_clause_more_is_harmless() -> None:
    for certificate in certificates_of("event-order"):
        clauses = certificate["saturated"]["clauses"]
        solved = next(kept for kept in clauses if kept[1] is None)
        clauses.append(copy.deepcopy(solved))
        assert is_accepted(certificate)


def test_each_case_of_a_conclusion_is_needed() -> None:
    """Where no single disjunct holds, all together do: `x >= y || y > x`, and neither alone."""
    rejected = 0
    for certificate in certificates_of("conclusion-cases"):
        for index in range(len(certificate["query"]["conclusion"][1])):
            changed = copy.deepcopy(certificate)
            del changed["query"]["conclusion"][1][index]
            rejected += not is_accepted(changed)
    assert rejected >= 8


def test_what_is_nested_needs_its_own_proof() -> None:
    for certificate in certificates_of("nested-correspondence"):
        changed = copy.deepcopy(certificate)
        changed["answer"]["nested"] = []
        assert not is_accepted(changed)
        changed = copy.deepcopy(certificate)
        changed["answer"]["nested"].append({"goals": [], "nested": []})
        assert not is_accepted(changed)
        # Nothing is nested there that could not hold: the empty disjunction does not.
        ((atom,),) = certificate["query"]["conclusion"][1]
        changed = copy.deepcopy(certificate)
        nested = changed["query"]["conclusion"][1][0][0][3][1]
        assert len(nested) == 1 and atom[3][1] == nested
        nested.clear()
        assert not is_accepted(changed)


@pytest.mark.parametrize("name", ["induction-events", "induction-lemma", "induction-message"])
def test_a_proof_by_induction_needs_its_hypothesis(name: str) -> None:
    used = 0
    for certificate in certificates_of(name):
        hypothesis = certificate["query"]["induction"]
        if not hypothesis:
            continue
        used += 1
        changed = copy.deepcopy(certificate)
        changed["query"]["induction"] = []
        assert not is_accepted(changed)
    assert used


def test_a_query_that_claims_more_is_rejected() -> None:
    """Each disjunct of the conclusion is needed, and none can ask for one event more."""
    for certificate in certificates_of("conclusion-disjunction"):
        disjuncts = certificate["query"]["conclusion"][1]
        assert len(disjuncts) == 2
        for index in range(2):
            changed = copy.deepcopy(certificate)
            del changed["query"]["conclusion"][1][index]
            assert not is_accepted(changed)
        changed = copy.deepcopy(certificate)
        both = [atom for disjunct in disjuncts for atom in disjunct]
        changed["query"]["conclusion"][1] = [both]
        assert not is_accepted(changed)


def test_an_initial_clause_more_is_rejected() -> None:
    """What the attacker may know besides makes the proof incomplete."""
    for certificate in certificates_of("secrecy-declaration-not"):
        model = certificate["model"]
        attacker = next(i for i, symbol in enumerate(model["symbols"]) if symbol[0] == "attacker")
        secret = model["clauses"][-1]
        fact = next(i for i, term in enumerate(model["terms"]) if term[0] == attacker and i not in secret[0])
        assert [[], fact, [], 0] not in model["clauses"]
        model["clauses"].append([[], fact, [], 0])
        assert not is_accepted(certificate)


# --- certificates of false queries ------------------------------------------------------------------


@pytest.fixture
def forging(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine takes every query for true and writes the certificate that it would write then."""
    monkeypatch.setattr(engine.SaturatedModel, "_violations", lambda *arguments: [])
    monkeypatch.setattr(certificates, "injective_choice", _any_choice)


def _any_choice(query: Any, clauses: list[Clause], conclusion: Any, unifiers: Any) -> Any:
    fallback = conclusion.disjuncts[0] if conclusion.disjuncts else ()
    return [
        next(iter(islice(conclusion.matches(clause), 1)), (fallback, (None,) * len(fallback)))
        for clause in clauses
    ]


@pytest.mark.usefixtures("forging")
@pytest.mark.parametrize("name", ATTACKED)
def test_no_certificate_of_a_false_query_is_accepted(name: str) -> None:
    """Not as the engine would write it, and not with anything changed in its proof."""
    truth = [result.verdict for result in answers(name)]
    forged = engine.prove(load(CORPUS[name]), limits=Limits(60), certificates=True)
    attempts = 0
    for verdict, result in zip(truth, forged, strict=True):
        if verdict is Verdict.TRUE:
            continue
        assert result.certificate is not None
        certificate = json.loads(result.certificate)
        assert not is_accepted(copy.deepcopy(certificate)), result.query.text
        for what, changed in altered_proofs(certificate):
            assert not is_accepted(changed), (result.query.text, what)
            attempts += 1
    assert attempts > 20


@pytest.fixture(autouse=True)
def _answers_before_forging() -> None:
    """What is remembered of a model must be the truth."""
    for name in ATTACKED:
        answers(name)


# --- spoiled certificates: one for each rule -------------------------------------------------------

SPOILED = {
    "statement-altered": "the digest does not fit what is claimed",
    "initial-clause-uncovered": r"^initial clause \d+ is not covered",
    "label-not-contained": r"^initial clause \d+ is not covered",
    "constraint-not-implied": r"^initial clause \d+ is not covered",
    "resolvent-uncovered": r"^the resolvent of clause \d+ with clause \d+ is not covered",
    "blocking-fact-selected": r"^clause \d+ selects begin\(.*\), which cannot be",
    "variable-selected": r"^clause \d+ selects attacker\(v0\), which cannot be",
    "data-selected": r"^clause \d+ selects attacker\(\(x,x\)\), which cannot be",
    "public-constant-selected": r"^clause \d+ selects attacker\(true\), which cannot be",
    "goal-clause-uncovered": r"^initial goal clause \d+ is not covered",
    "goal-resolvent-uncovered": r"^the resolvent of goal clause \d+ with clause \d+ is not covered",
    "query-not-satisfied": r"^goal clause \d+ does not satisfy the query",
    "claim-wrong": r"^goal clause \d+ does not satisfy the query as it claims",
    "claim-missing": r"^goal clause \d+ does not satisfy the query as it claims",
    "not-injective": r"^not injective: goal clause \d+ and goal clause \d+ may share begin",
    "never-without-proof": "not one proof for each fact",
    "never-but-derivable": "is declared never to hold, but may hold",
}
MALFORMED = {
    "malformed-not-json": "not a certificate: JSONDecodeError",
    "malformed-nesting": "not a certificate: RecursionError",
    "malformed-format": "the format is 'appliedpi certificate 0'",
    "malformed-number-too-large": "not a certificate: IndexError",
    "malformed-number-negative": "-1 is not a natural number",
    "malformed-arity": "mess is applied to 1 arguments",
    "malformed-conclusion": "a clause concludes begin",
    "malformed-selection": "there is no hypothesis 7",
    "malformed-part-missing": "KeyError: 'goals'",
}


def spoiled(name: str) -> str:
    return (DATA / f"{name}.certificate").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["accepted", "accepted-injective"])
def test_what_was_spoiled_is_accepted(name: str) -> None:
    accepted = check.check(spoiled(name))
    assert accepted.initial_clauses and accepted.kept_clauses and accepted.resolutions


@pytest.mark.parametrize("name", SPOILED)
def test_spoiled_certificates_are_rejected_for_what_is_wrong_with_them(name: str) -> None:
    with pytest.raises(check.Rejected, match=SPOILED[name]):
        check.check(spoiled(name))


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_certificates_are_told_apart(name: str) -> None:
    with pytest.raises(check.Malformed, match=MALFORMED[name]):
        check.check(spoiled(name))


def test_every_spoiled_certificate_has_its_reason() -> None:
    names = {path.stem for path in DATA.glob("*.certificate")}
    assert names == {"accepted", "accepted-injective", *SPOILED, *MALFORMED}


# --- the command ------------------------------------------------------------------------------------


def test_exit_status_is_that_of_the_worst(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    good, wrong, broken = [
        str(DATA / f"{name}.certificate") for name in ("accepted", "claim-wrong", "malformed-not-json")
    ]
    assert main([good]) == ACCEPTED == 0
    shown = capsys.readouterr()
    assert shown.out.startswith(f"{good}: accepted: event(After(x_1)) ==> event(Before(x_1)) is true (13 ")
    assert shown.out.count("\n") == 1 and not shown.err
    assert main([good, wrong]) == REJECTED == 1
    shown = capsys.readouterr()
    assert shown.err.startswith(f"{wrong}: rejected: goal clause 1 does not satisfy")
    assert main([wrong, broken, good]) == UNREADABLE == 2
    capsys.readouterr()
    assert main([str(tmp_path / "missing")]) == UNREADABLE
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    assert main([str(tmp_path / "bytes")]) == UNREADABLE
    assert capsys.readouterr().out == ""
    assert main([]) == UNREADABLE


def test_the_command_runs_as_a_module() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "appliedpi.check", str(DATA / "not-injective.certificate")],
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stdout) == (REJECTED, "")
    assert "rejected: not injective" in run.stderr
    assert len(run.stderr.splitlines()) == 1


# --- its size ---------------------------------------------------------------------------------------


def code_lines(path: Path) -> int:
    """Lines of code: without empty ones, comments, docstrings and imports."""
    text = path.read_text(encoding="utf-8")
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            left_out.update(range(node.lineno, (node.end_lineno or 0) + 1))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            left_out.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and number not in left_out
        for number, line in enumerate(text.splitlines(), 1)
    )


# What must be read to believe: the rules, and the algebra that they stand on. Apart from it are the format of
# a certificate, which says what the objects are, and the command.
RULES = ("clauses", "covering", "answers", "induction", "proof")
ALGEBRA = ("unification", "constraints")
FORMAT = ("contents", "reading")
COMMAND = ("__init__", "__main__", "errors")
FAMILIES = ("scope",)


def test_what_must_be_read_to_believe_is_short() -> None:
    package = Path(check.__file__).parent
    lines = {path.stem: code_lines(path) for path in package.glob("*.py")}
    assert set(lines) == {*RULES, *ALGEBRA, *FORMAT, *FAMILIES, *COMMAND}
    assert sum(lines[name] for name in FAMILIES) < 20
    assert sum(lines[name] for name in RULES) < 480
    assert sum(lines[name] for name in ALGEBRA) < 190
    assert sum(lines[name] for name in FORMAT) < 200


def test_nothing_is_shared_with_the_saturation() -> None:
    package = Path(check.__file__).parent
    for path in package.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module is not None and module.startswith("appliedpi"):
                allowed = ("appliedpi.check", "appliedpi.terms", "appliedpi.errors")
                assert module.startswith(allowed), (path.name, module)


# --- damage at random -------------------------------------------------------------------------------


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to each entry of a list somewhere in a document."""
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield (*path, index)
            yield from places(entry, (*path, index))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from places(entry, (*path, key))


@pytest.mark.usefixtures("forging")
@pytest.mark.parametrize("name", ["natural-numbers", "injective-nonce-reused", "conclusion-disjunction"])
def test_a_damaged_proof_of_a_false_query_neither_convinces_nor_crashes(name: str) -> None:
    random = Random(name)
    truth = [result.verdict for result in answers(name)]
    forged = engine.prove(load(CORPUS[name]), limits=Limits(60), certificates=True)
    for verdict, result in zip(truth, forged, strict=True):
        if verdict is Verdict.TRUE:
            continue
        certificate = json.loads(result.certificate or "")
        proof = {part: certificate[part] for part in ("saturated", "answer")}
        paths = list(places(proof))
        for _ in range(150):
            changed = copy.deepcopy(certificate)
            *above, last = random.choice(paths)
            holder = changed
            for key in above:
                holder = holder[key]
            if random.random() < 0.3:
                del holder[last]
            else:
                holder[last] = random.choice([None, -1, 0, 1, random.randrange(120), [], "", {}, 0.5, True])
            assert not is_accepted(changed), result.query.text
