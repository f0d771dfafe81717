"""`spec`: what the cells of a notebook talk to."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kbspec import fault_records, findings, matrix_records
from kbspec.bibliography import Bibliography, load_bibliography
from kbspec.building import build_model
from kbspec.checking import CheckedFragment, check_types, fragment_error, read_checked
from kbspec.comparison import comparison, load_earlier
from kbspec.errors import FragmentError, SpecificationError, VariantError, did_you_mean
from kbspec.exercises import definitions
from kbspec.exercises.exercise import Exercise, exercise_table
from kbspec.exercises.workshop import Workshop
from kbspec.figures import Figure, keep
from kbspec.files import find_root
from kbspec.findings import FindingBox, finding
from kbspec.fragments import Registry, check_chapter
from kbspec.generated import begin
from kbspec.listing import Listing
from kbspec.models import Model
from kbspec.picture import Chart
from kbspec.tables import Table
from kbspec.tags import CheckTag, StepTag, Tag
from kbspec.toggle_kinds import BY_TAG
from kbspec.variants import check_placement
from kbspec.verdicts import clear_parts
from kbspec.what_if import WhatIf
from kbspec.what_if_choice import WhatIfChoice

_MODEL_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(slots=True)
class Specification:
    """The fragments and models of a chapter. `%load_ext kbspec` makes one, named `spec`."""

    registry: Registry | None = None
    bibliography: Bibliography = field(default_factory=lambda: Bibliography({}))
    checked: dict[str, CheckedFragment] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)

    def chapter(self, name: str, root: Path | None = None) -> Chapter:
        """Begin a chapter, named as its notebook; its fragments and models belong to it from now on.

        `root` is the project; by default it is found from the working directory upwards.
        """
        check_chapter(name)
        root = find_root() if root is None else Path(root).resolve()
        self.bibliography = load_bibliography(root)
        self.registry = Registry(root, name)
        begin(root, name)
        clear_parts(root, name)
        matrix_records.clear_parts(root, name)
        fault_records.FILE.clear(root, name)
        findings.begin(root, name)
        self.checked.clear()
        self.models.clear()
        return Chapter(name)

    def fragment(self, name: str, text: str, uses: tuple[str, ...] = ()) -> FragmentCaption:
        """Define a fragment: what the magic `%%pv name uses ...` does with its cell.

        Raises FragmentError; the fragment and its file are then what they were before.
        """
        registry = self._registry()
        fragment = registry.prepare(name, text, uses)
        part = read_checked(fragment, self.bibliography)
        for tag in part.tags:
            if tag.kind in BY_TAG:
                try:
                    check_placement(part.tree, tag)
                except VariantError as error:
                    raise fragment_error(
                        fragment, tag.line, tag.column, error.message, error.advice
                    ) from None
        context = [
            part if one == fragment else self._read(one) for one in registry.closure([name], pending=fragment)
        ]
        check_types(context)
        registry.register(fragment)
        self.checked[name] = part
        return FragmentCaption(part, self.bibliography)

    def model(self, name: str, *fragments: str, title: str) -> Model:
        """Assemble fragments, and all that they use, into `pv/models/<name>.pv`.

        Raises FragmentError for an unknown fragment, a cycle, no process or two, a query without a tag.
        """
        if not _MODEL_NAME.fullmatch(name):
            raise SpecificationError(
                f"{name!r} is not the name of a model",
                advice="use lower-case letters, digits and hyphens: rcar-tls",
            )
        if not fragments:
            raise SpecificationError(
                f"model {name}: no fragment is named", advice='spec.model("rcar", "rcar/system", title=...)'
            )
        model = build_model(self._registry(), self.checked, self.bibliography, name, fragments, title)
        self.models[name] = model
        return model

    def show(self, name: str) -> Listing:
        """A fragment, highlighted; for JupyterLab, which highlights cells as Python only."""
        return Listing(name, self._registry().get(name).text)

    def figure(self, name: str, chart: Chart) -> Figure:
        """Keep a picture (`kbspec.graphs`) and its source as `figures/<name>`, and show it.

        Raises SpecificationError for a name that is not that of a file.
        """
        if not _MODEL_NAME.fullmatch(name):
            raise SpecificationError(
                f"{name!r} is not the name of a figure", advice="use lower-case letters, digits and hyphens"
            )
        registry = self._registry()
        return keep(registry.root, str(registry.chapter), name, chart)

    def fault_sets(self, *models: Model) -> Table:
        """The fault sets of several models in one table (`kbspec.faults`), for a chapter that has many.

        Raises as `Model.fault_sets`.
        """
        from kbspec.faults import together

        return together([model.fault_sets() for model in models])

    def what_if(self, *models: Model, subject: str = "model") -> WhatIfChoice:
        """The what-if panel of several models, picked by name and title; `subject` is what tells them apart,
        "TEE".
        """
        return WhatIfChoice(subject, {f"{one.name}: {one.title}": WhatIf(one) for one in models})

    def compare(self, file: str) -> Table:
        """Published results beside ours, row by row; `file` is beside the notebooks (`kbspec.comparison`).

        Raises ClaimFailed where a verdict differs from the published one and the row does not say why,
        SpecificationError for a file that is not of the form, an unknown model or query.
        """
        return comparison(load_earlier(self._registry().root / "notebooks" / file), self.models)

    def finding(
        self,
        id: str,
        *,
        title: str,
        property: str,
        broken: Model,
        fixed: Model,
        attack: Sequence[str],
        affects: str,
        source: str,
        fix: str,
    ) -> FindingBox:
        """State a finding (`FND-...`): a property that is false in `broken` and true in `fixed`.

        `property` is the ID of a query of both models, which have been verified before. `attack` has at most
        five lines; `affects` is the configuration, quoting the default or the sentence; `source` cites it in
        brackets, as a tag does. Raises ClaimFailed where a verdict is another one or there is none,
        SpecificationError where something is left out or cited that is not in the bibliography.
        """
        return finding(
            id, title=title, property=property, broken=broken, fixed=fixed, attack=attack, affects=affects,
            source=source, fix=fix,
        )  # fmt: skip

    def exercise(self, id: str) -> Exercise:
        """An exercise of the book (`notebooks/exercises.toml`), which marks its answers itself.

        Raises SpecificationError for an unknown ID.
        """
        registry = self._registry()
        return Exercise(definitions.find(registry.root, id), Workshop(registry.root, registry.defined))

    def exercises(self) -> Table:
        """All exercises of the book."""
        return exercise_table(definitions.load(self._registry().root))

    def __getitem__(self, name: str) -> Model:
        """A model of this chapter by name."""
        if name not in self.models:
            raise SpecificationError(f"unknown model {name}", advice=did_you_mean(name, self.models))
        return self.models[name]

    def _ipython_key_completions_(self) -> list[str]:
        """What IPython offers behind `spec["`."""
        return sorted(self.models)

    def _registry(self) -> Registry:
        if self.registry is None:
            raise FragmentError(
                "no chapter is being written",
                advice='let the first cell of the notebook say spec.chapter("NN-title")',
            )
        return self.registry

    def _read(self, fragment: object) -> CheckedFragment:
        from kbspec.fragments import Fragment

        assert isinstance(fragment, Fragment)
        known = self.checked.get(fragment.name)
        if known is None or known.fragment != fragment:
            known = self.checked[fragment.name] = read_checked(fragment, self.bibliography)
        return known

    def __repr__(self) -> str:
        if self.registry is None:
            return "a specification; no chapter is being written"
        count = len(self.registry.defined)
        return f"chapter {self.registry.chapter}: {count} fragments, {len(self.models)} models"

    def _repr_html_(self) -> str:
        return f'<p class="kbspec-chapter">{html.escape(repr(self))}</p>'


@dataclass(frozen=True, slots=True)
class Chapter:
    """What `spec.chapter` returns."""

    name: str

    def __repr__(self) -> str:
        return f"chapter {self.name}"

    def _repr_html_(self) -> str:
        return f'<p class="kbspec-chapter">chapter <strong>{html.escape(self.name)}</strong></p>'


@dataclass(frozen=True, slots=True)
class FragmentCaption:
    """One line below the cell of a fragment: what is in it, with a place to link to."""

    part: CheckedFragment
    bibliography: Bibliography

    def _pieces(self) -> list[tuple[str, list[Tag]]]:
        """What the line says: a phrase, and the tags whose IDs it lists."""
        by_kind = {
            kind: _by_id([t for t in self.part.tags if t.kind == kind])
            for kind in ("check", "query", "assume", "alternative", "step")
        }
        words = {
            "check": ("check", "checks"),
            "query": ("query", "queries"),
            "assume": ("assumption", "assumptions"),
            "alternative": ("alternative", "alternatives"),
        }
        pieces: list[tuple[str, list[Tag]]] = []
        for kind, (one, many) in words.items():
            found = by_kind[kind]
            if found:
                pieces.append((f"{len(found)} {one if len(found) == 1 else many}", found))
        if by_kind["step"]:
            pieces.append(("step" if len(by_kind["step"]) == 1 else "steps", by_kind["step"]))
        if self.part.tree.process is not None:
            pieces.append(("the process", []))
        if not pieces:
            count = len(self.part.tree.declarations)
            pieces.append((f"{count} declaration{'' if count == 1 else 's'}", []))
        return pieces

    def __repr__(self) -> str:
        return f"fragment {self.part.fragment.name}: " + "; ".join(
            _phrase(phrase, [tag.id for tag in tags]) for phrase, tags in self._pieces()
        )

    def _repr_html_(self) -> str:
        fragment = self.part.fragment
        name = html.escape(fragment.name)
        address = html.escape(f"../{fragment.path.as_posix()}", quote=True)
        pieces = "; ".join(
            _phrase(phrase, [self._link(tag) for tag in tags]) for phrase, tags in self._pieces()
        )
        return (
            f'<p class="kbspec-fragment" id="{fragment.anchor}">fragment '
            f'<a href="{address}"><code>{name}</code></a>: '
            f"{pieces}</p>"
        )

    def _link(self, tag: Tag) -> str:
        shown = f"{tag.message}: {tag.text}".rstrip(": ") if isinstance(tag, StepTag) else tag.text
        title = html.escape(shown, quote=True)
        css = "kbspec-check" if isinstance(tag, CheckTag) else "kbspec-id"
        address = self.bibliography.link(tag.sources[0]) if tag.sources else None
        id = html.escape(tag.id)
        if address is None:
            return f'<span class="{css}" title="{title}">{id}</span>'
        return f'<a class="{css}" href="{html.escape(address, quote=True)}" title="{title}">{id}</a>'


def _by_id(tags: list[Tag]) -> list[Tag]:
    return list({tag.id: tag for tag in reversed(tags)}.values())[::-1]


def _phrase(phrase: str, ids: list[str]) -> str:
    if not ids:
        return phrase
    joined = ", ".join(ids)
    return f"{phrase} {joined}" if phrase.startswith("step") else f"{phrase} ({joined})"
