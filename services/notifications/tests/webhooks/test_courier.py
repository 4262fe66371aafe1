"""I1: every event reaches every receiver that wants it, at least once, under one id."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.events import WebhookDisabled
from crm_notifications.testing import stage_moved
from crm_notifications.webhooks.models import Webhook, WebhookDelivery, WebhookHealth
from crm_notifications.webhooks.rules.signing import secret_of, signature
from crm_notifications.webhooks.senders.courier import SLOTS, Courier
from crm_notifications.webhooks.senders.posting import Poster
from crm_notifications.webhooks.use_cases import changing
from crm_notifications.webhooks.use_cases.matching import WishBook, match_next, replay_next
from crm_shared.actor import Actor
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import REFS
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.known_calendar import WORKSPACE_ID
from crm_shared.testing.events import recorded

KEY = "a key that only this test knows of"
HERE = frozenset({"127.0.0.1"})


@dataclass
class Receiver:
    """Keeps what came; answers 204, or whatever `answers` holds next; `hangs` never answers."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    hangs: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    _free: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?tenant=7"

    def let_go(self) -> None:
        self._free.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            lines = (line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): value for name, value in lines}
            body = await reader.readexactly(int(headers["content-length"]))
            self.got.append((headers | {"path": head[0]}, body))
            if self.hangs:
                await self._free.wait()
            answer = self.answers.pop(0) if self.answers else "204 No Content"
            writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def receiving(**given: object) -> AsyncIterator[Receiver]:
    """Run a receiver for the length of a block."""
    receiver = Receiver(**given)  # type: ignore[arg-type]
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.let_go()
        server.close()
        await server.wait_closed()


class Street:
    """One log, its matcher and a courier, driven by hand."""

    def __init__(self, session: AsyncSession, sessions: Sessions, actor: Actor) -> None:
        self.session = session
        self.sessions = sessions
        self.actor = actor
        self.book = WishBook()
        self.couriers: list[Courier] = []

    async def webhook(self, url: str, **given: Any) -> Webhook:
        values = {
            "name": "Warehouse",
            "url": url,
            "event_types": ["crm.deals.>"],
            "conditions": {},
            "payload": "full",
            "skip_own": False,
            "on_bulk": True,
            "is_active": True,
        }
        made = await changing.create_webhook(
            self.session, self.actor, {**values, **given}, allowed=HERE
        )
        await self.session.commit()
        return made

    async def told(self, *envelopes: Envelope[AnyEvent]) -> None:
        [feed] = [one for one in SUBSCRIPTIONS if one.durable == "notifications-deals-feed"]
        await feed.handle(self.session, envelopes)
        await self.session.commit()
        await self.matched()

    async def matched(self) -> None:
        async with self.sessions.begin() as session:
            await match_next(session, self.book)

    def courier(self, **options: Any) -> Courier:
        poster = options.pop("poster", None) or Poster(allowed=HERE, within_s=5)
        courier = Courier(self.sessions, poster, link_key=KEY, **options)
        self.couriers.append(courier)
        return courier

    async def carried(self, **options: Any) -> None:
        """Send what is due and wait for all of it."""
        await self.courier(**options).send_due(wait_s=20)

    async def log(self) -> list[WebhookDelivery]:
        rows = select(WebhookDelivery).order_by(WebhookDelivery.position)
        async with self.sessions() as session:
            return list(await session.scalars(rows))

    async def due_again(self) -> None:
        """Let the pause of every waiting delivery be over."""
        await self.session.execute(update(WebhookDelivery).values(next_attempt_at=utc_now()))
        await self.session.commit()


@pytest.fixture
async def street(session: AsyncSession, sessions: Sessions, actor: Actor) -> AsyncIterator[Street]:
    made = Street(session, sessions, actor)
    yield made
    for courier in made.couriers:
        await courier.close()


def ids(receiver: Receiver) -> list[str]:
    return [headers["webhook-id"] for headers, _ in receiver.got]


