"""What can be done to an activity."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities import queries
from crm_contacts.activities.errors import (
    ActivityExistsError,
    ActivityNotFoundError,
    ActivityOutsideScopeError,
    InTheFutureError,
)
from crm_contacts.activities.models import Activity, ActivityStatus
from crm_contacts.activities.rules import is_word_with_client, next_due
from crm_contacts.events import (
    ActivityCancelled,
    ActivityCompleted,
    ActivityCreated,
    ActivityFacts,
    ActivityMissed,
    ActivityReopened,
    ActivityRescheduled,
    ActivityUpdated,
)
from crm_contacts.leads.use_cases import note_answer
from crm_contacts.users.queries import first_team
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events import outbox
from crm_shared.ids import new_id

Move = (
    ActivityUpdated
    | ActivityRescheduled
    | ActivityCompleted
    | ActivityMissed
    | ActivityCancelled
    | ActivityReopened
)
# What only a new activity is told; later it has a verb of its own.
AT_THE_START = {"status", "due_at", "completed_at", "is_promise", "channel", "agreed_at"}
# what follows from other fields is not told as a change of its own
BOOKKEEPING = frozenset({"breached_at", "next_reminder_at"})
# another system's later word changes what an activity is about, not how it stands: that has verbs
FOR_GOOD = {*AT_THE_START, "recurrence", "source_system", "external_id"}


CLIENTS = ("contact_id", "company_id")


async def create_activity(
    session: AsyncSession, access: Access, values: Mapping[str, Any], *, zone: ZoneInfo
) -> Activity:
    """Plan a contact with a client, or tell of one; without an assignee it is one's own."""
    given = await aliases.resolved(session, values, CLIENTS)
    is_done, completed_at = given.pop("status", None) == ActivityStatus.DONE, None
    if is_done:
        completed_at = _past(given.pop("completed_at", None), "completed_at")
    activity = new_activity({"assignee_id": access.actor.id, **given})
    if activity.team_id is None and activity.assignee_id is not None:
        activity.team_id = await first_team(session, activity.assignee_id)
    if not access.may_see(activity.assignee_id, activity.team_id):
        raise ActivityOutsideScopeError
    await _add(session, activity)
    if is_done:
        await complete_activity(session, activity, {}, zone=zone, at=completed_at)
    return activity


def new_activity(values: Mapping[str, Any], *, at: datetime | None = None) -> Activity:
    """Make the row; a promise without time or channel is refused."""
    activity = Activity(id=new_id(), created_at=at or utc_now())
    standard = {
        "status": ActivityStatus.PLANNED,
        "subject": "",
        "is_promise": False,
        "reschedules": 0,
        "contact_ids": [],
        "user_ids": [],
        "occurrence": 1,
        "reminders": [],
    }
    for name, value in {**standard, **values}.items():
        setattr(activity, name, value)
    activity.keep_its_word()
    activity.look_forward(after=utc_now())
    return activity


def facts_of(activity: Activity) -> ActivityFacts:
    return ActivityFacts.model_validate(activity)


async def update_activity(
    session: AsyncSession, access: Access, activity: Activity, values: Mapping[str, Any]
) -> Activity:
    """Change an activity and announce it; a change that changes nothing says nothing."""
    _apply(access, activity, await aliases.resolved(session, values, CLIENTS))
    await _announce(session, activity, ActivityUpdated)
    return activity


async def complete_activity(
    session: AsyncSession,
    activity: Activity,
    values: Mapping[str, Any],
    *,
    zone: ZoneInfo,
    at: datetime | None = None,
) -> Activity:
    """Say that it took place and how; a series goes on with its next occurrence."""
    activity.complete(at=at or utc_now())
    for name, value in values.items():
        setattr(activity, name, value)
    # after filling in: what began tomorrow cannot have taken place
    _past(activity.started_at, "started_at")
    await _announce(session, activity, ActivityCompleted)
    if is_word_with_client(activity.kind, activity.direction, activity.outcome):
        await note_answer(session, activity.lead_id, at=activity.completed_at)
    await _go_on(session, activity, zone)
    return activity


async def miss_activity(
    session: AsyncSession, activity: Activity, *, zone: ZoneInfo, at: datetime | None = None
) -> Activity:
    """Say that it did not take place; a series goes on with its next occurrence."""
    activity.miss(at=at or utc_now())
    await _announce(session, activity, ActivityMissed)
    await _go_on(session, activity, zone)
    return activity


