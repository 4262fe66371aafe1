"""The routes of deals: answers, and problem documents for what is wrong."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal
from crm_deals.pipelines.models import Pipeline, Stage
from crm_deals.testing import make_deal, make_pipeline, make_product, make_stage, stage_called
from crm_shared.actor import Actor
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, silence
from crm_shared.testing.plugin import ClientAs

pytestmark = pytest.mark.usefixtures("pipeline")
CHAIRS = {"title": "200 chairs for the library", "amount": "12500.00"}


async def stored(session: AsyncSession, deal: Deal) -> Deal:
    session.add(deal)
    await session.commit()
    return deal


async def begun(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    answer = await client.post("/v1/deals", json={**CHAIRS, **values})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["code"] == code
    return body


class TestCreateDeal:
    async def test_answers_with_the_deal_as_it_stands(
        self, client: httpx.AsyncClient, actor: Actor, pipeline: Pipeline
    ) -> None:
        answer = await client.post("/v1/deals", json=CHAIRS)

        body = answer.json()
        assert answer.status_code == 201
        assert answer.headers["etag"] == '"1"'
        assert answer.headers["location"] == f"/v1/deals/{body['id']}"
        assert body["stage_id"] == str(pipeline.stages[0].id)
        assert (body["stage_label"], body["probability"]) == ("New", 10)
        assert (body["amount"], body["currency"]) == ("12500.00", "UAH")
        assert body["owner_id"] == str(actor.id)

    async def test_names_the_rule_of_a_currency_that_is_none(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        answer = await client.post("/v1/deals", json={**CHAIRS, "currency": "XXX"})

        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {
                "pointer": "/currency",
                "code": "unknown-currency",
                "detail": "Must be a currency of ISO 4217",
            }
        ]
        assert (await client.get("/v1/deals")).json()["items"] == []

    @pytest.mark.parametrize(
        ("values", "pointer"),
        [
            ({"currency": None}, "/currency"),
            ({"title": ""}, "/title"),
            ({"title": None}, "/title"),
            ({"expected_close_date": "2026-02-30"}, "/expected_close_date"),
            ({"amount": "1000000000000000"}, "/amount"),
            ({"amount": "-1"}, "/amount"),
            ({"amount": "1.00001"}, "/amount"),
            ({"amount": "NaN"}, "/amount"),
            ({"probability_override": 101}, "/probability_override"),
            ({"occurred_at": "2026-01-01T00:00:00"}, "/occurred_at"),
            ({"nickname": "x"}, "/nickname"),
            ({"line_items": [{"product_id": "no"}]}, "/line_items/0/product_id"),
            ({"external_id": "7"}, "/external_id"),
            ({"source_system": "erp"}, "/external_id"),
            ({"stage_id": str(new_id())}, "/stage_id"),
            ({"pipeline_id": str(new_id())}, "/pipeline_id"),
            ({"line_items": [{"product_id": str(new_id())}]}, "/line_items/0/product_id"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        values: dict[str, Any],
        pointer: str,
    ) -> None:
        answer = await client.post("/v1/deals", json={**CHAIRS, **values})

        body = problem(answer, 422, "invalid")
        assert [error["pointer"] for error in body["errors"]] == [pointer]
        assert await announced(session) == []

    async def test_refuses_items_that_come_to_more_than_fits(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        product = make_product()
        session.add(product)
        await session.commit()
        line = {
            "product_id": str(product.id),
            "quantity": "999999999999999",
            "unit_price": "999999999999999.9999",
        }

        answer = await client.post("/v1/deals", json={"title": "Everything", "line_items": [line]})

        assert problem(answer, 422, "invalid")["errors"][0]["code"] == "amount-too-large"

    async def test_is_done_once_for_one_idempotency_key(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        headers = {"Idempotency-Key": "first"}

        first = await client.post("/v1/deals", json=CHAIRS, headers=headers)
        again = await client.post("/v1/deals", json=CHAIRS, headers=headers)
        other = await client.post("/v1/deals", json={"title": "Other"}, headers=headers)

        assert again.json()["id"] == first.json()["id"]
        problem(other, 422, "idempotency-key-reused")
        assert len(await announced(session)) == 1

    async def test_says_when_there_is_no_pipeline(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        await session.delete(pipeline)
        await session.commit()

        problem(await client.post("/v1/deals", json=CHAIRS), 409, "no-pipeline")

    async def test_in_no_stage_that_was_archived_a_moment_ago(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        """D1: by another process: what this one knows is up to two seconds old."""
        await begun(client)
        new = {"stage_id": str(stage_called(pipeline, "New").id)}
        gone = update(Stage).where(Stage.id == UUID(new["stage_id"])).values(archived_at=utc_now())
        later = update(Pipeline).where(Pipeline.id == pipeline.id)
        await session.execute(gone)
        await session.execute(later.values(revision=Pipeline.revision + 1))
        await session.commit()

        answer = await client.post("/v1/deals", json={**CHAIRS, **new})

        assert answer.status_code == 422, answer.text


class TestRoles:
    @pytest.mark.parametrize("role", ["viewer", "accountant", "marketing"])
    async def test_may_not_write(
        self, client_as: ClientAs, role: str, session: AsyncSession
    ) -> None:
        async with silence(session):
            problem(await client_as(role).post("/v1/deals", json=CHAIRS), 403, "forbidden")

    async def test_a_seller_begins_only_deals_of_his_own(self, client_as: ClientAs) -> None:
        seller = client_as("seller", user_id=new_id())

        own = await seller.post("/v1/deals", json=CHAIRS)
        other = await seller.post("/v1/deals", json={**CHAIRS, "owner_id": str(new_id())})

        assert own.status_code == 201
        problem(other, 403, "outside-scope")

    async def test_a_seller_sees_only_deals_of_his_own(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        seller_id = new_id()
        own = await begun(client, owner_id=str(seller_id))
        other = await begun(client)
        seller = client_as("seller", user_id=seller_id)

        listed = (await seller.get("/v1/deals")).json()["items"]

        assert [deal["id"] for deal in listed] == [own["id"]]
        problem(await seller.get(f"/v1/deals/{other['id']}"), 404, "deal-not-found")
        problem(await seller.get(f"/v1/deals/{other['id']}/history"), 404, "deal-not-found")

    async def test_nobody_gets_in_without_a_token(self, client_as: ClientAs) -> None:
        problem(await client_as(None).get("/v1/deals"), 401, "unauthorized")


class TestMoveDeal:
    async def test_answers_with_the_next_revision(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        deal = await begun(client)
        won = stage_called(pipeline, "Won")

        answer = await client.put(
            f"/v1/deals/{deal['id']}/stage",
            json={"stage_id": str(won.id)},
            headers={"If-Match": '"1"'},
        )

        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] == '"2"'
        assert answer.json()["outcome"] == "won"
        assert answer.json() == (await client.get(f"/v1/deals/{deal['id']}")).json()

    async def test_needs_if_match(
        self, client: httpx.AsyncClient, pipeline: Pipeline, session: AsyncSession
    ) -> None:
        deal = await begun(client)
        body = {"stage_id": str(pipeline.stages[1].id)}

        async with silence(session):
            answer = await client.put(f"/v1/deals/{deal['id']}/stage", json=body)

        problem(answer, 428, "precondition-required")

    async def test_takes_a_star_for_whatever_there_is(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        deal = await begun(client)
        body = {"stage_id": str(pipeline.stages[1].id)}

        answer = await client.put(
            f"/v1/deals/{deal['id']}/stage", json=body, headers={"If-Match": "*"}
        )

        assert answer.status_code == 200

    async def test_refuses_a_stale_etag(
        self, client: httpx.AsyncClient, pipeline: Pipeline, session: AsyncSession
    ) -> None:
        deal = await begun(client)
        url, fresh = f"/v1/deals/{deal['id']}/stage", {"If-Match": '"1"'}
        await client.put(url, json={"stage_id": str(pipeline.stages[1].id)}, headers=fresh)

        async with silence(session):
            answer = await client.put(
                url, json={"stage_id": str(pipeline.stages[2].id)}, headers=fresh
            )

        problem(answer, 412, "changed-meanwhile")

    async def test_refuses_another_pipelines_stage(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        other = make_pipeline(label="Partners", is_default=False)
        session.add(other)
        await session.commit()
        deal = await begun(client)

        answer = await client.put(
            f"/v1/deals/{deal['id']}/stage",
            json={"stage_id": str(other.stages[0].id)},
            headers={"If-Match": '"1"'},
        )

        body = problem(answer, 422, "other-pipeline")
        assert body["errors"][0]["pointer"] == "/stage_id"
        assert (await client.get(f"/v1/deals/{deal['id']}")).json() == deal

    async def test_moves_a_closed_deal_only_when_it_is_reopened(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        deal = await begun(client, stage_id=str(stage_called(pipeline, "Won").id))
        url = f"/v1/deals/{deal['id']}/stage"
        body = {"stage_id": str(stage_called(pipeline, "Proposal").id)}
        headers = {"If-Match": '"2"'}

        refused = await client.put(url, json=body, headers=headers)
        still = (await client.get(f"/v1/deals/{deal['id']}")).json()
        reopened = await client.put(url, json={**body, "reopen": True}, headers=headers)

        problem(refused, 409, "deal-closed")
        assert still == deal
        assert reopened.json()["outcome"] == "open"

    async def test_lists_every_unmet_requirement(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        demanding = make_stage(
            "Offer",
            required_fields=["company_id", "contact_id"],
            requirements={"field": "amount", "op": "gt", "value": "20000"},
        )
        pipeline = make_pipeline(make_stage("New"), demanding, is_default=False)
        session.add(pipeline)
        await session.commit()
        deal = await begun(client, pipeline_id=str(pipeline.id))

        answer = await client.put(
            f"/v1/deals/{deal['id']}/stage",
            json={"stage_id": str(demanding.id)},
            headers={"If-Match": '"1"'},
        )

        body = problem(answer, 422, "requirements-unmet")
        pointers = [error["pointer"] for error in body["errors"]]
        assert pointers == ["/company_id", "/contact_id", "/amount"]


class TestHistory:
    """D2: every entry and exit of a stage, with its time and who moved the deal."""

    async def test_tells_each_stage_once(
        self, client: httpx.AsyncClient, pipeline: Pipeline, actor: Actor
    ) -> None:
        deal = await begun(client)
        await client.put(
            f"/v1/deals/{deal['id']}/stage",
            json={"stage_id": str(pipeline.stages[2].id)},
            headers={"If-Match": '"1"'},
        )

        items = (await client.get(f"/v1/deals/{deal['id']}/history")).json()["items"]

        assert [item["revision"] for item in items] == [1, 2]
        assert items[0]["from_stage_id"] is None
        assert items[1]["to_stage_id"] == str(pipeline.stages[2].id)
        assert items[1]["actor_id"] == str(actor.id)


class TestUpdateDeal:
    async def test_changes_only_what_was_sent(self, client: httpx.AsyncClient) -> None:
        deal = await begun(client, channel="phone")

        answer = await client.patch(
            f"/v1/deals/{deal['id']}", json={"amount": "1.50"}, headers={"If-Match": '"1"'}
        )

        body = answer.json()
        assert (body["revision"], body["amount"], body["channel"]) == (2, "1.50", "phone")

    async def test_does_not_move(self, client: httpx.AsyncClient, pipeline: Pipeline) -> None:
        deal = await begun(client)

        answer = await client.patch(
            f"/v1/deals/{deal['id']}",
            json={"stage_id": str(pipeline.stages[1].id)},
            headers={"If-Match": '"1"'},
        )

        assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/stage_id"


class TestPutDeal:
    async def test_creates_changes_and_leaves(self, client: httpx.AsyncClient) -> None:
        url = "/v1/deals/by-external/shop/A-17"

        created = await client.put(url, json=CHAIRS)
        same = await client.put(url, json=CHAIRS)
        changed = await client.put(url, json={**CHAIRS, "amount": "13000.00"})

        answers = [created, same, changed]
        assert [one.headers["crm-result"] for one in answers] == [
            "created",
            "unchanged",
            "updated",
        ]
        assert [one.status_code for one in answers] == [201, 200, 200]
        assert [one.json()["revision"] for one in answers] == [1, 1, 2]

    async def test_refuses_a_second_deal_with_the_id(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        named = {"source_system": "shop", "external_id": "A-17"}
        await begun(client, **named)

        async with silence(session):
            answer = await client.post("/v1/deals", json={**CHAIRS, **named})

        problem(answer, 409, "external-id-taken")


class TestDeleteDeal:
    async def test_hides_it_until_it_is_restored(self, client: httpx.AsyncClient) -> None:
        deal = await begun(client)
        url = f"/v1/deals/{deal['id']}"

        gone = await client.delete(url, headers={"If-Match": '"1"'})
        missing = await client.get(url)
        restored = await client.post(f"{url}/restore")
        again = await client.post(f"{url}/restore")

        assert gone.status_code == 204
        problem(missing, 404, "deal-not-found")
        assert restored.json()["revision"] == 3
        problem(again, 409, "deal-not-deleted")


class TestBatch:
    async def test_gives_each_item_its_result(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        items = [CHAIRS, {**CHAIRS, "stage_id": str(new_id())}, {"title": "Tables"}]

        answer = await client.post("/v1/deals/batch", json={"items": items})

        assert [one["status"] for one in answer.json()["results"]] == [201, 422, 201]
        assert len(await announced(session)) == 2

    async def test_does_all_or_nothing_when_atomic(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        items = [CHAIRS, {**CHAIRS, "stage_id": str(new_id())}]

        answer = await client.post("/v1/deals/batch", json={"items": items, "atomic": True})

        problem(answer, 422, "batch-refused")
        assert await announced(session) == []


class TestListDeals:
    async def test_filters_and_sorts_by_any_field(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        for amount in ("100", "300", "200"):
            await begun(client, amount=amount)

        query = {"stage_id": str(pipeline.stages[0].id), "amount[gte]": "200", "sort": "-amount"}
        answer = await client.get("/v1/deals", params=query)

        assert [deal["amount"] for deal in answer.json()["items"]] == ["300.00", "200.00"]

    async def test_pages_unite_to_the_whole(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        stage = pipeline.stages[0]
        session.add_all([make_deal(stage, amount=None) for _ in range(25)])
        await session.commit()

        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": "7", "sort": "amount"} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/v1/deals", params=query)).json()
            seen += [deal["id"] for deal in page["items"]]
            cursor = page["next_cursor"]

        assert len(seen) == len(set(seen)) == 25

    async def test_refuses_unknown_fields(self, client: httpx.AsyncClient) -> None:
        problem(await client.get("/v1/deals", params={"nickname": "x"}), 422, "invalid")


class TestSearchDeals:
    async def test_takes_a_tree(self, client: httpx.AsyncClient) -> None:
        await begun(client, title="Стільці для бібліотеки", channel="phone")
        await begun(client, title="Tables", channel="email")
        tree = {
            "or": [
                {"field": "title", "op": "contains", "value": "БІБЛІО"},
                {"field": "channel", "op": "eq", "value": "chat"},
            ]
        }

        answer = await client.post("/v1/deals/search", json={"filter": tree, "total": True})

        assert answer.json()["total"] == 1
        assert answer.json()["items"][0]["title"] == "Стільці для бібліотеки"
