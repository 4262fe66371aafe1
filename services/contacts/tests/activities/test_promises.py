"""Promises: the job that tells of those that were not kept."""

import asyncio
from datetime import timedelta
from typing import Any, cast

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.jobs import tell_breaches
from crm_contacts.activities.models import Activity
from crm_contacts.events import ActivityMissed
from crm_contacts.testing import make_promise
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events.jetstream import Bus
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import recorded
from crm_shared.worker import JobContext

ANY = {"If-Match": "*"}
LATE = timedelta(hours=1)


def context(sessions: Sessions, settings: ServiceSettings) -> JobContext:
    return JobContext(sessions, cast("Bus", None), settings)


async def kept(session: AsyncSession, *activities: Activity) -> None:
    session.add_all(activities)
    await session.commit()


class TestT9Promises:
    async def test_a_breach_is_an_event_of_its_own(
        self, session: AsyncSession, sessions: Sessions, settings: ServiceSettings
    ) -> None:
        broken = make_promise(due_at=utc_now() - LATE, contact_id=new_id())
        # what cannot be told, here for want of a rule that says how often, silences nobody else
        odd = make_promise(due_at=utc_now() - 2 * LATE, recurrence={"interval": 1})
        await kept(session, broken, odd)

        await tell_breaches(context(sessions, settings))

        [envelope] = await recorded(session, ActivityMissed)
        assert envelope.subject == broken.id
        facts = envelope.data.activity
        assert (facts.status, facts.is_promise, facts.channel) == ("missed", True, "phone")
        assert facts.agreed_at == broken.agreed_at
        assert "Обговорити" not in envelope.model_dump_json()

    async def test_who_is_within_the_grace_or_made_no_promise_has_broken_none(
        self, session: AsyncSession, sessions: Sessions, settings: ServiceSettings
    ) -> None:
        await kept(
            session,
            make_promise(due_at=utc_now() - timedelta(minutes=5)),
            make_promise(due_at=utc_now() - LATE, is_promise=False),
            make_promise(due_at=utc_now() - LATE, status="done"),
            make_promise(due_at=utc_now() - LATE, status="cancelled"),
        )

        assert await tell_breaches(context(sessions, settings)) == 0

        assert await recorded(session, ActivityMissed) == []

    async def test_two_replicas_tell_each_breach_once(
        self, session: AsyncSession, sessions: Sessions, settings: ServiceSettings
    ) -> None:
        await kept(session, *(make_promise(due_at=utc_now() - LATE) for _ in range(30)))
        replicas = [context(sessions, settings) for _ in range(4)]

        done = await asyncio.gather(*(tell_breaches(replica) for replica in replicas))

        assert sum(done) == 30
        assert await tell_breaches(replicas[0]) == 0
        told = await recorded(session, ActivityMissed)
        assert len({envelope.subject for envelope in told}) == len(told) == 30

    async def test_one_that_was_moved_in_time_by_agreement_is_not_missed(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        sessions: Sessions,
        settings: ServiceSettings,
    ) -> None:
        await kept(session, promise := make_promise())
        later = (utc_now() + timedelta(days=2)).isoformat()
        body: dict[str, Any] = {"due_at": later, "by_agreement": True}

        answer = await client.post(
            f"/v1/activities/{promise.id}/reschedule", json=body, headers=ANY
        )

        assert answer.json()["agreed_at"] == answer.json()["due_at"]
        assert await tell_breaches(context(sessions, settings)) == 0

    async def test_one_that_was_moved_alone_or_too_late_stays_at_its_word(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        alone = make_promise()
        late = make_promise(due_at=utc_now() - timedelta(minutes=5))
        await kept(session, alone, late)
        later = (utc_now() + timedelta(days=2)).isoformat()

        for promise, by_agreement in ((alone, False), (late, True)):
            answer = await client.post(
                f"/v1/activities/{promise.id}/reschedule",
                json={"due_at": later, "by_agreement": by_agreement},
                headers=ANY,
            )
            assert answer.json()["agreed_at"] < answer.json()["due_at"]

    async def test_one_that_is_reopened_is_not_told_again_before_a_new_time_passes(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        sessions: Sessions,
        settings: ServiceSettings,
    ) -> None:
        await kept(session, promise := make_promise(due_at=utc_now() - LATE))
        await tell_breaches(context(sessions, settings))

        await client.post(f"/v1/activities/{promise.id}/reopen", headers=ANY)

        assert await tell_breaches(context(sessions, settings)) == 0
        assert len(await recorded(session, ActivityMissed)) == 1
