"""The selection function: which hypothesis of a clause is resolved upon (Blanchet 2016, section 3.2).

Never selected: attacker(x) and compromised(x) with a variable x (they always have a solution), and
hypotheses that no clause concludes. Otherwise the largest hypothesis is selected, for it is resolved with the
fewest clauses.

A clause whose conclusion is an instance of a hypothesis with larger terms, as mess(c, x) -> mess(c, f(x)),
could be resolved with itself without end. Where nothing else can be selected in it, facts of that shape are
avoided from then on, with any term where the conclusion says the same as the hypothesis (ProVerif's dynamic
`nounif`; Blanchet, Cheval, Cortier 2022). Hypotheses that are not more general than the conclusion go first,
for they lead to no cycle. Selection never affects what is derivable from the clauses, only what is left in
the hypotheses of the saturated ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliedpi import core
from appliedpi.clauses import (
    COMPROMISED,
    Clause,
    attacker,
    is_attacker,
    is_blocking,
    message,
    table,
)  # fmt: skip
from appliedpi.terms import App, Symbol, Term, Variable, variables
from appliedpi.unification import Bindings, match

_AVOIDED = 0  # every weight up to this one: not selected


class Selection:
    """Chooses, and remembers which shapes of facts to avoid."""

    def __init__(
        self,
        declared: Sequence[core.Selection] = (),
        last_phase: int = 0,
        first: frozenset[Symbol] = frozenset(),
    ) -> None:
        """Facts of the predicates `first` are selected before all others: those that few clauses conclude."""
        self._first = first
        self._avoided: list[tuple[Term, frozenset[Variable]]] = []
        self._declared: list[tuple[Term, core.Selection]] = []
        for entry in declared:
            for fact in selected_facts(entry.fact, last_phase):
                self._declared.append((fact, entry))

    def select(self, clause: Clause) -> int | None:
        """The index of the selected hypothesis; None where the clause is solved."""
        if self._first:
            for index, fact in enumerate(clause.hypotheses):
                if fact.symbol in self._first:
                    return index
        conclusion = clause.conclusion
        growing: list[tuple[Term, frozenset[Variable]]] = []
        best, best_key = None, (False, _AVOIDED)
        for index, fact in enumerate(clause.hypotheses):
            if is_blocking(fact) or (_of_any_message(fact) and isinstance(fact.args[0], Variable)):
                continue
            bindings: Bindings = {}
            general = fact.symbol is conclusion.symbol and match(fact, conclusion, bindings)
            if general and _grows(bindings):
                unchanged = [v for v, value in bindings.items() if isinstance(value, Variable)]
                growing.append((fact, frozenset(unchanged)))
                continue
            weight = self._weight(fact)
            if weight > _AVOIDED and (not general, weight) > best_key:
                best, best_key = index, (not general, weight)
        if best is None:
            for shape, anything in growing:
                if not any([_has_shape(*avoided, shape) for avoided in self._avoided]):
                    self._avoided.append((shape, anything))
        return best

    def _weight(self, fact: Term) -> int:
        for pattern, entry in self._declared:
            if _has_shape(pattern, entry.any_variables, fact):
                return max(entry.weight, _AVOIDED)
        if any([_has_shape(*avoided, fact) for avoided in self._avoided]):
            return _AVOIDED
        return fact.size


def _of_any_message(fact: Term) -> bool:
    return is_attacker(fact) or fact.symbol is COMPROMISED


def _grows(bindings: Bindings) -> bool:
    """Whether some variable stands for a larger term with itself in it, however often that is repeated."""
    for variable, value in bindings.items():
        if isinstance(value, Variable):
            continue
        seen: set[Variable] = set()
        reached = list(variables(value))
        while reached:
            other = reached.pop()
            if other is variable:
                return True
            if other not in seen and other in bindings:
                seen.add(other)
                reached += variables(bindings[other])
    return False


def _has_shape(pattern: Term, anything: frozenset[Variable], fact: Term) -> bool:
    """Whether the fact is the pattern up to renaming, with any term for the variables in `anything`."""
    bindings: Bindings = {}
    if not match(pattern, fact, bindings):
        return False
    return all(isinstance(value, Variable) or variable in anything for variable, value in bindings.items())


def selected_facts(atom: core.QueryAtom, last_phase: int) -> list[Term]:
    """The facts that a `nounif` or `select` is about, one for each phase where it names none."""
    phases = range(last_phase + 1)
    match atom:
        case core.QueryAttacker():
            chosen = phases if atom.phase is None else [atom.phase]
            return [App(attacker(phase), (atom.term,)) for phase in chosen]
        case core.QueryMessage():
            chosen = phases if atom.phase is None else [atom.phase]
            return [App(message(phase), (atom.channel, atom.term)) for phase in chosen]
        case core.QueryTable():
            chosen = phases if atom.phase is None else [atom.phase]
            return [App(table(phase), (atom.entry,)) for phase in chosen]
        case _:
            return []
