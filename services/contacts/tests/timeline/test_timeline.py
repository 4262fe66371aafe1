"""Timelines: what is written down, once and in order, and who may read it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.consumers import SUBSCRIPTIONS
from crm_contacts.testing import (
    make_activity,
    make_company,
    make_contact,
    make_note,
    make_task,
    make_user,
)
from crm_contacts.timeline.models import TimelineDeal, TimelineEntry
from crm_shared.clock import utc_now
from crm_shared.events import refs
from crm_shared.events.consumer import Discard, Subscription
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.refs import RefItem
from crm_shared.ids import new_id
from crm_shared.testing.events import envelope_of
from crm_shared.testing.plugin import ClientAs

CONTACT, COMPANY, DEAL, OWNER = new_id(), new_id(), new_id(), new_id()
START = utc_now() - timedelta(days=30)


class Said(AnyEvent, type="crm.any.thing.said.v1"):
    """Any event; its envelope says which."""


def durable(publisher: str) -> Subscription[Any]:
    [found] = [one for one in SUBSCRIPTIONS if one.durable == f"contacts-{publisher}-timeline"]
    return found


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def said(event_type: str, facts: dict[str, Any], **extensions: Any) -> Envelope[Any]:
    service, noun = event_type.split(".")[1:3]
    given = {"type": event_type, "source": f"/crm/{service}"}
    data = {noun: facts, "changed": [], "previous": {}, **extensions.pop("beside", {})}
    return envelope_of(Said.model_validate(data), **{**given, **extensions})


def deal_said(fact: str, **extensions: Any) -> Envelope[Any]:
    facts = {
        "owner_id": str(OWNER),
        "team_id": None,
        "contact_id": str(CONTACT),
        "company_id": str(COMPANY),
        "stage_label": "Пропозиція",
        "title": "Канарейка",
        **extensions.pop("facts", {}),
    }
    given = {"subject": DEAL, **extensions}
    return said(f"crm.deals.deal.{fact}.v1", facts, **given)


async def entries(session: AsyncSession, anchor_id: UUID) -> list[TimelineEntry]:
    session.expunge_all()
    found = select(TimelineEntry).where(TimelineEntry.anchor_id == anchor_id)
    return list(await session.scalars(found.order_by(TimelineEntry.at)))


class TestC2WriteDown:
    async def test_puts_a_deal_into_the_timelines_of_all_it_concerns(
        self, session: AsyncSession
    ) -> None:
        stage = {"id": str(new_id()), "label": "Нова", "outcome": "open", "position": 1}
        moved = deal_said("stage_changed", at=day(1), actorid=OWNER, beside={"to_stage": stage})

        await durable("deals").handle(session, [moved])

        for anchor in (CONTACT, COMPANY, DEAL):
            [entry] = await entries(session, anchor)
            assert (entry.noun, entry.fact, entry.subject_id) == ("deal", "stage_changed", DEAL)
            assert (entry.at, entry.author_id, entry.id) == (day(1), OWNER, moved.id)
            assert entry.details["to_stage"]["label"] == "Нова"
            assert "Канарейка" not in str(entry.details)

    async def test_puts_a_meeting_into_the_timeline_of_everyone_who_took_part(
        self, session: AsyncSession
    ) -> None:
        guests = [new_id(), new_id()]
        facts = {
            "owner_id": None,
            "contact_id": str(guests[0]),
            "contact_ids": [str(one) for one in guests],
            "kind": "meeting",
        }

        await durable("contacts").handle(
            session, [said("crm.contacts.activity.completed.v1", facts)]
        )

        for guest in guests:
            [entry] = await entries(session, guest)
            assert entry.details["kind"] == "meeting"

    async def test_writes_a_redelivered_event_once(self, session: AsyncSession) -> None:
        created = deal_said("created")

        await durable("deals").handle(session, [created])
        await durable("deals").handle(session, [created])

        assert len(await entries(session, CONTACT)) == 1

    async def test_puts_late_news_where_they_belong_and_the_newest_owner_stays(
        self, session: AsyncSession
    ) -> None:
        after = new_id()
        newer = deal_said("updated", revision=2, at=day(2), facts={"owner_id": str(after)})
        older = deal_said("created", revision=1, at=day(1))

        await durable("deals").handle(session, [newer])
        await durable("deals").handle(session, [older])

        assert [entry.fact for entry in await entries(session, DEAL)] == ["created", "updated"]
        kept = await session.get(TimelineDeal, DEAL)
        assert kept is not None
        assert (kept.owner_id, kept.revision) == (after, 2)

    async def test_leaves_alone_what_concerns_no_client_and_imports_of_our_own(
        self, session: AsyncSession
    ) -> None:
        user = said("crm.contacts.user.created.v1", {"role": "seller", "contact_id": str(CONTACT)})
        imported = said("crm.contacts.contact.created.v1", {}, subject=CONTACT, bulk=True)
        bare = deal_said("stage_changed")
        nothing = bare.model_copy(update={"data": AnyEvent.model_validate({"deal": None})})

        await durable("contacts").handle(session, [user, imported])
        await durable("deals").handle(session, [nothing])

        assert await entries(session, CONTACT) == []

    async def test_gives_up_an_event_that_nobody_can_read(self, session: AsyncSession) -> None:
        poisoned = deal_said("created", facts={"contact_id": "Канарейка"})

        with pytest.raises(Discard) as refused:
            await durable("deals").handle(session, [poisoned])

        assert "Канарейка" not in str(refused.value)

    async def test_never_says_that_something_will_have_happened(
        self, session: AsyncSession
    ) -> None:
        ahead = deal_said("created", at=utc_now() + timedelta(days=9))

        await durable("deals").handle(session, [ahead])

        [entry] = await entries(session, DEAL)
        assert entry.at == ahead.recordedtime


class TestC2Timeline:
    async def test_shows_the_newest_first_with_time_author_and_names(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        author = make_user("Оксана Бондар")
        task, note = make_task("Зателефонувати"), make_note("Любить каву")
        meeting = make_activity(subject="Показати зразки")
        session.add_all([make_contact(id=CONTACT), author, task, note, meeting])
        await session.flush()
        about = {"contact_id": str(CONTACT)}
        own = [
            said(f"crm.contacts.{noun}.created.v1", about, subject=own_id, at=day(number))
            for number, (noun, own_id) in enumerate(
                [("task", task.id), ("note", note.id), ("activity", meeting.id)]
            )
        ]
        message = said(
            "crm.notifications.message.sent.v1", {**about, "channel": "email"}, at=day(4)
        )
        await durable("contacts").handle(session, own)
        await durable("notifications").handle(session, [message])
        await durable("deals").handle(session, [deal_said("created", at=day(5), actorid=author.id)])
        await refs.keep(
            session, "deal", [RefItem(id=DEAL, revision=1, data={"title": "Дах на склад"})]
        )
        await session.commit()

        answer = await client.get(f"/v1/contacts/{CONTACT}/timeline")

        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        assert [(one["noun"], one["label"]) for one in items] == [
            ("deal", "Дах на склад"),
            ("message", None),
            ("activity", "Показати зразки"),
            ("note", "Любить каву"),
            ("task", "Зателефонувати"),
        ]
        assert (items[0]["author_name"], items[1]["author_name"]) == ("Оксана Бондар", None)
        assert items[1]["details"] == {"channel": "email"}

    async def test_is_paged_without_gap_or_repetition_while_more_comes(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(make_company(id=COMPANY))
        await session.flush()
        # two at each moment, so that the time alone does not tell where one was
        past = [deal_said("updated", at=day(number // 2)) for number in range(7)]
        await durable("deals").handle(session, past)
        await session.commit()
        path = f"/v1/companies/{COMPANY}/timeline?limit=3"
        seen: list[str] = []

        page = (await client.get(path)).json()
        await durable("deals").handle(session, [deal_said("updated", at=day(20))])
        await session.commit()
        seen += [one["id"] for one in page["items"]]
        while page["next_cursor"]:
            page = (await client.get(f"{path}&cursor={page['next_cursor']}")).json()
            seen += [one["id"] for one in page["items"]]

        assert len(seen) == 7
        assert set(seen) == {str(one.id) for one in past}

    async def test_is_that_of_a_deal_for_whoever_owns_it_now(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        heir = new_id()
        told = [
            deal_said("created", revision=1),
            deal_said("updated", revision=2, facts={"owner_id": str(heir)}),
        ]
        task = said("crm.contacts.task.created.v1", {"deal_id": str(DEAL)})
        await durable("deals").handle(session, told)
        await durable("contacts").handle(session, [task])
        await session.commit()
        path = f"/v1/timeline?deal_id={DEAL}"

        seen = await client_as("seller", user_id=heir).get(path)

        # the history of a deal goes with it to its next owner
        assert {one["fact"] for one in seen.json()["items"]} == {"created", "updated"}
        assert (await client_as("seller", user_id=OWNER).get(path)).status_code == 404
        assert (await client_as("admin").get(path)).json()["items"] != []

    async def test_hides_the_deals_of_others_from_who_sees_the_contact(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        me = new_id()
        session.add(make_contact(id=CONTACT, owner_id=me))
        await session.flush()
        call = said("crm.contacts.call.logged.v1", {"contact_id": str(CONTACT)})
        await durable("deals").handle(session, [deal_said("created")])
        await durable("contacts").handle(session, [call])
        await session.commit()
        path = f"/v1/contacts/{CONTACT}/timeline"

        mine = await client_as("seller", user_id=me).get(path)

        assert [one["noun"] for one in mine.json()["items"]] == ["call"]
        assert (await client_as("seller").get(path)).status_code == 404
        assert (await client_as("accountant").get(path)).status_code == 403

    async def test_can_be_narrowed_and_names_what_is_wrong(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(make_contact(id=CONTACT))
        await session.flush()
        await durable("deals").handle(session, [deal_said("created"), deal_said("updated")])
        await session.commit()
        path = f"/v1/contacts/{CONTACT}/timeline"

        narrowed = await client.get(f"{path}?fact=updated")
        wrong = await client.get(f"{path}?colour=red")
        nameless = await client.get("/v1/timeline")

        assert len(narrowed.json()["items"]) == 1
        assert (wrong.status_code, nameless.status_code) == (422, 422)

    async def test_has_no_way_to_be_changed(self, client: httpx.AsyncClient) -> None:
        for path in (f"/v1/contacts/{CONTACT}/timeline", "/v1/timeline"):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                assert (await client.request(method, path)).status_code == 405
