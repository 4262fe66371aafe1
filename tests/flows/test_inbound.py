"""I6, S2, M4, M5: what other systems bring in becomes leads, calls and messages, each once."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import nats
import pytest_asyncio

from crm_notifications.inbound.jobs import WORDS_KEPT
from crm_notifications.inbound.statements import drop_words
from crm_notifications.testing import SETTINGS
from crm_shared.embedded.nats import NatsServer
from crm_shared.testing.servers import Databases
from crm_shared.testing.system import System

AT = "/v1/inbound/telephony"
CANARY = "Зозулинець"
MAPPING: dict[str, Any] = {
    "event_id": "$.id",
    "rules": [
        {
            "kind": "call",
            "when": {"$.type": "call"},
            "external_id": "$.call",
            "fields": {
                "direction": {"value": "inbound"},
                "from_number": {"path": "$.from"},
                "started_at": {"path": "$.at"},
                "answered": {"path": "$.answered"},
                "recording_url": {"path": "$.recording"},
            },
        },
        {
            "kind": "lead",
            "when": {"$.type": "lead"},
            "fields": {"last_name": {"path": "$.name"}, "email": {"path": "$.email"}},
        },
        {
            "kind": "activity",
            "when": {"$.type": "meeting"},
            "fields": {
                "kind": {"value": "meeting"},
                "status": {"value": "done"},
                "subject": {"path": "$.text"},
                "email": {"path": "$.email"},
            },
        },
        {
            "kind": "message",
            "when": {"$.type": "message"},
            "fields": {
                "channel": {"value": "sms"},
                "from": {"path": "$.from"},
                "text": {"path": "$.text"},
            },
        },
    ],
}


@pytest_asyncio.fixture
async def system(databases: Databases, nats_server: NatsServer) -> AsyncIterator[System]:
    async with System(databases, nats_server, ["crm_contacts", "crm_notifications"]) as system:
        yield system


def signed(secret: str, event: dict[str, Any], *, ago: timedelta = timedelta(0)) -> dict[str, Any]:
    """The body and headers with which another system posts an event."""
    content = json.dumps(event).encode()
    at = str(int((datetime.now(UTC) - ago).timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"m.{at}.".encode() + content, sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {"content": content, "headers": dict(zip(names, ("m", at, signature), strict=True))}


async def publish(server: NatsServer, *events: tuple[str, bytes, str | None]) -> None:
    """Publish as another system does: with an acknowledgement, under its own prefix."""
    client = await nats.connect(server.url)
    stream = client.jetstream()
    for subject, payload, message_id in events:
        headers = {"Nats-Msg-Id": message_id} if message_id else None
        await stream.publish(subject, payload, headers=headers)
    await client.close()


async def runs(admin: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    """The run log, by the event's id."""
    items = (await admin.get(f"{AT}/runs")).json()["items"]
    return {run["event_id"]: run for run in items}


