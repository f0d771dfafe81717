"""The only door from the literate layer to the verifier: parse, type-check, verify, all by `appliedpi`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appliedpi import core
    from appliedpi.families import FaultSets
    from appliedpi.limits import Progress
    from appliedpi.report import Report
    from appliedpi.syntax.tree import ModelTree


def parse_fragment(text: str, name: str) -> ModelTree:
    """The syntax tree of a fragment: declarations, with or without the process. Raises InputError."""
    from appliedpi.syntax import parse_fragment

    return parse_fragment(text, name)


def parse_model(text: str, name: str) -> ModelTree:
    """The syntax tree of a complete model. Raises InputError."""
    from appliedpi.syntax import parse_model

    return parse_model(text, name)


def elaborate(trees: Iterable[ModelTree], sources: Mapping[str, str]) -> core.Model:
    """Type-check the declarations of `trees` in order, with the process of the one that has it, or `0`.

    `sources` gives the text of each file name in the places of the trees. Raises InputError.
    """
    from appliedpi import typing
    from appliedpi.syntax.tree import DeclarationTree, ModelTree, Nil, ProcessTree

    declarations: list[DeclarationTree] = []
    process: ProcessTree | None = None
    for tree in trees:
        declarations += tree.declarations
        process = tree.process or process
    return typing.elaborate(ModelTree(tuple(declarations), process or Nil()), [], sources=dict(sources))


def breaking_sets(
    text: str, bound: int, timeout: float | None, *, steps: int | None = None, further: int | None = None
) -> dict[str, FaultSets] | None:
    """By the name of each query, the minimal sets of tags that may break it, as `appliedpi.families` finds
    them in one saturation of at most `steps` steps, and then those above `bound` in `further` steps.

    None where the proof of the model uses what may not hold in its variants. Raises InputError or
    LimitExceeded.
    """
    from appliedpi.families import DEFAULT_STEPS, NotUnderstood, fault_sets, load_family
    from appliedpi.limits import Limits

    above = DEFAULT_STEPS if further is None else further
    try:
        found = fault_sets(load_family(text), bound=bound, steps=above, limits=Limits(timeout, steps=steps))
    except NotUnderstood:
        return None
    return {one.query.name or "": one for one in found}


def verify(
    text: str,
    *,
    backend: str = "builtin",
    timeout: float | None = None,
    memory: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Answer the queries of a model, each *true* with its certificate where its kind has one.

    Raises InputError or LimitExceeded.
    """
    import appliedpi

    return appliedpi.verify(
        text, backend=backend, timeout=timeout, memory=memory, progress=progress, certificates=True
    )


def refute(
    model: core.Model,
    *,
    timeout: float | None,
    memory: int,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Look for an attack on each query of a model; no *true* gets a certificate. Raises as `verify`."""
    from appliedpi.engine import prove
    from appliedpi.limits import Limits
    from appliedpi.report import Report

    results = prove(model, limits=Limits(timeout, memory), progress=progress)
    return Report(results[len(results) - len(model.queries) :], (), 0.0, "builtin")


def certificate_check(model: core.Model) -> Callable[[str, core.Query], tuple[str, ...]]:
    """A check of certificates of this model: given the text of one and the query that it should be of, it
    tells what the certificate relies on: lemmas, axioms and restrictions.

    It raises AppliedPiError where the independent checker does not accept the certificate, or where that is
    not about this query of this model. What the certificates share is checked once.
    """
    from appliedpi.certificates import Statements
    from appliedpi.check import Checker, Rejected

    checker, statements = Checker(), Statements(model)

    def relies_on(certificate: str, query: core.Query) -> tuple[str, ...]:
        accepted = checker.check(certificate)
        if accepted.query != query.text or not statements.agree(certificate):
            raise Rejected("it proves something else than this query of this model")
        return accepted.relies_on

    return relies_on


def family_check(text: str) -> Callable[[FaultSets], None]:
    """A check of what `breaking_sets` says of this model: that no other set breaks the query.

    It raises AppliedPiError where the independent checker does not accept the certificate, or where that is
    not about this query of this model, its tags, and the sets found. What the certificates share is checked
    once.
    """
    from appliedpi.certificates import Statements
    from appliedpi.check import Checker, Rejected
    from appliedpi.families import load_family

    family = load_family(text)
    checker, statements = Checker(), Statements(family.model)

    def proves(found: FaultSets) -> None:
        assert found.certificate is not None
        accepted = checker.check(found.certificate)
        scope = accepted.scope
        listed = {family.names(label) for label in (*scope.apart, *scope.breaks)}
        claimed = (scope.toggles, scope.bound, listed)
        if (
            accepted.query != found.query.text
            or claimed != (family.toggles, found.complete_up_to, {*found.sets})
            or not statements.agree(found.certificate)
        ):
            raise Rejected("it proves something else than what was found of this query of this model")

    return proves
