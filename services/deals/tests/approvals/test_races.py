"""DOC4: consent meets a deal that somebody else is just saving."""

import asyncio
from typing import Any

import pytest_asyncio
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal
from crm_deals.events import DealUpdated
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, make_product, set_policy, stage_called
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import KNOWN_TEAMS, KNOWN_USERS
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

BOSS, SELLER, TEAM = (new_id() for _ in range(3))


@pytest_asyncio.fixture(autouse=True)
async def people(session: AsyncSession) -> None:
    """A head and a seller of one team, known here."""
    here: dict[str, Any] = {"team_ids": [TEAM], "is_active": True, "revision": 1}
    rows = [{"id": one, "role": role, **here} for one, role in ((BOSS, "head"), (SELLER, "seller"))]
    await session.execute(insert(KNOWN_USERS).values(rows))
    team = {"id": TEAM, "head_id": BOSS, "is_active": True, "revision": 1}
    await session.execute(insert(KNOWN_TEAMS).values(team))
    await session.commit()


async def somebody_waits(session: AsyncSession) -> bool:
    return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


class TestDOC4Consent:
    async def test_is_not_spent_on_a_deal_that_is_being_saved(
        self, client_as: ClientAs, session: AsyncSession, sessions: Sessions, pipeline: Pipeline
    ) -> None:
        await set_policy(client_as("admin"), kind="discount", limit_percent="15")
        stage = stage_called(pipeline, "Proposal")
        session.add_all(
            [product := make_product(), deal := make_deal(stage, owner_id=SELLER, team_id=TEAM)]
        )
        await session.commit()
        line = {"product_id": str(product.id), "discount_type": "percent", "discount_value": "40"}
        seller = client_as("seller", user_id=SELLER, team_ids=(TEAM,))
        url = f"/v1/deals/{deal.id}"
        asked = await seller.patch(url, json={"line_items": [line]}, headers={"If-Match": "*"})
        boss = client_as("head", user_id=BOSS, team_ids=(TEAM,))

        async with sessions.begin() as other:
            saving = update(Deal).where(Deal.id == deal.id)
            await other.execute(saving.values(revision=Deal.revision + 1, tags=["vip"]))
            answer = asyncio.create_task(
                boss.post(f"/v1/approvals/{asked.json()['id']}/approve", json={})
            )
            async with asyncio.timeout(10):
                while not await somebody_waits(session):
                    pass
        done = (await answer).json()

        assert (done["state"], done["refusal"]) == ("approved", None)
        after = (await seller.get(url)).json()
        assert (after["tags"], after["line_items"][0]["discount_value"]) == (["vip"], "40.00")
        assert len(await recorded(session, DealUpdated)) == 1
