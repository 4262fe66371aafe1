"""Products: what changes, what is announced, who may not."""

from decimal import Decimal

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import ProductCreated, ProductDeleted, ProductUpdated
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

CHAIR = {"label": "Oak chair", "sku": "CH-OAK", "category": "Chairs", "price": "1250"}


class TestProducts:
    async def test_are_made_changed_and_taken_away(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await client.post("/v1/products", json=CHAIR)
        url = made.headers["location"]
        changed = await client.patch(url, json={"price": "1300"}, headers={"If-Match": '"1"'})
        read = await client.get(url)
        gone = await client.delete(url, headers={"If-Match": '"2"'})

        assert (made.json()["price"], made.json()["currency"]) == ("1250.00", "UAH")
        assert changed.json() == read.json()
        assert gone.status_code == 204
        [created] = await recorded(session, ProductCreated)
        [updated] = await recorded(session, ProductUpdated)
        [deleted] = await recorded(session, ProductDeleted)
        assert [one.revision for one in (created, updated, deleted)] == [1, 2, 3]
        assert created.data.product.price == Decimal("1250.00")
        assert updated.data.changed == ["price"]
        # as the snapshot writes it, and not as the column keeps it
        assert updated.data.previous == {"price": "1250.00"}

    async def test_have_a_sku_of_their_own(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/products", json=CHAIR)

        again = await client.post("/v1/products", json=CHAIR)
        without = [
            (await client.post("/v1/products", json={"label": "Stool"})).status_code
            for _ in range(2)
        ]

        assert (again.status_code, again.json()["code"]) == (409, "sku-taken")
        assert without == [201, 201]

    async def test_are_found_by_price_and_category(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/products", json=CHAIR)
        await client.post("/v1/products", json={"label": "Table", "price": "9000"})

        query = {"category": "Chairs", "price[lte]": "2000"}
        listed = await client.get("/v1/products", params=query)

        assert [one["label"] for one in listed.json()["items"]] == ["Oak chair"]

    async def test_are_put_by_external_id(self, client: httpx.AsyncClient) -> None:
        url = "/v1/products/by-external/maven/GTX%20Pro"

        answers = [
            await client.put(url, json=CHAIR),
            await client.put(url, json=CHAIR),
            await client.put(url, json={**CHAIR, "price": "1"}),
        ]
        await client.delete(f"/v1/products/{answers[0].json()['id']}", headers={"If-Match": "*"})
        deleted = await client.put(url, json=CHAIR)

        results = [answer.headers["crm-result"] for answer in answers]
        assert results == ["created", "unchanged", "updated"]
        assert answers[0].json()["external_id"] == "GTX Pro"
        assert deleted.json()["code"] == "product-external-id-taken"

    async def test_come_in_batches(self, client: httpx.AsyncClient) -> None:
        items = [CHAIR, CHAIR, {"label": "Table"}]

        answer = await client.post("/v1/products/batch", json={"items": items})

        assert [one["status"] for one in answer.json()["results"]] == [201, 409, 201]

    async def test_refuse_what_is_no_price(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        bad = {**CHAIR, "price": "1e30", "currency": "ABC"}

        async with silence(session):
            answer = await client.post("/v1/products", json=bad)

        pointers = {error["pointer"] for error in answer.json()["errors"]}
        assert (answer.status_code, pointers) == (422, {"/price", "/currency"})

    @pytest.mark.parametrize("role", ["head", "seller", "viewer"])
    async def test_are_not_for_everybody_to_write(self, client_as: ClientAs, role: str) -> None:
        client = client_as(role)

        assert (await client.post("/v1/products", json=CHAIR)).status_code == 403
        assert (await client.get("/v1/products")).status_code == 200

    async def test_refuse_a_stale_etag(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await client.post("/v1/products", json=CHAIR)
        url = made.headers["location"]

        async with silence(session):
            answers = [
                await client.patch(url, json={"price": "1"}, headers={"If-Match": '"4"'}),
                await client.delete(url, headers={"If-Match": '"4"'}),
            ]

        assert [answer.status_code for answer in answers] == [412, 412]
