"""Giving records to other owners, whatever noun they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts import events
from crm_contacts.activities.models import Activity
from crm_contacts.belongings.rules import Owned
from crm_contacts.call_lists.models import CallList
from crm_contacts.cases.models import Case
from crm_contacts.cases.use_cases.announcements import said as case_said
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.lead_forms.models import LeadForm
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases.announcements import said
from crm_contacts.segments.models import Segment
from crm_contacts.tasks.models import Task
from crm_contacts.versions.use_cases import announce_many, changes_told
from crm_shared.events import outbox
from crm_shared.events.envelope import Event

# the events that tell of another owner; leads and cases have one of their own
TOLD: Mapping[type[Any], tuple[type[Any], type[BaseModel], str]] = {
    Contact: (events.ContactUpdated, events.ContactFacts, "contact"),
    Company: (events.CompanyUpdated, events.CompanyFacts, "company"),
    Task: (events.TaskUpdated, events.TaskFacts, "task"),
    Activity: (events.ActivityUpdated, events.ActivityFacts, "activity"),
    LeadForm: (events.LeadFormUpdated, events.LeadFormFacts, "lead_form"),
    Segment: (events.SegmentUpdated, events.SegmentFacts, "segment"),
    CallList: (events.CallListUpdated, events.CallListFacts, "call_list"),
}


async def give(
    session: AsyncSession, gifts: Sequence[tuple[Owned, UUID]], teams: Mapping[UUID, UUID | None]
) -> int:
    """Give each record to its new owner, in his first team, and announce each; return how many.

    A record that is his already says nothing.
    """
    kept: list[tuple[Any, Event, datetime | None]] = []
    plain: list[tuple[Any, Event, datetime | None]] = []
    for row, owner_id in gifts:
        _set(row, owner_id, teams.get(owner_id))
        event = _event(row)
        if event is not None:
            # tasks and activities have their history in the event log
            (plain if isinstance(row, Task | Activity) else kept).append((row, event, None))
    if kept:
        await announce_many(session, kept)
    if plain:
        await outbox.record_many(session, plain)
    return len(kept) + len(plain)


def _set(row: Owned, owner_id: UUID, team_id: UUID | None) -> None:
    if isinstance(row, Lead):
        row.apply({"owner_id": owner_id, "team_id": team_id})
        return
    if isinstance(row, Case):
        # what came into a queue stays with the team that works on the queue
        row.team_id = row.team_id if row.queue_id is not None else team_id
        row.owner_id = owner_id
        return
    row.team_id = team_id
    if isinstance(row, Task | Activity):
        row.assignee_id = owner_id
    else:
        row.owner_id = owner_id


def _event(row: Owned) -> Event | None:
    if isinstance(row, Lead):
        assigned = said(events.LeadAssigned, row)
        return assigned if assigned.changed else None
    if isinstance(row, Case):
        given = case_said(events.CaseAssigned, row)
        return given if given.changed else None
    kind, facts, noun = TOLD[type(row)]
    changes = changes_told(row, facts)
    if not changes:
        return None
    told = {noun: facts.model_validate(row)}
    event: Event = kind(**told, changed=changes.changed, previous=changes.previous)
    return event
