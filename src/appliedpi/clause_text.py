"""Clauses as text for readers: short variable names, sessions as i, j, names as `n[i]`.

The notation is that of ProVerif: `hypothesis && hypothesis -> conclusion`. Three
things are shorter: a free name is `c` and not `c[]`, the execution of an event is shown only where an
injective query needs it (`event(E(x)) at 7[i]`: by statement number 7 in session i), and variables have new
names in each clause.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from appliedpi.clauses import BEGIN, EVENT, Disequality
from appliedpi.core import Process
from appliedpi.queries.goals import is_goal
from appliedpi.terms import Kind, Symbol, Term, Variable
from appliedpi.traces import derivation
from appliedpi.translation.attacker import ATTACKER_NAME

# For each name made by `new`, the positions of its arguments that are session identifiers.
Sessions = Mapping[Symbol, frozenset[int]]
_MESSAGES = "xyzuvw"
_SESSIONS = "ijlpqr"
_OPERATORS = {"+ 1": "{} + 1", ">=": "{} >= {}"}


def _supply(letters: str) -> Iterator[str]:
    """x, y, ..., x1, y1, ..."""
    for number in itertools.count():
        yield from (letter + (str(number) if number else "") for letter in letters)


class Wording:
    """Prints the facts of one clause, or of one derivation, with one set of names for its variables."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._variables: dict[Term, str] = {}
        self._supplies = (_supply(_MESSAGES), _supply(_SESSIONS))
        self._made: dict[Term, str] = {}
        self._numbers: dict[Term, str] = {}

    def reserve(self, facts: Iterable[Term]) -> None:
        """Give names to all variables of the facts, which are printed later."""
        roles: dict[Variable, set[str]] = {}
        stack = [(fact, "message") for fact in reversed(list(facts))]
        while stack:
            term, role = stack.pop()
            if isinstance(term, Variable):
                roles.setdefault(term, set()).add(role)
            else:
                stack += [(part, self._role(term, i)) for i, part in reversed(list(enumerate(term.args)))]
        for variable, found in roles.items():
            if variable not in self._variables:
                session = "session" in found or found == {"execution"}
                self._variables[variable] = next(self._supplies[session])

    def _role(self, term: Term, position: int) -> str:
        """What stands at an argument: an execution has session identifiers and messages as arguments."""
        symbol = term.symbol
        assert symbol is not None
        if symbol is ATTACKER_NAME or position in self._sessions.get(symbol, ()):
            return "session"
        return "execution" if _is_execution(symbol) else "message"

    # --- facts --------------------------------------------------------------------------------------

    def fact(self, fact: Term) -> str:
        """A fact of a clause."""
        symbol = fact.symbol
        assert symbol is not None
        if is_goal(fact):
            return f"goal({', '.join(self.fact(part) for part in fact.args[:-1])})"
        if symbol is EVENT or symbol is BEGIN:
            event, execution = fact.args
            return f"{symbol.name}({self.term(event)}){self._execution(execution)}"
        name, _, phase = symbol.name.partition(" phase ")
        suffix = f" in phase {phase}" if phase else ""
        if symbol.name in _OPERATORS:
            return _OPERATORS[symbol.name].format(*map(self.term, fact.args))
        return f"{name}({self._list(fact.args)}){suffix}"

    def derived(self, fact: derivation.Fact) -> str:
        """A fact of a derivation."""
        match fact:
            case derivation.AttackerFact():
                suffix = f" in phase {fact.phase}" if fact.phase else ""
                return f"attacker({self.term(fact.term)}){suffix}"
            case derivation.MessageFact():
                suffix = f" in phase {fact.phase}" if fact.phase else ""
                return f"mess({self.term(fact.channel)}, {self.term(fact.message)}){suffix}"
            case derivation.TableFact():
                return f"table({self.term(fact.entry)})"
            case derivation.EventFact():
                return f"event({self.term(fact.event)})"

    def _execution(self, execution: Term) -> str:
        if execution.symbol is None or not _is_execution(execution.symbol):
            return ""
        _, _, statement = execution.symbol.name.partition("@")
        inside = f"[{self._list(execution.args)}]" if execution.args else ""
        return f" at {statement}{inside}"

    def disequality(self, disequality: Disequality) -> str:
        """A constraint; its universal variables are printed as `_`."""
        for variable in disequality.universal:
            self._variables[variable] = "_"
        return f"{self.term(disequality.left)} <> {self.term(disequality.right)}"

    # --- terms --------------------------------------------------------------------------------------

    def term(self, term: Term) -> str:
        """A message."""
        if isinstance(term, Variable):
            if term not in self._variables:
                self._variables[term] = next(self._supplies[0])
            return self._variables[term]
        symbol = term.symbol
        assert symbol is not None
        if symbol is ATTACKER_NAME:
            return f"a[{self._list(term.args)}]"
        if symbol.kind in (Kind.NAME, Kind.BOUND_NAME):
            return self._name(term, symbol)
        if symbol.name in _OPERATORS:
            return _OPERATORS[symbol.name].format(*map(self.term, term.args))
        return f"{symbol.name}({self._list(term.args)})" if term.args or not symbol.name else symbol.name

    def _name(self, term: Term, symbol: Symbol) -> str:
        if term.args:
            sessions = self._sessions.get(symbol, ())
            inside = [
                self._session(argument) if position in sessions else self.term(argument)
                for position, argument in enumerate(term.args)
            ]
            return f"{symbol.name}[{', '.join(inside)}]"
        if symbol.name != "a" or symbol.private:
            return symbol.name
        # A name that the attacker makes; two of them may have one name as symbols.
        found = self._made.get(term)
        if found is None:
            found = self._made[term] = f"a{len(self._made) + 1}"
        return found

    def _session(self, argument: Term) -> str:
        """An arbitrary session of a derivation is a number."""
        if isinstance(argument, Variable):
            return self.term(argument)
        return self._numbers.setdefault(argument, str(len(self._numbers) + 1))

    def _list(self, terms: Sequence[Term]) -> str:
        return ", ".join([self.term(term) for term in terms])


def _is_execution(symbol: Symbol) -> bool:
    return symbol.private and symbol.name.startswith(("begin@", "end@", "precise@"))


def rule_text(rule: derivation.Rule | None, source: Sequence[str]) -> str:
    """Where a clause of the translation comes from; `source` are the lines of the model."""
    match rule:
        case None:
            return "the query"
        case derivation.Initial():
            return "attacker: from the start"
        case derivation.Application():
            return f"attacker: applies {rule.symbol.name or 'the tuple'}"
        case derivation.Listen():
            return "attacker: listens"
        case derivation.Send():
            return "attacker: sends"
        case derivation.NextPhase():
            return "next phase"
        case derivation.Open():
            return "left open"
        case derivation.ProcessRule():
            return statement_text(rule.statement, source)
        case derivation.TestRule():
            return f"{statement_text(rule.statement, source)} ({'skipped' if rule.skipped else 'passed'})"


def statement_text(statement: Process, source: Sequence[str]) -> str:
    """`line 12: out(c, x)`: the line of a statement, from where the statement begins."""
    line = statement.place.line
    if not 1 <= line <= len(source):
        return type(statement).__name__.lower()
    text = source[line - 1][statement.place.column - 1 :] or source[line - 1]
    text = text.partition("(*")[0].strip().rstrip(";|. ")
    while text.endswith(")") and text.count(")") > text.count("("):
        text = text[:-1].rstrip()
    return f"line {line}: {text}"
