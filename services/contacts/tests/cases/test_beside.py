"""C19, C16, C17: cases come in from files and go again, are found, and rules know them."""

from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases.models import Case
from crm_contacts.cases.use_cases.limits import tell_limits
from crm_contacts.consumers import SUBSCRIPTIONS
from crm_contacts.events import CaseAssigned, CaseCreated, CaseDeleted, CaseSolved
from crm_contacts.imports.catalogue import ROOM
from crm_contacts.persons.queries import person_of_contact
from crm_contacts.persons.use_cases import erase_person
from crm_contacts.search.use_cases import learn_names
from crm_contacts.tasks.models import Task
from crm_contacts.testing import make_case, make_contact, make_user
from crm_shared.db.engine import SETTINGS, Sessions
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.imports import ImportTrial, counts
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
[client_rules] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-client-rules"]
MAPPING: dict[str, Any] = {
    "external_id": "id",
    "fields": {
        "subject": "what",
        "status": "state",
        "outcome": "how",
        "created_at": "made",
        "solved_at": "solved",
        "queue_id": {"column": "queue", "by": "name"},
    },
}
FILE = (
    "id,what,state,how,made,solved,queue\n"
    "1,Не працює,,,2024-02-01,,Support\n"
    "2,Зламалось,closed,failure,2024-02-01,2024-02-03 11:00,Support\n"
    "3,Ніколи,dreaming,,2024-02-01,,\n"
)


async def hits(client: httpx.AsyncClient, query: str) -> list[tuple[str, str]]:
    answer = await client.get("/v1/search", params={"q": query})
    assert answer.status_code == 200, answer.text
    return [(one["kind"], one["name"]) for one in answer.json()["items"]]


class TestC16Cases:
    async def test_come_in_with_their_days_without_alarms_and_are_taken_back(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        sessions: Sessions,
        settings: ServiceSettings,
    ) -> None:
        limits = {"normal": {"first_response_s": 60, "solution_s": 60}}
        await client.post("/v1/case-queues", json={"name": "Support", "limits": limits})
        trial = ImportTrial(
            client, sessions, settings, ROOM, "/v1/contact-imports", "case", MAPPING
        )

        seen = await trial.bring_in(FILE)
        again = await trial.bring_in(FILE)

        assert (counts(seen), counts(again)) == (
            {"created": 2, "failed": 1},
            {"unchanged": 2, "failed": 1},
        )
        fresh, done = await session.scalars(select(Case).order_by(Case.external_id))
        assert (fresh.status, fresh.created_at.year, fresh.owner_id) == ("new", 2024, None)
        assert fresh.solution_due_at is not None
        assert fresh.solution_due_at.year > 2024
        at = datetime(2024, 2, 3, 9, tzinfo=UTC)
        assert (done.status, done.outcome, done.solved_at) == ("closed", "failure", at)
        assert done.next_alarm_at is None
        async with sessions.begin() as other:
            assert await tell_limits(other) == 0
        [solved] = await recorded(session, CaseSolved)
        assert (solved.bulk, solved.time) == (True, at)

        await client.post(f"{trial.path}/{seen['id']}/undo")
        await trial.step()
        assert (await trial.see(seen["id"]))["undone"] == 2
        assert len(await recorded(session, CaseDeleted)) == 2


class TestC17Cases:
    async def test_are_found_by_number_and_subject_with_typos_within_the_scope(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        contact = make_contact()
        case = make_case("Принтер зажував папір", number=70123, contact_id=contact.id)
        session.add_all([contact, case])
        await session.flush()
        await learn_names(session, "case", [case.id])
        await session.commit()

        found = [("case", "70123 Принтер зажував папір")]
        for query in ("принтер", "pryntir papir", "70123", "70123 папір"):
            assert await hits(client, query) == found, query
        assert await hits(client_as("seller"), "принтер") == []

        renamed = await client.patch(
            f"/v1/cases/{case.id}", json={"subject": "Сканер мовчить"}, headers=ANY
        )
        assert renamed.status_code == 200
        assert await hits(client, "сканер") == [("case", "70123 Сканер мовчить")]
        await erase_person(session, await person_of_contact(session, contact.id))
        await session.commit()
        assert await hits(client, "сканер") == []


class TestT3Cases:
    async def test_are_what_rules_act_on(
        self, client: httpx.AsyncClient, session: AsyncSession, settings: ServiceSettings
    ) -> None:
        session.info[SETTINGS] = settings
        session.add(seller := make_user())
        await session.commit()
        condition = {"field": "case.priority", "op": "eq", "value": "urgent"}
        rule = {
            "name": "Urgent",
            "event_type": "crm.contacts.case.created.v1",
            "conditions": condition,
            "tasks": [{"title": {"en": "Look"}, "due_in": "PT1H", "assignee": str(seller.id)}],
            "actions": [
                {"do": "set_owner", "of": "case", "owner_id": str(seller.id)},
                {"do": "add_tags", "of": "case", "tags": ["hot"]},
            ],
        }
        assert (await client.post("/v1/task-rules", json=rule)).status_code == 201
        contact_id = str(new_id())
        body = {"subject": "Горить", "priority": "urgent", "contact_id": contact_id}
        made = (await client.post("/v1/cases", json={**body, "owner_id": None})).json()
        told = next(one for one in await announced(session) if str(one.subject) == made["id"])

        for _twice in range(2):
            session.expunge_all()
            await client_rules.handle(session, [told])
            await session.commit()

        shown = (await client.get(f"/v1/cases/{made['id']}")).json()
        assert (shown["owner_id"], shown["tags"]) == (str(seller.id), ["hot"])
        assert len(await recorded(session, CaseAssigned)) == 1
        assert len(await recorded(session, CaseCreated)) == 1
        [task] = await session.scalars(select(Task))
        assert (str(task.contact_id), task.assignee_id) == (contact_id, seller.id)
