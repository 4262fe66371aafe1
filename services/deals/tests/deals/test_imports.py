"""Importing deals: original dates, two events for a closed one, nothing the second time."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries, use_cases
from crm_deals.deals.errors import UnknownStageError
from crm_deals.deals.use_cases import DealImport
from crm_deals.events import DealCreated, DealStageChanged, DealUpdated
from crm_deals.pipelines.models import Pipeline
from crm_deals.products.models import Product
from crm_deals.testing import make_product, make_reason, stage_called
from crm_shared import context
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded

BEGAN_AT = datetime.fromisoformat("2016-10-20T00:00:00+03:00")
CLOSED_AT = datetime.fromisoformat("2017-03-01T00:00:00+02:00")


@pytest.fixture
def won(pipeline: Pipeline) -> DealImport:
    return DealImport(
        {
            "title": "Cancity: GTX Plus Basic",
            "source_system": "maven",
            "external_id": "1C1I7A6R",
            "owner_id": new_id(),
            "amount": Decimal(1054),
            "currency": "USD",
            "stage_id": stage_called(pipeline, "Won").id,
        },
        created_at=BEGAN_AT,
        closed_at=CLOSED_AT,
    )


async def bring(session: AsyncSession, *batch: DealImport) -> list[str]:
    with context.as_bulk():
        done = await use_cases.import_deals(session, batch, currency="UAH")
    await session.commit()
    session.expunge_all()
    return list(done)


class TestImportDeals:
    async def test_keeps_both_dates_of_a_closed_deal(
        self, session: AsyncSession, won: DealImport
    ) -> None:
        assert await bring(session, won) == ["created"]

        [created] = await recorded(session, DealCreated)
        twin = replace(won, values={**won.values, "external_id": "TWIN"})
        [closed] = await recorded(session, DealStageChanged)
        assert (created.time, closed.time) == (BEGAN_AT, CLOSED_AT)
        assert (created.bulk, closed.bulk) == (True, True)
        assert (created.revision, closed.revision) == (1, 2)
        assert created.data.deal.created_at == BEGAN_AT
        assert closed.data.deal.won_at == CLOSED_AT
        assert closed.data.deal.amount == Decimal("1054.00")
        [deal] = (await queries.find_deals_by_external_ids(session, [won.name])).values()
        assert (deal.revision, deal.won_at, deal.currency) == (2, CLOSED_AT, "USD")
        assert len(await queries.list_moves(session, deal.id)) == 2
        # the same day, yet a place of its own on the board
        await bring(session, twin)
        both = await queries.find_deals_by_external_ids(session, [won.name, twin.name])
        assert both[won.name].rank < both[twin.name].rank

    async def test_changes_nothing_the_second_time(
        self, session: AsyncSession, won: DealImport
    ) -> None:
        product = make_product()
        session.add(product)
        await session.flush()
        lines = [{"product_id": product.id}]
        still_open = DealImport(
            {
                **won.values,
                "external_id": "OPEN",
                "stage_id": None,
                "amount": None,
                "line_items": lines,
            },
            created_at=None,
        )
        await bring(session, won, still_open)
        before = len(await announced(session))

        assert await bring(session, won, still_open) == ["unchanged", "unchanged"]
        assert len(await announced(session)) == before == 3

    async def test_brings_a_known_deal_up_to_date(
        self, session: AsyncSession, won: DealImport, pipeline: Pipeline
    ) -> None:
        proposal = {**won.values, "stage_id": stage_called(pipeline, "Proposal").id}
        product = make_product(cost=Decimal(60))
        session.add(product)
        loser, survivor = new_id(), new_id()
        await aliases.keep(session, [aliases.Alias("contact", loser, survivor, 1)])
        await session.flush()
        lines = [{"product_id": product.id, "unit_price": Decimal(1054)}]
        sold = {**won.values, "line_items": lines, "contact_id": loser}
        # of an open deal systems tell when it is expected to close: nothing has happened then
        soon = utc_now() + timedelta(days=90)
        new = {**won.values, "stage_id": stage_called(pipeline, "New").id}
        await bring(session, replace(won, values=new, created_at=None, closed_at=soon))
        begun = await bring(session, replace(won, values=proposal, closed_at=soon))

        done = await bring(session, replace(won, values=sold, closed_at=utc_now()))
        await session.execute(update(Product).values(cost=Decimal(80)))
        richer = {**sold, "amount": Decimal(2000)}
        then = await bring(session, replace(won, values=richer))

        assert (begun, done, then) == (["updated"], ["updated"], ["updated"])
        [created] = await recorded(session, DealCreated)
        entered, moved = await recorded(session, DealStageChanged)
        assert max(created.time, entered.time, moved.time) <= utc_now()
        [updated] = await recorded(session, DealUpdated)
        assert moved.data.to_stage.outcome == "won"
        # what was sold keeps the cost of its day, and a merged customer's deal is the survivor's
        assert updated.data.changed == ["amount"]
        assert updated.data.deal.line_items[0].unit_cost == Decimal(60)
        assert updated.data.deal.contact_id == survivor

    async def test_begins_a_closed_deal_where_it_began(
        self, session: AsyncSession, won: DealImport, pipeline: Pipeline
    ) -> None:
        qualified = stage_called(pipeline, "Qualified").id

        await bring(session, replace(won, first_stage_id=qualified))

        [closed] = await recorded(session, DealStageChanged)
        assert closed.data.from_stage.id == qualified

    async def test_refuses_a_beginning_that_is_none(
        self, session: AsyncSession, won: DealImport, pipeline: Pipeline
    ) -> None:
        with pytest.raises(UnknownStageError):
            await bring(session, replace(won, first_stage_id=stage_called(pipeline, "Lost").id))

    async def test_marks_an_unknown_beginning(self, session: AsyncSession, won: DealImport) -> None:
        await bring(session, replace(won, created_at=None))

        [created] = await recorded(session, DealCreated)
        assert not created.data.deal.created_at_known
        assert created.time == CLOSED_AT

    async def test_never_closes_before_it_begins(
        self, session: AsyncSession, won: DealImport
    ) -> None:
        await bring(session, replace(won, closed_at=BEGAN_AT - timedelta(days=1)))

        [closed] = await recorded(session, DealStageChanged)
        assert closed.time == BEGAN_AT

    async def test_is_asked_for_nothing(self, session: AsyncSession, won: DealImport) -> None:
        session.add(make_reason("Best price", "won"))
        await session.flush()

        assert await bring(session, won) == ["created"]
