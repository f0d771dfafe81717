"""Equations of a model: split into independent blocks, each classified and completed.

Blocks over disjoint sets of symbols are treated separately, as convergent where that can be proved or is
declared, as linear otherwise (Blanchet, Abadi, Fournet 2008, section 5.4; ProVerif manual, section 4.2.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliedpi.builtin import FAIL
from appliedpi.core import Equation
from appliedpi.equations.completion import AllTermsEqual, complete_convergent, complete_linear
from appliedpi.equations.ordering import find_precedence
from appliedpi.equations.rewriting import Equality, symbols_of, unjoinable_pair
from appliedpi.errors import InputError, LimitExceeded
from appliedpi.terms import Kind, Symbol, Term, Variable, show, variables


@dataclass(frozen=True, slots=True)
class Completion:
    """What the equations come to.

    `simplifications`: the convergent rules; messages are kept irreducible by them (S in Blanchet, Abadi,
    Fournet 2008, section 5.1). `completed`: equalities f(M1,...,Mn) = M that evaluate the constructor f
    besides f(x1,...,xn).
    """

    simplifications: tuple[Equality, ...]
    completed: tuple[Equality, ...]


def complete(equations: Sequence[Equation]) -> Completion:
    """Complete the equations of a model.

    Raises InputError where a block of equations is neither convergent nor linear, where its completion does
    not end (as for an associative and commutative symbol), or where it equates all terms.
    """
    simplifications: list[Equality] = []
    completed: list[Equality] = []
    for block in blocks(equations):
        rules: list[Equality]
        try:
            if _is_convergent(block):
                simplifications += _pairs(block)
                rules = complete_convergent(_pairs(block))
            else:
                rules = complete_linear(_pairs(block))
        except LimitExceeded as limit:
            raise _refusal(
                block,
                f"the completion of {_shown(block)} does not end ({limit})",
                "associative and commutative symbols, such as exclusive or, cannot be handled; model only "
                "the equations that the protocol needs, as exp(exp(g,x),y) = exp(exp(g,y),x) does for "
                "Diffie-Hellman, or use a destructor (`reduc`) instead of an equation",
            ) from limit
        except AllTermsEqual:
            raise _refusal(block, f"{_shown(block)} make any two terms equal", None) from None
        completed += _usable(block, rules)
    return Completion(tuple(simplifications), tuple(completed))


def blocks(equations: Iterable[Equation]) -> list[list[Equation]]:
    """The finest partition of the equations into blocks that share no symbol, in order of first equation."""
    found: list[tuple[set[Symbol], list[tuple[int, Equation]]]] = []
    for number, equation in enumerate(equations):
        symbols = symbols_of(equation.left, equation.right)
        members = [(number, equation)]
        apart = []
        for other_symbols, other_members in found:
            if symbols.isdisjoint(other_symbols):
                apart.append((other_symbols, other_members))
            else:
                symbols |= other_symbols
                members += other_members
        found = [*apart, (symbols, members)]
    ordered = sorted(sorted(members, key=lambda m: m[0]) for _, members in found)
    return [[equation for _, equation in members] for members in ordered]


def _is_convergent(block: Sequence[Equation]) -> bool:
    """True: treat the block as convergent. False: as linear. Raises InputError where it is neither."""
    _check_declarations(block)
    rules = _pairs(block)
    if block[0].linear:
        if not _is_linear(rules):
            raise _refusal(
                block,
                f"{_shown(block)} are declared [linear], but a variable occurs twice in one side",
                "declare them [convergent] where they are, or leave the option out",
            )
        return False
    reason = _why_not_convergent(rules, trusted=block[0].convergent)
    if reason is None:
        return True
    if block[0].convergent:
        raise _refusal(block, f"{_shown(block)} are declared [convergent], but {reason}", None)
    if _is_linear(rules):
        return False
    raise _refusal(
        block,
        f"cannot handle {_shown(block)}: not linear (a variable occurs twice in one side), and {reason}",
        "where the equations, read from left to right, are known to terminate, declare them [convergent]",
    )


def _check_declarations(block: Sequence[Equation]) -> None:
    first = block[0]
    for equation in block:
        if equation.linear and equation.convergent:
            raise _refusal(
                [equation], f"{_shown([equation])} has both options [linear] and [convergent]", None
            )
        if (equation.linear, equation.convergent) != (first.linear, first.convergent):
            raise _refusal(
                [equation],
                f"{_shown([first])} and {_shown([equation])} share symbols, but not the options [convergent] "
                "and [linear]",
                "give all equations that share symbols the same option",
            )


def _why_not_convergent(rules: Sequence[Equality], trusted: bool) -> str | None:
    for left, right in rules:
        if left.symbol is None or not set(variables(right)) <= set(variables(left)):
            return f"{show(left)} = {show(right)} cannot be read from left to right"
    if not trusted and find_precedence(rules) is None:
        return "no lexicographic path ordering was found that shows that they terminate"
    pair = unjoinable_pair(rules)
    if pair is None:
        return None
    (left, right), (other_left, other_right) = pair
    return (
        f"they are not confluent: {show(left)} = {show(right)} and {show(other_left)} = {show(other_right)} "
        "have a critical pair that cannot be joined"
    )


def _is_linear(rules: Iterable[Equality]) -> bool:
    return all(_occurs_once(side) for rule in rules for side in rule)


def _occurs_once(term: Term) -> bool:
    seen: set[Variable] = set()
    stack = [term]
    while stack:
        part = stack.pop()
        if isinstance(part, Variable):
            if part in seen:
                return False
            seen.add(part)
        else:
            stack.extend(part.args)
    return True


def _usable(block: Sequence[Equation], rules: Iterable[Equality]) -> list[Equality]:
    """The completed rules that evaluate a symbol. Raises InputError where one of them cannot."""
    usable = []
    for left, right in rules:
        if left.symbol is None:
            continue
        if left.symbol.data or left.symbol is FAIL or left.symbol.kind is not Kind.CONSTRUCTOR:
            raise _refusal(
                block,
                f"{_shown(block)} give the term {show(left)} another form, {show(right)}; a tuple or "
                "the term of a data constructor equals nothing else",
                None,
            )
        if not set(variables(right)) <= set(variables(left)):
            raise _refusal(
                block,
                f"{_shown(block)} make {show(left)} equal to {show(right)}, in which a variable occurs that "
                "the first term does not determine",
                None,
            )
        usable.append((left, right))
    return usable


def _pairs(block: Iterable[Equation]) -> list[Equality]:
    return [(equation.left, equation.right) for equation in block]


def _shown(block: Sequence[Equation]) -> str:
    texts = [f"{show(equation.left)} = {show(equation.right)}" for equation in block[:4]]
    more = f" and {len(block) - 4} more" if len(block) > 4 else ""
    return f"the equation{'s' if len(block) > 1 else ''} {'; '.join(texts)}{more}"


def _refusal(block: Sequence[Equation], message: str, advice: str | None) -> InputError:
    return InputError(message, block[0].place, advice=advice)
