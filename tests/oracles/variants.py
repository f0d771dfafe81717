"""Other ways to write the same model, made on its syntax tree.

None of them may turn a verdict from true to false or back. They work on any model that parses; what would
change the meaning (a name declared twice, `def`, the order of lemmas) stays where it is.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import fields, replace

from appliedpi.syntax import parse_model, print_model, tree

Variant = Callable[[tree.ModelTree, random.Random], tree.ModelTree]

# What the language itself names. Everything else in a model was declared or bound by it.
RESERVED = frozenset(
    """attacker mess event inj-event table = <> && || not >= > < <= + - ==> choice is_nat true false
    bitstring channel nat bool any_type time sid subterm fail""".split()
)
NODES = (tree.Node, tree.Parameter, tree.RewriteRuleTree)
_NAMES = {
    "name", "function", "event", "table", "type", "dependencies", "public_variables", "names",
    "argument_types", "result_type", "arguments", "parameters", "at", "variables", "bindings",
}  # fmt: skip


def identifiers(node: object) -> Iterator[str]:
    """Every identifier in the tree, options and settings apart."""
    if isinstance(node, tuple):
        for item in node:
            yield from (item,) if isinstance(item, str) else identifiers(item)
    elif isinstance(node, NODES):
        for field in fields(node):
            value = getattr(node, field.name)
            if isinstance(value, str):
                if field.name in _NAMES:
                    yield value
            elif field.name not in ("options", "tags", "place"):
                yield from identifiers(value)


def _renamed(node: object, name_of: Callable[[str], str]) -> object:
    if isinstance(node, tuple):
        return tuple([name_of(item) if isinstance(item, str) else _renamed(item, name_of) for item in node])
    if isinstance(node, tree.SettingDeclaration | tree.UnsupportedDeclaration):
        return node
    if isinstance(node, NODES):
        changed: dict[str, object] = {}
        for field in fields(node):
            value = getattr(node, field.name)
            if isinstance(value, str):
                changed[field.name] = name_of(value) if field.name in _NAMES else value
            elif field.name not in ("options", "tags", "place"):
                changed[field.name] = _renamed(value, name_of)
        return replace(node, **changed)  # type: ignore[arg-type]
    return node


def rename(model: tree.ModelTree, chance: random.Random) -> tree.ModelTree:
    """A bijective renaming, which also reverses and mixes any order that names may decide."""
    found = sorted({name for name in identifiers(model) if name not in RESERVED and name[0].isalpha()})
    numbers = list(range(len(found)))
    chance.shuffle(numbers)
    names = {name: f"v{number}'" for name, number in zip(found, numbers, strict=True)}

    def name_of(name: str) -> str:
        if "-proj-" in name:
            position, _, constructor = name.partition("-proj-")
            return f"{position}-proj-{names.get(constructor, constructor)}"
        return names.get(name, name)

    renamed = _renamed(model, name_of)
    assert isinstance(renamed, tree.ModelTree)
    return renamed


def _fixed(declaration: tree.Declaration) -> bool:
    """Whether the order among these matters: what is asked, assumed and set."""
    return isinstance(
        declaration,
        tree.QueryDeclaration | tree.LemmaDeclaration | tree.SettingDeclaration | tree.UnsupportedDeclaration,
    )


def _declared(declaration: tree.Declaration) -> set[str]:
    match declaration:
        case tree.ConstantDeclaration() | tree.FreeDeclaration():
            return set(declaration.names)
        case tree.ReductionDeclaration():
            return {
                rule.equality.arguments[0].function
                for rule in declaration.rules
                if isinstance(rule.equality, tree.Apply)
                and isinstance(rule.equality.arguments[0], tree.Apply)
            }
        case _:
            return {declaration.name} if hasattr(declaration, "name") else set()


def reorder(model: tree.ModelTree, chance: random.Random) -> tree.ModelTree:
    """The declarations in another order in which each still stands after what it uses."""
    if any(isinstance(d, tree.DefinitionDeclaration | tree.ExpandDeclaration) for d in model.declarations):
        return model
    declared = [_declared(declaration) for declaration in model.declarations]
    used = [set(identifiers(declaration)) for declaration in model.declarations]
    waiting = list(range(len(model.declarations)))
    order: list[int] = []
    while waiting:
        ready = [
            number
            for number in waiting
            if not any(
                declared[earlier] & (used[number] | declared[number])
                or (declared[number] & used[earlier])
                or (_fixed(model.declarations[earlier]) and _fixed(model.declarations[number]))
                for earlier in waiting
                if earlier < number
            )
        ]
        chosen = chance.choice(ready)
        order.append(chosen)
        waiting.remove(chosen)
    return replace(model, declarations=tuple([model.declarations[number] for number in order]))


def swap_parallel(model: tree.ModelTree, chance: random.Random) -> tree.ModelTree:
    """Parallel processes in another order, everywhere."""

    def swapped(node: object) -> object:
        if isinstance(node, tuple):
            return tuple([swapped(item) for item in node])
        if not isinstance(node, NODES):
            return node
        changed = {
            field.name: swapped(getattr(node, field.name))
            for field in fields(node)
            if field.name not in ("place", "tags")
        }
        if isinstance(node, tree.Parallel) and chance.randrange(4):
            changed["left"], changed["right"] = changed["right"], changed["left"]
        return replace(node, **changed)  # type: ignore[arg-type]

    result = swapped(model)
    assert isinstance(result, tree.ModelTree)
    return result


def _with(model: tree.ModelTree, *declarations: tree.DeclarationTree) -> tree.ModelTree:
    return replace(model, declarations=(*model.declarations, *declarations))


def _without_setting(model: tree.ModelTree, name: str) -> tree.ModelTree:
    kept = [
        d
        for d in model.declarations
        if not (isinstance(d, tree.SettingDeclaration) and d.name == name)
    ]
    return replace(model, declarations=tuple(kept))


def setting(name: str, value: str) -> Variant:
    """The option set, whatever the model says."""

    def variant(model: tree.ModelTree, chance: random.Random) -> tree.ModelTree:
        shorter = _without_setting(model, name)
        declared = (tree.SettingDeclaration(name, value), *shorter.declarations)
        return replace(shorter, declarations=declared)

    return variant


def select_at_random(model: tree.ModelTree, chance: random.Random) -> tree.ModelTree:
    """`nounif` and `select` on facts that have the shape of terms of the model's own constructors.

    Not on `attacker(x)`, on which no resolution ends.
    """
    shapes: list[tree.Expression] = []
    parameters: list[tree.Parameter] = []
    for declaration in model.declarations:
        match declaration:
            case tree.FunctionDeclaration(name, types, "bitstring") if types:
                arguments = []
                for type_ in types:
                    parameters.append(tree.Parameter(f"any'{len(parameters)}", type_))
                    arguments.append(tree.Any(parameters[-1].name) if chance.randrange(2) else
                                     tree.Identifier(parameters[-1].name))  # fmt: skip
                shapes.append(tree.Apply(name, tuple(arguments)))
            case tree.FreeDeclaration(names, "bitstring"):
                shapes += [tree.Identifier(name) for name in names]
    hints = [
        tree.SelectionDeclaration(
            chance.choice(["nounif", "select"]),
            tuple(parameters),
            (tree.Apply("attacker", (shape,)),),
            chance.choice([None, 3, 20]),
            (),
        )
        for shape in chance.sample(shapes, min(2, len(shapes)))
    ]
    return _with(model, *hints)


CONFIGURATIONS: dict[str, Variant] = {
    "declarations": reorder,
    "parallel": swap_parallel,
    "renaming": rename,
    "precise": setting("preciseActions", "true"),
    "redundancy": setting("redundancyElim", "no"),
    "simplify": setting("simplifyProcess", "false"),
    "selection": select_at_random,
}


def vary(text: str, configuration: str, seed: int) -> str:
    """The text of the model in that configuration. Raises InputError where the text does not parse."""
    chance = random.Random(f"{configuration} {seed}")
    return print_model(CONFIGURATIONS[configuration](parse_model(text, "model.pv"), chance))


def one_query_each(text: str) -> list[str]:
    """The model once for each of its queries, alone, in their order."""
    model = parse_model(text, "model.pv")
    alone: list[str] = []
    for number, declaration in enumerate(model.declarations):
        if isinstance(declaration, tree.QueryDeclaration):
            for query in declaration.queries:
                others = [
                    replace(d, queries=(query,)) if position == number else d  # type: ignore[arg-type]
                    for position, d in enumerate(model.declarations)
                    if position == number or not isinstance(d, tree.QueryDeclaration)
                ]
                alone.append(print_model(replace(model, declarations=tuple(others))))
    return alone