class TestI6Inbound:
    async def test_is_made_once_by_whatever_way_it_comes(
        self, system: System, nats_server: NatsServer
    ) -> None:
        admin, contacts = system.client("notifications"), system.client("contacts")
        visitor = httpx.AsyncClient(transport=admin._transport, base_url="http://crm")
        made = await admin.post(
            "/v1/inbound", json={"system": "telephony", "name": "PBX", "mapping": MAPPING}
        )
        assert made.status_code == 201, made.text
        ours = {"system": "telegram", "name": "Bot", "mapping": MAPPING}
        assert (await admin.post("/v1/inbound", json=ours)).status_code == 409
        secret = made.json()["secret"]
        assert "secret" not in (await admin.get(AT)).json()
        client = await contacts.post(
            "/v1/contacts",
            json={
                "first_name": "Олена",
                "emails": [{"value": "olena@example.org"}],
                "phones": [{"value": "+380671112233"}],
            },
        )
        client_id = client.json()["id"]
        now = datetime.now(UTC).isoformat()
        ring = {"id": "e1", "type": "call", "call": "c1", "from": "+380671112233", "at": now}
        events: list[dict[str, Any]] = [
            ring,
            {"id": "e2", "type": "lead", "name": CANARY, "email": "new@example.org"},
            {"id": "e3", "type": "lead", "name": CANARY, "email": "no address"},
            {"id": "e4", "type": "weather"},
            {"id": "e5", "type": "call", "call": "c5", "from": CANARY},
            {"id": "e6", "type": "meeting", "text": CANARY, "email": "olena@example.org"},
        ]

        taken = [await visitor.post(AT, **signed(secret, one)) for one in [*events, events[0]]]
        await publish(
            nats_server,
            ("crm.inbound.telephony.calls", json.dumps(ring).encode(), None),
            (
                "crm.inbound.telephony.calls",
                json.dumps(ring | {"id": "e7", "answered": True}).encode(),
                None,
            ),
            ("crm.inbound.telephony.calls", CANARY.encode(), "odd"),
            ("crm.inbound.telephony.calls", json.dumps(ring | {"id": "x" * 201}).encode(), None),
            (
                "crm.inbound.telephony.sms",
                json.dumps({"type": "message", "from": "+380671112233", "text": CANARY}).encode(),
                "e8",
            ),
            (
                "crm.inbound.telephony.sms",
                json.dumps({"type": "message", "from": "+380500000000", "text": CANARY}).encode(),
                "e9",
            ),
            (
                "crm.inbound.telephony.sms",
                json.dumps({"type": "message", "from": "050 000-00-00", "text": CANARY}).encode(),
                "e10",
            ),
        )
        await system.settle()

        assert [one.status_code for one in taken] == [202] * 7
        assert [one.json()["status"] for one in taken] == ["accepted"] * 6 + ["known"]
        long = await visitor.post(AT, **signed(secret, ring | {"id": "x" * 201}))
        assert (long.status_code, long.json()["errors"][0]["code"]) == (422, "event-id-too-long")
        log = await runs(admin)
        [nameless] = [log.pop(name) for name in list(log) if name.startswith("CRM_INBOUND-")]
        assert (nameless["status"], nameless["reason"]) == ("refused", "event-id-too-long")
        told = {name: (run["status"], run["kind"], run["noun"]) for name, run in log.items()}
        assert told == {
            "e1": ("made", "call", "call"),
            "e2": ("made", "lead", "lead"),
            "e3": ("refused", None, None),
            "e4": ("skipped", None, None),
            "e5": ("refused", None, None),
            "e6": ("made", "activity", "activity"),
            "e7": ("changed", "call", "call"),
            "e8": ("made", "message", "message"),
            "e9": ("made", "message", "message"),
            "e10": ("made", "message", "message"),
            "odd": ("refused", None, None),
        }
        assert log["e3"]["reason"] == "invalid-addresses; /emails/0/value not-an-email"
        assert log["e5"]["reason"] == "/rules/0/fields/started_at missing"
        assert (log["e4"]["reason"], log["odd"]["reason"]) == ("no-rule-fits", "not-json")
        # the filter agrees with what is shown, dead letters included
        refused = (await admin.get(f"{AT}/runs?status=refused")).json()["items"]
        assert {run["event_id"] for run in refused} - {nameless["event_id"]} == {"e3", "e5", "odd"}
        assert (await admin.get(f"{AT}/runs?status=waiting")).json()["items"] == []
        await self.nothing_lies_about(system, nats_server)
        await self.owners_have_it(contacts, client_id)
        await self.messages_stand_in_conversations(admin, contacts, client_id)
        await self.nothing_typed_left_the_house(system, visitor, secret)
        await self.what_was_refused_can_be_tried_again(system, admin, log)

    async def nothing_lies_about(self, system: System, nats_server: NatsServer) -> None:
        """What was taken leaves the bus; of what nobody could read the words go in a month."""
        client = await nats.connect(nats_server.url)
        stream = await client.jetstream().stream_info("CRM_INBOUND")
        await client.close()
        assert (stream.config.retention, stream.state.messages) == ("workqueue", 0)
        notifications = system["notifications"]
        kept = await notifications.sql("SELECT kept_at FROM arrival_bodies ORDER BY kept_at")
        assert len(kept) == 3
        async with notifications.worker.sessions() as session:
            assert await drop_words(session, kept[0]["kept_at"], limit=10) == 0
            assert await drop_words(session, kept[-1]["kept_at"] + WORDS_KEPT, limit=10) == 3
            await session.rollback()

    async def owners_have_it(self, contacts: httpx.AsyncClient, client_id: str) -> None:
        """M5: one call, found by its number, first ringing and then answered."""
        [call] = (await contacts.get("/v1/calls")).json()["items"]
        assert (call["contact_id"], call["answered"], call["external_id"]) == (
            client_id,
            True,
            "c1",
        )
        [lead] = (await contacts.get("/v1/leads")).json()["items"]
        assert (lead["last_name"], lead["source_system"]) == (CANARY, "telephony")
        [activity] = (await contacts.get("/v1/activities")).json()["items"]
        assert (activity["contact_id"], activity["status"]) == (client_id, "done")

    async def messages_stand_in_conversations(
        self, admin: httpx.AsyncClient, contacts: httpx.AsyncClient, client_id: str
    ) -> None:
        """M4, S2: of a client in his timeline, of a stranger in the list of nobody's."""
        [theirs] = (await admin.get(f"/v1/conversations?contact_id={client_id}")).json()["items"]
        assert (theirs["channel"], theirs["status"]) == ("sms", "waiting")
        [said] = (await admin.get(f"/v1/conversations/{theirs['id']}/messages")).json()["items"]
        assert (said["text"], said["direction"]) == (CANARY, "inbound")
        timeline = (await contacts.get(f"/v1/contacts/{client_id}/timeline")).json()["items"]
        facts = {(one["noun"], one["fact"]) for one in timeline}
        assert {("message", "received"), ("call", "logged"), ("activity", "completed")} <= facts
        [nobodys] = (await admin.get("/v1/conversations?is_unassigned=true")).json()["items"]
        given = await admin.patch(
            f"/v1/conversations/{nobodys['id']}",
            json={"contact_id": client_id},
            headers={"If-Match": '"2"'},
        )
        assert given.json()["contact_id"] == client_id
        stale = f"/v1/conversations/{nobodys['id']}/close"
        assert (await admin.post(stale, headers={"If-Match": '"2"'})).status_code == 412
        closed = await admin.post(
            f"/v1/conversations/{nobodys['id']}/close", headers={"If-Match": '"3"'}
        )
        assert (closed.json()["status"], closed.json()["waiting_since"]) == ("closed", None)

    async def nothing_typed_left_the_house(
        self, system: System, visitor: httpx.AsyncClient, secret: str
    ) -> None:
        for service in ("contacts", "notifications"):
            sent = await system[service].sql("SELECT envelope FROM outbox")
            assert not any(CANARY in one["envelope"] for one in sent)
            letters = await system[service].sql("SELECT payload, reason FROM dead_letters")
            assert not any(CANARY.encode() in one["payload"] for one in letters)
        kept = await system["notifications"].sql("SELECT fields FROM arrivals")
        assert [row["fields"] for row in kept if row["fields"]] == []
        forged = signed(secret, {"id": "x"})
        forged["content"] = b'{"id": "y"}'
        old = signed(secret, {"id": "x"}, ago=timedelta(minutes=6))
        large = {"content": b" " * 300_000}
        answers = [await visitor.post(AT, **one) for one in (forged, old, large)]
        answers.append(await visitor.post("/v1/inbound/nobody", **signed(secret, {"id": "x"})))
        assert [one.status_code for one in answers] == [401, 401, 413, 401]

    async def what_was_refused_can_be_tried_again(
        self, system: System, admin: httpx.AsyncClient, log: dict[str, dict[str, Any]]
    ) -> None:
        """By the mapping as it is then: the poison with it, nothing else twice."""
        lenient = json.loads(json.dumps(MAPPING))
        lenient["rules"][0]["fields"]["started_at"]["default"] = "2026-01-01T00:00:00Z"
        del lenient["rules"][0]["fields"]["from_number"]
        changed = await admin.patch(AT, json={"mapping": lenient}, headers={"If-Match": '"1"'})
        assert changed.status_code == 200, changed.text
        again = [
            (await admin.post(f"{AT}/runs/{log[name]['id']}/retry")).status_code
            for name in ("e5", "e3", "e1")
        ]
        await system.settle()

        assert again == [202, 202, 409]
        after = await runs(admin)
        assert (after["e5"]["status"], after["e5"]["dead_letter_id"]) == ("made", None)
        assert after["e3"]["status"] == "refused"
        calls = await system["contacts"].sql("SELECT count(*) AS n FROM calls")
        leads = await system["contacts"].sql("SELECT count(*) AS n FROM leads")
        assert (calls[0]["n"], leads[0]["n"]) == (2, 1)


