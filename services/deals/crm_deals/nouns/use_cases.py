"""Announcing what changed about many deals."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import catalogue, queries
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import announcements, preparing
from crm_deals.deals.use_cases.gates import Asked, pass_gates
from crm_shared import context
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.clock import utc_now
from crm_shared.events import outbox


async def announce_deals(session: AsyncSession, deals: Sequence[Deal]) -> int:
    """Announce each deal that changed, and tell how many did."""
    await queries.place(session, deals)
    known = await catalogue.guarded(session, await catalogue.current(session))
    changes = []
    for deal in deals:
        event = announcements.updated(deal)
        if event is None:
            continue
        await pass_gates(session, known.guards, deal, Asked(("update",), event.changed))
        if context.current().bulk:
            deal.note_states(utc_now())
        deal.occurred_at = preparing.moment_of(SYSTEM_ACCESS, None, after=deal.occurred_at)
        changes.append((deal, event, deal.occurred_at))
    await outbox.record_many(session, changes)
    return len(changes)
