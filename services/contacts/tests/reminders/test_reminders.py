"""T2, M13: what is due is called to mind in time, and taken to the head when it is left undone."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import (
    ActivityReminded,
    TaskCallBackOverdue,
    TaskEscalated,
    TaskReminded,
    TaskUpdated,
)
from crm_contacts.reminders.rules import next_reminder, reminder_at
from crm_contacts.reminders.use_cases import alarm_of_call_backs, escalate, remind
from crm_contacts.tasks.models import Task
from crm_contacts.testing import make_activity, make_task, make_team, make_user
from crm_shared.clock import utc_now
from crm_shared.context import as_bulk
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded

ANY = {"If-Match": "*"}
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NOON = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)


async def kept(session: AsyncSession, *rows: Any) -> None:
    session.add_all(rows)
    await session.commit()


async def both_replicas(sessions: Sessions, work: Any, **given: Any) -> int:
    """Let two workers look at the same moment; return how much they found together."""

    async def look() -> int:
        async with sessions.begin() as session:
            found: int = await work(session, **given)
            return found

    return sum(await asyncio.gather(look(), look())) + await look()


class TestT2NextReminder:
    def test_is_the_first_that_still_lies_ahead(self) -> None:
        assert next_reminder(NOON, [1440, 15], after=NOON - DAY) == NOON - 15 * MINUTE
        assert next_reminder(NOON, [1440, 15], after=NOON) is None
        assert next_reminder(None, [15], after=NOON) is None

    def test_of_several_that_passed_the_last_counts(self) -> None:
        assert reminder_at(NOON, [1440, 60, 15], now=NOON - 30 * MINUTE) == 60
        assert reminder_at(NOON, [1440, 60, 15], now=NOON) == 15
        assert reminder_at(NOON, [15], now=NOON - DAY) is None


class TestT2Reminders:
    async def test_are_told_once_each_however_many_workers_run(
        self, client: httpx.AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        due_at = utc_now() + 30 * MINUTE
        body = {"title": "Call", "due_at": due_at.isoformat(), "reminders": [15, 60, 15, 10]}
        task = (await client.post("/v1/tasks", json=body)).json()
        # the first has passed before it was asked for: nobody makes up for it
        assert (task["reminders"], task["next_reminder_at"] > utc_now().isoformat()) == (
            [60, 15, 10],
            True,
        )
        past = utc_now() - MINUTE
        planned = make_activity(due_at=utc_now() + 5 * MINUTE, reminders=[6])
        planned.next_reminder_at = past
        await kept(session, planned)
        await session.execute(update(Task).values(next_reminder_at=past, due_at=past + 15 * MINUTE))
        await session.commit()

        assert await both_replicas(sessions, remind) == 2

        [told] = await recorded(session, TaskReminded)
        assert (told.data.minutes_before, str(told.subject)) == (15, task["id"])
        [of_activity] = await recorded(session, ActivityReminded)
        assert of_activity.data.minutes_before == 6
        seen = (await client.get(f"/v1/tasks/{task['id']}")).json()
        assert (seen["revision"], seen["next_reminder_at"] is None) == (2, False)

    async def test_move_with_the_time_and_end_with_the_task(
        self, client: httpx.AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        body = {"title": "Call", "due_at": (utc_now() + DAY).isoformat(), "reminders": [60]}
        url = f"/v1/tasks/{(await client.post('/v1/tasks', json=body)).json()['id']}"
        later = utc_now() + 2 * DAY

        moved = await client.patch(url, json={"due_at": later.isoformat()}, headers=ANY)
        await session.execute(update(Task).values(next_reminder_at=utc_now() - MINUTE))
        await session.commit()
        await client.post(f"{url}/complete", headers=ANY)

        expected = datetime.fromisoformat(moved.json()["next_reminder_at"])
        assert expected == later - timedelta(hours=1)
        [updated] = await recorded(session, TaskUpdated)
        assert updated.data.changed == ["due_at"]
        assert await both_replicas(sessions, remind) == 0

    async def test_of_an_activity_move_when_it_is_rescheduled(
        self, client: httpx.AsyncClient
    ) -> None:
        body = {"kind": "call", "due_at": (utc_now() + DAY).isoformat(), "reminders": [30]}
        made = (await client.post("/v1/activities", json=body)).json()
        url, later = f"/v1/activities/{made['id']}", utc_now() + 3 * DAY

        moved = await client.post(
            f"{url}/reschedule", json={"due_at": later.isoformat()}, headers=ANY
        )
        without = await client.patch(url, json={"reminders": []}, headers=ANY)

        assert datetime.fromisoformat(moved.json()["next_reminder_at"]) == later - 30 * MINUTE
        assert without.json()["next_reminder_at"] is None

    async def test_of_a_month_ahead_at_the_most(self, client: httpx.AsyncClient) -> None:
        for reminders in ([43_201], [-1], [1, 2, 3, 4, 5, 6]):
            answer = await client.post("/v1/tasks", json={"title": "x", "reminders": reminders})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"].startswith("/reminders")


class TestT2Escalation:
    async def test_takes_an_overdue_task_to_the_head_once(
        self, client: httpx.AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        chief, head, gone = make_user(), make_user(), make_user(is_active=False)
        above = make_team(head_id=chief.id)
        team, headless = make_team(head_id=head.id, parent_id=above.id), make_team(head_id=gone.id)
        late = utc_now() - DAY
        of_seller = make_task(assignee_id=new_id(), team_id=team.id, due_at=late)
        of_head = make_task(assignee_id=head.id, team_id=team.id, due_at=late)
        of_nobody = make_task(team_id=headless.id, due_at=late)
        fresh = make_task(team_id=team.id, due_at=utc_now() - MINUTE)
        done = make_task(team_id=team.id, due_at=late, status="done")
        with as_bulk():
            imported = make_task(team_id=team.id, due_at=late)
        await kept(session, chief, head, gone, above, team, headless)
        await kept(session, of_seller, of_head, of_nobody, fresh, done, imported)

        assert await both_replicas(sessions, escalate, after=timedelta(hours=1)) == 3

        told = {
            one.subject: one.data.escalated_to_id for one in await recorded(session, TaskEscalated)
        }
        assert told == {of_seller.id: head.id, of_head.id: chief.id, of_nobody.id: None}
        shown = (await client.get(f"/v1/tasks/{of_seller.id}")).json()
        assert shown["escalated_to_id"] == str(head.id)

    async def test_begins_anew_with_another_time(
        self, client: httpx.AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        task = make_task(due_at=utc_now() - DAY)
        await kept(session, task)
        hour = timedelta(hours=1)
        await both_replicas(sessions, escalate, after=hour)

        again = (utc_now() - 2 * hour).isoformat()
        answer = await client.patch(f"/v1/tasks/{task.id}", json={"due_at": again}, headers=ANY)

        assert answer.json()["escalated_at"] is None
        assert await both_replicas(sessions, escalate, after=hour) == 1
        assert len(await recorded(session, TaskEscalated)) == 2


class TestM13CallBack:
    async def test_not_made_within_its_limit_is_told_once(
        self, client: httpx.AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        missed = {"direction": "inbound", "answered": False, "started_at": utc_now().isoformat()}
        calls = [
            (await client.post("/v1/calls", json={**missed, "from_number": number})).json()
            for number in ("067 111 22 33", "067 111 22 44")
        ]
        await client.post(f"/v1/tasks/{calls[1]['callback_task_id']}/complete", headers=ANY)
        task = await session.get_one(Task, calls[0]["callback_task_id"])
        assert task.alarm_at is not None
        assert task.alarm_at > utc_now()
        assert await both_replicas(sessions, alarm_of_call_backs) == 0

        await session.execute(update(Task).values(alarm_at=utc_now() - MINUTE))
        await session.commit()
        assert await both_replicas(sessions, alarm_of_call_backs) == 1

        [told] = await recorded(session, TaskCallBackOverdue)
        assert (str(told.subject), str(told.data.call_id)) == (str(task.id), calls[0]["id"])
