"""T3: what contacts does by rules of its own: calls, leads, tasks; once and never in circles."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.consumers import SUBSCRIPTIONS
from crm_contacts.contacts.models import Contact
from crm_contacts.events import ContactUpdated, LeadAssigned, NoteCreated, TaskCreated
from crm_contacts.leads.models import Lead
from crm_contacts.notes.models import Note
from crm_contacts.tasks.models import Task
from crm_contacts.testing import make_contact, make_lead, make_team, make_user
from crm_shared.db.engine import SETTINGS
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import announced, recorded

[rules_of_clients] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-client-rules"]
[rules_of_moves] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-task-rules"]
MOVED = "crm.deals.deal.stage_changed.v1"
ANY = {"If-Match": "*"}


@pytest.fixture(autouse=True)
def known_settings(session: AsyncSession, settings: ServiceSettings) -> None:
    session.info[SETTINGS] = settings


async def rule(client: httpx.AsyncClient, event_type: str, **values: Any) -> str:
    body = {"name": "Rule", "event_type": event_type, **values}
    answer = await client.post("/v1/task-rules", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def hear(session: AsyncSession, envelope: Envelope[AnyEvent]) -> None:
    """Handle an event as the worker's transaction does, with a fresh look at the rules."""
    settings = session.info[SETTINGS]
    session.info.clear()
    session.info[SETTINGS] = settings
    session.expunge_all()
    await rules_of_clients.handle(session, [envelope])
    await session.commit()


