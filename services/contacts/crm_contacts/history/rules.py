"""What a row of versions says: changes between two, and how long something was so."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

# set with every change, or never again
UNTOLD = frozenset({"created_at", "updated_at"})


class Change(NamedTuple):
    """One field before and after."""

    field: str
    old: Any
    new: Any


class Moment(NamedTuple):
    """What something was from one revision on, and who made it so."""

    at: datetime
    by: UUID
    value: Any


class Span(NamedTuple):
    """How long something was so; `until` is None while it still is."""

    value: Any
    since: datetime
    until: datetime | None
    by: UUID


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what differs between two versions."""
    return [
        Change(name, before.get(name), after.get(name))
        for name in sorted((before.keys() | after.keys()) - UNTOLD)
        if before.get(name) != after.get(name)
    ]


def spans_of(moments: Iterable[Moment]) -> list[Span]:
    """Return without gaps and overlaps what something was when, the oldest first."""
    turns: list[Moment] = []
    for moment in moments:
        if not turns or turns[-1].value != moment.value:
            turns.append(moment)
    ended = [Span(one.value, one.at, following.at, one.by) for one, following in pairwise(turns)]
    return [*ended, *(Span(one.value, one.at, None, one.by) for one in turns[-1:])]


def newest_first(spans: Sequence[Span]) -> list[Span]:
    """Return spans as people read them."""
    return list(reversed(spans))
