"""C17: what deals know of a customer, a manager and a product, in one answer each."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, make_product, stage_called
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.plugin import ClientAs


def line(product_id: Any, quantity: str, total: str) -> dict[str, Any]:
    return {
        "product_id": str(product_id),
        "product_label": "x",
        "quantity": quantity,
        "total": total,
    }


class TestC17DealsOverview:
    @pytest.mark.parametrize("name", ["contact_id", "company_id", "owner_id"])
    async def test_adds_up_by_outcome_and_shows_the_latest(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline, name: str
    ) -> None:
        one, new, won = new_id(), stage_called(pipeline, "New"), stage_called(pipeline, "Won")
        about: dict[str, Any] = {name: one}
        session.add_all(
            [
                make_deal(new, amount=Decimal(5), **about),
                make_deal(new, amount=None, **about),
                make_deal(won, amount=Decimal(7), outcome="won", **about),
                make_deal(new, amount=Decimal(100)),
                make_deal(new, amount=Decimal(100), deleted_at=utc_now(), **about),
            ]
        )
        await session.commit()

        told = (await client.get("/v1/deals/overview", params={name: str(one)})).json()

        assert [(s["outcome"], s["count"], s["amount"]) for s in told["sums"]] == [
            ("open", 2, "5.00"),
            ("won", 1, "7.00"),
        ]
        assert len(told["latest"]) == 3
        assert (told["balance"] is None) == (name == "owner_id")

    async def test_needs_one_subject_and_stays_within_the_scope(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        owner = new_id()
        session.add(make_deal(stage_called(pipeline, "New"), owner_id=owner))
        await session.commit()
        two = {"owner_id": str(owner), "contact_id": str(owner)}

        refused = [(await client.get("/v1/deals/overview", params=p)) for p in ({}, two)]
        stranger = await client_as("seller").get(
            "/v1/deals/overview", params={"owner_id": str(owner)}
        )

        assert [(r.status_code, r.json()["code"]) for r in refused] == [(422, "no-subject")] * 2
        assert (stranger.json()["sums"], stranger.json()["latest"]) == ([], [])


class TestC17Product:
    async def test_tells_what_was_sold_and_what_is_in_work(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        pipeline: Pipeline,
    ) -> None:
        product, other = make_product(), make_product("Table")
        new, won = stage_called(pipeline, "New"), stage_called(pipeline, "Won")
        lines = [line(product.id, "2", "500.00"), line(other.id, "1", "90.00")]
        held: dict[str, Any] = {"product_ids": [product.id, other.id], "line_items": lines}
        session.add_all(
            [
                product,
                other,
                make_deal(won, amount=Decimal(590), outcome="won", **held),
                make_deal(new, amount=Decimal(590), **held),
                make_deal(new, amount=Decimal(1)),
            ]
        )
        await session.commit()

        told = (await client.get(f"/v1/products/{product.id}/overview")).json()

        assert told["product"]["id"] == str(product.id)
        assert told["sold"] == [
            {
                "currency": "UAH",
                "deals": 1,
                "quantity": told["sold"][0]["quantity"],
                "total": "500.00",
            }
        ]
        assert Decimal(told["sold"][0]["quantity"]) == 2
        assert [(s["outcome"], s["count"]) for s in told["sums"]] == [("open", 1), ("won", 1)]
        assert len(told["latest"]) == 2
        assert (await client.get(f"/v1/products/{new_id()}/overview")).status_code == 404
        seen = (await client_as("seller").get(f"/v1/products/{product.id}/overview")).json()
        assert (seen["sums"], seen["sold"], seen["latest"]) == ([], [], [])
