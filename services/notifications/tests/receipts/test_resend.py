"""M1: a letter sent anew is another letter: to keys, receipts and prices."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import (
    Arrival,
    Channel,
    Letter,
    Outcome,
    Receipt,
    Verdict,
    read_name,
)
from crm_notifications.channels.senders.gateway import GatewaySender
from crm_notifications.channels.senders.mail import as_email
from crm_notifications.deliveries.jobs import MessageSender
from crm_notifications.events import MessageSent
from crm_notifications.messages.models import Message
from crm_notifications.receipts import rules
from crm_notifications.receipts.use_cases import take_receipts
from crm_notifications.testing import Post, know, make_contact, make_message, make_template
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded

ANY = {"If-Match": "*"}


async def given(session: AsyncSession, **values: Any) -> Message:
    template = make_template(channel="sms")
    session.add_all([template, message := make_message(template, channel="sms", **values)])
    await know(session, "contact", message.recipient_id, **make_contact(phone="+380671112233"))
    await session.commit()
    return message


class Pricing(Post):
    """A provider that tells its price while it still holds the letter."""

    def __init__(self, sessions: Sessions, verdict: Verdict) -> None:
        super().__init__()
        self.sessions, self.verdict = sessions, verdict

    async def send(self, letters: Any, *, until: Any) -> list[Verdict]:
        async with self.sessions.begin() as session:
            for one in letters:
                told = Receipt(Arrival.SENT, one.id, cost=Decimal("0.42"), currency="EUR")
                await take_receipts(session, self.name, [told])
        self.letters.extend(letters)
        return [self.verdict for _ in letters]


class TestResend:
    async def test_is_a_new_letter_to_the_provider_and_old_receipts_do_not_settle_it(
        self, client: AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        message = await given(session, status="bounced", provider="post", reference="old")

        assert (
            await client.post(f"/v1/messages/{message.id}/resend", headers=ANY)
        ).status_code == 200
        post = Post()
        await MessageSender(sessions, {Channel.SMS: post}).send_due()
        [letter] = post.letters
        session.expire_all()

        message = await session.get_one(Message, letter.id)
        assert letter.name == f"{message.id}.1"
        request = GatewaySender(
            httpx.AsyncClient(), url="https://g.example.org", token=None, channel="sms"
        ).request(letter)
        assert request.headers["idempotency-key"] == letter.name
        late = [
            Receipt(Arrival.BOUNCED, message.id),
            Receipt(Arrival.DELIVERED, reference="old"),
        ]
        assert await take_receipts(session, "post", late) == 0
        assert await take_receipts(session, "post", [Receipt(Arrival.COMPLAINED, message.id)]) == 1
        named = Receipt(Arrival.DELIVERED, *read_name(letter.name)[:1], resent=1)
        assert await take_receipts(session, "post", [named]) == 1
        await session.commit()
        await session.refresh(message)
        assert (message.status, message.resent) == ("delivered", 1)

    async def test_price_told_on_the_way_stands_and_is_announced(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        message = await given(session)
        estimate = Verdict(Outcome.SENT, cost=Decimal("0.1"), currency="UAH")

        await MessageSender(sessions, {Channel.SMS: Pricing(sessions, estimate)}).send_due()

        await session.refresh(message)
        assert (message.status, message.cost, message.currency) == ("sent", Decimal("0.42"), "EUR")
        [sent] = await recorded(session, MessageSent)
        assert (sent.data.message.cost, sent.data.message.currency) == (Decimal("0.42"), "EUR")


class TestNames:
    """What providers give back is read, whatever they make of it."""

    def test_are_told_in_every_way_a_letter_is_named(self) -> None:
        id_ = new_id()
        letter = Letter(
            id_, "A", "a@example.com", "S", "T", None, "en", utc_now(), resent=2
        )  # fmt: skip
        mail = as_email(letter, "crm@example.com")
        assert rules.name_in(mail["Message-ID"]) == (id_, 2)
        twilio = rules.of_twilio(b"MessageSid=S&MessageStatus=delivered", letter.name)
        vonage = rules.of_vonage({"status": "delivered", "client_ref": letter.name})
        [gateway] = rules.of_list({"status": "delivered", "id": letter.name}, kind="gateway")
        for receipt in (twilio, vonage, gateway):
            assert receipt is not None
            assert (receipt.message_id, receipt.resent) == (id_, 2)

    @pytest.mark.parametrize(
        "said", [None, "", "x", 7, "1.2", f"{UUID(int=7)}.", f"{UUID(int=7)}.99999"]
    )
    def test_that_are_none_of_ours_are_nobodys(self, said: object) -> None:
        assert read_name(said) == (None, 0)
