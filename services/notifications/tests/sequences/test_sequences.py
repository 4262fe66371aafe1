"""M7, M8, T8: letters by time and one after another: each once, and none after an answer."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.deliveries.jobs import MessageSender
from crm_notifications.events import MessageCancelled, MessageQueued
from crm_notifications.feed.statements import insert_events
from crm_notifications.message_rules.models import MessageRule
from crm_notifications.messages.models import Message
from crm_notifications.sequences.jobs import begin, hear_log, lead_on
from crm_notifications.sequences.models import Enrolment
from crm_notifications.testing import (
    AGREED,
    MOVED,
    deal_data,
    know,
    make_contact,
    make_template,
    stage_moved,
)
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.db.engine import Sessions
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.known_calendar import WORKSPACE_ID
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import KYIV, ClientAs
from crm_shared.worker import JobContext

DAY, ASK = timedelta(days=1), {"about": "deal", "days": 3}


def hears(publisher: str) -> Any:
    name = f"notifications-{publisher}-message-rules"
    return next(one for one in SUBSCRIPTIONS if one.durable == name)


class World:
    """One worker's jobs, a clock that can be put on, and what others say."""

    def __init__(
        self, session: AsyncSession, sessions: Sessions, client: AsyncClient, settings: Any
    ) -> None:
        self.session, self.client = session, client
        self.jobs: Any = JobContext(sessions, None, settings)  # type: ignore[arg-type]

    async def template(self, **given: Any) -> str:
        self.session.add(made := make_template(**given))
        await self.session.commit()
        return str(made.id)

    async def rule(self, **given: Any) -> dict[str, Any]:
        body = {"name": "Letters", "event_type": MOVED, "recipient": "client", **given}
        made = await self.client.post("/v1/message-rules", json=body)
        assert made.status_code == 201, made.text
        answer: dict[str, Any] = made.json()
        return answer

    async def moved(self, **deal: Any) -> Envelope[AnyEvent]:
        event = stage_moved(at=utc_now(), **deal)
        event = event.model_copy(update={"recordedtime": utc_now() + timedelta(seconds=1)})
        durable = hears("deals")
        self.session.info.clear()
        await durable.handle(self.session, [event])
        await self.session.commit()
        return event

    async def hear(self, *envelopes: dict[str, Any]) -> None:
        """Put events into the log as their durables would, and let the job read it."""
        rows = [
            {
                "event_id": UUID(one["id"]),
                "type": one["type"],
                "subject": UUID(one["subject"]),
                "envelope": Envelope[AnyEvent].model_validate(one).model_dump_json(),
            }
            for one in envelopes
        ]
        await insert_events(self.session, rows)
        await self.session.commit()
        while await hear_log(self.jobs):
            pass

    async def later(self, passed: timedelta) -> None:
        """Let time pass, for letters that wait."""
        await self.session.execute(
            text("UPDATE enrolments SET next_at = next_at - CAST(:passed AS interval)"),
            {"passed": passed},
        )
        await self.session.commit()
        await self.lead_on()

    async def lead_on(self) -> None:
        while await lead_on(self.jobs):
            pass

    async def letters(self) -> Sequence[Message]:
        await self.session.rollback()
        self.session.expire_all()
        found = select(Message).order_by(Message.created_at, Message.step)
        return list(await self.session.scalars(found))

    async def enrolments(self, rule: dict[str, Any]) -> list[dict[str, Any]]:
        url = f"/v1/message-rules/{rule['id']}/enrolments?sort=created_at"
        listed: list[dict[str, Any]] = (await self.client.get(url)).json()["items"]
        return listed


