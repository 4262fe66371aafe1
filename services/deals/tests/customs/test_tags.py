"""D7 and C5: tags of deals: put on, taken off, found, counted, renamed."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal
from crm_deals.events import DealUpdated
from crm_deals.nouns.catalogue import DEALS
from crm_deals.nouns.use_cases import announce_deals
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, stage_called
from crm_shared.actor import Access
from crm_shared.ids import new_id
from crm_shared.nouns import tags
from crm_shared.nouns.tags import TagChange, Tagging
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs


async def begin(client: httpx.AsyncClient, title: str, *tags_: str) -> str:
    answer = await client.post("/v1/deals", json={"title": title, "tags": list(tags_)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def found(client: httpx.AsyncClient, query: str) -> list[str]:
    answer = await client.get(f"/v1/deals?sort=title&{query}")
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


@pytest.mark.usefixtures("pipeline")
class TestD7Tagging:
    async def test_puts_on_and_takes_off_and_says_so_once(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        deal = await begin(client, "Chairs", "cold")
        change = {"add": ["tender", "urgent"], "remove": ["cold"]}

        first = await client.post(f"/v1/deals/{deal}/tags", json=change)
        again = await client.post(f"/v1/deals/{deal}/tags", json=change)

        assert first.json() == {"id": deal, "revision": 2, "tags": ["tender", "urgent"]}
        assert again.json() == first.json()
        [envelope] = await recorded(session, DealUpdated)
        assert (envelope.data.changed, envelope.data.previous) == (["tags"], {"tags": ["cold"]})
        assert envelope.data.deal.tags == ["tender", "urgent"]
        assert envelope.bulk is False

    async def test_finds_by_one_any_and_all(self, client: httpx.AsyncClient) -> None:
        await begin(client, "one", "a")
        await begin(client, "two", "a", "b")
        await begin(client, "three")

        assert await found(client, "tags[has]=a") == ["one", "two"]
        assert await found(client, "tags[has_any]=b,c") == ["two"]
        assert await found(client, "tags[has_all]=a,b") == ["two"]
        tree = {"not": {"field": "tags", "op": "has", "value": "a"}}
        answer = await client.post("/v1/deals/search", json={"filter": tree})
        assert [item["title"] for item in answer.json()["items"]] == ["three"]

    async def test_outside_ones_scope_there_is_nothing_to_tag(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        deal = await begin(client, "Chairs")
        stranger = client_as("seller")

        one = await stranger.post(f"/v1/deals/{deal}/tags", json={"add": ["mine"]})
        many = await stranger.post("/v1/deals/tags", json={"ids": [deal], "add": ["mine"]})

        assert one.status_code == 404
        assert many.json() == {"changed": 0, "found": 0, "has_more": False}
        assert (
            await client_as("viewer").post(f"/v1/deals/{deal}/tags", json={})
        ).status_code == 403

    @pytest.mark.parametrize(
        "body",
        [{}, {"add": ["a"], "remove": ["a"]}, {"add": [""]}, {"add": ["x" * 61]}],
    )
    async def test_refuses_what_makes_no_sense(
        self, client: httpx.AsyncClient, body: dict[str, Any]
    ) -> None:
        deal = await begin(client, "Chairs")

        assert (await client.post(f"/v1/deals/{deal}/tags", json=body)).status_code == 422


@pytest.mark.usefixtures("pipeline")
class TestD7TaggingMany:
    async def test_each_record_of_a_list_has_its_event(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        ids = [await begin(client, title) for title in ("one", "two")]
        tagged = await begin(client, "three", "vip")

        answer = await client.post(
            "/v1/deals/tags", json={"ids": [*ids, tagged, str(new_id())], "add": ["vip"]}
        )

        assert answer.json() == {"changed": 2, "found": 3, "has_more": False}
        envelopes = await recorded(session, DealUpdated)
        assert {str(one.subject) for one in envelopes} == set(ids)
        assert all(one.bulk and one.revision == 2 for one in envelopes)

    async def test_a_filter_goes_on_until_nothing_is_left(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(tags, "MOST_AT_ONCE", 2)
        for title in ("one", "two", "three"):
            await begin(client, title)
        await begin(client, "other")
        one_of = {"field": "title", "op": "in", "value": ["one", "two", "three"]}
        body = {"filter": one_of, "add": ["vip"]}

        first = await client.post("/v1/deals/tags", json=body)
        second = await client.post("/v1/deals/tags", json=body)
        third = await client.post("/v1/deals/tags", json=body)

        assert first.json() == {"changed": 2, "found": 2, "has_more": True}
        assert second.json() == {"changed": 1, "found": 1, "has_more": False}
        assert third.json() == {"changed": 0, "found": 0, "has_more": False}
        assert await found(client, "tags[has]=vip") == ["one", "three", "two"]
        assert len(await recorded(session, DealUpdated)) == 3

    async def test_counts_tags_within_scope(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        seller = new_id()
        await begin(client, "one", "a", "b")
        body = {"title": "mine", "tags": ["b"]}
        await client_as("seller", user_id=seller).post("/v1/deals", json=body)

        all_of_them = await client.get("/v1/deals/tags")
        own = await client_as("seller", user_id=seller).get("/v1/deals/tags")
        begun = await client.get("/v1/deals/tags?q=A")

        assert all_of_them.json()["items"] == [
            {"tag": "b", "count": 2},
            {"tag": "a", "count": 1},
        ]
        assert own.json()["items"] == [{"tag": "b", "count": 1}]
        assert [one["tag"] for one in begun.json()["items"]] == ["a"]

    async def test_renames_and_so_merges(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        await begin(client, "one", "vip", "a")
        await begin(client, "two", "VIP", "vip")
        body = {"old": "VIP", "new": "vip"}

        answer = await client.post("/v1/deals/tags/rename", json=body)

        assert answer.json() == {"changed": 1, "found": 1, "has_more": False}
        listed = (await client.get("/v1/deals/tags")).json()["items"]
        assert listed == [{"tag": "vip", "count": 2}, {"tag": "a", "count": 1}]
        assert (await client_as("head").post("/v1/deals/tags/rename", json=body)).status_code == 403


class TestD7TaggingTheSame:
    async def test_one_change_is_one_revision_for_each(
        self, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        stage = stage_called(pipeline, "New")
        session.add_all(made := [make_deal(stage, title=f"{n}") for n in range(3)])
        await session.flush()
        tagging = Tagging(Deal, announce_deals)
        change = TagChange(add=("x",))
        ids = [deal.id for deal in made]

        result = await tagging.retag_some(session, DEALS.visible(access), ids, change)
        again = await tagging.retag_some(session, DEALS.visible(access), ids, change)

        assert (result.changed, again.changed) == (3, 0)
        assert {deal.revision for deal in made} == {2}
