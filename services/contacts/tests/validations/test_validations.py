"""T4: rules that forbid a change and say why, on every way a client, lead or case can change."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.assignment_rules.use_cases import Order, apply_rule, create_assignment_rule
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.use_cases import update_contact
from crm_contacts.events import ContactUpdated, ValidationCreated, ValidationUpdated
from crm_contacts.imports.catalogue import ROOM
from crm_contacts.leads.models import Lead
from crm_contacts.testing import (
    make_call,
    make_case,
    make_company,
    make_contact,
    make_lead,
    make_lead_form,
    make_task,
    make_user,
)
from crm_shared.actor import SYSTEM_ACCESS, Access
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.imports import ImportTrial, counts
from crm_shared.testing.plugin import ClientAs
from crm_shared.validations.errors import ForbiddenByValidationError

ROUTE = "/v1/client-rules/validations"
ANY = {"If-Match": "*"}
OWNED = [{"check": "owner_present"}]


async def forbid(client: httpx.AsyncClient, noun: str, **values: Any) -> dict[str, Any]:
    body = {"name": "House rule", "noun": noun, "on": ["field"], **values}
    answer = await client.post(ROUTE, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def kept(session: AsyncSession, row: Any) -> UUID:
    session.add(row)
    await session.commit()
    found: UUID = row.id
    return found


def statuses(*answers: httpx.Response) -> list[int]:
    return [answer.status_code for answer in answers]


class TestT4Forbids:
    async def test_a_change_of_a_contact_and_says_why_in_three_languages(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await forbid(
            client,
            "contact",
            on=["stage"],
            stages=["customer"],
            demands=[{"check": "field_filled", "field": "birth_date"}],
        )
        url = f"/v1/contacts/{await kept(session, make_contact())}"

        other = await client.patch(url, json={"lifecycle_stage": "lead"}, headers=ANY)
        refused = await client.patch(url, json={"lifecycle_stage": "customer"}, headers=ANY)
        both = {"lifecycle_stage": "customer", "birth_date": "1980-03-09"}
        passed = await client.patch(url, json=both, headers=ANY)

        assert statuses(other, refused, passed) == [200, 422, 200]
        problem = refused.json()
        assert problem["code"] == "forbidden-by-validation"
        assert problem["errors"][0]["pointer"] == "/birth_date"
        [why] = problem["refusals"]
        assert why["validation_id"] == made["id"]
        assert "заповнене" in why["uk"]
        assert "заполнено" in why["ru"]
        assert len(await recorded(session, ContactUpdated)) == 2

    async def test_nothing_more_by_a_custom_field_once_that_is_archived(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        field = {"key": "passport", "type": "text", "labels": {"en": "Passport"}}
        route = "/v1/contacts/custom-fields"
        made = (await client.post(route, json=field)).json()
        demands = [
            {"check": "holds", "conditions": {"field": "custom.passport", "op": "eq", "value": "x"}}
        ]
        await forbid(client, "contact", demands=demands)
        url = f"/v1/contacts/{await kept(session, make_contact())}"

        before = await client.patch(url, json={"last_name": "One"}, headers=ANY)
        gone = await client.delete(f"{route}/{made['id']}", headers=ANY)
        archived = await client.patch(url, json={"last_name": "Two"}, headers=ANY)
        back = await client.post(f"{route}/{made['id']}/restore", headers=ANY)
        restored = await client.patch(url, json={"last_name": "Three"}, headers=ANY)

        assert statuses(gone, back) == [204, 200]
        assert statuses(before, archived, restored) == [422, 200, 422]

    async def test_creating_and_archiving_on_every_route(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await forbid(client, "contact", on=["create", "archive"], demands=OWNED)
        url = f"/v1/contacts/{await kept(session, make_contact())}"
        nobodys = {"last_name": "x", "owner_id": None}

        made = await client.post("/v1/contacts", json=nobodys)
        put = await client.put("/v1/contacts/by-external/old/1", json=nobodys)
        batch = await client.post(
            "/v1/contacts/batch",
            json={"items": [nobodys, {"last_name": "y", "owner_id": str(new_id())}]},
        )
        card = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ivan Franko\r\nN:Franko;Ivan;;;\r\nEND:VCARD\r\n"
        cards = await client.post(
            "/v1/contacts/vcards", content=card, headers={"Content-Type": "text/vcard"}
        )
        archived = await client.delete(url, headers=ANY)

        assert statuses(made, put, archived) == [422] * 3
        assert [one["status"] for one in batch.json()["results"]] == [422, 201]
        assert [one["status"] for one in cards.json()["results"]] == [422]
        assert await session.scalar(select(func.count()).select_from(Contact)) == 2

    async def test_tags_of_many_at_once(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await forbid(client, "company", fields=["tags"])
        company_id = str(await kept(session, make_company()))

        answer = await client.post("/v1/companies/tags", json={"ids": [company_id], "add": ["vip"]})

        assert (answer.status_code, answer.json()["code"]) == (422, "forbidden-by-validation")

    async def test_what_is_merged_as_it_would_stand_afterwards(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await forbid(
            client, "contact", on=["merge"], demands=[{"check": "tags_present", "tags": ["key"]}]
        )
        rows = [make_contact(), make_contact(), make_contact(tags=["key"])]
        session.add_all(rows)
        await session.commit()
        survivor, plain, key = (str(row.id) for row in rows)
        url = f"/v1/contacts/{survivor}/merge"

        refused = await client.post(url, json={"loser_id": plain}, headers=ANY)
        merged = await client.post(url, json={"loser_id": key}, headers=ANY)

        assert statuses(refused, merged) == [422, 200]

    async def test_a_client_without_task_and_answered_call(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        demands = [{"check": "task_present", "state": "done"}, {"check": "call_present"}]
        await forbid(client, "company", fields=["client_class"], demands=demands)
        company_id = await kept(session, make_company())
        url, change = f"/v1/companies/{company_id}", {"client_class": "A"}

        refused = await client.patch(url, json=change, headers=ANY)
        done = make_task(company_id=company_id, status="done")
        session.add_all([done, make_call(company_id=company_id)])
        await session.commit()
        passed = await client.patch(url, json=change, headers=ANY)

        assert {one["code"] for one in refused.json()["errors"]} == {"task_present", "call_present"}
        assert passed.status_code == 200

    async def test_the_way_of_a_lead_but_never_a_visitor_s_form(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await forbid(client, "lead", on=["create"], demands=OWNED)
        await forbid(client, "lead", on=["outcome"], outcomes=["converted"], demands=OWNED)
        await forbid(client, "contact", on=["create"])
        form, key = make_lead_form()
        session.add(form)
        nobodys = await kept(session, make_lead())
        mine = await kept(session, make_lead(owner_id=new_id()))

        made = await client.post("/v1/leads", json={"last_name": "x", "owner_id": None})
        lost = await client.post(
            f"/v1/leads/{nobodys}/convert", json={"on_duplicate": "off"}, headers=ANY
        )
        client_too = await client.post(
            f"/v1/leads/{mine}/convert", json={"on_duplicate": "off"}, headers=ANY
        )
        away = await client.post(
            f"/v1/leads/{nobodys}/disqualify", json={"reason": "spam"}, headers=ANY
        )
        await client.post(f"/v1/leads/capture/{key}", json={"first_name": "Іван", "phone": "1"})

        assert statuses(made, lost, client_too, away) == [422, 422, 422, 200]
        session.expunge_all()
        lead = await session.get(Lead, mine)
        assert lead is not None
        assert lead.status == "new"
        assert await session.scalar(select(func.count()).select_from(Lead)) == 3

    async def test_the_way_of_a_case_but_never_the_customer_s_word(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        case_id = await kept(session, make_case())
        await forbid(
            client,
            "case",
            on=["outcome"],
            outcomes=["success"],
            demands=[{"check": "field_filled", "field": "topic"}],
        )
        url = f"/v1/cases/{case_id}"

        refused = await client.post(f"{url}/solve", json={"outcome": "success"}, headers=ANY)
        failed = await client.post(f"{url}/solve", json={"outcome": "failure"}, headers=ANY)
        await forbid(client, "case", on=["stage"], stages=["open"])
        by_hand = await client.post(f"{url}/reopen", headers=ANY)
        said = await client.post(f"{url}/comments", json={"text": "No!", "by_customer": True})

        assert statuses(refused, failed, by_hand, said) == [422, 200, 422, 201]
        assert (await client.get(url)).json()["status"] == "open"

    async def test_more_than_a_user_may_hold_counted_within_one_file_too(
        self, client: httpx.AsyncClient, sessions: Sessions, settings: ServiceSettings
    ) -> None:
        limit = {"check": "limit_per_user", "at_most": 2}
        made = await forbid(client, "lead", on=["create"], demands=[limit])
        owner = (await client.post("/v1/users", json={"name": "A", "role": "seller"})).json()["id"]
        trial = ImportTrial(client, sessions, settings, ROOM, "/v1/contact-imports", "lead", {
            "external_id": "id",
            "fields": {"last_name": "name", "owner_id": {"column": "owner", "by": "name"}},
        })  # fmt: skip
        rows = "id,name,owner\n" + "".join(f"{n},Lead {n},A\n" for n in range(4))

        seen = await trial.bring_in(rows)
        refused = await client.post("/v1/leads", json={"last_name": "x", "owner_id": owner})
        await client.patch(f"{ROUTE}/{made['id']}", json={"on_import": False}, headers=ANY)
        again = await trial.bring_in(rows)

        assert counts(seen) == {"created": 2, "failed": 2}
        assert refused.status_code == 422
        assert counts(again) == {"created": 2, "unchanged": 2}

    async def test_rules_that_assign(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(seller := make_user())
        lead_id = await kept(session, make_lead())
        rule = await create_assignment_rule(
            session,
            {"name": "r", "noun": "lead", "how": "round_robin", "user_ids": [seller.id]},
        )
        await session.commit()
        await forbid(client, "lead", fields=["owner_id"], demands=[
            {"check": "holds", "conditions": {"field": "score", "op": "gt", "value": 99}}
        ])  # fmt: skip

        order = Order("lead", lead_id, utc_now().date())
        run = await apply_rule(session, SYSTEM_ACCESS, rule, order)
        await session.commit()

        assert (run.owner_id, run.reason) == (None, "forbidden-by-validation")
        session.expunge_all()
        lead = await session.get(Lead, lead_id)
        assert lead is not None
        assert lead.owner_id is None

    async def test_at_once_and_not_a_moment_longer_in_another_process(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access
    ) -> None:
        contact_id = await kept(session, make_contact())
        made = await forbid(client, "contact", fields=["city"])
        contact = await session.get_one(Contact, contact_id)

        with pytest.raises(ForbiddenByValidationError):
            await update_contact(session, access, contact, {"city": "Львів"}, region="UA")
        await session.rollback()
        await client.delete(f"{ROUTE}/{made['id']}", headers=ANY)

        contact = await session.get_one(Contact, contact_id)
        await update_contact(session, access, contact, {"city": "Львів"}, region="UA")
        assert contact.city == "Львів"


class TestT4Validations:
    async def test_are_announced_without_their_words(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await forbid(client, "lead", messages={"en": "Secret sauce"})
        await client.patch(f"{ROUTE}/{made['id']}", json={"is_active": False}, headers=ANY)

        assert len(await recorded(session, ValidationCreated)) == 1
        [updated] = await recorded(session, ValidationUpdated)
        assert updated.data.changed == ["is_active"]
        told = [envelope.model_dump_json() for envelope in await announced(session)]
        assert not any("Secret" in one or "House" in one for one in told)

    @pytest.mark.parametrize(
        ("values", "pointer"),
        [
            ({"demands": [{"check": "field_filled", "field": "colour"}]}, "/demands/0/field"),
            ({"demands": [{"check": "task_present"}]}, "/demands/0/check"),
            ({"conditions": {"field": "colour", "op": "eq", "value": 1}}, "/conditions"),
            ({"fields": ["colour"]}, "/fields/0"),
            ({"on": ["merge"]}, "/on/0"),
            ({"outcomes": ["success"]}, "/outcomes/0"),
        ],
    )
    async def test_name_what_is_wrong_with_them(
        self, client: httpx.AsyncClient, values: dict[str, Any], pointer: str
    ) -> None:
        body = {"name": "x", "noun": "lead", "on": ["stage"], **values}

        answer = await client.post(ROUTE, json=body)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)

    async def test_are_written_by_administrators_only(self, client_as: ClientAs) -> None:
        body = {"name": "x", "noun": "lead", "on": ["stage"]}
        for role in ("head", "seller", "viewer"):
            assert (await client_as(role).post(ROUTE, json=body)).status_code == 403

    async def test_are_put_by_external_id(self, client: httpx.AsyncClient) -> None:
        url = f"{ROUTE}/by-external/preset/b2b-1"
        body = {"name": "x", "noun": "case", "on": ["stage"]}
        results = [
            (await client.put(url, json=one)).headers["Crm-Result"]
            for one in (body, body, {**body, "name": "y"})
        ]
        assert results == ["created", "unchanged", "updated"]
