"""The text of a query as ProVerif 2.05 prints it in its RESULT lines.

ProVerif shows every bound name and variable under a name of its own: the one in the source where it is
free, otherwise with a number (`x_1`). Identifiers are taken by the global declarations, then by the binders
of the process in reading order, then by the variables of the query that is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from appliedpi import builtin, core
from appliedpi.terms import Kind, Symbol, Term, Variable
from appliedpi.typing.numbering import preorder
from appliedpi.typing.restrictions import Restriction, bound_variables

_NUMBERED = re.compile(r"(.+)_([1-9][0-9]{0,8})", re.DOTALL)
_ANONYMOUS = "v"
_HONEST_SESSION = "@session1"
_OPERATORS = {"<>": "\N{NOT EQUAL TO}", ">=": "\N{GREATER-THAN OR EQUAL TO}"}


def _split(name: str) -> tuple[str, int]:
    """`x_3` as ("x", 3), other identifiers with number 0."""
    match = _NUMBERED.fullmatch(name)
    return (match.group(1), int(match.group(2))) if match else (name, 0)


class _Identifiers:
    """Gives out identifiers that are not in use, by the numbering of ProVerif 2.05.

    `_next`: per stem, all smaller numbers are in use; `_used`: the other identifiers in use.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._next: dict[str, int] = {}
        self._used: set[tuple[str, int]] = set()
        for name in taken:
            self._take(*_split(name))

    def copy(self) -> _Identifiers:
        twin = _Identifiers()
        twin._next = dict(self._next)
        twin._used = set(self._used)
        return twin

    def _take(self, stem: str, number: int) -> None:
        if self._next.get(stem, 0) == number:
            self._next[stem] = number + 1
        else:
            self._used.add((stem, number))

    def fresh(self, name: str, *, keep: bool = True) -> str:
        """An unused identifier like `name`; `keep`: that very one where it is unused."""
        stem, number = _split(name)
        if keep and self._next.get(stem, 0) <= number and (stem, number) not in self._used:
            self._take(stem, number)
            return name
        number = self._next.get(stem, 0)
        while (stem, number) in self._used:
            number += 1
        self._next[stem] = number + 1
        return f"{stem}_{number}" if number else stem


class Wording:
    """Prints the queries of one model."""

    def __init__(
        self,
        globals_: Iterable[str],
        substituted: Iterable[str],
        process: core.Process,
        restrictions: Mapping[str, list[Restriction]],
        last_phase: int,
        ignore_types: bool,
        compromise: bool = False,
    ) -> None:
        """`compromise`: some sessions are compromised (`set keyCompromise`), so every event carries its
        session, which the query requires not to be compromised."""
        self._identifiers = _Identifiers(globals_)
        for name in substituted:
            self._identifiers.fresh(name)
        self._shown: dict[Variable, str] = {}
        self._restrictions = restrictions
        self._last_phase = last_phase
        self._ignore_types = ignore_types
        self.compromise = compromise
        self._mentioned: dict[str, set[str]] = {}
        for statement in preorder(process):
            bound = [statement.variable] if isinstance(statement, core.New) else bound_variables(statement)
            for variable in bound:
                ignored = variable.name == "_"
                name = "ignored_v" if ignored else variable.name
                self._shown[variable] = self._identifiers.fresh(name, keep=not ignored)
            if compromise and isinstance(statement, core.Event):
                self._identifiers.fresh(_ANONYMOUS, keep=False)

    def mention(self, terms: Iterable[Term]) -> None:
        """Notes the variables that `new k[x = M]` in these terms refers to: all name patterns show them."""
        for term in terms:
            stack = [term]
            while stack:
                current = stack.pop()
                stack.extend(current.args)
                if current.symbol is not None and current.symbol.kind is Kind.BOUND_NAME:
                    self._mentioned.setdefault(current.symbol.name, set()).update(current.symbol.bindings)

    def query(
        self, premises: tuple[core.QueryAtom, ...], conclusion: core.Formula, public: tuple[str, ...] = ()
    ) -> str:
        """The query in the words of ProVerif."""
        printer = _Printer(self, self._identifiers.copy(), dict(self._shown))
        return printer.query(premises, conclusion) + self.public(public)

    def secret(self, found: list[Variable], public: tuple[str, ...]) -> str:
        """`secret x` for the variables and names called x."""
        shown = ",".join([self._shown[variable] for variable in reversed(found)])
        return f"secret {shown}{self.public(public)}"

    def public(self, names: tuple[str, ...]) -> str:
        return f" public_vars {','.join(names)}" if names else ""

    def phase(self, phase: int | None) -> str:
        number = self._last_phase if phase is None else phase
        return f"_p{number}" if number else ""

    def type_suffix(self, term: Term) -> str:
        if self._ignore_types:
            return ""
        if isinstance(term, Variable):
            return f"_{term.type}"
        assert term.symbol is not None
        return f"_{term.symbol.result_type}"

    def restriction(self, symbol: Symbol) -> tuple[Restriction, set[str]]:
        return self._restrictions[symbol.name][0], self._mentioned.get(symbol.name, set())


