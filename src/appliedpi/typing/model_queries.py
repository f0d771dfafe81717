"""The queries, lemmas and other declarations of a whole model, and the text of its queries."""

from __future__ import annotations

from dataclasses import replace

from appliedpi import core
from appliedpi.errors import Place
from appliedpi.syntax import tree
from appliedpi.terms import App, Kind, Symbol, Variable
from appliedpi.typing.assumptions import (
    REAL_OR_RANDOM,
    SECRET_OPTIONS,
    Assumptions,
    check_options,
)
from appliedpi.typing.environment import OTHER_BACKEND, Context
from appliedpi.typing.numbering import last_phase
from appliedpi.typing.queries import Queries, terms_of
from appliedpi.typing.query_terms import QueryTerms
from appliedpi.typing.secrecy import defined
from appliedpi.typing.wording import Wording

# What may follow `query secret x` and yet be an option of the whole query.
_QUERY_OPTIONS = frozenset(
    "maxSubset proveAll noneSat noneVerif discardSat discardVerif fullSat fullVerif instantiateSat "
    "instantiateVerif induction noInduction keep".split()
)


class ModelQueries:
    """Collects the queries and the other declarations about the whole model."""

    def __init__(
        self,
        context: Context,
        declared: list[tree.DeclarationTree],
        process: core.Process,
        terms: QueryTerms,
        compromise: str,
    ) -> None:
        self._context = context
        self._declared = declared
        self._process = process
        self._terms = terms
        self._compromise = compromise
        self._reader = Queries(terms)
        self.queries: list[core.Query] = []
        self.assumptions: list[core.Assumption] = []
        self.secrecy: list[core.QueryAtom] = []
        self.selections: list[core.Selection] = []
        self.events: dict[str, Symbol] = {}
        self.channels: dict[str, Symbol] = {}
        self._secrets: dict[int, list[Variable]] = {}

    def read(self) -> None:
        """Reads everything, then words the queries, which takes the highest phase of all of them."""
        assumptions = Assumptions(self._reader, self._terms)
        for declaration in self._declared:
            match declaration:
                case tree.QueryDeclaration():
                    self._query(declaration)
                case tree.LemmaDeclaration():
                    self._lemma(declaration)
                case tree.NotDeclaration():
                    self.secrecy.append(assumptions.secrecy(declaration))
                case tree.SelectionDeclaration():
                    self.selections.append(assumptions.selection(declaration))
        self._check_public_variables()
        self._check_phases()
        self._word()

    # --- queries -----------------------------------------------------------------------------------

    def _query(self, declaration: tree.QueryDeclaration) -> None:
        environment, variables = self._reader.environment(declaration.parameters, declaration.place)
        options = declaration.options
        queries = list(declaration.queries)
        last = queries[-1]
        if not options and isinstance(last, tree.SecretQuery) and last.options:
            # `query secret x [induction]`: the grammar cannot tell whose options these are.
            if all([option in _QUERY_OPTIONS for option in last.options]):
                options = last.options
                queries[-1] = replace(last, options=())
        check_options("query", options, declaration.place, self._context)
        for position, query in enumerate(queries):
            tags = (declaration.tags if position == 0 else ()) + query.tags
            if isinstance(query, tree.SecretQuery):
                self._secret(query, tags, options)
                continue
            premises, conclusion = self._reader.correspondence(query.formula, environment, None)
            self._check_defined(query.public_variables, query.place)
            self.queries.append(
                core.Query(
                    "", premises, conclusion, variables, query.place, tags, options, query.public_variables
                )
            )

    def _lemma(self, declaration: tree.LemmaDeclaration) -> None:
        kind = declaration.kind
        environment, variables = self._reader.environment(declaration.parameters, declaration.place)
        check_options(kind, declaration.options, declaration.place, self._context)
        for query in declaration.queries:
            premises, conclusion = self._reader.correspondence(query.formula, environment, kind)
            self._check_defined(query.public_variables, query.place)
            tags = declaration.tags + query.tags
            made = core.Query(
                "", premises, conclusion, variables, query.place, tags, declaration.options,
                query.public_variables,
            )  # fmt: skip
            self.assumptions.append(core.Assumption(kind, made))

    def _secret(self, query: tree.SecretQuery, tags: tuple[core.Tag, ...], options: tuple[str, ...]) -> None:
        for option in query.options:
            if option in REAL_OR_RANDOM:
                self._context.refuse(f"secret ... [{option}] (observational equivalence)", query.place)
            if option not in SECRET_OPTIONS and not option.startswith("cv_"):
                raise self._context.error(
                    f"unknown option '{option}' of secret", query.place,
                    f"the options are {', '.join(SECRET_OPTIONS + REAL_OR_RANDOM)}",
                )  # fmt: skip
        found = self._check_defined((query.name,), query.place)
        self._check_defined(query.public_variables, query.place)
        kind = found[0].type
        if query.name not in self.events:
            self.events[query.name] = Symbol(f"{query.name}_contains", (kind,), Kind.EVENT.value, Kind.EVENT)
        value = Variable("v", kind)
        event = core.QueryEvent(App(self.events[query.name], (value,)))
        self._secrets[len(self.queries)] = found
        self.queries.append(
            core.Query(
                "",
                (event, core.QueryAttacker(value, None)),
                core.Disjunction(()),
                (value,),
                query.place,
                tags,
                options,
                query.public_variables,
            )  # fmt: skip
        )

    def _check_defined(self, names: tuple[str, ...], place: Place) -> list[Variable]:
        """The variables and restricted names of the process that `names` refers to."""
        found: list[Variable] = []
        for name in names:
            here = defined(self._process, name)
            if not here:
                raise self._context.error(
                    f"'{name}' should be a variable or a restricted name of the process", place
                )
            found += here
        return found

    # --- all queries together ----------------------------------------------------------------------

    def _check_public_variables(self) -> None:
        """One process serves all queries, so they must publish the same variables."""
        if not self.queries:
            for assumption in self.assumptions:
                raise self._context.error(f"a {assumption.kind} needs a query", assumption.query.place)
            return
        public = set(self.queries[0].public_variables)
        for query in [*self.queries, *[assumption.query for assumption in self.assumptions]]:
            if set(query.public_variables) != public:
                raise self._context.error(
                    "queries with different public_vars are not supported by the built-in verifier",
                    query.place, OTHER_BACKEND,
                )  # fmt: skip
        for name in sorted(public):
            self.channels[name] = Symbol(f"pub_ch_{name}", (), "channel", Kind.NAME)

    def _check_phases(self) -> None:
        last = last_phase(self._process)
        for query in [*self.queries, *[assumption.query for assumption in self.assumptions]]:
            for atom in self._atoms_of(query):
                if isinstance(atom, core.QueryAttacker | core.QueryMessage | core.QueryTable):
                    if atom.phase is not None and atom.phase > last:
                        self._context.warn(f"the process never enters phase {atom.phase}", query.place)

    def _word(self) -> None:
        wording = Wording(
            self._context.globals,
            self._context.substituted,
            self._process,
            self._terms.restrictions,
            self._last_phase(),
            self._context.ignore_types,
            self._compromise != "none",
        )
        everything = [*self.queries, *[assumption.query for assumption in self.assumptions]]
        wording.mention([term for atom in self._atoms(everything) for term in terms_of(atom)])
        for position, query in enumerate(self.queries):
            if position in self._secrets:
                text = wording.secret(self._secrets[position], query.public_variables)
            else:
                text = wording.query(query.premises, query.conclusion, query.public_variables)
            self.queries[position] = replace(query, text=text)
        self.assumptions = [
            core.Assumption(
                assumption.kind,
                replace(
                    assumption.query,
                    text=wording.query(
                        assumption.query.premises,
                        assumption.query.conclusion,
                        assumption.query.public_variables,
                    ),
                ),
            )
            for assumption in self.assumptions
        ]

    def _atoms(self, queries: list[core.Query]) -> list[core.QueryAtom]:
        atoms = [*self.secrecy, *[selection.fact for selection in self.selections]]
        for query in queries:
            atoms += self._atoms_of(query)
        return atoms

    def _atoms_of(self, query: core.Query) -> list[core.QueryAtom]:
        atoms = list(query.premises)
        stack: list[core.Formula] = [query.conclusion]
        while stack:
            formula = stack.pop()
            match formula:
                case core.Conjunction() | core.Disjunction():
                    stack.extend(formula.parts)
                case core.Nested():
                    stack += [formula.premise, formula.conclusion]
                case _:
                    atoms.append(formula)
        return atoms

    def _last_phase(self) -> int:
        """The highest phase that the process enters or a declaration mentions."""
        everything = [*self.queries, *[assumption.query for assumption in self.assumptions]]
        phases = [
            atom.phase or 0
            for atom in self._atoms(everything)
            if isinstance(atom, core.QueryAttacker | core.QueryMessage | core.QueryTable)
        ]
        # Strict compromise is a second phase.
        return max([last_phase(self._process), *phases, 1 if self._compromise == "strict" else 0])
