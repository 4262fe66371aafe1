"""C11, T7: new records without an owner go to somebody, once, for a reason that is kept."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.assignment_rules.models import AssignmentRule, AssignmentRun
from crm_contacts.assignment_rules.use_cases import Order, apply_rule, create_assignment_rule
from crm_contacts.consumers import SUBSCRIPTIONS
from crm_contacts.events import AssignmentRuleCreated, LeadAssigned, LeadCreated
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases.announcements import created
from crm_contacts.tasks.models import Task
from crm_contacts.testing import make_company, make_contact, make_lead, make_task, make_user
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.clock import utc_now
from crm_shared.db.engine import SETTINGS, Sessions
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs

[assignment] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-assignment"]
ANY = {"If-Match": "*"}


@pytest.fixture(autouse=True)
def known_settings(session: AsyncSession, settings: ServiceSettings) -> None:
    session.info[SETTINGS] = settings


async def people(session: AsyncSession, count: int, **values: Any) -> list[UUID]:
    users = [make_user(f"Seller {number}", **values) for number in range(count)]
    session.add_all(users)
    await session.commit()
    return [user.id for user in users]


async def rule(client: httpx.AsyncClient, **values: Any) -> str:
    body = {"name": "Rule", "noun": "lead", "how": "round_robin", **values}
    answer = await client.post("/v1/assignment-rules", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def hear(session: AsyncSession, *envelopes: Envelope[Any]) -> None:
    settings = session.info[SETTINGS]
    session.info.clear()
    session.info[SETTINGS] = settings
    session.expunge_all()
    await assignment.handle(session, list(envelopes))
    await session.commit()


async def news(session: AsyncSession, kind: str) -> list[Envelope[AnyEvent]]:
    session.expunge_all()
    return [one for one in await announced(session) if one.type == kind]


async def runs(client: httpx.AsyncClient, rule_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/v1/assignment-rules/{rule_id}/runs")).json()
    return found


class TestC11NewRecords:
    async def test_are_given_in_turn_and_the_log_says_so(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        sellers = await people(session, 2)
        rule_id = await rule(client, user_ids=[str(one) for one in sellers])
        for name in ("Перша", "Друга", "Третя"):
            await client.post("/v1/leads", json={"last_name": name})

        await hear(session, *await news(session, LeadCreated.type))

        told = await recorded(session, LeadAssigned)
        assert [one.data.lead.owner_id for one in told] == [sellers[0], sellers[1], sellers[0]]
        assert [one["reason"] for one in await runs(client, rule_id)] == ["round_robin"] * 3
        assert {one["event_id"] for one in await runs(client, rule_id)} == {
            str(one.causationid) for one in told
        }

    async def test_stay_with_the_owner_they_have(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        sellers = await people(session, 1)
        rule_id = await rule(client, user_ids=[str(sellers[0])])
        await client.post("/v1/leads", json={"last_name": "Моя", "owner_id": str(new_id())})

        await hear(session, *await news(session, LeadCreated.type))

        assert await recorded(session, LeadAssigned) == []
        assert await runs(client, rule_id) == []

    async def test_are_given_once_when_the_news_comes_twice(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        sellers = await people(session, 2)
        rule_id = await rule(client, user_ids=[str(one) for one in sellers])
        await client.post("/v1/leads", json={"last_name": "Одна"})
        [told] = await news(session, LeadCreated.type)

        await hear(session, told)
        await hear(session, told)

        assert len(await recorded(session, LeadAssigned)) == 1
        assert [one["reason"] for one in await runs(client, rule_id)] == [
            "has_owner",
            "round_robin",
        ]

    async def test_of_an_import_wait_unless_the_rule_says_so(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        sellers = await people(session, 1)
        await rule(client, user_ids=[str(sellers[0])])
        loud = await rule(client, user_ids=[str(sellers[0])], on_bulk=True)
        await client.post("/v1/leads", json={"last_name": "З файла"})
        [told] = await news(session, LeadCreated.type)

        await hear(session, told.model_copy(update={"bulk": True}))

        [run] = await session.scalars(select(AssignmentRun))
        assert str(run.rule_id) == loud

    async def test_that_no_condition_fits_stay_nobodys(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        sellers = await people(session, 1)
        conditions = {"field": "lead.channel", "op": "eq", "value": "phone"}
        await rule(client, user_ids=[str(sellers[0])], conditions=conditions)
        await client.post("/v1/leads", json={"last_name": "Сайт", "channel": "web"})

        await hear(session, *await news(session, LeadCreated.type))

        assert await recorded(session, LeadAssigned) == []

    async def test_put_away_before_the_news_came_are_not_found(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        sellers = await people(session, 1)
        rule_id = await rule(client, user_ids=[str(sellers[0])])
        made = await client.post("/v1/leads", json={"last_name": "Зникла"})
        await client.delete(f"/v1/leads/{made.json()['id']}", headers=ANY)

        await hear(session, *await news(session, LeadCreated.type))

        assert [one["reason"] for one in await runs(client, rule_id)] == ["not_found"]

    async def test_pass_whoever_is_away_or_has_left(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        [here] = await people(session, 1)
        [gone] = await people(session, 1, is_active=False)
        today = utc_now().date()
        away = await client.post(
            "/v1/users",
            json={
                "name": "У відпустці",
                "role": "seller",
                "absences": [
                    {
                        "start": str(today - timedelta(days=2)),
                        "end": str(today + timedelta(days=2)),
                    }
                ],
            },
        )
        named = [away.json()["id"], str(gone), str(here)]
        rule_id = await rule(client, user_ids=named)
        await client.post("/v1/leads", json={"last_name": "Нова"})

        await hear(session, *await news(session, LeadCreated.type))

        [run] = await runs(client, rule_id)
        assert run["owner_id"] == str(here)
        assert run["passed_over"] == {away.json()["id"]: "absent"}


class TestC11ByRating:
    async def test_gives_a_contact_of_a_good_company_to_its_best_seller(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        [worse] = await people(session, 1, ratings={"A": 2})
        [best] = await people(session, 1, ratings={"A": 9})
        session.add(company := make_company(client_class="A"))
        await session.commit()
        rule_id = await rule(
            client, noun="contact", how="by_rating", user_ids=[str(worse), str(best)]
        )
        body = {"last_name": "Директор", "company_id": str(company.id)}
        made = (await client.post("/v1/contacts", json=body)).json()

        await hear(session, *await news(session, "crm.contacts.contact.created.v1"))

        shown = (await client.get(f"/v1/contacts/{made['id']}")).json()
        assert shown["owner_id"] == str(best)
        assert [one["reason"] for one in await runs(client, rule_id)] == ["by_rating"]


class TestT7TasksByLoad:
    async def test_goes_to_whoever_has_least_to_do(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        busy, free = await people(session, 2)
        session.add_all([make_task(assignee_id=busy), make_task(assignee_id=busy)])
        session.add(make_task(assignee_id=free, status="done"))
        await session.commit()
        await rule(client, noun="task", how="least_busy", user_ids=[str(busy), str(free)])
        body = {"title": "Рахунок", "assignee_id": None}
        made = (await client.post("/v1/tasks", json=body)).json()

        await hear(session, *await news(session, "crm.contacts.task.created.v1"))

        task = await session.get_one(Task, UUID(made["id"]))
        assert task.assignee_id == free

    async def test_keeps_to_the_limit_of_each(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        [only] = await people(session, 1)
        session.add(make_task(assignee_id=only))
        await session.commit()
        rule_id = await rule(client, user_ids=[str(only)], per_user=1)
        await client.post("/v1/leads", json={"last_name": "Зайва"})

        await hear(session, *await news(session, LeadCreated.type))

        [run] = await runs(client, rule_id)
        assert (run["owner_id"], run["reason"]) == (None, "nobody_free")
        assert run["passed_over"] == {str(only): "user_limit"}


class TestC11TwoReplicas:
    async def test_never_take_the_same_turn(
        self, session: AsyncSession, sessions: Sessions, settings: ServiceSettings
    ) -> None:
        sellers = await people(session, 4)
        leads = [make_lead() for _ in range(8)]
        session.add_all(leads)
        values = {"name": "R", "noun": "lead", "how": "round_robin", "user_ids": sellers}
        kept = await create_assignment_rule(session, values)
        await session.commit()
        rule_id, ids = kept.id, [lead.id for lead in leads]
        today = utc_now().date()

        async def one(lead_id: UUID) -> None:
            async with sessions.begin() as own:
                mine = await own.get_one(AssignmentRule, rule_id)
                await apply_rule(own, SYSTEM_ACCESS, mine, Order("lead", lead_id, today))

        await asyncio.gather(*(one(lead_id) for lead_id in ids))

        session.expunge_all()
        counted = select(Lead.owner_id, func.count()).group_by(Lead.owner_id)
        shares = {row[0]: row[1] for row in await session.execute(counted)}
        assert shares == dict.fromkeys(sellers, 2)


class TestC11ApplyAtOnce:
    async def test_gives_many_away_and_marks_it_as_a_mass_change(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        sellers = await people(session, 2)
        leads = [make_lead(), make_lead(), make_lead(owner_id=new_id())]
        session.add_all(leads)
        await session.commit()
        rule_id = await rule(client, user_ids=[str(one) for one in sellers])

        answer = await client.post(
            f"/v1/assignment-rules/{rule_id}/apply",
            json={"ids": [str(lead.id) for lead in leads]},
        )

        assert [one["reason"] for one in answer.json()] == [
            "round_robin",
            "round_robin",
            "has_owner",
        ]
        told = await recorded(session, LeadAssigned)
        assert [(one.data.lead.owner_id, one.bulk) for one in told] == [
            (sellers[0], True),
            (sellers[1], True),
        ]

    async def test_lets_a_head_give_only_what_is_and_stays_his_teams(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        team_id = new_id()
        [stranger] = await people(session, 1, team_ids=[new_id()])
        ours, theirs = make_lead(team_id=team_id), make_lead(team_id=new_id())
        session.add_all([ours, theirs])
        await session.commit()
        rule_id = await rule(client, user_ids=[str(stranger)])

        answer = await client_as("head", team_ids=(team_id,)).post(
            f"/v1/assignment-rules/{rule_id}/apply", json={"ids": [str(ours.id), str(theirs.id)]}
        )

        assert [one["reason"] for one in answer.json()] == ["outside_scope", "not_found"]
        assert await recorded(session, LeadAssigned) == []

    async def test_is_not_for_sellers(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        rule_id = await rule(client, user_ids=[str(new_id())])

        answer = await client_as("seller").post(
            f"/v1/assignment-rules/{rule_id}/apply", json={"ids": [str(new_id())]}
        )

        assert answer.status_code == 403


class TestC11ActionOfARule:
    async def test_a_task_rule_gives_by_an_assignment_rule(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        sellers = await people(session, 1)
        rule_id = await rule(client, user_ids=[str(sellers[0])], is_active=False)
        action = {"do": "assign", "of": "lead", "how": "by_rule", "rule_id": rule_id}
        body = {"name": "T", "event_type": LeadCreated.type, "actions": [action]}
        answer = await client.post("/v1/task-rules", json=body)
        assert answer.status_code == 201, answer.text
        await client.post("/v1/leads", json={"last_name": "Через дію"})
        [told] = await news(session, LeadCreated.type)

        [of_clients] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-client-rules"]
        await of_clients.handle(session, [told])
        await session.commit()

        [assigned] = await recorded(session, LeadAssigned)
        assert assigned.data.lead.owner_id == sellers[0]


class TestC11WriteARule:
    async def test_announces_it(self, client: httpx.AsyncClient, session: AsyncSession) -> None:
        await rule(client, user_ids=[str(new_id())])

        [told] = await recorded(session, AssignmentRuleCreated)
        assert (told.data.assignment_rule.noun, told.data.assignment_rule.how) == (
            "lead",
            "round_robin",
        )

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({}, "nobody-named"),
            ({"user_ids": [str(new_id())], "per_user": 0}, "greater_than_equal"),
            (
                {
                    "user_ids": [str(new_id())],
                    "conditions": {"field": "lead.nonsense", "op": "eq", "value": 1},
                },
                "unknown-field",
            ),
        ],
    )
    async def test_names_what_is_wrong_and_writes_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession, values: dict[str, Any], code: str
    ) -> None:
        body = {"name": "R", "noun": "lead", "how": "round_robin", **values}

        answer = await client.post("/v1/assignment-rules", json=body)

        problem = answer.json()
        assert answer.status_code == 422
        assert code in {problem["code"], *(one["code"] for one in problem["errors"])}, problem
        assert await recorded(session, AssignmentRuleCreated) == []


def test_c11_an_unowned_contact_tells_its_class() -> None:
    """C11: conditions of a rule may ask for the class of the client."""
    assert created(make_lead(client_class="A")).lead.client_class == "A"
    assert make_contact(client_class="B").client_class == "B"
