"""K5: the deals that converted leads become: exactly once, under the id that was told."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.consumers import SUBSCRIPTIONS
from crm_deals.consumers.contacts import LeadConverted
from crm_deals.deals.models import Deal
from crm_deals.events import DealCreated
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_pipeline
from crm_shared.clock import utc_now
from crm_shared.db.engine import SETTINGS
from crm_shared.events.consumer import Retry
from crm_shared.events.envelope import Envelope
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import envelope_of, recorded

[conversions] = [one for one in SUBSCRIPTIONS if one.durable == "deals-lead-conversions"]


@pytest.fixture(autouse=True)
def known_settings(session: AsyncSession, settings: ServiceSettings) -> None:
    session.info[SETTINGS] = settings


def conversion(**values: Any) -> Envelope[Any]:
    given = {
        "deal_id": new_id(),
        "pipeline_id": None,
        "amount": Decimal("1200.50"),
        "currency": "EUR",
        "owner_id": new_id(),
        "team_id": new_id(),
        "source": "fair",
        "channel": "phone",
        "contact_id": new_id(),
        "company_id": new_id(),
    }
    return envelope_of(LeadConverted(**{**given, **values}), revision=4)


async def deals_in(session: AsyncSession) -> list[Deal]:
    session.expunge_all()
    return list(await session.scalars(select(Deal).order_by(Deal.id)))


class TestK5BeginDeals:
    async def test_begins_exactly_this_deal_with_the_link_to_its_lead(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        converted = conversion()

        await conversions.handle(session, [converted])

        [deal] = await deals_in(session)
        lead = converted.data
        assert (deal.id, deal.source_lead_id) == (lead.deal_id, converted.subject)
        assert (deal.pipeline_id, deal.stage_id) == (pipeline.id, pipeline.stages[0].id)
        assert (deal.amount, deal.currency) == (Decimal("1200.50"), "EUR")
        assert (deal.owner_id, deal.team_id) == (lead.owner_id, lead.team_id)
        assert (deal.contact_id, deal.company_id) == (lead.contact_id, lead.company_id)
        assert (deal.source, deal.channel, deal.is_pipeline_assumed) == ("fair", "phone", False)
        assert deal.created_at == converted.time

    async def test_announces_it_with_its_cause(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        converted = conversion()

        await conversions.handle(session, [converted])

        [envelope] = await recorded(session, DealCreated)
        assert (envelope.subject, envelope.revision) == (converted.data.deal_id, 1)
        assert (envelope.causationid, envelope.correlationid) == (
            converted.id,
            converted.correlationid,
        )
        assert envelope.data.deal.source_lead_id == converted.subject

    async def test_does_nothing_when_the_event_comes_again(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        converted = conversion()

        await conversions.handle(session, [converted])
        await conversions.handle(session, [converted])
        await conversions.handle(session, [converted, conversion()])

        assert len(await deals_in(session)) == 2
        assert len(await recorded(session, DealCreated)) == 2

    async def test_brings_back_no_deal_that_was_put_away_meanwhile(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        converted = conversion()
        await conversions.handle(session, [converted])
        [deal] = await deals_in(session)
        deal.deleted_at = utc_now()
        await session.flush()

        await conversions.handle(session, [converted])

        [still] = await deals_in(session)
        assert still.deleted_at is not None

    async def test_takes_the_default_pipeline_for_one_that_is_not_there_and_says_so(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        await conversions.handle(session, [conversion(pipeline_id=new_id())])

        [deal] = await deals_in(session)
        assert (deal.pipeline_id, deal.is_pipeline_assumed) == (pipeline.id, True)

    async def test_takes_the_default_pipeline_for_one_that_was_deleted(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        gone = make_pipeline(label="Gone", is_default=False)
        gone.deleted_at = utc_now()
        session.add(gone)
        await session.flush()

        await conversions.handle(session, [conversion(pipeline_id=gone.id)])

        [deal] = await deals_in(session)
        assert (deal.pipeline_id, deal.is_pipeline_assumed) == (pipeline.id, True)

    async def test_takes_the_pipeline_that_was_named(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        session.add(other := make_pipeline(label="Tenders", is_default=False))
        await session.flush()

        await conversions.handle(session, [conversion(pipeline_id=other.id)])

        [deal] = await deals_in(session)
        assert (deal.pipeline_id, deal.is_pipeline_assumed) == (other.id, False)

    async def test_waits_while_there_is_no_pipeline_at_all(self, session: AsyncSession) -> None:
        with pytest.raises(Retry):
            await conversions.handle(session, [conversion()])

    async def test_needs_neither_amount_nor_owner(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        bare: dict[str, UUID | str | None] = dict.fromkeys(LeadConverted.model_fields)
        await conversions.handle(session, [conversion(**{**bare, "deal_id": new_id()})])

        [deal] = await deals_in(session)
        assert (deal.amount, deal.owner_id, deal.currency) == (None, None, "UAH")

    async def test_cuts_labels_that_are_longer_here_than_there(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        await conversions.handle(session, [conversion(source="f" * 100)])

        [deal] = await deals_in(session)
        assert deal.source == "f" * 64

    @pytest.mark.parametrize(
        "poison", [{"deal_id": "x"}, {"amount": "-1"}, {"currency": "hryvnia"}, {"amount": "NaN"}]
    )
    def test_reads_no_poison(self, poison: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            conversion(**poison)
