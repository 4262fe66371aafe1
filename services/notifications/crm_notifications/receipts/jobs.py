"""Timed work: providers that can be asked are asked what became of messages."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Channel, Sender, Trace
from crm_notifications.deliveries.queries import list_to_ask_after
from crm_notifications.messages.statements import MESSAGES
from crm_notifications.receipts.use_cases import take_receipts
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions

AT_ONCE = 50


async def ask_provider(sessions: Sessions, channel: Channel, sender: Sender) -> int:
    """Ask after messages that are unknown or on their way; returns how many changed.

    Nothing is asked more often than every five minutes, and nothing after three days.
    """
    async with sessions.begin() as session:
        open_ = await list_to_ask_after(session, channel, sender.name, utc_now(), AT_ONCE)
        await _note_asked(session, [row["id"] for row in open_], utc_now())
    if not open_:
        return 0
    traces = [Trace(row["id"], row["reference"], row["resent"]) for row in open_]
    receipts = await sender.look_up(traces)
    async with sessions.begin() as session:
        return await take_receipts(session, sender.name, receipts)


async def _note_asked(session: AsyncSession, ids: list[object], now: datetime) -> None:
    if ids:
        asked = update(MESSAGES).where(MESSAGES.c.id.in_(ids)).values(looked_up_at=now)
        await session.execute(asked)
