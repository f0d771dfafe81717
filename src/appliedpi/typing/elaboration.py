"""From the syntax tree to the core model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliedpi import core
from appliedpi.recursion import deep_recursion
from appliedpi.syntax import tree
from appliedpi.typing.declarations import Declarations
from appliedpi.typing.environment import Context
from appliedpi.typing.expansion import expand_macros
from appliedpi.typing.model_queries import ModelQueries
from appliedpi.typing.numbering import numbered
from appliedpi.typing.query_terms import QueryTerms
from appliedpi.typing.secrecy import published
from appliedpi.typing.settings import read_setting


def elaborate(
    model: tree.ModelTree,
    libraries: Sequence[tree.ModelTree] = (),
    *,
    sources: Mapping[str, str] | None = None,
    keeps_assumptions: bool = False,
) -> core.Model:
    """The core model of `model`, with the declarations of `libraries` before its own.

    `sources` maps file names, as in the places of the trees, to their texts; errors then show the line.
    `keeps_assumptions` keeps what stands behind a tagged `if false`, which never runs (see `families`).
    Raises InputError for whatever ProVerif 2.05 would reject, and for what this verifier does not handle.
    """
    with deep_recursion():
        return _Elaboration(model, libraries, sources or {}, keeps_assumptions).model()


class _Elaboration:
    def __init__(
        self,
        model: tree.ModelTree,
        libraries: Sequence[tree.ModelTree],
        sources: Mapping[str, str],
        keeps_assumptions: bool,
    ) -> None:
        self._tree = model
        written = [declaration for library in libraries for declaration in library.declarations]
        written += model.declarations
        self._context = Context(sources, ignore_types=True)
        self._context.keeps_assumptions = keeps_assumptions
        # ProVerif reads all settings before anything else, wherever they stand.
        self._settings = self._read_settings(written)
        self._context.ignore_types = self._settings.get("ignoreTypes", "true") != "false"
        self._declared = expand_macros(written, self._context)
        self._context.global_references = self._references()

    def model(self) -> core.Model:
        declarations = Declarations(self._context)
        for declaration in self._declared:
            declarations.add(declaration)
        if self._tree.process is None:
            raise self._context.error(
                "the model has no process", self._tree.place, "end it with: process ..."
            )
        self._context.start(declaring=False)
        process = numbered(declarations.processes.process(self._tree.process, declarations.environment, 0))
        terms = QueryTerms(declarations.expressions, process)
        queries = ModelQueries(
            self._context, self._declared, process, terms, self._settings.get("keyCompromise", "none")
        )
        queries.read()
        return core.Model(
            constructors=tuple(declarations.constructors),
            tuples=dict(sorted(self._context.tuples.items())),
            free_names=(*declarations.free_names, *queries.channels.values()),
            destructors=declarations.destructors,
            equations=tuple(declarations.equations),
            events=(*declarations.events, *queries.events.values()),
            tables=tuple(declarations.tables),
            process=published(process, queries.events, queries.channels),
            queries=tuple(queries.queries),
            secrecy_assumptions=tuple(queries.secrecy),
            selections=tuple(queries.selections),
            assumptions=tuple(queries.assumptions),
            settings=self._settings,
            warnings=self._context.warnings,
        )

    def _read_settings(self, declarations: list[tree.DeclarationTree]) -> dict[str, str]:
        settings: dict[str, str] = {}
        for declaration in declarations:
            if isinstance(declaration, tree.SettingDeclaration):
                read = read_setting(declaration, self._context)
                if read is not None:
                    settings[read[0]] = read[1]
        return settings

    def _references(self) -> set[str]:
        """The variables of the process that a `secret` query or `public_vars` refers to."""
        names: set[str] = set()
        for declaration in self._declared:
            if isinstance(declaration, tree.QueryDeclaration):
                for query in declaration.queries:
                    names.update(query.public_variables)
                    if isinstance(query, tree.SecretQuery):
                        names.add(query.name)
        return names
