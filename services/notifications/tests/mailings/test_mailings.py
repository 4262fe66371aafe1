"""M2, M3: a mailing reaches everybody in its segment once, at its pace, whatever falls over."""

import asyncio
import os
import random
import time
from collections import Counter
from datetime import time as clock_time
from datetime import timedelta
from typing import Any

import psutil
import pytest
from httpx import AsyncClient
from pace import Pace
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import (
    Arrival,
    Channel,
    Receipt,
)
from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.deliveries.jobs import PORTION, MessageSender
from crm_notifications.deliveries.rules.links import Links
from crm_notifications.events import (
    MailingFailed,
    MailingFilled,
    MailingFinished,
    MailingPaused,
    MailingResumed,
    MessageClicked,
    MessageOpened,
    MessageQueued,
    MessageUnsubscribed,
)
from crm_notifications.mailings.jobs import call_off_letters, fill_mailings, finish_mailings
from crm_notifications.mailings.models import Mailing
from crm_notifications.mailings.rules import click_purpose
from crm_notifications.messages.models import Message
from crm_notifications.receipts.use_cases import take_receipts
from crm_notifications.testing import (
    Contacts,
    Post,
    given,
)
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.embedded.postgres import Postgres
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.ids import new_id
from crm_shared.links import make_link
from crm_shared.testing.events import envelope_of, recorded, silence
from crm_shared.testing.plugin import ClientAs
from crm_shared.testing.servers import LINK_KEY

ANY = {"If-Match": "*"}
HOME = "https://crm.example.org"
FULL = "CRM_TEST_FULL" in os.environ
PEOPLE = 10_000 if FULL else 150
Jobs = Any


class Crash(Exception):
    """The process died here."""


def sender(sessions: Sessions, post: Post, **options: Any) -> MessageSender:
    links = Links(HOME, LINK_KEY)
    return MessageSender(sessions, {Channel.EMAIL: post}, links=links, **options)


async def fill(sessions: Sessions, contacts: Jobs) -> None:
    while await fill_mailings(sessions, contacts, LINK_KEY):
        pass


async def now_of(session: AsyncSession, mailing: Mailing) -> Mailing:
    await session.rollback()
    await session.refresh(mailing)
    return mailing


async def statuses(session: AsyncSession) -> dict[str, int]:
    found = await session.execute(select(Message.status, func.count()).group_by(Message.status))
    return {row[0]: row[1] for row in found}


