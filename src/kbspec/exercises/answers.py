"""What a learner wrote: read it, and say in the learner's terms what is not acceptable about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from kbspec.checking import pointing_into
from kbspec.claims import normalised_claims
from kbspec.errors import ClaimFailed, SpecificationError
from kbspec.fragments import CELL_OFFSET, Fragment
from kbspec.language import parse_fragment
from kbspec.source import significant, tokens

if TYPE_CHECKING:
    from appliedpi.syntax.tree import ModelTree

# What a part of a protocol may declare. An axiom or a restriction would assume what is to be shown, a query
# would ask something else, an equation would change the cryptography under everybody.
_PROCESS_DECLARATIONS = ("Process", "Term", "Type", "Constant", "Free", "Function", "Table", "Event")


class NotAccepted(SpecificationError):
    """An answer that is not marked by the verifier, because it is not one or because it games the check."""


def is_blank(text: str) -> bool:
    """Whether there is nothing but white space and comments, of ProVerif or beginning with `#`."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return not any(True for _ in significant(lines))


def _parsed(text: str) -> ModelTree:
    """The syntax tree of an answer. Raises FragmentError, which points into it as its cell counts."""
    fragment = Fragment("your answer", "", text)
    return pointing_into([fragment], lambda: parse_fragment(text, fragment.name))


def check_property(text: str) -> None:
    """A property is exactly one query. Raises NotAccepted; FragmentError where it cannot be read."""
    from appliedpi.syntax.tree import CorrespondenceQuery, LemmaDeclaration, QueryDeclaration

    tree = _parsed(text)
    for declaration in tree.declarations:
        if isinstance(declaration, LemmaDeclaration):
            raise NotAccepted(
                f"your answer has the word {declaration.kind}: it would assume something, and not ask it",
                advice="write one query ... .",
            )
    queries = [one for one in tree.declarations if isinstance(one, QueryDeclaration)]
    if tree.process is not None or len(queries) != len(tree.declarations):
        raise NotAccepted(
            "your answer declares more than a query; the model is given, only the property is asked for",
            advice="write one query ... .",
        )
    asked = [query for one in queries for query in one.queries]
    if len(asked) != 1 or not isinstance(asked[0], CorrespondenceQuery):
        raise NotAccepted(f"your answer has {len(asked)} queries, and one is asked for")


def premise(text: str) -> str | None:
    """The query whether what stands before `==>` can happen at all; None where there is no `==>`."""
    for token in significant(text):
        if token.text == "==>":
            return text[: token.start].rstrip() + "."
    return None


def repeats_itself(text: str) -> bool:
    """Whether some alternative behind `==>` is only what stands before it, so that it always holds."""
    from appliedpi.syntax.tree import Apply, Expression, QueryDeclaration

    def parts(formula: Expression, operator: str) -> list[Expression]:
        if isinstance(formula, Apply) and formula.function == operator:
            return [part for one in formula.arguments for part in parts(one, operator)]
        return [formula]

    for declaration in _parsed(text).declarations:
        assert isinstance(declaration, QueryDeclaration)
        for query in declaration.queries:
            formula = getattr(query, "formula", None)
            if isinstance(formula, Apply) and formula.function == "==>":
                before = parts(formula.arguments[0], "&&")
                alternatives = parts(formula.arguments[1], "||")
                return any(all(one in before for one in parts(other, "&&")) for other in alternatives)
    return False


def check_protocol(text: str, original: str) -> None:
    """A part of the protocol declares processes and emits the events of what it replaces, no others.

    Raises NotAccepted; FragmentError where the text cannot be read.
    """
    tree, before = _parsed(text), _parsed(original)
    for declaration in tree.declarations:
        kind = type(declaration).__name__.removesuffix("Declaration")
        if kind not in _PROCESS_DECLARATIONS:
            raise NotAccepted(
                "your answer may not assume, ask or set anything, nor change what cryptography can do: "
                f"line {declaration.place.line + CELL_OFFSET} is a declaration of another kind",
                advice="write processes: let ... = ... .",
            )
    if tree.process is not None and before.process is None:
        raise NotAccepted(
            "your answer has a main process, and the exercise has one already",
            advice="end it with the process that is asked for: let ... = ... .",
        )
    mine, theirs = _events(tree), _events(before)
    for name in sorted(mine - theirs):
        raise NotAccepted(
            f"your answer emits {name}, which says that somebody else did something. The property would then "
            "be about a run that did not take place",
            advice=f"emit only {', '.join(sorted(theirs)) or 'nothing'} in this part",
        )
    for name in sorted(theirs - mine):
        raise NotAccepted(
            f"your answer no longer emits {name}. The property is about this event; where it never happens, "
            "the property holds of nothing",
            advice=f"put event {name}(...) where it happens",
        )


def _events(model: ModelTree) -> set[str]:
    """The events that the processes and terms of a text emit; those that it only declares are not."""
    from appliedpi.syntax.tree import Event, TermEvent

    found: set[str] = set()
    stack: list[object] = [model]
    while stack:
        node = stack.pop()
        if isinstance(node, (Event, TermEvent)):
            found.add(node.event)
        if isinstance(node, tuple):
            stack += node
        elif is_dataclass(node):
            stack += [getattr(node, field.name) for field in fields(node)]
    return found


def read_predictions(
    answer: str | Mapping[str, str], ask: tuple[str, ...], reachability: Mapping[str, bool]
) -> dict[str, str]:
    """The predicted verdicts in ProVerif's words. `reachability` tells which queries ask for an event.

    Raises NotAccepted for a line that is no prediction, a word that is no verdict, an ID left out.
    """
    if not isinstance(answer, Mapping):
        pairs: dict[str, str] = {}
        for line in answer.splitlines():
            id, _, word = line.partition("#")[0].strip().partition(" ")
            if id:
                pairs[id.rstrip(":")] = word.strip().rstrip(".").lower()
        answer = pairs
    try:
        return normalised_claims("of the exercise", answer, {id: reachability[id] for id in ask})
    except ClaimFailed as error:
        raise NotAccepted(
            "this cannot be read as your predictions:\n" + "\n".join(f"- {one}" for one in error.differences),
            advice="write a line for each property, as: SEC-TOY true",
        ) from None


def read_changes(answer: str | list[str] | tuple[str, ...], kinds: Mapping[str, str]) -> tuple[str, ...]:
    """The IDs of checks and assumptions. `kinds` are the tags of the model by ID.

    Raises NotAccepted for an ID that the model has not.
    """
    if isinstance(answer, str):
        lines = [line.partition("#")[0] for line in _without_comments(answer).splitlines()]
        answer = re.split(r"[\s,;]+", " ".join(lines).strip())
    found = tuple(dict.fromkeys(answer))
    for id in found:
        if id not in kinds:
            raise NotAccepted(
                f"{id} is neither a check nor an assumption of this model",
                advice="the tables of its checks and assumptions list the IDs",
            )
    return found


def _without_comments(text: str) -> str:
    return "".join(" " if token.kind == "comment" else token.text for token in tokens(text))
