"""The theory of a model without equations: evaluation rules for every symbol, and irreducibility.

Blanchet, Abadi, Fournet 2008, section 5: the signature with destructors and equations is replaced by one
with rewrite rules only, which models it (definition 2). Messages are kept irreducible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from appliedpi import builtin, core
from appliedpi.equations.blocks import complete
from appliedpi.equations.evaluation import EvaluationRule, constructor_rules, destructor_rules
from appliedpi.equations.modulo import Equations, Variant
from appliedpi.equations.rewriting import Equality
from appliedpi.errors import InputError, LimitExceeded
from appliedpi.terms import Symbol, Term, Variable, substitute, variables
from appliedpi.unification import Bindings


@dataclass(frozen=True, eq=False)
class Theory:
    """Evaluation rules that stand for the destructors and equations of a model.

    `rules`: for every constructor, tuple constructor and destructor of the model, the predefined ones too,
    rules that between them cover every tuple of arguments, messages or `fail`. `is_nat` and `>=` have none:
    natural numbers are treated as constraints. Several rules may apply at once; each gives a possible value.
    """

    rules: Mapping[Symbol, tuple[EvaluationRule, ...]]
    equations: Equations = field(default_factory=Equations, repr=False)

    @property
    def simplifications(self) -> tuple[Equality, ...]:
        """The rewrite rules, each a pair (left, right), by which messages are irreducible."""
        return self.equations.system.rules

    @property
    def without_equations(self) -> bool:
        """Whether the model has no equations, so that equality modulo the equations is identity."""
        return not self.equations

    def reducible(self, term: Term) -> bool:
        """Whether a rewrite rule of `simplifications` applies somewhere in the term, taken as it stands."""
        return self.equations.system.reducible(term)

    def normalise(self, term: Term) -> Term:
        """The irreducible form of the term by `simplifications`. Raises LimitExceeded where it has none."""
        return self.equations.system.normalise(term)

    def variants(self, terms: Sequence[Term]) -> list[Variant]:
        """Each way to evaluate constructor terms together: their values, and those of their variables.

        The values hold under these bindings of variables, which may mention new variables. Raises
        LimitExceeded where there are too many.
        """
        return self.equations.variants(terms)

    def unifiers(self, *pairs: tuple[Term, Term]) -> list[Bindings]:
        """A complete set of unifiers of all pairs modulo the equations. Raises LimitExceeded."""
        return self.equations.unifiers(pairs)

    def equal(self, left: Term, right: Term) -> bool:
        """Whether two constructor terms are equal modulo the equations, for all values of their variables."""
        return self.equations.equal(left, right)


def compile_theory(model: core.Model) -> Theory:
    """The theory of a model.

    Where the model ignores types, every variable of a rule stands for terms of every type.

    Raises InputError, with the place of the first equation concerned, where the equations cannot be handled.
    """
    compiler = _Compiler(model)
    return Theory(compiler.rules(), compiler.equations)


class _Compiler:
    def __init__(self, model: core.Model) -> None:
        self._model = model
        self._ignore_types = model.ignore_types
        equations = []
        for equation in model.equations:
            left, right = self._untyped((equation.left, equation.right))
            equations.append(core.Equation(left, right, equation.linear, equation.convergent, equation.place))
        completion = complete(equations)
        self.equations = Equations(completion.simplifications, completion.completed)

    def rules(self) -> dict[Symbol, tuple[EvaluationRule, ...]]:
        model = self._model
        found: dict[Symbol, tuple[EvaluationRule, ...]] = {}
        constructors = (
            builtin.TRUE, builtin.FALSE, builtin.ZERO, builtin.SUCCESSOR, *model.constructors,
            *model.tuples.values(),
        )  # fmt: skip
        for symbol in constructors:
            if symbol not in found:
                found[symbol] = constructor_rules(symbol, self._argument_types(symbol), self.equations)
        found[builtin.FAIL] = (EvaluationRule((), builtin.FAIL_TERM),)
        destructors = dict(builtin.PREDEFINED) | dict(model.destructors)
        for symbol in constructors:
            if symbol.data:
                for position in range(symbol.arity):
                    projection = builtin.projection(symbol, position)
                    destructors.setdefault(projection.symbol, projection)
        for symbol, destructor in destructors.items():
            if symbol is not builtin.IS_NATURAL and symbol is not builtin.GREATER_EQUAL:
                found[symbol] = self._destructor(destructor)
        return found

    def _destructor(self, destructor: core.Destructor) -> tuple[EvaluationRule, ...]:
        rules = []
        for rule in destructor.rules:
            right, *left = self._untyped((rule.right, *rule.left))
            rules.append(core.RewriteRule(tuple(left), right))
        untyped = core.Destructor(destructor.symbol, tuple(rules), destructor.ordered, destructor.place)
        try:
            return destructor_rules(untyped, self._argument_types(destructor.symbol), self.equations)
        except LimitExceeded as limit:
            raise InputError(
                f"the destructor {destructor.symbol.name} has too many rules with the equations ({limit})",
                destructor.place,
                advice="use fewer symbols that have equations in its rewrite rules",
            ) from limit

    def _argument_types(self, symbol: Symbol) -> tuple[str, ...]:
        return ("any",) * symbol.arity if self._ignore_types else symbol.argument_types

    def _untyped(self, terms: Sequence[Term]) -> list[Term]:
        if not self._ignore_types:
            return list(terms)
        fresh: dict[Variable, Term] = {}
        for term in terms:
            for variable in variables(term):
                if variable not in fresh and variable.type != "any":
                    fresh[variable] = Variable(variable.name, "any", variable.may_fail)
        return [substitute(term, fresh) for term in terms]
