"""Options of queries and lemmas, `not`, and `nounif`/`select` with their weights.

ProVerif 2.05 manual, sections 6.2 and 6.3. The default weights are ProVerif's.
"""

from __future__ import annotations

from typing import Final

from appliedpi import core
from appliedpi.errors import Place
from appliedpi.syntax import tree
from appliedpi.terms import Variable, variables
from appliedpi.typing.environment import NAT, Context, Environment, VariableEntry
from appliedpi.typing.queries import Queries, terms_of
from appliedpi.typing.query_terms import QueryTerms

DEFAULT_NOUNIF: Final = -6000
DEFAULT_SELECT: Final = 3000
LOWEST_WEIGHT: Final = -9999  # everything lower means the same to ProVerif

_SATURATION: Final = frozenset({"noneSat", "discardSat", "instantiateSat", "fullSat"})
_VERIFICATION: Final = frozenset({"noneVerif", "discardVerif", "instantiateVerif", "fullVerif"})
_INDUCTION: Final = frozenset({"induction", "noInduction"})
_EVENTS: Final = frozenset({"removeEvents", "keepEvents"})
_GROUPS: Final = (_SATURATION, _VERIFICATION, _INDUCTION, _EVENTS)  # at most one of each
_COMMON: Final = _SATURATION | _VERIFICATION | _INDUCTION
OPTIONS: Final[dict[str, frozenset[str]]] = {
    "query": _COMMON | {"proveAll"},
    "lemma": _COMMON | _EVENTS | {"maxSubset"},
    "axiom": _COMMON | _EVENTS | {"keep"},
    "restriction": _COMMON | _EVENTS | {"keep"},
}
SECRET_OPTIONS: Final = ("reachability", "pv_reachability")
REAL_OR_RANDOM: Final = ("real_or_random", "pv_real_or_random")


def check_options(kind: str, options: tuple[str, ...], place: Place, context: Context) -> None:
    """Raises InputError for an option that a query, lemma, axiom or restriction cannot have."""
    for position, option in enumerate(options):
        if option not in OPTIONS[kind]:
            known = any([option in allowed for allowed in OPTIONS.values()])
            message = f"a {kind} cannot have the option '{option}'" if known else f"unknown option '{option}'"
            raise context.error(message, place, f"the options are {', '.join(sorted(OPTIONS[kind]))}")
        before = options[:position]
        if option in before or any([option in group and group & set(before) for group in _GROUPS]):
            raise context.error(f"the option '{option}' repeats or contradicts an earlier one", place)


class Assumptions:
    """Reads `not`, `nounif` and `select`. Methods raise InputError."""

    def __init__(self, queries: Queries, terms: QueryTerms) -> None:
        self._queries = queries
        self._terms = terms
        self._context = terms.context

    def secrecy(self, declaration: tree.NotDeclaration) -> core.QueryAtom:
        """The fact of a `not` declaration."""
        environment, _ = self._queries.environment(declaration.parameters, declaration.place)
        atom = self._queries.atom(declaration.fact, environment)
        if isinstance(atom, core.QueryComparison | core.QueryIsNatural):
            raise self._context.error("a fact or an event is expected after not", declaration.fact.place)
        return atom

    def selection(self, declaration: tree.SelectionDeclaration) -> core.Selection:
        """The fact, weight and options of a `nounif` or `select`."""
        place = declaration.place
        environment, _ = self._queries.environment(declaration.parameters, place)
        weight = self._weight(declaration)
        options = self._options(declaration, weight)
        fact = declaration.facts[0]
        while isinstance(fact, tree.LetIn):
            environment = self._terms.bound(fact, environment)
            fact = fact.body
        stars: dict[str, Variable] = {}
        atom = self._queries.atom(self._without_stars(fact, environment, stars), environment)
        if isinstance(atom, core.QueryComparison | core.QueryIsNatural):
            raise self._context.error("a fact is expected here", fact.place)
        if isinstance(atom, core.QueryEvent) and ("conclusion" in options) == self._has_induction(options):
            raise self._context.error(
                f"a {declaration.kind} on an event must have either the option conclusion or inductionOn",
                place,
            )
        self._check_induction(options, atom, environment, stars, place)
        return core.Selection(atom, weight, frozenset(stars.values()), options)

    def _weight(self, declaration: tree.SelectionDeclaration) -> int:
        negative = declaration.kind != "select"
        if declaration.weight is None:
            return DEFAULT_NOUNIF if negative else DEFAULT_SELECT
        return max(LOWEST_WEIGHT, -declaration.weight if negative else declaration.weight)

    def _options(self, declaration: tree.SelectionDeclaration, weight: int) -> tuple[str, ...]:
        for option in declaration.options:
            name = option.partition("=")[0]
            if name not in ("hypothesis", "conclusion", "ignoreAFewTimes", "inductionOn"):
                raise self._context.error(
                    f"unknown option '{option}' of {declaration.kind}", declaration.place,
                    "the options are hypothesis, conclusion, ignoreAFewTimes, inductionOn = variable",
                )  # fmt: skip
            if (name == "inductionOn") != ("=" in option):
                what = "expects a variable" if name == "inductionOn" else "has no parameter"
                raise self._context.error(f"the option {name} {what}", declaration.place)
            if name in ("ignoreAFewTimes", "inductionOn") and weight > 0:
                raise self._context.error(
                    f"the option {name} needs a negative weight (nounif)", declaration.place
                )
        return declaration.options

    def _has_induction(self, options: tuple[str, ...]) -> bool:
        return any([option.startswith("inductionOn") for option in options])

    def _check_induction(
        self,
        options: tuple[str, ...],
        atom: core.QueryAtom,
        environment: Environment,
        stars: dict[str, Variable],
        place: Place,
    ) -> None:
        occurring = {variable for term in terms_of(atom) for variable in variables(term)}
        for option in options:
            name, _, value = option.partition("=")
            if name != "inductionOn":
                continue
            for variable in value.strip("{} ").split(","):
                entry = environment.get(variable.strip())
                if not isinstance(entry, VariableEntry) or entry.type != NAT:
                    raise self._context.error(f"'{variable}' should be a variable of type nat", place)
                if variable in stars or entry.term not in occurring:
                    raise self._context.error(f"'{variable}' should occur in the fact, without *", place)

    def _without_stars(
        self, fact: tree.Expression, environment: Environment, stars: dict[str, Variable]
    ) -> tree.Expression:
        """The fact with `x` for `*x`; `stars` gets these variables."""
        match fact:
            case tree.Any():
                entry = environment.get(fact.name)
                if not isinstance(entry, VariableEntry) or not isinstance(entry.term, Variable):
                    raise self._context.error(f"'*{fact.name}' should name a variable", fact.place)
                stars[fact.name] = entry.term
                return tree.Identifier(fact.name, place=fact.place)
            case tree.Apply():
                parts = [self._without_stars(part, environment, stars) for part in fact.arguments]
                return tree.Apply(fact.function, tuple(parts), phase=fact.phase, at=fact.at, place=fact.place)
            case tree.Tuple():
                parts = [self._without_stars(part, environment, stars) for part in fact.items]
                return tree.Tuple(tuple(parts), place=fact.place)
            case tree.NewName():
                bindings = [
                    (name, self._without_stars(part, environment, stars)) for name, part in fact.bindings
                ]
                return tree.NewName(fact.name, tuple(bindings), place=fact.place)
            case _:
                return fact
