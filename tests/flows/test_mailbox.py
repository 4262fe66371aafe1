"""S2, I6, K61: answers to the company's mailbox stand in conversations and timelines, each once."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from imap_servers import CAN_RUN, PASSWORD, WHY_NOT, Double, Maildir, double, dovecot

from crm_notifications.mail_intake.jobs import read_mailbox
from crm_notifications.mail_intake.senders.imap import WINDOW, ImapServer
from crm_notifications.settings import Settings
from crm_notifications.testing import make_message, make_template
from crm_shared.embedded.nats import NatsServer
from crm_shared.testing.servers import Databases
from crm_shared.testing.system import System

CANARY = "Зозулинець"
OURS = "crm@localhost"
MARKO = "marko@example.org"
needs_dovecot = pytest.mark.skipif(not CAN_RUN, reason=WHY_NOT)


@pytest_asyncio.fixture
async def system(databases: Databases, nats_server: NatsServer) -> AsyncIterator[System]:
    async with System(databases, nats_server, ["crm_contacts", "crm_notifications"]) as system:
        yield system


class Office:
    """A company whose mailbox is read when it is asked to."""

    def __init__(self, system: System, server: ImapServer) -> None:
        self.system = system
        self.server = server
        self.notifications = system["notifications"]

    async def look(self, *, password: str = PASSWORD) -> int:
        """Look into the mailbox until nothing is new, and let everything settle."""
        server, done = self.server, 0
        given = self.notifications.settings.model_dump()
        url = f"imap://crm%40example.org:x@{server.host}:{server.port}/INBOX"
        settings = Settings(**given | {"imap_url": url})
        settings.__dict__["imap_server"] = replace(server, password=password)
        context = replace(self.notifications.worker.context(), settings=settings)
        while some := await read_mailbox(context):
            done += some
        await self.system.settle()
        return done

    async def message_to(self, contact_id: str, **values: Any) -> UUID:
        """A message that went out to a contact."""
        template = make_template()
        async with self.notifications.worker.sessions.begin() as session:
            told = {"contact_id": UUID(contact_id), "recipient_id": UUID(contact_id)}
            message = make_message(template, **told, status="sent", provider="smtp", **values)
            session.add_all([template, message])
        return message.id


def letter(
    sender: str, reference: str, *, to: str = OURS, text: str = CANARY, **more: str
) -> EmailMessage:
    """A letter with a file."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, CANARY
    mail["Message-ID"] = f"<{reference}@mail.example>"
    for name, value in more.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    mail.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="рахунок.pdf")
    return mail


def bounce_of(message_id: UUID) -> bytes:
    return (
        "From: mailer-daemon@mail.example\r\nMessage-ID: <b@mail.example>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; m\r\n\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{message_id}@example.org>\r\n\r\n--x--\r\n"
    ).encode()


def without_end() -> bytes:
    parts = [f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}' for n in range(1000)]
    return f"From: a@b.example\r\nSubject: {CANARY}\r\n".encode() + "\r\n".join(parts).encode()


