"""Emptying what people typed into deals and money facts of somebody who is erased."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import announcements
from crm_deals.events import ErasureCompleted, ErasureFacts
from crm_deals.persons import queries, statements
from crm_deals.product_wishes.use_cases import forget_wishes
from crm_shared import context
from crm_shared.events import outbox, refs
from crm_shared.events.erasure import Emptied, forget_answers

TITLE_OF_NOBODY = "—"


async def erase_person(session: AsyncSession, person_id: UUID) -> dict[str, int]:
    """Empty titles and notes that may speak of a person; sums, counts and dates stay."""
    deals = await queries.deals_of(session, person_id)
    ids = [deal.id for deal in deals]
    emptied = await statements.empty_texts(session, person_id, ids)
    with context.as_bulk():
        for deal in deals:
            await _empty(session, deal)
        emptied["product_wishes"] = await forget_wishes(session, person_id)
    emptied["deals"] = len(deals)
    await refs.empty(session, "contact", [person_id])
    emptied["kept_answers"] = await forget_answers(session, [person_id, *ids])
    return emptied


def tell(person_id: UUID, emptied: Emptied) -> ErasureCompleted:
    """Say what was emptied of whom: ids and counts."""
    return ErasureCompleted(erasure=ErasureFacts(person_id=person_id, emptied=dict(emptied)))


async def _empty(session: AsyncSession, deal: Deal) -> None:
    deal.title, deal.reason_note, deal.personal_fields = TITLE_OF_NOBODY, None, {}
    event = announcements.updated(deal)
    if event is not None:
        await outbox.record(session, deal, event)
