"""Reads small models and shows core processes on one line."""

from __future__ import annotations

import pytest

from appliedpi import core, syntax, typing
from appliedpi.errors import InputError
from appliedpi.terms import Term, Variable, show

FILE = "model.pv"
DECLARATIONS = """free c: channel.
type key.
type host.
fun enc(bitstring, key): bitstring.
reduc forall m: bitstring, k: key; dec(enc(m, k), k) = m.
reduc forall x: bitstring, y: bitstring; first((x, y)) = x.
fun pair(bitstring, key): bitstring [data].
fun bits(key): bitstring [data, typeConverter].
const A, B: bitstring.
free secret_s: bitstring [private].
event e(bitstring).
event f().
event number(nat).
table t(bitstring, key).
"""


def elaborate(text: str, *libraries: str) -> core.Model:
    trees = [syntax.parse_library(library, "library.pvl") for library in libraries]
    return typing.elaborate(syntax.parse_model(text, FILE), trees, sources={FILE: text})


def model(text: str) -> core.Model:
    """The model of DECLARATIONS followed by `text`."""
    return elaborate(DECLARATIONS + text)


def process(text: str) -> str:
    """The process of such a model, as shown by `written`."""
    return written(model(text).process)


def rejected(text: str) -> InputError:
    """The error for a model that starts with DECLARATIONS."""
    with pytest.raises(InputError) as caught:
        model(text)
    return caught.value


def written(process: core.Process) -> str:
    """The process on one line, without trailing `0` and `else 0`; a second variable x is shown as x'."""
    return _Writer().process(process)


class _Writer:
    def __init__(self) -> None:
        self.shown: dict[Variable, str] = {}

    def variable(self, variable: Variable) -> str:
        if variable not in self.shown:
            name = variable.name
            while name in self.shown.values():
                name += "'"
            self.shown[variable] = name
        return self.shown[variable]

    def term(self, term: Term) -> str:
        if isinstance(term, Variable):
            return self.variable(term)
        assert term.symbol is not None
        if not term.args:
            return show(term).removesuffix("[]")
        return f"{term.symbol.name}({','.join([self.term(argument) for argument in term.args])})"

    def pattern(self, pattern: core.Pattern) -> str:
        match pattern:
            case core.PatternVariable():
                return self.variable(pattern.variable)
            case core.PatternEqual():
                return f"={self.term(pattern.term)}"
            case core.PatternData():
                inner = ",".join([self.pattern(argument) for argument in pattern.arguments])
                return f"{pattern.symbol.name}({inner})"

    def rest(self, process: core.Process, separator: str = "; ") -> str:
        text = self.process(process)
        return "" if text == "0" else separator + text

    def branch(self, process: core.Process) -> str:
        text = self.process(process)
        return "" if text == "0" else f" else {text}"

    def process(self, process: core.Process) -> str:
        match process:
            case core.Nil():
                return "0"
            case core.Parallel():
                return f"({self.process(process.left)} | {self.process(process.right)})"
            case core.Replication():
                return f"!{self.process(process.body)}"
            case core.New():
                of = ""
                if process.dependencies is not None:
                    of = f"[{','.join([self.variable(variable) for variable in process.dependencies])}]"
                return f"new {self.variable(process.variable)}{of}{self.rest(process.body)}"
            case core.Input():
                channel = self.term(process.channel)
                return f"in({channel},{self.pattern(process.pattern)}){self.rest(process.body)}"
            case core.Output():
                sent = f"out({self.term(process.channel)},{self.term(process.message)})"
                return sent + self.rest(process.body)
            case core.Let():
                bound = f"let {self.pattern(process.pattern)} = {self.term(process.term)}"
                return f"({bound} in {self.process(process.body)}{self.branch(process.otherwise)})"
            case core.If():
                condition = self.term(process.condition)
                return f"(if {condition} then {self.process(process.body)}{self.branch(process.otherwise)})"
            case core.Event():
                return f"event {self.term(process.term)}{self.rest(process.body)}"
            case core.Insert():
                return f"insert {self.term(process.entry)}{self.rest(process.body)}"
            case core.Get():
                patterns = ",".join([self.pattern(pattern) for pattern in process.patterns])
                such = "" if process.condition is None else f" suchthat {self.term(process.condition)}"
                got = f"get {process.table.name}({patterns}){such}"
                return f"({got} in {self.process(process.body)}{self.branch(process.otherwise)})"
            case core.Phase():
                return f"phase {process.number}{self.rest(process.body)}"
            case _:
                raise AssertionError(process)
