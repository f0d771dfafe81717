"""Reads a certificate: JSON text to the objects it stands for.

A certificate has four parts: what is claimed of the `model` and of the `query`, and the proof, `saturated`
and `answer`; that of a family also has a `scope`, the sets of toggles of which all this is claimed. Each part
has a table of terms, those of claims a table of symbols too; a table goes on where that of the part it builds
on ends. Everything else refers to terms by number, and is laid out as the classes of `contents` and `scope`
are. Nothing is trusted: whatever does not fit them makes the certificate malformed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Final, TypeVar, cast, get_args, get_origin, get_type_hints

from appliedpi.check.constraints import SUCCESSOR, ZERO
from appliedpi.check.contents import Answer, Disequality, Model, Query, Saturated, predicate
from appliedpi.check.errors import Malformed, Rejected
from appliedpi.check.scope import WITHOUT_TOGGLES, Scope
from appliedpi.errors import LimitExceeded
from appliedpi.terms import App, Kind, Symbol, Term, Variable, substitute

FORMAT: Final = "appliedpi certificate 2"
_BUILT_IN: Final = {"0": ZERO.symbol, "+ 1": SUCCESSOR}
_SHAPE_ERRORS: Final = (
    KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, LimitExceeded,
)  # fmt: skip
_T = TypeVar("_T")


def digest(*parts: object) -> str:
    """The SHA-256 of parts of a certificate, independent of the layout of the file."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, eq=False)
class Tables:
    """The symbols and terms that a part may refer to."""

    symbols: list[Symbol]
    terms: list[Term]

    def read(self, kind: type[_T], data: Any) -> tuple[_T, Tables]:
        """A part of a certificate, and the tables that parts which build on it start from."""
        later = Tables([*self.symbols, *map(_symbol, data.get("symbols", []))], [*self.terms])
        for entry in data["terms"]:
            later.terms.append(later._entry(entry))
        value: _T = later.value(kind, data)
        return value, later

    def _entry(self, entry: Any) -> Term:
        if isinstance(entry[0], str):
            name, kind = entry
            return Variable(name, _expect(str, kind))
        symbol = self.symbols[_natural(entry[0])]
        if len(entry) - 1 != symbol.arity:
            raise ValueError(f"{symbol.name} is applied to {len(entry) - 1} arguments")
        return App(symbol, tuple([self.terms[_natural(number)] for number in entry[1:]]))

    def value(self, kind: Any, data: Any) -> Any:
        """What the data of a part stand for, where a `kind` is expected."""
        if kind in (Term, Variable):
            return _expect(kind, self.terms[_natural(data)])
        arguments = get_args(kind)
        if get_origin(kind) is UnionType:
            return None if data is None else self.value(arguments[0], data)
        if get_origin(kind) is tuple:
            items = arguments if arguments[-1] is not Ellipsis else (arguments[0],) * len(data)
            pairs = zip(items, _expect(list, data), strict=True)
            return tuple([self.value(item, entry) for item, entry in pairs])
        if is_dataclass(kind):
            laid_out = _layout(cast(type, kind))
            listed = [data[name] for name, _ in laid_out] if isinstance(data, dict) else data
            pairs = zip(laid_out, _expect(list, listed), strict=True)
            values = [self.value(field, entry) for (_, field), entry in pairs]
            return _apart(*values) if kind is Disequality else kind(*values)  # type: ignore[operator]
        return _natural(data) if kind is int else _expect(kind, data)


@cache
def _layout(kind: Any) -> list[tuple[str, Any]]:
    hints = get_type_hints(kind)
    return [(field.name, hints[field.name]) for field in fields(kind)]


def _apart(pairs: Any, universal: tuple[Variable, ...]) -> Disequality:
    """Universal variables become new ones, for they mean nothing elsewhere."""
    new = [Variable(variable.name, variable.type) for variable in universal]
    renaming: dict[Variable, Term] = dict(zip(universal, new, strict=True))
    renamed = [(substitute(left, renaming), substitute(right, renaming)) for left, right in pairs]
    return Disequality(tuple(renamed), tuple(new))


def _symbol(entry: Any) -> Symbol:
    name, arguments, result, kind, flags = entry
    known = {one.value: one for one in Kind}[kind]
    if known is Kind.PREDICATE:
        return predicate(_expect(str, name), len(_expect(list, arguments)))
    built_in = _BUILT_IN.get(name)
    if built_in is not None and built_in.arity == len(arguments):
        return built_in
    if not {*flags} <= {"private", "data"}:
        raise ValueError(f"unknown flags {flags}")
    types = [_expect(str, one) for one in (*_expect(list, arguments), result)]
    return Symbol(
        _expect(str, name), types[:-1], types[-1], known, private="private" in flags, data="data" in flags
    )


def _natural(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r:.40} is not a natural number")
    return value


def _expect(kind: type[_T], value: Any) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.40} is not a {kind.__name__.lower()}")
    return value


class Certificate:
    """A certificate whose parts are read when they are asked for. Raises Malformed, also later, and Rejected
    where a claim was altered."""

    def __init__(self, text: str) -> None:
        try:
            self._document = json.loads(text)
            if self._document["format"] != FORMAT:
                raise Malformed(f"the format is {self._document['format']!r}, not {FORMAT!r}")
            scope = [self._document["scope"]] if "scope" in self._document else []
            claims = digest(self._document["model"], self._document["query"], *scope)
            if self._document["digest"] != claims:
                raise Rejected("the digest does not fit what is claimed: it was altered after the proof")
            self.scope: Scope = Tables([], []).value(Scope, scope[0]) if scope else WITHOUT_TOGGLES
            of_clauses = [self.scope.toggles, self.scope.bound, self.scope.apart]
            self.shared = digest(self._document["model"], self._document["saturated"], of_clauses)
        except _SHAPE_ERRORS as error:
            raise _malformed(error) from error

    def model(self) -> tuple[Model, Saturated, Tables]:
        """The parts that all certificates of a model share, and the tables that the others start from."""
        try:
            model, tables = Tables([], []).read(Model, self._document["model"])
            return model, tables.read(Saturated, self._document["saturated"])[0], tables
        except _SHAPE_ERRORS as error:
            raise _malformed(error) from error

    def query(self, tables: Tables) -> tuple[Query, Answer]:
        """The parts of this certificate alone."""
        try:
            query, tables = tables.read(Query, self._document["query"])
            return query, tables.read(Answer, self._document["answer"])[0]
        except _SHAPE_ERRORS as error:
            raise _malformed(error) from error


def _malformed(error: Exception) -> Malformed:
    return Malformed(f"not a certificate: {type(error).__name__}: {error}")
