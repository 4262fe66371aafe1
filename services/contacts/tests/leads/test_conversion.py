"""C3, C4, K5: a lead becomes contact, company and deal, and the link between them stays."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.events import CompanyCreated, ContactCreated, LeadConverted
from crm_contacts.leads.models import Lead
from crm_contacts.testing import make_company, make_contact, make_lead
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
REACH: dict[str, Any] = {
    "first_name": "Ліна",
    "company_name": "Маруся Чурай",
    "emails": [{"value": "lina@poems.example.com"}],
    "phones": [{"value": "067 765 43 21"}],
    "source": "fair",
    "channel": "phone",
}


async def kept(session: AsyncSession, last_name: str | None = "Костенко", **values: Any) -> Lead:
    session.add(lead := make_lead(last_name, **{"owner_id": new_id(), **REACH, **values}))
    await session.commit()
    return lead


async def convert(client: httpx.AsyncClient, lead: Lead, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"/v1/leads/{lead.id}/convert", json=body, headers=ANY)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


class TestK5ConvertLead:
    async def test_makes_contact_and_company_and_answers_every_id_at_once(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session)

        told = await convert(client, lead, amount="1200.50", currency="UAH")

        [contact] = await session.scalars(select(Contact))
        [company] = await session.scalars(select(Company))
        assert told["contact_id"] == str(contact.id)
        assert told["company_id"] == str(company.id)
        assert (contact.company_id, contact.owner_id) == (company.id, lead.owner_id)
        assert contact.phone_keys == ["+380677654321"]
        assert company.name == "Маруся Чурай"
        seen = (await client.get(f"/v1/leads/{lead.id}")).json()
        assert seen["status"] == "converted"
        for name in ("contact_id", "company_id", "deal_id"):
            assert seen[name] == told[name]

    async def test_begins_the_deal_on_the_day_it_was_converted_elsewhere(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session, created_at=utc_now() - timedelta(days=9))
        at = utc_now() - timedelta(days=3)

        await convert(client, lead, converted_at=at.isoformat())

        [envelope] = await recorded(session, LeadConverted)
        assert envelope.time == at

    async def test_announces_the_deal_that_is_to_be_with_nothing_personal(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session)
        pipeline_id = new_id()

        told = await convert(
            client,
            lead,
            pipeline_id=str(pipeline_id),
            amount="1200.50",
            currency="UAH",
            title="Вірші",
        )

        [envelope] = await recorded(session, LeadConverted)
        said = envelope.data
        assert (envelope.subject, said.deal_id) == (lead.id, UUID(told["deal_id"]))
        assert (said.pipeline_id, str(said.amount), said.currency) == (
            pipeline_id,
            "1200.50",
            "UAH",
        )
        assert (said.owner_id, said.source, said.channel) == (lead.owner_id, "fair", "phone")
        assert said.lead.status == "converted"
        text = envelope.model_dump_json()
        for secret in ("Ліна", "Костенко", "Вірші", "lina", "7654321", "Чурай"):
            assert secret not in text
        assert len(await recorded(session, ContactCreated)) == 1
        assert len(await recorded(session, CompanyCreated)) == 1

    async def test_links_what_is_there_already(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(company := make_company())
        session.add(contact := make_contact(company_id=company.id))
        lead = await kept(session)

        told = await convert(client, lead, contact_id=str(contact.id))

        assert (told["contact_id"], told["company_id"]) == (str(contact.id), str(company.id))
        assert await recorded(session, ContactCreated) == []
        assert await recorded(session, CompanyCreated) == []

    async def test_makes_a_company_only_of_an_organisation_without_a_person(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session, None, first_name=None)

        told = await convert(client, lead)

        [company] = await session.scalars(select(Company))
        assert told["contact_id"] is None
        assert company.email_keys == ["lina@poems.example.com"]

    async def test_keeps_the_consent_of_a_double_opt_in(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await convert(client, await kept(session, confirmed_at=utc_now()))

        [contact] = await session.scalars(select(Contact))
        [consent] = contact.consents
        assert (consent["channel"], consent["granted"]) == ("email", True)

    async def test_lists_who_might_be_the_same(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(twin := make_contact("Двійник", phones=REACH["phones"]))
        lead = await kept(session)

        told = await convert(client, lead)

        assert told["possible_duplicates"] == [
            {"kind": "contact", "id": str(twin.id), "matches": ["phone"]}
        ]

    async def test_happens_once(self, client: httpx.AsyncClient, session: AsyncSession) -> None:
        lead = await kept(session)
        await convert(client, lead)

        again = await client.post(f"/v1/leads/{lead.id}/convert", json={}, headers=ANY)

        assert (again.status_code, again.json()["code"]) == (409, "lead-closed")
        assert len(await recorded(session, LeadConverted)) == 1
        assert len((await session.scalars(select(Contact))).all()) == 1

    async def test_leaves_nothing_behind_when_a_link_leads_nowhere(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session)

        answer = await client.post(
            f"/v1/leads/{lead.id}/convert", json={"contact_id": str(new_id())}, headers=ANY
        )

        assert (answer.status_code, answer.json()["code"]) == (404, "contact-not-found")
        assert (await session.scalars(select(Company))).all() == []
        assert await recorded(session, LeadConverted) == []

    async def test_links_no_contact_of_somebody_else(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        me = new_id()
        session.add(foreign := make_contact(owner_id=new_id()))
        lead = await kept(session, owner_id=me)

        async with silence(session):
            answer = await client_as("seller", user_id=me).post(
                f"/v1/leads/{lead.id}/convert", json={"contact_id": str(foreign.id)}, headers=ANY
            )

        assert answer.status_code == 404

    async def test_is_not_for_strangers_and_readers(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        path = f"/v1/leads/{(await kept(session)).id}/convert"

        assert (await client_as("seller").post(path, json={}, headers=ANY)).status_code == 404
        assert (await client_as("viewer").post(path, json={}, headers=ANY)).status_code == 403

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"amount": "-1"}, "/amount"),
            ({"currency": "hryvnia"}, "/currency"),
            ({"pipeline_id": "sales"}, "/pipeline_id"),
            ({"stage": "New"}, "/stage"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self, client: httpx.AsyncClient, session: AsyncSession, body: dict[str, Any], pointer: str
    ) -> None:
        lead = await kept(session)

        answer = await client.post(f"/v1/leads/{lead.id}/convert", json=body, headers=ANY)

        assert answer.status_code == 422
        assert pointer in [one["pointer"] for one in answer.json()["errors"]]