def update(number: int, chat: int, text: str = CANARY, kind: str = "private") -> dict[str, Any]:
    """What the Bot API posts."""
    message = {
        "message_id": number,
        "date": int(datetime.now(UTC).timestamp()) - 60,
        "chat": {"id": chat, "type": kind},
        "from": {"id": chat, "is_bot": False, "first_name": "Олена"},
        "text": text,
    }
    return {"update_id": 1000 + number, "message": message}


class TestM4Telegram:
    async def test_talks_both_ways_in_one_conversation(self, system: System) -> None:
        """M4, K61: bot updates by secret, once; a colleague answers where somebody wrote."""
        admin, contacts = system.client("notifications"), system.client("contacts")
        anybody = httpx.AsyncClient(transport=admin._transport, base_url="http://crm")
        secret = {"X-Telegram-Bot-Api-Secret-Token": str(SETTINGS["telegram_webhook_secret"])}
        at = "/v1/channels/incoming/telegram"
        client = (await contacts.post("/v1/contacts", json={"first_name": "Олена"})).json()
        bound = f"/v1/channels/telegram/addresses/{client['id']}"
        await admin.put(bound, json={"address": "501"})
        updates = [update(1, 501), update(1, 501), update(2, 777), update(3, -9, kind="group")]
        picture = update(4, 501, text="")
        picture["message"]["photo"] = [{"file_id": "x"}]

        taken = [await anybody.post(at, json=one, headers=secret) for one in [*updates, picture]]
        refused = [
            await anybody.post(at, json=updates[0]),
            await anybody.post(at, json={"update_id": "x"}, headers=secret),
            await anybody.post("/v1/channels/incoming/gateway", json={}),
        ]
        await system.settle()

        assert [one.status_code for one in taken] == [204] * 5
        assert [one.status_code for one in refused] == [401, 422, 404]
        [nobodys] = (await admin.get("/v1/conversations?is_unassigned=true")).json()["items"]
        assert (nobodys["address"], nobodys["name"]) == ("777", "Олена")
        [talk] = (await admin.get(f"/v1/conversations?contact_id={client['id']}")).json()["items"]
        path = f"/v1/conversations/{talk['id']}"
        said = (await admin.get(f"{path}/messages?sort=at")).json()["items"]
        assert [(one["text"], one["left_out"]) for one in said] == [(CANARY, None), ("", "photo")]

        answered = await admin.post(f"{path}/answers", json={"text": "{{ not.a.template }}"})
        await system.settle()

        assert answered.status_code == 201, answered.text
        message = (await admin.get(f"/v1/messages/{answered.json()['id']}")).json()
        assert (message["status"], message["contact_id"]) == ("sent", client["id"])
        letters = (await admin.get("/v1/channels/mailbox/messages")).json()["items"]
        assert [(one["to_address"], one["text"]) for one in letters] == [
            ("501", "{{ not.a.template }}")
        ]
        now = (await admin.get(path)).json()
        assert (now["status"], now["waiting_since"]) == ("answered", None)
        rows = await system["notifications"].sql("SELECT type, envelope FROM outbox")
        [told] = [one["envelope"] for one in rows if "conversation.answered" in one["type"]]
        waited = json.loads(told)["data"]["waited_s"]
        assert 60 <= waited < 600
        timeline = (await contacts.get(f"/v1/contacts/{client['id']}/timeline")).json()["items"]
        facts = [(one["noun"], one["fact"]) for one in timeline]
        assert facts.count(("message", "received")) == 2
        assert {("conversation", "answered"), ("message", "sent")} <= set(facts)