def event(noun: str, fact: str, subject: UUID | str, **given: Any) -> dict[str, Any]:
    """An event as another service would tell it."""
    of = "deals" if noun in ("deal", "invoice", "product_wish") else "contacts"
    at = given.pop("at", utc_now()).isoformat()
    return {
        "id": str(new_id()),
        "source": f"/crm/{of}",
        "type": f"crm.{of}.{noun}.{fact}.v1",
        "subject": str(subject),
        "time": at,
        "dataschema": f"/contracts/{noun}.{fact}.v1.json",
        "recordedtime": at,
        "revision": given.pop("revision", 1),
        "actorid": str(UUID(int=0)),
        "correlationid": str(new_id()),
        "bulk": given.pop("bulk", False),
        "data": {noun: given, "changed": [], "previous": {}} | given.pop("more", {}),
    }


def talk(*, completed_at: datetime, **given: Any) -> dict[str, Any]:
    told = {"kind": "email", "status": "completed", "completed_at": completed_at.isoformat()}
    return event("activity", "completed", new_id(), **told, **given)


def person(**given: Any) -> dict[str, Any]:
    told = {"owner_id": str(new_id()), "team_id": None, "company_id": None, "source": "shop"}
    return {**told, "channel": None, "language": "uk", "has_email": True, "tags": [], **given}


async def no_hours(session: AsyncSession) -> None:
    """Let nobody ever work: it ends what waits by the calendar, and nothing else."""
    schedules = [{"valid_from": "2020-01-01", "week": {}}]
    await know(session, "workspace", WORKSPACE_ID, schedules=schedules, special_days=[])
    await session.commit()


@pytest.fixture
def world(
    session: AsyncSession, sessions: Sessions, client: AsyncClient, settings: ServiceSettings
) -> World:
    return World(session, sessions, client, settings)


