"""Every SELECT of mailings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.mailings.errors import MailingNotFoundError
from crm_notifications.mailings.models import Mailing
from crm_notifications.mailings.rules import Status
from crm_notifications.messages.models import Message
from crm_notifications.messages.rules import Status as Letter
from crm_shared.db.infrastructure import REFS

WAITING = (Letter.QUEUED, Letter.FAILED_TEMPORARY, Letter.SENDING)
GONE = (Letter.SENT, Letter.DELIVERED, Letter.BOUNCED)
ARRIVED = (Letter.SENT, Letter.DELIVERED)


def mailings() -> Select[Mailing]:
    """All mailings that were not deleted."""
    return select(Mailing).where(Mailing.deleted_at.is_(None))


async def get_mailing(session: AsyncSession, mailing_id: UUID) -> Mailing:
    """One mailing."""
    found = await session.scalar(mailings().where(Mailing.id == mailing_id))
    if found is None:
        raise MailingNotFoundError(mailing_id)
    return found


async def list_to_fill(session: AsyncSession, now: datetime) -> Sequence[Mailing]:
    """Mailings whose recipients are not all queued yet, the one that began first ahead."""
    found = (
        mailings()
        .where(Mailing.status == Status.RUNNING.value, Mailing.is_filled.is_(False))
        .where(or_(Mailing.starts_at.is_(None), Mailing.starts_at <= now))
        .order_by(Mailing.started_at)
    )
    return (await session.scalars(found)).all()


async def hold_to_fill(session: AsyncSession, seen: Mailing) -> Mailing | None:
    """Hold a mailing to queue the page behind where it was; None when somebody else has done so."""
    found = (
        mailings()
        .where(Mailing.id == seen.id, Mailing.status == Status.RUNNING.value)
        .where(Mailing.is_filled.is_(False))
        .where(Mailing.read_up_to.is_not_distinct_from(seen.read_up_to))
        .with_for_update()
    )
    return (await session.scalars(found)).one_or_none()


async def claim_done(session: AsyncSession) -> Mailing | None:
    """Hold a mailing that has no letter left to send."""
    left = select(Message.id).where(Message.mailing_id == Mailing.id, _is(WAITING))
    found = (
        mailings()
        .where(Mailing.status == Status.RUNNING.value, Mailing.is_filled.is_(True))
        .where(~left.exists())
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(found)).one_or_none()


async def letters_called_off(session: AsyncSession, limit: int) -> list[dict[str, Any]]:
    """Letters of cancelled mailings that still wait, held until the transaction ends."""
    cancelled = select(Mailing.id).where(Mailing.status == Status.CANCELLED.value)
    table = Message.__table__
    found = (
        select(table)
        .where(table.c.mailing_id.in_(cancelled))
        .where(table.c.status.in_([Letter.QUEUED.value, Letter.FAILED_TEMPORARY.value]))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [dict(row) for row in (await session.execute(found)).mappings()]


async def known_revisions(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How much we know of contacts already."""
    found = select(REFS.c.id, REFS.c.revision).where(REFS.c.kind == "contact", REFS.c.id.in_(ids))
    return {row.id: row.revision for row in await session.execute(found)}


async def count_results(session: AsyncSession, mailing_id: UUID) -> list[dict[str, Any]]:
    """What became of letters, by version, in one question."""
    of = func.count().filter
    found = select(
        func.coalesce(Message.variant, "a").label("variant"),
        func.count().label("recipients"),
        of(_is(WAITING)).label("waiting"),
        of(_is(GONE)).label("sent"),
        of(_is(ARRIVED)).label("delivered"),
        of(_is([Letter.DELIVERED])).label("confirmed"),
        of(_is([Letter.BOUNCED])).label("bounced"),
        of(_is([Letter.FAILED])).label("failed"),
        of(_is([Letter.UNKNOWN])).label("unknown"),
        of(_is([Letter.EXPIRED])).label("expired"),
        of(_is([Letter.CANCELLED])).label("cancelled"),
        # a click without an opening is one all the same: pictures may be off
        of(_is(ARRIVED), or_(_was(Message.opened_at), _was(Message.clicked_at))).label("opened"),
        of(_is(ARRIVED), _was(Message.clicked_at)).label("clicked"),
        of(_was(Message.machine_opened_at)).label("opened_by_machines"),
        of(_was(Message.machine_clicked_at)).label("clicked_by_machines"),
        of(_was(Message.complained_at)).label("complained"),
        of(_was(Message.unsubscribed_at)).label("unsubscribed"),
    )
    found = found.where(Message.mailing_id == mailing_id).group_by("variant").order_by("variant")
    return [dict(row) for row in (await session.execute(found)).mappings()]


async def count_reasons(session: AsyncSession, mailing_id: UUID) -> dict[str, int]:
    """Why letters did not go, or wait."""
    found = (
        select(Message.reason, func.count())
        .where(Message.mailing_id == mailing_id, _was(Message.reason), ~_is(GONE))
        .group_by(Message.reason)
    )
    return {str(row[0]): row[1] for row in await session.execute(found)}


def _is(statuses: Collection[Letter]) -> ColumnElement[bool]:
    return Message.status.in_([status.value for status in statuses])


def _was(moment: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = moment.is_not(None)
    return found


async def last_letter(
    session: AsyncSession, contact_id: UUID, channel: str, purpose: str, now: datetime
) -> Message | None:
    """The last letter of a mailing that a person got, held until the transaction ends."""
    found = (
        select(Message)
        .where(
            Message.recipient_id == contact_id,
            Message.mailing_id.is_not(None),
            Message.channel == channel,
            Message.purpose == purpose,
            Message.sent_at > now - timedelta(days=30),
        )
        .order_by(Message.sent_at.desc())
        .limit(1)
        .with_for_update()
    )
    return (await session.scalars(found)).one_or_none()
