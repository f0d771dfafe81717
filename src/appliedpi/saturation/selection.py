"""The selection function: which hypothesis of a clause is resolved upon (Blanchet 2016, section 3.2).

Never selected: attacker(x) and compromised(x) with a variable x (they always have a solution), and
hypotheses that no clause concludes. Otherwise the largest hypothesis is selected, for it is resolved with the
fewest clauses.

A clause whose conclusion is an instance of the selected hypothesis, as mess(c, x) -> mess(c, f(x)), could
be resolved with itself without end. From then on facts of that shape are avoided (ProVerif's dynamic
`nounif`; Blanchet, Cheval, Cortier 2022). Selection never affects what is derivable from the
clauses, only what is left in the hypotheses of the saturated ones.
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
    rename_canonically,
    table,
)  # fmt: skip
from appliedpi.terms import App, Term, Variable
from appliedpi.unification import Bindings, match

_AVOIDED = 0  # every weight up to this one: not selected


class Selection:
    """Chooses, and remembers which shapes of facts to avoid."""

    def __init__(self, declared: Sequence[core.Selection] = (), last_phase: int = 0) -> None:
        self._avoided: set[Term] = set()
        self._declared: list[tuple[Term, core.Selection]] = []
        for entry in declared:
            for fact in selected_facts(entry.fact, last_phase):
                self._declared.append((fact, entry))

    def select(self, clause: Clause) -> int | None:
        """The index of the selected hypothesis; None where the clause is solved."""
        while True:
            best, best_weight = None, _AVOIDED
            for index, fact in enumerate(clause.hypotheses):
                if is_blocking(fact) or (_of_any_message(fact) and isinstance(fact.args[0], Variable)):
                    continue
                weight = self._weight(fact)
                if weight > best_weight:
                    best, best_weight = index, weight
            if best is None:
                return None
            chosen = clause.hypotheses[best]
            shape = _shape(chosen)
            if shape in self._avoided or not _loops(chosen, clause.conclusion):
                return best
            self._avoided.add(shape)

    def _weight(self, fact: Term) -> int:
        for pattern, entry in self._declared:
            if _has_shape(pattern, fact, entry.any_variables):
                return max(entry.weight, _AVOIDED)
        if self._avoided and _shape(fact) in self._avoided:
            return _AVOIDED
        return fact.size


def _of_any_message(fact: Term) -> bool:
    return is_attacker(fact) or fact.symbol is COMPROMISED


def _loops(selected: Term, conclusion: Term) -> bool:
    return selected.symbol is conclusion.symbol and match(selected, conclusion, {})


def _shape(fact: Term) -> Term:
    renamed, _ = rename_canonically([fact], ())
    return renamed[0]


def _has_shape(pattern: Term, fact: Term, anything: frozenset[Variable]) -> bool:
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