async def cancel_activity(session: AsyncSession, activity: Activity) -> Activity:
    """Call an activity off, and with it the rest of its series."""
    activity.cancel(at=utc_now())
    await _announce(session, activity, ActivityCancelled)
    return activity


async def reschedule_activity(
    session: AsyncSession, activity: Activity, due_at: datetime, *, by_agreement: bool
) -> Activity:
    """Put an activity at another time and count that; the same time again says nothing."""
    if due_at != activity.due_at or activity.status != ActivityStatus.PLANNED:
        activity.reschedule(due_at, by_agreement=by_agreement, at=utc_now())
        await _announce(session, activity, ActivityRescheduled)
    return activity


async def reopen_activity(
    session: AsyncSession, activity: Activity, due_at: datetime | None
) -> Activity:
    """Plan a closed activity again."""
    activity.reopen(due_at)
    await _announce(session, activity, ActivityReopened)
    return activity


async def write_activity(
    session: AsyncSession, access: Access, values: Mapping[str, Any], *, zone: ZoneInfo
) -> tuple[Activity, bool]:
    """Create an activity, or change the one that its external id names; tell whether it is new."""
    system, external_id = values.get("source_system"), values.get("external_id")
    activity = None
    if system is not None and external_id is not None:
        activity = await queries.find_by_external(session, system, external_id)
    if activity is None:
        return await create_activity(session, access, values, zone=zone), True
    if not access.may_see(activity.assignee_id, activity.team_id):
        raise ActivityNotFoundError(str(external_id))
    plain = {name: value for name, value in values.items() if name not in FOR_GOOD}
    _apply(access, activity, plain)
    due_at = values.get("due_at")
    if values.get("status") == ActivityStatus.DONE and activity.status != ActivityStatus.DONE:
        at = _past(values.get("completed_at"), "completed_at")
        await complete_activity(session, activity, {}, zone=zone, at=at)
    # told as rescheduled, so that promises and reminders move with it
    elif due_at not in (None, activity.due_at) and activity.status == ActivityStatus.PLANNED:
        activity.reschedule(due_at, by_agreement=False, at=utc_now())
        await _announce(session, activity, ActivityRescheduled)
    else:
        await _announce(session, activity, ActivityUpdated)
    return activity, False


def _apply(access: Access, activity: Activity, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(activity, name, value)
    if "reminders" in values:
        activity.look_forward(after=utc_now())
    if not access.may_see(activity.assignee_id, activity.team_id):
        raise ActivityOutsideScopeError


def _past(at: datetime | None, field: str) -> datetime | None:
    if at is not None and at > utc_now():
        raise InTheFutureError(field)
    return at


async def _add(session: AsyncSession, activity: Activity) -> None:
    session.add(activity)
    event = ActivityCreated(activity=facts_of(activity), changed=[], previous={})
    try:
        await outbox.record(session, activity, event)
    except IntegrityError as taken:
        raise ActivityExistsError from taken


async def _announce(session: AsyncSession, activity: Activity, kind: type[Move]) -> None:
    if changes := outbox.changes_of(activity, ActivityFacts):
        told = [name for name in changes.changed if name not in BOOKKEEPING]
        event = kind(activity=facts_of(activity), changed=told, previous=changes.previous)
        # a contact that took place earlier is told with its own time
        at = activity.completed_at if kind is ActivityCompleted else None
        await outbox.record(session, activity, event, at=at)


async def _go_on(session: AsyncSession, activity: Activity, zone: ZoneInfo) -> None:
    """Plan the next occurrence of a series, unless it is there or the series has ended."""
    if activity.recurrence is None or activity.series_id is None or activity.series_from is None:
        return
    due_at = next_due(activity.recurrence, activity.series_from, activity.occurrence, zone)
    number = activity.occurrence + 1
    # completed, reopened and completed again: the next occurrence is there already
    if due_at is None or await queries.goes_on(session, activity.series_id, number):
        return
    kept = ("kind", "subject", "direction", "assignee_id", "team_id", "is_promise", "channel")
    about = ("contact_id", "company_id", "deal_id", "lead_id", "contact_ids", "user_ids")
    series = ("recurrence", "series_id", "series_from", "reminders")
    values = {name: getattr(activity, name) for name in (*kept, *about, *series)}
    await _add(session, new_activity({**values, "due_at": due_at, "occurrence": number}))