@pytest.mark.parametrize("kind", ["double", pytest.param("dovecot", marks=needs_dovecot)])
class TestS2Mailbox:
    async def test_holds_nothing_that_is_not_here_too(
        self, kind: str, system: System, scratch: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        async with AsyncExitStack() as stack:
            mailbox: Double | Maildir
            if kind == "double":
                mailbox, server = await stack.enter_async_context(double())
            else:
                mailbox, server = stack.enter_context(dovecot(scratch / "dovecot"))
            await self.story(Office(system, server), mailbox)
        printed = capfd.readouterr()
        assert PASSWORD not in printed.out + printed.err
        assert CANARY not in printed.out + printed.err

    async def story(self, office: Office, mailbox: Double | Maildir) -> None:
        system = office.system
        admin, contacts = system.client("notifications"), system.client("contacts")
        made = await contacts.post(
            "/v1/contacts",
            json={"first_name": "Олена", "emails": [{"value": "olena@example.org"}]},
        )
        client_id = made.json()["id"]
        for name, address in (("Тарас", "taras@example.org"), ("Марко", MARKO)):
            await contacts.post(
                "/v1/users", json={"name": name, "email": address, "role": "seller"}
            )
        await system.settle()
        message_id, lost_id = [await office.message_to(client_id) for _ in range(2)]
        answer = {"In_Reply_To": f"<{message_id}@example.org>"}
        for mail in (
            letter("Олена <olena@example.org>", "1"),
            letter("Брат <brother@else.example>", "2", **answer),
            letter("Хтось <stranger@else.example>", "3"),
            letter("olena@example.org", "4", Auto_Submitted="auto-replied"),
            letter("Тарас <taras@example.org>", "5", to=f"{MARKO}, olena@example.org, {OURS}"),
            letter(f"Марко <{MARKO}>", "8", to=f"taras@example.org, {OURS}"),
            letter(OURS, "6", to="olena@example.org"),
            letter("Олена <olena@example.org>", "1"),
        ):
            mailbox.put(mail.as_bytes())
        mailbox.put(bounce_of(lost_id))
        mailbox.put(without_end())

        assert await office.look(password="wrong") in (0, 10)
        await office.look()

        talks = (await admin.get("/v1/conversations?channel=email")).json()["items"]
        by_address = {talk["address"]: talk for talk in talks}
        assert set(by_address) == {
            "olena@example.org",
            "brother@else.example",
            "stranger@else.example",
        }
        olena = by_address["olena@example.org"]
        assert (olena["contact_id"], olena["status"]) == (client_id, "answered")
        assert by_address["brother@else.example"]["contact_id"] == client_id
        words = f"/v1/conversations/{olena['id']}/messages?sort=at"
        said = (await admin.get(words)).json()["items"]
        assert [(one["direction"], one["is_automatic"]) for one in said] == [
            ("inbound", False),
            ("inbound", True),
            ("outbound", False),
        ]
        assert {one["text"] for one in said} == {CANARY}
        await self.files_can_be_had(admin, olena["id"])
        await self.timeline_has_it(system, contacts, client_id, message_id)
        rows = await office.notifications.sql("SELECT id, status, reason FROM messages")
        assert {(row["status"], row["reason"]) for row in rows if row["id"] == lost_id} == {
            ("bounced", "dsn-5.1.1")
        }
        await self.what_was_read_comes_once(office, mailbox)

    async def files_can_be_had(self, admin: Any, conversation_id: str) -> None:
        path = f"/v1/conversations/{conversation_id}/files"
        files = (await admin.get(path)).json()
        assert {file["name"] for file in files} == {"рахунок.pdf"}
        got = await admin.get(f"{path}/{files[0]['id']}")
        assert (got.content, got.headers["x-content-type-options"]) == (b"%PDF-1", "nosniff")
        assert got.headers["content-disposition"].startswith("attachment;")
        assert (await admin.get(f"{path}/{conversation_id}")).status_code == 404

    async def timeline_has_it(
        self, system: System, contacts: Any, client_id: str, message_id: UUID
    ) -> None:
        """K61: the answer names the message it replies to; nothing typed is told."""
        timeline = (await contacts.get(f"/v1/contacts/{client_id}/timeline?limit=100")).json()
        facts = [(one["noun"], one["fact"]) for one in timeline["items"]]
        assert facts.count(("message", "received")) == 4
        assert ("conversation", "answered") in facts
        sent = await system["notifications"].sql("SELECT type, envelope FROM outbox")
        received = [one["envelope"] for one in sent if "message.received" in one["type"]]
        assert sum(f'"answers_message_id":"{message_id}"' in one for one in received) == 1
        assert not any(CANARY in one["envelope"] for one in sent)
        [buried] = await system["notifications"].sql("SELECT reason, payload FROM dead_letters")
        assert buried["reason"] == "nested-too-deep"
        assert CANARY.encode() not in buried["payload"]

    async def what_was_read_comes_once(self, office: Office, mailbox: Double | Maildir) -> None:
        """By uid; and by Message-ID when the mailbox was numbered anew."""
        count = "SELECT count(*) AS n FROM conversation_messages"
        before = (await office.notifications.sql(count))[0]["n"]
        assert await office.look() == 0
        mailbox.make_anew()
        await office.look()
        assert (await office.notifications.sql(count))[0]["n"] == before == 5
        if isinstance(mailbox, Double):
            # far behind the others: uids are looked for stretch by stretch
            mailbox.next_uid += 3 * WINDOW
        mailbox.put(letter("Нова <new@else.example>", "7").as_bytes())
        assert await office.look() == 1
        admin = office.system.client("notifications")
        nobodys = (await admin.get("/v1/conversations?is_unassigned=true")).json()["items"]
        strangers = {"new@else.example", "stranger@else.example"}
        assert {talk["address"] for talk in nobodys} == strangers
