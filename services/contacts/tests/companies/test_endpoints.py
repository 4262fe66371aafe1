"""Companies over HTTP."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.models import Company
from crm_contacts.events import CompanyCreated, CompanyDeleted, CompanyRestored, CompanyUpdated
from crm_contacts.testing import make_company
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

KVITKA: dict[str, Any] = {
    "name": "Квітка",
    "kinds": ["customer", "supplier"],
    "sector": "retail",
    "country": "Ukraine",
    "city": "Львів",
    "employees": 240,
    "revenue": "18500000.50",
    "founded_year": 1998,
    "emails": [{"value": "info@kvitka.example.com"}],
    "phones": [{"value": "(032) 235-67-89", "label": "office"}],
    "tags": ["key"],
}


class TestCreateCompany:
    async def test_announces_facts_and_no_name(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        answer = await client.post("/v1/companies", json=KVITKA)

        assert answer.status_code == 201, answer.text
        assert answer.json()["phones"][0]["value"] == "+380322356789"
        assert answer.json()["revenue"] == "18500000.5000"
        [envelope] = await recorded(session, CompanyCreated)
        facts = envelope.data.company
        assert (facts.sector, facts.employees, facts.kinds) == (
            "retail",
            240,
            ["customer", "supplier"],
        )
        texts = " ".join(await session.scalars(select(OUTBOX.c.envelope)))
        for secret in ("Квітка", "kvitka", "2356789", "Львів"):
            assert secret not in texts

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"name": ""}, "/name"),
            ({"kinds": ["friend"]}, "/kinds/0"),
            ({"kinds": []}, "/kinds"),
            ({"employees": -1}, "/employees"),
            ({"revenue": "a lot"}, "/revenue"),
            ({"phones": [{"value": "none"}]}, "/phones/0/value"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self, client: httpx.AsyncClient, session: AsyncSession, change: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/companies", json={**KVITKA, **change})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
        assert (await session.scalars(select(Company))).all() == []

    async def test_is_not_for_those_who_only_read(self, client_as: ClientAs) -> None:
        for role in ("marketing", "viewer", "accountant"):
            assert (await client_as(role).post("/v1/companies", json=KVITKA)).status_code == 403


class TestUpdateCompany:
    async def test_announces_old_facts(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(company := make_company(sector="technolgy"))
        await session.commit()

        answer = await client.patch(
            f"/v1/companies/{company.id}",
            json={"sector": "technology"},
            headers={"If-Match": '"1"'},
        )

        assert answer.status_code == 200, answer.text
        [envelope] = await recorded(session, CompanyUpdated)
        assert envelope.data.previous == {"sector": "technolgy"}

    async def test_refuses_a_circle(self, client: httpx.AsyncClient, session: AsyncSession) -> None:
        session.add(holding := make_company("Холдинг"))
        session.add(branch := make_company("Філія", parent_id=holding.id))
        await session.commit()

        answer = await client.patch(
            f"/v1/companies/{holding.id}",
            json={"parent_id": str(branch.id)},
            headers={"If-Match": "*"},
        )

        assert (answer.status_code, answer.json()["code"]) == (422, "company-circle")

    async def test_cannot_be_given_away_out_of_ones_scope(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        me = new_id()
        session.add(company := make_company(owner_id=me))
        await session.commit()

        answer = await client_as("seller", user_id=me).patch(
            f"/v1/companies/{company.id}",
            json={"owner_id": str(new_id())},
            headers={"If-Match": "*"},
        )

        assert (answer.status_code, answer.json()["code"]) == (403, "outside-scope")


class TestDeleteAndRestoreCompany:
    async def test_hides_it_and_brings_it_back(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(company := make_company())
        await session.commit()
        path = f"/v1/companies/{company.id}"

        assert (await client.delete(path, headers={"If-Match": '"1"'})).status_code == 204
        assert (await client.get(path)).status_code == 404
        assert (await client.post(f"{path}/restore", headers={"If-Match": "*"})).status_code == 200

        assert len(await recorded(session, CompanyDeleted)) == 1
        assert len(await recorded(session, CompanyRestored)) == 1


class TestUpsertCompany:
    async def test_creates_changes_and_then_says_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = "/v1/companies/by-external/maven/Acme"
        first = await client.put(path, json={"name": "Acme", "revenue": "1100.04"})
        second = await client.put(path, json={"name": "Acme", "revenue": "1100.05"})
        third = await client.put(path, json={"name": "Acme", "revenue": "1100.05"})

        assert [one.status_code for one in (first, second, third)] == [201, 200, 200]
        assert len(await recorded(session, CompanyUpdated)) == 1

    async def test_hides_what_belongs_to_others(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        session.add(make_company(owner_id=new_id(), source_system="maven", external_id="Acme"))
        await session.commit()

        async with silence(session):
            answer = await client_as("seller").put(
                "/v1/companies/by-external/maven/Acme", json={"name": "Моя"}
            )

        assert answer.status_code == 404


class TestListCompanies:
    async def test_sorts_by_revenue_and_pages(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add_all([make_company(str(n), revenue=n * 100) for n in range(5)])
        await session.commit()

        first = (await client.get("/v1/companies?sort=-revenue&limit=3")).json()
        rest = await client.get(
            f"/v1/companies?sort=-revenue&limit=3&cursor={first['next_cursor']}"
        )

        names = [one["name"] for one in [*first["items"], *rest.json()["items"]]]
        assert names == ["4", "3", "2", "1", "0"]
        assert rest.json()["next_cursor"] is None
