"""A model as clauses, before anything is proved: what both the saturation and a certificate start from."""

from __future__ import annotations

from collections.abc import Sequence

from appliedpi import core
from appliedpi.constraints import Unifiers, syntactic_unifiers
from appliedpi.equations import Theory
from appliedpi.queries.assumptions import lemma_of, with_assumed_events
from appliedpi.queries.correspondence import EXECUTION
from appliedpi.queries.goals import (
    Vocabulary,
    atom_terms,
    event_uses,
    mentioned_arguments,
    substitute_atom,
    untyped,
)
from appliedpi.saturation.forgetting import Growing
from appliedpi.saturation.lemmas import Lemma
from appliedpi.saturation.selection import selected_facts
from appliedpi.terms import App, Kind, Symbol, Term, Variable, variables
from appliedpi.translation import Evaluator, ProcessTranslation, RawClause, attacker_clauses
from appliedpi.translation.attacker import ATTACKER_NAME


class TranslatedModel:
    """The clauses of a model, for all the given queries.

    `clauses` are the initial ones, `lemmas` what is assumed (each with the declarations it comes from),
    `never` the facts of the `not` declarations, each over its own variables.
    """

    def __init__(
        self,
        model: core.Model,
        theory: Theory,
        queries: Sequence[core.Query],
        assumed: Sequence[core.Assumption],
        inductive: bool = False,
    ) -> None:
        """Raises InputError for what cannot be translated.

        `inductive`: the clauses also show the events that the queries speak of, so that these can be used.
        """
        self.model = model
        self.theory = theory
        self.unifiers: Unifiers = (
            syntactic_unifiers
            if theory.without_equations
            else lambda left, right: theory.unifiers((left, right))
        )
        questions = tuple([self.question(query) for query in queries])
        lemmas = [self.question(assumption.query) for assumption in assumed]
        spoken_of = [*lemmas, *questions] if inductive else lemmas
        uses = with_assumed_events(event_uses(questions), spoken_of)
        evaluator = Evaluator(theory, model.ignore_types)
        translation = ProcessTranslation(model, evaluator, uses, mentioned_arguments(model))
        self.clauses: list[RawClause] = [
            *attacker_clauses(model, theory, model.last_phase), *translation.clauses()
        ]  # fmt: skip
        self.tests = translation.tests.predicates
        self.compromise = translation.compromise
        compromised = self.compromise.clauses(
            translation.parameter_names.items(), theory, App(ATTACKER_NAME, (Variable("i", "any"),))
        )
        self.clauses += [RawClause(*clause) for clause in compromised]
        self.vocabulary = Vocabulary(_names(translation), evaluator, model.last_phase, self.compromise)
        self.lemmas: list[tuple[core.Assumption, list[Lemma]]] = [
            (assumption, lemma_of(lemma, self.vocabulary, assumption.kind == "restriction"))
            for assumption, lemma in zip(assumed, lemmas, strict=True)
        ]
        self.never: list[Term] = [
            fact
            for atom in model.secrecy_assumptions
            for fact in self.vocabulary.facts(self._untyped_atom(atom), Variable(EXECUTION, "any"))
        ]

    @property
    def selections(self) -> list[core.Selection]:
        """The `nounif` and `select` declarations over the names of the clauses.

        Arguments that a declaration does not give to `new k` may be anything.
        """
        found: list[core.Selection] = []
        for entry in self.model.selections:
            renaming: dict[Variable, Term] = {
                v: Variable(v.name, "any" if self.model.ignore_types else v.type)
                for term in atom_terms(entry.fact)
                for v in variables(term)
            }
            fact = self.vocabulary.atom(substitute_atom(entry.fact, renaming))
            own = set(renaming.values())
            anything = {renaming[v] for v in entry.any_variables if v in renaming}
            anything |= {v for term in atom_terms(fact) for v in variables(term) if v not in own}
            variables_of = frozenset([v for v in anything if isinstance(v, Variable)])
            found.append(core.Selection(fact, entry.weight, variables_of, entry.options))
        return found

    @property
    def growing(self) -> list[Growing]:
        """The `nounif` declarations with the option `inductionOn`."""
        found: list[Growing] = []
        for entry in self.selections:
            names = {
                name.strip()
                for option in entry.options
                if option.startswith("inductionOn")
                for name in option.partition("=")[2].strip("{} ").split(",")
            }
            if names:
                for fact in selected_facts(entry.fact, self.model.last_phase):
                    numbers = dict.fromkeys([v for v in variables(fact) if v.name in names])
                    found.append(Growing(fact, entry.any_variables, tuple(numbers)))
        return found

    def question(self, query: core.Query) -> core.Query:
        """The query as the clauses need it: without types where the model ignores them."""
        return untyped(query) if self.model.ignore_types else query

    def _untyped_atom(self, atom: core.QueryAtom) -> core.QueryAtom:
        if not self.model.ignore_types:
            return atom
        renaming: dict[Variable, Term] = {
            v: Variable(v.name, "any") for term in atom_terms(atom) for v in variables(term)
        }
        return substitute_atom(atom, renaming)


def _names(translation: ProcessTranslation) -> dict[str, tuple[Symbol, tuple[str, ...]]]:
    """For each name of the process that a query may mention, its symbol and the names of its arguments.

    A `new` that no clause reaches (behind a test that always fails) makes a name all the same: one that
    occurs nowhere.
    """
    names = {
        symbol.name: (symbol, translation.parameter_names[symbol]) for symbol in translation.names.values()
    }
    mentioned = mentioned_arguments(translation.model)
    for name in mentioned.keys() - names.keys():
        parameters = tuple(sorted(mentioned[name]))
        names[name] = (
            Symbol(name, ("any",) * len(parameters), "any", Kind.NAME, private=True), parameters
        )  # fmt: skip
    return names
