"""The application: what starts, what it tells, what it survives."""

import asyncio
import json
import logging
import signal
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
import structlog
from fastapi import APIRouter
from openapi_spec_validator import validate
from sqlalchemy import insert, text, update

from crm_shared.actor import Actor, Permission, Role, Scope
from crm_shared.app import RouteWithoutPermissionError, service_app
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import DEAD_LETTERS, KNOWN_USERS, OUTBOX
from crm_shared.http.auth import public, require
from crm_shared.http.docs import render
from crm_shared.http.routing import service_router
from crm_shared.ids import new_id
from crm_shared.observability import logging as crm_logging
from crm_shared.testing.servers import LINK_KEY, Databases, public_keys
from crm_shared.testing.shoes import Settings
from crm_shared.testing.shop import create_app

NOWHERE = "postgresql+asyncpg://crm@127.0.0.1:1/nowhere"


def settings_of(url: str = NOWHERE, **more: Any) -> Settings:
    return Settings(
        database_url=url,
        nats_url="nats://127.0.0.1:1",
        jwks=public_keys(),
        link_key=LINK_KEY,
        **more,
    )


@asynccontextmanager
async def calling(app: Any, headers: dict[str, str] | None = None) -> Any:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop", headers=headers) as client,
    ):
        yield client


async def stub() -> None:
    """Do nothing."""


class TestServiceApp:
    def make(self, router: APIRouter, *permissions: Permission) -> Any:
        return service_app(settings_of(), title="Shop", routers=[router], permissions=permissions)

    def test_refuses_a_route_that_does_not_say_who_may(self) -> None:
        router = service_router(prefix="/v1/shoes")
        router.get("")(stub)

        with pytest.raises(RouteWithoutPermissionError):
            self.make(router)

    def test_refuses_a_permission_that_is_not_in_the_table(self) -> None:
        router = service_router(
            dependencies=[require(Permission("things:see", {Role.ADMIN: Scope.ALL}))]
        )
        router.get("/x")(stub)

        with pytest.raises(TypeError, match="missing in the service's table"):
            self.make(router)

    def test_refuses_two_endpoints_of_one_name(self) -> None:
        router = service_router(dependencies=[public()])
        for path in ("/a", "/b"):
            router.get(path)(stub)

        with pytest.raises(TypeError, match="one name each"):
            self.make(router)

    def test_refuses_a_plain_router(self) -> None:
        router = APIRouter()
        router.get("/x")(stub)

        with pytest.raises(TypeError, match="service_router"):
            self.make(router)


