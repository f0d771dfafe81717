"""The translation, which no certificate reaches, held against the clauses that ProVerif prints.

`set verboseClauses = short.` makes ProVerif print the clauses of each query before it saturates them. Those of
the process are compared with ours, each as its facts and the symbols in them: what variables stand for, the
arguments of names, the executions of events and the constraints are left out. Needs a `proverif` on PATH.
"""

from __future__ import annotations

import re
import shutil
import subprocess
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


def is_informative(fact: str) -> bool:
    """Whether the fact is not attacker(x) for a variable x: such a hypothesis may always be left out."""
    return fact.startswith(FACTS) and not re.fullmatch(r"attacker\S*\(_\)", fact)


# --- ours -------------------------------------------------------------------------------------------


def our_shapes(model: core.Model, query: core.Query) -> set[Shape]:
    translated = TranslatedModel(model, compile_theory(model), (query,), model.assumptions)
    return {
        (
            tuple(sorted({text for text in map(shape, clause.initial.hypotheses) if is_informative(text)})),
            shape(clause.initial.conclusion),
        )
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
        return f"{shape(term.args[0])} + 1"
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
        first = next(i for i, text in enumerate(clauses) if text.startswith("attacker(new-name"))
        found.append({_their_shape(text, constants) for text in clauses[first + 1 :]})
    return found


def _their_shape(text: str, constants: set[str]) -> Shape:
    text, _, abbreviations = text.partition("Abbreviations:")
    text = " ".join(text.split())
    for short, name in re.findall(r"^(\S+) = (\S+?)\[", abbreviations, re.MULTILINE):
        text = re.sub(rf"(?<![\w'@-]){re.escape(short)}(?![\w'])", f"{name}[]", text)
    while "[" in text:
        text = re.sub(r"\[[^\[\]]*\]", "#", text)
    text = re.sub(r",@occ\w+#\)", ")", text)
    text = re.sub(r"\bb-(inj-)?event\(", "begin(", text).replace("inj-event(", "event(")

    def plain(match: re.Match[str]) -> str:
        name, after = match.group(1), match.group(2)
        if after == "#":
            return re.sub(r"_\d+$", "", name) + after
        return name + after if after == "(" or name in constants else "_" + after

    facts, arrow, conclusion = re.sub(r"([\w'@-]+)([(#]?)", plain, text.replace(" + 1", "+1")).rpartition(" ->")
    return facts, conclusion  # type: ignore[return-value]
