"""Texts that are nearly models: the same seed gives the same text."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from appliedpi.syntax import parse_model, print_model, tree
from tests.oracles.generation import random_model
from tests.oracles.shrinking import smaller

_TOKEN = re.compile(r"\(\*.*?\*\)|[A-Za-z_][\w']*|\d+|==>|<-R|<-|<>|<=>|<->|&&|\|\||>=|<=|\s+|.", re.DOTALL)
WORDS = """
among axiom channel choice clauses const def diff do elimtrue else equation equivalence event expand fail
for forall foreach free fun get if implementation in inj-event insert lemma let letfun letproba new
noninterf noselect not nounif or otherwise out param phase pred proba process proof public_vars putbegin
query reduc restriction secret select set suchthat sync table then type weaksecret yield attacker mess
nat bool true false bitstring is_nat precise induction private data typeConverter 0 1 65536
99999999999999999999 ( ) [ ] { } , ; : . = <> < > <= >= && || ! | * / - + ==> <- <-R @ _ ' " \\ # % é
\u2028 \0 (* *) (*@check A [B] c *) x a c k
""".split()

Mutation = Callable[[random.Random, list[str], Sequence[str]], None]


def _position(chance: random.Random, tokens: list[str]) -> int:
    return chance.randrange(len(tokens)) if tokens else 0


def _delete(chance: random.Random, tokens: list[str], words: Sequence[str]) -> None:
    start = _position(chance, tokens)
    del tokens[start : start + chance.choice([1, 1, 1, 2, 8])]


def _insert(chance: random.Random, tokens: list[str], words: Sequence[str]) -> None:
    tokens.insert(_position(chance, tokens), f" {chance.choice(words)} ")


def _replace(chance: random.Random, tokens: list[str], words: Sequence[str]) -> None:
    start = _position(chance, tokens)
    tokens[start : start + 1] = [chance.choice(words)]


def _same_kind(chance: random.Random, tokens: list[str], words: Sequence[str]) -> None:
    """One identifier for another: mostly still a parse, mostly no longer well typed."""
    names = [number for number, token in enumerate(tokens) if token[:1].isalpha()]
    if names:
        tokens[chance.choice(names)] = tokens[chance.choice(names)]


def _swap(chance: random.Random, tokens: list[str], words: Sequence[str]) -> None:
    if tokens:
        one, other = _position(chance, tokens), _position(chance, tokens)
        tokens[one], tokens[other] = tokens[other], tokens[one]


def _copy(chance: random.Random, tokens: list[str], words: Sequence[str]) -> None:
    start, target = _position(chance, tokens), _position(chance, tokens)
    tokens[target:target] = tokens[start : start + chance.choice([2, 10, 40])]


def _repeat(chance: random.Random, tokens: list[str], words: Sequence[str]) -> None:
    start = _position(chance, tokens)
    tokens[start : start + 1] = tokens[start : start + 1] * chance.choice([3, 50, 600])


def _cut(chance: random.Random, tokens: list[str], words: Sequence[str]) -> None:
    del tokens[_position(chance, tokens) :]


def _character(chance: random.Random, tokens: list[str], words: Sequence[str]) -> None:
    start = _position(chance, tokens)
    number = chance.choice([chance.randrange(128), chance.randrange(0x3000), 0xD800])
    tokens[start : start + 1] = [chr(number)]


MUTATIONS: tuple[Mutation, ...] = (
    _delete, _insert, _replace, _same_kind, _same_kind, _same_kind, _swap, _copy, _repeat, _cut, _character,
)  # fmt: skip


class Inputs:
    """Texts made from the given models, from generated ones, and from words alone."""

    def __init__(self, models: Sequence[str]) -> None:
        self._tokens = [_TOKEN.findall(model) for model in models]

    def text(self, seed: int) -> str:
        """The text of this number."""
        chance = random.Random(seed)
        kind = chance.randrange(20)
        if kind == 0:
            return " ".join(chance.choices(WORDS, k=chance.randrange(60)))
        if kind == 1:
            return self._tree(chance)
        if kind < 8:
            tokens = _TOKEN.findall(random_model(chance.randrange(2_000), 8, 2))
        else:
            tokens = list(chance.choice(self._tokens))
        for _ in range(chance.choice([1, 1, 1, 2, 3, 10])):
            chance.choice(MUTATIONS)(chance, tokens, WORDS)
        return "".join(tokens)

    @staticmethod
    def _tree(chance: random.Random) -> str:
        """A generated model with one part of its syntax tree taken away: it always parses."""
        model = parse_model(random_model(chance.randrange(2_000), 8, 2), "model.pv")
        for number, candidate in enumerate(smaller(model)):
            if number and chance.randrange(40) == 0:
                assert isinstance(candidate, tree.ModelTree)
                return print_model(candidate)
        return print_model(model)
