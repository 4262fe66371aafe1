"""Changes: revisions, one transaction, batches."""

import asyncio
from typing import Any

import httpx
import pytest

SHOE = {"title": "Чобіт", "price": "10.5000"}


class TestIfMatch:
    async def test_lets_one_of_many_through(self, client: httpx.AsyncClient, count: Any) -> None:
        made = await client.post("/v1/shoes", json=SHOE)
        path, tag = f"/v1/shoes/{made.json()['id']}", made.headers["etag"]

        answers = await asyncio.gather(
            *(
                client.put(path, json={**SHOE, "size": size}, headers={"If-Match": tag})
                for size in range(8)
            )
        )

        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
        winner = next(answer for answer in answers if answer.status_code == 200)
        shown = await client.get(path)
        assert shown.json() == winner.json()
        assert shown.headers["etag"] == '"2"'
        assert await count("outbox") == 2

    @pytest.mark.parametrize(
        ("header", "status"),
        [
            (None, 428), ("*", 200), ('"1"', 200), ("1", 200), ('"2"', 412), ("", 412), ("x", 412),
            ('W/"1"', 412), ('"99999999999999999999"', 412), ('"1", "2"', 412), ("**", 412),
        ],
    )  # fmt: skip
    async def test_is_needed_and_read(
        self, client: httpx.AsyncClient, header: str | None, status: int
    ) -> None:
        made = (await client.post("/v1/shoes", json=SHOE)).json()
        headers = {} if header is None else {"If-Match": header}

        answer = await client.put(f"/v1/shoes/{made['id']}", json=SHOE, headers=headers)

        assert answer.status_code == status


class TestTransaction:
    async def test_is_rolled_back_when_the_endpoint_fails(
        self, client: httpx.AsyncClient, count: Any
    ) -> None:
        answer = await client.post("/v1/shoes/boxes")

        assert answer.status_code == 500
        assert (await count("shoes"), await count("outbox")) == (0, 0)

    async def test_is_committed_before_the_answer_is_sent(
        self, app: Any, client: httpx.AsyncClient, count: Any
    ) -> None:
        seen: list[int] = []
        inner = app.middleware_stack or app.build_middleware_stack()

        async def watching(scope: Any, receive: Any, send: Any) -> None:
            async def watch(message: Any) -> None:
                seen.append(await count("shoes"))
                await send(message)

            await inner(scope, receive, watch)

        app.middleware_stack = watching
        await client.post("/v1/shoes", json=SHOE)

        assert seen == [1, 1]

    async def test_wakes_the_relay_only_when_something_was_announced(
        self, app: Any, client: httpx.AsyncClient
    ) -> None:
        woken: list[str] = []
        app.state.resources.wake_relay = lambda: woken.append("relay")

        await client.get("/v1/shoes")
        await client.post("/v1/shoes", json={"title": ""})
        assert woken == []

        await client.post("/v1/shoes", json=SHOE)
        await client.post("/v1/shoes/quick", json=SHOE)
        assert woken == ["relay", "relay"]


class TestBatch:
    async def test_answers_for_each_item(self, client: httpx.AsyncClient, count: Any) -> None:
        items = [
            SHOE,
            {"title": ""},
            {**SHOE, "external_id": "7"},
            {**SHOE, "external_id": "7"},
            {"title": "x" * 60},
            SHOE,
        ]
        answer = await client.post("/v1/shoes/batch", json={"items": items})

        body = answer.json()
        assert (answer.status_code, body["succeeded"], body["failed"]) == (200, 3, 3)
        assert [one["status"] for one in body["results"]] == [201, 422, 201, 409, 422, 201]
        assert body["results"][1]["problem"]["errors"][0]["pointer"] == "/title"
        assert body["results"][3]["problem"]["code"] == "already-exists"
        assert (await count("shoes"), await count("outbox")) == (3, 3)

    async def test_changes_nothing_when_it_is_atomic_and_one_fails(
        self, client: httpx.AsyncClient, count: Any
    ) -> None:
        items = [SHOE, {"title": "", "size": "many"}, {"title": "x" * 60}]
        answer = await client.post("/v1/shoes/batch", json={"items": items, "atomic": True})

        assert (answer.status_code, answer.json()["code"]) == (422, "batch-refused")
        pointers = [one["pointer"] for one in answer.json()["errors"]]
        assert pointers == ["/items/1/title", "/items/1/size", "/items/2"]
        assert (await count("shoes"), await count("outbox")) == (0, 0)

    @pytest.mark.parametrize("size", [0, 501])
    async def test_takes_one_to_five_hundred(self, client: httpx.AsyncClient, size: int) -> None:
        answer = await client.post("/v1/shoes/batch", json={"items": [SHOE] * size})

        assert answer.json()["errors"][0]["pointer"] == "/items"
