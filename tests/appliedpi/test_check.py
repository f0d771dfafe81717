"""The checker rejects what is no proof: altered certificates, certificates of false queries, spoiled ones.

Some alterations of a proof leave a proof, and are accepted: a hypothesis less in a kept clause (it says
more, and all obligations are checked for what it says now), another selected hypothesis or none (the theorem
holds for every selection), a clause more. Removing a clause never does, because no kept clause is
subsumed by the others.
"""

from __future__ import annotations

import ast
import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from appliedpi import certificates, check, engine
from appliedpi.check.__main__ import ACCEPTED, REJECTED, UNREADABLE, main
from appliedpi.check.reading import digest
from appliedpi.clauses import Clause
from appliedpi.limits import Limits
from appliedpi.report import Result, Verdict
from appliedpi.verification import load
from tests.parity.expectations import models

CORPUS = {path.stem: path for path in models()}
DATA = Path(__file__).parent / "spoiled_certificates"
MUTATED = (
    "needham-schroeder-lowe", "natural-numbers", "phase-forward-secrecy", "lemma", "restriction",
    "secrecy-declaration-not", "equation-diffie-hellman", "else-disequality", "injective-nonce",
    "conclusion-disjunction", "premise-conjunction", "table-get-else", "input-precise-option",
)  # fmt: skip
ATTACKED = (
    "needham-schroeder-public-key", "natural-numbers", "else-disequality", "injective-nonce-reused",
    "equation-diffie-hellman", "conclusion-disjunction", "premise-conjunction", "phase-forward-secrecy",
    "table-get-else", "new-before-single-input", "type-flaw-attack", "replication-counts",
)  # fmt: skip

Certificate = dict[str, Any]


@cache
def answers(name: str) -> tuple[Result, ...]:
    return engine.prove(load(CORPUS[name]), limits=Limits(60), certificates=True)


def certificates_of(name: str) -> list[Certificate]:
    found = [json.loads(result.certificate) for result in answers(name) if result.certificate is not None]
    assert found
    return found


def is_accepted(certificate: Certificate) -> bool:
    """What the checker says once the digest fits again: the obligations alone must notice."""
    certificate["digest"] = digest(certificate["statement"])
    try:
        check.check(json.dumps(certificate))
    except (check.Rejected, check.Malformed):
        return False
    return True


def altered_proofs(certificate: Certificate) -> Iterator[tuple[str, Certificate]]:
    """The certificate with one thing changed in its proof, and what was changed."""
    for part in ("clauses", "goals"):
        for number, (body, selected, _) in enumerate(certificate["proof"][part]):
            changed = copy.deepcopy(certificate)
            del changed["proof"][part][number]
            yield f"without {part} {number}", changed
            for index in range(len(body[0])):
                changed = copy.deepcopy(certificate)
                kept = changed["proof"][part][number]
                del kept[0][0][index]
                if selected is not None:
                    kept[1] = None if selected == index else selected - (selected > index)
                yield f"{part} {number} without hypothesis {index}", changed
                changed = copy.deepcopy(certificate)
                changed["proof"][part][number][1] = index
                yield f"{part} {number} selects {index}", changed
            changed = copy.deepcopy(certificate)
            changed["proof"][part][number][1] = None
            yield f"{part} {number} selects nothing", changed
            for index in range(len(body[2])):
                changed = copy.deepcopy(certificate)
                del changed["proof"][part][number][0][2][index]
                yield f"{part} {number} without disequality {index}", changed


@pytest.mark.parametrize("name", MUTATED)
def test_no_clause_can_be_removed(name: str) -> None:
    for certificate in certificates_of(name):
        assert is_accepted(copy.deepcopy(certificate))
        for part in ("clauses", "goals"):
            assert certificate["proof"][part]
            for number in range(len(certificate["proof"][part])):
                changed = copy.deepcopy(certificate)
                del changed["proof"][part][number]
                assert not is_accepted(changed), f"{part} {number}"


@pytest.mark.parametrize("name", MUTATED)
def test_no_kept_clause_can_be_made_to_say_less(name: str) -> None:
    """With a hypothesis more, another conclusion, a constraint that never holds, or a label."""
    for certificate in certificates_of(name):
        for number in range(len(certificate["proof"]["clauses"])):
            for weaken in (_add_hypothesis, _replace_conclusion, _add_constraint, _add_label):
                changed = copy.deepcopy(certificate)
                weaken(changed["proof"]["clauses"][number][0], _new_fact(changed))
                assert not is_accepted(changed), (number, weaken.__name__)


def _add_hypothesis(body: list[Any], fact: int) -> None:
    body[0].append(fact)


def _replace_conclusion(body: list[Any], fact: int) -> None:
    body[1] = fact


def _add_constraint(body: list[Any], fact: int) -> None:
    body[2].append([[[fact, fact]], []])  # never holds


def _add_label(body: list[Any], fact: int) -> None:
    body[3] = 1


def _new_fact(certificate: Certificate) -> int:
    """Add attacker(c) for a new private name c to the tables of the proof; its number."""
    statement, proof = certificate["statement"], certificate["proof"]
    symbols = [*statement["symbols"], *proof["symbols"]]
    attacker = next(i for i, symbol in enumerate(symbols) if symbol[0] == "attacker")
    proof["symbols"].append(["strange", [], "bitstring", "name", ["private"]])
    before = len(statement["terms"]) + len(proof["terms"])
    proof["terms"] += [[len(symbols)], [attacker, before]]
    return before + 1


