"""For a query, questions whose answers exclude each other."""

from __future__ import annotations

from dataclasses import replace

from appliedpi.syntax import parse_model, print_model, tree

_NEGATED = {"=": "<>", "<>": "=", ">=": "<", "<": ">=", ">": "<=", "<=": ">"}
FALSE = tree.Identifier("false")


def negation(formula: tree.Expression) -> tree.Expression | None:
    """The negation of a conclusion made of comparisons whose variables its premise binds, or None."""
    match formula:
        case tree.Apply(("=" | "<>") as operator, arguments):
            return tree.Apply(_NEGATED[operator], arguments)
        case tree.Apply(("&&" | "||") as operator, (left, right)):
            one, other = negation(left), negation(right)
            if one is None or other is None:
                return None
            return tree.Apply("||" if operator == "&&" else "&&", (one, other))
        case _:
            return None


def _variables(formula: object, names: set[str]) -> set[str]:
    if isinstance(formula, tree.Identifier):
        return {formula.name} & names
    if isinstance(formula, tuple):
        return set().union(*[_variables(item, names) for item in formula])
    if isinstance(formula, tree.Apply):
        return _variables(formula.arguments, names)
    if isinstance(formula, tree.Tuple):
        return _variables(formula.items, names)
    return set()


def _has_time(formula: object) -> bool:
    """Whether the moments of facts are named: these the negation could not name alone."""
    if isinstance(formula, tuple):
        return any([_has_time(item) for item in formula])
    if isinstance(formula, tree.Apply):
        return formula.at is not None or _has_time(formula.arguments)
    return False


def _plain(formula: tree.Expression) -> tree.Expression:
    """The premise of a query of its own: `inj-event` means nothing without a conclusion."""
    match formula:
        case tree.Apply("inj-event"):
            return replace(formula, function="event")
        case tree.Apply("&&", (left, right)):
            return replace(formula, arguments=(_plain(left), _plain(right)))
        case _:
            return formula


def add_opposites(text: str) -> tuple[str, list[tuple[int, int, int | None]]]:
    """The model with the opposites of its queries added at its end, and which exclude each other.

    Each entry (query, reached, negation) gives positions among the queries, from 0: if the premise is
    reached (`reached` is false), the query and its negation (where it has one) are not both true; and if
    the premise is never reached (`reached` is true), the query is not false.
    """
    model = parse_model(text, "model.pv")
    added: list[tree.DeclarationTree] = []
    relations: list[tuple[int, int, int | None]] = []
    position = 0
    total = sum(len(d.queries) for d in model.declarations if isinstance(d, tree.QueryDeclaration))
    for declaration in model.declarations:
        if not isinstance(declaration, tree.QueryDeclaration):
            continue
        names = {parameter.name for parameter in declaration.parameters}
        for query in declaration.queries:
            if (
                isinstance(query, tree.CorrespondenceQuery)
                and isinstance(query.formula, tree.Apply)
                and query.formula.function == "==>"
                and not _has_time(query.formula)
            ):
                premise, conclusion = query.formula.arguments
                opposite = negation(conclusion)
                if opposite is not None and not _variables(conclusion, names) <= _variables(premise, names):
                    opposite = None
                reached = replace(query, formula=_plain(premise), tags=())
                added.append(replace(declaration, queries=(reached,), options=(), tags=()))
                negated = None
                if opposite is not None:
                    formula = tree.Apply("==>", (_plain(premise), opposite))
                    negated_query = replace(query, formula=formula, tags=())
                    added.append(replace(declaration, queries=(negated_query,), options=(), tags=()))
                    negated = total + 1
                relations.append((position, total, negated))
                total += 1 if negated is None else 2
            position += 1
    return print_model(replace(model, declarations=(*model.declarations, *added))), relations
