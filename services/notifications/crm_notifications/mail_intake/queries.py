"""Every SELECT of the intake of mail."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.mail_intake.models import MailboxPlace
from crm_notifications.messages.models import Message
from crm_shared.db.infrastructure import REFS


async def place_of(session: AsyncSession, account: str) -> tuple[int, int]:
    """How far a mailbox was read: validity and uid."""
    found = await session.get(MailboxPlace, account)
    return (0, 0) if found is None else (found.validity, found.uid)


async def first_of(session: AsyncSession, ids: Collection[UUID]) -> Message | None:
    """The first of these ids that is a message of ours."""
    rows = await session.scalars(select(Message).where(Message.id.in_(ids)))
    known = {row.id: row for row in rows}
    return next((known[one] for one in ids if one in known), None)


async def colleagues_with(session: AsyncSession, addresses: Collection[str]) -> dict[str, UUID]:
    """The colleagues who write from these addresses."""
    address = REFS.c.data["email"].astext
    found = select(address, REFS.c.id).where(REFS.c.kind == "user", address.in_(addresses))
    return {row[0]: row[1] for row in await session.execute(found)}
