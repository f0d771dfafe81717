"""The translation, which no certificate reaches, held against the clauses that ProVerif prints.

`set verboseClauses = short.` makes ProVerif print the clauses of each query before it saturates them. Those
of the process are compared with ours, each as its facts and the symbols in them: what variables stand for,
the arguments of names, the executions of events and the constraints are left out. Needs a `proverif` on PATH.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

import appliedpi
from appliedpi import core
from appliedpi.builtin import SUCCESSOR
from appliedpi.equations import compile_theory
from appliedpi.terms import Kind, Term, Variable
from appliedpi.traces.derivation import ProcessRule
from appliedpi.translated import TranslatedModel
from appliedpi.verification import load
from tests.parity.expectations import models

Shape = tuple[tuple[str, ...], str]  # of a clause: its hypotheses in alphabetical order, its conclusion
FACTS = ("attacker", "mess", "table", "event", "begin")


def clause_shape(hypotheses: Iterable[str], conclusion: str) -> Shape:
    """Without attacker(x) for a variable x, which may always be left out, and without the event that is
    concluded: where it is also asked for, ours is a hypothesis."""
    own = re.sub(r"^event\(", "begin(", conclusion)
    told = {fact for fact in hypotheses if fact.startswith(FACTS) and fact != own}
    return tuple(sorted([fact for fact in told if not re.fullmatch(r"attacker\w*\(_\)", fact)])), conclusion


# --- ours -------------------------------------------------------------------------------------------


def our_shapes(
    model: core.Model, queries: Sequence[core.Query], assumed: Sequence[core.Assumption]
) -> set[Shape]:
    translated = TranslatedModel(model, compile_theory(model), queries, assumed)
    return {
        clause_shape(map(shape, clause.initial.hypotheses), shape(clause.initial.conclusion))
        for clause in translated.clauses
        if isinstance(clause.initial.rule, ProcessRule)
    }


def shape(term: Term) -> str:
    if isinstance(term, Variable):
        return "_"
    symbol = term.symbol
    assert symbol is not None
    if symbol.kind is Kind.NAME:
        return f"{symbol.name}#"
    if symbol is SUCCESSOR:
        number = shape(term.args[0])
        return str(int(number) + 1) if number.isdigit() else f"{number} + 1"
    executed = symbol.kind is Kind.PREDICATE and symbol.name in ("event", "begin")
    inner = ",".join(map(shape, term.args[:1] if executed else term.args))
    name = re.sub(r" phase (\d+)", r"_p\1", symbol.name)
    return f"{name}({inner})" if term.args else name


# --- ProVerif's -------------------------------------------------------------------------------------


def their_shapes(output: str, constants: set[str]) -> list[tuple[int, set[Shape] | None]]:
    """For each group of queries how many they are, and the clauses after those of the attacker.

    The last of the attacker's is the one for its own names; None where there is none."""
    found = []
    for block in output.split("\nInitial clauses:\n")[1:]:
        text, _, answers = block.partition("\nCompleting")
        clauses = re.split(r"^Clause \d+: ", text, flags=re.MULTILINE)
        own = [i for i, clause in enumerate(clauses) if re.match(r"attacker\S*\(new-name", clause)]
        count = len(re.findall(r"^RESULT (?!\()", answers, re.MULTILINE))
        shapes = {_their_shape(clause, constants) for clause in clauses[own[-1] + 1 :]} if own else None
        found.append((count, shapes))
    return found


def _their_shape(text: str, constants: set[str]) -> Shape:
    text, _, abbreviations = text.partition("\n\n")[0].partition("Abbreviations:")
    text = " ".join(text.split())
    for short, name in re.findall(r"^(\S+) = (\S+?)\[", abbreviations, re.MULTILINE):
        text = re.sub(rf"(?<![\w'@-]){re.escape(short)}(?![\w'])", f"{name}[]", text)
    while "[" in text:
        text = re.sub(r"\[[^\[\]]*\]", "#", text)
    text = re.sub(r",@occ\w+#\)", ")", text)
    text = re.sub(r"\bb-(inj-)?event\(", "begin(", text).replace("inj-event(", "event(")

    hypotheses, arrow, conclusion = text.partition(" -> ")
    facts = [fact for fact in hypotheses.split(" && ") if arrow and "@p_act" not in fact]
    plain = [_plain(fact, constants) for fact in facts]
    return clause_shape(plain, _plain(conclusion if arrow else text, constants))


