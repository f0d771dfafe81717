"""A model: fragments assembled into one file, verified, shown, weakened."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kbspec.assembly import Assembly
from kbspec.bibliography import Bibliography
from kbspec.changes import Changes
from kbspec.checking import (
    find_tag,
    fragment_error,
)  # fmt: skip
from kbspec.claims import Outcome, VerdictTable, normalised_claims
from kbspec.errors import (
    CertificateRejected,
    ClaimFailed,
    Interrupted,
    LimitReached,
    SpecificationError,
    VariantError,
)  # fmt: skip
from kbspec.evidence import checked_report
from kbspec.fault_search import DEFAULT_BOUND, DEFAULT_RUNS, fault_sets
from kbspec.faults import Faults
from kbspec.figures import figure_of, keep_trace
from kbspec.generated import emit, written
from kbspec.language import elaborate, parse_model, verify
from kbspec.listing import Listing
from kbspec.matrices import Matrix, matrix
from kbspec.matrix_records import ASSUMPTIONS, NECESSITY
from kbspec.progress import progress_bar
from kbspec.queries import asks_for_event, chart_title, query_id
from kbspec.tables import Table, show
from kbspec.tag_tables import sources_cell, step_table, tag_table
from kbspec.tags import Tag, find_tags
from kbspec.toggle_kinds import ASSUMPTION, BY_TAG, CHECK, TOGGLE_KINDS, ToggleKind, grouped
from kbspec.variants import TEXT_NAME, weaken
from kbspec.verdicts import ModelRecord, QueryRecord, digest, record_part

if TYPE_CHECKING:
    from appliedpi import core
    from appliedpi.errors import InputError
    from appliedpi.report import Report, Result
    from appliedpi.syntax.tree import ModelTree
    from kbspec.figures import Figure
    from kbspec.what_if import WhatIf

MODELS = Path("pv") / "models"
DEFAULT_TIMEOUT = 120.0
MEMORY = 8 * 2**30  # bytes


@dataclass(frozen=True, eq=False)
class Model:
    """A complete model. Build it with `spec.model(...)`.

    `toggled` are the toggles by which it differs from the model of `base` name.
    """

    base: str
    title: str
    root: Path
    chapter: str
    assembly: Assembly
    tree: ModelTree
    types: core.Model
    tags: tuple[Tag, ...]
    bibliography: Bibliography
    toggled: Mapping[ToggleKind, tuple[str, ...]] = field(default_factory=dict)
    _base_text: str = field(default="", repr=False)
    _reports: dict[str, Report] = field(default_factory=dict, repr=False)
    _evidence: dict[str, str] = field(default_factory=dict, repr=False)
    _fault_sets: dict[tuple[int, int], Faults] = field(default_factory=dict, repr=False)

    @property
    def removed(self) -> tuple[str, ...]:
        """The checks that it does without."""
        return self.toggled.get(CHECK, ())

    @property
    def violated(self) -> tuple[str, ...]:
        """The assumptions that do not hold in it."""
        return self.toggled.get(ASSUMPTION, ())

    def _changes(self) -> list[tuple[ToggleKind, str]]:
        return [(kind, id) for kind in TOGGLE_KINDS for id in self.toggled.get(kind, ())]

    @property
    def name(self) -> str:
        """`rcar`, `rcar-without-CHK-NONCE`, `rcar-violating-ASM-PCK-SAFE`, `rcar-with-ALT-SAMPLE`."""
        return self.base + "".join([kind.mark + id for kind, id in self._changes()])

    @property
    def label(self) -> str:
        """`rcar`, `rcar (without CHK-NONCE)`: for titles, in which the name would be too long."""
        return f"{self.base} ({', '.join(self.differences)})" if self.differences else self.base

    @property
    def differences(self) -> list[str]:
        """How it differs from the model of `base` name: `without CHK-NONCE`, `ASM-PCK-SAFE violated`."""
        return [kind.difference.format(id) for kind, id in self._changes()]

    @property
    def text(self) -> str:
        """The model as ProVerif reads it."""
        return self.assembly.text

    @property
    def path(self) -> Path:
        """Its file, relative to the root of the project."""
        return MODELS / f"{self.name}.pv"

    # --- tables of what the tags say --------------------------------------------------------------

    def queries(self) -> Table:
        """The properties, in English, with their sources."""
        return self._table("query", "Properties")

    def checks(self) -> Table:
        """The checks that the parties perform; `without` removes one."""
        return self._table("check", "Checks")

    def assumed(self) -> Table:
        """The assumptions; `assume` violates one."""
        return self._table("assume", "Assumptions")

    def alternatives(self) -> Table:
        """What may be there too; `use` adds one."""
        return self._table("alternative", "Alternatives")

    def steps(self) -> Table:
        """The messages of the protocol: who sends what to whom."""
        return step_table(self.name, self.tags, self.bibliography)

    def _table(self, kind: str, caption: str) -> Table:
        return tag_table(f"{caption} of {self.name}", kind, self.tags, self.assembly, self.bibliography)

    # --- verification -----------------------------------------------------------------------------

    def report(self, *, timeout: float | None = DEFAULT_TIMEOUT, backend: str = "builtin") -> Report:
        """What the verifier says of every query; computed once, or kept from an earlier run (`kbspec.cache`).

        The certificate of each *true* is checked in any case. Raises LimitReached at a limit,
        CertificateRejected where the verifier's certificate is not accepted.
        """
        found = self._reports.get(backend)
        if found is None:
            found = self._reports[backend] = self._verify(timeout, backend)
        return found

    def _verify(self, timeout: float | None, backend: str) -> Report:
        from appliedpi.errors import InputError, LimitExceeded

        options = {"timeout": timeout, "memory": MEMORY}  # what a verdict may depend on beside the text
        with progress_bar(self.name) as progress:

            def proved() -> Report:
                return verify(self.text, backend=backend, timeout=timeout, memory=MEMORY, progress=progress)

            try:
                if backend != "builtin":
                    return proved()
                report, evidence = checked_report(self.root, self.text, self.types, proved, options, progress)
                self._evidence.update(evidence)
                return report
            except KeyboardInterrupt:
                pass  # raised below, so that the interrupt does not hold on to the clauses made so far
            except CertificateRejected as error:
                raise CertificateRejected(
                    f"model {self.name}: {error.message}", advice=error.advice
                ) from None
            except InputError as error:
                raise self._located(error) from None
            except LimitExceeded as error:
                raise LimitReached(
                    f"model {self.name}: {error}",
                    advice="give verify(timeout=...) more seconds, or look for what makes resolution run on",
                ) from None
        raise Interrupted(f"model {self.name}: interrupted, nothing was concluded")

    def _located(self, error: InputError) -> SpecificationError:
        section = self.assembly.locate(error.place.line) if error.place is not None else None
        if section is None or error.place is None:
            return SpecificationError(f"model {self.name}: {error.message}", advice=error.advice)
        line = section.line_in_fragment(error.place.line)
        return fragment_error(section.fragment, line, error.place.column, error.message, error.advice)

    def verify(
        self,
        expect: Mapping[str, str] | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        backend: str = "builtin",
    ) -> VerdictTable:
        """Answer every query and hold the verdicts against the claims.

        `expect` maps each query's ID to "true", "false" or "cannot be proved"; of a query that asks whether
        an event can happen, "reachable" or "unreachable" says it more plainly. Without `expect` nothing is
        claimed and nothing recorded: for trying things out. Nor is anything recorded of `backend` "proverif".

        Raises ClaimFailed where a verdict differs, a query has no claim or a claim no query.
        """
        claims: dict[str, str] = {}
        if expect is not None:
            claims = normalised_claims(self.name, expect, self._reachability())
        report = self.report(timeout=timeout, backend=backend)
        outcomes = [self._outcome(result, claims, backend) for result in report.results]
        table = VerdictTable(self.name, self.title, tuple(outcomes))
        if expect is not None:
            differences = [
                f"{one.id}: {one.word}, but claimed {one.claim_word} ({one.statement})"
                for one in outcomes
                if not one.holds
            ]
            if differences:
                show(table)
                raise ClaimFailed(self.name, differences)
            if backend == "builtin":
                self._record(outcomes, report)
        return table

    def _reachability(self) -> dict[str, bool]:
        return {query_id(query): asks_for_event(query) for query in self.types.queries}

    def _outcome(self, result: Result, claims: Mapping[str, str], backend: str) -> Outcome:
        id = query_id(result.query)
        tag = find_tag(self.tags, "query", id)[0]
        sources = sources_cell(tag, self.bibliography).markup
        evidence = self._evidence[id] if backend == "builtin" else "ProVerif"
        figure: str | None = figure_of(self.name, id).as_posix()
        if result.trace is None or figure not in written(self.root, self.chapter):
            figure = None
        return Outcome(
            id,
            tag.text,
            f' <span class="kbspec-source">[{sources}]</span>' if sources else "",
            result.verdict.value,
            asks_for_event(result.query),
            evidence,
            claims.get(id),
            figure,
        )

    def _record(self, outcomes: Iterable[Outcome], report: Report) -> None:
        for result in report.results:
            if result.trace is not None:
                keep_trace(self.root, self.chapter, self.name, query_id(result.query), result.trace)
        queries = {
            one.id: QueryRecord(one.statement, one.claim_word, one.verdict)
            for one in outcomes
            if one.claim is not None
        }
        record_part(ModelRecord(self.name, self.chapter, self.title, digest(self.text), queries), self.root)

    def sequence(
        self, query: str, title: str | None = None, *, lanes: Mapping[str, str] | None = None
    ) -> Figure:
        """The run that the verifier found for a query: the honest run or the attack, as a sequence chart.

        `lanes` renames roles, for a fragment that is told of several worlds: {"Guest": "Realm"}.
        Raises SpecificationError where there is no such query, no trace of it, or no such role in it.
        """
        tag = find_tag(self.tags, "query", query)[0]
        for result in self.report().results:
            if query_id(result.query) == query:
                if result.trace is None:
                    raise SpecificationError(
                        f"{query} of {self.name}: the verdict is {result.verdict.value}, so it has no trace",
                        advice="draw a query whose verdict is false, or an event that is reachable",
                    )
                return self._figure(result, title or chart_title(result.query, tag), lanes)
        raise AssertionError(f"{query} was not answered")

    def _figure(self, result: Result, title: str, lanes: Mapping[str, str] | None) -> Figure:
        from kbspec.figures import draw

        assert result.trace is not None
        id = query_id(result.query)
        tag = find_tag(self.tags, "query", id)[0]
        kind = "A run of" if asks_for_event(result.query) else "An attack on"
        description = f"{kind} the model {self.name}. {tag.text} {result.trace.goal}"
        return draw(
            self.root, self.chapter, self.name, id, result.trace,
            title=title, description=description, lanes=lanes,
        )  # fmt: skip

    # --- variants ---------------------------------------------------------------------------------

    def without(self, *ids: str) -> Model:
        """This model with checks removed. Raises SpecificationError for an unknown ID, VariantError where the
        statement cannot be removed (see `kbspec.variants`)."""
        return self._written(self.varied("check", ids))

    def assume(self, *ids: str) -> Model:
        """This model with assumptions violated: what stands behind their tags runs. Raises as `without`."""
        return self._written(self.varied("assume", ids))

    def use(self, *ids: str) -> Model:
        """This model with alternatives: what stands behind their tags is there too. Raises as `without`."""
        return self._written(self.varied("alternative", ids))

    def _written(self, variant: Model) -> Model:
        emit(self.root, self.chapter, variant.path, variant.text)
        return variant

    def varied(self, kind: str, ids: tuple[str, ...]) -> Model:
        """This model with the statements behind tags of a kind (`check`, `assume`, `alternative`) changed;
        not written."""
        if not ids:
            raise VariantError(f"model {self.name}: no @{kind} is named")
        tags = [tag for id in dict.fromkeys(ids) for tag in find_tag(self.tags, kind, id)]
        try:
            weakened = weaken(self.text, self.tree, self.types, tags)
        except VariantError as error:
            raise self._variant_error(error, tags) from None
        tree = parse_model(weakened.text, TEXT_NAME)
        changed = BY_TAG[kind]
        return replace(
            self,
            _base_text=self._base_text or self.text,
            assembly=replace(self.assembly, text=weakened.text),
            tree=tree,
            types=elaborate([tree], {TEXT_NAME: weakened.text}),
            tags=find_tags(weakened.text),
            toggled={**self.toggled, changed: (*self.toggled.get(changed, ()), *ids)},
            _reports={},
            _evidence={},
            _fault_sets={},
        )

    def with_toggles(self, ids: Iterable[str]) -> Model:
        """This model with these toggles on, whichever kind each ID names; not written."""
        model = self
        for kind, chosen in grouped(ids, {tag.id: tag.kind for tag in self.tags}).items():
            model = model.varied(kind.tag, chosen)
        return model

    # --- matrices ---------------------------------------------------------------------------------

    def necessity(
        self, redundant: Mapping[str, str] | None = None, timeout: float | None = DEFAULT_TIMEOUT
    ) -> Matrix:
        """Each check removed in turn, every query answered: what each check buys.

        `redundant` says in one sentence, by ID, why removing a check alone changes no verdict. Raises
        ClaimFailed where such a sentence is missing, or given for a check whose removal changes one.
        """
        return matrix(self, NECESSITY, redundant or {}, timeout)

    def assumptions(
        self, harmless: Mapping[str, str] | None = None, timeout: float | None = DEFAULT_TIMEOUT
    ) -> Matrix:
        """Each assumption violated in turn, every query answered: what rests on each assumption.

        `harmless` says in one sentence, by ID, why a violation alone changes no verdict. Raises as
        `necessity`.
        """
        return matrix(self, ASSUMPTIONS, harmless or {}, timeout)

    def _variant_error(self, error: VariantError, tags: list[Tag]) -> VariantError:
        section = self.assembly.locate(tags[0].line)
        if error.where or section is None:
            return error
        where = section.fragment.where(section.line_in_fragment(tags[0].line), tags[0].column)
        return VariantError(error.message, where=where, advice=error.advice)

    def fault_sets(
        self, bound: int = DEFAULT_BOUND, timeout: float | None = DEFAULT_TIMEOUT, runs: int = DEFAULT_RUNS
    ) -> Faults:
        """Every minimal set of checks removed, assumptions violated and alternatives used that breaks each
        property.

        All sets of at most `bound` toggles are considered, and larger ones as far as a fixed number of steps
        of the verifier, and then at most so many `runs` of variants, allow; the answer says how far it is
        complete.
        """
        if (bound, runs) not in self._fault_sets:
            self._fault_sets[bound, runs] = fault_sets(self, bound, timeout, runs)
        return self._fault_sets[bound, runs]

    def what_if(self) -> WhatIf:
        """A panel: tick toggles on, and see what becomes of the properties, and how.

        In the HTML book and in a terminal, a sentence and the table of all fault sets.
        """
        from kbspec.what_if import WhatIf

        return WhatIf(self)

    def show(self) -> Listing:
        """The whole text, highlighted."""
        return Listing(self.path.as_posix(), self.text)

    def changes(self) -> Changes:
        """The lines in which this variant differs from its base."""
        return Changes(self.name, self.base, self._base_text or self.text, self.text)

    # --- how it shows -----------------------------------------------------------------------------

    def _summary(self) -> str:
        counts = [
            (len({section.fragment.name for section in self.assembly.sections}), "fragment"),
            (len({tag.id for tag in self.tags if tag.kind == "check"}), "check"),
            (len(self.types.queries), "query"),
        ]
        words = [f"{count} {_plural(word, count)}" for count, word in counts]
        return ", ".join([*words, *self.differences])

    def _repr_html_(self) -> str:
        path = self.path.as_posix()
        return (
            f'<p class="kbspec-model" id="model-{self.name}">model <strong>{self.name}'
            f"</strong> ({html.escape(self.title)}): {html.escape(self._summary())} → "
            f'<a href="../{html.escape(path)}">{html.escape(path)}</a></p>'
        )

    def __repr__(self) -> str:
        return f"model {self.name} ({self.title}): {self._summary()} → {self.path.as_posix()}"


def _plural(word: str, count: int) -> str:
    if count == 1:
        return word
    return "queries" if word == "query" else word + "s"
