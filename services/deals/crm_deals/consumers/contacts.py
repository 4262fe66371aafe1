"""What deals does when the contacts service speaks: the deals that converted leads become."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.errors import NoPipelineError
from crm_deals.deals.use_cases import LeadOrder, begin_from_lead, hand_over_deals
from crm_shared.context import as_bulk
from crm_shared.db.engine import SETTINGS
from crm_shared.events import refs
from crm_shared.events.consumer import Retry, caused_by
from crm_shared.events.envelope import Envelope, ForeignEvent
from crm_shared.events.jetstream import Bus, BusUnavailableError
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.events.subscription import answer_in

LABEL_LENGTH = 64
TITLE_LENGTH = 300
# somebody has to set one up first: asking oftener would only fill the log
NO_PIPELINE_YET_S = 30.0
# whoever saves one of these deals is done by then
BUSY_S = 0.5


class LeadConverted(ForeignEvent, type="crm.contacts.lead.converted.v1"):
    """A lead became a client and this deal."""

    deal_id: UUID
    pipeline_id: UUID | None
    amount: Annotated[Decimal, Field(ge=0, max_digits=19, decimal_places=4)] | None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None
    owner_id: UUID | None
    team_id: UUID | None
    source: str | None
    channel: str | None
    contact_id: UUID | None
    company_id: UUID | None


class _HandOver(BaseModel):
    user_id: UUID
    owner_ids: Annotated[list[UUID], Field(min_length=1)]
    nouns: list[str]
    include_closed: bool


class HandOverStarted(ForeignEvent, type="crm.contacts.hand_over.started.v1"):
    """What somebody owns goes to others, in turn."""

    hand_over: _HandOver


async def hand_over(session: AsyncSession, batch: Sequence[Envelope[HandOverStarted]]) -> None:
    """Give the deals of whoever leaves to others, as one mass change."""
    for envelope in batch:
        order = envelope.data.hand_over
        if "deal" not in order.nouns:
            continue
        with caused_by(envelope), as_bulk():
            try:
                await hand_over_deals(
                    session, order.user_id, order.owner_ids, closed=order.include_closed
                )
            except ChangedMeanwhileError as busy:
                raise Retry(BUSY_S) from busy


async def begin_deals(session: AsyncSession, batch: Sequence[Envelope[LeadConverted]]) -> None:
    """Begin each deal once, under the id that was told to whoever converted the lead."""
    titles: dict[UUID, str] = answer_in(session) or {}
    for envelope in batch:
        title = titles.get(envelope.subject) or f"Lead {envelope.subject}"
        with caused_by(envelope):
            try:
                await begin_from_lead(
                    session, _order(envelope, title), currency=session.info[SETTINGS].currency
                )
            except NoPipelineError as missing:
                raise Retry(NO_PIPELINE_YET_S) from missing


def _order(envelope: Envelope[LeadConverted], title: str) -> LeadOrder:
    lead = envelope.data
    return LeadOrder(
        deal_id=lead.deal_id,
        lead_id=envelope.subject,
        at=envelope.time,
        pipeline_id=lead.pipeline_id,
        values={
            "title": title[:TITLE_LENGTH],
            "owner_id": lead.owner_id,
            "team_id": lead.team_id,
            "contact_id": lead.contact_id,
            "company_id": lead.company_id,
            "amount": lead.amount,
            **({"currency": lead.currency} if lead.currency else {}),
            "source": lead.source and lead.source[:LABEL_LENGTH],
            "channel": lead.channel and lead.channel[:LABEL_LENGTH],
        },
    )


async def titles_of(bus: Bus, batch: Sequence[Envelope[LeadConverted]]) -> dict[UUID, str]:
    """Ask what the leads are called; a deal without an answer begins under its lead's id."""
    # sorted: a redelivered batch asks the same question, whatever the order of its events
    lead_ids = sorted({envelope.subject for envelope in batch})
    try:
        items = await refs.ask(bus, "contacts", "lead", lead_ids)
    # a name is worth no deal that waits for it: contacts may be away for hours
    except BusUnavailableError:
        return {}
    return {item.id: str(item.data.get("deal_title") or "") for item in items}
