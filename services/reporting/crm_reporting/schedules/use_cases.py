"""What can be done to schedules, and the sending itself: an event a reader, no figure in it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting import events
from crm_reporting.reports.rules.definitions import title_of
from crm_reporting.schedules.errors import RecipientError
from crm_reporting.schedules.models import ReportDelivery, ReportSchedule
from crm_reporting.schedules.queries import colleagues, due_schedules, is_within
from crm_reporting.schedules.rules import faults_of, next_time
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.errors import FieldError, InvalidError
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id

A_PORTION = 100


async def schedule_report(
    session: AsyncSession, access: Access, values: Mapping[str, Any], zone: ZoneInfo
) -> ReportSchedule:
    """Keep when a report goes to whom, and announce it."""
    _check_filters(values)
    await _check_recipients(session, access, values["recipient_ids"])
    actor = access.actor
    team = next(iter(sorted(actor.team_ids)), None)
    row = ReportSchedule(id=new_id(), owner_id=actor.id, team_id=team, **values)
    row.next_at = _next(row, zone)
    session.add(row)
    told: dict[str, Any] = {"report_schedule": _facts(row), "changed": [], "previous": {}}
    await outbox.record(session, row, events.ReportScheduleCreated(**told))
    return row


async def change_schedule(
    session: AsyncSession,
    access: Access,
    row: ReportSchedule,
    values: Mapping[str, Any],
    zone: ZoneInfo,
    *,
    expected: int | None,
) -> None:
    """Give a schedule other values and announce what changed."""
    if expected not in (None, row.revision):
        raise ChangedMeanwhileError
    _check_filters(values)
    await _check_recipients(session, access, values["recipient_ids"])
    for name, value in values.items():
        setattr(row, name, value)
    changes = outbox.changes_of(row, events.ReportScheduleFacts)
    if not changes:
        return
    row.next_at = _next(row, zone)
    told: dict[str, Any] = {"report_schedule": _facts(row), "changed": changes.changed,
            "previous": changes.previous}  # fmt: skip
    await outbox.record(session, row, events.ReportScheduleUpdated(**told))


async def stop_schedule(
    session: AsyncSession, row: ReportSchedule, *, expected: int | None
) -> None:
    """Send a report no more; links that were sent open nothing from now on."""
    if expected not in (None, row.revision):
        raise ChangedMeanwhileError
    row.deleted_at, row.next_at = utc_now(), None
    told: dict[str, Any] = {
        "report_schedule": _facts(row),
        "changed": ["deleted_at"],
        "previous": {},
    }
    await outbox.record(session, row, events.ReportScheduleDeleted(**told))


async def announce_due_reports(session: AsyncSession, zone: ZoneInfo) -> int:
    """Announce the reports whose time has come, to each reader that works here; once each.

    After a standstill each is told once, not for every time that was missed. A schedule that can
    no longer be told as it was saved is switched off, and its owner hears of it.
    """
    now = utc_now()
    due = await due_schedules(session, now, A_PORTION)
    working = await colleagues(session, {one for row in due for one in row.recipient_ids})
    for row in due:
        if faults := faults_of(row.report, row.filters):
            await _disable(session, row, faults)
            continue
        readers = [one for one in row.recipient_ids if one in working]
        sent = [
            {"id": new_id(), "schedule_id": row.id, "due_at": row.next_at, "recipient_id": one}
            for one in readers
        ]
        row.next_at = _next(row, zone)
        if sent:
            await session.execute(insert(ReportDelivery), sent)
            await outbox.write_entries(session, [_due(row, one) for one in sent])
    await session.flush()
    return len(due)


async def _disable(
    session: AsyncSession, row: ReportSchedule, faults: Sequence[FieldError]
) -> None:
    row.is_active, row.next_at = False, None
    told: dict[str, Any] = {"report_schedule": _facts(row), "changed": ["is_active"],
            "previous": {"is_active": True}}  # fmt: skip
    refused = sorted({one.pointer.rpartition("/")[2] for one in faults})
    await outbox.record(session, row, events.ReportScheduleDisabled(**told, refused=refused))


def _check_filters(values: Mapping[str, Any]) -> None:
    if faults := faults_of(values["report"], values["filters"]):
        raise InvalidError(*faults)


def _due(row: ReportSchedule, sent: Mapping[str, Any]) -> dict[str, Any]:
    facts = events.ReportFacts(
        owner_id=sent["recipient_id"],
        team_id=None,
        schedule_id=row.id,
        report=row.report,
        heading=title_of(row.report, row.language),
        format=row.format,
        language=row.language,
    )
    # a reader is told of each report once: it has one revision
    return outbox.entry_values(events.ReportDue(report=facts), aggregate_id=sent["id"], revision=1)


def _next(row: ReportSchedule, zone: ZoneInfo) -> Any:
    return next_time(row.weekdays, row.at, zone, after=utc_now()) if row.is_active else None


async def _check_recipients(session: AsyncSession, access: Access, ids: list[UUID]) -> None:
    known = await colleagues(session, ids)
    for place, one in enumerate(ids):
        if one not in known or not is_within(access, known[one]):
            raise RecipientError(place)


def _facts(row: ReportSchedule) -> events.ReportScheduleFacts:
    return events.ReportScheduleFacts.model_validate(row, from_attributes=True)