class TestSequence:
    async def test_writes_each_letter_once_after_its_wait_and_says_what_it_left_out(
        self, world: World, session: AsyncSession
    ) -> None:
        first, second = await world.template(), await world.template()
        steps = [
            {"wait": {"days": 2}, "template_id": second},
            {"wait": {"days": 1}, "template_id": first, "recipient": "team_head"},
            {"wait": {"days": 1}, "template_id": first, "recipient": "owner"},
        ]
        rule = await world.rule(template_id=first, wait={"hours": 1}, steps=steps)
        moved = await world.moved(team_id=None)
        await world.moved(contact_id=None)

        await world.lead_on()
        assert await world.letters() == []
        for wait in (timedelta(hours=1), DAY, DAY, DAY):
            await world.later(wait)
        await world.later(20 * DAY)
        # another event of the same deal, and the jobs once more, begin nothing
        await world.lead_on()

        letters = await world.letters()
        assert [(str(one.template_id), one.step) for one in letters] == [(first, 0), (second, 1)]
        assert {one.deal_id for one in letters} == {moved.subject}
        assert [one.status for one in letters] == ["queued", "queued"]
        queued = await recorded(session, MessageQueued)
        assert [one.data.message.step for one in queued] == [0, 1]
        assert {one.causationid for one in queued} == {moved.id}
        [way] = await world.enrolments(rule)
        assert (way["status"], way["subject_id"]) == ("finished", str(moved.subject))
        taken = [(one["outcome"], one["reason"]) for one in way["taken"]]
        assert taken == [
            ("queued", None),
            ("queued", None),
            ("skipped", "names-no-team-head"),
            ("skipped", "late-step"),
        ]
        runs = (await world.client.get(f"/v1/message-rules/{rule['id']}/runs")).json()
        assert {(one["outcome"], one["reason"]) for one in runs} == {
            ("done", None),
            ("skipped", "event-names-no-client"),
        }

    async def test_is_gone_through_once_whoever_begins_it_and_by_two_workers(
        self, world: World, sessions: Sessions
    ) -> None:
        words = await world.template()
        steps = [{"wait": {"days": 1}, "template_id": words}]
        stuck = await world.rule(template_id=words, wait={"hours": 1, "working": True})
        await no_hours(world.session)
        rule = await world.rule(template_id=words, steps=steps)
        moved = await world.moved()
        again = stage_moved(revision=3).model_copy(
            update={"subject": moved.subject, "recordedtime": utc_now() + timedelta(seconds=1)}
        )
        durable = hears("deals")
        world.session.info.clear()
        await durable.handle(world.session, [again])
        await world.session.commit()
        # one worker holds what is due: the other one finds nothing to do
        async with sessions.begin() as held:
            await held.execute(select(Enrolment).with_for_update())
            assert await lead_on(world.jobs) == 0
        await world.lead_on()
        await world.later(DAY)

        assert [one.step for one in await world.letters()] == [0, 1]
        runs = (await world.client.get(f"/v1/message-rules/{rule['id']}/runs")).json()
        assert [one["reason"] for one in runs] == ["sequence-had-begun", None]
        assert (await world.enrolments(stuck))[0]["reason"] == "no-working-time"

    @pytest.mark.parametrize(
        ("end", "reason"),
        [
            ("reply", "replied"),
            ("stage", "stage-changed"),
            ("won", "deal-won"),
            ("deleted", "record-gone"),
            ("erased", "record-gone"),
            ("by-hand", "stopped-by-hand"),
            ("rule", "rule-stopped"),
            ("unsubscribed", "unsubscribed"),
        ],
    )
    async def test_ends_early_and_calls_off_what_waits(
        self, world: World, session: AsyncSession, end: str, reason: str
    ) -> None:
        words = await world.template()
        steps = [{"wait": {"days": 1}, "template_id": words}] * 2
        rule = await world.rule(template_id=words, steps=steps, purpose="marketing")
        moved = await world.moved()
        deal = moved.data.as_dict()["deal"]
        client = UUID(deal["contact_id"])
        refused = {**AGREED[0], "granted": False}
        said = [refused] if end == "unsubscribed" else AGREED
        await know(session, "contact", client, **make_contact(consents=said))
        await session.commit()
        # the copy of the deal comes after the event, and an older one ends nothing
        older = event("deal", "created", moved.subject, **deal_data(outcome="won"))
        await world.hear(older, event("deal", "stage_changed", moved.subject, revision=2, **deal))
        await world.lead_on()

        at = utc_now() + timedelta(seconds=1)
        stage = str(new_id())
        news = {
            "reply": talk(direction="inbound", contact_id=str(client), completed_at=at),
            "stage": event("deal", "stage_changed", moved.subject, revision=3)
            | {"data": {"deal": {**deal, "stage_id": stage}}},
            "won": event("deal", "stage_changed", moved.subject, revision=3)
            | {"data": {"deal": {**deal, "stage_id": stage, "outcome": "won"}}},
            "deleted": event("deal", "deleted", moved.subject, revision=3, **deal),
            "erased": event("contact", "erased", client, revision=9, **person()),
        }
        [way] = await world.enrolments(rule)
        if end in news:
            await world.hear(news[end])
        elif end == "by-hand":
            url = f"/v1/message-rules/{rule['id']}/enrolments/{way['id']}/stop"
            assert (await world.client.post(url)).status_code == 200
            assert (await world.client.post(url)).json()["code"] == "enrolment-over"
        elif end == "rule":
            url = f"/v1/message-rules/{rule['id']}"
            await world.client.patch(url, json={"is_active": False}, headers={"If-Match": "*"})
            await MessageSender(world.jobs.sessions, {}).send_due()
            assert [one.status for one in await world.letters()] == ["cancelled"]
        await world.later(DAY)
        await world.later(DAY)

        [way] = await world.enrolments(rule)
        assert (way["status"], way["reason"]) == ("stopped", reason)
        letters = await world.letters()
        if end == "unsubscribed":
            assert letters == []
            return
        [letter] = letters
        assert (letter.status, letter.reason) == ("cancelled", reason)
        [cancelled] = await recorded(session, MessageCancelled)
        assert cancelled.data.message.reason == reason

    async def test_follows_a_merged_client_and_goes_on_once(
        self, world: World, session: AsyncSession
    ) -> None:
        words = await world.template()
        rule = await world.rule(
            event_type="crm.contacts.contact.created.v1",
            template_id=words,
            wait={"days": 1},
        )
        durable = hears("contacts")
        twins = [new_id(), new_id()]
        later = utc_now() + timedelta(seconds=1)
        told = [event("contact", "created", one, at=later, **person()) for one in twins]
        await durable.handle(session, [Envelope[AnyEvent].model_validate(one) for one in told])
        await session.commit()
        await aliases.keep(session, [aliases.Alias("contact", twins[0], twins[1], 2)])
        await session.commit()
        gone = {"loser_id": str(twins[0]), "survivor_id": str(twins[1])}
        await world.hear(
            event("contact", "merged", twins[0], revision=2, more=gone, **person()),
            event("contact", "merged", twins[1], revision=2, more=gone, **person()),
        )
        await world.lead_on()
        await world.later(DAY + timedelta(seconds=2))

        [letter] = await world.letters()
        assert letter.recipient_id == twins[1]
        ways = {one["subject_id"]: one for one in await world.enrolments(rule)}
        assert ways[str(twins[0])]["reason"] == "merged"
        assert ways[str(twins[1])]["status"] == "finished"


