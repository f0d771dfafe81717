"""Rewrite rules and equations: their terms contain constructors and variables only.

Blanchet 2016, section 2.1 (rules, `otherwise`, variables that may be `fail`); ProVerif 2.05 manual,
sections 3.1.1 and 4.2.
"""

from __future__ import annotations

from appliedpi import builtin, core
from appliedpi.errors import Place
from appliedpi.syntax import tree
from appliedpi.terms import Kind, Symbol, Term, Variable, variables
from appliedpi.typing.applications import Typed
from appliedpi.typing.environment import (
    BITSTRING,
    BOOL,
    NAT,
    Environment,
    FunctionEntry,
    NameEntry,
    VariableEntry,
    argument_list,
    kind_of,
)
from appliedpi.typing.expressions import Expressions

_NOT_RULES = frozenset({"choice", "||", "&&", "=", "<>", "<", ">", "<=", ">=", "+", "-"})


class Rules:
    """Reads `reduc`, `fun ... reduc` and `equation`. Methods raise InputError."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions
        self._context = expressions.context

    # --- destructors -------------------------------------------------------------------------------

    def unordered(self, declaration: tree.ReductionDeclaration) -> core.Destructor:
        """`reduc forall ...; g(...) = M; ...`: the types of g are those of the terms in its first rule."""
        rules: list[core.RewriteRule] = []
        name: str | None = None
        types: tuple[list[str], str] | None = None
        for rule in declaration.rules:
            environment, equality = self._opened(rule, declaration.place, may_fail=False)
            left, right = self._sides(equality)
            name = self._function(left, name)
            arguments = [self.term(argument, environment) for argument in left.arguments]
            result, result_type = self.term(right, environment)
            found = ([kind for _, kind in arguments], result_type)
            if types is not None and types != found:
                raise self._context.error(
                    f"'{name}' does not have the same types in all its rules: "
                    f"{argument_list(types[0])} giving {types[1]}, "
                    f"then {argument_list(found[0])} giving {found[1]}",
                    left.place,
                )
            types = found
            terms = tuple([argument for argument, _ in arguments])
            self._check_bound(terms, result, right.place)
            rules.append(core.RewriteRule(terms, result))
        assert name is not None and types is not None
        symbol = Symbol(name, types[0], types[1], Kind.DESTRUCTOR)
        return core.Destructor(symbol, tuple(rules), ordered=False, place=declaration.place)

    def ordered(self, declaration: tree.DestructorDeclaration) -> core.Destructor:
        """`fun g(T...): T reduc forall ...; g(...) = M otherwise ...`."""
        context, place = self._context, declaration.place
        globals_only = Environment(context.globals)
        types = [context.type_name(name, place, globals_only) for name in declaration.argument_types]
        result_type = context.type_name(declaration.result_type, place, globals_only)
        context.check_free(declaration.name, place)
        rules: list[core.RewriteRule] = []
        for rule in declaration.rules:
            environment, equality = self._opened(rule, place, may_fail=True)
            left, right = self._sides(equality)
            self._function(left, declaration.name)
            if len(left.arguments) != len(types):
                raise context.error(
                    f"'{declaration.name}' expects {argument_list(types)} but is given {len(left.arguments)}",
                    left.place,
                )
            terms = tuple(
                [
                    self._may_fail_term(argument, kind, environment)
                    for argument, kind in zip(left.arguments, types, strict=True)
                ]
            )
            result = self._may_fail_term(right, result_type, environment)
            self._check_bound(terms, result, right.place)
            rules.append(core.RewriteRule(terms, result))
        symbol = Symbol(declaration.name, types, result_type, Kind.DESTRUCTOR)
        return core.Destructor(symbol, tuple(rules), ordered=True, place=declaration.place)

    def _function(self, left: tree.Apply, name: str | None) -> str:
        if left.function in _NOT_RULES:
            raise self._context.error(f"{left.function} cannot be defined by rewrite rules", left.place)
        if name is None:
            self._context.check_free(left.function, left.place)
        elif left.function != name:
            raise self._context.error(
                f"all rules should define the same function, but this one defines '{left.function}' "
                f"and not '{name}'", left.place,
            )  # fmt: skip
        return left.function

    def _sides(self, equality: tree.Expression) -> tuple[tree.Apply, tree.Expression]:
        if isinstance(equality, tree.Apply) and equality.function == "=" and len(equality.arguments) == 2:
            left, right = equality.arguments
            if isinstance(left, tree.Apply):
                return left, right
            raise self._context.error(
                "a rewrite rule should begin with a function applied to arguments", left.place
            )
        raise self._context.error("a rewrite rule should be an equality between two terms", equality.place)

    def _check_bound(self, left: tuple[Term, ...], right: Term, place: Place) -> None:
        bound = {variable for term in left for variable in variables(term)}
        for variable in variables(right):
            if variable not in bound:
                raise self._context.error(
                    f"the variable '{variable.name}' of the right-hand side does not occur on the left", place
                )

    def _may_fail_term(self, expression: tree.Expression, expected: str, environment: Environment) -> Term:
        if isinstance(expression, tree.Fail):
            return builtin.FAIL_TERM
        term, kind = self.term(expression, environment, may_fail=True)
        self._expressions.expect(kind, expected, "this term", expression.place)
        return term

    # --- equations ---------------------------------------------------------------------------------

    def equations(self, declaration: tree.EquationDeclaration) -> list[core.Equation]:
        """The equations of one declaration. `M <> N` declares nothing: it is checked only by ProVerif."""
        for option in declaration.options:
            if option not in ("convergent", "linear") or len(declaration.options) > 1:
                raise self._context.error(
                    f"unknown option '{option}' of an equation", declaration.place,
                    "the options are either convergent or linear",
                )  # fmt: skip
        linear, convergent = "linear" in declaration.options, "convergent" in declaration.options
        found: list[core.Equation] = []
        for equation in declaration.equations:
            environment, equality = self._opened(equation, declaration.place, may_fail=False)
            if isinstance(equality, tree.Apply) and equality.function in ("=", "<>"):
                left, right = [self.term(side, environment) for side in equality.arguments]
                if left[1] != right[1]:
                    raise self._context.error(
                        f"the two sides of an equation should have the same type, "
                        f"but have types {left[1]} and {right[1]}", equality.place,
                    )  # fmt: skip
                if equality.function == "<>":
                    if declaration.options:
                        raise self._context.error("a disequation cannot have options", equality.place)
                    continue
            else:
                left, right = self.term(equality, environment), (builtin.TRUE_TERM, BOOL)
                self._expressions.expect(left[1], BOOL, "an equation that is only a term", equality.place)
            found.append(core.Equation(left[0], right[0], linear, convergent, equality.place))
        return found

    # --- terms -------------------------------------------------------------------------------------

    def _opened(
        self, rule: tree.RewriteRuleTree, place: Place, *, may_fail: bool
    ) -> tuple[Environment, tree.Expression]:
        """The environment of the rule, with what its `let`s define, and the equality itself."""
        environment = Environment(self._context.globals)
        for parameter in rule.parameters:
            kind = self._context.type_name(parameter.type, place, Environment(self._context.globals))
            if parameter.name in environment.locals:
                raise self._context.error(f"the variable '{parameter.name}' is declared twice", place)
            if parameter.name in environment:
                self._context.warn(f"identifier {parameter.name} rebound", place)
            variable = Variable(parameter.name, kind, parameter.may_fail)
            environment = environment.bind(parameter.name, VariableEntry(variable, kind, parameter.may_fail))
        equality = rule.equality
        while isinstance(equality, tree.LetIn):
            if equality.name in environment:
                raise self._context.error(f"identifier '{equality.name}' is already defined", equality.place)
            term, kind = self.term(equality.term, environment, may_fail=may_fail)
            environment = environment.bind(equality.name, VariableEntry(term, kind))
            equality = equality.body
        return environment, equality

    def term(self, expression: tree.Expression, environment: Environment, *, may_fail: bool = False) -> Typed:
        """A term of constructors and variables; `may_fail`: it may be a variable that may be `fail`."""
        context = self._context
        match expression:
            case tree.Identifier():
                entry = environment.get(expression.name)
                if isinstance(entry, VariableEntry):
                    if entry.may_fail and not may_fail:
                        raise context.error(
                            f"the variable '{expression.name}' may be fail and cannot be used inside a term",
                            expression.place,
                        )
                    return entry.term, entry.type
                return self.term(tree.Apply(expression.name, (), place=expression.place), environment)
            case tree.Number():
                return self._expressions.number(expression), NAT
            case tree.Tuple():
                items = [self.term(item, environment)[0] for item in expression.items]
                return self._expressions.tuple_term(items, expression.place), BITSTRING
            case tree.Apply(function="+"):
                left = [self.term(argument, environment) for argument in expression.arguments]
                return self._expressions.apply(expression, left, environment)
            case tree.Apply():
                arguments = [self.term(argument, environment) for argument in expression.arguments]
                return self._constructor(expression, arguments, environment)
            case tree.Fail():
                raise context.error("fail is not allowed inside a term", expression.place)
            case _:
                raise context.error("only constructors and variables are allowed here", expression.place)

    def _constructor(self, call: tree.Apply, arguments: list[Typed], environment: Environment) -> Typed:
        context, name = self._context, call.function
        entry = environment.get(name)
        if entry is None and name not in _NOT_RULES:
            known = context.candidates(environment, VariableEntry, FunctionEntry)
            raise context.unknown("function" if arguments else "identifier", name, call.place, known)
        if isinstance(entry, FunctionEntry) and entry.symbol.kind is Kind.CONSTRUCTOR:
            symbol = entry.symbol
            self._expressions.check_arguments(name, list(symbol.argument_types), arguments, call.place)
            if symbol.converter and context.ignore_types:
                return arguments[0][0], symbol.result_type
            return self._expressions.app(
                symbol, [term for term, _ in arguments], call.place
            ), symbol.result_type
        if isinstance(entry, NameEntry):
            raise context.error(
                f"'{name}' is a free name, which cannot occur in equations and rewrite rules", call.place,
                f"declare it by: const {name}: {entry.symbol.result_type}.",
            )  # fmt: skip
        if entry is None or isinstance(entry, FunctionEntry):
            raise context.error(
                f"'{name}' is defined by rewrite rules and cannot occur in equations and rewrite rules",
                call.place,
            )
        raise context.error(f"'{name}' is {kind_of(entry)}; a constructor is expected here", call.place)
