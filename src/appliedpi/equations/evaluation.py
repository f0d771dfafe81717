"""Evaluation rules of constructors and destructors: exhaustive, failure included, without equations.

Two steps. Order and failure become explicit (Blanchet 2016, section 2.1, `otherwise`; ProVerif manual,
section 4.1.3): a rule that stands after others is told apart from them by disequalities, and the arguments
that no rule accepts get rules with the result `fail`; may-fail variables are split into `fail` and messages
as far as that needs. Then the rules are closed modulo the equations (Blanchet, Abadi, Fournet 2008,
section 5.1, definition 2, for destructors).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from appliedpi.builtin import FAIL_TERM, tuple_symbol
from appliedpi.core import Destructor
from appliedpi.equations.cases import Excluded, matches, split
from appliedpi.equations.modulo import Equations
from appliedpi.equations.rewriting import rename_apart
from appliedpi.errors import InputError
from appliedpi.terms import App, Symbol, Term, Variable, show, substitute, variables
from appliedpi.unification import Bindings, resolve, unify


@dataclass(frozen=True, eq=False, slots=True)
class EvaluationRule:
    """`f(left...) -> right`, where every disequality holds.

    An argument is a message or `fail`. A plain variable in `left` matches messages only, a `may_fail` one
    `fail` too; `left` may hold `FAIL_TERM` itself as an argument, and `right` may be `FAIL_TERM`.

    `disequalities` is a conjunction. Each pair (M, N) says: for all values of the `universal` variables, M
    and N are different modulo the equations. Several arguments that differ together are one pair of tuples
    (`builtin.tuple_symbol`). M and N are messages: neither holds `fail` or a `may_fail` variable. Variables
    of the disequalities that are not universal occur in `left`.
    """

    left: tuple[Term, ...]
    right: Term
    disequalities: tuple[tuple[Term, Term], ...] = ()
    universal: frozenset[Variable] = frozenset()


def constructor_rules(
    symbol: Symbol, argument_types: Sequence[str], equations: Equations
) -> tuple[EvaluationRule, ...]:
    """The rules of a constructor: itself, its completed equations, failure where an argument fails.

    `argument_types`: of the variables for arguments, `any` where types are ignored.
    """
    xs = tuple([Variable(f"x{i}", kind) for i, kind in enumerate(argument_types, 1)])
    rules = [EvaluationRule(xs, App(symbol, xs))]
    for left, right in equations.completed.get(symbol, ()):
        if not equations.has_equal_parts((*left.args, right)):
            rules.append(EvaluationRule(left.args, right))
    return (*rules, *_failure(argument_types, [xs], equations))


def destructor_rules(
    destructor: Destructor, argument_types: Sequence[str], equations: Equations
) -> tuple[EvaluationRule, ...]:
    """The rules of a destructor, with failure where none of its rewrite rules applies.

    `argument_types` as for `constructor_rules`.

    Raises InputError where, modulo the equations, the arguments do not determine the result, as ProVerif
    does; LimitExceeded where there are too many rules modulo the equations.
    """
    found: list[EvaluationRule] = []
    earlier: list[tuple[Term, ...]] = []
    for rule in destructor.rules:
        found += _rules(rule.left, rule.right, earlier if destructor.ordered else [], equations)
        earlier.append(rule.left)
    _check_deterministic(destructor, found, equations)
    return (*found, *_failure(argument_types, earlier, equations))


def _check_deterministic(
    destructor: Destructor, rules: Sequence[EvaluationRule], equations: Equations
) -> None:
    """Raise InputError where the rules give different results for the same arguments."""
    advice = "write rules whose arguments determine the result"
    for rule in rules:
        bound = {variable for pattern in rule.left for variable in variables(pattern)}
        if not bound.issuperset(variables(rule.right)):
            raise InputError(
                f"the destructor {destructor.symbol.name} has{_with(equations)} the rule "
                f"{_shown(destructor, rule)}, whose result has a variable that its arguments do not have",
                destructor.place,
                advice=advice,
            )
    certain = [rule for rule in rules if not rule.disequalities]
    for number, rule in enumerate(certain):
        for other in certain[:number]:
            right, *left = rename_apart((other.right, *other.left))
            bindings: Bindings = {}
            if not all(unify(a, b, bindings) for a, b in zip(rule.left, left, strict=True)):
                continue
            results = resolve(rule.right, bindings), resolve(right, bindings)
            arguments = [resolve(pattern, bindings) for pattern in rule.left]
            if any(equations.system.reducible(argument) for argument in arguments):
                continue
            if not equations.equal(*results) and not equations.has_equal_parts(arguments):
                raise InputError(
                    f"the destructor {destructor.symbol.name} is not deterministic: it has{_with(equations)} "
                    f"the rules {_shown(destructor, other)} and {_shown(destructor, rule)}",
                    destructor.place,
                    advice=advice,
                )


def _with(equations: Equations) -> str:
    return ", with the equations," if equations else ""


def _shown(destructor: Destructor, rule: EvaluationRule) -> str:
    arguments = ",".join([show(pattern) for pattern in rule.left])
    return f"{destructor.symbol.name}({arguments}) -> {show(rule.right)}"


def _failure(
    argument_types: Sequence[str], lefts: Sequence[tuple[Term, ...]], equations: Equations
) -> list[EvaluationRule]:
    """Failure where none of the left sides matches."""
    anything = tuple([Variable(f"x{i}", kind, may_fail=True) for i, kind in enumerate(argument_types, 1)])
    return _rules(anything, FAIL_TERM, lefts, equations)


def _rules(
    left: tuple[Term, ...], right: Term, earlier: Sequence[tuple[Term, ...]], equations: Equations
) -> list[EvaluationRule]:
    """The rules for left -> right where no left side in `earlier` applies."""
    found: list[EvaluationRule] = []
    for case in split(left, right, earlier):
        for values, _ in equations.variants((case.right, *case.left)):
            if equations.has_equal_parts(values):
                continue
            rule = _rule(values[1:], values[0], case.excluded, equations)
            if rule is None or any(_covers(known, rule) for known in found):
                continue
            found = [known for known in found if not _covers(rule, known)]
            found.append(rule)
    return found


# --- disequalities ----------------------------------------------------------------------------------


def _rule(
    left: tuple[Term, ...], right: Term, excluded: Iterable[Excluded], equations: Equations
) -> EvaluationRule | None:
    """The rule with its disequalities; None where one of them never holds.

    That no instance of an earlier left side matches is one disequality for each most general way to match.
    """
    disequalities: dict[tuple[Term, Term], None] = {}
    universal: set[Variable] = set()
    for before in excluded:
        patterns = rename_apart([pattern for _, pattern in before.patterns])
        values = [left[position] for position, _ in before.patterns]
        own = {variable: None for value in values for variable in variables(value)}
        for unifier in equations.unifiers(zip(values, patterns, strict=True)):
            pairs = _solved(unifier, own)
            if not pairs:
                return None
            disequality = _as_tuples(pairs)
            disequalities[disequality] = None
            universal.update(variable for variable in variables(disequality[1]) if variable not in own)
    return EvaluationRule(left, right, tuple(disequalities), frozenset(universal))


def _solved(unifier: Bindings, own: Mapping[Variable, None]) -> list[tuple[Term, Term]]:
    """What the unifier says of the variables in `own`; nothing where it leaves them free.

    A universal variable that is the image of one of them is but another name of it.
    """
    images = {variable: unifier.get(variable, variable) for variable in own}
    names: dict[Variable, Term] = {}
    for variable, image in images.items():
        if isinstance(image, Variable) and image not in own:
            names.setdefault(image, variable)
    solved = [(variable, substitute(image, names)) for variable, image in images.items()]
    return [(variable, image) for variable, image in solved if variable is not image]


def _as_tuples(pairs: Sequence[tuple[Term, Term]]) -> tuple[Term, Term]:
    if len(pairs) == 1:
        return pairs[0]
    symbol = tuple_symbol(len(pairs))
    return App(symbol, tuple([a for a, _ in pairs])), App(symbol, tuple([b for _, b in pairs]))


def _covers(general: EvaluationRule, special: EvaluationRule) -> bool:
    """Whether `special` gives nothing that `general`, which has no disequalities, does not give."""
    return not general.disequalities and matches(
        (general.right, *general.left), (special.right, *special.left)
    )
