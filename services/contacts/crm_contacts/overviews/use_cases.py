"""Putting an overview together."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts import permissions as rights
from crm_contacts.history.use_cases import next_step_of
from crm_contacts.overviews import queries
from crm_contacts.tasks.models import Task
from crm_contacts.timeline.endpoints import LISTING as TIMELINE
from crm_contacts.timeline.queries import entries_of_client
from crm_contacts.timeline.use_cases import read_timeline
from crm_contacts.users.queries import get_user
from crm_shared.actor import Access, Actor, Permission
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.http.pagination import SearchIn

ENTRIES = 20
# what a colleague who takes over wants to know; the rest is behind the list's link
CALLS_OF = timedelta(days=30)
COUNTED = {
    "contacts": rights.READ_CONTACTS,
    "companies": rights.READ_COMPANIES,
    "leads": rights.READ_LEADS,
    "tasks": rights.READ_TASKS,
    "activities": rights.READ_ACTIVITIES,
    "cases": rights.READ_CASES,
}
NOT_SEEN = dict.fromkeys(
    (
        "contacts",
        "companies",
        "open_leads",
        "open_tasks",
        "overdue_tasks",
        "planned_activities",
        "open_cases",
        "late_cases",
    )
)


def _reach(actor: Actor, right: Permission) -> Access | None:
    scope = right.reach(actor)
    return None if scope is None else Access(actor, scope)


async def client_overview(
    session: AsyncSession, actor: Actor, client: Any, column: str
) -> dict[str, Any]:
    """Return all that is known here of a client; `column` names him in other records.

    Each part lies within the scope that its own right gives; without the right it is empty.
    """
    ids = (await aliases.groups(session, {client.id}))[client.id]
    told: dict[str, Any] = {
        "client": client,
        "next_step": await next_step_of(session, ids, column),
        "timeline": [],
    }
    if (tasks := _reach(actor, rights.READ_TASKS)) is not None:
        told["tasks"] = await queries.open_tasks(session, tasks, getattr(Task, column), ids)
    for name, right, read in (
        ("activities", rights.READ_ACTIVITIES, queries.planned),
        ("cases", rights.READ_CASES, queries.open_cases),
        ("leads", rights.READ_LEADS, queries.leads),
        ("notes", rights.READ_NOTES, queries.notes),
        ("feedback", rights.READ_CASES, queries.answers),
    ):
        access = _reach(actor, right)
        told[name] = [] if access is None else await read(session, access, column, ids)
    if (history := _reach(actor, rights.READ_TIMELINE)) is not None:
        entries = await entries_of_client(session, history, client.id)
        latest = TIMELINE.search(SearchIn(limit=ENTRIES))
        told["timeline"] = (await read_timeline(session, entries, latest)).items
    return {**told, "tasks": told.get("tasks", []), "elsewhere": _of_client(client.id, column)}


def _of_client(client_id: UUID, column: str) -> dict[str, str]:
    return {
        "deals": f"/v1/deals/overview?{column}={client_id}",
        "messages": f"/v1/messages?{column}={client_id}",
        "calls": f"/v1/calls?{column}={client_id}",
    }


async def user_overview(session: AsyncSession, actor: Actor, user_id: UUID) -> dict[str, Any]:
    """Return what a user has and has to do, as far as the caller may see it."""
    user, now = await get_user(session, user_id), utc_now()
    wanted: dict[str, Select[int]] = {}
    for noun, right in COUNTED.items():
        if (access := _reach(actor, right)) is not None:
            wanted |= queries.belongings(access, noun, user_id, now)
    work = dict((await queries.counts(session, wanted))._mapping) if wanted else {}
    calls, tasks = _reach(actor, rights.READ_CALLS), _reach(actor, rights.READ_TASKS)
    since = now - CALLS_OF
    talked = None if calls is None else await queries.calls(session, calls, user_id, since)
    return {
        "user": user,
        "work": {**NOT_SEEN, **work},
        "calls": None if talked is None else {"since": since, **talked._mapping},
        "tasks": []
        if tasks is None
        else await queries.open_tasks(session, tasks, Task.assignee_id, [user_id]),
        "elsewhere": {
            "deals": f"/v1/deals/overview?owner_id={user_id}",
            "figures": "/v1/metrics",
        },
    }
