"""Sending: claimed by one, sent once, and never silently twice."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.models import MailboxLetter
from crm_notifications.channels.rules import Channel, Letter, Outcome, Receipt, Trace, Verdict
from crm_notifications.channels.senders.mailbox import MailboxSender
from crm_notifications.deliveries.jobs import MessageSender
from crm_notifications.events import (
    MessageCancelled,
    MessageExpired,
    MessageFailed,
    MessageSent,
    MessageUnknown,
    WatchedFieldsRead,
)
from crm_notifications.messages import use_cases
from crm_notifications.messages.models import Message
from crm_notifications.testing import know, make_contact, make_message, make_template
from crm_shared.actor import Role
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import KNOWN_TEAMS, KNOWN_USERS, REFS
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.policies import hear


class Crash(Exception):
    """The process died here."""


def crash_at(named: str) -> Any:
    """A switch that ends the sender at one point."""

    def reached(point: str) -> None:
        if point == named:
            raise Crash(point)

    return reached


class Answering:
    """A provider that says what it was told to say, and counts letters."""

    name = "answering"

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts = list(verdicts)
        self.letters: list[Letter] = []

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        self.letters.extend(letters)
        return [self.verdicts.pop(0) if self.verdicts else Verdict(Outcome.SENT) for _ in letters]

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        return []

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def mailbox(sessions: Sessions) -> MessageSender:
    """A sender into the demo's mailbox."""
    provider = MailboxSender(sessions, mail_from="crm@example.com")
    return MessageSender(sessions, {Channel.EMAIL: provider}, languages=("en", "uk"))


def through(sessions: Sessions, *verdicts: Verdict, **options: Any) -> MessageSender:
    """A sender whose provider answers so."""
    return MessageSender(sessions, {Channel.EMAIL: Answering(*verdicts)}, **options)


async def given_message(session: AsyncSession, **given: Any) -> Message:
    """A queued message to a contact whose name and deal are known."""
    template = make_template()
    message = make_message(template, deal_id=new_id(), **given)
    session.add_all([template, message])
    await know(session, "contact", message.recipient_id, **make_contact())
    await know(session, "deal", message.deal_id or new_id(), title="Вікна")
    await session.commit()
    return message


async def seen(session: AsyncSession, message_id: UUID) -> Message:
    """The message as it is now."""
    session.expunge_all()
    found = await session.scalar(select(Message).where(Message.id == message_id))
    assert found is not None
    return found


async def again(session: AsyncSession) -> None:
    """Let the time until the next attempt pass."""
    await session.execute(update(Message).values(next_attempt_at=utc_now() - timedelta(seconds=1)))
    await session.commit()


