"""Completion in the cells of a notebook: fragment names, and the IDs that a model has.

    spec.model("rcar", "rcar/k          %%pv bound/kbs uses rcar/k          %%answer EX-0
    rcar.without("CHK-N                 rcar.assume("ASM-                   rcar.sequence("SEC-
    rcar.use("ALT-

IPython completes the members of `spec` and of models itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kbspec.errors import SpecificationError

if TYPE_CHECKING:
    from kbspec.specification import Specification

_FRAGMENT = re.compile(r"""\bspec\.(?:model|show)\([^()]*["'][^"']*$|^%%pv\s+\S+\s+uses\s[^\n]*$""")
_EXERCISE = re.compile(r"""\bspec\.exercise\(\s*["'][^"']*$|^%%answer\s+\S*$""")
_TAGGED = re.compile(r"""\b(?P<model>\w+)\.(?P<method>without|assume|use|sequence)\([^()]*["'][^"']*$""")
_KINDS = {"without": "check", "assume": "assume", "use": "alternative", "sequence": "query"}


def words(before: str, specification: Specification, namespace: Mapping[str, Any]) -> list[str]:
    """What may stand at the cursor, `before` which this text of the cell stands; sorted, each once.

    `namespace` are the variables of the notebook. Empty where it is no place for a name of ours.
    """
    from kbspec.models import Model

    registry = specification.registry
    found: Iterable[str] = ()
    tagged = _TAGGED.search(before)
    try:
        if registry is not None and _FRAGMENT.search(before):
            found = registry.names()
        elif registry is not None and _EXERCISE.search(before):
            from kbspec.exercises.definitions import load

            found = load(registry.root)
        elif tagged is not None and isinstance(namespace.get(tagged["model"]), Model):
            model = namespace[tagged["model"]]
            found = [tag.id for tag in model.tags if tag.kind == _KINDS[tagged["method"]]]
    except SpecificationError:  # an unreadable file is for the cell that needs it to complain about
        return []
    return sorted(set(found))


def register(ipython: Any, specification: Specification) -> None:
    """Let IPython complete what `words` knows."""
    from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

    @context_matcher()  # type: ignore[untyped-decorator]
    def names_of_the_book(context: CompletionContext) -> dict[str, Any]:
        before = context.full_text[: _offset(context)]
        known = words(before, specification, ipython.user_ns)
        fits = [SimpleCompletion(one, type="name") for one in known if one.startswith(context.token)]
        return {"completions": fits, "suppress": bool(fits)}

    ipython.Completer.custom_matchers.append(names_of_the_book)


def _offset(context: Any) -> int:
    lines = context.full_text.split("\n")
    return sum(len(line) + 1 for line in lines[: context.cursor_line]) + int(context.cursor_position)
