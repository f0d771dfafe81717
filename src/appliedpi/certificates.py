"""Writes the certificate of a query that is true, for `appliedpi.check`.

A certificate is JSON with a statement and a proof. The statement is a function of the model and the query
alone: the equations, the initial clauses before any simplification, what is assumed, the goal clauses, the
conclusion in disjunctive normal form. `initial_clauses_agree` makes it anew and compares. The proof holds the
saturated clauses with their selected hypotheses. Terms are shared: each is written once, in a table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from appliedpi import core
from appliedpi.builtin import FAIL
from appliedpi.check.reading import FORMAT, digest
from appliedpi.clauses import BEGIN, EVENT, NATURAL, Clause, Disequality
from appliedpi.equations import compile_theory
from appliedpi.queries.correspondence import EXECUTION, Conclusion, disjuncts
from appliedpi.queries.goals import at_least, atom_terms, atoms, raw_goals
from appliedpi.queries.injectivity import injective_choice, is_injective
from appliedpi.saturation.lemmas import Lemma
from appliedpi.terms import App, Symbol, Term, Variable, variables
from appliedpi.translated import TranslatedModel
from appliedpi.translation import RawClause


@dataclass(frozen=True, slots=True)
class Saturated:
    """The saturated sets of a proof: of the initial clauses, of the goal of each fact that is declared never
    to hold, of the goals of the query."""

    clauses: Sequence[Clause]
    never: Sequence[Sequence[Clause]]
    goals: Sequence[Clause]


class _NoCertificate(Exception):
    """The format has no place for this query."""


def write_certificate(translated: TranslatedModel, query: core.Query, saturated: Saturated) -> str | None:
    """The certificate as text, the same for the same model.

    None for a query that the format has no place for: nested correspondences, times in the conclusion.
    """
    try:
        writer = _Writer()
        statement = writer.statement(translated, query)
        proof = writer.proof(translated, query, saturated)
    except _NoCertificate:
        return None
    document = {"format": FORMAT, "digest": digest(statement), "statement": statement, "proof": proof}
    return _laid_out(document) + "\n"


def initial_clauses_agree(certificate: str, model: core.Model) -> bool:
    """Whether the statement of a certificate is what the model says of one of its queries or lemmas.

    The model is translated anew. The checker cannot know this: it sees the certificate only. Raises
    InputError where the model cannot be translated, ValueError where the text is no certificate.
    """
    document = json.loads(certificate)
    try:
        statement = document["statement"]
        text = statement["query"]["text"]
        used = {(lemma["kind"], lemma["text"]) for lemma in statement["lemmas"]}
    except (KeyError, TypeError) as error:
        raise ValueError("not a certificate") from error
    theory = compile_theory(model)
    assumed = [assumption for assumption in model.assumptions if assumption.kind != "lemma"]
    for lemma in [assumption for assumption in model.assumptions if assumption.kind == "lemma"]:
        if lemma.query.text == text:
            translated = TranslatedModel(model, theory, (lemma.query,), assumed)
            if _says(translated, lemma.query, statement):
                return True
        if (lemma.kind, lemma.query.text) in used:
            assumed.append(lemma)
    asked = [query for query in model.queries if query.text == text]
    # A query is answered together with the others, or alone: what must be shown of events differs.
    return any(
        _says(TranslatedModel(model, theory, together, assumed), query, statement)
        for query in asked
        for together in dict.fromkeys([model.queries, (query,)])
    )


def _says(translated: TranslatedModel, query: core.Query, statement: object) -> bool:
    try:
        return _Writer().statement(translated, query) == statement
    except _NoCertificate:
        return False


class _Writer:
    """Numbers symbols and terms in the order in which they are first needed."""

    def __init__(self) -> None:
        self._symbols: dict[Symbol, int] = {}
        self._terms: dict[Term, int] = {}
        self._symbol_table: list[Any] = []
        self._term_table: list[Any] = []

    def statement(self, translated: TranslatedModel, query: core.Query) -> dict[str, Any]:
        """What is claimed of which clauses."""
        question = translated.question(query)
        theory = translated.theory
        completed = [rule for rules in theory.equations.completed.values() for rule in rules]
        content = {
            "query": self._query(translated, query, question),
            "simplifications": [self._pair(rule) for rule in theory.simplifications],
            "completed": [self._pair(rule) for rule in completed],
            "lemmas": [
                self._lemma(assumption, lemma) for assumption, lemmas in translated.lemmas for lemma in lemmas
            ],
            "never": self._facts(translated.never),
            "goals": [self._raw(goal) for goal in raw_goals(question, translated.vocabulary)],
            "clauses": [self._raw(clause) for clause in translated.clauses],
        }
        return {**self._tables(), **content}

    def proof(self, translated: TranslatedModel, query: core.Query, saturated: Saturated) -> dict[str, Any]:
        """What makes the statement true. Its tables go on where those of the statement end."""
        claims = _claims(translated, translated.question(query), saturated.goals)
        content = {
            "clauses": [self._kept(clause) for clause in saturated.clauses],
            "never": [[self._kept(clause) for clause in shown] for shown in saturated.never],
            "goals": [self._kept(clause, claims.get(clause)) for clause in saturated.goals],
        }
        return {**self._tables(), **content}

    def _tables(self) -> dict[str, Any]:
        tables = {"symbols": self._symbol_table, "terms": self._term_table}
        self._symbol_table, self._term_table = [], []
        return tables

    # --- terms --------------------------------------------------------------------------------------

    def _term(self, term: Term) -> int:
        known = self._terms.get(term)
        if known is not None:
            return known
        entry: list[Any]
        if isinstance(term, Variable):
            if term.may_fail:
                raise _NoCertificate
            entry = [term.name, term.type]
        else:
            assert term.symbol is not None
            if term.symbol is FAIL:
                raise _NoCertificate
            entry = [self._symbol(term.symbol), *[self._term(argument) for argument in term.args]]
        self._terms[term] = number = len(self._terms)
        self._term_table.append(entry)
        return number

    def _symbol(self, symbol: Symbol) -> int:
        known = self._symbols.get(symbol)
        if known is not None:
            return known
        flags = [flag for flag in ("private", "data") if getattr(symbol, flag)]
        self._symbols[symbol] = number = len(self._symbols)
        self._symbol_table.append(
            [symbol.name, list(symbol.argument_types), symbol.result_type, symbol.kind.value, flags]
        )
        return number

    def _facts(self, facts: Iterable[Term]) -> list[int]:
        return [self._term(fact) for fact in facts]

    def _pair(self, pair: tuple[Term, Term]) -> list[int]:
        return [self._term(pair[0]), self._term(pair[1])]

    # --- clauses ------------------------------------------------------------------------------------

    def _disequality(self, disequality: Disequality) -> list[Any]:
        left, right = disequality.left, disequality.right
        pairs = [(left, right)]
        if left.symbol is not None and left.symbol is right.symbol and left.symbol.name == "":
            pairs = list(zip(left.args, right.args, strict=True))  # several terms that differ together
        written = [self._pair(pair) for pair in pairs]
        universal = dict.fromkeys(
            [v for pair in pairs for term in pair for v in variables(term) if v in disequality.universal]
        )
        return [written, [self._term(variable) for variable in universal]]

    def _raw(self, clause: RawClause) -> list[Any]:
        initial = clause.initial
        return self._body(initial.hypotheses, initial.conclusion, clause.disequalities, 0)

    def _body(
        self, hypotheses: Sequence[Term], conclusion: Term, disequalities: Sequence[Disequality], label: int
    ) -> list[Any]:
        facts = self._facts(hypotheses)
        return [facts, self._term(conclusion), [self._disequality(d) for d in disequalities], label]

    def _kept(self, clause: Clause, claim: Any = None) -> list[Any]:
        body = self._body(clause.hypotheses, clause.conclusion, clause.disequalities, clause.label)
        return [body, clause.selected, claim]

    # --- lemmas and the query -----------------------------------------------------------------------

    def _lemma(self, assumption: core.Assumption, lemma: Lemma) -> dict[str, Any]:
        return {
            "kind": assumption.kind,
            "text": assumption.query.text,
            "premises": self._facts(lemma.premises),
            "disequalities": [self._disequality(d) for d in lemma.constraints],
            "cases": [
                {
                    "facts": self._facts(case.facts),
                    "equalities": [self._pair(pair) for pair in case.equalities],
                    "disequalities": [self._disequality(d) for d in case.disequalities],
                }
                for case in lemma.disjuncts
            ],
        }

    def _query(self, translated: TranslatedModel, query: core.Query, question: core.Query) -> dict[str, Any]:
        bound = {v for premise in question.premises for term in atom_terms(premise) for v in variables(term)}
        if any(
            isinstance(atom, core.QueryEvent) and atom.at is not None for atom in atoms(question.conclusion)
        ):
            raise _NoCertificate  # what the clauses do not tell: when an event of the conclusion happened
        facts = [
            premise
            for premise in question.premises
            if not isinstance(premise, core.QueryComparison | core.QueryIsNatural)
        ]
        executions = [
            position
            for position, premise in enumerate(facts)
            if isinstance(premise, core.QueryEvent) and premise.injective
        ]
        return {
            "text": query.text,
            "variables": [self._term(variable) for variable in question.variables],
            "given": [position for position, v in enumerate(question.variables) if v in bound],
            "executions": executions if is_injective(question) else [],
            "disjuncts": [
                [self._atom(translated, disjunct[index]) for index in _order(disjunct)]
                for disjunct in disjuncts(question.conclusion)
            ],
        }

    def _atom(self, translated: TranslatedModel, atom: core.QueryAtom | core.Nested) -> list[Any]:
        vocabulary = translated.vocabulary
        match atom:
            case core.Nested():
                raise _NoCertificate
            case core.QueryComparison():
                left, right = vocabulary.term(atom.left), vocabulary.term(atom.right)
                if atom.operator in ("=", "<>"):
                    return [atom.operator, self._pair((left, right)), False]
                return ["number", self._facts([at_least(atom.operator, left, right)]), False]
            case core.QueryIsNatural():
                return ["number", self._facts([App(NATURAL, (vocabulary.term(atom.term),))]), False]
            case _:
                facts = vocabulary.facts(atom, Variable(EXECUTION, "any"))
                begun = [App(BEGIN, fact.args) if fact.symbol is EVENT else fact for fact in facts]
                return ["fact", self._facts(begun), isinstance(atom, core.QueryEvent) and atom.injective]


def _order(disjunct: Sequence[core.QueryAtom | core.Nested]) -> list[int]:
    """Facts first: they give values to the variables that comparisons mention."""
    late = [isinstance(atom, core.QueryComparison | core.QueryIsNatural) for atom in disjunct]
    return sorted(range(len(disjunct)), key=late.__getitem__)


def _claims(
    translated: TranslatedModel, question: core.Query, goals: Sequence[Clause]
) -> dict[Clause, list[Any]]:
    """For each solved goal clause of an injective query, the disjunct and the hypotheses that serve it."""
    if not is_injective(question):
        return {}
    solved = [clause for clause in goals if clause.selected is None]
    conclusion = Conclusion(question, translated.vocabulary, translated.unifiers, lambda nested: False)
    choices = injective_choice(question, solved, conclusion, translated.unifiers)
    if choices is None:
        raise _NoCertificate
    claims: dict[Clause, list[Any]] = {}
    for clause, (disjunct, served) in zip(solved, choices, strict=True):
        number = next(i for i, one in enumerate(conclusion.disjuncts) if one is disjunct)
        facts = [served[index] for index in _order(disjunct)]
        claims[clause] = [number, [None if f is None else clause.hypotheses.index(f) for f in facts]]
    return claims


def _laid_out(value: Any, indent: int = 0) -> str:
    """JSON with one line for each entry of a table, so that differences between files can be read."""
    if isinstance(value, dict):
        inner = ",\n".join(
            [" " * indent + f" {json.dumps(k)}: {_laid_out(v, indent + 1)}" for k, v in value.items()]
        )
        return "{\n" + inner + "\n" + " " * indent + "}"
    if isinstance(value, list) and any(isinstance(entry, list | dict) for entry in value):
        inner = ",\n".join([" " * indent + " " + json.dumps(v, separators=(",", ":")) for v in value])
        return "[\n" + inner + "\n" + " " * indent + "]"
    return json.dumps(value, separators=(",", ":"))
