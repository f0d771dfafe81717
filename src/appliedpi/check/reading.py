"""Reads a certificate: JSON text to the clauses it stands for.

Symbols and terms are numbered in the order of their tables, each term after its parts; everything else refers
to them by number. Nothing is trusted: a number that is out of range, a term with too few arguments or an
entry of another kind makes the certificate malformed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

from appliedpi.check.clauses import Clause, Kept, symbols_of
from appliedpi.check.constraints import BLOCKING, SUCCESSOR, ZERO, Disequality, predicate
from appliedpi.check.contents import Atom, Lemma, LemmaCase, Proof, Query, Statement
from appliedpi.check.errors import Malformed, Rejected
from appliedpi.check.unification import Bindings, Pair, Theory, fresh
from appliedpi.errors import LimitExceeded
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute

FORMAT: Final = "appliedpi certificate 1"
_BUILT_IN: Final = {symbol.name: symbol for symbol in (ZERO.symbol, SUCCESSOR) if symbol is not None}
_KINDS: Final = {kind.value: kind for kind in Kind}
_SHAPE_ERRORS: Final = (
    KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, LimitExceeded,
)  # fmt: skip
_T = TypeVar("_T")


def digest(statement: object) -> str:
    """The SHA-256 of a statement, independent of the layout of the file."""
    text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def read(text: str) -> tuple[Statement, Proof]:
    """The certificate with this text. Raises Malformed, and Rejected where it was altered."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise Malformed(f"the format is {document['format']!r}, not {FORMAT!r}")
        if document["digest"] != digest(document["statement"]):
            raise Rejected("the digest does not fit the statement: it was altered after the proof")
        reader = _Reader()
        return reader.statement(document["statement"]), reader.proof(document["proof"])
    except _SHAPE_ERRORS as error:
        raise Malformed(f"not a certificate: {type(error).__name__}: {error}") from error