def _plain(fact: str, constants: set[str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        name, after = match.groups()
        if after == "#":
            return re.sub(r"_\d+$", "", name) + after
        return name + after if after == "(" or name in constants or name.isdigit() else "_" + after

    return re.sub(r"([\w'@-]+)([(#]?)", replaced, fact)


# --- the comparison ---------------------------------------------------------------------------------

PROVERIF = shutil.which("proverif")
CORPUS = {path.stem: path for path in models()}
ATTACKER = "where a conclusion says what the attacker has, ProVerif keeps messages on public channels apart"
RESTRICTION = "where a restriction says what is sent, we keep messages on public channels apart"
COMPROMISE = "with keyCompromise, our clauses have one argument for the kind of session, ProVerif's others"
INDUCTION = "in proofs by induction ProVerif shows every event, we show those that the query mentions"
TYPED = "with ignoreTypes = false ProVerif's attacker has a predicate for each type, ours has one"
# Where the clauses are known to differ, and why.
DIFFERENT = {
    "conclusion-attacker-computes": ATTACKER,
    "conclusion-conjunction": ATTACKER,
    "phase-conclusion-earlier": ATTACKER,
    "phase-message-last": ATTACKER,
    "past-restriction-message": RESTRICTION,
    "session-compromise-approx": COMPROMISE,
    "session-compromise-events": COMPROMISE,
    "session-compromise-outside": COMPROMISE,
    "session-compromise-received-name": COMPROMISE,
    "session-compromise-strict": COMPROMISE,
    "induction-circular": INDUCTION,
    "induction-events": INDUCTION,
    "induction-lemma": INDUCTION,
    "past-ignore-types-false": TYPED,
    "type-flaw-excluded": TYPED,
    "time-equality": "ProVerif drops an event of the conclusion whose time nothing can show",
    "natural-number-messages": "ours has one for a case that is impossible, is_nat(k) for a name k",
}


def differences(path: Path, folder: Path) -> list[tuple[set[Shape], set[Shape]]]:
    """For each query of a model the clauses that only we have, and those that only ProVerif has.

    Empty where ProVerif's own clauses cannot be told from those of the attacker.
    """
    model = load(path)
    text = "set verboseClauses = short.\n" + path.read_text(encoding="utf-8")
    (folder / "model.pv").write_text(text, encoding="utf-8")
    run = subprocess.run(
        [PROVERIF or "proverif", "model.pv"], cwd=folder, capture_output=True, text=True, timeout=60
    )
    declared = (*model.constructors, *model.events)
    constants = {"true", "false", *[symbol.name for symbol in declared if not symbol.arity]}
    assumed = [assumption for assumption in model.assumptions if assumption.kind != "lemma"]
    lemmas = [assumption for assumption in model.assumptions if assumption.kind == "lemma"]
    asked = [*[lemma.query for lemma in lemmas], *model.queries]
    found, first = [], 0
    for count, theirs in their_shapes(run.stdout, constants):
        proved = [lemma for lemma in lemmas[:first] if f"RESULT {lemma.query.text} is true" in run.stdout]
        if theirs is not None:
            ours = our_shapes(model, asked[first : first + count], [*assumed, *proved])
            found.append((ours - theirs, theirs - ours))
        first += count
    return found


@pytest.mark.skipif(PROVERIF is None, reason="there is no proverif on PATH")
@pytest.mark.parametrize("name", CORPUS)
def test_the_clauses_of_the_process_are_those_of_proverif(name: str, tmp_path: Path) -> None:
    try:
        found = differences(CORPUS[name], tmp_path)
    except appliedpi.InputError:
        pytest.skip("refused by the built-in verifier")
    if not found:
        pytest.skip("ProVerif prints no clauses that can be told apart")
    differ = any(ours or theirs for ours, theirs in found)
    assert differ == (name in DIFFERENT), found


def test_shapes_tell_clauses_apart() -> None:
    """A message that is not the same, a hypothesis less: the comparison sees both."""
    constants = {"yes"}
    start, end = "\nInitial clauses:\nClause 0: attacker(new-name[!att = v])\n\nClause 1: ", "\n\nCompleting"

    def shapes(clause: str) -> set[Shape]:
        ((count, found),) = their_shapes(f"{start}{clause}{end}...\nRESULT it is true.\n", constants)
        assert count == 1
        return found

    whole = shapes("attacker(f(x)) && mess(c[],x) -> attacker(g(k[x = x],yes))")
    assert whole == {(("attacker(f(_))", "mess(c#,_)"), "attacker(g(k#,yes))")}
    assert whole != shapes("attacker(f(x)) -> attacker(g(k[x = x],yes))")
    assert whole != shapes("attacker(f(x)) && mess(c[],x) -> attacker(g(k[x = x],no))")
