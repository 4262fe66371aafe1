"""Users, teams, companies and contacts come in by the rules of the API, once."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.events import CompanyCreated, CompanyUpdated, ContactCreated, UserCreated
from crm_contacts.imports.catalogue import ROOM
from crm_contacts.teams.models import Team
from crm_contacts.users.models import User
from crm_contacts.versions.models import Version
from crm_shared.db.engine import Sessions
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.imports import ImportTrial, counts
from crm_shared.testing.plugin import ClientAs

STAFF = "agent,boss,office\nAnna,Dmytro,West\nBoris,Dmytro,West\nVira,Olena,East\n"
TEAMS: dict[str, Any] = {
    "external_id": "boss",
    "on_duplicate": "skip",
    "fields": {"name": {"columns": ["boss", "office"], "separator": " · "}},
}
HEADS: dict[str, Any] = {
    "external_id": "boss",
    "on_duplicate": "skip",
    "fields": {"name": "boss", "role": {"constant": "head"}, "team_ids": "boss"},
}
LED_TEAMS = {**TEAMS, "fields": {**TEAMS["fields"], "head_id": "boss"}}
SELLERS: dict[str, Any] = {
    "external_id": "agent",
    "fields": {"name": "agent", "role": {"constant": "seller"}, "team_ids": "boss"},
}
ACCOUNTS = (
    "account,sector,revenue,employees,parent,mail,phone\n"
    "Acme,technolgy,1100.04,2822,,office@acme.test,067 123-45-67\n"
    "Bluth,technolgy,1242.32,3027,Acme,,\n"
)
COMPANIES: dict[str, Any] = {
    "external_id": "account",
    "fields": {
        "name": "account",
        "sector": {"column": "sector", "aliases": {"technolgy": "technology"}},
        "revenue": {"column": "revenue", "scale": "1000000"},
        "employees": "employees",
        "emails": {"column": "mail", "split": ";"},
        "phones": {"column": "phone", "split": ";"},
    },
}
PARENTS: dict[str, Any] = {
    "external_id": "account",
    "fields": {"name": "account", "parent_id": "parent"},
}
PEOPLE = (
    "№;Прізвище;Ім'я;Пошта;Телефон;Відповідальний;Народження;Мітки\n"
    "1;Шевченко;Оксана;oksana@acme.test;(067) 123-45-67;Anna;09.03.1984;vip, новий\n"
    "2;Коваль;Іван;не пошта;;;;\n"
    "3;;;;;;;\n"
    "4;Бондар;Олег;;;Ніхто;;\n"
)
CONTACTS: dict[str, Any] = {
    "external_id": "№",
    "fields": {
        "last_name": "Прізвище",
        "first_name": "Ім'я",
        "emails": "Пошта",
        "phones": "Телефон",
        "owner_id": "Відповідальний",
        "birth_date": {"column": "Народження", "format": "%d.%m.%Y"},
        "tags": {"column": "Мітки", "split": ","},
        "language": {"constant": "uk"},
    },
}


@pytest.fixture
def trial(client: httpx.AsyncClient, sessions: Sessions, settings: ServiceSettings) -> ImportTrial:
    return ImportTrial(
        client, sessions, settings, ROOM, "/v1/contact-imports", "company", COMPANIES
    )


async def bring_staff(trial: ImportTrial) -> list[dict[str, int]]:
    steps = [("team", TEAMS), ("user", HEADS), ("team", LED_TEAMS), ("user", SELLERS)]
    return [
        counts(await trial.bring_in(STAFF, noun=noun, mapping=mapping)) for noun, mapping in steps
    ]


class TestImportStaff:
    async def test_makes_teams_heads_and_sellers(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        seen = await bring_staff(trial)

        assert seen == [
            {"created": 2, "skipped": 1},
            {"created": 2, "skipped": 1},
            {"updated": 2, "skipped": 1},
            {"created": 3},
        ]
        users = {user.name: user for user in await session.scalars(select(User))}
        west = await session.scalar(select(Team).where(Team.external_id == "Dmytro"))
        assert west is not None
        assert (west.name, west.head_id) == ("Dmytro · West", users["Dmytro"].id)
        assert users["Boris"].team_ids == users["Dmytro"].team_ids == [west.id]
        assert (users["Boris"].role, users["Olena"].role) == ("seller", "head")

    async def test_changes_nothing_the_second_time(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await bring_staff(trial)
        before = len(await announced(session))

        again = await bring_staff(trial)

        assert all(set(one) <= {"unchanged", "skipped"} for one in again)
        assert len(await announced(session)) == before

    async def test_is_for_admins_only(
        self, trial: ImportTrial, client_as: ClientAs, session: AsyncSession
    ) -> None:
        trial.client = client_as("integration")

        answer = await trial.begin(SELLERS, noun="user")

        assert (answer.status_code, answer.json()["code"]) == (403, "may-not-import")

    async def test_refuses_a_role_that_is_none(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        fields = {"name": "agent", "role": "office"}

        seen = await trial.bring_in(
            STAFF, noun="user", mapping={"external_id": "agent", "fields": fields}
        )

        assert counts(seen) == {"failed": 3}
        assert (2, "office", "literal_error") in await trial.faults(seen["id"])
        assert await recorded(session, UserCreated) == []


class TestImportCompanies:
    async def test_reads_aliases_millions_and_addresses(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        seen = await trial.bring_in(ACCOUNTS)

        assert counts(seen) == {"created": 2}
        acme = await session.scalar(select(Company).where(Company.external_id == "Acme"))
        assert acme is not None
        assert (acme.sector, acme.employees) == ("technology", 2822)
        assert acme.revenue == 1_100_040_000
        assert (acme.email_keys, acme.phone_keys) == (["office@acme.test"], ["+380671234567"])
        versions = await session.scalars(select(Version).where(Version.row_id == acme.id))
        assert [version.revision for version in versions] == [1]
        created = await recorded(session, CompanyCreated)
        assert [envelope.bulk for envelope in created] == [True, True]

    async def test_finds_parents_in_the_same_file(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await trial.bring_in(ACCOUNTS)

        seen = await trial.bring_in(ACCOUNTS, mapping=PARENTS)

        assert counts(seen) == {"updated": 1, "unchanged": 1}
        [updated] = await recorded(session, CompanyUpdated)
        assert updated.data.changed == ["parent_id"]

    async def test_refuses_a_circle_of_parents(self, trial: ImportTrial) -> None:
        await trial.bring_in(ACCOUNTS)
        circle = "account,parent\nAcme,Bluth\nBluth,Acme\n"

        seen = await trial.bring_in(circle, mapping=PARENTS)

        assert counts(seen) == {"updated": 1, "failed": 1}
        assert await trial.faults(seen["id"]) == [(3, "parent", "circle")]

    async def test_changes_nothing_the_second_time(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await trial.bring_in(ACCOUNTS)
        before = len(await announced(session))

        seen = await trial.bring_in(ACCOUNTS)

        assert counts(seen) == {"unchanged": 2}
        assert len(await announced(session)) == before

    async def test_writes_nothing_in_a_dry_run(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        seen = await trial.bring_in(ACCOUNTS, dry_run=True)

        assert counts(seen) == {"created": 2}
        assert await session.scalar(select(Company.id)) is None
        assert await announced(session) == []


class TestImportContacts:
    async def test_takes_a_table_as_a_ukrainian_spreadsheet_saves_it(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await bring_staff(trial)

        seen = await trial.bring_in(PEOPLE.encode("cp1251"), noun="contact", mapping=CONTACTS)

        assert (seen["encoding"], counts(seen)) == ("cp1251", {"created": 1, "failed": 3})
        [oksana] = (await session.scalars(select(Contact))).all()
        assert (oksana.last_name, oksana.tags) == ("Шевченко", ["vip", "новий"])
        assert str(oksana.birth_date) == "1984-03-09"
        assert oksana.owner_id is not None
        assert oksana.team_id is not None
        assert [(row, column) for row, column, _ in await trial.faults(seen["id"])] == [
            (3, "Пошта"),
            (4, "Прізвище"),
            (5, "Відповідальний"),
        ]

    async def test_announces_nothing_personal(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await bring_staff(trial)
        await trial.bring_in(PEOPLE, noun="contact", mapping=CONTACTS)

        [created] = await recorded(session, ContactCreated)
        assert "Шевченко" not in created.model_dump_json()
        assert (created.data.contact.has_email, created.bulk) == (True, True)

    async def test_changes_only_what_differs(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await bring_staff(trial)
        file = "".join(PEOPLE.splitlines(keepends=True)[:2])
        await trial.bring_in(file, noun="contact", mapping=CONTACTS)

        same = await trial.bring_in(file, noun="contact", mapping=CONTACTS)
        other = await trial.bring_in(
            file.replace("Оксана", "Олена"), noun="contact", mapping=CONTACTS
        )

        assert (counts(same), counts(other)) == ({"unchanged": 1}, {"updated": 1})
