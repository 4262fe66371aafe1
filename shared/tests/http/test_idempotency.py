"""Idempotency-Key: sent again is answered again, done once."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, update

from crm_shared.actor import Actor, Role
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import IDEMPOTENCY_KEYS
from crm_shared.ids import new_id

KEY = {"Idempotency-Key": "k-1"}
SHOE = {"title": "Чобіт", "price": "10.50"}


class TestIdempotencyKey:
    @pytest.mark.parametrize("path", ["/v1/shoes", "/v1/shoes/quick", "/v1/shoes/batch"])
    async def test_gives_the_first_answer_again(
        self, client: httpx.AsyncClient, count: Any, path: str
    ) -> None:
        body = {"items": [SHOE]} if path.endswith("batch") else SHOE
        first = await client.post(path, json=body, headers=KEY)
        again = await client.post(path, json=body, headers=KEY)

        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers.get("etag") == first.headers.get("etag")
        assert again.headers["content-type"] == first.headers["content-type"]
        assert again.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in first.headers
        assert (await count("shoes"), await count("outbox")) == (1, 1)

    async def test_refuses_another_body_with_the_same_key(
        self, client: httpx.AsyncClient, count: Any
    ) -> None:
        await client.post("/v1/shoes", json=SHOE, headers=KEY)
        other = await client.post("/v1/shoes", json={**SHOE, "size": 42}, headers=KEY)

        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
        assert await count("shoes") == 1

    async def test_belongs_to_one_caller_and_one_route(self, sign_in: Any, count: Any) -> None:
        for client in (sign_in(), sign_in()):
            for path in ("/v1/shoes", "/v1/shoes/quick"):
                answer = await client.post(path, json=SHOE, headers=KEY)
                assert "idempotency-replayed" not in answer.headers

        assert await count("shoes") == 4

    async def test_refuses_the_second_while_the_first_is_worked_on(
        self, client: httpx.AsyncClient, count: Any
    ) -> None:
        answers = await asyncio.gather(
            *(client.post("/v1/shoes/slow", json=SHOE, headers=KEY) for _ in range(5))
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
        refused = next(answer for answer in answers if answer.status_code == 409)
        assert refused.json()["code"] == "request-in-flight"
        assert refused.headers["retry-after"] == "1"
        assert await count("shoes") == 1

    async def test_is_free_again_after_a_refusal(
        self, client: httpx.AsyncClient, count: Any
    ) -> None:
        refused = await client.post("/v1/shoes", json={"title": ""}, headers=KEY)
        accepted = await client.post("/v1/shoes", json=SHOE, headers=KEY)

        assert (refused.status_code, accepted.status_code) == (422, 201)
        assert await count("shoes") == 1

    async def test_is_forgotten_after_a_day(
        self, client: httpx.AsyncClient, sessions: Sessions, count: Any
    ) -> None:
        await client.post("/v1/shoes", json=SHOE, headers=KEY)
        async with sessions() as session, session.begin():
            yesterday = func.now() - timedelta(hours=25)
            await session.execute(update(IDEMPOTENCY_KEYS).values(created_at=yesterday))

        other = await client.post("/v1/shoes", json={"title": "Сандаля"}, headers=KEY)
        again = await client.post("/v1/shoes", json={"title": "Сандаля"}, headers=KEY)

        assert (other.status_code, again.headers["idempotency-replayed"]) == (201, "true")
        assert await count("shoes") == 2

    async def test_keeps_no_secret_and_nothing_of_strangers(
        self, client: httpx.AsyncClient, sign_in: Any, count: Any
    ) -> None:
        await client.post("/v1/shoes/secret", json=SHOE, headers=KEY)
        await sign_in(None).post("/v1/shoes/door", headers=KEY)

        assert await count("idempotency_keys") == 0

    @pytest.mark.parametrize("key", ["", " ", "x" * 256])
    async def test_must_be_a_plain_short_text(self, client: httpx.AsyncClient, key: str) -> None:
        answer = await client.post("/v1/shoes", json=SHOE, headers={"Idempotency-Key": key})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/header/idempotency-key"

    async def test_does_not_open_another_callers_answer(self, sign_in: Any) -> None:
        mine = sign_in(actor=Actor(new_id(), Role.SELLER))
        first = await mine.post("/v1/shoes", json=SHOE, headers=KEY)
        other = await sign_in("seller").post("/v1/shoes", json=SHOE, headers=KEY)

        assert first.json()["id"] != other.json()["id"]
