"""Activities over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import (
    ActivityCancelled,
    ActivityCompleted,
    ActivityCreated,
    ActivityMissed,
    ActivityReopened,
    ActivityRescheduled,
    ActivityUpdated,
    LeadResponded,
)
from crm_contacts.testing import make_activity, make_lead, make_user
from crm_shared.actor import Actor
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

MEETING: dict[str, Any] = {
    "kind": "meeting",
    "subject": "Показати зразки",
    "due_at": "2026-12-01T09:00:00+02:00",
}
ANY = {"If-Match": "*"}


class TestCreateActivity:
    """D8, C2: whose an activity is, and of which deal."""

    async def test_is_of_whoever_plans_it_and_announced_without_its_subject(
        self, client: httpx.AsyncClient, session: AsyncSession, actor: Actor
    ) -> None:
        contact_id, other = new_id(), new_id()
        people = {"contact_id": str(contact_id), "contact_ids": [str(other), str(other)]}

        answer = await client.post("/v1/activities", json={**MEETING, **people})

        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert (body["assignee_id"], body["status"]) == (str(actor.id), "planned")
        assert body["due_at"] == "2026-12-01T07:00:00Z"
        [envelope] = await recorded(session, ActivityCreated)
        facts = envelope.data.activity
        assert facts.owner_id == facts.assignee_id == actor.id
        assert (facts.contact_id, facts.contact_ids) == (contact_id, [other])
        assert "зразки" not in envelope.model_dump_json()

    async def test_belongs_to_the_team_of_its_assignee(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        team_id = new_id()
        session.add(seller := make_user(team_ids=[team_id]))
        await session.commit()

        answer = await client.post(
            "/v1/activities", json={**MEETING, "assignee_id": str(seller.id)}
        )

        assert answer.json()["team_id"] == str(team_id)

    async def test_that_took_place_is_planned_and_completed_at_its_own_time(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        at = utc_now() - timedelta(days=3)
        done = {"kind": "visit", "status": "done", "completed_at": at.isoformat()}

        answer = await client.post("/v1/activities", json=done)

        assert (answer.json()["status"], answer.json()["revision"]) == ("done", 2)
        assert len(await recorded(session, ActivityCreated)) == 1
        [envelope] = await recorded(session, ActivityCompleted)
        assert envelope.time == at
        assert envelope.data.activity.completed_at == at

    async def test_refuses_a_seller_who_gives_work_to_others(self, client_as: ClientAs) -> None:
        answer = await client_as("seller").post(
            "/v1/activities", json={**MEETING, "assignee_id": str(new_id())}
        )

        assert (answer.status_code, answer.json()["code"]) == (403, "outside-scope")

    async def test_is_not_for_viewers(self, client_as: ClientAs, session: AsyncSession) -> None:
        async with silence(session):
            answer = await client_as("viewer").post("/v1/activities", json=MEETING)

        assert answer.status_code == 403

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"kind": "dance"}, "/kind"),
            ({"due_at": "2026-12-01T09:00:00"}, "/due_at"),
            ({"duration_s": -1}, "/duration_s"),
            ({"outcome": "He said no!"}, "/outcome"),
            ({"status": "missed"}, "/status"),
            ({"status": "done", "completed_at": "2099-01-01T00:00:00Z"}, "/completed_at"),
            ({"is_promise": True}, "/channel"),
            ({"is_promise": True, "channel": "phone", "due_at": None}, "/agreed_at"),
            ({"recurrence": {"frequency": "hourly", "count": 2}}, "/recurrence/frequency"),
            ({"recurrence": {"frequency": "daily"}}, "/recurrence"),
            ({"recurrence": {"frequency": "daily", "count": 2}, "due_at": None}, "/due_at"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self, client: httpx.AsyncClient, change: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/activities", json={**MEETING, **change})

        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer


class TestMoveActivity:
    """D8, M9: done, missed, cancelled, rescheduled: each announced."""

    async def test_is_done_with_its_outcome(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(activity := make_activity())
        await session.commit()

        answer = await client.post(
            f"/v1/activities/{activity.id}/complete",
            json={"outcome": "agreed", "duration_s": 300},
            headers={"If-Match": '"1"'},
        )

        assert answer.status_code == 200, answer.text
        assert (answer.json()["status"], answer.json()["outcome"]) == ("done", "agreed")
        [envelope] = await recorded(session, ActivityCompleted)
        assert envelope.data.activity.duration_s == 300
        assert envelope.data.previous["status"] == "planned"

    async def test_is_missed_and_may_still_take_place(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(activity := make_activity())
        await session.commit()
        path = f"/v1/activities/{activity.id}"

        missed = await client.post(f"{path}/miss", headers=ANY)
        done = await client.post(f"{path}/complete", headers=ANY)

        assert missed.json()["missed_at"] is not None
        assert done.json()["status"] == "done"
        assert len(await recorded(session, ActivityMissed)) == 1
        [completed] = await recorded(session, ActivityCompleted)
        assert completed.data.previous["status"] == "missed"

    async def test_is_called_off_and_planned_again(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(activity := make_activity())
        await session.commit()
        path = f"/v1/activities/{activity.id}"

        cancelled = await client.post(f"{path}/cancel", headers=ANY)
        due_at = {"due_at": "2027-01-01T10:00:00Z"}
        reopened = await client.post(f"{path}/reopen", json=due_at, headers=ANY)

        assert cancelled.json()["status"] == "cancelled"
        assert reopened.json()["status"] == "planned"
        assert (reopened.json()["cancelled_at"], reopened.json()["due_at"]) == (
            None,
            "2027-01-01T10:00:00Z",
        )
        assert len(await recorded(session, ActivityCancelled)) == 1
        [envelope] = await recorded(session, ActivityReopened)
        assert envelope.data.previous["status"] == "cancelled"

    async def test_is_put_at_another_time_and_that_is_counted(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(activity := make_activity(due_at=utc_now()))
        await session.commit()
        path, later = f"/v1/activities/{activity.id}/reschedule", "2027-01-01T10:00:00Z"

        answer = await client.post(path, json={"due_at": later}, headers=ANY)
        again = await client.post(path, json={"due_at": later}, headers=ANY)

        assert (answer.json()["due_at"], answer.json()["reschedules"]) == (later, 1)
        assert again.json()["revision"] == 2
        [envelope] = await recorded(session, ActivityRescheduled)
        assert envelope.data.previous["reschedules"] == 0

    @pytest.mark.parametrize("verb", ["complete", "miss", "cancel", "reschedule"])
    async def test_refuses_one_that_was_called_off(
        self, client: httpx.AsyncClient, session: AsyncSession, verb: str
    ) -> None:
        session.add(activity := make_activity(status="cancelled"))
        await session.commit()
        body = {"due_at": "2027-01-01T10:00:00Z"} if verb == "reschedule" else None

        answer = await client.post(f"/v1/activities/{activity.id}/{verb}", json=body, headers=ANY)

        assert (answer.status_code, answer.json()["code"]) == (409, "activity-closed")

    async def test_refuses_to_reopen_what_is_planned(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(activity := make_activity())
        await session.commit()

        answer = await client.post(f"/v1/activities/{activity.id}/reopen", headers=ANY)

        assert (answer.status_code, answer.json()["code"]) == (409, "activity-planned")

    async def test_says_404_for_an_activity_of_somebody_else(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        session.add(activity := make_activity(assignee_id=new_id()))
        await session.commit()

        async with silence(session):
            for verb in ("complete", "miss", "cancel", "reopen"):
                answer = await client_as("seller").post(
                    f"/v1/activities/{activity.id}/{verb}", headers=ANY
                )
                assert answer.status_code == 404


class TestUpdateActivity:
    async def test_announces_a_new_assignee(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        before, after = new_id(), new_id()
        session.add(activity := make_activity(assignee_id=before))
        await session.commit()

        await client.patch(
            f"/v1/activities/{activity.id}",
            json={"assignee_id": str(after)},
            headers={"If-Match": '"1"'},
        )

        [envelope] = await recorded(session, ActivityUpdated)
        assert envelope.data.previous == {"assignee_id": str(before)}

    async def test_refuses_a_stale_revision_and_a_time(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(activity := make_activity())
        await session.commit()
        path = f"/v1/activities/{activity.id}"

        async with silence(session):
            stale = await client.patch(path, json={"kind": "chat"}, headers={"If-Match": '"9"'})
            moved = await client.patch(path, json={"due_at": MEETING["due_at"]}, headers=ANY)

        assert (stale.status_code, moved.status_code) == (412, 422)


class TestListActivities:
    """D8: planned and done, by deal and by who is responsible."""

    async def test_finds_what_is_overdue_and_whom_it_concerns(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        late, now, guest = utc_now() - timedelta(days=1), utc_now(), new_id()
        session.add_all(
            [
                make_activity(subject="пізно", due_at=late, contact_ids=[guest]),
                make_activity(subject="згодом", due_at=now + timedelta(days=1)),
                make_activity(subject="колись"),
                make_activity(subject="було", due_at=late, status="done"),
            ]
        )
        await session.commit()

        for asked in ("is_overdue=true", f"contact_ids[has_any]={guest}"):
            answer = await client.get(f"/v1/activities?{asked}")
            assert [one["subject"] for one in answer.json()["items"]] == ["пізно"]

    async def test_shows_an_accountant_only_his_own(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        me = new_id()
        session.add_all([make_activity(assignee_id=me), make_activity(assignee_id=new_id())])
        await session.commit()

        answer = await client_as("accountant", user_id=me).get("/v1/activities")

        assert [one["assignee_id"] for one in answer.json()["items"]] == [str(me)]


class TestUpsertActivity:
    async def test_creates_moves_and_completes(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = "/v1/activities/by-external/bitrix/9"
        first = await client.put(path, json=MEETING)
        moved = await client.put(path, json={**MEETING, "due_at": "2026-12-02T09:00:00Z"})
        done = await client.put(path, json={**MEETING, "kind": "visit", "status": "done"})

        assert (first.status_code, moved.status_code) == (201, 200)
        assert moved.json()["reschedules"] == 1
        assert (done.json()["status"], done.json()["kind"]) == ("done", "visit")
        assert done.json()["revision"] == 3
        assert len(await recorded(session, ActivityCompleted)) == 1

    async def test_writes_many(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/activities/batch", json={"items": [MEETING, MEETING]})

        assert [one["status"] for one in answer.json()["results"]] == [201, 201]
        listed = await client.get("/v1/activities")
        assert len(listed.json()["items"]) == 2


class TestC3FirstAnswer:
    async def test_is_a_word_with_a_lead_that_its_speaker_sees_however_it_was_told(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        """C3, T9: a done call, meeting or task meets the deadline; a to-do or a ring does not."""
        seller, other = make_user(), make_user()
        leads = {
            name: make_lead(owner_id=(other if name == "strange" else seller).id, status="new")
            for name in ("met", "task", "rung", "letter", "todo", "strange")
        }
        session.add_all([seller, other, *leads.values()])
        await session.commit()
        me = client_as("seller", user_id=seller.id)
        at = utc_now().replace(microsecond=0)

        async def done(name: str, **values: Any) -> None:
            body = {"status": "done", "lead_id": str(leads[name].id), **values}
            told = await me.post("/v1/activities", json=body)
            assert told.status_code == 201, told.text

        async def task(name: str, kind: str) -> None:
            body = {"title": "x", "kind": kind, "lead_id": str(leads[name].id)}
            made = (await me.post("/v1/tasks", json=body)).json()
            await me.post(f"/v1/tasks/{made['id']}/complete", headers=ANY)

        await done("rung", kind="call", outcome="no_answer")
        await done("letter", kind="email", direction="inbound")
        await done("strange", kind="meeting")
        await task("todo", "todo")
        assert await recorded(session, LeadResponded) == []
        await done("met", kind="meeting", completed_at=at.isoformat())
        await done("met", kind="call")
        await task("task", "call")

        answers = await recorded(session, LeadResponded)
        assert [one.subject for one in answers] == [leads["met"].id, leads["task"].id]
        shown = (await me.get(f"/v1/leads/{leads['met'].id}")).json()
        assert (shown["first_responded_at"] >= shown["created_at"], shown["revision"]) == (True, 2)
