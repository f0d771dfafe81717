"""The translation, which no certificate reaches, held against the clauses that ProVerif prints.

`set verboseClauses = short.` makes ProVerif print the clauses of each query before it saturates them. Those of
the process are compared with ours, each as its facts and the symbols in them: what variables stand for, the
arguments of names, the executions of events and the constraints are left out. Needs a `proverif` on PATH.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
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


def our_shapes(model: core.Model, query: core.Query) -> set[Shape]:
    translated = TranslatedModel(model, compile_theory(model), (query,), model.assumptions)
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


def their_shapes(output: str, constants: set[str]) -> list[set[Shape]]:
    """For each query the clauses after those of the attacker, of which that of its own names comes last."""
    found = []
    for block in re.findall(r"^Initial clauses:\n(.*?)^Completing", output, re.DOTALL | re.MULTILINE):
        clauses = re.split(r"^Clause \d+: ", block, flags=re.MULTILINE)
        own = [i for i, text in enumerate(clauses) if re.match(r"attacker\S*\(new-name", text)]
        if own:
            found.append({_their_shape(text, constants) for text in clauses[own[-1] + 1 :]})
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
TYPED = "with ignoreTypes = false ProVerif has an attacker predicate for each type, we have one"
INDUCTION = (
    "ProVerif shows all events where anything is proved by induction, we where an event is the premise"
)
COMPROMISE = "keyCompromise is translated in another way: ours has one argument for the kind of session"
UNTIDY = "ProVerif keeps a clause that says less than another one"
# Where the clauses are known to differ, and why that is no mistake.
DIFFERENT = {
    "boolean-messages": "a boolean that is tested: a constraint for ProVerif, two clauses for us",
    "conclusion-conjunction": "an input whose message is not used: no premise for us where the channel is public",
    "data-constructor": UNTIDY,
    "equation-diffie-hellman": "ProVerif writes each form that the result has, we the one in normal form",
    "induction-circular": INDUCTION,
    "induction-events": INDUCTION,
    "lemma": UNTIDY,
    "letfun": UNTIDY,
    "natural-number-messages": "a comparison that always holds leaves two clauses with one shape",
    "past-ignore-types-false": TYPED,
    "past-lemma-phase": "ProVerif leaves out an event that no query of the group mentions",
    "past-restriction-message": "where a restriction is about messages on public channels, we keep these apart",
    "session-compromise-approx": COMPROMISE,
    "session-compromise-events": COMPROMISE,
    "session-compromise-outside": COMPROMISE,
    "session-compromise-received-name": COMPROMISE,
    "session-compromise-strict": COMPROMISE,
    "terms-in-processes": UNTIDY,
    "time-equality": "an event of the conclusion that no clause of ProVerif's needs",
    "tuples-nested": UNTIDY,
    "type-flaw-excluded": TYPED,
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
    constants = {symbol.name for symbol in (*model.constructors, *model.events) if not symbol.arity}
    found = []
    for query, theirs in zip(model.queries, their_shapes(run.stdout, constants), strict=False):
        ours = our_shapes(model, query)
        found.append((ours - theirs, theirs - ours))
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
    block = "Initial clauses:\nClause 0: attacker(new-name[!att = v])\n\n{}\n\nCompleting...\n"

    def shapes(clause: str) -> set[Shape]:
        (found,) = their_shapes(block.format(f"Clause 1: {clause}"), constants)
        return found

    whole = shapes("attacker(f(x)) && mess(c[],x) -> attacker(g(k[x = x],yes))")
    assert whole == {(("attacker(f(_))", "mess(c#,_)"), "attacker(g(k#,yes))")}
    assert whole != shapes("attacker(f(x)) -> attacker(g(k[x = x],yes))")
    assert whole != shapes("attacker(f(x)) && mess(c[],x) -> attacker(g(k[x = x],no))")