class TestM7BirthdayGreetings:
    async def test_go_once_a_year_by_ones_own_clock_to_those_who_agreed(
        self, world: World, session: AsyncSession
    ) -> None:
        words = await world.template()
        rule = await world.rule(
            event_type="time.birthday",
            template_id=words,
            timing={"at": "00:00"},
            purpose="marketing",
            conditions={"field": "contact.source", "op": "eq", "value": "shop"},
        )
        since = update_from(rule["id"])
        await session.execute(since)
        now = utc_now()
        mine, other, merged, elsewhere, refused = (new_id() for _ in range(5))
        today = f"1990-{now:%m-%d}"
        for one, said in (
            (mine, {"birth_date": today, "time_zone": "UTC"}),
            (other, {"birth_date": f"1990-{now + 2 * DAY:%m-%d}", "time_zone": "UTC"}),
            (merged, {"birth_date": today, "time_zone": "UTC"}),
            (elsewhere, {"birth_date": today, "time_zone": "UTC"}),
            (refused, {"birth_date": today, "time_zone": "UTC", "consents": []}),
        ):
            await know(session, "contact", one, **make_contact(**{"consents": AGREED} | said))
        await aliases.keep(session, [aliases.Alias("contact", merged, mine, 2)])
        await session.commit()
        people = [event("contact", "created", one, **person()) for one in (mine, other, refused)]
        far = event("contact", "created", elsewhere, **person(source="fair"))
        await world.hear(*people, far)

        for _ in range(3):
            await begin(world.jobs)
            await world.lead_on()

        letters = {one.recipient_id: one for one in await world.letters()}
        assert letters.keys() == {mine, refused}
        ways = await world.enrolments(rule)
        assert {one["occasion"] for one in ways} == {f"birthday {now.year}"}
        asked = f"/v1/message-rules/{rule['id']}/preview"
        shown = [
            (await world.client.post(asked, json={"noun": "contact", "subject_id": str(one)}))
            for one in (mine, refused, elsewhere)
        ]
        [step, refusal, _far] = [one.json()["steps"][0] for one in shown]
        assert (step["outcome"], step["language"]) == ("send", "uk")
        assert (refusal["outcome"], refusal["reason"]) == ("skip", "no-consent")
        assert [one.json()["begins"] for one in shown] == [True, True, False]
        assert shown[2].json()["reason"] == "conditions-do-not-hold"


