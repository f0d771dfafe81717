"""`def` and `expand`: macros of declarations (ProVerif 2.05 manual, section 6.5).

An expansion renames what the macro declares, so that it can be expanded several times; the arguments name
what should be visible outside. A local identifier x of the n-th expansion becomes `@n_x`, as in ProVerif.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Final, TypeVar

from appliedpi.syntax import tree
from appliedpi.typing.environment import Context, initial_entries

_KEPT: Final = frozenset(
    {
        "=",
        "<>",
        "not",
        "&&",
        "||",
        "event",
        "inj-event",
        "==>",
        "choice",
        "diff",
        ">",
        ">=",
        "<=",
        "<",
        "+",
        "-",
    }
)
_NOT_IDENTIFIERS: Final = frozenset(
    {"place", "tags", "options", "kind", "value", "construct", "tag", "may_fail"}
)

_Declaration = TypeVar("_Declaration", bound=tree.Node)


@dataclass(frozen=True, slots=True)
class _Macro:
    definition: tree.DefinitionDeclaration
    visible: frozenset[str]  # the identifiers that mean the same inside and outside
    macros: dict[str, _Macro]  # the macros that its body may expand


def expand_macros(
    declarations: Iterable[tree.DeclarationTree], context: Context
) -> list[tree.DeclarationTree]:
    """The declarations without `def` and `expand`. Raises InputError."""
    return _Expansion(context).expand(list(declarations), frozenset(initial_entries()), {})


class _Expansion:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.count = 0

    def expand(
        self, declarations: list[tree.DeclarationTree], visible: frozenset[str], macros: dict[str, _Macro]
    ) -> list[tree.DeclarationTree]:
        result: list[tree.DeclarationTree] = []
        known = set(visible)
        macros = dict(macros)
        for declaration in declarations:
            if isinstance(declaration, tree.DefinitionDeclaration):
                self._check_definition(declaration, macros)
                macros[declaration.name] = _Macro(declaration, frozenset(known), dict(macros))
            elif isinstance(declaration, tree.ExpandDeclaration):
                made = self._expansion(declaration, macros)
                known.update([name for part in made for name in declared_names(part)])
                result.extend(made)
            else:
                known.update(declared_names(declaration))
                result.append(declaration)
        return result

    def _check_definition(self, definition: tree.DefinitionDeclaration, macros: dict[str, _Macro]) -> None:
        if definition.name in macros:
            raise self.context.error(f"macro '{definition.name}' is already defined", definition.place)
        for position, parameter in enumerate(definition.parameters):
            if parameter in definition.parameters[:position]:
                raise self.context.error(
                    f"macro '{definition.name}' has the argument '{parameter}' twice", definition.place
                )

    def _expansion(
        self, expansion: tree.ExpandDeclaration, macros: dict[str, _Macro]
    ) -> list[tree.DeclarationTree]:
        macro = macros.get(expansion.name)
        if macro is None:
            raise self.context.unknown("macro", expansion.name, expansion.place, macros)
        parameters = macro.definition.parameters
        if len(expansion.arguments) != len(parameters):
            raise self.context.error(
                f"macro '{expansion.name}' expects {len(parameters)} arguments "
                f"but is given {len(expansion.arguments)}", expansion.place,
            )  # fmt: skip
        self.count += 1
        names = {name: name for name in macro.visible}
        names.update(zip(parameters, expansion.arguments, strict=True))
        renaming = _Renaming(names, f"@{self.count}_", self.context)
        body = [renaming.declaration(declaration) for declaration in macro.definition.declarations]
        # A macro sees only macros defined before it, so this recursion ends; each level is a `def` of the
        # file, all at its top level, and their number bounds it.
        return self.expand(body, macro.visible, macro.macros)


class _Renaming:
    """Replaces identifiers in trees: known ones by `names`, all others by fresh ones."""

    def __init__(self, names: dict[str, str], prefix: str, context: Context) -> None:
        self._names = names
        self._prefix = prefix
        self._context = context

    def declaration(self, declaration: tree.DeclarationTree) -> tree.DeclarationTree:
        if isinstance(declaration, tree.SettingDeclaration):
            raise self._context.error("set is not allowed inside a macro", declaration.place)
        if isinstance(declaration, tree.DefinitionDeclaration):
            raise self._context.error("a macro cannot be defined inside a macro", declaration.place)
        if isinstance(declaration, tree.ExpandDeclaration):
            return replace(
                declaration, arguments=tuple([self._identifier(name) for name in declaration.arguments])
            )
        return self._node(declaration)

    def _identifier(self, name: str) -> str:
        if name in _KEPT or name.startswith(("!", "-")):
            return name
        return self._names.setdefault(name, self._prefix + name)

    def _node(self, node: _Declaration) -> _Declaration:
        changes = {
            member.name: self._value(getattr(node, member.name))
            for member in fields(node)
            if member.name not in _NOT_IDENTIFIERS
        }
        return replace(node, **changes)

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._identifier(value)
        if isinstance(value, tuple):
            return tuple([self._value(item) for item in value])
        if isinstance(value, tree.Node | tree.Parameter | tree.RewriteRuleTree):
            return self._node(value)  # type: ignore[type-var]
        return value


def declared_names(declaration: tree.DeclarationTree) -> list[str]:
    """The global identifiers that the declaration introduces."""
    match declaration:
        case (
            tree.TypeDeclaration() | tree.FunctionDeclaration() | tree.DestructorDeclaration()
            | tree.EventDeclaration() | tree.TableDeclaration() | tree.ProcessDeclaration()
            | tree.TermDeclaration()
        ):  # fmt: skip
            return [declaration.name]
        case tree.ConstantDeclaration() | tree.FreeDeclaration():
            return list(declaration.names)
        case tree.ReductionDeclaration():
            name = reduced_function(declaration)
            return [] if name is None else [name]
        case _:
            return []


def reduced_function(declaration: tree.ReductionDeclaration) -> str | None:
    """The function that the rules of a `reduc` define; None where the first rule is not of that form."""
    equality = declaration.rules[0].equality
    while isinstance(equality, tree.LetIn):
        equality = equality.body
    if isinstance(equality, tree.Apply) and equality.function == "=":
        left = equality.arguments[0]
        if isinstance(left, tree.Apply):
            return left.function
    return None
