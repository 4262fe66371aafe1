"""I6, S2: what came in is made once, of the newest asking; whose an address is is found."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.calls.models import Call
from crm_contacts.calls.use_cases import write_call
from crm_contacts.events import InboundSettled, LeadReopened, SettlementFacts, TaskCreated
from crm_contacts.inbound.rules import lead_of_sender, reason_of
from crm_contacts.inbound.use_cases import settle
from crm_contacts.leads.models import Lead
from crm_contacts.settings import Settings
from crm_contacts.testing import make_company, make_contact
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.clock import utc_now
from crm_shared.db.engine import SETTINGS, Sessions
from crm_shared.errors import FieldError, InvalidError
from crm_shared.events.refs import RefItem
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import recorded, silence


@pytest.fixture(autouse=True)
def _known_settings(session: AsyncSession, settings: ServiceSettings) -> None:
    session.info[SETTINGS] = settings


def came(noun: str, external_id: str = "e1", *, at: Any = None, **fields: Any) -> RefItem:
    data = {"kind": noun, "fields": fields, "came_at": (at or utc_now()).isoformat()}
    return RefItem(
        id=new_id(), revision=2, external_id=external_id, source_system="shop", data=data
    )


async def settled(session: AsyncSession, item: RefItem) -> SettlementFacts:
    await settle(session, item.id, asked_revision=2, item=item)
    *_, last = await recorded(session, InboundSettled)
    assert last.subject == item.id
    return last.data.inbound


async def somebody_waits(sessions: Sessions) -> None:
    """Return as soon as somebody is held up by somebody else."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(10), sessions() as session:
        while not await session.scalar(waiting):  # noqa: ASYNC110 - no event tells of a lock
            await asyncio.sleep(0.01)


