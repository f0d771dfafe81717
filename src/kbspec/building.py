"""Build a model from its fragments: assemble, check, write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kbspec.assembly import assemble
from kbspec.bibliography import Bibliography
from kbspec.checking import CheckedFragment, check_types, fragment_error, pointing_into, read_checked
from kbspec.errors import FragmentError, SpecificationError
from kbspec.fragments import Registry
from kbspec.generated import emit, other_writer
from kbspec.language import elaborate, parse_model
from kbspec.models import MODELS, Model
from kbspec.tags import QueryTag, find_tags
from kbspec.variants import TEXT_NAME


def build_model(
    registry: Registry,
    checked: Mapping[str, CheckedFragment],
    bibliography: Bibliography,
    name: str,
    fragments: Iterable[str],
    title: str,
) -> Model:
    """Assemble, check and write a model. `checked` are fragments that need not be parsed again.

    Raises FragmentError; nothing is written then.
    """
    if registry.chapter is None:
        raise SpecificationError("no chapter is being written", advice='say spec.chapter("NN-title") first')
    owner = other_writer(registry.root, registry.chapter, MODELS / f"{name}.pv")
    if owner is not None:
        raise SpecificationError(
            f"model {name} is already in chapter {owner}",
            advice=f"choose another name (if it moved here, execute {owner} again)",
        )
    parts = [
        known
        if (known := checked.get(one.name)) is not None and known.fragment == one
        else read_checked(one, bibliography)
        for one in registry.closure(fragments)
    ]
    assembly = assemble(name, title, parts)
    check_types(parts)  # errors point into the cells
    tree = pointing_into([], lambda: parse_model(assembly.text, TEXT_NAME))
    types = pointing_into([], lambda: elaborate([tree], {TEXT_NAME: assembly.text}))
    model = Model(
        name,
        title,
        registry.root,
        registry.chapter,
        assembly,
        tree,
        types,
        find_tags(assembly.text),
        bibliography,
    )
    _check_queries(model)
    emit(registry.root, model.chapter, model.path, model.text)
    return model


def _check_queries(model: Model) -> None:
    seen: dict[str, int] = {}
    for query in model.types.queries:
        section = model.assembly.locate(query.place.line)
        id = query.name
        if id is not None and id not in seen:
            seen[id] = query.place.line
            continue
        message = (
            "a query without a name"
            if id is None
            else f"two queries have the ID {id} (the other: line {seen[id]} of the model)"
        )
        advice = "write (*@query ID [source] What it says in English. *) directly before it"
        if section is None:
            raise FragmentError(message, advice=advice)
        line = section.line_in_fragment(query.place.line)
        raise fragment_error(section.fragment, line, query.place.column, message, advice)
    for tag in model.tags:
        if isinstance(tag, QueryTag) and tag.id not in seen:
            section = model.assembly.locate(tag.line)
            message = f"the tag @query {tag.id} stands before no query"
            if section is None:
                raise FragmentError(message)
            raise fragment_error(
                section.fragment, section.line_in_fragment(tag.line), tag.column, message, None
            )