async def runs(client: httpx.AsyncClient, rule_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/v1/task-rules/{rule_id}/runs")).json()
    return found


async def last(session: AsyncSession) -> Envelope[AnyEvent]:
    session.expunge_all()
    return (await announced(session))[-1]


def told(event_type: str, data: dict[str, Any]) -> Envelope[AnyEvent]:
    now = "2030-01-01T10:00:00Z"
    return Envelope[AnyEvent].model_validate(
        {
            "id": new_id(),
            "source": f"/crm/{event_type.split('.')[1]}",
            "type": event_type,
            "subject": new_id(),
            "time": now,
            "recordedtime": now,
            "dataschema": "x",
            "revision": 1,
            "actorid": new_id(),
            "correlationid": new_id(),
            "data": data,
        }
    )


class TestT3ReactToACall:
    async def test_makes_task_note_and_tag_of_a_missed_call_once(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        seller = make_user()
        contact = make_contact(owner_id=seller.id, tags=["old"])
        session.add_all([seller, contact])
        await session.commit()
        rule_id = await rule(
            client,
            "crm.contacts.call.logged.v1",
            conditions={"field": "call.answered", "op": "eq", "value": False},
            tasks=[{"title": {"en": "Apologise"}, "due_in": "PT1H", "assignee": "owner"}],
            actions=[
                {"do": "note", "text": {"en": "Rang in vain"}},
                {"do": "add_tags", "of": "contact", "tags": ["missed", "old"]},
            ],
        )
        call = {
            "owner_id": str(seller.id),
            "team_id": None,
            "contact_id": str(contact.id),
            "company_id": None,
            "deal_id": None,
            "answered": False,
            "direction": "inbound",
        }
        missed = told("crm.contacts.call.logged.v1", {"call": call})

        for _again in range(3):
            await hear(session, missed)
        await hear(session, told("crm.contacts.call.logged.v1", {"call": {**call, "answered": 1}}))

        [task] = (await session.scalars(select(Task))).all()
        [note] = (await session.scalars(select(Note))).all()
        tagged = await session.get(Contact, contact.id)
        assert tagged is not None
        assert (task.title, task.assignee_id, task.contact_id) == (
            "Apologise",
            seller.id,
            contact.id,
        )
        assert (note.text, note.contact_id) == ("Rang in vain", contact.id)
        assert tagged.tags == ["old", "missed"]
        causes = [
            envelope.causationid
            for kind in (TaskCreated, NoteCreated, ContactUpdated)
            for envelope in await recorded(session, kind)
        ]
        assert causes == [missed.id] * 3
        assert [run["outcome"] for run in await runs(client, rule_id)] == ["done"]

    async def test_makes_a_task_of_each_call_about_the_same_deal(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await rule(
            client, "crm.contacts.call.logged.v1", tasks=[{"title": {"en": "x"}, "due_in": "PT1H"}]
        )
        call = {"deal_id": str(new_id()), "answered": True, "direction": "inbound"}
        for _call in range(2):
            await hear(session, told("crm.contacts.call.logged.v1", {"call": call}))

        assert len((await session.scalars(select(Task))).all()) == 2


class TestT3Distribute:
    async def test_gives_new_leads_to_people_in_turn_who_work_here(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        team = make_team()
        people = sorted((make_user(team_ids=[team.id]) for _ in range(2)), key=lambda one: one.id)
        gone = make_user(team_ids=[team.id], is_active=False)
        session.add_all([team, *people, gone])
        await session.commit()
        await rule(
            client,
            "crm.contacts.lead.created.v1",
            conditions={"field": "lead.owner_id", "op": "is_null", "value": True},
            actions=[{"do": "assign", "of": "lead", "how": "round_robin", "team_id": str(team.id)}],
        )
        owners = []
        for number in range(3):
            body = {"last_name": f"Lead {number}", "owner_id": None}
            lead_id = UUID((await client.post("/v1/leads", json=body)).json()["id"])
            await hear(session, await last(session))
            session.expunge_all()
            lead = await session.get(Lead, lead_id)
            assert lead is not None
            owners.append(lead.owner_id)

        assert owners == [people[0].id, people[1].id, people[0].id]
        assert len(await recorded(session, LeadAssigned)) == 3

    async def test_a_rule_never_acts_on_what_it_has_done_itself(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        people = [make_user(), make_user()]
        session.add_all([*people, make_lead(owner_id=None)])
        await session.commit()
        named = [str(one.id) for one in people]
        rule_id = await rule(
            client,
            "crm.contacts.lead.assigned.v1",
            actions=[{"do": "assign", "of": "lead", "how": "round_robin", "user_ids": named}],
        )
        body = {"last_name": "Lead", "owner_id": None}
        lead = (await client.post("/v1/leads", json=body)).json()
        answer = await client.post(
            f"/v1/leads/{lead['id']}/assign", json={"owner_id": str(new_id())}, headers=ANY
        )
        assert answer.status_code == 200, answer.text

        for _step in range(4):
            await hear(session, await last(session))

        found = [(run["outcome"], run["reason"]) for run in await runs(client, rule_id)]
        assert sorted(found, key=str) == [
            ("done", None),
            ("skipped", "loop: the rule has acted on what led to this"),
        ]

    @pytest.mark.parametrize(
        ("action", "reason"),
        [
            ({"do": "set_owner", "of": "contact", "owner_id": None}, "nobody-meant"),
            ({"do": "assign", "of": "lead", "how": "team_head"}, "nobody-to-assign"),
        ],
    )
    async def test_says_why_it_did_nothing_and_leaves_nothing_half_done(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        action: dict[str, Any],
        reason: str,
    ) -> None:
        rule_id = await rule(
            client,
            "crm.contacts.lead.created.v1",
            tasks=[{"title": {"en": "x"}, "due_in": "PT1H"}],
            actions=[action],
        )
        await client.post("/v1/leads", json={"last_name": "Lead", "owner_id": None})

        await hear(session, await last(session))

        assert [run["reason"] for run in await runs(client, rule_id)] == [reason]
        assert (await session.scalars(select(Task))).all() == []


class TestT3OnDeals:
    async def test_notes_and_owners_follow_a_moved_deal_once(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact = make_contact()
        session.add(contact)
        await session.commit()
        owner_id = new_id()
        rule_id = await rule(
            client,
            MOVED,
            actions=[
                {"do": "note", "text": {"en": "Moved on"}},
                {"do": "set_owner", "of": "contact", "owner_id": str(owner_id)},
            ],
        )
        stage = {"id": str(new_id()), "outcome": "open"}
        deal = {
            **dict.fromkeys(("owner_id", "team_id", "company_id")),
            "contact_id": str(contact.id),
            "pipeline_id": str(new_id()),
            "stage_id": stage["id"],
            "outcome": "open",
        }
        raw = told(MOVED, {"deal": deal, "from_stage": stage, "to_stage": stage})
        shape = Envelope[rules_of_moves.reads]  # type: ignore[name-defined]
        moved = shape.model_validate_json(raw.model_dump_json())

        for _again in range(2):
            settings = session.info[SETTINGS]
            session.info.clear()
            session.info[SETTINGS] = settings
            session.expunge_all()
            await rules_of_moves.handle(session, [moved])
            await session.commit()

        session.expunge_all()
        [note] = (await session.scalars(select(Note))).all()
        held = await session.get(Contact, contact.id)
        assert held is not None
        assert (note.deal_id, note.contact_id, held.owner_id) == (
            moved.subject,
            contact.id,
            owner_id,
        )
        assert [run["outcome"] for run in await runs(client, rule_id)] == ["done"]