class TestBeforeDate:
    async def test_writes_once_for_each_day_named_and_not_of_what_an_import_brings_too_late(
        self, world: World, session: AsyncSession
    ) -> None:
        words = await world.template()
        rule = await world.rule(
            event_type="time.before_date",
            template_id=words,
            timing={"field": "invoice.due_date", "days": 3, "at": "00:00"},
            recipient="owner",
        )
        await session.execute(update_from(rule["id"]))
        await session.commit()
        near = utc_now().astimezone(KYIV).date() + 2 * DAY
        owed = {"owner_id": str(new_id()), "team_id": None, "number": "INV-1", "status": "issued"}
        invoice, imported, far = new_id(), new_id(), new_id()
        at = utc_now()
        await world.hear(
            event("invoice", "issued", invoice, **owed, due_date=near.isoformat()),
            event("invoice", "issued", imported, bulk=True, **owed, due_date=near.isoformat()),
            event("invoice", "issued", far, **owed, due_date=(near + 9 * DAY).isoformat()),
        )
        for _ in range(2):
            await begin(world.jobs)
            await world.lead_on()
        moved = (near - DAY).isoformat()
        await world.hear(
            event("invoice", "updated", invoice, revision=2, at=at, **owed, due_date=moved)
        )
        await begin(world.jobs)
        await world.lead_on()

        letters = await world.letters()
        assert [one.subject_id for one in letters] == [invoice, invoice]
        assert letters[0].facts["invoice"]["number"] == "INV-1"
        occasions = [one["occasion"] for one in await world.enrolments(rule)]
        assert occasions == [f"invoice.due_date {day}" for day in (near.isoformat(), moved)]


class TestNoAnswer:
    async def test_asks_again_about_open_deals_whose_client_says_nothing(
        self, world: World, session: AsyncSession
    ) -> None:
        words = await world.template()
        await no_hours(session)
        for timing in ({"about": "contact", "days": 3, "working": True}, ASK):
            rule = await world.rule(event_type="time.no_answer", template_id=words, timing=timing)
            await session.execute(update_from(rule["id"]))
        await session.commit()
        silent, spoke, lost = new_id(), new_id(), new_id()
        clients = {one: str(new_id()) for one in (silent, spoke, lost)}
        wrote = utc_now() - 4 * DAY
        await world.hear(
            *(
                event(
                    "deal",
                    "created",
                    one,
                    **deal_data(contact_id=clients[one], outcome="lost" if one is lost else "open"),
                )
                for one in clients
            ),
            *(
                talk(deal_id=str(one), contact_id=clients[one], completed_at=wrote)
                for one in clients
            ),
            # the answer names the client alone
            event(
                "call",
                "logged",
                new_id(),
                direction="inbound",
                contact_id=clients[spoke],
                started_at=(utc_now() - DAY).isoformat(),
            ),
        )
        for _ in range(2):
            await begin(world.jobs)
            await world.lead_on()

        [letter] = await world.letters()
        assert (letter.deal_id, str(letter.recipient_id)) == (silent, clients[silent])


class TestScope:
    async def test_previews_and_ways_lie_within_ones_scope(
        self, world: World, client_as: ClientAs
    ) -> None:
        rule = await world.rule(template_id=await world.template(), wait={"days": 1})
        moved = await world.moved()
        deal = moved.data.as_dict()["deal"]
        await world.hear(event("deal", "stage_changed", moved.subject, revision=2, **deal))
        [way] = await world.enrolments(rule)
        stranger = client_as("seller")
        base = f"/v1/message-rules/{rule['id']}"
        asked = {"noun": "deal", "subject_id": str(moved.subject)}

        seen = await stranger.get(f"{base}/enrolments")
        stopped = await stranger.post(f"{base}/enrolments/{way['id']}/stop")
        shown = await stranger.post(f"{base}/preview", json=asked)
        owner = client_as("seller", user_id=UUID(deal["owner_id"]))
        own = await owner.post(f"{base}/preview", json=asked)
        odd = await owner.post(f"{base}/preview", json=asked | {"noun": "invoice"})

        assert seen.json()["items"] == []
        assert [one.status_code for one in (stopped, shown, odd)] == [404, 404, 404]
        [step] = own.json()["steps"]
        assert (step["outcome"], step["reason"]) == ("wait", "recipient-not-known-yet")


def update_from(rule_id: str) -> Any:
    """Let a rule by time act as if it had been there for a week."""
    since = datetime.now(UTC) - 7 * DAY
    return update(MessageRule).where(MessageRule.id == UUID(rule_id)).values(active_from=since)
