"""What contacts removes when it is too old: the ids, codes and times that count stay."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_contacts.audit.models import AuditEntry
from crm_contacts.calls.models import Call
from crm_contacts.calls.use_cases import facts_of
from crm_contacts.cases.models import Case, CaseComment
from crm_contacts.cases.rules import CaseStatus
from crm_contacts.events import CallFacts, CallUpdated
from crm_contacts.versions.models import Version
from crm_shared import context
from crm_shared.events import outbox
from crm_shared.retention import Kind, rows


def table_of(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _closed(before: datetime) -> ColumnElement[bool]:
    is_closed = and_(Case.status == CaseStatus.CLOSED, Case.closed_at < before)
    # what went into another case, and with that perhaps into a third, is as old as the last one
    inside = select(Case.id).where(is_closed).cte("inside", recursive=True)
    part = aliased(Case)
    goes_on = part.merged_into_id == inside.c.id
    merged = inside.union(select(part.id).join(inside, goes_on))
    return Case.id.in_(select(merged.c.id))


def _said(before: datetime) -> ColumnElement[bool]:
    cases = select(Case.id).where(_closed(before))
    return and_(CaseComment.case_id.in_(cases), CaseComment.text != "")


def _described(before: datetime) -> ColumnElement[bool]:
    return and_(_closed(before), Case.description.is_not(None))


COMMENTS = rows("case_comments", table_of(CaseComment), _said, {"text": ""})


async def count_case_texts(session: AsyncSession, before: datetime) -> int:
    described = select(func.count()).select_from(Case).where(_described(before))
    return await COMMENTS.count(session, before) + (await session.scalar(described) or 0)


async def remove_case_texts(session: AsyncSession, before: datetime, limit: int) -> int:
    """Empty comments and descriptions of cases closed long ago, former looks of them too.

    No event ever told these texts, so none tells that they are gone.
    """
    some = select(Case.id).where(_described(before)).limit(limit)
    # the text of a case that somebody is working on goes with the next run
    ids = list(await session.scalars(some.with_for_update(skip_locked=True)))
    await session.execute(update(Case).where(Case.id.in_(ids)).values(description=None))
    former = update(Version).where(Version.row_id.in_(ids))
    await session.execute(former.values(data=Version.data.op("-")("description")))
    return len(ids) + await COMMENTS.remove(session, before, limit)


def _recorded(before: datetime) -> ColumnElement[bool]:
    return and_(Call.recording_url.is_not(None), Call.started_at < before)


async def count_recordings(session: AsyncSession, before: datetime) -> int:
    found = select(func.count()).select_from(Call).where(_recorded(before))
    return await session.scalar(found) or 0


async def remove_recordings(session: AsyncSession, before: datetime, limit: int) -> int:
    """Forget where recordings lie; that a call has none any more is announced, as a mass change."""
    some = select(Call).where(_recorded(before)).order_by(Call.id).limit(limit)
    calls = list(await session.scalars(some.with_for_update(skip_locked=True)))
    with context.as_bulk():
        for call in calls:
            call.recording_url = None
        await outbox.record_many(session, [(call, _updated(call), None) for call in calls])
    return len(calls)


def _updated(call: Call) -> CallUpdated:
    changes = outbox.changes_of(call, CallFacts)
    return CallUpdated(call=facts_of(call), changed=changes.changed, previous=changes.previous)


AUDIT = rows("audit_entries", table_of(AuditEntry), lambda before: AuditEntry.at < before)
RECORDINGS = Kind("call_recordings", count_recordings, remove_recordings)
CASE_TEXTS = Kind("case_texts", count_case_texts, remove_case_texts)