class TestM2Fill:
    async def test_queues_a_letter_to_everybody_in_the_segment(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        mailing, contacts = await given(session), Contacts(25, page=10)

        await fill(sessions, contacts)

        now = await now_of(session, mailing)
        assert (now.members, now.recipients, now.is_filled) == (25, 25, True)
        recipients = set(await session.scalars(select(Message.recipient_id)))
        assert recipients == set(contacts.people)
        [filled] = await recorded(session, MailingFilled)
        assert filled.data.mailing.recipients == 25
        queued = await recorded(session, MessageQueued)
        assert len(queued) == 25
        assert {one.data.message.mailing_id for one in queued} == {mailing.id}
        assert all(one.bulk for one in queued)

    async def test_takes_two_contacts_with_one_address_for_one(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        mailing, contacts = await given(session), Contacts(3)
        for person in list(contacts.people.values())[:2]:
            person["email"] = "family@example.com"

        await fill(sessions, contacts)

        now = await now_of(session, mailing)
        assert (now.members, now.recipients) == (3, 2)

    @pytest.mark.parametrize(
        ("segment", "reason"),
        [
            (None, "segment-not-there"),
            ({}, "segment-not-there"),
            ({"noun": "company"}, "segment-of-companies"),
        ],
    )
    async def test_gives_up_on_what_is_no_segment_of_people(
        self,
        session: AsyncSession,
        sessions: Sessions,
        segment: dict[str, Any] | None,
        reason: str,
    ) -> None:
        mailing, contacts = await given(session), Contacts(3)
        contacts.segment = segment

        await fill(sessions, contacts)

        now = await now_of(session, mailing)
        assert (now.status, now.reason) == ("failed", reason)
        assert len(await recorded(session, MailingFailed)) == 1

    async def test_waits_for_contacts_and_for_its_time(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        later = utc_now() + timedelta(hours=1)
        await given(session, starts_at=later)
        contacts: Jobs = Contacts(3)
        assert await fill_mailings(sessions, contacts, LINK_KEY) == 0

        await session.execute(update(Mailing).values(starts_at=utc_now()))
        await session.commit()
        contacts.is_away = True
        with pytest.raises(BusUnavailableError):
            await fill_mailings(sessions, contacts, LINK_KEY)
        contacts.is_away = False
        await fill(sessions, contacts)

        assert await statuses(session) == {"queued": 3}

    async def test_gives_everybody_his_turn(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        mailing = await given(session, per_minute=60)
        await fill(sessions, Contacts(10, page=4))

        turns = sorted(await session.scalars(select(Message.next_attempt_at)))
        begun = (await now_of(session, mailing)).started_at
        assert begun is not None
        assert [round((turn - begun).total_seconds()) for turn in turns] == list(range(10))


class TestM2Send:
    async def test_is_personal_and_has_a_way_out_of_one_click(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        await given(session)
        contacts, post = Contacts(2), Post()
        first, second = contacts.people
        contacts.people[second]["first_name"] = "Іван"
        await fill(sessions, contacts)
        await sender(sessions, post).send_due()

        said = {letter.to_address: letter for letter in post.letters}
        assert "Олена" in said["p0@example.com"].text
        assert "Іван" in said["p1@example.com"].text
        for letter in post.letters:
            assert letter.unsubscribe_url is not None
            assert letter.unsubscribe_url in letter.text
            assert f"{HOME}/v1/mailings/opens/" in (letter.html or "")
            assert "clicks" in (letter.html or "")
        assert first != second

    async def test_passes_by_who_did_not_agree_or_has_no_address(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        mailing, contacts = await given(session), Contacts(4)
        people = list(contacts.people.values())
        people[0]["consents"] = []
        people[1]["email"] = None
        people[2]["is_restricted"] = True
        await fill(sessions, contacts)
        await sender(sessions, post := Post()).send_due()
        await finish_mailings(sessions)

        assert len(post.letters) == 1
        counted = select(Message.reason, func.count()).group_by(Message.reason)
        reasons = {row[0]: row[1] for row in await session.execute(counted)}
        assert reasons == {
            None: 1,
            "no-consent": 1,
            "address-missing": 1,
            "processing-restricted": 1,
        }
        assert (await now_of(session, mailing)).status == "finished"
        assert len(await recorded(session, MailingFinished)) == 1

    async def test_keeps_to_its_window(self, session: AsyncSession, sessions: Sessions) -> None:
        soon = (utc_now() + timedelta(hours=2)).time().replace(second=0, microsecond=0)
        later = (utc_now() + timedelta(hours=3)).time().replace(second=0, microsecond=0)
        await given(session, window_from=soon, window_until=later, expires_after_s=86_400)
        await fill(sessions, Contacts(1))

        await sender(sessions, post := Post()).send_due()

        [message] = await session.scalars(select(Message))
        assert (post.letters, message.reason) == ([], "outside-the-window")
        assert message.next_attempt_at.time() == clock_time(soon.hour, soon.minute)


def processor_time(postgres: Postgres) -> float:
    """What the database's processes have used so far; those that ended are not in it."""
    processes = psutil.Process(postgres.pid).children(recursive=True)
    return sum(sum(one.cpu_times()[:2]) for one in processes)


class TestM2Crash:
    async def test_never_mails_a_person_twice_and_never_skips_one(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        """Two workers that die wherever they can; --full does it with 10,000 recipients."""
        mailing, contacts, post = await given(session), Contacts(PEOPLE, page=40), Post()
        bus: Jobs = contacts
        dice, crashes = random.Random(7), Counter[str]()

        def crash_at(point: str) -> None:
            if dice.random() < 0.08 and crashes[point] < 6:
                crashes[point] += 1
                raise Crash(point)

        async def worker() -> None:
            own = sender(sessions, post, batch=30, crash_at=crash_at)
            for _ in range(PEOPLE):
                try:
                    filled = await fill_mailings(sessions, bus, LINK_KEY, crash_at=crash_at)
                    sent = await own.send_some(Channel.EMAIL)
                except Crash:
                    own = sender(sessions, post, batch=30, crash_at=crash_at)
                    async with sessions.begin() as other:
                        # what the other is settling at this moment is held by it, not lost
                        lost = select(Message.id).where(Message.status == "sending")
                        free = lost.with_for_update(skip_locked=True)
                        over = update(Message).where(Message.id.in_(free))
                        await other.execute(over.values(claimed_until=utc_now()))
                    await own.sweep()
                    continue
                if not filled and not sent:
                    return

        await asyncio.gather(worker(), worker())
        over = update(Message).where(Message.status == "sending")
        await session.execute(over.values(claimed_until=utc_now()))
        await session.commit()
        last = sender(sessions, post)
        while await last.sweep() or await last.send_due():
            pass

        assert sum(crashes.values()) > 4
        per_person = Counter(letter.to_address for letter in post.letters)
        assert max(per_person.values()) == 1
        found = await statuses(session)
        assert sum(found.values()) == PEOPLE == (await now_of(session, mailing)).recipients
        # whoever is not sent to is seen: only what a dying process had in its hands is unknown
        unknown = found.pop("unknown", 0)
        assert set(found) == {"sent"}
        handed = crashes["after_hand_over"] + crashes["after_send"]
        assert unknown <= PORTION * 2 * (handed + 1)
        assert PEOPLE - unknown <= len(per_person) <= PEOPLE

    @pytest.mark.skipif(not FULL, reason="10,000 letters: ./crm test --full")
    async def test_queues_ten_thousand_within_five_seconds(
        self, session: AsyncSession, sessions: Sessions, postgres: Postgres
    ) -> None:
        await given(session)
        began, worked = time.perf_counter(), (time.process_time(), processor_time(postgres))
        await fill(sessions, Contacts(PEOPLE))
        took = time.perf_counter() - began
        own, theirs = time.process_time() - worked[0], processor_time(postgres) - worked[1]

        print(  # noqa: T201
            f"M2: {PEOPLE:,} letters queued in {took:.1f} s: {own:.1f} s of processor time are "
            f"ours, {theirs:.1f} s PostgreSQL's"
        )
        assert await statuses(session) == {"queued": PEOPLE}
        assert own + theirs < 2.5  # holds however many others want the machine
        assert took < (await Pace.measured()).bound(5)

    async def test_reads_the_same_page_again_after_a_crash(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        mailing, contacts = await given(session), Contacts(30, page=10)
        bus: Jobs = contacts
        for point in ("before_queueing", "before_commit", "after_commit"):

            def crash(reached: str, point: str = point) -> None:
                if reached == point:
                    raise Crash(point)

            with pytest.raises(Crash):
                await fill_mailings(sessions, bus, LINK_KEY, crash_at=crash)
        await asyncio.gather(fill(sessions, contacts), fill(sessions, contacts))

        assert await statuses(session) == {"queued": 30}
        assert (await now_of(session, mailing)).recipients == 30
        assert len(await recorded(session, MessageQueued)) == 30


class TestM2Pause:
    async def test_holds_back_what_waits_and_goes_on_with_all_of_it(
        self, client: AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        mailing = await given(session, per_minute=600)
        await fill(sessions, Contacts(10))
        path = f"/v1/mailings/{mailing.id}"

        paused = await client.post(f"{path}/pause", headers=ANY)
        assert await sender(sessions, Post()).send_due() == 0
        ago = utc_now() - timedelta(hours=2)
        await session.execute(update(Mailing).values(paused_at=ago))
        before = list(await session.scalars(select(Message.next_attempt_at).order_by(Message.id)))
        await session.commit()
        resumed = await client.post(f"{path}/resume", headers=ANY)

        assert (paused.json()["status"], resumed.json()["status"]) == ("paused", "running")
        session.expire_all()
        after = list(await session.scalars(select(Message.next_attempt_at).order_by(Message.id)))
        moved = {round((b - a).total_seconds()) for a, b in zip(before, after, strict=True)}
        assert moved == {7200}
        assert len(await recorded(session, MailingPaused)) == 1
        assert len(await recorded(session, MailingResumed)) == 1

    async def test_cancelling_calls_off_what_waits(
        self, client: AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        mailing = await given(session)
        await fill(sessions, Contacts(5))

        await client.post(f"/v1/mailings/{mailing.id}/cancel", headers=ANY)
        assert await sender(sessions, Post()).send_due() == 0
        assert await call_off_letters(sessions) == 5

        assert await statuses(session) == {"cancelled": 5}
        again = await client.post(f"/v1/mailings/{mailing.id}/resume", headers=ANY)
        assert (again.status_code, again.json()["code"]) == (409, "mailing-move-not-possible")


class TestM3Versions:
    async def test_each_person_gets_one_of_two_and_results_tell_them_apart(
        self, client: AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        mailing = await given(session, two_versions=True)
        await fill(sessions, Contacts(40))
        await sender(sessions, Post()).send_due()
        now, b = utc_now(), Message.variant == "b"
        await session.execute(update(Message).where(b).values(opened_at=now))
        await session.commit()

        results = (await client.get(f"/v1/mailings/{mailing.id}/results")).json()

        by_name = {one["variant"]: one for one in results["variants"]}
        assert by_name["a"]["recipients"] + by_name["b"]["recipients"] == 40
        assert min(one["recipients"] for one in by_name.values()) > 5
        assert (by_name["a"]["open_rate"], by_name["b"]["open_rate"]) == (0.0, 1.0)
        assert results["opens"]["reason"] == "too-few"


class TestM2CameBack:
    @pytest.mark.parametrize(
        ("arrival", "code", "reason"),
        [
            (Arrival.BOUNCED, "dsn-5.1.1", "address-bounced"),
            (Arrival.COMPLAINED, "complaint", "complained"),
        ],
    )
    async def test_keeps_later_mailings_away(
        self, session: AsyncSession, sessions: Sessions, arrival: Arrival, code: str, reason: str
    ) -> None:
        contacts, post = Contacts(2), Post()
        await given(session)
        await fill(sessions, contacts)
        await sender(sessions, post).send_due()
        first, *_ = list(await session.scalars(select(Message).order_by(Message.recipient_id)))
        who = first.recipient_id
        await take_receipts(session, "post", [Receipt(arrival, first.id, code=code)])
        await session.commit()

        later = await given(session)
        await fill(sessions, contacts)
        await sender(sessions, post).send_due()

        found = select(Message.recipient_id, Message.status, Message.reason)
        rows = await session.execute(found.where(Message.mailing_id == later.id))
        became = {row.recipient_id: (row.status, row.reason) for row in rows}
        assert became.pop(who) == ("cancelled", reason)
        assert list(became.values()) == [("sent", None)]


class TestK61Opens:
    async def sent(self, session: AsyncSession, sessions: Sessions) -> tuple[Message, str, str]:
        await given(session)
        await fill(sessions, Contacts(1))
        await sender(sessions, post := Post()).send_due()
        ago = utc_now() - timedelta(minutes=5)
        await session.execute(update(Message).values(handed_at=ago, sent_at=ago))
        await session.commit()
        [message] = await session.scalars(select(Message))
        html = post.letters[0].html or ""
        opening = html.split(f'src="{HOME}')[1].split('"')[0]
        click = html.split(f'href="{HOME}')[1].split('"')[0].replace("&amp;", "&")
        return message, opening, click

    async def test_and_clicks_are_counted_once_for_people_and_apart_for_machines(
        self, client_as: ClientAs, session: AsyncSession, sessions: Sessions
    ) -> None:
        _message, opening, click = await self.sent(session, sessions)
        reader = client_as(None)
        person = {"user-agent": "Mozilla/5.0 Firefox/140.0"}
        for agent in ({"user-agent": "scanner-bot"}, person, person):
            picture = await reader.get(opening, headers=agent)
            led = await reader.get(click, headers=agent)
            assert (picture.status_code, picture.headers["content-type"]) == (200, "image/gif")
            assert (led.status_code, led.headers["location"]) == (302, "https://shop.example.com/")

        opened, clicked = (
            await recorded(session, MessageOpened),
            await recorded(session, MessageClicked),
        )
        assert [one.data.is_machine for one in opened] == [True, False]
        assert [one.data.is_machine for one in clicked] == [True, False]

    async def test_a_link_may_be_written_in_any_alphabet(
        self, client_as: ClientAs, session: AsyncSession, sessions: Sessions
    ) -> None:
        message, _opening, _click = await self.sent(session, sessions)
        url = "https://shop.example.com/новинки?a=1"
        until = utc_now() + timedelta(days=1)
        token = make_link(LINK_KEY, click_purpose(url), message.id, expires_at=until)

        led = await client_as(None).get(f"/v1/mailings/clicks/{token}", params={"url": url})

        path = "%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%BA%D0%B8"
        assert led.headers["location"] == f"https://shop.example.com/{path}?a=1"

    async def test_a_link_leads_nowhere_else(
        self, client_as: ClientAs, session: AsyncSession, sessions: Sessions
    ) -> None:
        _message, opening, click = await self.sent(session, sessions)
        reader = client_as(None)
        elsewhere = click.split("?")[0] + "?url=https%3A%2F%2Fevil.example.com"

        async with silence(session):
            assert (await reader.get(elsewhere)).status_code == 404
            assert (await reader.get(opening[:-3] + "abc")).status_code == 200

    async def test_a_refusal_is_noted_on_the_last_letter(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        message, _, _ = await self.sent(session, sessions)
        [reads] = [one for one in SUBSCRIPTIONS if one.durable == "notifications-unsubscribed"]
        said = {
            "contact": {},
            "changed": ["consents"],
            "previous": {},
            "channel": "email",
            "purpose": "marketing",
        }
        event = envelope_of(
            reads.reads.model_validate(said), subject=message.recipient_id, revision=2
        )
        for _ in range(2):
            await reads.handle(session, [event])
            await session.commit()

        [noted] = await recorded(session, MessageUnsubscribed)
        assert noted.subject == message.id
        stranger = envelope_of(reads.reads.model_validate(said), subject=new_id())
        async with silence(session):
            await reads.handle(session, [stranger])
