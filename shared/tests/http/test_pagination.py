"""Lists: pages united are the set, whatever the order, whoever writes meanwhile."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from crm_shared.actor import Actor, Role
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.shoes import Shoe


def make_shoe(**values: Any) -> Shoe:
    return Shoe(**{"title": "Черевик", "revision": 1, "owner_id": new_id(), **values})


async def fill(sessions: Sessions, shoes: list[Shoe]) -> list[str]:
    async with sessions() as session, session.begin():
        session.add_all(shoes)
    return [str(shoe.id) for shoe in shoes]


async def pages(client: httpx.AsyncClient, path: str = "/v1/shoes", **params: Any) -> list[Any]:
    found, cursor = [], None
    while True:
        asked = {**params, **({"cursor": cursor} if cursor else {})}
        answer = await client.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found.append(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


class TestListPage:
    @pytest.mark.parametrize(
        "sort",
        [
            "price", "-price", "size,-price", "-size,price", "title", "-made_on,title", "id", "-id",
            "price,size,title", "-created_at", "created_at",
        ],
    )  # fmt: skip
    async def test_unites_to_the_set_in_order_with_nulls_and_ties(
        self, client: httpx.AsyncClient, sessions: Sessions, sort: str
    ) -> None:
        shoes = [
            make_shoe(
                title=["а", "Б", "їжак"][number % 3],
                price=None if number % 4 == 0 else Decimal(number % 3),
                size=None if number % 5 == 0 else number % 2,
                made_on=None if number % 3 == 0 else date(2026, 1, 1 + number % 2),
            )
            for number in range(23)
        ]
        ids = await fill(sessions, shoes)

        found = [one["id"] for page in await pages(client, sort=sort, limit=4) for one in page]
        [whole] = await pages(client, sort=sort, limit=500)

        assert found == [one["id"] for one in whole]
        assert sorted(found) == sorted(ids)

    async def test_loses_and_repeats_nothing_while_others_write(
        self, client: httpx.AsyncClient, sessions: Sessions
    ) -> None:
        before = set(await fill(sessions, [make_shoe(price=Decimal(n % 7)) for n in range(60)]))
        stop = asyncio.Event()

        async def write() -> None:
            while not stop.is_set():
                await fill(sessions, [make_shoe(price=Decimal(n % 7)) for n in range(3)])

        writer = asyncio.create_task(write())
        found = [one["id"] for page in await pages(client, sort="-price", limit=5) for one in page]
        stop.set()
        await writer

        assert len(found) == len(set(found))
        assert before <= set(found)

    async def test_counts_only_when_asked(
        self, client: httpx.AsyncClient, sessions: Sessions
    ) -> None:
        await fill(sessions, [make_shoe(size=n) for n in range(7)])

        asked = await client.get("/v1/shoes?limit=2&total=true&size[gte]=2")
        unasked = await client.get("/v1/shoes?limit=2")

        assert (asked.json()["total"], unasked.json()["total"]) == (5, None)

    async def test_shows_only_what_is_in_scope(self, sign_in: Any, sessions: Sessions) -> None:
        mine, team = new_id(), new_id()
        await fill(sessions, [make_shoe(), make_shoe(owner_id=mine), make_shoe(team_id=team)])
        seller = sign_in(actor=Actor(mine, Role.SELLER))
        head = sign_in(actor=Actor(mine, Role.HEAD, frozenset({team})))

        assert [len(page) for page in await pages(seller)] == [1]
        assert [len(page) for page in await pages(head)] == [2]
        assert [len(page) for page in await pages(sign_in("admin"))] == [3]


class TestFilter:
    async def test_filters_alike_by_parameters_and_by_tree(
        self, client: httpx.AsyncClient, sessions: Sessions
    ) -> None:
        boots = [make_shoe(title="Чобіт", size=n, tags=["зима"]) for n in range(40, 44)]
        await fill(sessions, [*boots, make_shoe(size=41), make_shoe(tags=["літо"])])
        tree = {
            "and": [
                {"field": "title", "op": "starts_with", "value": "чоб"},
                {"field": "size", "op": "between", "value": [41, 42]},
                {"field": "tags", "op": "has_any", "value": ["зима"]},
            ]
        }

        listed = await client.get(
            "/v1/shoes",
            params={"title[starts_with]": "чоб", "size[between]": "41,42", "tags[has_any]": "зима"},
        )
        searched = await client.post("/v1/shoes/search", json={"filter": tree})

        assert listed.json()["items"] == searched.json()["items"]
        assert sorted(one["size"] for one in listed.json()["items"]) == [41, 42]

    @pytest.mark.parametrize(
        ("query", "pointer", "code"),
        [
            ("colour=red", "/query/colour", "unknown-parameter"),
            ("%2B380671234567=", "/query", "unknown-parameter"),
            ("size[like]=4", "/query/size", "unknown-operator"),
            ("size=big", "/query/size", "invalid-value"),
            ("limit=0", "/query/limit", "invalid-limit"),
            ("limit=501", "/query/limit", "invalid-limit"),
            ("limit=-1", "/query/limit", "invalid-limit"),
            ("limit=9999999999999999999999", "/query/limit", "invalid-limit"),
            ("total=maybe", "/query/total", "invalid-value"),
            ("sort=tags", "/query/sort", "invalid-sort"),
            ("sort=size,size", "/query/sort", "invalid-sort"),
            ("sort=--size", "/query/sort", "invalid-sort"),
            ("title=%00", "/query/title", "invalid-value"),
            ("title=%ff%fe", "/query/title", "invalid-value"),
            ("cursor=%D0%B0", "/cursor", "invalid-cursor"),
            ("cursor=", "/cursor", "invalid-cursor"),
            ("cursor=AAAA", "/cursor", "invalid-cursor"),
        ],
    )
    async def test_names_what_it_does_not_understand(
        self, client: httpx.AsyncClient, query: str, pointer: str, code: str
    ) -> None:
        answer = await client.get(f"/v1/shoes?{query}")

        if query == "title=%ff%fe":  # bytes that are no text arrive as replacement signs
            assert answer.json()["items"] == []
            return
        assert answer.status_code == 422
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]

    async def test_leaves_the_routes_own_parameters_alone(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/v1/shoes?shop=main")

        assert answer.json()["items"] == []


class TestCursor:
    async def test_belongs_to_its_list_alone(
        self, client: httpx.AsyncClient, sessions: Sessions
    ) -> None:
        await fill(sessions, [make_shoe(size=n) for n in range(4)])
        first = (await client.get("/v1/shoes?limit=2&sort=size")).json()
        cursor = first["next_cursor"]

        for other in ("sort=-size", "sort=price", "sort=size&size[gt]=1"):
            answer = await client.get(f"/v1/shoes?limit=2&{other}&cursor={cursor}")
            assert answer.status_code == 422

    async def test_cannot_be_made_up(self, client: httpx.AsyncClient, sessions: Sessions) -> None:
        await fill(sessions, [make_shoe(size=n) for n in range(4)])
        cursor = (await client.get("/v1/shoes?limit=2&sort=size")).json()["next_cursor"]
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = json.loads(raw[16:])
        forged = raw[:16] + json.dumps([values[0] + 1, values[1]]).encode()

        answer = await client.get(
            "/v1/shoes",
            params={"limit": 2, "sort": "size", "cursor": urlsafe_b64encode(forged).decode()},
        )

        assert answer.json()["errors"][0]["code"] == "invalid-cursor"
