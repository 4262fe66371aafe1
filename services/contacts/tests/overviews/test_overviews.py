"""C17: a customer and a manager in one answer each, within scope and without hidden fields."""

from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases.models import Feedback
from crm_contacts.events.readings import LookupsMeasured
from crm_contacts.main import LOOKUPS
from crm_contacts.testing import (
    make_activity,
    make_call,
    make_case,
    make_company,
    make_contact,
    make_lead,
    make_note,
    make_task,
    make_user,
)
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.http.lookups import Lookups
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs


class TestC17Customer:
    async def test_tells_what_is_open_and_what_happened(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact = make_contact()
        about: dict[str, Any] = {"contact_id": contact.id}
        feedback = Feedback(
            id=new_id(), case_id=new_id(), scale="csat", score=2, submitted_at=utc_now(),
            created_at=utc_now(), updated_at=utc_now(), revision=1, **about,
        )  # fmt: skip
        rows: list[Any] = [
            make_task(**about),
            make_activity(**about),
            make_case(**about),
            make_lead(**about),
        ]
        rows += [make_note(**about), feedback, make_task(status="done", **about), make_task()]
        session.add_all([contact, *rows])
        await session.commit()

        answer = await client.get(f"/v1/contacts/{contact.id}/overview")

        told = answer.json()
        assert answer.status_code == 200, answer.text
        assert told["client"]["id"] == str(contact.id)
        for row, name in zip(
            rows, ("tasks", "activities", "cases", "leads", "notes", "feedback"), strict=False
        ):
            assert [one["id"] for one in told[name]] == [str(row.id)], name
        assert told["next_step"]["kind"] in ("task", "activity")
        assert told["timeline"] == []
        assert told["elsewhere"]["deals"] == f"/v1/deals/overview?contact_id={contact.id}"

    async def test_is_the_same_for_a_company_and_404_outside_the_scope(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        sessions: Sessions,
    ) -> None:
        company = make_company(owner_id=new_id())
        session.add_all([company, make_task(company_id=company.id)])
        await session.commit()
        path = f"/v1/companies/{company.id}/overview"
        lookups = Lookups("contacts", LOOKUPS, lambda measured: LookupsMeasured(lookup=measured))

        told = (await client.get(path)).json()
        stranger = await client_as("seller", team_ids=(new_id(),)).get(path)

        assert (told["client"]["id"], len(told["tasks"])) == (str(company.id), 1)
        assert stranger.status_code == 404
        # K67: how long both took is told once, and nothing of whom they were about
        assert [await lookups.tell(sessions), await lookups.tell(sessions)] == [1, 0]
        [said] = await recorded(session, LookupsMeasured)
        assert (said.data.lookup.kind, said.data.lookup.count) == ("view", 2)
        assert sum(one.count for one in said.data.lookup.buckets) == 2
        assert str(company.id) not in said.model_dump_json()


class TestC17Manager:
    async def test_counts_what_is_his_as_far_as_one_may_see_it(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        user = make_user()
        mine: dict[str, Any] = {"owner_id": user.id}
        session.add_all(
            [
                user, make_contact(**mine), make_contact(**mine), make_company(**mine),
                make_lead(**mine), make_lead(status="disqualified", **mine), make_case(**mine),
                make_task(assignee_id=user.id), make_task(assignee_id=user.id, due_at=utc_now()),
                make_activity(assignee_id=user.id),
                make_call(user_id=user.id, direction="outbound", answered=True, duration_s=90),
            ]
        )  # fmt: skip
        await session.commit()
        path = f"/v1/users/{user.id}/overview"

        whole = (await client.get(path)).json()
        stranger = (await client_as("seller").get(path)).json()

        assert whole["work"] == {
            "contacts": 2, "companies": 1, "open_leads": 1, "open_tasks": 2, "overdue_tasks": 1,
            "planned_activities": 1, "open_cases": 1, "late_cases": 0,
        }  # fmt: skip
        assert (whole["calls"]["outbound"], whole["calls"]["talked_s"]) == (1, 90)
        assert len(whole["tasks"]) == 2
        assert set(stranger["work"].values()) == {0}
        assert (await client.get(f"/v1/users/{new_id()}/overview")).status_code == 404
