"""M1, X10: each channel at its own pace: stopped, throttled, at night, capped, or hung."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.models import ChannelPolicy, ChannelTokens
from crm_notifications.channels.rules import (
    Arrival,
    Channel,
    Letter,
    Outcome,
    Receipt,
    Trace,
    Verdict,
    policy_id,
)
from crm_notifications.channels.statements import keep_address
from crm_notifications.deliveries.jobs import MessageSender
from crm_notifications.events import MessageSent
from crm_notifications.messages.models import Message
from crm_notifications.receipts.jobs import ask_provider
from crm_notifications.testing import know, make_contact, make_message, make_template
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import REFS
from crm_shared.events.erasure import remember
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded

AGREED = [{"channel": None, "purpose": "marketing", "granted": True, "at": "2026-01-01T00:00:00Z"}]
KYIV = ZoneInfo("Europe/Kyiv")


class Provider:
    """Takes everything, unless it is told to hang or to say something else."""

    name = "provider"

    def __init__(self, verdict: Verdict | None = None) -> None:
        self.verdict = verdict or Verdict(Outcome.SENT, reference="r")
        self.letters: list[Letter] = []
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.receipts: list[Receipt] = []

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        await self.goes_on.wait()
        self.letters.extend(letters)
        return [self.verdict for _ in letters]

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        return self.receipts

    async def close(self) -> None:
        """Nothing is open."""


async def given(session: AsyncSession, count: int = 1, **values: Any) -> list[Message]:
    """Messages to as many people who agreed to everything."""
    told = {"channel": "sms", **values}
    if "recipient_id" in told:
        told["contact_id"] = told["recipient_id"]
    template = make_template(channel=told["channel"])
    made = [make_message(template, **told) for _ in range(count)]
    session.add_all([template, *made])
    for who in {one.recipient_id for one in made}:
        person = make_contact(phone="+380671112233", consents=AGREED)
        await know(session, "contact", who, **person)
    await session.commit()
    return made


async def more_to(session: AsyncSession, who: UUID, **values: Any) -> Message:
    """One more message to somebody who is known."""
    template = make_template(channel="sms")
    told = {"channel": "sms", "recipient_id": who, "contact_id": who, **values}
    session.add_all([template, message := make_message(template, **told)])
    await session.commit()
    return message


async def setting(session: AsyncSession, channel: Channel = Channel.SMS, **values: Any) -> None:
    told = {"is_stopped": False, **values}
    session.add(ChannelPolicy(id=policy_id(channel), channel=channel.value, revision=1, **told))
    await session.commit()


async def states(session: AsyncSession) -> dict[tuple[str, str | None], int]:
    session.expire_all()
    found: dict[tuple[str, str | None], int] = {}
    for one in await session.scalars(select(Message)):
        key = (one.status, one.reason)
        found[key] = found.get(key, 0) + 1
    return found


class TestM1Bulkhead:
    async def test_a_provider_that_hangs_slows_no_other_channel(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        """X10: one hung channel; the others are done before it moves at all."""
        hung, quick = Provider(), Provider()
        hung.goes_on.clear()
        sender = MessageSender(sessions, {Channel.EMAIL: hung, Channel.SMS: quick})
        await given(session, 30, channel="email")
        await given(session, 30, channel="sms")

        # one after the other, as `send_due` goes, the first that hangs holds up all
        stuck = asyncio.create_task(sender.send_due())
        await asyncio.wait({stuck}, timeout=0.5)
        assert quick.letters == []
        async with asyncio.timeout(5):
            assert await sender.send_some(Channel.SMS) == 30

        assert (len(quick.letters), len(hung.letters), stuck.done()) == (30, 0, False)
        hung.goes_on.set()
        assert await stuck == 30

    async def test_one_letter_goes_before_a_thousand(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        await given(session, 3, lane=1, next_attempt_at=utc_now() - timedelta(hours=1))
        [alone] = await given(session)
        provider = Provider()

        await MessageSender(sessions, {Channel.SMS: provider}, batch=1).send_some(Channel.SMS)

        assert [letter.id for letter in provider.letters] == [alone.id]

    async def test_a_resting_provider_costs_no_attempts(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        down = Provider(Verdict(Outcome.REFUSED_FOR_NOW, "x-unreachable", is_trouble=True))
        sender = MessageSender(sessions, {Channel.SMS: down}, batch=5)
        await given(session, 10)

        assert [await sender.send_some(Channel.SMS) for _ in range(3)] == [5, 0, 0]

        assert await states(session) == {
            ("failed_temporary", "x-unreachable"): 5,
            ("queued", None): 5,
        }


class TestM1Stop:
    async def test_sends_nothing_until_it_goes_on(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        await setting(session, is_stopped=True)
        await given(session)
        sender = MessageSender(sessions, {Channel.SMS: Provider()})
        assert await sender.send_due() == 0

        await session.execute(update(ChannelPolicy).values(is_stopped=False))
        await session.commit()

        assert await sender.send_due() == 1

    async def test_reaches_what_was_claimed_already(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        """M1, C16: of a long batch nothing goes on once a channel is stopped, or to one erased."""
        provider = Provider()
        sender = MessageSender(sessions, {Channel.SMS: provider}, lease=timedelta(seconds=30))
        gone, other, written_of = await given(session, count=3)
        await session.execute(
            update(Message).where(Message.id == written_of.id).values(contact_id=new_id())
        )
        await session.commit()
        about = (await session.get_one(Message, written_of.id, populate_existing=True)).contact_id
        taken = await sender.claim(Channel.SMS)
        for one in (gone.recipient_id, about):
            assert one is not None
            await remember(session, one)
        await session.commit()

        await sender.carry(Channel.SMS, taken.claimed)

        assert [one.id for one in provider.letters] == [other.id]
        await given(session)
        taken = await sender.claim(Channel.SMS)
        await setting(session, is_stopped=True)
        await sender.carry(Channel.SMS, taken.claimed)

        assert len(taken.claimed) == len(provider.letters) == 1
        await session.execute(update(Message).values(claimed_until=utc_now()))
        await session.execute(update(ChannelPolicy).values(is_stopped=False))
        await session.commit()
        await sender.sweep()
        await sender.send_due()
        assert (await states(session))[("cancelled", "recipient-erased")] == 1

    async def test_a_consent_that_was_taken_back_reaches_it_too(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        """M5: between the claim and the hand-over; the next claim says why it was refused."""
        provider = Provider()
        sender = MessageSender(sessions, {Channel.SMS: provider}, lease=timedelta(seconds=30))
        refuses, agrees = await given(session, count=2, purpose="marketing")
        taken = await sender.claim(Channel.SMS)
        of_refs = (REFS.c.kind == "contact") & (REFS.c.id == refuses.recipient_id)
        person = make_contact(phone="+380671112233", consents=[])
        await session.execute(update(REFS).where(of_refs).values(data=person))
        await session.commit()

        await sender.carry(Channel.SMS, taken.claimed)
        assert [one.id for one in provider.letters] == [agrees.id]

        await session.execute(update(Message).values(claimed_until=utc_now()))
        await session.commit()
        await sender.sweep()
        await sender.send_due()
        assert await states(session) == {("sent", None): 1, ("cancelled", "no-consent"): 1}


class TestM1Rate:
    async def test_is_kept_by_all_senders_together(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        await setting(session, rate_per_s=4.0)
        await given(session, 12)
        one, other = (MessageSender(sessions, {Channel.SMS: Provider()}) for _ in range(2))

        seen = await asyncio.gather(one.send_some(Channel.SMS), other.send_some(Channel.SMS))
        assert 4 <= sum(seen) <= 5

        past = utc_now() - timedelta(seconds=0.5)
        await session.execute(update(ChannelTokens).values(filled_at=past, tokens=0))
        await session.commit()
        assert 2 <= await one.send_some(Channel.SMS) <= 3


class TestM1Cost:
    async def test_is_booked_by_the_price_of_the_channel(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        await setting(session, price=Decimal("0.85"), currency="UAH")
        await given(session)

        await MessageSender(sessions, {Channel.SMS: Provider()}).send_due()

        [sent] = await recorded(session, MessageSent)
        told = sent.data.message
        assert (told.cost, told.currency, told.provider) == (Decimal("0.85"), "UAH", "provider")

    async def test_is_rather_what_the_provider_says_and_nothing_when_nobody_knows(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        await given(session)
        await MessageSender(sessions, {Channel.SMS: Provider()}).send_due()
        said = Verdict(Outcome.SENT, cost=Decimal("0.5"), currency="USD")
        await setting(session, price=Decimal("0.85"), currency="UAH")
        await given(session)
        await MessageSender(sessions, {Channel.SMS: Provider(said)}).send_due()

        told = [one.data.message for one in await recorded(session, MessageSent)]
        assert [(one.cost, one.currency) for one in told] == [
            (None, None),
            (Decimal("0.5"), "USD"),
        ]


class TestT8Cap:
    """T8: no more marketing to one person than the company set, by whatever channel."""

    @pytest.fixture(autouse=True)
    async def _capped(self, session: AsyncSession) -> None:
        await setting(session, cap_messages=2, cap_days=7)

    async def test_cancels_what_would_be_too_much(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        who = new_id()
        await given(session, 3, recipient_id=who, purpose="marketing")
        await given(session, 2, purpose="marketing")
        await more_to(session, who)

        await MessageSender(sessions, {Channel.SMS: Provider()}).send_due()

        assert await states(session) == {
            ("sent", None): 5,
            ("cancelled", "frequency-cap"): 1,
        }

    async def test_holds_between_two_senders_at_the_same_time(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        who = new_id()
        await given(session, 8, recipient_id=who, purpose="marketing")
        some = [MessageSender(sessions, {Channel.SMS: Provider()}, batch=2) for _ in range(4)]

        await asyncio.gather(*(one.send_due() for one in some))

        assert (await states(session))["sent", None] == 2

    async def test_forgets_what_was_long_ago(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        who, ago = new_id(), utc_now() - timedelta(days=8)
        gone = {"status": "sent", "sent_at": ago, "updated_at": ago}
        await given(session, 2, recipient_id=who, purpose="marketing", **gone)
        more = await more_to(session, who, purpose="marketing")
        provider = Provider()

        await MessageSender(sessions, {Channel.SMS: provider}).send_due()

        assert [letter.id for letter in provider.letters] == [more.id]


class TestT8Night:
    async def test_lets_marketing_wait_for_the_morning_and_service_pass(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        # the whole day but the minute that has just passed
        minute = (utc_now() - timedelta(minutes=1)).astimezone(KYIV).time().replace(second=0)
        begins = (utc_now()).astimezone(KYIV).time().replace(second=0, microsecond=0)
        await setting(session, quiet_from=begins, quiet_until=minute.replace(microsecond=0))
        [offer] = await given(session, purpose="marketing")
        await given(session)

        await MessageSender(sessions, {Channel.SMS: Provider()}, zone=KYIV).send_due()

        assert await states(session) == {("sent", None): 1, ("queued", "quiet-hours"): 1}
        await session.refresh(offer)
        assert offer.attempts == 0
        assert offer.next_attempt_at.astimezone(KYIV).time() == time(minute.hour, minute.minute)


class TestM4Telegram:
    async def test_waits_until_the_chat_is_known(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        [message] = await given(session, channel="telegram")
        provider = Provider()
        sender = MessageSender(sessions, {Channel.TELEGRAM: provider})
        await sender.send_due()
        assert await states(session) == {("queued", "address-missing"): 1}

        await keep_address(session, Channel.TELEGRAM, message.recipient_id, "77")
        await session.execute(update(Message).values(next_attempt_at=utc_now()))
        await session.commit()
        await sender.send_due()

        assert [letter.to_address for letter in provider.letters] == ["77"]


class TestM1Ask:
    async def test_settles_an_unknown_message_and_asks_no_sooner_again(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        ago = utc_now() - timedelta(minutes=1)
        [message] = await given(session, status="unknown", updated_at=ago)
        provider = Provider()
        assert await ask_provider(sessions, Channel.SMS, provider) == 0
        provider.receipts = [Receipt(Arrival.DELIVERED, message.id)]
        assert await ask_provider(sessions, Channel.SMS, provider) == 0

        earlier = utc_now() - timedelta(minutes=6)
        await session.execute(update(Message).values(looked_up_at=earlier, updated_at=ago))
        await session.commit()
        assert await ask_provider(sessions, Channel.SMS, provider) == 1

        assert await states(session) == {("delivered", None): 1}
