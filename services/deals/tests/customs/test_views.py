"""D7: saved views: one's own and shared, used, by default, broken without failing."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import SavedViewCreated, SavedViewDeleted, SavedViewUpdated
from crm_deals.pipelines.models import Pipeline
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

pytestmark = pytest.mark.usefixtures("pipeline")
Define = Any
EVERY = {"If-Match": "*"}
VIEWS = "/v1/deals/views"
LARGE = {"field": "amount", "op": "gte", "value": "100"}


async def save(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post(VIEWS, json={"name": "Large", "filter": LARGE, **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def begin(client: httpx.AsyncClient, title: str, amount: str, **more: Any) -> None:
    body = {"title": title, "amount": amount, **more}
    assert (await client.post("/v1/deals", json=body)).status_code == 201


async def shown(client: httpx.AsyncClient, query: str) -> list[str]:
    answer = await client.get(f"/v1/deals?{query}")
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


class TestD7Saving:
    async def test_keeps_filter_columns_and_order_and_tells_neither(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await save(
            client,
            name="Канарейка",
            filter={"field": "title", "op": "contains", "value": "Канарейка"},
            columns=["title", "amount"],
            sort="-amount",
        )

        assert (await client.get(f"{VIEWS}/{made['id']}")).json() == made
        assert (made["is_broken"], made["sharing"], made["is_default"]) == (False, "private", False)
        [envelope] = await recorded(session, SavedViewCreated)
        assert envelope.data.saved_view.noun == "deal"
        assert "Канарейка" not in " ".join(await session.scalars(select(OUTBOX.c.envelope)))

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"filter": {"field": "wings", "op": "eq", "value": 1}}, "/filter"),
            ({"filter": {"and": [LARGE, {"field": "amount"}]}}, "/filter/and/1"),
            ({"columns": ["wings"]}, "/columns/0"),
            ({"sort": "-wings"}, "/sort"),
            ({"sharing": "team"}, "/team_id"),
            ({"sharing": "world"}, "/sharing"),
        ],
    )
    async def test_names_what_is_not_there(
        self, client: httpx.AsyncClient, change: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post(VIEWS, json={"name": "Large", **change})

        assert answer.status_code == 422
        assert pointer in [one["pointer"] for one in answer.json()["errors"]]
        assert (await client.get(VIEWS)).json()["items"] == []

    async def test_is_changed_and_put_away_by_its_owner_only(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller = client_as("seller", user_id=new_id())
        made = await save(seller, sharing="all")
        path = f"{VIEWS}/{made['id']}"

        stranger = await client_as("seller").patch(path, json={"name": "Mine"}, headers=EVERY)
        changed = await seller.patch(path, json={"name": "Largest"}, headers={"If-Match": '"1"'})
        stale = await seller.patch(path, json={"name": "Old"}, headers={"If-Match": '"1"'})
        gone = await client.delete(path, headers=EVERY)

        assert (stranger.status_code, stranger.json()["code"]) == (403, "not-your-view")
        assert (changed.json()["name"], stale.status_code, gone.status_code) == (
            "Largest", 412, 204,
        )  # fmt: skip
        assert (await seller.get(path)).status_code == 404
        assert len(await recorded(session, SavedViewUpdated)) == 1
        assert len(await recorded(session, SavedViewDeleted)) == 1


class TestD7Sharing:
    async def test_shows_each_his_own_his_teams_and_everybodys(self, client_as: ClientAs) -> None:
        team = new_id()
        owner = client_as("seller", user_id=new_id(), team_ids=(team,))
        for name, more in (
            ("own", {}),
            ("team", {"sharing": "team", "team_id": str(team)}),
            ("all", {"sharing": "all"}),
        ):
            await save(owner, name=name, **more)

        async def names(client: httpx.AsyncClient) -> list[str]:
            return [item["name"] for item in (await client.get(VIEWS)).json()["items"]]

        assert await names(owner) == ["all", "own", "team"]
        assert await names(client_as("seller", team_ids=(team,))) == ["all", "team"]
        assert await names(client_as("seller")) == ["all"]

    async def test_with_a_team_that_is_not_ones_own_it_is_refused(
        self, client_as: ClientAs
    ) -> None:
        body = {"name": "x", "sharing": "team", "team_id": str(new_id())}

        answer = await client_as("seller").post(VIEWS, json=body)

        assert (answer.status_code, answer.json()["code"]) == (403, "not-your-team")

    async def test_a_view_never_shows_more_than_its_reader_may_see(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        await begin(client, "admin's", "500")
        made = await save(client, sharing="all")

        assert await shown(client, f"view={made['id']}") == ["admin's"]
        assert await shown(client_as("seller"), f"view={made['id']}") == []


class TestD7Using:
    async def test_narrows_and_orders_and_goes_with_other_filters(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        for title, amount in (("a", "50"), ("b", "300"), ("c", "200")):
            await begin(client, title, amount)
        made = await save(client, sort="amount")
        view = f"view={made['id']}"

        assert await shown(client, view) == ["c", "b"]
        assert await shown(client, f"{view}&sort=-amount") == ["b", "c"]
        assert await shown(client, f"{view}&amount[lt]=250") == ["c"]
        found = await client.post("/v1/deals/search", json={"view": made["id"]})
        assert [item["title"] for item in found.json()["items"]] == ["c", "b"]
        board = await client.get(f"/v1/deals/board?pipeline_id={pipeline.id}&{view}")
        assert sum(column["count"] for column in board.json()["columns"]) == 2

    async def test_pages_of_a_view_go_on(self, client: httpx.AsyncClient) -> None:
        for number in range(3):
            await begin(client, str(number), "500")
        view = f"view={(await save(client, sort='created_at'))['id']}"

        first = (await client.get(f"/v1/deals?{view}&limit=2")).json()
        rest = await shown(client, f"{view}&limit=2&cursor={first['next_cursor']}")

        assert [item["title"] for item in first["items"]] + rest == ["0", "1", "2"]

    async def test_ones_default_is_taken_by_its_name(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        await begin(client, "small", "5")
        made = await save(client, sharing="all")

        before = await shown(client, "view=default")
        await client.put(f"{VIEWS}/default", json={"view_id": made["id"]})
        after = await shown(client, "view=default")
        listed = (await client.get(VIEWS)).json()["items"]
        await client.put(f"{VIEWS}/default", json={"view_id": None})

        assert (before, after) == (["small"], [])
        assert [item["is_default"] for item in listed] == [True]
        assert (await client.get(f"{VIEWS}/default")).json() == {"view_id": None}
        others = await client_as("viewer").get(f"{VIEWS}/default")
        assert others.json() == {"view_id": None}

    async def test_an_unknown_view_is_404(self, client: httpx.AsyncClient) -> None:
        for name in (str(new_id()), "nonsense"):
            answer = await client.get(f"/v1/deals?view={name}")
            assert (answer.status_code, answer.json()["code"]) == (404, "view-not-found")


class TestD7Broken:
    async def test_says_so_and_works_without_what_vanished(
        self, client: httpx.AsyncClient, define: Define
    ) -> None:
        field = await define("floors", "integer")
        await begin(client, "tall", "500", custom_fields={"floors": 9})
        await begin(client, "low", "500", custom_fields={"floors": 1})
        await begin(client, "small", "5")
        tall = {"field": "custom.floors", "op": "gte", "value": 5}
        made = await save(
            client,
            filter={"and": [LARGE, tall]},
            columns=["title", "custom.floors"],
            sort="-custom.floors",
        )
        view = f"/v1/deals?view={made['id']}"
        whole = await client.get(view)

        await client.delete(f"/v1/deals/custom-fields/{field['id']}", headers=EVERY)
        broken = (await client.get(f"{VIEWS}/{made['id']}")).json()
        left = await client.get(view)
        await client.post(f"/v1/deals/custom-fields/{field['id']}/restore", headers=EVERY)
        mended = await client.get(view)

        assert [item["title"] for item in whole.json()["items"]] == ["tall"]
        assert broken["is_broken"] is True
        assert sorted(one["pointer"] for one in broken["faults"]) == [
            "/columns/1", "/filter/and/1", "/sort",
        ]  # fmt: skip
        assert {item["title"] for item in left.json()["items"]} == {"tall", "low"}
        assert left.headers["crm-view"] == "broken"
        assert [item["title"] for item in mended.json()["items"]] == ["tall"]
        assert "crm-view" not in mended.headers