class _Reader:
    def __init__(self) -> None:
        self._symbols: list[Symbol] = []
        self._terms: list[Term] = []

    def statement(self, data: Any) -> Statement:
        self._symbols = [_symbol(entry) for entry in data["symbols"]]
        self._read_terms(data["terms"])
        rules = [[self._pair(entry) for entry in data[name]] for name in ("simplifications", "completed")]
        return Statement(
            Theory(tuple(rules[0]), tuple(rules[1])),
            tuple([self._clause(entry) for entry in data["clauses"]]),
            tuple([self._lemma(entry) for entry in data["lemmas"]]),
            self._facts(data["never"]),
            self._query(data["query"]),
            tuple([self._clause(entry) for entry in data["goals"]]),
        )

    def proof(self, data: Any) -> Proof:
        self._symbols += [_symbol(entry) for entry in data["symbols"]]
        self._read_terms(data["terms"])
        return Proof(
            self._kept("clause", data["clauses"]),
            tuple([self._kept(f"goal clause of `not` {i}, number", p) for i, p in enumerate(data["never"])]),
            self._kept("goal clause", data["goals"]),
        )

    # --- terms --------------------------------------------------------------------------------------

    def _read_terms(self, entries: Any) -> None:
        for entry in _list(entries):
            if isinstance(entry[0], str):
                name, kind = entry
                self._terms.append(Variable(name, _text(kind)))
            else:
                symbol = _at(self._symbols, entry[0])
                args = tuple([self._term(number) for number in entry[1:]])
                if len(args) != symbol.arity:
                    raise ValueError(f"{symbol.name} is applied to {len(args)} arguments")
                self._terms.append(App(symbol, args))

    def _term(self, number: Any) -> Term:
        term: Term = _at(self._terms, number)
        return term

    def _fact(self, number: Any) -> Term:
        term = self._term(number)
        if term.symbol is None or term.symbol.kind is not Kind.PREDICATE:
            raise ValueError(f"{term} is not a fact")
        return term

    def _facts(self, numbers: Any) -> tuple[Term, ...]:
        return tuple([self._fact(number) for number in _list(numbers)])

    def _pair(self, entry: Any) -> Pair:
        left, right = entry
        return self._term(left), self._term(right)

    # --- clauses ------------------------------------------------------------------------------------

    def _disequality(self, entry: Any) -> Disequality:
        """Its universal variables become new ones, for they mean nothing elsewhere."""
        pairs, universal = entry
        renaming: Bindings = fresh([self._variable(number) for number in _list(universal)])
        new = [variable for variable in renaming.values() if isinstance(variable, Variable)]
        listed = tuple([self._pair(pair) for pair in _list(pairs)])
        return Disequality(
            tuple([(substitute(a, renaming), substitute(b, renaming)) for a, b in listed]), frozenset(new)
        )

    def _disequalities(self, entries: Any) -> tuple[Disequality, ...]:
        return tuple([self._disequality(entry) for entry in _list(entries)])

    def _variable(self, number: Any) -> Variable:
        term = self._term(number)
        if not isinstance(term, Variable):
            raise ValueError(f"{term} is not a variable")
        return term

    def _clause(self, entry: Any) -> Clause:
        hypotheses, conclusion, constraints, label = entry
        fact = self._fact(conclusion)
        if fact.symbol in BLOCKING or not fact.args:
            raise ValueError(f"a clause concludes {fact}")
        return Clause(self._facts(hypotheses), fact, self._disequalities(constraints), _natural(label))

    def _kept(self, what: str, entries: Any) -> tuple[Kept, ...]:
        found = []
        for number, (body, selected, claim) in enumerate(_list(entries)):
            clause = self._clause(body)
            hypotheses = range(len(clause.hypotheses))
            found.append(
                Kept(
                    f"{what} {number}",
                    clause,
                    _optional(selected, lambda index, among=hypotheses: _at(among, index)),  # type: ignore[misc]
                    _optional(claim, lambda one, among=hypotheses: _claim(one, among)),  # type: ignore[misc]
                    clause.renamed(),
                    symbols_of(clause),
                )
            )
        return tuple(found)

    # --- lemmas and the query -------------------------------------------------------------------------

    def _lemma(self, entry: Any) -> Lemma:
        cases = [
            LemmaCase(
                self._facts(case["facts"]),
                tuple([self._pair(pair) for pair in case["equalities"]]),
                self._disequalities(case["disequalities"]),
            )
            for case in entry["cases"]
        ]
        constraints = self._disequalities(entry["disequalities"])
        name = f"{_text(entry['kind'])} {_text(entry['text'])}"
        return Lemma(name, self._facts(entry["premises"]), constraints, tuple(cases))

    def _query(self, data: Any) -> Query:
        # The variables of the query are kept apart from those of the goal clauses.
        own = tuple([self._variable(number) for number in data["variables"]])
        disjuncts = [[self._atom(atom) for atom in disjunct] for disjunct in data["disjuncts"]]
        renaming = fresh([*own, *[term for atoms in disjuncts for atom in atoms for term in atom.terms]])
        renamed = [tuple([atom.under(renaming) for atom in atoms]) for atoms in disjuncts]
        variables = [v for v in [renaming[v] for v in own] if isinstance(v, Variable)]
        given = [_at(range(len(own)), position) for position in data["given"]]
        executions = tuple([_natural(position) for position in data["executions"]])
        return Query(_text(data["text"]), tuple(variables), tuple(given), executions, tuple(renamed))

    def _atom(self, entry: Any) -> Atom:
        kind, terms, injective = entry
        read = {"fact": self._facts, "number": self._facts, "=": self._pair, "<>": self._pair}[kind]
        return Atom(kind, read(terms), injective is True)


def _symbol(entry: Any) -> Symbol:
    name, arguments, result, kind, flags = entry
    arity = len([_text(argument) for argument in _list(arguments)])
    if _KINDS[kind] is Kind.PREDICATE:
        return predicate(_text(name), arity)
    built_in = _BUILT_IN.get(name)
    if built_in is not None and built_in.arity == arity:
        return built_in
    if any(flag not in ("private", "data") for flag in flags):
        raise ValueError(f"unknown flags {flags}")
    return Symbol(
        _text(name), arguments, _text(result), _KINDS[kind], private="private" in flags, data="data" in flags
    )


def _claim(entry: Any, hypotheses: range) -> tuple[int, tuple[int | None, ...]]:
    disjunct, serving = entry
    chosen = [_optional(index, lambda one: _at(hypotheses, one)) for index in _list(serving)]
    return _natural(disjunct), tuple(chosen)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.40} is not a list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is not a text")
    return value


def _natural(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r:.40} is not a natural number")
    return value


def _at(listed: Any, index: Any) -> Any:
    return listed[_natural(index)]


def _optional(value: Any, read: Callable[[Any], _T]) -> _T | None:
    return None if value is None else read(value)
