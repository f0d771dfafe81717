"""Which expressions have effects: `event`, `insert` or `get`, also inside a `letfun` that they apply."""

from __future__ import annotations

from appliedpi.syntax import tree
from appliedpi.typing.environment import Environment, LetfunEntry
from appliedpi.typing.patterns import equal_terms


class EffectAnalysis:
    """Answers, once per node."""

    def __init__(self) -> None:
        self._has_effects: dict[int, tuple[tree.Node, bool]] = {}

    def has_effects(self, expression: tree.Node, env: Environment) -> bool:
        """Whether the expression (or pattern) contains `event`, `insert` or `get`, also through `letfun`."""
        known = self._has_effects.get(id(expression))
        if known is not None:
            return known[1]
        match expression:
            case tree.TermEvent() | tree.TermInsert() | tree.TermGet():
                result = True
            case tree.Identifier():
                entry = env.globals.get(expression.name)
                result = (
                    isinstance(entry, LetfunEntry) and entry.effects and expression.name not in env.locals
                )
            case tree.Apply():
                entry = env.globals.get(expression.function)
                result = (isinstance(entry, LetfunEntry) and entry.effects) or self.any(
                    list(expression.arguments), env
                )
            case tree.Tuple():
                result = self.any(list(expression.items), env)
            case tree.TermNew():
                result = self.has_effects(expression.body, env)
            case tree.TermIf():
                parts = [expression.condition, expression.then]
                if expression.otherwise is not None:
                    parts.append(expression.otherwise)
                result = self.any(parts, env)
            case tree.TermLet():
                parts = [expression.term, expression.body, *equal_terms(expression.pattern)]
                if expression.otherwise is not None:
                    parts.append(expression.otherwise)
                result = self.any(parts, env)
            case _:
                result = False
        # The node is kept with the answer, so that its id cannot be taken by another one.
        self._has_effects[id(expression)] = (expression, result)
        return result

    def any(self, expressions: list[tree.Expression], env: Environment) -> bool:
        """Whether one of the expressions has effects."""
        return any([self.has_effects(expression, env) for expression in expressions])
