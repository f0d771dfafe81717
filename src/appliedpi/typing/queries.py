"""Queries, lemmas and other declarations about the whole model, once its process is known.

ProVerif 2.05 manual, sections 3.2, 4.3 and 6.1 to 6.3. The queries of a model see all its global
declarations, wherever they stand.
"""

from __future__ import annotations

from typing import Final

from appliedpi import core
from appliedpi.errors import Place
from appliedpi.syntax import tree
from appliedpi.terms import Term, Variable, variables
from appliedpi.typing.applications import declared_table
from appliedpi.typing.environment import (
    CHANNEL,
    NAT,
    SESSION,
    TIME,
    Context,
    Environment,
    EventEntry,
    ReservedEntry,
    VariableEntry,
    kind_of,
)
from appliedpi.typing.query_terms import QueryTerms

FACTS: Final = ("attacker", "mess", "table")
_COMPARISONS: Final = ("=", "<>", ">=", ">", "<=", "<")
_DEFINED_BY_OTHERS = (
    "in a premise, every variable of a comparison must also occur in an event or another fact"
)


class Queries:
    """Reads the formulas of one model. Methods raise InputError."""

    def __init__(self, terms: QueryTerms) -> None:
        self._terms = terms
        self._context: Context = terms.context

    def environment(
        self, parameters: tuple[tree.Parameter, ...], place: Place
    ) -> tuple[Environment, tuple[Variable, ...]]:
        """The variables of a `query x: T, ...;` and the environment with them."""
        context = self._context
        environment = Environment(context.globals)
        made: list[Variable] = []
        for parameter in parameters:
            kind = context.type_name(parameter.type, place, environment, allowed=(TIME, SESSION))
            if parameter.name in environment.locals:
                raise context.error(f"the variable '{parameter.name}' is declared twice", place)
            if parameter.name in environment:
                context.warn(f"identifier {parameter.name} rebound", place)
            made.append(Variable(parameter.name, kind))
            environment = environment.bind(parameter.name, VariableEntry(made[-1], kind))
        return environment, tuple(made)

    def correspondence(
        self, formula: tree.Expression, environment: Environment, lemma: str | None
    ) -> tuple[tuple[core.QueryAtom, ...], core.Formula]:
        """The premises and the conclusion. `lemma`: its kind where the formula is not a query."""
        while isinstance(formula, tree.LetIn):
            environment = self._terms.bound(formula, environment)
            formula = formula.body
        conclusion: core.Formula = core.Disjunction(())
        premise: tree.Expression = formula
        if isinstance(formula, tree.Apply) and formula.function == "==>":
            premise = formula.arguments[0]
        premises = self._premises(premise, environment, lemma)
        self._check_comparisons(premises, formula.place)
        if isinstance(formula, tree.Apply) and formula.function == "==>":
            conclusion = self._conclusion(formula.arguments[1], environment, lemma)
        self._check_times((core.Conjunction(tuple(premises)), conclusion), formula.place)
        return self._ordered(premises, conclusion, formula.place), conclusion

    def _check_times(self, formulas: tuple[core.Formula, ...], place: Place) -> None:
        """A time belongs to one event: no two that may hold together may share its variable."""
        used: frozenset[Variable] = frozenset()
        for formula in formulas:
            used = self._times(formula, used, place)

    def _times(self, formula: core.Formula, used: frozenset[Variable], place: Place) -> frozenset[Variable]:
        # Recursion within the nesting limit of the parser.
        match formula:
            case core.QueryEvent(at=None):
                return used
            case core.QueryEvent(at=Variable() as time):
                if time in used:
                    raise self._context.error(
                        f"the time '{time.name}' is given to two events", place,
                        "give each event its own variable and compare them",
                    )  # fmt: skip
                return used | {time}
            case core.Conjunction():
                for part in formula.parts:
                    used = self._times(part, used, place)
                return used
            case core.Disjunction():
                return used.union(*[self._times(part, used, place) for part in formula.parts])
            case core.Nested():
                return self._times(formula.conclusion, self._times(formula.premise, used, place), place)
            case _:
                return used

    # --- premises ----------------------------------------------------------------------------------

    def _premises(
        self, formula: tree.Expression, environment: Environment, lemma: str | None
    ) -> list[core.QueryAtom]:
        atoms: list[core.QueryAtom] = []
        stack = [formula]
        while stack:
            current = stack.pop()
            if isinstance(current, tree.Apply) and current.function == "&&":
                stack.extend(reversed(current.arguments))
                continue
            atom = self.atom(current, environment, lemma)
            if isinstance(atom, core.QueryComparison):
                if atom.operator == "=":
                    raise self._context.error("an equality cannot stand before ==>", current.place)
                if TIME in (self._terms.type_of(atom.left), self._terms.type_of(atom.right)):
                    raise self._context.error("a comparison of times cannot stand before ==>", current.place)
            if lemma is not None and isinstance(atom, core.QueryEvent) and atom.injective:
                raise self._context.error(f"a {lemma} cannot contain injective events", current.place)
            atoms.append(atom)
        return atoms

    def _check_comparisons(self, premises: list[core.QueryAtom], place: Place) -> None:
        facts = [
            atom for atom in premises if not isinstance(atom, core.QueryComparison | core.QueryIsNatural)
        ]
        if not facts:
            raise self._context.error(
                "the premise consists of comparisons only", place, "add an event or a fact"
            )
        bound = {variable for atom in facts for term in terms_of(atom) for variable in variables(term)}
        for atom in premises:
            if isinstance(atom, core.QueryComparison | core.QueryIsNatural):
                for term in terms_of(atom):
                    for variable in variables(term):
                        if variable not in bound:
                            raise self._context.error(
                                f"the variable '{variable.name}' occurs only in a comparison", place,
                                _DEFINED_BY_OTHERS,
                            )  # fmt: skip

    def _ordered(
        self, premises: list[core.QueryAtom], conclusion: core.Formula, place: Place
    ) -> tuple[core.QueryAtom, ...]:
        """The premises in ProVerif's order (events, then facts, then comparisons), injective where the
        conclusion asks for it."""
        events = [atom for atom in premises if isinstance(atom, core.QueryEvent)]
        comparisons = [
            atom for atom in premises if isinstance(atom, core.QueryComparison | core.QueryIsNatural)
        ]
        facts = [atom for atom in premises if atom not in events and atom not in comparisons]
        if not _is_injective(conclusion):
            plain = [core.QueryEvent(event.term, at=event.at) for event in events]
            return (*plain, *facts, *comparisons)
        injective = [event for event in events if event.injective]
        if not injective and len(events) == 1:
            return (core.QueryEvent(events[0].term, injective=True, at=events[0].at), *facts, *comparisons)
        if not injective:
            raise self._context.error(
                "a conclusion with an injective event needs an injective event before ==>", place
            )
        return (*injective, *[event for event in events if not event.injective], *facts, *comparisons)

    # --- conclusions -------------------------------------------------------------------------------

    def _conclusion(
        self, formula: tree.Expression, environment: Environment, lemma: str | None
    ) -> core.Formula:
        # Recursion within the nesting limit of the parser.
        match formula:
            case tree.LetIn():
                return self._conclusion(formula.body, self._terms.bound(formula, environment), lemma)
            case tree.Identifier(name="true"):
                return core.Conjunction(())
            case tree.Identifier(name="false"):
                return core.Disjunction(())
            case tree.Apply(function="==>"):
                if lemma is not None:
                    raise self._context.error(f"a {lemma} cannot contain a nested ==>", formula.place)
                premise = self.atom(formula.arguments[0], environment, lemma)
                if not isinstance(premise, core.QueryEvent):
                    raise self._context.error(
                        "only an event can stand before a nested ==>", formula.arguments[0].place
                    )
                return core.Nested(premise, self._conclusion(formula.arguments[1], environment, lemma))
            case tree.Apply(function="&&" | "||"):
                parts = [
                    self._conclusion(part, environment, lemma) for part in operands(formula, formula.function)
                ]
                return (core.Conjunction if formula.function == "&&" else core.Disjunction)(tuple(parts))
            case _:
                atom = self.atom(formula, environment, lemma)
                if lemma is not None and isinstance(atom, core.QueryEvent) and atom.injective:
                    raise self._context.error(f"a {lemma} cannot contain injective events", formula.place)
                return atom

    # --- atoms -------------------------------------------------------------------------------------

    def atom(
        self, formula: tree.Expression, environment: Environment, lemma: str | None = None
    ) -> core.QueryAtom:
        """A fact, an event or a comparison."""
        context = self._context
        while isinstance(formula, tree.LetIn):
            environment = self._terms.bound(formula, environment)
            formula = formula.body
        if isinstance(formula, tree.Identifier):
            raise self._not_a_fact(formula.name, formula.place, environment)
        if not isinstance(formula, tree.Apply):
            raise context.error("an event, a fact or a comparison is expected here", formula.place)
        name, arguments, place = formula.function, formula.arguments, formula.place
        if name in _COMPARISONS and len(arguments) == 2:
            return self._comparison(formula, environment, lemma)
        if name == "is_nat" and len(arguments) == 1:
            term, kind = self._terms.term(arguments[0], environment)
            if kind != NAT:
                raise context.error(f"the argument of is_nat has type {kind} but should have type nat", place)
            return core.QueryIsNatural(term)
        if name in ("event", "inj-event"):
            return self._event(formula, environment, lemma)
        if name == "subterm":
            context.refuse("subterm", place)
        if name not in FACTS:
            raise self._not_a_fact(name, place, environment)
        if formula.at is not None:
            context.refuse("a time at a fact other than an event", place)
        expected = 2 if name == "mess" else 1
        if len(arguments) != expected:
            raise context.error(f"{name} expects {expected} argument(s) but is given {len(arguments)}", place)
        return self._fact(formula, environment)

    def _fact(self, formula: tree.Apply, environment: Environment) -> core.QueryAtom:
        arguments = formula.arguments
        if formula.function == "attacker":
            term, _ = self._terms.term(arguments[0], environment)
            return core.QueryAttacker(term, formula.phase)
        if formula.function == "mess":
            channel, kind = self._terms.term(arguments[0], environment)
            if kind != CHANNEL:
                raise self._context.error(
                    f"the first argument of mess has type {kind} but should have type channel",
                    arguments[0].place,
                )
            return core.QueryMessage(channel, self._terms.term(arguments[1], environment)[0], formula.phase)
        entry = arguments[0]
        if not isinstance(entry, tree.Apply):
            raise self._context.error("a table with arguments is expected here", entry.place)
        table = declared_table(self._context, entry.function, entry.place, environment)
        values = [self._terms.term(argument, environment) for argument in entry.arguments]
        return core.QueryTable(self._terms.applied(table, values, entry), formula.phase)

    def _event(self, formula: tree.Apply, environment: Environment, lemma: str | None) -> core.QueryEvent:
        context, name = self._context, formula.function
        if len(formula.arguments) != 1 or not isinstance(formula.arguments[0], tree.Apply | tree.Identifier):
            raise context.error(f"{name} expects one event with its arguments", formula.place)
        event = formula.arguments[0]
        called = event if isinstance(event, tree.Apply) else tree.Apply(event.name, (), place=event.place)
        entry = environment.get(called.function)
        if entry is None:
            known = context.candidates(environment, EventEntry)
            raise context.unknown("event", called.function, called.place, known)
        if not isinstance(entry, EventEntry):
            raise context.error(f"'{called.function}' is {kind_of(entry)}, not an event", called.place)
        values = [self._terms.term(argument, environment) for argument in called.arguments]
        term = self._terms.applied(entry.symbol, values, called)
        return core.QueryEvent(term, name == "inj-event", self._time(formula, environment, lemma))

    def _time(self, formula: tree.Apply, environment: Environment, lemma: str | None) -> Variable | None:
        if formula.at is None:
            return None
        entry = environment.get(formula.at)
        if entry is None:
            known = self._context.candidates(environment, VariableEntry)
            raise self._context.unknown("variable", formula.at, formula.place, known)
        if not isinstance(entry, VariableEntry) or entry.type != TIME or not isinstance(entry.term, Variable):
            raise self._context.error(f"'{formula.at}' should be a variable of type time", formula.place)
        if lemma is not None:
            raise self._context.error(f"a {lemma} cannot contain variables of type time", formula.place)
        return entry.term

    def _comparison(
        self, formula: tree.Apply, environment: Environment, lemma: str | None
    ) -> core.QueryComparison:
        context, operator, place = self._context, formula.function, formula.place
        (left, kind), (right, other) = [self._terms.term(side, environment) for side in formula.arguments]
        if kind != other:
            raise context.error(
                f"{operator} expects two arguments of the same type but is given {kind} and {other}", place
            )
        if operator in ("=", "<>"):
            return core.QueryComparison(operator, left, right)
        if kind not in (NAT, TIME):
            raise context.error(f"{operator} compares arguments of type nat or time, not {kind}", place)
        if kind == TIME and lemma is not None:
            raise context.error(f"a {lemma} cannot contain variables of type time", place)
        if operator in ("<=", "<"):
            left, right = right, left
        strict = operator in ("<", ">")
        if strict and kind == NAT:
            return core.QueryComparison(">=", left, self._terms.expressions.successor(right, 1, place))
        return core.QueryComparison(">" if strict else ">=", left, right)

    def _not_a_fact(self, name: str, place: Place, environment: Environment) -> Exception:
        entry = environment.get(name)
        if isinstance(entry, EventEntry):
            return self._context.error(
                f"'{name}' is an event; a fact is expected here", place, f"write event({name}(...))"
            )
        if entry is not None and not isinstance(entry, ReservedEntry):
            return self._context.error(
                f"'{name}' is {kind_of(entry)}; an event or a fact is expected here", place
            )
        return self._context.unknown("fact", name, place, ["event", "inj-event", *FACTS])


def operands(formula: tree.Expression, operator: str) -> list[tree.Expression]:
    """The operands of nested applications of one operator, in order."""
    found: list[tree.Expression] = []
    stack = [formula]
    while stack:
        current = stack.pop()
        if isinstance(current, tree.Apply) and current.function == operator:
            stack.extend(reversed(current.arguments))
        else:
            found.append(current)
    return found


def terms_of(atom: core.QueryAtom) -> tuple[Term, ...]:
    """The terms that an atom speaks of."""
    match atom:
        case core.QueryAttacker() | core.QueryEvent() | core.QueryIsNatural():
            return (atom.term,)
        case core.QueryMessage():
            return (atom.channel, atom.term)
        case core.QueryTable():
            return (atom.entry,)
        case core.QueryComparison():
            return (atom.left, atom.right)


def _is_injective(formula: core.Formula) -> bool:
    stack: list[core.Formula] = [formula]
    while stack:
        current = stack.pop()
        if isinstance(current, core.QueryEvent) and current.injective:
            return True
        if isinstance(current, core.Conjunction | core.Disjunction):
            stack.extend(current.parts)
        elif isinstance(current, core.Nested):
            stack += [current.premise, current.conclusion]
    return False