class TestLoops:
    async def test_tell_of_their_death_and_end_the_process(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ended: asyncio.Queue[int] = asyncio.Queue()
        monkeypatch.setattr("crm_shared.app.signal.raise_signal", ended.put_nowait)
        app = create_app(settings_of(database))

        async def broken() -> int:
            raise KeyError("canary")

        async with calling(app):
            app.state.directory.refresh = broken
            app.state.directory.wake()
            async with asyncio.timeout(2):
                assert await ended.get() == signal.SIGTERM

    async def test_end_with_the_application_although_one_swallows_its_cancellation(
        self, database: str
    ) -> None:
        app = create_app(settings_of(database))
        stubborn, entered = True, asyncio.Event()

        async def refuses_once() -> int:
            nonlocal stubborn
            entered.set()
            while stubborn:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    stubborn = False
            return 0

        async with asyncio.timeout(10), app.router.lifespan_context(app):
            app.state.directory.refresh = refuses_once
            app.state.directory.wake()
            await entered.wait()

        assert not stubborn


class TestContext:
    async def test_follows_the_callers_trace(self, sign_in: Any) -> None:
        actor = Actor(new_id(), Role.SELLER)
        trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
        headers = {"traceparent": f"00-{trace}-{span}-01"}

        answer = await sign_in(actor=actor).get("/v1/shoes/me/context", headers=headers)

        around = answer.json()
        assert (around["actor"], around["role"]) == (str(actor.id), "seller")
        assert UUID(around["correlation"]).hex == trace
        assert around["trace"].startswith(f"00-{trace}-")
        assert span not in around["trace"]
        assert UUID(answer.headers["x-request-id"]).hex == trace

    @pytest.mark.parametrize("value", ["", "00-zz", "00-" + "0" * 32 + "-00f067aa0ba902b7-01"])
    async def test_begins_a_trace_of_its_own_without_a_proper_one(
        self, client: httpx.AsyncClient, value: str
    ) -> None:
        answer = await client.get("/v1/shoes/me/context", headers={"traceparent": value})

        assert UUID(answer.json()["correlation"]).version == 7

    async def test_puts_the_safe_headers_on_every_answer(self, client: httpx.AsyncClient) -> None:
        for path in ("/v1/shoes", "/nowhere", "/health/live", "/docs"):
            headers = (await client.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert "default-src 'none'" in headers["content-security-policy"]


class TestDirectory:
    async def change(self, sessions: Sessions, user: UUID, **values: Any) -> None:
        async with sessions() as session, session.begin():
            row = {"role": "seller", "team_ids": [], "is_active": True, "revision": 1}
            done = await session.execute(
                update(KNOWN_USERS)
                .where(KNOWN_USERS.c.id == user)
                .values(changed_at=utc_now(), **values)
                .returning(KNOWN_USERS.c.id)
            )
            if done.first() is None:
                await session.execute(insert(KNOWN_USERS).values(id=user, **{**row, **values}))

    async def test_takes_roles_from_events_over_those_of_the_token(
        self, app: Any, sign_in: Any, sessions: Sessions
    ) -> None:
        user = new_id()
        client = sign_in(actor=Actor(user, Role.ADMIN))
        assert (await client.get("/ops/status")).status_code == 200

        await self.change(sessions, user, role="seller")
        await app.state.directory.refresh()

        assert (await client.get("/ops/status")).status_code == 403

    async def test_refuses_who_was_locked_out_within_half_a_second(
        self, sign_in: Any, sessions: Sessions
    ) -> None:
        user = new_id()
        client = sign_in(actor=Actor(user, Role.SELLER))
        await self.change(sessions, user)
        assert (await client.get("/v1/shoes")).status_code == 200

        await self.change(sessions, user, is_active=False)

        async with asyncio.timeout(2):
            while (await client.get("/v1/shoes")).status_code == 200:
                pass

    async def test_refuses_tokens_from_before_the_mark(
        self, app: Any, sign_in: Any, sessions: Sessions
    ) -> None:
        user = new_id()
        before = sign_in(actor=Actor(user, Role.SELLER))
        await self.change(sessions, user, tokens_valid_from=utc_now())
        await app.state.directory.refresh()
        after = sign_in(actor=Actor(user, Role.SELLER))

        assert (await before.get("/v1/shoes")).status_code == 401
        assert (await after.get("/v1/shoes")).status_code == 200


class TestHealth:
    async def test_is_ready_with_the_newest_schema(
        self, client: httpx.AsyncClient, sessions: Sessions
    ) -> None:
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]) == (
            200,
            {"database": True, "schema": True},
        )

        async with sessions() as session, session.begin():
            await session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        behind = await client.get("/health/ready")
        async with sessions() as session, session.begin():
            await session.execute(text("UPDATE alembic_version SET version_num = '20260101_0000'"))

        assert (behind.status_code, behind.json()["checks"]["schema"]) == (503, False)

    async def test_says_that_the_disk_is_full(
        self, client: httpx.AsyncClient, databases: Databases, database: str
    ) -> None:
        refuse = "BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END"
        for statement in (
            f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$",
            "CREATE TRIGGER full_disk BEFORE INSERT ON outbox EXECUTE FUNCTION full_disk()",
        ):
            await databases.run(statement, database)
        try:
            answer = await client.post("/v1/shoes", json={"title": "Boot"})
        finally:
            await databases.run("DROP FUNCTION full_disk CASCADE", database)

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "disk is full" in answer.json()["detail"]
        assert (await client.get("/v1/shoes")).json()["items"] == []

    async def test_lives_and_says_503_without_a_database(self, sign_in: Any) -> None:
        token = sign_in().headers["authorization"]
        async with calling(create_app(settings_of()), {"Authorization": token}) as client:
            live, ready = await client.get("/health/live"), await client.get("/health/ready")
            shoes = await client.get("/v1/shoes")

        assert (live.status_code, ready.status_code) == (200, 503)
        assert (shoes.status_code, shoes.json()["code"]) == (503, "unavailable")
        assert shoes.headers["retry-after"] == "2"

    async def test_survives_connections_that_the_database_closed(
        self, client: httpx.AsyncClient, sessions: Sessions
    ) -> None:
        await client.get("/v1/shoes")
        async with sessions() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'crm-shop-api'"
                )
            )

        answers = [await client.get("/v1/shoes") for _ in range(4)]

        assert {answer.status_code for answer in answers} <= {200, 503}
        assert answers[-1].status_code == 200

    async def test_measures_by_template(self, client: httpx.AsyncClient) -> None:
        shoe = new_id()
        await client.get(f"/v1/shoes/{shoe}")
        measured = (await client.get("/metrics")).text

        assert 'method="GET",route="/v1/shoes/{shoe_id}",service="shop",status="404"' in measured
        assert str(shoe) not in measured


