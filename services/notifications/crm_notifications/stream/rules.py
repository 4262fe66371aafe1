"""What of an event a page is told: enough to know what to read anew, nothing of what it says."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from fastapi.sse import format_sse_event

from crm_notifications.feed.rules import SCOPED_NOUNS, UNREAD_NOUNS, changed_of, noun_of
from crm_shared.actor import Access
from crm_shared.policies import Names, covers


def changed_record(envelope: Mapping[str, Any], hidden: Names) -> dict[str, Any]:
    """Return the news of a record: which, what happened, which fields; no values."""
    noun = noun_of(envelope["type"])
    names = hidden.get(noun, frozenset())
    return {
        "type": envelope["type"],
        "noun": noun,
        "id": envelope["subject"],
        "revision": envelope["revision"],
        "changed": [name for name in changed_of(envelope["data"]) if not covers(names, name)],
        "actor_id": envelope["actorid"],
        "time": envelope["time"],
        "bulk": envelope["bulk"],
    }


def may_listen(access: Access, noun: str, owner_id: UUID | None, team_id: UUID | None) -> bool:
    """Tell whether news of a record are for somebody: of everyday nouns, as far as he sees."""
    if noun not in SCOPED_NOUNS or not access.may_see(owner_id, team_id):
        return False
    is_unread = noun in UNREAD_NOUNS.get(access.actor.role, ())
    return not is_unread or owner_id == access.actor.id


def in_order(
    changes: Iterable[tuple[int, dict[str, Any]]], notices: Iterable[tuple[int, dict[str, Any]]]
) -> Iterator[bytes]:
    """Return records and notices as events of the stream, by position, notices last."""
    told = [(position, 0, "record", data) for position, data in changes]
    told += [(position, 1, "notice", data) for position, data in notices]
    told.sort(key=lambda one: one[:2])
    for place, (position, _, name, data) in enumerate(told):
        # only the last of a position may be named: a reader who comes back begins behind it
        is_last = place + 1 == len(told) or told[place + 1][0] != position
        yield format_sse_event(
            event=name,
            data_str=json.dumps(data, ensure_ascii=False, separators=(",", ":")),
            id=str(position) if is_last else None,
        )
