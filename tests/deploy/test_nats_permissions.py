"""The committed nats.conf on a real server: what each user may do, and what is refused."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import Error as JetStreamError

from crm_cli import env, nats_users
from crm_cli.nats_conf import STREAMS
from crm_shared.embedded.nats import NatsServer
from crm_shared.events.jetstream import Bus, BusUnavailableError, Link, Publisher

PASSWORDS = env.complete({})
REFUSED = (NatsTimeoutError, NoRespondersError, JetStreamError, BusUnavailableError)
EVENT = ("crm.deals.deal.stage_changed.v1", "01920000-0000-7000-8000-000000000001", "{}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    folder = tmp_path_factory.mktemp("nats")
    nats_users.add(folder, "billing", "made-up-password")
    nats_users.add(folder, "pbx", "made-up-password", system="telephony")
    config = folder / "with-billing.conf"
    nats_users.write_config(folder, config)
    names = [name for name in PASSWORDS if name.startswith("NATS_")]
    os.environ.update({name: PASSWORDS[name] for name in names})
    try:
        with NatsServer.start(folder / "server", config=config) as running:
            yield running
    finally:
        for name in names:
            del os.environ[name]


def link(server: NatsServer, user: str) -> Link:
    variable = f"NATS_{user.upper().replace('-', '_')}_PASSWORD"
    password = PASSWORDS.get(variable, "made-up-password")
    return Link(server.url, name="test", user=user, password=password)


class Street:
    """Connections of any user to the one server, closed at the end."""

    def __init__(self, server: NatsServer) -> None:
        self._server = server
        self._open: list[Bus | Publisher | Client] = []
        self.errors: list[str] = []

    async def bus(self, user: str) -> Bus:
        bus = await Bus.connect(link(self._server, user))
        self._open.append(bus)
        return bus

    async def publisher(self, user: str) -> Publisher:
        publisher = await Publisher.connect(link(self._server, user))
        self._open.append(publisher)
        return publisher

    async def client(self, user: str) -> Client:
        async def note(error: Exception) -> None:
            self.errors.append(str(error))

        options = link(self._server, user).options() | {"error_cb": note}
        client = await nats.connect(**options)
        self._open.append(client)
        return client

    async def close(self) -> None:
        for each in self._open:
            await each.close()


@pytest.fixture
async def street(server: NatsServer) -> AsyncIterator[Street]:
    street = Street(server)
    for service in ("contacts", "deals", "notifications", "reporting"):
        publisher = await street.publisher(f"{service}-worker")
        await publisher.ensure_stream(service, days=1)
    yield street
    await street.close()


class TestWorker:
    async def test_publishes_its_own_events_and_reads_those_it_subscribes_to(
        self, street: Street
    ) -> None:
        publisher = await street.publisher("deals-worker")
        assert isinstance((await publisher.publish("deals", [EVENT]))[0], int)
        bus = await street.bus("contacts-worker")
        await bus.ensure_durable("CRM_DEALS", "contacts-task-rules", EVENT[0])
        puller = bus.puller("CRM_DEALS", "contacts-task-rules")
        await puller.open()
        [delivery] = await puller.pull(limit=1, wait_s=2)
        await delivery.ack()
        assert delivery.subject == EVENT[0]

    async def test_finds_again_what_it_has_published(self, street: Street) -> None:
        publisher = await street.publisher("deals-worker")
        await publisher.publish("deals", [EVENT])
        _, last = await publisher.last_sequence("deals")
        assert await publisher.message_id("deals", last) == EVENT[1]

    async def test_asks_and_answers_for_references(self, street: Street) -> None:
        owner, asker = await street.bus("contacts-worker"), await street.bus("deals-worker")

        async def answer(question: dict[str, object]) -> bytes:
            return b'{"items": []}'

        await owner.respond("crm-refs.contacts", "contacts", answer)
        # Its own question goes behind its subscription on one connection: then both are there.
        for each in (owner, asker):
            assert await each.request("crm-refs.contacts", {"kind": "user"}) == {"items": []}

    async def test_cannot_forge_another_services_event(self, street: Street) -> None:
        publisher = await street.publisher("contacts-worker")
        with pytest.raises(REFUSED):
            await publisher.publish("deals", [EVENT])
        owner = await street.publisher("deals-worker")
        before = await owner.last_sequence("deals")
        client = await street.client("contacts-worker")
        await client.publish(EVENT[0], b"{}")
        await client.flush()
        assert await owner.last_sequence("deals") == before
        assert any("permissions violation" in error for error in street.errors)

    @pytest.mark.parametrize("verb", ["DELETE", "PURGE", "UPDATE"])
    async def test_cannot_touch_anothers_stream(self, street: Street, verb: str) -> None:
        client = await street.client("contacts-worker")
        with pytest.raises(REFUSED):
            await client.request(f"$JS.API.STREAM.{verb}.CRM_DEALS", b"{}", timeout=0.3)

    @pytest.mark.parametrize("verb", ["DELETE", "PURGE"])
    async def test_cannot_delete_even_its_own_stream(self, street: Street, verb: str) -> None:
        client = await street.client("deals-worker")
        with pytest.raises(REFUSED):
            await client.request(f"$JS.API.STREAM.{verb}.CRM_DEALS", b"{}", timeout=0.3)

    async def test_cannot_read_by_anothers_durable(self, street: Street) -> None:
        owner = await street.bus("contacts-worker")
        await owner.ensure_durable("CRM_DEALS", "contacts-task-rules", EVENT[0])
        client = await street.client("notifications-worker")
        for subject in (
            "$JS.API.CONSUMER.MSG.NEXT.CRM_DEALS.contacts-task-rules",
            "$JS.API.CONSUMER.DELETE.CRM_DEALS.contacts-task-rules",
            "$JS.API.CONSUMER.INFO.CRM_DEALS.contacts-task-rules",
        ):
            with pytest.raises(REFUSED):
                await client.request(subject, b"1", timeout=0.3)

    async def test_cannot_listen_to_the_street_itself(self, street: Street) -> None:
        client = await street.client("notifications-worker")
        for subject in ("crm.>", "_INBOX_deals-worker.>", "crm-refs.contacts", "$JS.>", ">"):
            await client.subscribe(subject)
        await client.flush()
        await eventually(lambda: len(street.errors) >= 5)
        assert all("permissions violation" in error for error in street.errors)


class TestApi:
    async def test_pokes_and_nothing_else(self, street: Street) -> None:
        client = await street.client("deals-api")
        await client.publish("crm-poke.deals", b"")
        await client.flush()
        assert street.errors == []
        await client.publish(EVENT[0], b"{}")
        await client.publish("crm-poke.contacts", b"")
        await client.flush()
        await eventually(lambda: len(street.errors) >= 2)


class TestAddedUser:
    async def test_reads_every_stream_by_a_durable_of_its_name(self, street: Street) -> None:
        client = await street.client("billing")
        jetstream = client.jetstream(timeout=1)
        for stream in STREAMS:
            subject = f"crm.{stream.removeprefix('CRM_').lower()}.>"
            reader = await jetstream.pull_subscribe(subject, durable="billing", stream=stream)
            assert (await reader.consumer_info()).name == "billing"

    @pytest.mark.parametrize(
        "subject",
        [
            "crm.deals.deal.created.v1",
            "crm-poke.deals",
            "crm-refs.contacts",
            "crm-events.deals",
            "$JS.API.STREAM.DELETE.CRM_DEALS",
            "$JS.API.STREAM.CREATE.MINE",
            "$JS.API.CONSUMER.CREATE.CRM_DEALS.other",
            "$JS.API.CONSUMER.DELETE.CRM_DEALS.contacts-task-rules",
        ],
    )
    async def test_changes_nothing(self, street: Street, subject: str) -> None:
        client = await street.client("billing")
        with pytest.raises(REFUSED):
            await client.request(subject, b"{}", timeout=0.3)
        assert any("permissions violation" in error for error in street.errors)


class TestI6SystemThatBringsThingsIn:
    """I6: it publishes under its own prefix and hears only that it was kept; nobody reads along."""

    async def test_publishes_under_its_prefix_and_nothing_else(self, street: Street) -> None:
        worker = await street.bus("notifications-worker")
        await worker.ensure_intake("CRM_INBOUND", "crm.inbound.>", days=1, largest=100)
        await worker.ensure_durable("CRM_INBOUND", "notifications-intake", "crm.inbound.>")
        client = await street.client("pbx")
        jetstream = client.jetstream(timeout=1)
        kept = await jetstream.publish("crm.inbound.telephony.calls", b"{}")
        assert kept.stream == "CRM_INBOUND"
        with pytest.raises(JetStreamError):
            await jetstream.publish("crm.inbound.telephony.calls", b"x" * 200)
        puller = worker.puller("CRM_INBOUND", "notifications-intake")
        await puller.open()
        [delivery] = await puller.pull_now(limit=5)
        await delivery.ack()
        for subject in ("crm.inbound.other.x", EVENT[0], "crm-refs.contacts", "$JS.API.INFO"):
            with pytest.raises(REFUSED):
                await client.request(subject, b"{}", timeout=0.2)
        for subject in ("crm.>", "crm.inbound.telephony.>", "crm.deals.>"):
            await client.subscribe(subject)
        await client.flush()
        await eventually(lambda: len(street.errors) >= 7)
        reader = await street.client("billing")
        await reader.subscribe("crm.inbound.>")
        await reader.flush()
        await eventually(lambda: len(street.errors) >= 8)
        with pytest.raises(REFUSED):
            await reader.request("$JS.API.CONSUMER.CREATE.CRM_INBOUND.billing", b"{}", timeout=0.2)


class TestStranger:
    @pytest.mark.parametrize("user", [None, "deals-worker"])
    async def test_does_not_get_in(self, server: NatsServer, user: str | None) -> None:
        stranger = Link(server.url, name="test", user=user, password="wrong" if user else None)
        client = Client()
        with pytest.raises(NatsError, match="Authorization"):
            await client.connect(**stranger.options(), allow_reconnect=False)
        await client.close()


class TestCommitted:
    def test_holds_no_password(self) -> None:
        text = Path(nats_users.COMMITTED).read_text()
        assert text.count("password: ") == text.count("password: $NATS_") == 9


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(3):
        while not condition():  # noqa: ASYNC110 the client tells nobody when an error arrives
            await asyncio.sleep(0.01)
