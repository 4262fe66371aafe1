"""D7: the board's tallies are what its deals say, whatever happens to them."""

import random
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.board.jobs import fold
from crm_deals.board.models import BoardTally
from crm_deals.board.queries import list_sums, list_tallies
from crm_deals.board.statements import fold_tallies
from crm_deals.deals.models import Deal
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, stage_called
from crm_deals.worker import PARTS
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id

STAGES = ("New", "Qualified", "Proposal", "Won", "Lost")
OWNERS = [new_id(), new_id(), None]


async def both(
    session: AsyncSession, access: Access, pipeline: Pipeline
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    shown = (Deal.pipeline_id == pipeline.id) & Deal.deleted_at.is_(None)
    tallied = await list_tallies(session, access, pipeline.id)
    return [tuple(row) for row in tallied], [tuple(row) for row in await list_sums(session, shown)]


async def change(
    session: AsyncSession, dice: random.Random, pipeline: Pipeline, deal: Deal
) -> None:
    match dice.randrange(6):
        case 0:
            deal.stage_id = stage_called(pipeline, dice.choice(STAGES)).id
        case 1:
            deal.amount = dice.choice([None, Decimal("0.00"), Decimal("10.10"), Decimal(5)])
        case 2:
            deal.currency = dice.choice(["UAH", "EUR"])
        case 3:
            deal.owner_id = dice.choice(OWNERS)
        case 4:
            deal.deleted_at = None if deal.deleted_at else utc_now()
        case _:
            deal.title = "no matter to the board"
    await session.flush()


class TestD7Tallies:
    @pytest.mark.parametrize("seed", range(5))
    async def test_come_to_what_the_deals_come_to(
        self, session: AsyncSession, access: Access, pipeline: Pipeline, seed: int
    ) -> None:
        dice = random.Random(seed)
        deals = [make_deal(stage_called(pipeline, "New")) for _ in range(6)]
        session.add_all(deals)
        await session.flush()
        for _ in range(60):
            await change(session, dice, pipeline, dice.choice(deals))
            if dice.random() < 0.1:
                await fold_tallies(session, fold_at=dice.randrange(5))
        await session.execute(delete(Deal).where(Deal.id == deals[0].id))

        tallied, counted = await both(session, access, pipeline)

        assert tallied == counted
        assert tallied

    async def test_are_folded_by_two_replicas_at_once_without_losing_any(
        self, session: AsyncSession, sessions: Sessions, access: Access, pipeline: Pipeline
    ) -> None:
        session.add_all([make_deal(stage_called(pipeline, "New")) for _ in range(20)])
        await session.commit()
        async with sessions.begin() as one, sessions.begin() as other:
            assert await fold_tallies(one, fold_at=3) == 20
            session.add(make_deal(stage_called(pipeline, "Won")))
            await session.commit()
            await one.commit()
            await fold_tallies(other, fold_at=0)

        tallied, counted = await both(session, access, pipeline)

        assert tallied == counted
        assert [row[2] for row in tallied] == [20, 1] or [row[2] for row in tallied] == [1, 20]

    async def test_few_are_left_as_they_are(
        self, session: AsyncSession, sessions: Sessions, pipeline: Pipeline
    ) -> None:
        session.add_all([make_deal(stage_called(pipeline, "New")) for _ in range(3)])
        await session.commit()

        async with sessions.begin() as worker:
            assert await fold_tallies(worker) == 0

        assert await session.scalar(select(func.count()).select_from(BoardTally)) == 3

    def test_the_job_stands_among_the_others(self) -> None:
        assert fold in [job.run for job in PARTS.jobs]
