"""Evaluation rules of constructors and destructors: exhaustive, failure included, without equations.

Two steps. Order and failure become explicit (Blanchet 2016, section 4.1, `otherwise`; ProVerif manual,
section 4.1.3): a rule that stands after others is told apart from them by disequalities, and the arguments
that no rule accepts get rules with the result `fail`; may-fail variables are split into `fail` and messages
as far as that needs. Then the rules are closed modulo the equations (Blanchet, Abadi, Fournet 2008,
section 5.1, definition 2, for destructors).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliedpi.builtin import FAIL_TERM, tuple_symbol
from appliedpi.equations.modulo import Equations
from appliedpi.equations.rewriting import rename_apart
from appliedpi.errors import InputError
from appliedpi.terms import App, Symbol, Term, Variable, show, substitute, variables
from appliedpi.unification import Bindings, match, resolve, unify


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


@dataclass(frozen=True, slots=True)
class _Excluded:
    """An earlier left side, its variables universal: the patterns still to compare, with their positions."""

    patterns: tuple[tuple[int, Term], ...]


@dataclass(frozen=True, slots=True)
class _Case:
    left: tuple[Term, ...]
    right: Term
    excluded: tuple[_Excluded, ...]


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
    return (*rules, *_failure(symbol, argument_types, [xs], equations))


def destructor_rules(
    symbol: Symbol,
    argument_types: Sequence[str],
    rules: Sequence[tuple[tuple[Term, ...], Term]],
    ordered: bool,
    equations: Equations,
) -> tuple[EvaluationRule, ...]:
    """The rules of a destructor with the given rewrite rules, and failure where none of them applies.

    `argument_types` as for `constructor_rules`. `ordered`: each rule applies only where none before it does.

    Raises InputError where, modulo the
    equations, the arguments do not determine all variables of the result; LimitExceeded where there are too
    many rules modulo the equations.
    """
    found: list[EvaluationRule] = []
    for number, (left, right) in enumerate(rules):
        earlier = [pattern for pattern, _ in rules[:number]] if ordered else []
        found += _rules(symbol, left, right, earlier, equations)
    return (*found, *_failure(symbol, argument_types, [left for left, _ in rules], equations))


def _failure(
    symbol: Symbol,
    argument_types: Sequence[str],
    lefts: Sequence[tuple[Term, ...]],
    equations: Equations,
) -> list[EvaluationRule]:
    """Failure where none of the left sides matches."""
    anything = tuple([Variable(f"x{i}", kind, may_fail=True) for i, kind in enumerate(argument_types, 1)])
    return _rules(symbol, anything, FAIL_TERM, lefts, equations)


def _rules(
    symbol: Symbol,
    left: tuple[Term, ...],
    right: Term,
    earlier: Sequence[tuple[Term, ...]],
    equations: Equations,
) -> list[EvaluationRule]:
    """The rules for left -> right where no left side in `earlier` applies."""
    found: list[EvaluationRule] = []
    for case in _cases(left, right, earlier):
        for values, _ in equations.variants((case.right, *case.left)):
            if equations.has_equal_parts(values):
                continue
            rule = _rule(values[1:], values[0], case.excluded, equations)
            if rule is None or any(_covers(known, rule) for known in found):
                continue
            if not set(variables(rule.right)) <= {v for pattern in rule.left for v in variables(pattern)}:
                shown = f"{symbol.name}({', '.join([show(pattern) for pattern in rule.left])})"
                raise InputError(
                    f"with the equations, the destructor {symbol.name} has the rule {shown} -> "
                    f"{show(rule.right)}, whose result has a variable that the arguments do not determine",
                    advice="write the rule with arguments that determine the result",
                )
            found = [known for known in found if not _covers(rule, known)]
            found.append(rule)
    return found


# --- order and failure ------------------------------------------------------------------------------


def _cases(left: tuple[Term, ...], right: Term, earlier: Sequence[tuple[Term, ...]]) -> list[_Case]:
    """Split may-fail variables until each comparison with an earlier left side is between messages."""
    everything = tuple([_Excluded(tuple(enumerate(rename_apart(patterns)))) for patterns in earlier])
    waiting = [_Case(left, right, everything)]
    found: list[_Case] = []
    while waiting:
        case = waiting.pop()
        excluded: list[_Excluded] = []
        to_split: Variable | None = None
        applies = True
        for before in case.excluded:
            compared = _compare(case.left, before)
            if compared is None:
                continue  # the earlier rule never applies here
            if isinstance(compared, Variable):
                to_split = compared
                break
            if not compared.patterns:
                applies = False  # the earlier rule always applies here
                break
            excluded.append(compared)
        if to_split is not None:
            message = Variable(to_split.name, to_split.type)
            for value in (FAIL_TERM, message):  # the stack gives messages first
                waiting.append(
                    _Case(
                        tuple([substitute(pattern, {to_split: value}) for pattern in case.left]),
                        substitute(case.right, {to_split: value}),
                        case.excluded,
                    )
                )
        elif applies:
            found.append(_Case(case.left, case.right, tuple(excluded)))
    return found


def _compare(left: tuple[Term, ...], before: _Excluded) -> _Excluded | Variable | None:
    """What is left to compare of `before`: message patterns, a variable to split first, or None: no match."""
    failing: dict[Variable, Term] = {}
    for position, pattern in before.patterns:
        if isinstance(pattern, Variable) and pattern.may_fail and left[position] is FAIL_TERM:
            failing[pattern] = FAIL_TERM
    kept: list[tuple[int, Term]] = []
    unsure: Variable | None = None
    for position, pattern in before.patterns:
        pattern = substitute(pattern, failing)
        value = left[position]
        if isinstance(pattern, Variable) and pattern.may_fail and _occurs_once(pattern, before):
            continue
        if isinstance(value, Variable) and value.may_fail:
            unsure = unsure or value
        elif (value is FAIL_TERM) != (pattern is FAIL_TERM):
            return None
        elif value is not FAIL_TERM:
            kept.append((position, pattern))
    if unsure is not None:
        return unsure
    # Only messages are compared from here on.
    messages: dict[Variable, Term] = {
        variable: Variable(variable.name, variable.type)
        for _, pattern in kept
        for variable in variables(pattern)
        if variable.may_fail
    }
    return _Excluded(tuple([(position, substitute(pattern, messages)) for position, pattern in kept]))


def _occurs_once(variable: Variable, before: _Excluded) -> bool:
    return sum(pattern is variable for _, pattern in before.patterns) == 1


# --- disequalities ----------------------------------------------------------------------------------


def _rule(
    left: tuple[Term, ...], right: Term, excluded: Iterable[_Excluded], equations: Equations
) -> EvaluationRule | None:
    """The rule with its disequalities; None where one of them never holds."""
    disequalities: dict[tuple[Term, Term], None] = {}
    universal: set[Variable] = set()
    for before in excluded:
        renamed = rename_apart([pattern for _, pattern in before.patterns])
        values = [left[position] for position, _ in before.patterns]
        pairs = list(zip(values, renamed, strict=True))
        own = {variable for value, _ in pairs for variable in variables(value)}
        unifiers = equations.unifiers(pairs)
        if not unifiers:
            continue
        if any(_always(unifier, own) for unifier in unifiers):
            return None
        if any(equations.affected(term) for pair in pairs for term in pair):
            solved = pairs
        else:
            solved = _solve(pairs, own)
        disequality = _as_tuples(solved)
        disequalities[disequality] = None
        universal |= {v for term in disequality for v in variables(term) if v not in own}
    return EvaluationRule(left, right, tuple(disequalities), frozenset(universal))


def _always(unifier: Bindings, own: set[Variable]) -> bool:
    """Whether the unifier leaves the variables in `own` free: it is there for all their values."""
    images = [unifier.get(variable, variable) for variable in own]
    return all(isinstance(image, Variable) for image in images) and len(set(images)) == len(images)


def _solve(pairs: Iterable[tuple[Term, Term]], own: set[Variable]) -> list[tuple[Term, Term]]:
    """Pairs (variable in `own`, term) that say the same as pairs that unify syntactically."""
    bindings: Bindings = {}
    for value, pattern in pairs:
        unify(value, pattern, bindings)
    images = {v: resolve(v, bindings) for v in sorted(own, key=lambda v: v.index)}
    # A universal variable that is the image of one of our variables is but another name of it.
    names: dict[Variable, Term] = {}
    for variable, image in images.items():
        if isinstance(image, Variable) and image not in own:
            names.setdefault(image, variable)
    solved = {variable: substitute(image, names) for variable, image in images.items()}
    return [(variable, image) for variable, image in solved.items() if variable is not image]


def _as_tuples(pairs: Sequence[tuple[Term, Term]]) -> tuple[Term, Term]:
    if len(pairs) == 1:
        return pairs[0]
    symbol = tuple_symbol(len(pairs))
    return App(symbol, tuple([a for a, _ in pairs])), App(symbol, tuple([b for _, b in pairs]))


def _covers(general: EvaluationRule, special: EvaluationRule) -> bool:
    """Whether `special` gives nothing that `general`, which has no disequalities, does not give."""
    if general.disequalities:
        return False
    bindings: Bindings = {}
    pairs = [(general.right, special.right), *zip(general.left, special.left, strict=True)]
    return all(match(a, b, bindings) for a, b in pairs)
