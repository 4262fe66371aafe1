"""C10, S1: the deals of whoever leaves go to others, once, as one mass change."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.consumers import SUBSCRIPTIONS
from crm_deals.consumers.contacts import HandOverStarted
from crm_deals.deals import use_cases
from crm_deals.deals.models import Deal
from crm_deals.events import DealUpdated
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.events.envelope import Envelope
from crm_shared.ids import new_id
from crm_shared.testing.events import envelope_of, recorded

[hand_overs] = [one for one in SUBSCRIPTIONS if one.durable == "deals-hand-overs"]


def order(leaver: UUID, *heirs: UUID, **values: Any) -> Envelope[Any]:
    told = {
        "user_id": leaver,
        "owner_ids": heirs,
        "nouns": ["contact", "deal"],
        "include_closed": False,
    }
    return envelope_of(HandOverStarted.model_validate({"hand_over": {**told, **values}}))


async def hear(session: AsyncSession, envelope: Envelope[Any]) -> None:
    session.expunge_all()
    await hand_overs.handle(session, [envelope])
    await session.commit()


async def kept(session: AsyncSession, pipeline: Pipeline, owner_id: UUID, count: int) -> list[UUID]:
    deals = [make_deal(pipeline.stages[0], owner_id=owner_id) for _ in range(count)]
    session.add_all(deals)
    await session.commit()
    return [deal.id for deal in deals]


class TestC10DealsOfALeaver:
    async def test_go_to_his_heirs_in_turn_each_in_the_heirs_team(
        self, session: AsyncSession, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # over the edge between two portions as well
        monkeypatch.setattr(use_cases.hand_over, "PORTION", 2)
        leaver, anna, borys, team_id = new_id(), new_id(), new_id(), new_id()
        known = {"role": "seller", "is_active": True, "revision": 1, "changed_at": utc_now()}
        await session.execute(
            insert(KNOWN_USERS).values([{"id": anna, "team_ids": [team_id], **known}])
        )
        ids = await kept(session, pipeline, leaver, 3)

        await hear(session, order(leaver, anna, borys))

        deals = [await session.get_one(Deal, one) for one in sorted(ids)]
        assert [(deal.owner_id, deal.team_id) for deal in deals] == [
            (anna, team_id),
            (borys, None),
            (anna, team_id),
        ]
        told = await recorded(session, DealUpdated)
        assert [(one.bulk, one.data.previous["owner_id"]) for one in told] == [
            (True, str(leaver))
        ] * 3

    async def test_go_once_when_the_news_comes_twice(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        leaver, heir = new_id(), new_id()
        await kept(session, pipeline, leaver, 1)
        told = order(leaver, heir)

        await hear(session, told)
        await hear(session, told)

        assert len(await recorded(session, DealUpdated)) == 1

    async def test_stay_when_deals_are_not_asked_for(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        leaver = new_id()
        await kept(session, pipeline, leaver, 1)

        await hear(session, order(leaver, new_id(), nouns=["contact"]))

        assert await recorded(session, DealUpdated) == []

    async def test_never_happen_before_what_was_told_of_them_last(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        leaver = new_id()
        # an integration whose clock runs ahead of ours
        ahead = utc_now() + timedelta(minutes=2)
        session.add(make_deal(pipeline.stages[0], owner_id=leaver, occurred_at=ahead))
        await session.commit()

        await hear(session, order(leaver, new_id()))

        [told] = await recorded(session, DealUpdated)
        assert told.time == ahead