class TestSendDue:
    async def test_puts_the_letter_into_the_mailbox(
        self, session: AsyncSession, mailbox: MessageSender
    ) -> None:
        message = await given_message(session)

        assert await mailbox.send_due() == 1

        [letter] = await session.scalars(select(MailboxLetter))
        assert letter.id == message.id
        assert (letter.to_name, letter.to_address) == ("Олена Коваль", "olena@example.com")
        assert (letter.subject, letter.language) == ("Угода «Вікна»", "uk")
        assert "етапі Proposal" in letter.text

    async def test_announces_what_was_sent(
        self, session: AsyncSession, mailbox: MessageSender
    ) -> None:
        message = await given_message(session)

        await mailbox.send_due()

        now = await seen(session, message.id)
        assert (now.status, now.revision, now.language) == ("sent", 2, "uk")
        assert now.sent_at is not None
        [sent] = await recorded(session, MessageSent)
        assert (sent.subject, sent.revision) == (message.id, 2)
        assert (sent.causationid, sent.correlationid) == (
            message.source_event_id,
            message.correlation_id,
        )

    async def test_leaves_out_what_a_colleagues_role_may_not_see(
        self, session: AsyncSession, mailbox: MessageSender
    ) -> None:
        """S3: a letter is one more way out."""
        template = make_template(texts={"en": {"subject": "Sum", "text": "{{ deal.amount }}."}})
        people = {Role.SELLER: new_id(), Role.HEAD: new_id()}
        for role, user_id in people.items():
            known = {"id": user_id, "role": role, "team_ids": [], "is_active": True, "revision": 1}
            await session.execute(insert(KNOWN_USERS).values(known))
        stranger = new_id()
        for user_id in (*people.values(), stranger):
            await know(session, "user", user_id, name="Іван", email=f"{user_id}@example.com")
            to = {"recipient_kind": "user", "recipient_id": user_id}
            facts = {"deal": {"amount": "777"}}
            session.add(make_message(template, contact_id=None, facts=facts, **to))
        session.add(template)
        hidden = {"seller": {"deal": ["amount"]}}
        await hear(session, hidden_fields=hidden, sensitive_fields={"deal": ["amount"]})

        await mailbox.send_due()

        letters = {one.to_address: one.text for one in await session.scalars(select(MailboxLetter))}
        assert letters[f"{people[Role.SELLER]}@example.com"] == "."
        assert letters[f"{people[Role.HEAD]}@example.com"] == "777."
        # of whom nobody knows what he is, nothing that is hidden from anybody
        assert letters[f"{stranger}@example.com"] == "."
        # and who was shown what is watched stands in the audit log
        [told] = await recorded(session, WatchedFieldsRead)
        assert (told.actorid, told.data.reading.fields) == (people[Role.HEAD], ["amount"])

    async def test_sends_a_message_once(
        self, session: AsyncSession, mailbox: MessageSender
    ) -> None:
        await given_message(session)

        await mailbox.send_due()
        assert await mailbox.send_due() == 0

        assert len(list(await session.scalars(select(MailboxLetter)))) == 1

    async def test_speaks_the_language_the_recipient_has_now(
        self, session: AsyncSession, mailbox: MessageSender
    ) -> None:
        message = await given_message(session)
        await session.execute(update(REFS).values(data=make_contact(language="en")))
        await session.commit()

        await mailbox.send_due()

        assert (await seen(session, message.id)).language == "en"

    async def test_cancels_when_consent_was_withdrawn_meanwhile(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        message = await given_message(session, purpose="marketing")
        said = {"channel": "email", "purpose": "marketing", "granted": False}
        await session.execute(
            update(REFS)
            .where(REFS.c.id == message.recipient_id)
            .values(data=make_contact(consents=[said]))
        )
        await session.commit()
        sender = through(sessions)

        await sender.send_due()

        now = await seen(session, message.id)
        assert (now.status, now.reason) == ("cancelled", "no-consent")
        assert len(await recorded(session, MessageCancelled)) == 1
        assert await recorded(session, MessageSent) == []

    async def test_waits_for_an_address_and_then_sends(
        self, session: AsyncSession, sessions: Sessions, mailbox: MessageSender
    ) -> None:
        """X21: whose address is not known yet; a sender that does not wait never writes to him."""
        lost = await given_message(session)
        await session.execute(update(REFS).values(data=make_contact(email=None)))
        await session.commit()
        await through(sessions, waits=False).send_due()

        message = await given_message(session)
        await session.execute(update(REFS).values(data=make_contact(email=None)))
        await session.commit()

        await mailbox.send_due()
        waiting = await seen(session, message.id)
        assert (waiting.status, waiting.reason) == ("queued", "address-missing")
        assert (waiting.revision, waiting.attempts) == (1, 1)
        assert waiting.next_attempt_at > utc_now()

        await session.execute(update(REFS).values(data=make_contact()))
        await again(session)
        await mailbox.send_due()

        assert (await seen(session, message.id)).status == "sent"
        assert (await seen(session, lost.id)).status == "failed"

    async def test_gives_up_waiting_when_the_message_is_of_no_more_use(
        self, session: AsyncSession, mailbox: MessageSender
    ) -> None:
        message = await given_message(session, expires_at=utc_now() - timedelta(seconds=1))

        await mailbox.send_due()

        now = await seen(session, message.id)
        assert (now.status, now.reason) == ("expired", "too-late")
        assert len(await recorded(session, MessageExpired)) == 1

    async def test_waits_while_no_provider_is_configured(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        message = await given_message(session)

        await MessageSender(sessions, {}).send_due()

        now = await seen(session, message.id)
        assert (now.status, now.reason) == ("queued", "channel-not-configured")

    async def test_writes_to_whoever_heads_the_team_now(
        self, session: AsyncSession, mailbox: MessageSender
    ) -> None:
        team_id, head_id = new_id(), new_id()
        await given_message(session, recipient_kind="team", recipient_id=team_id, contact_id=None)
        await session.execute(
            KNOWN_TEAMS.insert().values(id=team_id, head_id=head_id, is_active=True, revision=1)
        )
        await know(session, "user", head_id, name="Ігор", email="ihor@example.com", language="uk")
        await session.commit()

        await mailbox.send_due()

        [letter] = await session.scalars(select(MailboxLetter))
        assert (letter.to_name, letter.to_address) == ("Ігор", "ihor@example.com")

    async def test_tries_again_after_a_refusal_for_now(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        message = await given_message(session)
        sender = through(sessions, Verdict(Outcome.REFUSED_FOR_NOW, "smtp-451"))

        await sender.send_due()
        later = await seen(session, message.id)
        assert (later.status, later.reason) == ("failed_temporary", "smtp-451")
        assert later.revision == 1

        await again(session)
        await sender.send_due()

        now = await seen(session, message.id)
        assert (now.status, now.revision, now.attempts) == ("sent", 2, 2)

    async def test_does_not_try_again_after_a_refusal_for_good(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        message = await given_message(session)

        await through(sessions, Verdict(Outcome.REFUSED, "smtp-550")).send_due()

        now = await seen(session, message.id)
        assert (now.status, now.reason) == ("failed", "smtp-550")
        assert len(await recorded(session, MessageFailed)) == 1

    async def test_goes_through_a_queue_longer_than_a_batch(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        template = make_template()
        session.add(template)
        for _ in range(25):
            message = make_message(template)
            session.add(message)
            await know(session, "contact", message.recipient_id, **make_contact())
        await session.commit()

        assert await through(sessions, batch=10).send_due() == 25

        assert len(await recorded(session, MessageSent)) == 25


class TestClaim:
    async def test_gives_two_senders_different_messages(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        template = make_template()
        session.add(template)
        for _ in range(6):
            message = make_message(template)
            session.add(message)
            await know(session, "contact", message.recipient_id, **make_contact())
        await session.commit()
        one, other = through(sessions, batch=3), through(sessions, batch=3)

        first, second = await one.claim(Channel.EMAIL), await other.claim(Channel.EMAIL)

        ids = [{claimed.letter.id for claimed in taken.claimed} for taken in (first, second)]
        assert [len(some) for some in ids] == [3, 3]
        assert ids[0].isdisjoint(ids[1])

    async def test_passes_by_what_another_sender_is_claiming(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        await given_message(session)
        await session.execute(select(Message).with_for_update())

        assert (await through(sessions).claim(Channel.EMAIL)).seen == 0


DYING = """
import asyncio, os, sys
from pathlib import Path
from crm_notifications.channels.rules import Channel, Outcome, Verdict
from crm_notifications.deliveries.jobs import MessageSender
from crm_shared.db.engine import make_engine, make_sessions

class Filing:
    name = "filing"
    async def send(self, letters, *, until):
        with Path(sys.argv[3]).open("a") as file:
            file.writelines(f"{letter.id}\\n" for letter in letters)
        return [Verdict(Outcome.SENT) for _ in letters]
    async def close(self):
        return None

def crash(point):
    if point == sys.argv[2]:
        os._exit(9)

sessions = make_sessions(make_engine(sys.argv[1], application="dying"))
asyncio.run(MessageSender(sessions, {Channel.EMAIL: Filing()}, crash_at=crash).send_due())
"""


class TestX2Crash:
    """X2: a process that dies after it began to send leaves `unknown`, before that nothing."""

    @pytest.mark.parametrize(
        ("point", "sent", "ends"), [("after_claim", 0, "sent"), ("after_send", 1, "unknown")]
    )
    async def test_of_the_process_sends_nothing_twice_and_forgets_nothing(
        self,
        session: AsyncSession,
        sessions: Sessions,
        database: str,
        tmp_path: Path,
        point: str,
        sent: int,
        ends: str,
    ) -> None:
        message = await given_message(session)
        letters = tmp_path / "letters"
        letters.touch()
        command = [sys.executable, "-c", DYING, database, point, str(letters)]

        died = await asyncio.create_subprocess_exec(*command)
        assert await died.wait() == 9
        assert (await seen(session, message.id)).status == "sending"
        lease_over = update(Message).values(claimed_until=utc_now() - timedelta(seconds=1))
        await session.execute(lease_over)
        await session.commit()
        fresh = MessageSender(sessions, {Channel.EMAIL: Answering()})
        again = int(ends == "sent")
        done = (await fresh.send_due(), await fresh.sweep(), await fresh.send_due())
        assert done == (0, 1, again)

        assert (await seen(session, message.id)).status == ends
        assert len(letters.read_text().splitlines()) == sent

    @pytest.mark.parametrize("point", ["after_hand_over", "after_send"])
    async def test_ends_in_unknown_and_is_not_sent_again(
        self, session: AsyncSession, sessions: Sessions, point: str
    ) -> None:
        message = await given_message(session)
        provider = Answering()
        dying = MessageSender(
            sessions,
            {Channel.EMAIL: provider},
            crash_at=crash_at(point),
        )
        with pytest.raises(Crash):
            await dying.send_due()
        await session.execute(update(Message).values(claimed_until=utc_now()))
        await session.commit()
        assert (await seen(session, message.id)).status == "sending"
        fresh = MessageSender(sessions, {Channel.EMAIL: provider})

        assert await fresh.send_due() == 0
        assert await fresh.sweep() == 1
        assert await fresh.send_due() == 0

        now = await seen(session, message.id)
        assert (now.status, now.reason) == ("unknown", "sender-lost")
        assert len(provider.letters) == (0 if point == "after_hand_over" else 1)
        assert len(await recorded(session, MessageUnknown)) == 1


class Slow(Answering):
    """A provider so slow that the claim is over and swept before it answers."""

    def __init__(self, sessions: Sessions, cancels: UUID | None = None) -> None:
        super().__init__()
        self.sessions = sessions
        self.cancels = cancels

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        async with self.sessions.begin() as session:
            await session.execute(update(Message).values(claimed_until=utc_now()))
        await MessageSender(self.sessions, {}).sweep()
        if self.cancels is not None:
            async with self.sessions.begin() as session:
                message = await seen(session, self.cancels)
                await use_cases.cancel_message(session, message)
        return await super().send(letters, until=until)


class TestSweep:
    async def test_leaves_a_running_claim_alone(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        await given_message(session)
        sender = through(sessions)
        await sender.claim(Channel.EMAIL)

        assert await sender.sweep() == 0

    async def test_lets_a_slow_sender_settle_what_it_knows(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        message = await given_message(session)
        slow = Slow(sessions)

        await MessageSender(sessions, {Channel.EMAIL: slow}).send_due()

        now = await seen(session, message.id)
        assert (now.status, now.revision) == ("sent", 3)

    async def test_does_not_let_a_slow_sender_undo_what_a_person_decided(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        message = await given_message(session)
        slow = Slow(sessions, cancels=message.id)

        await MessageSender(sessions, {Channel.EMAIL: slow}).send_due()

        assert (await seen(session, message.id)).status == "cancelled"

    async def test_keeps_a_sender_from_sending_what_was_put_back(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        message = await given_message(session)
        provider = Answering()
        slow = MessageSender(sessions, {Channel.EMAIL: provider}, lease=timedelta(0))
        taken = await slow.claim(Channel.EMAIL)
        await slow.sweep()

        await slow.carry(Channel.EMAIL, taken.claimed)

        assert (await seen(session, message.id)).status == "queued"
        assert provider.letters == []
