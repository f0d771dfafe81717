"""Queries in the words of the book: their IDs, and whether they ask for a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kbspec.tags import Tag

if TYPE_CHECKING:
    from appliedpi import core


def query_id(query: core.Query) -> str:
    """The ID of a query's tag; every query of an assembled model has one."""
    assert query.name is not None
    return query.name


def asks_for_event(query: core.Query) -> bool:
    """Whether the query asks if events can happen, and not if something bad never does.

    Something bad is what the attacker knows, also where events are named with it.
    """
    from appliedpi.core import QueryEvent

    return query.is_reachability and all(isinstance(atom, QueryEvent) for atom in query.premises)


def chart_title(query: core.Query, tag: Tag) -> str:
    """What stands above a chart where the chapter gives no title: whether it is an attack comes first."""
    kind = "Honest run" if asks_for_event(query) else f"Attack on {query_id(query)}"
    return f"{kind}: {tag.text}"
