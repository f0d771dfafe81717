"""What holds of facts by their predicates alone, and what may be done with clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from appliedpi.check.constraints import own, under
from appliedpi.check.contents import BEGIN, BLOCKING, NATURALS, Clause, Kept, Pair
from appliedpi.check.unification import Bindings, fresh, resolve, unify, variables_of
from appliedpi.terms import App, Kind, Symbol, Term, substitute


def phase_of(fact: Term) -> int | None:
    """The phase of an attacker fact; None for other facts."""
    name = fact.symbol.name if fact.symbol is not None else ""
    if name == "attacker":
        return 0
    return int(name.removeprefix("attacker phase ")) if name.startswith("attacker phase ") else None


def stands_for(fact: Term, pattern: Term) -> bool:
    """Whether the predicate of a fact may serve for that of a pattern: what the attacker has it keeps."""
    if fact.symbol is pattern.symbol:
        return True
    phase, asked = phase_of(fact), phase_of(pattern)
    return phase is not None and asked is not None and phase <= asked


def compared(fact: Term, pattern: Term) -> list[Pair]:
    """The arguments to compare; by which execution an event began does not matter."""
    count = 1 if pattern.symbol is BEGIN else len(pattern.args)
    return list(zip(pattern.args[:count], fact.args[:count], strict=True))


def is_known(fact: Term) -> bool:
    """Whether it is attacker(c) for a public name or constant c."""
    symbol = fact.args[0].symbol if phase_of(fact) is not None else None
    if symbol is None or symbol.arity or symbol.private:
        return False
    return symbol.kind in (Kind.NAME, Kind.CONSTRUCTOR)


def taken_apart(fact: Term) -> list[Term]:
    """attacker(f(M1..Mn)) for a data constructor f as attacker(M1)..attacker(Mn), as often as possible."""
    if phase_of(fact) is None:
        return [fact]
    assert fact.symbol is not None
    found, stack = [], [fact.args[0]]
    while stack:
        term = stack.pop()
        if term.symbol is not None and term.symbol.data and (term.args or not term.symbol.private):
            stack.extend(reversed(term.args))
        else:
            found.append(App(fact.symbol, (term,)))
    return found


def may_be_selected(fact: Term) -> bool:
    """Whether resolution upon the fact finds all that it may follow from.

    Blocking facts are concluded by no clause. attacker(x) for a variable x, for a public constant, or for the
    application of a data constructor holds by rules that are not among the clauses.
    """
    if phase_of(fact) is None:
        return fact.symbol not in BLOCKING
    return fact.args[0].symbol is not None and not is_known(fact) and taken_apart(fact) == [fact]


def resolved(clause: Clause, bindings: Bindings) -> Clause:
    """The clause with all bindings followed to the end."""
    if not bindings:
        return clause
    found = {*variables_of([*clause.hypotheses, clause.conclusion]), *own(*clause.constraints)}
    values = {variable: resolve(variable, bindings) for variable in found}
    return Clause(
        tuple([substitute(fact, values) for fact in clause.hypotheses]),
        substitute(clause.conclusion, values),
        tuple([under(constraint, values) for constraint in clause.constraints]),
        clause.label,
    )


def renamed(clause: Clause) -> Clause:
    """The same clause over new variables."""
    return resolved(clause, fresh([*clause.hypotheses, clause.conclusion, *own(*clause.constraints)]))


def resolvent(selecting: Kept, solved: Clause) -> Clause | None:
    """The clause that results from two clauses over different variables (Blanchet 2016, section 3.2): the
    hypotheses of the first but for its selected one, then those of the second. None where there is none."""
    index, one = selecting.selected, selecting.clause
    assert index is not None
    bindings: Bindings = {}
    if not unify([(one.hypotheses[index], solved.conclusion)], bindings):
        return None
    left = (*one.hypotheses[:index], *one.hypotheses[index + 1 :])
    constraints = (*one.constraints, *solved.constraints)
    whole = Clause((*left, *solved.hypotheses), one.conclusion, constraints, one.label | solved.label)
    return resolved(whole, bindings)


def with_hypotheses(clause: Clause, facts: Iterable[Term]) -> Clause:
    """The clause with more hypotheses."""
    return replace(clause, hypotheses=tuple(dict.fromkeys([*clause.hypotheses, *facts])))


class ClauseSet:
    """Kept clauses, filed by the predicate of their conclusion."""

    def __init__(self, what: str, clauses: Sequence[Kept]) -> None:
        self.what = what
        self.clauses = clauses
        self._filed: dict[Symbol | None, list[tuple[Clause, int, int]]] = {}
        self._solved: dict[Symbol | None, list[tuple[int, Clause]]] = {}
        for number, kept in enumerate(clauses):
            symbol = kept.clause.conclusion.symbol
            entry = (kept.clause, *_profile(kept.clause.conclusion, kept.clause.hypotheses))
            self._filed.setdefault(symbol, []).append(entry)
            if kept.selected is None:
                self._solved.setdefault(symbol, []).append((number, renamed(kept.clause)))

    def solved(self, fact: Term) -> list[tuple[int, Clause]]:
        """The solved clauses that conclude a fact of this predicate, over other variables, numbered."""
        return self._solved.get(fact.symbol, [])

    def more_general(self, conclusion: Term, hypotheses: Iterable[Term]) -> Iterator[Clause]:
        """All those that may subsume a clause, and some others."""
        symbols, count = _profile(conclusion, hypotheses)
        for clause, needed, fewest in self._filed.get(conclusion.symbol, ()):
            if not needed & ~symbols and fewest <= count and clause.conclusion.size <= conclusion.size:
                yield clause


def _profile(conclusion: Term, hypotheses: Iterable[Term]) -> tuple[int, int]:
    """The symbols of a clause and how many hypotheses it has, but for constraints between numbers: a clause
    that it subsumes has all of these symbols and no fewer hypotheses."""
    symbols, count = conclusion.mask, 0
    for fact in hypotheses:
        if fact.symbol not in NATURALS:
            symbols, count = symbols | fact.mask, count + 1
    return symbols, count
