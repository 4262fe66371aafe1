"""X19: one story of providers in every kind of trouble, and what becomes of each message."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from email import message_from_bytes
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from providers import Double, MailServer, mail_server, serving
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Arrival, Channel, Receipt
from crm_notifications.channels.senders.gateway import GatewaySender
from crm_notifications.channels.senders.smtp import SmtpSender, SmtpServer
from crm_notifications.deliveries.jobs import MessageSender
from crm_notifications.events import MessageDelivered, MessageSent, MessageUnknown
from crm_notifications.messages.models import Message
from crm_notifications.receipts.use_cases import take_receipts
from crm_notifications.testing import know, make_contact, make_message, make_template
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded

FROM = "crm@example.com"
TAKEN = (202, {"id": "g-1"})


class Trouble:
    """Two providers on real sockets, and messages that go through them one by one."""

    def __init__(self, session: AsyncSession, sessions: Sessions) -> None:
        self.session = session
        self.sessions = sessions
        self.mail, self.texts = MailServer(), Double()
        self.urls = ["", ""]
        self.senders: list[MessageSender] = []

    def sender(self, mail_url: str | None = None, **options: Any) -> MessageSender:
        """One process of ours: its own connections, its own breaker."""
        smtp = SmtpServer.from_url(mail_url or self.urls[0])
        gateway = GatewaySender(httpx.AsyncClient(), url=self.urls[1], token="t0ken", channel="sms")
        mail = SmtpSender(smtp, FROM, timeout_s=20, connections=1)
        made = MessageSender(self.sessions, {Channel.EMAIL: mail, Channel.SMS: gateway}, **options)
        self.senders.append(made)
        return made

    async def given(self, channel: str, count: int = 1) -> list[UUID]:
        template = make_template(channel=channel)
        made = [make_message(template, channel=channel, deal_id=new_id()) for _ in range(count)]
        self.session.add_all([template, *made])
        for one in made:
            await know(self.session, "contact", one.recipient_id, **make_contact(phone="+380671"))
            await know(self.session, "deal", one.deal_id or new_id(), title="Вікна")
        await self.session.commit()
        return [one.id for one in made]

    async def again(self) -> None:
        """Let the time until the next attempt, and of lost claims, pass."""
        past = utc_now() - timedelta(seconds=1)
        waiting = Message.status.in_(["queued", "failed_temporary"])
        await self.session.execute(update(Message).where(waiting).values(next_attempt_at=past))
        lost = update(Message).where(Message.status == "sending")
        await self.session.execute(lost.values(claimed_until=past))
        await self.session.commit()

    async def stands(self, one: UUID) -> tuple[str, str | None]:
        self.session.expire_all()
        found = await self.session.get_one(Message, one)
        return found.status, found.reason

    def arrivals(self) -> Counter[str]:
        """How often each letter was handed to the mail server, by its Message-ID."""
        return Counter(str(message_from_bytes(mail)["Message-ID"]) for mail in self.mail.mails)


@pytest_asyncio.fixture
async def trouble(session: AsyncSession, sessions: Sessions) -> AsyncIterator[Trouble]:
    made = Trouble(session, sessions)
    async with AsyncExitStack() as stack:
        made.urls[0] = await stack.enter_async_context(mail_server(made.mail))
        made.urls[1] = await stack.enter_async_context(serving(made.texts))
        yield made
        for sender in made.senders:
            await sender.close()


class Died(Exception):
    """The process ended here."""


def dies_after_sending(point: str) -> None:
    if point == "after_send":
        raise Died


async def seconds_each(sender: MessageSender, trouble: Trouble, count: int) -> list[float]:
    """Send so many text messages one by one; return how long each took, the slowest last."""
    took, loop = [], asyncio.get_running_loop()
    for _ in range(count):
        await trouble.given("sms")
        trouble.texts.answers.append(TAKEN)
        began = loop.time()
        assert await sender.send_some(Channel.SMS) == 1
        took.append(loop.time() - began)
    return sorted(took)


async def test_x19_whatever_a_provider_does_no_message_is_lost_and_none_goes_twice(
    trouble: Trouble, session: AsyncSession
) -> None:
    ends: dict[UUID, tuple[str, str | None]] = {}
    ours = trouble.sender()

    # away, then back
    [letter] = await trouble.given("email")
    away = trouble.sender("smtp://127.0.0.1:9")
    await away.send_due()
    assert await trouble.stands(letter) == ("failed_temporary", "smtp-unreachable")
    await trouble.again()
    await ours.send_due()
    ends[letter] = ("sent", None)

    # refused for now, for good, and a line that breaks after the text
    for answer, stands in (
        ("451 later", ("failed_temporary", "smtp-451")),
        ("554 never", ("failed", "smtp-554")),
        ("hang up", ("unknown", "smtp-lost")),
    ):
        [letter] = await trouble.given("email")
        trouble.mail.script.append(answer)
        await ours.send_due()
        assert await trouble.stands(letter) == stands
        ends[letter] = stands if stands[0] != "failed_temporary" else ("sent", None)
    await trouble.again()
    await ours.send_due()

    # asked for patience: the provider is left alone, no attempt is spent; then its own fault
    [text] = await trouble.given("sms")
    trouble.texts.headers["retry-after"] = "60"
    trouble.texts.answers = [(429, {})]
    await ours.send_due()
    assert await trouble.stands(text) == ("failed_temporary", "gateway-429")
    await trouble.again()
    assert await ours.send_due() == 0
    trouble.texts.headers.clear()
    trouble.texts.answers = [(503, {}), TAKEN]
    for _ in range(2):
        await trouble.sender().send_due()
        await trouble.again()
    ends[text] = ("delivered", None)

    # a crash after the sending: nobody knows, and nobody sends it again by himself
    [letter] = await trouble.given("email")
    dying = trouble.sender(crash_at=dies_after_sending)
    try:
        await dying.send_due()
    except Died:
        await trouble.again()
    assert await ours.sweep() == 1
    ends[letter] = ("unknown", "sender-lost")

    # a receipt, twice
    receipt = Receipt(Arrival.DELIVERED, text, reference="g-1")
    assert [await take_receipts(session, "gateway", [receipt]) for _ in range(2)] == [1, 0]
    await session.commit()

    assert await ours.send_due() == 0
    for one, end in ends.items():
        assert await trouble.stands(one) == end
    handed = trouble.arrivals()
    assert sorted(handed.values()) == [1, 1, 1, 1, 2], "only the one refused for now came twice"
    told = [await recorded(session, kind) for kind in (MessageSent, MessageUnknown)]
    assert [len(events) for events in told] == [3, 2]
    assert len(await recorded(session, MessageDelivered)) == 1


async def test_x19_a_provider_that_hangs_leaves_the_others_as_quick_as_they_were(
    trouble: Trouble, session: AsyncSession
) -> None:
    sender = trouble.sender()
    usual = await seconds_each(sender, trouble, 20)
    trouble.mail.goes_on.clear()
    await trouble.given("email", 5)
    stuck = asyncio.create_task(sender.send_some(Channel.EMAIL))
    await trouble.mail.came.wait()

    during = await seconds_each(sender, trouble, 20)

    assert not stuck.done()
    trouble.mail.goes_on.set()
    assert await stuck == 5
    p95 = usual[18], during[18]
    print(f"X19: p95 of texts {p95[0] * 1000:.0f} ms, {p95[1] * 1000:.0f} ms beside a hung one")  # noqa: T201
    assert p95[1] < 2 * p95[0] + 0.1
    left = await session.scalars(select(Message.status).distinct())
    assert list(left) == ["sent"]