class TestOps:
    async def test_is_for_admins(self, sign_in: Any) -> None:
        for role in ("seller", "head", "integration", "viewer"):
            assert (await sign_in(role).get("/ops/status")).status_code == 403

    async def test_tells_what_waits(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/shoes", json={"title": "a"})
        status = (await client.get("/ops/status")).json()

        assert (status["service"], status["outbox"]["pending"]) == ("shop", 1)
        assert status["dead_letters"] == 0

    async def test_lists_shows_retries_and_drops_dead_letters(
        self, client: httpx.AsyncClient, sessions: Sessions
    ) -> None:
        letters = sorted(new_id() for _ in range(3))
        async with sessions() as session, session.begin():
            for number, letter in enumerate(letters):
                await session.execute(
                    insert(DEAD_LETTERS).values(
                        id=letter, durable="d", stream="S", stream_seq=number, payload=b"\xff{}",
                        reason="bad", attempts=3,
                    )
                )  # fmt: skip
        first = (await client.get("/ops/dead-letters?limit=2")).json()
        rest = (await client.get(f"/ops/dead-letters?cursor={first['next_cursor']}")).json()
        shown = await client.get(f"/ops/dead-letters/{letters[0]}")
        retried = await client.post(f"/ops/dead-letters/{letters[0]}/retry")
        dropped = await client.post(f"/ops/dead-letters/{letters[1]}/drop", json={"reason": "old"})
        again = await client.post(f"/ops/dead-letters/{letters[1]}/drop", json={"reason": "old"})
        missing = await client.get(f"/ops/dead-letters/{new_id()}")

        listed = [one["id"] for one in first["items"] + rest["items"]]
        assert (listed, rest["next_cursor"]) == ([str(one) for one in letters], None)
        assert shown.json()["payload"] == "\ufffd{}"
        assert (retried.status_code, dropped.status_code) == (202, 204)
        assert (again.status_code, missing.status_code) == (409, 404)

    async def test_publishes_again(self, client: httpx.AsyncClient, sessions: Sessions) -> None:
        await client.post("/v1/shoes", json={"title": "a"})
        async with sessions() as session, session.begin():
            await session.execute(update(OUTBOX).values(published_at=utc_now()))
        answer = await client.post("/ops/events/republish", json={"since": "2020-01-01T00:00:00Z"})

        assert answer.json() == {"rows": 1}
        assert (await client.get("/ops/status")).json()["outbox"]["pending"] == 1


class TestRateLimit:
    async def test_slows_one_caller_and_not_the_next(self, database: str, sign_in: Any) -> None:
        one, two = (sign_in().headers["authorization"] for _ in range(2))
        async with calling(create_app(settings_of(database, rate_limit=3))) as client:
            path = "/v1/shoes/me/context"
            answers = [await client.get(path, headers={"Authorization": one}) for _ in range(5)]
            other = await client.get(path, headers={"Authorization": two})

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[0].headers["ratelimit"] == '"default";r=2;t=1'
        assert answers[4].headers["ratelimit-policy"] == '"default";q=3;w=1'
        assert answers[4].headers["retry-after"] == "1"
        assert other.status_code == 200


class TestOpenApi:
    async def test_is_a_valid_document_with_problems_and_security(
        self, client: httpx.AsyncClient
    ) -> None:
        document = (await client.get("/openapi.json")).json()
        validate(document)

        create = document["paths"]["/v1/shoes"]["post"]
        listed = document["paths"]["/v1/shoes"]["get"]
        assert document["openapi"] == "3.1.0"
        assert create["operationId"] == "create_shoe"
        assert create["security"] == [{"bearer": []}]
        assert set(create["responses"]["422"]["content"]) == {"application/problem+json"}
        assert "Idempotency-Key" in {one["name"] for one in create["parameters"]}
        assert {"limit", "cursor", "sort", "price[gte]", "shop"} <= {
            one["name"] for one in listed["parameters"]
        }
        assert "security" not in document["paths"]["/health/live"]["get"]
        assert "HTTPValidationError" not in json.dumps(document)
        assert "itemSchema" not in json.dumps(document)

    async def test_has_a_page_that_needs_nothing_from_elsewhere(
        self, app: Any, client: httpx.AsyncClient
    ) -> None:
        page = await client.get("/docs")

        assert page.text == render(app.openapi())
        assert "create_shoe" in page.text
        assert "http://" not in page.text
        assert "https://" not in page.text
        assert "<script" not in page.text


class TestLogs:
    async def test_tell_everything_but_what_somebody_typed(
        self, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = logging.getLogger()
        before, level = list(root.handlers), root.level
        crm_logging.configure_logging("shop", "info")
        try:
            await client.post("/v1/shoes/boxes?title=canary-query")
            await client.get(f"/v1/shoes/{new_id()}")
            log = crm_logging.get_logger("test")
            log.info("told", count=3, email="canary@example.ua")
            logging.getLogger("stdlib").warning("foreign", exc_info=ValueError("canary-error"))
        finally:
            root.handlers[:] = before
            root.setLevel(level)
            structlog.reset_defaults()
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

        by_event = {line["event"]: line for line in lines}
        assert by_event["request"]["route"] == "/v1/shoes/{shoe_id}"
        assert by_event["request failed"]["error"] == "RuntimeError"
        assert by_event["told"]["count"] == 3
        assert by_event["foreign"]["error"] == "ValueError"
        assert all(line["service"] == "shop" for line in lines)
        assert "canary" not in json.dumps(lines)
        assert "Шевченко" not in json.dumps(lines, ensure_ascii=False)
