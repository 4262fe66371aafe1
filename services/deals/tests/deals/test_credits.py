"""G12, F14, D10: who a deal is credited to, and what its lines cost the company."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import DealCreated, DealUpdated
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, make_product, stage_called
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded, silence
from crm_shared.testing.plugin import ClientAs

pytestmark = pytest.mark.usefixtures("pipeline")
ONE, OTHER, THIRD = (str(new_id()) for _ in range(3))


def shares(*parts: str) -> list[dict[str, str]]:
    return [
        {"user_id": user, "share": share}
        for user, share in zip((ONE, OTHER, THIRD), parts, strict=False)
    ]


class TestG12Credits:
    async def test_are_exact_and_ride_along(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        thirds = shares("33.33", "33.33", "33.34")

        made = await client.post("/v1/deals", json={"title": "Ours", "credits": thirds})

        assert made.status_code == 201, made.text
        assert made.json()["credits"] == thirds
        [envelope] = await recorded(session, DealCreated)
        assert sum(one.share for one in envelope.data.deal.credits) == Decimal(100)

    async def test_stay_when_the_owner_changes_and_go_when_told(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        halves = shares("50.00", "50")
        made = await client.post("/v1/deals", json={"title": "Ours", "credits": halves})
        url = made.headers["location"]

        owned = await client.patch(url, json={"owner_id": THIRD}, headers={"If-Match": '"1"'})
        same = await client.patch(
            url, json={"credits": shares("50", "50.0")}, headers={"If-Match": '"2"'}
        )
        none = await client.patch(url, json={"credits": []}, headers={"If-Match": '"2"'})

        assert owned.json()["credits"] == shares("50.00", "50.00")
        assert same.json()["revision"] == 2
        assert none.json()["credits"] == []
        _, last = await recorded(session, DealUpdated)
        assert last.data.previous == {"credits": shares("50.00", "50.00")}

    @pytest.mark.parametrize(
        "bad",
        [
            shares("99.99"),
            shares("60", "40.01"),
            shares("100", "0"),
            shares("33.333", "66.667"),
            shares("-1", "101"),
            shares("NaN"),
            [*shares("50"), *shares("50")],
            [{"user_id": "zqcanary", "share": "100"}],
            None,
        ],
    )
    async def test_that_make_no_whole_are_refused(
        self, client: httpx.AsyncClient, session: AsyncSession, bad: Any
    ) -> None:
        answer = await client.post("/v1/deals", json={"title": "Ours", "credits": bad})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"].startswith("/credits")
        assert "zqcanary" not in answer.text
        assert await announced(session) == []

    async def test_are_not_for_strangers_to_give(
        self, client_as: ClientAs, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        deal = make_deal(stage_called(pipeline, "New"), owner_id=new_id())
        session.add(deal)
        await session.commit()

        async with silence(session):
            answer = await client_as("seller").patch(
                f"/v1/deals/{deal.id}", json={"credits": []}, headers={"If-Match": "*"}
            )

        assert answer.status_code == 404


class TestF14UnitCost:
    async def test_is_taken_from_the_product_and_frozen_on_won_lines(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        chair = make_product(cost=Decimal("810.0050"))
        session.add(chair)
        await session.commit()
        line = {"product_id": str(chair.id), "quantity": "2", "sale_kind": "up"}
        made = await client.post("/v1/deals", json={"title": "Chairs", "line_items": [line]})
        url = made.headers["location"]
        await client.patch(
            f"/v1/products/{chair.id}", json={"cost": "900"}, headers={"If-Match": "*"}
        )

        again = await client.patch(url, json={"line_items": [line]}, headers={"If-Match": '"1"'})
        won = {"stage_id": str(stage_called(pipeline, "Won").id)}
        await client.put(f"{url}/stage", json=won, headers={"If-Match": '"2"'})
        await client.patch(
            f"/v1/products/{chair.id}", json={"cost": "1000"}, headers={"If-Match": "*"}
        )
        more = {**line, "quantity": "3"}
        frozen = await client.patch(url, json={"line_items": [more]}, headers={"If-Match": '"3"'})

        costs = [one.json()["line_items"][0]["unit_cost"] for one in (made, again, frozen)]
        assert costs == ["810.005", "900.00", "900.00"]
        [envelope] = await recorded(session, DealCreated)
        item = envelope.data.deal.line_items[0]
        assert (item.unit_cost, item.sale_kind) == (Decimal("810.005"), "up")

    async def test_is_unknown_and_not_nought_without_a_cost(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        chair = make_product()
        session.add(chair)
        await session.commit()

        made = await client.post(
            "/v1/deals", json={"title": "Chairs", "line_items": [{"product_id": str(chair.id)}]}
        )

        assert made.json()["line_items"][0]["unit_cost"] is None
