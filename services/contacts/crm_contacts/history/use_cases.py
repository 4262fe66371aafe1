"""Reading histories."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.history import queries
from crm_contacts.history.rules import changes_between, newest_first, spans_of
from crm_contacts.timeline.queries import names_of
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.http.hiding import hidden_of, without
from crm_shared.policies import CUSTOM_FIELDS


async def read_history(
    session: AsyncSession, noun: str, row_id: UUID, *, before: int | None, limit: int
) -> dict[str, Any]:
    """Return one page of a record's changes, the newest first; hidden fields are not told."""
    hidden = hidden_of(noun)
    # one more than is shown: each change is told against the version before it
    versions = await queries.versions_before(session, row_id, before=before, limit=limit + 1)
    names = await names_of(session, {one.actor_id for one in versions})
    told = [(one, other.data) for one, other in pairwise(versions)]
    # the first version has none before it: everything in it is its change
    if versions and len(versions) <= limit:
        told.append((versions[-1], {}))
    items = [
        {
            "revision": version.revision,
            "at": version.at,
            "actor_id": version.actor_id,
            "actor_name": names.get(version.actor_id),
            "changes": [
                change._asdict()
                for change in changes_between(
                    _shown(previous, hidden), _shown(version.data, hidden)
                )
            ],
        }
        for version, previous in told
    ]
    return {"items": items, "next_before": items[-1]["revision"] if len(versions) > limit else None}


def _shown(data: Mapping[str, Any], hidden: frozenset[str]) -> Mapping[str, Any]:
    """Return a version without what is hidden; custom fields that are personal stand apart."""
    if not hidden:
        return data
    shown = {name: dict(one) if isinstance(one, dict) else one for name, one in data.items()}
    personal = {CUSTOM_FIELDS: shown.pop("personal_fields", None)}
    without(personal, hidden)
    if personal.get(CUSTOM_FIELDS) is not None:
        shown["personal_fields"] = personal[CUSTOM_FIELDS]
    return without(shown, hidden)


async def read_owners(session: AsyncSession, row_id: UUID) -> dict[str, Any]:
    """Return whose a record was at any time, the newest first."""
    spans = spans_of(await queries.moments_of(session, row_id, ("owner_id", "team_id")))
    names = await names_of(session, {UUID(one.value[0]) for one in spans if one.value[0]})
    return {
        "items": [
            {
                "owner_id": one.value[0],
                "owner_name": names.get(UUID(one.value[0])) if one.value[0] else None,
                "team_id": one.value[1],
                "since": one.since,
                "until": one.until,
                "changed_by": one.by,
            }
            for one in newest_first(spans)
        ]
    }


async def read_status(session: AsyncSession, row_id: UUID, column: str) -> dict[str, Any]:
    """Return a client's status, how he came to it, and the next step; `column` names him."""
    spans = newest_first(spans_of(await queries.moments_of(session, row_id, ("lifecycle_stage",))))
    # a task that was made for a merged record is still to be done for this one
    one_with_it = (await aliases.groups(session, {row_id}))[row_id]
    return {
        "status": spans[0].value[0] if spans else None,
        "since": spans[0].since if spans else None,
        "history": [
            {
                "status": one.value[0],
                "since": one.since,
                "until": one.until,
                "changed_by": one.by,
            }
            for one in spans
        ],
        "next_step": await next_step_of(session, one_with_it, column),
    }


async def next_step_of(
    session: AsyncSession, ids: Collection[UUID], column: str
) -> RowMapping | None:
    """Return the next thing that somebody has to do about a client."""
    return min(await queries.next_steps(session, column, ids), key=_when, default=None)


def _when(step: RowMapping) -> tuple[bool, datetime]:
    """What has a time comes before what may wait."""
    due_at: datetime | None = step["due_at"]
    return due_at is None, due_at or utc_now()
