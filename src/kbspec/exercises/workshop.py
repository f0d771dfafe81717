"""Models with a learner's pieces in them, built in memory: nothing of them is written to `pv/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbspec.assembly import assemble
from kbspec.bibliography import load_bibliography
from kbspec.checking import check_types, read_checked
from kbspec.errors import SpecificationError
from kbspec.evidence import checked_report
from kbspec.fragments import Fragment, Registry
from kbspec.language import elaborate, parse_model, verify
from kbspec.progress import progress_bar
from kbspec.tags import Tag, find_tags
from kbspec.variants import TEXT_NAME, weaken

if TYPE_CHECKING:
    from appliedpi import core
    from appliedpi.report import Report, Result

TIMEOUT = 60.0  # seconds for one model
MEMORY = 4 * 2**30  # bytes of one
ANSWER = "answer/property"


@dataclass(frozen=True, slots=True)
class Built:
    """A model that is complete. `answer` are the lines of its text that are the learner's property."""

    text: str
    types: core.Model
    tags: tuple[Tag, ...]
    answer: range

    @property
    def property(self) -> core.Query | None:
        """The learner's query, where there is one."""
        return next((one for one in self.types.queries if one.place.line in self.answer), None)


class Workshop:
    """Builds and verifies models from the fragments of the book and from other texts for some of them.

    `defined` are the fragments of the cells that have been executed; they stand before those in files, so
    that an exercise can also be marked in a notebook of which little has been run.
    """

    def __init__(self, root: Path, defined: Mapping[str, Fragment] | None = None) -> None:
        self.root = root
        self._registry = Registry(root, defined=dict(defined or {}))
        self._bibliography = load_bibliography(root)

    def original(self, name: str) -> Fragment:
        """A fragment of the book. Raises FragmentError where there is none of this name."""
        return self._registry.get(name)

    def build(
        self,
        fragments: Iterable[str],
        replaced: Mapping[str, str],
        checks: Iterable[str] = (),
        assumptions: Iterable[str] = (),
        property: str | None = None,
    ) -> Built:
        """Assemble `fragments`, with other texts for some, and the learner's `property` as a query.

        `checks` are removed, `assumptions` violated. Raises FragmentError where a text is not acceptable,
        SpecificationError for a check or an assumption that the model has not.
        """
        names = list(fragments)
        texts = {name: self._replaced(name, text) for name, text in replaced.items()}
        if property is not None:
            texts[ANSWER] = Fragment(ANSWER, "", property.rstrip() + "\n", tuple(names))
            names.append(ANSWER)
        registry = Registry(self.root, defined={**self._registry.defined, **texts})
        parts = [read_checked(one, self._bibliography) for one in registry.closure(names)]
        assembly = assemble("exercise", "the model of an exercise", parts)
        check_types(parts)  # its errors point into the learner's text
        text = assembly.text
        tree = parse_model(text, TEXT_NAME)
        types = elaborate([tree], {TEXT_NAME: text})
        wanted = {("check", id) for id in checks} | {("assume", id) for id in assumptions}
        tags = [tag for tag in find_tags(text) if (tag.kind, tag.id) in wanted]
        missing = wanted - {(tag.kind, tag.id) for tag in tags}
        if missing:  # otherwise the exercise would be about another model than its task says
            raise SpecificationError(f"the model has no {', '.join(sorted(id for _, id in missing))}")
        if tags:
            text = weaken(text, tree, types, tags).text
            types = elaborate([parse_model(text, TEXT_NAME)], {TEXT_NAME: text})
        answer = range(0)
        for section in assembly.sections:
            if section.fragment.name == ANSWER:
                answer = range(section.first, section.last + 1)
        return Built(text, types, find_tags(text), answer)

    def report(self, built: Built) -> Report:
        """What the verifier says, a proof kept and checked as in the chapters. Raises as `verify`."""
        with progress_bar("your answer") as progress:

            def proved() -> Report:
                return verify(built.text, timeout=TIMEOUT, memory=MEMORY, progress=progress)

            options: dict[str, float | None] = {"timeout": TIMEOUT, "memory": MEMORY}
            return checked_report(self.root, built.text, built.types, proved, options, progress)[0]

    def results(self, built: Built) -> dict[str, Result]:
        """The answers by the ID of the query; the learner's property has the empty one."""
        return {
            "" if one.query.place.line in built.answer else one.name or "": one
            for one in self.report(built).results
        }

    def _replaced(self, name: str, text: str) -> Fragment:
        """A fragment of the book with another text; it uses what the original uses."""
        return Fragment(name, "", text.rstrip() + "\n", self.original(name).uses)