def test_a_redundant_clause_more_is_harmless() -> None:
    for certificate in certificates_of("event-order"):
        clauses = certificate["proof"]["clauses"]
        solved = next(kept for kept in clauses if kept[1] is None)
        clauses.append(copy.deepcopy(solved))
        assert is_accepted(certificate)


def test_a_query_that_claims_more_is_rejected() -> None:
    """Each disjunct of the conclusion is needed, and none can ask for one event more."""
    for certificate in certificates_of("conclusion-disjunction"):
        disjuncts = certificate["statement"]["query"]["disjuncts"]
        assert len(disjuncts) == 2
        for index in range(2):
            changed = copy.deepcopy(certificate)
            del changed["statement"]["query"]["disjuncts"][index]
            assert not is_accepted(changed)
        changed = copy.deepcopy(certificate)
        both = [atom for disjunct in disjuncts for atom in disjunct]
        changed["statement"]["query"]["disjuncts"] = [both]
        assert not is_accepted(changed)


def test_an_initial_clause_more_is_rejected() -> None:
    """What the attacker may know besides makes the proof incomplete."""
    for certificate in certificates_of("secrecy-declaration-not"):
        statement, proof = certificate["statement"], certificate["proof"]
        attacker = next(i for i, symbol in enumerate(statement["symbols"]) if symbol[0] == "attacker")
        name = len(statement["symbols"])
        statement["symbols"].append(["strange", [], "bitstring", "name", ["private"]])
        before = len(statement["terms"])
        statement["terms"] += [[name], [attacker, before]]
        _shift(proof, before, 2, name)
        assert is_accepted(copy.deepcopy(certificate))
        statement["clauses"].append([[], before + 1, [], 0])
        assert not is_accepted(certificate)


def _shift(proof: Any, first: int, by: int, first_symbol: int) -> None:
    """Renumber the terms and symbols of a proof that come after those of its statement."""

    def term(number: int) -> int:
        return number + by if number >= first else number

    def clause(kept: Any) -> Any:
        (facts, conclusion, constraints, label), selected, claim = kept
        moved = [
            [[[term(a), term(b)] for a, b in pairs], [term(v) for v in universal]]
            for pairs, universal in constraints
        ]
        return [[[term(f) for f in facts], term(conclusion), moved, label], selected, claim]

    proof["terms"] = [
        entry
        if isinstance(entry[0], str)
        else [entry[0] + (entry[0] >= first_symbol), *[term(number) for number in entry[1:]]]
        for entry in proof["terms"]
    ]
    proof["clauses"] = [clause(kept) for kept in proof["clauses"]]
    proof["goals"] = [clause(kept) for kept in proof["goals"]]
    proof["never"] = [[clause(kept) for kept in shown] for shown in proof["never"]]


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
    "statement-altered": "the digest does not fit the statement",
    "initial-clause-uncovered": r"^initial clause \d+ is not covered",
    "label-not-contained": r"^initial clause \d+ is not covered",
    "constraint-not-implied": r"^initial clause \d+ is not covered",
    "resolvent-uncovered": r"^the resolvent of clause \d+ with clause \d+ is not covered",
    "blocking-fact-selected": r"^clause \d+ selects begin\(.*\), which is never selected",
    "variable-selected": r"^clause \d+ selects attacker\(v0\), which is never selected",
    "data-selected": r"^clause \d+ selects attacker\(\(x,x\)\), which is never selected",
    "public-constant-selected": r"^clause \d+ selects attacker\(true\), which is never selected",
    "goal-clause-uncovered": r"^goal clause \d+ is not covered",
    "goal-resolvent-uncovered": r"^the resolvent of goal clause \d+ with clause \d+ is not covered",
    "query-not-satisfied": r"^goal clause \d+ does not satisfy the query",
    "claim-wrong": r"^goal clause \d+ does not satisfy the query as it claims",
    "claim-missing": r"^goal clause \d+ does not say which disjunct it satisfies",
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
    "malformed-selection": "not a certificate: IndexError",
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
    """Lines of code: without empty ones, comments and docstrings."""
    text = path.read_text(encoding="utf-8")
    documented: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            documented.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and number not in documented
        for number, line in enumerate(text.splitlines(), 1)
    )


def test_what_must_be_read_to_believe_is_short() -> None:
    """The rules have less than 600 lines; reading a file and the command stand apart."""
    package = Path(check.__file__).parent
    rules = ("unification", "constraints", "clauses", "obligations")
    assert {path.stem for path in package.glob("*.py")} == {
        *rules, "contents", "reading", "errors", "__init__", "__main__"
    }  # fmt: skip
    assert sum(code_lines(package / f"{name}.py") for name in rules) < 600


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
        paths = list(places(certificate["proof"]))
        for _ in range(150):
            changed = copy.deepcopy(certificate)
            *above, last = random.choice(paths)
            holder = changed["proof"]
            for key in above:
                holder = holder[key]
            if random.random() < 0.3:
                del holder[last]
            else:
                holder[last] = random.choice([None, -1, 0, 1, random.randrange(120), [], "", {}, 0.5, True])
            assert not is_accepted(changed), result.query.text
