"""Price lists: what changes, what is announced, who may not; deals take prices from them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import DealCreated, PriceListCreated, PriceListDeleted, PriceListUpdated
from crm_deals.products.models import Product
from crm_deals.testing import make_product
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs

WHOLESALE = {"label": "Wholesale", "currency": "UAH"}
TODAY = utc_now().date()


@pytest.fixture
async def chair(session: AsyncSession) -> Product:
    chair = make_product()
    session.add(chair)
    await session.commit()
    return chair


async def listed(client: httpx.AsyncClient, product: Product, **values: Any) -> str:
    prices = [{"product_id": str(product.id), "price": "120.00"}]
    answer = await client.post("/v1/price-lists", json={**WHOLESALE, "prices": prices, **values})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


class TestPriceLists:
    """F9: prices by list and currency."""

    async def test_are_made_changed_and_taken_away(
        self, client: httpx.AsyncClient, session: AsyncSession, chair: Product
    ) -> None:
        url = f"/v1/price-lists/{await listed(client, chair)}"
        dearer = {"prices": [{"product_id": str(chair.id), "price": "130"}]}

        changed = await client.patch(url, json=dearer, headers={"If-Match": '"1"'})
        same = await client.patch(url, json=dearer, headers={"If-Match": '"2"'})
        stale = await client.delete(url, headers={"If-Match": '"1"'})
        gone = await client.delete(url, headers={"If-Match": '"2"'})

        assert changed.json() == same.json()
        assert changed.json()["prices"][0]["price"] == "130.00"
        assert (stale.status_code, gone.status_code) == (412, 204)
        assert (await client.get(url)).status_code == 404
        [created] = await recorded(session, PriceListCreated)
        [updated] = await recorded(session, PriceListUpdated)
        [deleted] = await recorded(session, PriceListDeleted)
        assert [one.revision for one in (created, updated, deleted)] == [1, 2, 3]
        assert updated.data.previous["prices"][0]["price"] == "120.00"

    @pytest.mark.parametrize(
        "bad",
        [
            {"currency": "ZZZ"},
            {"valid_from": "2026-12-02", "valid_until": "2026-12-01"},
            {"prices": [{"product_id": str(new_id()), "price": "-1"}]},
            {"prices": [{"product_id": "zqcanary", "price": "1"}]},
            {
                "prices": [
                    {"product_id": str(chair_id), "price": "1"} for chair_id in [new_id()] * 2
                ]
            },
            {"prices": None},
            {"tax_included": None},
            {"nickname": "zqcanary"},
        ],
    )
    async def test_say_what_is_wrong(
        self, client: httpx.AsyncClient, session: AsyncSession, bad: dict[str, Any]
    ) -> None:
        answer = await client.post("/v1/price-lists", json={**WHOLESALE, **bad})

        assert answer.status_code == 422
        assert "zqcanary" not in answer.text
        assert await announced(session) == []

    async def test_do_not_end_before_they_begin(
        self, client: httpx.AsyncClient, chair: Product
    ) -> None:
        url = f"/v1/price-lists/{await listed(client, chair, valid_from='2026-12-02')}"

        answer = await client.patch(
            url, json={"valid_until": "2026-12-01"}, headers={"If-Match": "*"}
        )

        assert answer.json()["errors"][0]["pointer"] == "/valid_until"

    async def test_have_one_product_once_and_one_label_each(
        self, client: httpx.AsyncClient, chair: Product
    ) -> None:
        await listed(client, chair)
        twice = [{"product_id": str(chair.id), "price": "1"}] * 2

        again = await client.post("/v1/price-lists", json=WHOLESALE)
        double = await client.post("/v1/price-lists", json={**WHOLESALE, "prices": twice})

        assert (again.status_code, again.json()["code"]) == (409, "price-list-label-taken")
        assert double.status_code == 422

    async def test_are_put_by_external_id(self, client: httpx.AsyncClient) -> None:
        url = "/v1/price-lists/by-external/shop/7"
        bodies = (WHOLESALE, WHOLESALE, {**WHOLESALE, "is_active": False})

        answers = [await client.put(url, json=body) for body in bodies]

        results = [answer.headers["crm-result"] for answer in answers]
        assert results == ["created", "unchanged", "updated"]

    @pytest.mark.parametrize("role", ["head", "seller", "viewer"])
    async def test_are_not_for_everybody_to_write(self, client_as: ClientAs, role: str) -> None:
        client = client_as(role)

        assert (await client.post("/v1/price-lists", json=WHOLESALE)).status_code == 403
        assert (await client.get("/v1/price-lists")).status_code == 200


@pytest.mark.usefixtures("pipeline")
class TestPricesOfADeal:
    """F9: a deal takes its prices from a list."""

    async def test_come_from_its_list_unless_the_line_names_one(
        self, client: httpx.AsyncClient, session: AsyncSession, chair: Product
    ) -> None:
        other = make_product("Table", price=Decimal(700))
        session.add(other)
        await session.commit()
        body = {
            "title": "Chairs",
            "price_list_id": await listed(client, chair),
            "line_items": [
                {"product_id": str(chair.id), "quantity": "3"},
                {"product_id": str(chair.id), "unit_price": "99.00"},
                {"product_id": str(other.id)},
            ],
        }

        made = await client.post("/v1/deals", json=body)

        prices = [line["unit_price"] for line in made.json()["line_items"]]
        assert prices == ["120.00", "99.00", "700.00"]
        assert made.json()["amount"] == "1159.00"
        [envelope] = await recorded(session, DealCreated)
        assert str(envelope.data.deal.price_list_id) == body["price_list_id"]

    @pytest.mark.parametrize(
        ("rate", "quantity", "total", "tax"),
        [
            ("20", "1", "100.00", "20.00"),
            ("7", "1", "112.15", "7.85"),
            ("0", "2", "240.00", "0.00"),
        ],
    )
    async def test_with_tax_included_split_exactly(
        self,
        client: httpx.AsyncClient,
        chair: Product,
        rate: str,
        quantity: str,
        total: str,
        tax: str,
    ) -> None:
        list_id = await listed(client, chair, tax_included=True)
        line = {"product_id": str(chair.id), "tax_rate": rate, "quantity": quantity}

        made = await client.post(
            "/v1/deals", json={"title": "x", "price_list_id": list_id, "line_items": [line]}
        )

        [item] = made.json()["line_items"]
        assert (item["total"], item["tax_amount"], item["tax_included"]) == (total, tax, True)
        assert Decimal(total) + Decimal(tax) == Decimal(quantity) * 120

    async def test_a_line_says_itself_whether_the_tax_is_in(
        self, client: httpx.AsyncClient, chair: Product
    ) -> None:
        line = {
            "product_id": str(chair.id),
            "unit_price": "120",
            "tax_rate": "20",
            "tax_included": True,
        }

        made = await client.post("/v1/deals", json={"title": "x", "line_items": [line]})

        assert made.json()["amount"] == "100.00"

    @pytest.mark.parametrize(
        "values",
        [
            {"currency": "EUR"},
            {"is_active": False},
            {"valid_from": str(TODAY + timedelta(days=2))},
            {"valid_until": str(TODAY - timedelta(days=2))},
        ],
    )
    async def test_are_not_taken_from_a_list_that_is_not_valid(
        self, client: httpx.AsyncClient, session: AsyncSession, chair: Product, values: Any
    ) -> None:
        list_id = await listed(client, chair, **values)

        for named in (list_id, str(new_id())):
            answer = await client.post("/v1/deals", json={"title": "x", "price_list_id": named})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["code"] == "price-list-not-valid"
        assert await recorded(session, DealCreated) == []

    async def test_stay_when_the_list_changes_or_ends(
        self, client: httpx.AsyncClient, chair: Product
    ) -> None:
        list_id = await listed(client, chair)
        lines = [{"product_id": str(chair.id)}]
        made = await client.post(
            "/v1/deals", json={"title": "x", "price_list_id": list_id, "line_items": lines}
        )
        await client.delete(f"/v1/price-lists/{list_id}", headers={"If-Match": "*"})
        url = made.headers["location"]

        read = await client.get(url)
        anew = await client.patch(url, json={"line_items": lines}, headers={"If-Match": "*"})

        assert read.json()["amount"] == "120.00"
        assert anew.json()["amount"] == "1250.00"

    async def test_do_not_follow_a_deal_into_another_currency(
        self, client: httpx.AsyncClient, chair: Product
    ) -> None:
        """D10: sums stay, as far as they can be paid; a list of other money is left behind."""
        list_id = await listed(client, chair)
        line = {"product_id": str(chair.id), "unit_price": "10.55", "quantity": 3}
        body = {"title": "x", "price_list_id": list_id, "line_items": [line]}
        made = await client.post("/v1/deals", json={**body, "expected_amount": "30.25"})
        url = made.headers["location"]

        refused = await client.patch(url, json={"currency": "JPY"}, headers={"If-Match": "*"})
        to_yen = {"currency": "JPY", "price_list_id": None}
        changed = (await client.patch(url, json=to_yen, headers={"If-Match": "*"})).json()

        assert (made.json()["amount"], refused.status_code) == ("31.65", 422)
        assert refused.json()["errors"][0]["code"] == "price-list-not-valid"
        assert [float(changed[name]) for name in ("amount", "expected_amount")] == [32, 30]
        assert float(changed["line_items"][0]["total"]) == 32
