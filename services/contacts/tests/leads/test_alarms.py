"""C3: no lead is lost: untouched and unassigned ones are announced, once for each such state."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import LeadOverdue, LeadUnassigned
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases import raise_overdue, raise_unassigned
from crm_contacts.testing import make_lead
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded

ANY = {"If-Match": "*"}
AFTER = timedelta(minutes=15)


async def kept(session: AsyncSession, **values: Any) -> Lead:
    session.add(lead := make_lead(**values))
    await session.commit()
    return lead


async def late(session: AsyncSession, **values: Any) -> Lead:
    past = utc_now() - timedelta(minutes=1)
    return await kept(session, **{"owner_id": new_id(), "respond_by": past, **values})


class TestC3OverdueLead:
    async def test_is_announced_once_by_two_workers_at_the_same_time(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        lead = await late(session)

        async def work() -> int:
            async with sessions.begin() as own:
                return await raise_overdue(own)

        done = [sum(await asyncio.gather(work(), work())), await work()]

        assert done == [1, 0]
        [envelope] = await recorded(session, LeadOverdue)
        assert (envelope.subject, envelope.revision) == (lead.id, 2)
        assert envelope.data.changed == ["overdue_at"]

    async def test_is_one_that_nobody_touched(self, session: AsyncSession) -> None:
        past = utc_now() - timedelta(minutes=1)
        for status in ("working", "qualified", "converted", "disqualified"):
            await late(session, status=status)
        await late(session, deleted_at=past)
        await late(session, respond_by=None)
        await late(session, respond_by=utc_now() + timedelta(minutes=1))

        assert await raise_overdue(session) == 0

    async def test_is_announced_again_after_another_deadline(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await late(session)
        assert await raise_overdue(session) == 1
        await session.commit()
        past = (utc_now() - timedelta(seconds=1)).isoformat()
        await client.patch(f"/v1/leads/{lead.id}", json={"respond_by": past}, headers=ANY)
        session.expunge_all()

        assert await raise_overdue(session) == 1


class TestC3UnassignedLead:
    async def test_is_announced_once_when_it_was_nobodys_for_too_long(
        self, session: AsyncSession
    ) -> None:
        long_ago = utc_now() - timedelta(hours=1)
        lead = await kept(session, unassigned_since=long_ago)
        await kept(session)
        await kept(session, unassigned_since=long_ago, status="disqualified")

        done = [await raise_unassigned(session, after=AFTER) for _ in range(2)]

        assert done == [1, 0]
        [envelope] = await recorded(session, LeadUnassigned)
        assert envelope.subject == lead.id

    async def test_is_nobodys_again_when_its_owner_is_taken_away(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session, unassigned_since=utc_now() - timedelta(hours=1))
        await raise_unassigned(session, after=AFTER)
        await session.commit()
        path = f"/v1/leads/{lead.id}/assign"
        await client.post(path, json={"owner_id": str(new_id())}, headers=ANY)
        session.expunge_all()
        assert await raise_unassigned(session, after=timedelta(0)) == 0
        await session.commit()

        await client.post(path, json={"owner_id": None}, headers=ANY)
        session.expunge_all()

        assert await raise_unassigned(session, after=AFTER) == 0
        assert await raise_unassigned(session, after=timedelta(0)) == 1
