"""Rows, versions and events in one trip, as imports write them."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies import use_cases as companies
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.use_cases import created, new_contact
from crm_contacts.events import CompanyCreated, ContactCreated
from crm_contacts.testing import REGION
from crm_contacts.versions.models import Version
from crm_contacts.versions.statements import add_rows
from crm_shared import context
from crm_shared.testing.events import recorded

LONG_AGO = datetime(2017, 3, 1, tzinfo=UTC)


class TestAddRows:
    async def test_writes_all_columns(self, session: AsyncSession) -> None:
        made = new_contact(
            {
                "last_name": "Шевченко",
                "emails": [{"value": "taras@kobzar.example.com"}],
                "birth_date": "1984-03-09",
                "utm": {"source": "google"},
                "tags": ["а", "б"],
            },
            region=REGION,
            at=LONG_AGO,
        )

        await add_rows(session, [(made, created(made), LONG_AGO)])

        found = await session.get_one(Contact, made.id)
        assert (found.last_name, found.tags) == ("Шевченко", ["а", "б"])
        assert found.birth_date is not None
        assert found.email_keys == ["taras@kobzar.example.com"]
        assert (found.utm, found.revision, found.created_at) == ({"source": "google"}, 1, LONG_AGO)

    async def test_writes_hundreds_at_once_with_their_days(self, session: AsyncSession) -> None:
        rows = [
            companies.new_company(
                {"name": f"Компанія {n}", "source_system": "maven", "external_id": str(n)},
                region=REGION,
                at=LONG_AGO,
            )
            for n in range(300)
        ]

        with context.as_bulk():
            await add_rows(session, [(row, companies.created(row), LONG_AGO) for row in rows])

        assert await session.scalar(select(func.count()).select_from(Company)) == 300
        assert await session.scalar(select(func.count()).select_from(Version)) == 300
        events = await recorded(session, CompanyCreated)
        assert {(one.time, one.bulk, one.revision) for one in events} == {(LONG_AGO, True, 1)}

    async def test_announces_every_row_once(self, session: AsyncSession) -> None:
        rows = [new_contact({"last_name": str(n)}, region=REGION) for n in range(3)]

        await add_rows(session, [(row, created(row), None) for row in rows])

        events = await recorded(session, ContactCreated)
        assert {one.subject for one in events} == {row.id for row in rows}
