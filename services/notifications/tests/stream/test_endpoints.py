"""M10: the live stream: news of one's own records and inbox, from where one stopped listening."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.inbox import use_cases
from crm_notifications.main import create_app
from crm_notifications.settings import Settings
from crm_notifications.testing import stage_moved
from crm_shared.actor import Role
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.ids import new_id
from crm_shared.testing.plugin import token_of


class Server(uvicorn.Server):
    """A real server in this loop: an event stream does not end by itself."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()

    def capture_signals(self) -> Any:
        return nullcontext()


@asynccontextmanager
async def _serving(settings: Settings) -> AsyncIterator[str]:
    app = create_app(settings)
    server = Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=5))
    task = asyncio.create_task(server.serve())
    await server.up.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    app.resources.stopping.set()  # type: ignore[attr-defined]
    server.should_exit = True
    await task


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    async with _serving(settings) as address:
        yield address


async def told(session: AsyncSession, *envelopes: Envelope[AnyEvent]) -> None:
    [feed] = [one for one in SUBSCRIPTIONS if one.durable == "notifications-deals-feed"]
    await feed.handle(session, envelopes)
    while await use_cases.write_next(session):
        await session.commit()
    await session.commit()


async def heard(
    url: str, count: int, *, user_id: UUID, role: Role = Role.SELLER, **headers: str
) -> AsyncIterator[dict[str, Any]]:
    """Yield so many events of the stream (the first is that it is open)."""
    bearer = {"Authorization": f"Bearer {token_of(role, user_id=user_id)}", **headers}
    async with (
        asyncio.timeout(20),
        httpx.AsyncClient(trust_env=False, timeout=20) as client,
        client.stream("GET", f"{url}/v1/stream", headers=bearer) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        event: dict[str, Any] = {}
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                event[name or "comment"] = json.loads(value) if name == "data" else value
            else:
                yield event
                event, count = {}, count - 1
                if not count:
                    return


class TestStream:
    async def test_tells_of_ones_own_records_without_what_they_say(
        self, url: str, session: AsyncSession
    ) -> None:
        seller = new_id()
        row = {"id": seller, "role": "seller", "team_ids": [], "is_active": True, "revision": 1}
        await session.execute(insert(KNOWN_USERS).values(**row))
        await session.commit()
        mine = stage_moved(owner_id=str(seller))
        late = stage_moved(owner_id=str(seller)).model_copy(
            update={"type": "crm.deals.deal.overdue.v1"}
        )
        events = heard(url, 4, user_id=seller)
        opened = await anext(events)
        await told(session, stage_moved(), mine, late)

        first, second, notice = [one async for one in events]

        assert opened["comment"] == "listening"
        assert (first["event"], first["data"]["id"]) == ("record", str(mine.subject))
        assert first["data"]["changed"] == ["stage_id"]
        assert "12500" not in json.dumps(first)
        assert (second["data"]["type"], "id" in second) == ("crm.deals.deal.overdue.v1", False)
        assert (notice["event"], notice["data"]["kind"]) == ("notice", "overdue")
        again = [
            one async for one in heard(url, 3, user_id=seller, **{"Last-Event-ID": first["id"]})
        ]
        assert [one.get("event") for one in again[1:]] == ["record", "notice"]

    async def test_ends_when_the_sign_in_does(self, url: str, session: AsyncSession) -> None:
        seller = new_id()
        events = heard(url, 2, user_id=seller)
        await anext(events)
        row = {"id": seller, "role": "seller", "team_ids": [], "revision": 1}
        await session.execute(insert(KNOWN_USERS).values(**row, is_active=False))
        await session.commit()

        [last] = [one async for one in events]

        assert (last["event"], last["data"]) == ("end", {"reason": "signed-out"})

    async def test_says_that_a_place_is_gone_and_who_may_not_listen(
        self, url: str, session: AsyncSession
    ) -> None:
        await told(session, stage_moved())
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            bearer = {"Authorization": f"Bearer {token_of(Role.ADMIN)}"}
            stranger = await client.get("/v1/stream")
            since = {**bearer, "Last-Event-ID": "yesterday"}
            wrong = await client.get("/v1/stream", headers=since)

            ahead = await client.get("/v1/stream?after=99", headers=bearer)

        assert (stranger.status_code, wrong.status_code) == (401, 422)
        assert (ahead.status_code, ahead.json()["code"]) == (410, "position-ahead")