class _Printer:
    """Prints one query."""

    def __init__(self, wording: Wording, identifiers: _Identifiers, shown: dict[Variable, str]) -> None:
        self._wording = wording
        self._identifiers = identifiers
        self._shown = shown

    def query(self, premises: tuple[core.QueryAtom, ...], conclusion: core.Formula) -> str:
        before = " && ".join([self.atom(atom, _HONEST_SESSION) for atom in premises])
        if isinstance(conclusion, core.Disjunction) and not conclusion.parts:
            return f"not ({before})" if len(premises) > 1 else f"not {before}"
        return f"{before} ==> {self.formula(conclusion, None)}"

    def formula(self, formula: core.Formula, around: type[object] | None) -> str:
        match formula:
            case core.Conjunction(parts=()):
                return "true"
            case core.Disjunction(parts=()):
                return "false"
            case core.Conjunction() | core.Disjunction():
                operator = " && " if isinstance(formula, core.Conjunction) else " || "
                text = operator.join([self.formula(part, type(formula)) for part in formula.parts])
                mixed = around is not None and around is not type(formula)
                return f"({text})" if mixed else text
            case core.Nested():
                return f"({self.atom(formula.premise)} ==> {self.formula(formula.conclusion, None)})"
            case _:
                return self.atom(formula)

    def atom(self, atom: core.QueryAtom, session: str | None = None) -> str:
        """The atom; `session`: that of an event, where sessions can be compromised (None: any)."""
        wording = self._wording
        match atom:
            case core.QueryAttacker():
                predicate = f"attacker{wording.type_suffix(atom.term)}{wording.phase(atom.phase)}"
                return f"{predicate}({self.term(atom.term)})"
            case core.QueryMessage():
                predicate = f"mess{wording.type_suffix(atom.term)}{wording.phase(atom.phase)}"
                return f"{predicate}({self.term(atom.channel)},{self.term(atom.term)})"
            case core.QueryTable():
                return f"table{wording.phase(atom.phase)}({self.term(atom.entry)})"
            case core.QueryEvent():
                kind = "inj-event" if atom.injective else "event"
                at = "" if atom.at is None else f"@{self.term(atom.at)}"
                return f"{kind}({self._event(atom.term, session)}){at}"
            case core.QueryComparison():
                operator = _OPERATORS.get(atom.operator, atom.operator)
                return f"{self.term(atom.left)} {operator} {self.term(atom.right)}"
            case core.QueryIsNatural():
                return f"is_nat({self.term(atom.term)})"

    def term(self, term: Term) -> str:
        if isinstance(term, Variable):
            return self._variable(term)
        symbol = term.symbol
        assert symbol is not None
        if symbol in (builtin.ZERO, builtin.SUCCESSOR):
            return self._number(term)
        if symbol.kind is Kind.BOUND_NAME:
            return self._name(term, symbol)
        inner = ",".join([self.term(argument) for argument in term.args])
        if symbol.kind is Kind.NAME:
            return f"{symbol.name}[{inner}]"
        return f"{symbol.name}({inner})" if inner or not symbol.name else symbol.name

    def _event(self, term: Term, session: str | None) -> str:
        if not self._wording.compromise:
            return self.term(term)
        assert term.symbol is not None
        shown = [session or self._identifiers.fresh(_ANONYMOUS, keep=False)]
        shown += [self.term(argument) for argument in term.args]
        return f"{term.symbol.name}({','.join(shown)})"

    def _number(self, term: Term) -> str:
        added = 0
        while term.symbol is builtin.SUCCESSOR:
            added += 1
            term = term.args[0]
        return str(added) if term.symbol is builtin.ZERO else f"{self.term(term)} + {added}"

    def _name(self, term: Term, symbol: Symbol) -> str:
        restriction, mentioned = self._wording.restriction(symbol)
        given = dict(zip(symbol.bindings, term.args, strict=True))
        parts: list[str] = []
        for argument in restriction.arguments(mentioned):
            if argument == 1 and self._wording.compromise:
                parts.append(f"!comp = {_HONEST_SESSION}")
            label = f"!{argument}" if isinstance(argument, int) else argument.name
            meaning = label if isinstance(argument, int) else self._shown[argument]
            value = given.get(label)
            shown = self.term(value) if value else self._identifiers.fresh(_ANONYMOUS, keep=False)
            parts.append(f"{meaning} = {shown}")
        return f"{self._shown[restriction.variable]}[{','.join(parts)}]"

    def _variable(self, variable: Variable) -> str:
        if variable not in self._shown:
            self._shown[variable] = self._identifiers.fresh(variable.name)
        return self._shown[variable]
