"""D5: competitors: what changes, what is announced, who may not."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.competitors.models import Competitor
from crm_deals.events import (
    CompetitorCreated,
    CompetitorDeleted,
    CompetitorUpdated,
    DealStageChanged,
)
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_competitor, make_deal, stage_called
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs

PINE = {"label": "Pinewood Ltd"}


class TestCompetitors:
    async def test_are_made_changed_and_taken_away(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await client.post("/v1/competitors", json=PINE)
        url = made.headers["location"]
        changed = await client.patch(url, json={"label": "Pine"}, headers={"If-Match": '"1"'})
        same = await client.patch(url, json={"label": "Pine"}, headers={"If-Match": '"2"'})
        stale = await client.delete(url, headers={"If-Match": '"1"'})
        gone = await client.delete(url, headers={"If-Match": '"2"'})

        assert changed.json() == same.json()
        assert (stale.status_code, gone.status_code) == (412, 204)
        assert (await client.get(url)).status_code == 404
        [created] = await recorded(session, CompetitorCreated)
        [updated] = await recorded(session, CompetitorUpdated)
        [deleted] = await recorded(session, CompetitorDeleted)
        assert [one.revision for one in (created, updated, deleted)] == [1, 2, 3]
        assert updated.data.previous == PINE

    async def test_have_one_label_each(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/competitors", json=PINE)

        again = await client.post("/v1/competitors", json=PINE)

        assert (again.status_code, again.json()["code"]) == (409, "competitor-label-taken")

    async def test_are_put_by_external_id(self, client: httpx.AsyncClient) -> None:
        url = "/v1/competitors/by-external/old-crm/7"

        answers = [await client.put(url, json=body) for body in (PINE, PINE, {"label": "Pine"})]

        results = [answer.headers["crm-result"] for answer in answers]
        assert results == ["created", "unchanged", "updated"]

    @pytest.mark.parametrize("role", ["head", "seller", "viewer"])
    async def test_are_not_for_everybody_to_write(self, client_as: ClientAs, role: str) -> None:
        client = client_as(role)

        assert (await client.post("/v1/competitors", json=PINE)).status_code == 403
        assert (await client.get("/v1/competitors")).status_code == 200


class TestD5CompetitorOnLoss:
    @pytest.fixture
    async def rival(self, session: AsyncSession) -> Competitor:
        rival = make_competitor("Pinewood Ltd")
        session.add(rival)
        await session.commit()
        return rival

    async def test_rides_along_and_goes_with_the_reopening(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        pipeline: Pipeline,
        rival: Competitor,
    ) -> None:
        deal = make_deal(stage_called(pipeline, "New"))
        session.add(deal)
        await session.commit()
        url = f"/v1/deals/{deal.id}/stage"
        lost = {
            "stage_id": str(stage_called(pipeline, "Lost").id),
            "competitor_id": str(rival.id),
        }
        back = {"stage_id": str(stage_called(pipeline, "New").id), "reopen": True}

        first = await client.put(url, json=lost, headers={"If-Match": '"1"'})
        read = await client.get(f"/v1/deals/{deal.id}")
        second = await client.put(url, json=back, headers={"If-Match": '"2"'})

        assert first.json()["competitor_label"] == "Pinewood Ltd"
        assert read.json() == first.json()
        assert second.json()["competitor_id"] is None
        closed, reopened = await recorded(session, DealStageChanged)
        assert closed.data.deal.competitor_label == "Pinewood Ltd"
        assert closed.data.previous["competitor_id"] is None
        assert reopened.data.previous["competitor_id"] == str(rival.id)

    async def test_is_known_on_deals_that_come_closed(
        self, client: httpx.AsyncClient, pipeline: Pipeline, rival: Competitor
    ) -> None:
        body = {
            "title": "Lost at once",
            "stage_id": str(stage_called(pipeline, "Lost").id),
            "competitor_id": str(rival.id),
        }

        made = await client.post("/v1/deals", json=body)

        assert made.json()["competitor_label"] == "Pinewood Ltd"

    async def test_refuses_one_that_nobody_knows_and_one_to_whom_nothing_was_lost(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        pipeline: Pipeline,
        rival: Competitor,
    ) -> None:
        gone = make_competitor("Gone", deleted_at=utc_now())
        deal = make_deal(stage_called(pipeline, "New"))
        session.add_all([gone, deal])
        await session.commit()

        for label, other in (("Lost", new_id()), ("Lost", gone.id), ("Won", rival.id)):
            body = {
                "stage_id": str(stage_called(pipeline, label).id),
                "competitor_id": str(other),
            }
            answer = await client.put(
                f"/v1/deals/{deal.id}/stage", json=body, headers={"If-Match": "*"}
            )
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == "/competitor_id"
        assert await announced(session) == []
