"""Global declarations other than queries: types, functions, equations, events, tables, macros.

ProVerif 2.05 manual, sections 3.1.1, 4.1 and 4.2. Declarations take effect in order.
"""

from __future__ import annotations

from appliedpi import builtin, core
from appliedpi.errors import Place
from appliedpi.recursion import deep_recursion
from appliedpi.syntax import tree
from appliedpi.terms import Kind, Symbol, Variable
from appliedpi.typing.effects import Effects
from appliedpi.typing.environment import (
    BOOL,
    NAT,
    Context,
    Environment,
    EventEntry,
    FunctionEntry,
    LetfunEntry,
    NameEntry,
    ProcessEntry,
    TableEntry,
    TypeEntry,
    VariableEntry,
)
from appliedpi.typing.expressions import Expressions
from appliedpi.typing.prelude import Prelude
from appliedpi.typing.processes import Processes
from appliedpi.typing.rules import Rules

_FUNCTION_OPTIONS = "data, private, typeConverter"
_REFUSED = {
    "noninterf": "noninterf (observational equivalence)",
    "weaksecret": "weaksecret (observational equivalence)",
    "equivalence": "equivalence (observational equivalence)",
    "pred": "pred",
    "clauses": "clauses",
    "elimtrue": "elimtrue",
}


