"""M2: mailings keep their pace whatever held them up, and none stands in another's way."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Arrival, Channel, Receipt
from crm_notifications.deliveries.jobs import MessageSender
from crm_notifications.deliveries.rules.links import Links
from crm_notifications.mailings.jobs import fill_mailings
from crm_notifications.mailings.models import Mailing, MailingTokens
from crm_notifications.messages.models import Message
from crm_notifications.receipts.use_cases import take_receipts
from crm_notifications.testing import Contacts, Post, given
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.db.engine import Sessions
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.testing.servers import LINK_KEY

ANY = {"If-Match": "*"}
CLAIM = (
    "SELECT * FROM messages WHERE status IN ('queued', 'failed_temporary') "
    "AND (mailing_id IS NULL OR lane = 0) AND channel = 'email' AND next_attempt_at <= now() "
    "ORDER BY lane, next_attempt_at LIMIT 100"
)


async def filled(session: AsyncSession, sessions: Sessions, people: int, **values: Any) -> Mailing:
    mailing = await given(session, **values)
    contacts: Any = Contacts(people)
    while await fill_mailings(sessions, contacts, LINK_KEY):
        pass
    return mailing


async def sent_of(session: AsyncSession, mailing: Mailing) -> int:
    sent = select(func.count()).where(Message.mailing_id == mailing.id, Message.status == "sent")
    return int(await session.scalar(sent) or 0)


class TestM2Pace:
    async def test_is_kept_after_a_pause_and_by_two_senders_together(
        self, client: AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        """All letters are due at once; a second's worth goes, and the pause gives no burst."""
        mailing = await filled(session, sessions, 40, per_minute=300)
        for move in ("pause", "resume"):
            assert (await client.post(f"/v1/mailings/{mailing.id}/{move}", headers=ANY)).is_success
        await session.execute(update(Message).values(next_attempt_at=utc_now()))
        await session.commit()
        one, other = (MessageSender(sessions, {Channel.EMAIL: Post()}) for _ in range(2))

        assert await one.send_due() + await other.send_due() == 5
        half = utc_now() - timedelta(seconds=0.5)
        await session.execute(update(MailingTokens).values(filled_at=half, tokens=0))
        await session.commit()

        assert 2 <= await one.send_due() + await other.send_due() <= 3
        assert await sent_of(session, mailing) <= 8

    async def test_of_one_is_no_others_and_a_big_one_leaves_room_for_a_small_one(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        slow = await filled(session, sessions, 30, per_minute=60)
        big = await filled(session, sessions, 30)
        small = await filled(session, sessions, 3)
        await session.execute(update(Message).values(next_attempt_at=utc_now()))
        await session.commit()

        await MessageSender(sessions, {Channel.EMAIL: Post()}, batch=10).send_some(Channel.EMAIL)

        counted = [await sent_of(session, one) for one in (slow, big, small)]
        assert counted == [1, 4, 3]

    async def test_a_paused_mailing_is_not_walked_through(
        self, client: AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        """Thousands of letters held back cost the channel's next claim nothing."""
        mailing = await filled(session, sessions, 300)
        await client.post(f"/v1/mailings/{mailing.id}/pause", headers=ANY)
        in_the_way = text(
            "SELECT count(*) FROM messages WHERE status IN ('queued', 'failed_temporary') "
            "AND (mailing_id IS NULL OR lane = 0)"
        )

        assert await session.scalar(in_the_way) == 0
        assert await MessageSender(sessions, {Channel.EMAIL: Post()}).send_due() == 0
        plan = await session.execute(text(f"EXPLAIN {CLAIM}"))
        assert "ix_messages_due" in "".join(row[0] for row in plan)

    async def test_a_letter_sent_anew_goes_by_itself_whatever_became_of_its_mailing(
        self, client: AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        mailing = await filled(session, sessions, 1)
        over = {"status": "finished", "finished_at": utc_now() - timedelta(days=9)}
        await session.execute(update(Mailing).values(**over))
        await session.execute(update(Message).values(status="failed"))
        await session.commit()
        [message_id] = await session.scalars(select(Message.id))

        again = await client.post(f"/v1/messages/{message_id}/resend", headers=ANY)

        assert again.status_code == 200, again.text
        assert await MessageSender(sessions, {Channel.EMAIL: Post()}).send_due() == 1
        assert await sent_of(session, mailing) == 1


class TestM2CameBack:
    async def test_from_a_contact_counts_for_the_one_he_was_merged_into(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        """What came back before two were made one keeps the next letter to the survivor away."""
        first, later = Contacts(1), Contacts(1)
        [loser], [survivor] = first.people, later.people
        for contacts in (first, later):
            await given(session)
            bus: Any = contacts
            while await fill_mailings(sessions, bus, LINK_KEY):
                pass
            sender = MessageSender(
                sessions, {Channel.EMAIL: Post()}, links=Links("https://x.example", LINK_KEY)
            )
            await sender.send_due()
            if contacts is first:
                [letter] = await session.scalars(select(Message))
                bounce = Receipt(Arrival.BOUNCED, letter.id, code="dsn-5.1.1")
                await take_receipts(session, "post", [bounce])
                await aliases.keep(session, [aliases.Alias("contact", loser, survivor, 2)])
                await session.commit()

        found = await session.scalar(select(Message).where(Message.recipient_id == survivor))
        assert found is not None
        assert (found.status, found.reason) == ("cancelled", "address-bounced")


class Partial(Contacts):
    """Contacts that answers for every segment but one."""

    def __init__(self, members: int, *, broken: UUID) -> None:
        super().__init__(members)
        self.broken = str(broken)

    async def request(self, subject: str, question: dict[str, Any]) -> dict[str, Any]:
        if question["ids"][0] == self.broken:
            raise BusUnavailableError("too slow")
        return await super().request(subject, question)


class TestM2Fill:
    async def test_that_fails_keeps_no_other_waiting(
        self, client: AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        broken = await given(session)
        good = await given(session)
        contacts: Any = Partial(3, broken=broken.segment_id)

        for _ in range(2):
            with pytest.raises(BusUnavailableError):
                await fill_mailings(sessions, contacts, LINK_KEY)

        await session.refresh(good)
        await session.refresh(broken)
        assert (good.is_filled, good.recipients) == (True, 3)
        assert (broken.is_filled, broken.recipients) == (False, 0)