class TestDelivery:
    async def test_is_signed_and_says_what_happened(self, street: Street) -> None:
        async with receiving() as receiver:
            webhook = await street.webhook(receiver.url)
            moved = stage_moved()
            await street.told(moved)

            await street.carried()

        [(headers, body)] = receiver.got
        assert headers["path"] == "POST /hook?tenant=7 HTTP/1.1"
        assert (headers["webhook-id"], headers["host"]) == (
            str(moved.id),
            f"127.0.0.1:{receiver.port}",
        )
        secret = secret_of(KEY, webhook.id, 1)
        stamp = int(headers["webhook-timestamp"])
        assert headers["webhook-signature"] == signature(secret, str(moved.id), stamp, body)
        assert json.loads(body)["data"] == moved.data.as_dict()
        [line] = await street.log()
        assert (line.status, line.last_status, line.attempts) == ("delivered", 204, 1)

    async def test_happens_once_per_event_and_webhook(self, street: Street) -> None:
        async with receiving() as receiver:
            await street.webhook(receiver.url)
            moved = stage_moved()
            await street.told(moved)
            await street.told(moved)
            await street.matched()

            await street.carried()
            await street.carried()

        assert ids(receiver) == [str(moved.id)]

    async def test_leaves_out_what_was_not_asked_for(self, street: Street) -> None:
        async with receiving() as receiver:
            url, big = receiver.url, {"field": "deal.amount", "op": "gt", "value": "1000"}
            await street.webhook(url + "&own", skip_own=True)
            await street.webhook(url + "&bulk", on_bulk=False)
            await street.webhook(url + "&big", conditions=big)
            await street.webhook(url + "&contacts", event_types=["crm.contacts.>"])
            own = stage_moved(bulk=True).model_copy(update={"actorid": street.actor.id})
            await street.told(own, stage_moved(amount="10.0000"))

            await street.carried()

        asked = sorted(headers["path"].split("&")[1].split(" ")[0] for headers, _ in receiver.got)
        assert asked == ["big", "bulk", "own"]

    async def test_tells_less_when_less_is_asked_for(self, street: Street) -> None:
        moved = stage_moved()
        async with receiving() as receiver:
            await street.webhook(receiver.url, payload="changes")
            await street.told(moved)
            await street.carried()
        async with receiving() as thin:
            await street.webhook(thin.url, payload="thin")
            await street.told(stage_moved())
            await street.carried()

        deal = moved.data.as_dict()["deal"]
        changes = {"changed": ["stage_id"], "previous": {}, "deal": {"stage_id": deal["stage_id"]}}
        assert json.loads(receiver.got[0][1])["data"] == changes
        assert json.loads(thin.got[0][1])["data"] == {"changed": ["stage_id"]}

    async def test_hides_what_its_makers_role_may_not_see(self, street: Street) -> None:
        data = {"hidden_fields": {"integration": {"deal": ["amount"]}}}
        await street.session.execute(
            REFS.insert().values(kind="workspace", id=WORKSPACE_ID, revision=1, data=data)
        )
        async with receiving() as receiver:
            webhook = await street.webhook(receiver.url)
            webhook.made_by_role = "integration"
            await street.session.flush()
            await street.told(stage_moved())
            await street.carried()

        assert "amount" not in json.loads(receiver.got[0][1])["data"]["deal"]


