"""C10, S1: everything that a leaving user owned, in one call, with its history kept."""

from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.cases.models import Case
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.events import (
    ContactUpdated,
    HandOverFinished,
    HandOverStarted,
    HandOverStopped,
    SegmentUpdated,
    UserUpdated,
)
from crm_contacts.hand_overs import use_cases
from crm_contacts.hand_overs.jobs import carry_out
from crm_contacts.hand_overs.models import HandOver
from crm_contacts.leads.models import Lead
from crm_contacts.tasks.models import Task
from crm_contacts.testing import (
    make_activity,
    make_case,
    make_company,
    make_contact,
    make_lead,
    make_task,
    make_user,
)
from crm_contacts.users.models import User
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events.jetstream import Bus
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs
from crm_shared.worker import JobContext

TEAM = new_id()


async def two(session: AsyncSession) -> tuple[User, User]:
    leaver, heir = make_user("Йде"), make_user("Лишається", team_ids=[TEAM])
    session.add_all([leaver, heir])
    await session.commit()
    return leaver, heir


async def belongings(session: AsyncSession, user_id: UUID) -> dict[str, Any]:
    rows: dict[str, Any] = {
        "contact": make_contact(owner_id=user_id),
        "company": make_company(owner_id=user_id),
        "lead": make_lead(owner_id=user_id),
        "task": make_task(assignee_id=user_id),
        "activity": make_activity(assignee_id=user_id),
        "case": make_case(owner_id=user_id),
    }
    done = make_task(assignee_id=user_id, status="done")
    session.add_all([*rows.values(), done])
    await session.commit()
    return {**{noun: row.id for noun, row in rows.items()}, "done": done.id}


@pytest.fixture
def job(sessions: Sessions, settings: ServiceSettings) -> JobContext:
    return JobContext(sessions, cast("Bus", None), settings)


async def ask(client: httpx.AsyncClient, leaver: User, **body: Any) -> httpx.Response:
    return await client.post(f"/v1/users/{leaver.id}/hand-over", json=body)