class Declarations:
    """Takes declarations in order and collects what the core model is made of. Methods raise InputError."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.constructors: list[Symbol] = []
        self.free_names: list[Symbol] = []
        self.events: list[Symbol] = []
        self.tables: list[Symbol] = []
        self.equations: list[core.Equation] = []
        self.destructors: dict[Symbol, core.Destructor] = dict(builtin.PREDEFINED)
        self.expressions = Expressions(context, self.destructors)
        self.effects = Effects(self.expressions)
        self.processes = Processes(self.expressions, self.effects)
        self._rules = Rules(self.expressions)

    @property
    def environment(self) -> Environment:
        """Everything declared so far."""
        return Environment(self.context.globals)

    def add(self, declaration: tree.DeclarationTree) -> None:
        """Checks and records one declaration; queries and the like are not its business."""
        match declaration:
            case tree.TypeDeclaration():
                self._type(declaration)
            case tree.FunctionDeclaration():
                types, result = declaration.argument_types, declaration.result_type
                self._function(declaration.name, types, result, declaration.options, declaration.place)
            case tree.ConstantDeclaration():
                for name in declaration.names:
                    self._function(name, (), declaration.type, declaration.options, declaration.place)
            case tree.FreeDeclaration():
                self._free(declaration)
            case tree.ReductionDeclaration():
                self._destructor(self._rules.unordered(declaration), declaration.options, declaration.place)
            case tree.DestructorDeclaration():
                self._destructor(self._rules.ordered(declaration), declaration.options, declaration.place)
            case tree.EquationDeclaration():
                self.equations += self._rules.equations(declaration)
            case tree.EventDeclaration():
                symbol = self._symbol(
                    declaration.name, declaration.argument_types, Kind.EVENT, declaration.place
                )
                self.context.declare(declaration.name, EventEntry(symbol), declaration.place)
                self.events.append(symbol)
            case tree.TableDeclaration():
                symbol = self._symbol(
                    declaration.name, declaration.argument_types, Kind.TABLE, declaration.place
                )
                self.context.declare(declaration.name, TableEntry(symbol), declaration.place)
                self.tables.append(symbol)
            case tree.ProcessDeclaration():
                self._process(declaration)
            case tree.TermDeclaration():
                self._letfun(declaration)
            case tree.UnsupportedDeclaration() if declaration.construct in _REFUSED:
                self.context.refuse(_REFUSED[declaration.construct], declaration.place)
            case _:
                pass

    # --- symbols -----------------------------------------------------------------------------------

    def _type(self, declaration: tree.TypeDeclaration) -> None:
        # Any options are allowed: they tell CryptoVerif about sizes and the like.
        self.context.declare(declaration.name, TypeEntry(declaration.name), declaration.place)

    def _function(
        self, name: str, argument_types: tuple[str, ...], result: str, options: tuple[str, ...], place: Place
    ) -> None:
        types = self._types(argument_types, place)
        result_type = self.context.type_name(result, place, self.environment)
        self.context.check_free(name, place)
        if result_type in (NAT, BOOL):
            what = "constant" if not types else "function"
            raise self.context.error(
                f"the {what} '{name}' cannot be declared with result type {result_type}", place
            )
        for option in options:
            if option not in ("data", "private", "typeConverter", "projection", "uniform"):
                raise self.context.error(
                    f"unknown option '{option}' of a function", place, f"the options are {_FUNCTION_OPTIONS}"
                )
        converter = "typeConverter" in options
        data = converter or "data" in options
        if converter and len(types) != 1:
            raise self.context.error("a typeConverter must have exactly one argument", place)
        if data and "private" in options:
            raise self.context.error("a function cannot be both private and data or typeConverter", place)
        symbol = Symbol(
            name, types, result_type, private="private" in options, data=data, converter=converter
        )
        self.context.declare(name, FunctionEntry(symbol), place)
        if not (converter and self.context.ignore_types):
            self.constructors.append(symbol)

    def _free(self, declaration: tree.FreeDeclaration) -> None:
        place = declaration.place
        for option in declaration.options:
            if option != "private":
                raise self.context.error(
                    f"unknown option '{option}' of a free name", place, "the only option is private"
                )
        kind = self.context.type_name(declaration.type, place, self.environment)
        for name in declaration.names:
            if kind in (NAT, BOOL):
                raise self.context.error(f"the name '{name}' cannot have type {kind}", place)
            symbol = Symbol(name, (), kind, Kind.NAME, private=bool(declaration.options))
            self.context.declare(name, NameEntry(symbol), place)
            self.free_names.append(symbol)

    def _destructor(self, definition: core.Destructor, options: tuple[str, ...], place: Place) -> None:
        for option in options:
            if option != "private":
                raise self.context.error(
                    f"unknown option '{option}' of a destructor", place, "the only option is private"
                )
        definition.symbol.private = bool(options)
        self.context.declare(definition.symbol.name, FunctionEntry(definition.symbol, definition), place)
        self.destructors[definition.symbol] = definition

    def _symbol(self, name: str, argument_types: tuple[str, ...], kind: Kind, place: Place) -> Symbol:
        return Symbol(name, self._types(argument_types, place), kind.value, kind)

    def _types(self, names: tuple[str, ...], place: Place) -> list[str]:
        return [self.context.type_name(name, place, self.environment) for name in names]

    # --- macros ------------------------------------------------------------------------------------

    def _parameters(
        self, parameters: tuple[tree.Parameter, ...], place: Place
    ) -> tuple[tuple[VariableEntry, ...], Environment]:
        """The parameters as fresh variables, and the environment of the body."""
        environment = self.environment
        entries: list[VariableEntry] = []
        for parameter in parameters:
            kind = self.context.type_name(parameter.type, place, self.environment)
            if parameter.name in environment.locals:
                raise self.context.error(f"the parameter '{parameter.name}' is declared twice", place)
            variable = Variable(parameter.name, kind, parameter.may_fail)
            entries.append(VariableEntry(variable, kind, parameter.may_fail))
            environment = environment.bind(parameter.name, entries[-1])
        return tuple(entries), environment

    def _process(self, declaration: tree.ProcessDeclaration) -> None:
        self.context.check_free(declaration.name, declaration.place)
        parameters, inside = self._parameters(declaration.parameters, declaration.place)
        with deep_recursion():
            first_phase = self.processes.declare(declaration.body, inside)
        entry = ProcessEntry(declaration, parameters, first_phase)
        self.context.declare(declaration.name, entry, declaration.place)

    def _letfun(self, declaration: tree.TermDeclaration) -> None:
        place = declaration.place
        self.context.check_free(declaration.name, place)
        parameters, inside = self._parameters(declaration.parameters, place)
        self.context.start(declaring=True)
        with deep_recursion():
            effects = self.effects.analysis.has_effects(declaration.body, inside)
            if effects:
                result = self._type_with_effects(declaration, inside)
            else:
                prelude: Prelude = []
                _, result = self.expressions.term(declaration.body, inside, prelude, False)
        self.context.declare(declaration.name, LetfunEntry(declaration, parameters, result, effects), place)

    def _type_with_effects(self, declaration: tree.TermDeclaration, inside: Environment) -> str:
        types: list[str] = []

        def finish(term: object, kind: str) -> core.Process:
            types.append(kind)
            return core.Nil(occurrence=0, place=declaration.place)

        self.effects.expand(declaration.body, inside, False, finish)
        return types[0]
