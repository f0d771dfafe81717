"""Writes the certificate of a query that is true, for `appliedpi.check`.

A certificate is JSON with four parts. `model` and `query` say what is claimed; they are a function of the
model and the query alone: the equations, the initial clauses before any simplification, what is assumed; the
goal clauses, the conclusion in disjunctive normal form. `Statements` makes them anew and compares.
`saturated` and `answer` are the proof: the saturated clauses with their selected hypotheses, and the goal
clauses. `model` and `saturated` are the same for all queries that were answered together. The layout is that
of the classes in `appliedpi.check.contents`. Terms are shared: each is written once, in a table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from appliedpi import core
from appliedpi.builtin import FAIL
from appliedpi.check.reading import FORMAT, digest
from appliedpi.check.scope import WITHOUT_TOGGLES, Scope
from appliedpi.clauses import BEGIN, EVENT, NATURAL, Clause, Disequality
from appliedpi.equations import compile_theory
from appliedpi.queries.assumptions import lemma_of
from appliedpi.queries.correspondence import EXECUTION, Conclusion, disjuncts, order_of
from appliedpi.queries.goals import at_least, atom_terms, atoms, raw_goals
from appliedpi.queries.injectivity import injective_choice, is_injective
from appliedpi.saturation.lemmas import Lemma
from appliedpi.terms import App, Symbol, Term, Variable, variables
from appliedpi.translated import TranslatedModel
from appliedpi.translation import RawClause


@dataclass(frozen=True, eq=False, slots=True)
class Solved:
    """The goal clauses of a conclusion that holds, and of each correspondence that is nested in it, by the
    disjunct and the position there."""

    conclusion: Conclusion
    goals: Sequence[Clause]
    nested: Mapping[tuple[int, int], Solved]


class _NoCertificate(Exception):
    """The format has no place for this query."""


class CertificateWriter:
    """Writes the certificates of the queries that are answered from the same saturated clauses.

    `never`: for each fact that is declared never to hold, the clauses of its goal.
    """

    def __init__(
        self, translated: TranslatedModel, clauses: Sequence[Clause], never: Sequence[Sequence[Clause]]
    ) -> None:
        self._translated = translated
        self._clauses, self._never = clauses, never
        self._shared: tuple[_Part, dict[str, Any], str] | None = None

    def write(
        self,
        query: core.Query,
        solved: Solved,
        induction: Sequence[Lemma] = (),
        scope: Scope = WITHOUT_TOGGLES,
    ) -> str | None:
        """The certificate as text, the same for the same model.

        `induction`: the query as a lemma, where it is used in its own proof. `scope`: the sets of toggles
        with which it is true, where the model is that of a family. None where the format has no place for
        the query: the order of events in its conclusion.
        """
        try:
            tables, model, shared = self._shared_parts()
            asked = tables.fork()
            claim = asked.query(self._translated, query, induction)
            answer = asked.fork().answer(solved, scope)
        except _NoCertificate:
            return None
        parts = f' "query": {_laid_out(claim, 1)},\n "answer": {_laid_out(answer, 1)}\n}}\n'
        of_family = [asdict(scope)] if scope.toggles else []
        parts = "".join([f' "scope": {json.dumps(one)},\n' for one in of_family]) + parts
        claims = digest(model, claim, *of_family)
        return f'{{\n "format": {json.dumps(FORMAT)},\n "digest": {json.dumps(claims)},\n{shared}{parts}'

    def _shared_parts(self) -> tuple[_Part, dict[str, Any], str]:
        if self._shared is None:
            tables = _Part()
            model = tables.model(self._translated)
            saturated = tables.fork().saturated(self._clauses, self._never)
            text = f' "model": {_laid_out(model, 1)},\n "saturated": {_laid_out(saturated, 1)},\n'
            self._shared = tables, model, text
        return self._shared


class Statements:
    """What a model says, as the certificates of its queries and lemmas state it.

    The model is translated anew, each time once that differs in the lemmas used and in what the clauses must
    show. The checker cannot know whether a certificate is about the model: it sees the certificate only.
    """

    def __init__(self, model: core.Model) -> None:
        """Raises InputError where the model cannot be translated."""
        self._model = model
        self._theory = compile_theory(model)
        self._made: dict[tuple[object, ...], tuple[TranslatedModel, _Part, dict[str, Any]]] = {}

    def agree(self, certificate: str) -> bool:
        """Whether what a certificate claims is what the model says of one of its queries or lemmas.

        Raises InputError where the model cannot be translated, ValueError where the text is no certificate.
        """
        document = json.loads(certificate)
        try:
            claimed, asked = document["model"], document["query"]
            text, inductive = asked["text"], bool(asked["induction"])
            used = {(lemma[0], lemma[1]) for lemma in claimed["lemmas"]}
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError("not a certificate") from error
        for query, together, assumed in self._ways(text, used, inductive):
            translated, tables, model = self._translated(together, assumed, inductive)
            if model != claimed:
                continue
            question = translated.question(query)
            induction = lemma_of(question, translated.vocabulary) if inductive else []
            try:
                if tables.fork().query(translated, query, induction) == asked:
                    return True
            except _NoCertificate:
                continue
        return False

    def _ways(
        self, text: str, used: set[tuple[str, str]], inductive: bool
    ) -> Iterator[tuple[core.Query, tuple[core.Query, ...], list[core.Assumption]]]:
        """Each way to come to a query with this text: with it, what is answered together, what is assumed."""
        assumed = [assumption for assumption in self._model.assumptions if assumption.kind != "lemma"]
        for lemma in [assumption for assumption in self._model.assumptions if assumption.kind == "lemma"]:
            if lemma.query.text == text:
                yield lemma.query, (lemma.query,), list(assumed)
            if (lemma.kind, lemma.query.text) in used:
                assumed.append(lemma)
        for query in [query for query in self._model.queries if query.text == text]:
            # A query is answered together with the others, or alone: what must be shown of events differs.
            if not inductive:
                yield query, self._model.queries, assumed
            yield query, (query,), assumed

    def _translated(
        self, together: tuple[core.Query, ...], assumed: list[core.Assumption], inductive: bool
    ) -> tuple[TranslatedModel, _Part, dict[str, Any]]:
        key = (together, tuple(assumed), inductive)
        if key not in self._made:
            translated = TranslatedModel(self._model, self._theory, together, assumed, inductive)
            tables = _Part()
            self._made[key] = translated, tables, tables.model(translated)
        return self._made[key]


class _Part:
    """A part of a certificate with its tables: symbols and terms are numbered as they are first needed."""

    def __init__(self) -> None:
        self._symbols: dict[Symbol, int] = {}
        self._terms: dict[Term, int] = {}
        self._symbol_table: list[Any] = []
        self._term_table: list[Any] = []

    def fork(self) -> _Part:
        """A part that builds on this one: its tables go on where those of this one end now."""
        later = _Part()
        later._symbols, later._terms = dict(self._symbols), dict(self._terms)
        return later

    def model(self, translated: TranslatedModel) -> dict[str, Any]:
        """What is claimed of the model."""
        theory = translated.theory
        completed = [rule for rules in theory.equations.completed.values() for rule in rules]
        content = {
            "simplifications": [self._pair(rule) for rule in theory.simplifications],
            "completed": [self._pair(rule) for rule in completed],
            "lemmas": [
                self._lemma(assumption.kind, assumption.query, lemma)
                for assumption, lemmas in translated.lemmas
                for lemma in lemmas
            ],
            "never": self._facts(translated.never),
            "clauses": [self._raw(clause) for clause in translated.clauses],
        }
        return self._with_tables(content)

    def saturated(self, clauses: Sequence[Clause], never: Sequence[Sequence[Clause]]) -> dict[str, Any]:
        """The proof that the model's clauses have."""
        content = {
            "clauses": [self._kept(clause) for clause in clauses],
            "never": [[self._kept(clause) for clause in shown] for shown in never],
        }
        return self._with_tables(content)

    def query(
        self, translated: TranslatedModel, query: core.Query, induction: Sequence[Lemma]
    ) -> dict[str, Any]:
        """What is claimed of the query."""
        question = translated.question(query)
        premises = [
            premise
            for premise in question.premises
            if not isinstance(premise, core.QueryComparison | core.QueryIsNatural)
        ]
        executions = [
            position
            for position, premise in enumerate(premises)
            if isinstance(premise, core.QueryEvent) and premise.injective
        ]
        known = {v for premise in question.premises for term in atom_terms(premise) for v in variables(term)}
        given = [variable for variable in question.variables if variable in known]
        content = {
            "text": query.text,
            "variables": [self._term(variable) for variable in question.variables],
            "executions": executions if is_injective(question) else [],
            "conclusion": self._conclusion(translated, question, question.conclusion, given),
            "induction": [self._lemma("induction", query, lemma) for lemma in induction],
            "goals": [self._raw(goal) for goal in raw_goals(question, translated.vocabulary)],
        }
        return self._with_tables(content)

    def answer(self, solved: Solved, scope: Scope) -> dict[str, Any]:
        """The proof that the query has in the scope."""
        return self._with_tables(self._answer(solved, scope))

    def _answer(self, solved: Solved, scope: Scope) -> dict[str, Any]:
        goals = [goal for goal in solved.goals if scope.includes(goal.label)]
        claims = _claims(solved.conclusion, goals)
        nested = [
            self._answer(solved.nested[number, index], scope)
            for number, disjunct in enumerate(solved.conclusion.disjuncts)
            for index in order_of(disjunct)
            if isinstance(disjunct[index], core.Nested)
        ]
        return {"goals": [self._kept(goal, claims.get(goal)) for goal in goals], "nested": nested}

    def _with_tables(self, content: dict[str, Any]) -> dict[str, Any]:
        tables = {"symbols": self._symbol_table, "terms": self._term_table}
        self._symbol_table, self._term_table = [], []
        return {**tables, **content}

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
        return self._body(initial.hypotheses, initial.conclusion, clause.disequalities, clause.label)

    def _body(
        self, hypotheses: Sequence[Term], conclusion: Term, disequalities: Sequence[Disequality], label: int
    ) -> list[Any]:
        facts = self._facts(hypotheses)
        return [facts, self._term(conclusion), [self._disequality(d) for d in disequalities], label]

    def _kept(self, clause: Clause, claim: Any = None) -> list[Any]:
        body = self._body(clause.hypotheses, clause.conclusion, clause.disequalities, clause.label)
        return [body, clause.selected, claim]

    # --- lemmas and conclusions -----------------------------------------------------------------------

    def _lemma(self, kind: str, query: core.Query, lemma: Lemma) -> list[Any]:
        cases = [
            [
                self._facts(case.facts),
                [self._pair(pair) for pair in case.equalities],
                [self._disequality(d) for d in case.disequalities],
            ]
            for case in lemma.disjuncts
        ]
        constraints = [self._disequality(d) for d in lemma.constraints]
        return [kind, query.text, self._facts(lemma.premises), constraints, cases]

    def _conclusion(
        self,
        translated: TranslatedModel,
        question: core.Query,
        conclusion: core.Formula,
        given: Sequence[Variable],
    ) -> list[Any]:
        found = []
        for disjunct in disjuncts(conclusion):
            mentioned = [atom.premise if isinstance(atom, core.Nested) else atom for atom in disjunct]
            known = {v for atom in mentioned for term in atom_terms(atom) for v in variables(term)}
            inside = [v for v in question.variables if v in known or v in given]
            found.append(
                [self._atom(translated, question, disjunct[index], inside) for index in order_of(disjunct)]
            )
        return [[self._term(variable) for variable in given], found]

    def _atom(
        self,
        translated: TranslatedModel,
        question: core.Query,
        atom: core.QueryAtom | core.Nested,
        given: Sequence[Variable],
    ) -> list[Any]:
        """An atom; `given` are the variables that have values in what is nested there."""
        vocabulary = translated.vocabulary
        match atom:
            case core.Nested():
                nested = self._conclusion(translated, question, atom.conclusion, given)
                return [*self._atom(translated, question, atom.premise, given)[:3], nested]
            case core.QueryComparison():
                left, right = vocabulary.term(atom.left), vocabulary.term(atom.right)
                if atom.operator in ("=", "<>"):
                    return [atom.operator, self._pair((left, right)), False, None]
                return ["number", self._facts([at_least(atom.operator, left, right)]), False, None]
            case core.QueryIsNatural():
                return ["number", self._facts([App(NATURAL, (vocabulary.term(atom.term),))]), False, None]
            case _:
                facts = vocabulary.facts(atom, Variable(EXECUTION, "any"))
                if isinstance(atom, core.QueryEvent) and not _is_told(atom, question):
                    facts = []  # nothing shows it
                begun = [App(BEGIN, fact.args) if fact.symbol is EVENT else fact for fact in facts]
                injective = isinstance(atom, core.QueryEvent) and atom.injective
                return ["fact", self._facts(begun), injective, None]


def _is_told(event: core.QueryEvent, question: core.Query) -> bool:
    """Whether clauses tell all that is asked of an event in the conclusion: not when it happened, so nothing
    else may mention its time."""
    mentioned = [
        variable
        for atom in (*question.premises, *atoms(question.conclusion))
        for term in atom_terms(atom)
        for variable in variables(term)
    ]
    return event.at is None or mentioned.count(event.at) == 1


def _claims(conclusion: Conclusion, goals: Sequence[Clause]) -> dict[Clause, list[Any]]:
    """For each solved goal clause of an injective query, the disjunct and the hypotheses that serve it."""
    if not is_injective(conclusion.query):
        return {}
    solved = [clause for clause in goals if clause.selected is None]
    choices = injective_choice(conclusion.query, solved, conclusion, conclusion.unifiers)
    if choices is None:
        raise _NoCertificate
    claims: dict[Clause, list[Any]] = {}
    for clause, (disjunct, served) in zip(solved, choices, strict=True):
        number = next(i for i, one in enumerate(conclusion.disjuncts) if one is disjunct)
        facts = [served[index] for index in order_of(disjunct)]
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
