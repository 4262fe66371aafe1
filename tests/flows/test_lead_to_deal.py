"""I9, K5: A lead becomes a deal: contacts says so, deals begins it, reporting counts it."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from story import Story

from crm_contacts.consumers.repairs import repair
from crm_deals.consumers.repairs import fill_plans
from crm_shared.clock import utc_now
from crm_shared.embedded.nats import NatsServer
from crm_shared.events.jetstream import Link, Publisher
from crm_shared.ids import new_id
from crm_shared.testing.system import System

CONVERTED = "crm.contacts.lead.converted.v1"

ANY = {"If-Match": "*"}


async def converted(story: Story, **body: object) -> dict[str, str]:
    lead = await story.make(
        story.contacts,
        "/v1/leads",
        first_name="Марко",
        last_name="Вовчок",
        phones=[{"value": "067 765 43 21"}],
        owner_id=str(story.seller),
        source="fair",
        channel="phone",
    )
    answer = await story.contacts.post(f"/v1/leads/{lead['id']}/convert", json=body, headers=ANY)
    assert answer.status_code == 200, answer.text
    told: dict[str, str] = answer.json()
    return told


class TestK5LeadToDeal:
    async def test_begins_the_deal_that_was_told_and_reporting_sees_it(
        self, system: System, story: Story
    ) -> None:
        told = await converted(
            story, pipeline_id=str(story.pipeline), amount="1500.00", currency="UAH"
        )
        missing = await story.deals.get(f"/v1/deals/{told['deal_id']}")
        await system.settle()

        deal = (await story.deals.get(f"/v1/deals/{told['deal_id']}")).json()
        assert missing.status_code == 404
        assert (deal["source_lead_id"], deal["contact_id"]) == (told["lead_id"], told["contact_id"])
        assert (deal["title"], deal["amount"], deal["owner_id"]) == (
            "Марко Вовчок",
            "1500.00",
            str(story.seller),
        )
        assert (deal["source"], deal["channel"]) == ("fair", "phone")
        assert (deal["pipeline_id"], deal["is_pipeline_assumed"]) == (str(story.pipeline), False)
        facts = "SELECT count(*) FROM deal_facts WHERE deal_id = $1"
        assert await system.count("reporting", facts, UUID(told["deal_id"])) == 1
        await self.what_contacts_lost_comes_back(system, UUID(told["deal_id"]))
        await self.what_deals_did_not_keep_of_tasks_comes_back(system, story, told["deal_id"])

    async def what_contacts_lost_comes_back(self, system: System, deal_id: UUID) -> None:
        """C2: purchases that never came by the stream are fetched from the log of deals, once."""
        worker = system["contacts"].worker
        async with worker.sessions.begin() as session:
            await session.execute(text("DELETE FROM customer_deals"))

        repaired = [await repair(worker.context(), settled=timedelta(0)) for _ in range(2)]

        assert repaired == [1, 0]
        kept = "SELECT count(*) FROM customer_deals WHERE id = $1"
        assert await system.count("contacts", kept, deal_id) == 1

    async def what_deals_did_not_keep_of_tasks_comes_back(
        self, system: System, story: Story, deal_id: str
    ) -> None:
        """T2, D3: the next step of a deal has its date, whenever the step became known."""
        due_at = (utc_now() + timedelta(days=1)).replace(microsecond=0)
        step = {"title": "Подзвонити", "deal_id": deal_id, "due_at": due_at.isoformat()}
        task = await story.make(story.contacts, "/v1/tasks", **step)
        await system.settle()
        forget = "UPDATE known_work SET due_at = NULL, assignee_id = NULL, is_plan_known = false"
        worker = system["deals"].worker
        async with worker.sessions.begin() as session:
            await session.execute(text(forget))

        filled = [await fill_plans(worker.context()) for _ in range(2)]

        card = (await story.deals.get(f"/v1/deals/{deal_id}/card")).json()
        assert filled == [1, 0]
        [shown] = card["tasks"]
        assert (shown["id"], datetime.fromisoformat(shown["due_at"])) == (task["id"], due_at)

    @pytest.mark.parametrize("away", ["contacts", "deals"])
    async def test_catches_up_when_a_worker_was_away(
        self, system: System, story: Story, away: str
    ) -> None:
        await system[away].stop_worker()
        told = await converted(story)
        await system.settle()
        assert (await story.deals.get(f"/v1/deals/{told['deal_id']}")).status_code == 404

        await system[away].start_worker()
        await system.settle()

        deal = (await story.deals.get(f"/v1/deals/{told['deal_id']}")).json()
        assert deal["source_lead_id"] == told["lead_id"]

    async def test_buries_a_poisoned_conversion_and_holds_no_other_up(
        self, system: System, story: Story, nats_server: NatsServer
    ) -> None:
        publisher = await Publisher.connect(Link(nats_server.url, "tests"))
        await publisher.publish(
            "contacts", [(CONVERTED, str(new_id()), json.dumps(poisoned())) for _ in range(2)]
        )
        await publisher.close()
        told = await converted(story)
        await system.settle()

        assert (await story.deals.get(f"/v1/deals/{told['deal_id']}")).status_code == 200
        letters = await system["deals"].sql(
            "SELECT durable FROM dead_letters WHERE durable = 'deals-lead-conversions'"
        )
        assert len(letters) == 2


def poisoned() -> dict[str, Any]:
    now = utc_now().isoformat()
    return {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "/crm/contacts",
        "type": CONVERTED,
        "subject": str(new_id()),
        "time": now,
        "recordedtime": now,
        "dataschema": f"/contracts/{CONVERTED}.json",
        "revision": 2,
        "actorid": str(new_id()),
        "correlationid": str(new_id()),
        "data": {"deal_id": "none", "lead": {}},
    }