class TestFailure:
    async def test_is_tried_again_and_logged(self, street: Street) -> None:
        async with receiving(answers=["500 Oh", "302 Found\r\nLocation: /x"]) as receiver:
            await street.webhook(receiver.url)
            await street.told(stage_moved())
            for _ in range(3):
                await street.carried()
                await street.due_again()

        [line] = await street.log()
        assert (line.status, line.attempts) == ("delivered", 3)
        assert [one["status"] for one in line.tries] == [500, 302, 204]
        assert len(set(ids(receiver))) == 1

    async def test_becomes_a_dead_letter_that_can_be_replayed(
        self, street: Street, session: AsyncSession
    ) -> None:
        async with receiving(answers=["500 Oh"]) as receiver:
            webhook = await street.webhook(receiver.url)
            moved = stage_moved()
            await street.told(moved)
            await session.execute(update(WebhookDelivery).values(attempts=9))
            await session.commit()
            await street.carried()
            [dead] = await street.log()
            assert (dead.status, dead.last_status) == ("dead", 500)

            await changing.replay(
                session,
                street.actor,
                webhook,
                after=0,
                since=None,
                until=None,
                only_undelivered=True,
            )
            while await replay_next(session):
                await session.commit()
            await session.commit()
            await street.carried()

        assert ids(receiver) == [str(moved.id)] * 2
        assert [line.status for line in await street.log()] == ["delivered"]

    async def test_of_three_days_switches_the_webhook_off_and_says_so(
        self, street: Street, session: AsyncSession
    ) -> None:
        async with receiving(answers=["500 Oh", "500 Oh"]) as receiver:
            webhook = await street.webhook(receiver.url)
            await street.told(stage_moved())
            await street.carried()
            long_ago = utc_now() - timedelta(days=3, minutes=1)
            await session.execute(update(WebhookHealth).values(failing_since=long_ago))
            await session.execute(update(WebhookDelivery).values(attempts=9))
            await street.due_again()
            await street.carried()

        await session.refresh(webhook)
        assert (webhook.is_active, webhook.disabled_reason) == (False, "failing")
        [told] = await recorded(session, WebhookDisabled)
        assert told.data.webhook.disabled_reason == "failing"

    async def test_of_410_unsubscribes(self, street: Street, session: AsyncSession) -> None:
        async with receiving(answers=["410 Gone"]) as receiver:
            webhook = await street.webhook(receiver.url)
            await street.told(stage_moved())
            await street.carried()
            await street.told(stage_moved())
            await street.carried()

        assert len(receiver.got) == 1
        await session.refresh(webhook)
        assert (webhook.is_active, webhook.disabled_reason) == (False, "unsubscribed")
        assert len(await recorded(session, WebhookDisabled)) == 1

    async def test_of_the_courier_delivers_again_under_the_same_id(self, street: Street) -> None:
        def dies(point: str) -> None:
            if point == "after_post":
                raise OSError("gone")

        async with receiving() as receiver:
            await street.webhook(receiver.url)
            moved = stage_moved()
            await street.told(moved)
            await street.carried(crash_at=dies)
            assert [line.status for line in await street.log()] == ["waiting"]
            await street.carried()
            assert len(receiver.got) == 1, "the lease holds"
            await street.due_again()
            await street.carried()

        assert ids(receiver) == [str(moved.id)] * 2
        assert [line.status for line in await street.log()] == ["delivered"]


class TestSlowReceiver:
    """X19: a receiver that hangs slows nobody but itself."""

    async def test_does_not_hold_up_the_others(self, street: Street) -> None:
        async with receiving(hangs=True) as slow, receiving() as quick:
            await street.webhook(slow.url)
            await street.webhook(quick.url)
            moves = [stage_moved() for _ in range(12)]
            await street.told(*moves)
            courier = street.courier()

            async with asyncio.timeout(10):
                while len(quick.got) < len(moves):
                    await courier.send_due(wait_s=0.05)

            assert sorted(ids(quick)) == sorted(str(one.id) for one in moves)
            assert len(slow.got) <= SLOTS


class TestGuard:
    """X14: nothing is ever sent into our own network."""

    @pytest.mark.parametrize(
        "addresses",
        [["127.0.0.1"], ["::ffff:127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["fe80::1%eth0"], []],
    )
    async def test_refuses_names_that_stand_for_ourselves(
        self, street: Street, addresses: list[str]
    ) -> None:
        async def resolve(host: str, port: int) -> list[str]:
            return addresses

        await street.webhook("https://rebound.example.com/")
        await street.told(stage_moved())

        await street.carried(poster=Poster(resolve=resolve))

        [line] = await street.log()
        assert (line.status, line.last_error) == ("waiting", "address-refused")

    async def test_connects_to_the_address_that_was_checked(self, street: Street) -> None:
        asked: list[str] = []

        async def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            # a second look-up would lead elsewhere
            return ["127.0.0.1"] if len(asked) == 1 else ["203.0.113.1"]

        async with receiving() as receiver:
            poster = Poster(allowed={"named.example.com"}, resolve=resolve)
            url = f"http://named.example.com:{receiver.port}/"
            answer = await poster.post(url, {}, b"{}")
            await poster.close()

        assert (answer.status, asked) == (204, ["named.example.com"])
        assert receiver.got[0][0]["host"] == f"named.example.com:{receiver.port}"