class TestSettle:
    async def test_makes_each_thing_once_and_tries_again_what_was_refused(
        self, session: AsyncSession
    ) -> None:
        call = came("call", direction="inbound", from_number="x", started_at=utc_now().isoformat())

        assert (await settled(session, call)).outcome == "refused"
        async with silence(session):
            await settle(session, call.id, asked_revision=2, item=call)
        call.data["fields"]["from_number"] = "067 111 22 33"
        await settle(session, call.id, asked_revision=4, item=call)
        gone = new_id()
        await settle(session, gone, asked_revision=2, item=None)

        told = [one.data.inbound for one in await recorded(session, InboundSettled)]
        assert [(one.outcome, one.noun, one.reason) for one in told] == [
            ("refused", None, "invalid-number; /from_number not-a-phone"),
            ("made", "call", None),
            ("refused", None, "words-are-gone"),
        ]
        assert await session.scalar(select(func.count()).select_from(Call)) == 1

    async def test_waits_for_whoever_makes_the_same_and_refuses_nothing_for_that(
        self, session: AsyncSession, sessions: Sessions, settings: Settings
    ) -> None:
        """Two events of one call, read by two workers at once, are one call."""
        at = utc_now()
        ring: dict[str, Any] = {"direction": "inbound", "from_number": "0671112233"}
        first = came("call", **ring, started_at=at.isoformat())
        second = came("call", **ring, started_at=at.isoformat())
        third = came("call", "e2", **ring, started_at=at.isoformat())
        async with sessions() as other:
            other.info[SETTINGS] = settings
            await settled(other, first)
            beside = asyncio.create_task(settled(session, second))
            await somebody_waits(sessions)
            await other.commit()
        assert (await beside).outcome == "changed"
        await session.commit()

        async with sessions() as other:
            # by its own route: nobody's lock tells of it
            values = {**ring, "started_at": at, "source_system": "shop", "external_id": "e2"}
            await write_call(other, SYSTEM_ACCESS, values, settings=settings)
            beside = asyncio.create_task(settled(session, third))
            await somebody_waits(sessions)
            await other.commit()
        assert (await beside).outcome == "changed"
        await session.commit()
        assert await session.scalar(select(func.count()).select_from(Call)) == 2

    async def test_is_not_undone_by_what_came_before(self, session: AsyncSession) -> None:
        """A call that rang is read after it ended: no lost call, no task to call back."""
        now = utc_now()
        ring: dict[str, Any] = {"direction": "inbound", "from_number": "0671112233"}
        ring["started_at"] = now.isoformat()
        rang = came("call", at=now - timedelta(minutes=2), **ring, answered=False)
        ended = came("call", at=now, **ring, answered=True, duration_s=60)

        assert (await settled(session, ended)).outcome == "made"
        late = await settled(session, rang)
        again = came("call", at=now + timedelta(minutes=1), **ring, duration_s=90)
        assert (late.outcome, late.reason, late.record_id) == ("skipped", "older", None)
        assert (await settled(session, again)).outcome == "changed"

        [call] = await session.scalars(select(Call))
        assert (call.answered, call.duration_s) == (True, 90)
        assert await recorded(session, TaskCreated) == []

    async def test_leaves_an_activity_with_whom_it_is_about(self, session: AsyncSession) -> None:
        owner, meet = new_id(), {"kind": "meeting"}
        session.add(make_contact(owner_id=owner, emails=[{"value": "a@example.org"}], revision=1))
        await session.flush()
        await settled(session, came("activity", **meet, subject="?"))
        [meeting] = await session.scalars(select(Activity))
        assert (meeting.contact_id, meeting.assignee_id) == (None, None)

        found = await settled(session, came("activity", **meet, email="a@example.org"))
        meeting.assignee_id = colleague = new_id()
        for more in ({"subject": "Moved"}, {"email": "nobody@example.org"}, {"email": None}):
            kept = await settled(session, came("activity", **meet, **more))
            assert (kept.contact_id, kept.owner_id) == (meeting.contact_id, colleague)

        assert (found.outcome, found.owner_id) == ("changed", owner)
        assert (meeting.contact_id, meeting.subject) == (found.contact_id, "Moved")

    async def test_finds_whose_a_message_is(self, session: AsyncSession) -> None:
        owner = new_id()
        addresses = [{"value": "a@example.org"}, {"value": "b@example.org"}]
        person = make_contact(
            owner_id=owner, emails=addresses, phones=[{"value": "+380671112233"}], revision=1
        )
        firm = make_company(emails=[{"value": "office@example.org"}], revision=1)
        session.add_all([person, firm])
        await session.flush()

        by_second = await settled(session, came("message", **{"from": "B@example.org"}))
        by_number = await settled(session, came("message", **{"from": "+380671112233"}))
        known = came("message", **{"from": "x@example.org", "contact_id": str(person.id)})
        by_answer = await settled(session, known)
        by_firm = await settled(session, came("message", **{"from": "office@example.org"}))
        by_nothing = await settled(session, came("message", **{"from": "-100200"}))

        at_home = came("message", **{"from": "0671112233", "channel": "viber"})
        by_number_at_home = await settled(session, at_home)
        by_name = await settled(session, came("message", **{"from": "7BANK", "channel": "sms"}))
        assert by_name.outcome == "nobody"

        for one in (by_second, by_number, by_number_at_home, by_answer):
            assert (one.outcome, one.contact_id, one.owner_id) == ("found", person.id, owner)
        assert (by_nothing.outcome, by_nothing.contact_id) == ("nobody", None)
        assert (by_firm.contact_id, by_firm.company_id) == (None, firm.id)

    async def test_makes_one_lead_of_a_stranger_when_that_is_wanted(
        self, session: AsyncSession
    ) -> None:
        letter = {"from": "new@example.org", "channel": "email", "unknown": "lead", "name": "Нова"}

        first = await settled(session, came("message", **letter))
        second = await settled(session, came("message", "e2", **letter))
        chat = {"from": "77", "channel": "telegram", "unknown": "lead"}
        third = await settled(session, came("message", "e3", **chat))

        leads = list(await session.scalars(select(Lead).order_by(Lead.created_at)))
        assert [lead.name for lead in leads] == ["Нова", "telegram 77"]
        assert (first.outcome, second.outcome, third.outcome) == ("made", "found", "made")
        assert first.lead_id == second.lead_id == leads[0].id

        # he comes back after he was turned down: his lead is open again, and keeps what it knew
        written = [{"value": "+380501112233", "label": None, "is_primary": True}]
        leads[1].apply({"first_name": "Тарас", "phones": written})
        leads[1].disqualify("spam", None, at=utc_now())
        leads[0].status, leads[0].emails, leads[0].email_keys = "converted", [], []
        await session.commit()
        again = await settled(session, came("message", "e4", **chat))
        anew = await settled(session, came("message", "e5", **letter))

        assert (again.outcome, again.lead_id) == ("changed", leads[1].id)
        await session.refresh(leads[1])
        assert (leads[1].name, leads[1].is_open) == ("Тарас", True)
        assert leads[1].phone_keys == ["+380501112233"]
        assert [one.subject for one in await recorded(session, LeadReopened)] == [leads[1].id]
        assert anew.outcome == "made"
        assert anew.lead_id not in (None, leads[0].id)


class TestReason:
    def test_holds_codes_and_places_only(self) -> None:
        refused = InvalidError(FieldError("/emails/0", "not-an-email", "canary is none"))
        assert reason_of(refused) == "invalid; /emails/0 not-an-email"
        assert "canary" not in str(lead_of_sender({"from": "+380", "channel": "sms"}, region="UA"))

    def test_of_a_visitor_keeps_how_he_can_be_reached_as_far_as_it_can_be_read(self) -> None:
        said = {"from": "0192", "channel": "web_chat", "email": "a@example.org", "phone": "12"}
        made = lead_of_sender(said, region="UA")
        assert [one["value"] for one in made["emails"]] == ["a@example.org"]
        assert "phones" not in made