SHOP = "https://shop.example.org"


class TestM4WebChat:
    """M4, S2: a visitor of the shop's page writes, becomes a lead, and reads what we answer."""

    async def test_talks_both_ways_and_visitors_become_leads(self, system: System) -> None:
        admin, contacts = system.client("notifications"), system.client("contacts")
        given = {"name": "Shop", "origins": [f"{SHOP}/buy"], "titles": {"uk": "Крамниця"}}
        made = await admin.post("/v1/web-chats", json=given)
        assert made.status_code == 201, made.text
        chat = made.json()
        assert (chat["origins"], chat["key"] in chat["snippet"]) == ([SHOP], True)
        visitor = httpx.AsyncClient(
            transport=admin._transport, base_url="http://crm", headers={"Origin": "http://crm"}
        )
        await self.page_is_shown_on_its_own_pages_only(visitor, chat["key"])
        at = f"/v1/web-chats/visits/{chat['key']}"
        first = await self.begun(visitor, at)
        said = {
            "id": "01920000-0000-7000-8000-000000000001",
            "text": CANARY,
            "name": CANARY,
            "email": "visitor@example.org",
            "language": "uk",
        }

        posted = [await visitor.post(f"{at}/messages", json=said, headers=first) for _ in range(2)]
        posted.append(
            await visitor.post(f"{at}/messages", json=said, headers={"X-Chat-Visit": "x"})
        )
        odd = {**said, "email": "nobody"}
        posted.append(await visitor.post(f"{at}/messages", json=odd, headers=first))
        await system.settle()

        assert [one.status_code for one in posted] == [202, 202, 401, 422]
        assert posted[3].json()["errors"][0]["pointer"] == "/email"
        [talk] = (await admin.get("/v1/conversations?status=waiting")).json()["items"]
        [lead] = (await contacts.get("/v1/leads")).json()["items"]
        assert (talk["channel"], talk["lead_id"]) == ("web_chat", lead["id"])
        assert talk["consented_at"] is not None
        assert (lead["first_name"], lead["emails"][0]["value"], lead["language"]) == (
            CANARY,
            "visitor@example.org",
            "uk",
        )
        path = f"/v1/conversations/{talk['id']}"
        waits = asyncio.create_task(
            visitor.get(f"{at}/messages?seen=1&wait=25", headers=first, timeout=60)
        )
        answer = await admin.post(f"{path}/answers", json={"text": "Вітаємо!"})
        assert answer.status_code == 201, answer.text
        await system.settle()
        heard = (await waits).json()
        assert [(one["direction"], one["text"]) for one in heard["messages"]] == [
            ("inbound", CANARY),
            ("outbound", "Вітаємо!"),
        ]
        assert (heard["messages"][0]["id"], heard["seen"]) == (said["id"], 2)
        again = (await visitor.get(f"{at}/messages?seen=2&wait=0", headers=first)).json()
        assert again == heard
        assert (await admin.get(path)).json()["status"] == "answered"
        assert (await admin.get("/v1/messages")).json()["items"] == []
        for service in ("contacts", "notifications"):
            rows = await system[service].sql("SELECT envelope FROM outbox")
            assert not any(CANARY in one["envelope"] for one in rows)

        await self.known_clients_are_found(system, visitor, at)
        await self.robots_and_crowds_stay_outside(admin, visitor, at, chat["id"])

    async def page_is_shown_on_its_own_pages_only(
        self, visitor: httpx.AsyncClient, key: str
    ) -> None:
        widget = await visitor.get("/v1/web-chats/widget.js")
        assert widget.headers["content-type"].startswith("text/javascript")
        frame = f"/v1/web-chats/frames/{key}?lang=uk-UA"
        shown = await visitor.get(frame, headers={"Referer": f"{SHOP}/"})
        policy = shown.headers["content-security-policy"]
        assert ("Крамниця" in shown.text, shown.status_code) == (True, 200)
        assert policy.endswith(f"frame-ancestors 'self' {SHOP}")
        refused = [
            await visitor.get(frame, headers={"Referer": "https://evil.example/"}),
            await visitor.get("/v1/web-chats/frames/nothing"),
        ]
        assert [one.status_code for one in refused] == [403, 404]

    async def begun(self, visitor: httpx.AsyncClient, at: str) -> dict[str, str]:
        """A visit as its page begins it; other pages, and who does not agree, begin none."""
        agreed = {"consent": True}
        refused = [
            await visitor.post(at, json=agreed, headers={"Origin": "https://evil.example"}),
            await visitor.post(at, json={"consent": False}),
        ]
        assert [one.status_code for one in refused] == [403, 422]
        begun = await visitor.post(at, json=agreed)
        assert begun.status_code == 201, begun.text
        return {"X-Chat-Visit": begun.json()["visit"]}

    async def known_clients_are_found(
        self, system: System, visitor: httpx.AsyncClient, at: str
    ) -> None:
        admin, contacts = system.client("notifications"), system.client("contacts")
        client = await contacts.post(
            "/v1/contacts",
            json={"first_name": "Олена", "phones": [{"value": "+380671112233"}]},
        )
        visit = await self.begun(visitor, at)
        said = {"id": "01920000-0000-7000-8000-000000000002", "text": "?", "phone": "067 111 22 33"}
        await visitor.post(f"{at}/messages", json=said, headers=visit)
        await system.settle()
        [talk] = (await admin.get(f"/v1/conversations?contact_id={client.json()['id']}")).json()[
            "items"
        ]
        assert talk["channel"] == "web_chat"
        # somebody else's visit shows nothing of it
        other = await self.begun(visitor, at)
        seen = (await visitor.get(f"{at}/messages", headers=other)).json()
        assert seen == {"messages": [], "seen": 0}

    async def robots_and_crowds_stay_outside(
        self, admin: httpx.AsyncClient, visitor: httpx.AsyncClient, at: str, chat_id: str
    ) -> None:
        said = {"id": "01920000-0000-7000-8000-000000000003", "text": "buy"}
        robot = (await visitor.post(at, json={"consent": True, "website": "http://x"})).json()
        trapped = {"X-Chat-Visit": robot["visit"]}
        before = (await admin.get("/v1/inbound")).status_code
        taken = await visitor.post(f"{at}/messages", json=said, headers=trapped)
        assert (before, taken.status_code) == (200, 202)
        runs = (await admin.get("/v1/conversations?channel=web_chat")).json()["items"]
        assert len(runs) == 2
        visit = await self.begun(visitor, at)
        path = f"/v1/web-chats/{chat_id}"
        limits = {"per_minute": 1, "per_address_hour": 1}
        await admin.patch(path, json=limits, headers={"If-Match": '"1"'})
        crowd = [
            await visitor.post(at, json={"consent": True}),
            await visitor.post(f"{at}/messages", json=said, headers=visit),
        ]
        assert [one.status_code for one in crowd] == [429, 429]
        await admin.patch(path, json={"is_active": False}, headers={"If-Match": '"2"'})
        assert (await visitor.post(at, json={"consent": True})).status_code == 404
        gone = await admin.delete(path, headers={"If-Match": '"3"'})
        assert gone.status_code == 204