class TestC10DryRun:
    async def test_counts_and_moves_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession, job: JobContext
    ) -> None:
        leaver, heir = await two(session)
        await belongings(session, leaver.id)

        answer = await ask(client, leaver, to=str(heir.id), dry_run=True)

        assert answer.status_code == 200, answer.text
        one = dict.fromkeys(("contact", "company", "lead", "task", "activity", "case"), 1)
        assert answer.json()["found"] == {
            **one,
            **dict.fromkeys(("lead_form", "segment", "call_list", "deal"), 0),
        }
        assert await carry_out(job) == 0
        assert await recorded(session, HandOverStarted) == []

    async def test_counts_closed_ones_only_when_asked(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        leaver, heir = await two(session)
        await belongings(session, leaver.id)

        answer = await ask(
            client, leaver, to=str(heir.id), dry_run=True, include_closed=True, what=["task"]
        )

        assert answer.json()["found"] == {"task": 2}


class TestC10HandOver:
    async def test_gives_everything_to_the_heir_in_his_team(
        self, client: httpx.AsyncClient, session: AsyncSession, job: JobContext
    ) -> None:
        leaver, heir = await two(session)
        ids = await belongings(session, leaver.id)
        leaver_id, heir_id = leaver.id, heir.id

        begun = await ask(client, leaver, to=str(heir.id))
        moved = await carry_out(job)

        session.expunge_all()
        assert (begun.status_code, moved) == (202, 6)
        for model, noun in (
            (Contact, "contact"),
            (Company, "company"),
            (Lead, "lead"),
            (Case, "case"),
        ):
            row: Any = await session.get_one(model, ids[noun])
            assert (row.owner_id, row.team_id) == (heir_id, TEAM)
        task = await session.get_one(Task, ids["task"])
        activity = await session.get_one(Activity, ids["activity"])
        assert {(one.assignee_id, one.team_id) for one in (task, activity)} == {(heir_id, TEAM)}
        assert (await session.get_one(Task, ids["done"])).assignee_id == leaver_id

    async def test_tells_of_each_record_and_of_the_whole_as_a_mass_change(
        self, client: httpx.AsyncClient, session: AsyncSession, job: JobContext
    ) -> None:
        leaver, heir = await two(session)
        await belongings(session, leaver.id)

        await ask(client, leaver, to=str(heir.id))
        await carry_out(job)

        [started] = await recorded(session, HandOverStarted)
        assert started.data.hand_over.owner_ids == [heir.id]
        [finished] = await recorded(session, HandOverFinished)
        assert sum(finished.data.moved.values()) == 6
        [contact] = await recorded(session, ContactUpdated)
        assert contact.data.previous["owner_id"] == str(leaver.id)
        moved = [one for one in await announced(session) if one.correlationid == started.subject]
        assert len(moved) == 7
        assert {one.bulk for one in moved} == {True}

    async def test_keeps_the_history_of_owners(
        self, client: httpx.AsyncClient, session: AsyncSession, job: JobContext
    ) -> None:
        leaver, heir = await two(session)
        body = {"last_name": "Клієнт", "owner_id": str(leaver.id)}
        contact = (await client.post("/v1/contacts", json=body)).json()

        await ask(client, leaver, to=str(heir.id))
        await carry_out(job)

        owners = (await client.get(f"/v1/contacts/{contact['id']}/owners")).json()["items"]
        assert [one["owner_id"] for one in owners] == [str(heir.id), str(leaver.id)]

    async def test_is_the_same_one_while_it_runs_and_finds_nothing_afterwards(
        self, client: httpx.AsyncClient, session: AsyncSession, job: JobContext
    ) -> None:
        leaver, heir = await two(session)
        await belongings(session, leaver.id)
        first = (await ask(client, leaver, to=str(heir.id))).json()
        again = (await ask(client, leaver, to=str(heir.id))).json()
        await carry_out(job)

        later = (await ask(client, leaver, to=str(heir.id))).json()

        assert first["id"] == again["id"] != later["id"]
        assert await carry_out(job) == 0
        shown = (await client.get(f"/v1/hand-overs/{first['id']}")).json()
        assert (shown["status"], sum(shown["moved"].values())) == ("done", 6)
        assert set(later["found"].values()) == {0}

    async def test_goes_on_portion_after_portion(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        job: JobContext,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        leaver, heir = await two(session)
        session.add_all([make_contact(owner_id=leaver.id) for _ in range(5)])
        # an older one that fails each time: nobody behind it waits for it
        stuck, _ = await two(session)
        nameless = make_lead(owner_id=stuck.id)
        nameless.first_name = nameless.last_name = nameless.company_name = None
        nameless.emails = nameless.phones = []
        session.add(nameless)
        await session.commit()
        await ask(client, stuck, to=str(heir.id), what=["lead"])
        monkeypatch.setattr(use_cases, "PORTION", 2)

        await ask(client, leaver, to=str(heir.id), what=["contact"])

        assert await carry_out(job) == 5
        [finished] = await recorded(session, HandOverFinished)
        assert finished.data.moved == {"contact": 5}

    async def test_takes_segments_and_call_lists_along(
        self, client: httpx.AsyncClient, session: AsyncSession, job: JobContext
    ) -> None:
        leaver, heir = await two(session)
        mine = {"name": "Mine", "owner_id": str(leaver.id)}
        segment = await client.post("/v1/segments", json={**mine, "kind": "static"})
        lists = [(await client.post("/v1/call-lists", json=mine)).json() for _ in range(2)]
        closed = f"/v1/call-lists/{lists[1]['id']}"
        await client.patch(closed, json={"status": "closed"}, headers={"If-Match": "*"})

        await ask(client, leaver, to=str(heir.id))

        assert await carry_out(job) == 2
        paths = (f"/v1/segments/{segment.json()['id']}", f"/v1/call-lists/{lists[0]['id']}")
        shown = [(await client.get(path)).json() for path in (*paths, closed)]
        assert [one["owner_id"] for one in shown] == [str(heir.id)] * 2 + [str(leaver.id)]
        assert [one["team_id"] for one in shown[:2]] == [str(TEAM)] * 2
        assert len(await recorded(session, SegmentUpdated)) == 1

    async def test_goes_on_with_who_is_left_and_stops_when_nobody_is(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        job: JobContext,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        leaver, heir = await two(session)
        rows = [make_contact(owner_id=leaver.id) for _ in range(3)]
        session.add_all(rows)
        await session.commit()
        monkeypatch.setattr(use_cases, "PORTION", 2)
        begun = (await ask(client, leaver, to=str(heir.id), what=["contact"])).json()
        async with job.sessions.begin() as at_work:
            one = await at_work.get_one(HandOver, UUID(begun["id"]))
            assert await use_cases.proceed(at_work, one, today=utc_now().date()) == 2
        off = {"is_active": False}
        await client.patch(f"/v1/users/{heir.id}", json=off, headers={"If-Match": "*"})

        assert await carry_out(job) == 0

        [stopped] = await recorded(session, HandOverStopped)
        assert stopped.data.moved == {"contact": 2}
        session.add(other := make_user("Ще один"))
        await session.commit()
        again = (await ask(client, leaver, to=str(other.id), what=["contact"])).json()
        assert (again["id"] != begun["id"], again["found"]) == (True, {"contact": 1})
        assert await carry_out(job) == 1

    async def test_shares_out_by_a_rule(
        self, client: httpx.AsyncClient, session: AsyncSession, job: JobContext
    ) -> None:
        leaver, heir = await two(session)
        session.add(other := make_user("Ще один"))
        leads = [make_lead(owner_id=leaver.id) for _ in range(4)]
        session.add_all(leads)
        await session.commit()
        body = {
            "name": "Порівну",
            "noun": "lead",
            "how": "round_robin",
            "user_ids": [str(leaver.id), str(heir.id), str(other.id)],
        }
        rule_id = (await client.post("/v1/assignment-rules", json=body)).json()["id"]

        await ask(client, leaver, rule_id=rule_id, what=["lead"])
        await carry_out(job)

        session.expunge_all()
        owners = [(await session.get_one(Lead, lead.id)).owner_id for lead in leads]
        assert sorted(map(str, owners)) == sorted([str(heir.id), str(other.id)] * 2)

    async def test_goes_on_without_the_rule_when_it_is_deleted_meanwhile(
        self, client: httpx.AsyncClient, session: AsyncSession, job: JobContext
    ) -> None:
        leaver, heir = await two(session)
        lead, task = make_lead(owner_id=leaver.id), make_task(assignee_id=heir.id)
        session.add_all([lead, task])
        await session.commit()
        body = {
            "name": "All",
            "noun": "lead",
            "how": "round_robin",
            "user_ids": [str(heir.id)],
        }
        rule_id = (await client.post("/v1/assignment-rules", json=body)).json()["id"]

        await ask(client, leaver, rule_id=rule_id, what=["lead"])
        gone = await client.delete(f"/v1/assignment-rules/{rule_id}", headers={"If-Match": "*"})
        later = await ask(client, heir, to=str(leaver.id), what=["task"])
        await carry_out(job)

        session.expunge_all()
        assert (gone.status_code, later.status_code) == (204, 202)
        assert (await session.get_one(Lead, lead.id)).owner_id == heir.id
        assert (await session.get_one(Task, task.id)).assignee_id == leaver.id
        assert len(await recorded(session, HandOverFinished)) == 2

    @pytest.mark.parametrize("who", ["himself", "inactive", "unknown"])
    async def test_refuses_whoever_cannot_receive(
        self, client: httpx.AsyncClient, session: AsyncSession, who: str
    ) -> None:
        leaver, _ = await two(session)
        session.add(gone := make_user("Пішов", is_active=False))
        await session.commit()
        to = {"himself": leaver.id, "inactive": gone.id, "unknown": new_id()}[who]

        answer = await ask(client, leaver, to=str(to))

        assert (answer.status_code, answer.json()["code"]) == (422, "no-receiver")
        assert await recorded(session, HandOverStarted) == []

    async def test_is_for_admins(self, client_as: ClientAs, session: AsyncSession) -> None:
        leaver, heir = await two(session)

        for role in ("head", "seller", "integration"):
            answer = await ask(client_as(role), leaver, to=str(heir.id))
            assert answer.status_code == 403


class TestS1Leaving:
    async def test_ends_access_at_once_and_keeps_every_record(
        self, client: httpx.AsyncClient, session: AsyncSession, job: JobContext
    ) -> None:
        leaver, heir = await two(session)
        ids = await belongings(session, leaver.id)

        await ask(client, leaver, to=str(heir.id), deactivate=True)

        [told] = await recorded(session, UserUpdated)
        assert not told.data.user.is_active
        assert told.data.user.tokens_valid_from is not None
        await carry_out(job)
        for noun, route in (("contact", "contacts"), ("task", "tasks"), ("done", "tasks")):
            assert (await client.get(f"/v1/{route}/{ids[noun]}")).status_code == 200
