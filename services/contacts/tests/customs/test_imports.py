"""S6: custom fields come in from files by the same rules."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.models import Contact
from crm_contacts.imports.catalogue import ROOM
from crm_contacts.leads.models import Lead
from crm_shared.db.engine import Sessions
from crm_shared.settings import ServiceSettings
from crm_shared.testing.imports import ImportTrial, counts

FILE = (
    "№;Прізвище;Район;Діти;Народжено\n"
    "1;Шевченко;Захід;3;09.03.1984\n2;Коваль;Місяць;1;\n3;Бондар;;двоє;\n"
)
MAPPING: dict[str, Any] = {
    "external_id": "№",
    "fields": {
        "last_name": "Прізвище",
        "custom.district": "Район",
        "custom.children": "Діти",
        "custom.born_on": {"column": "Народжено", "format": "%d.%m.%Y"},
    },
}


@pytest.fixture
def trial(client: httpx.AsyncClient, sessions: Sessions, settings: ServiceSettings) -> ImportTrial:
    return ImportTrial(client, sessions, settings, ROOM, "/v1/contact-imports", "contact", MAPPING)


async def define(client: httpx.AsyncClient) -> None:
    labels = {"labels": {"en": "x"}}
    options = [{"code": "west", "labels": {"uk": "Захід"}}]
    for body in (
        {"key": "district", "type": "choice", "options": options},
        {"key": "children", "type": "integer"},
        {"key": "born_on", "type": "date"},
    ):
        answer = await client.post("/v1/contacts/custom-fields", json={**labels, **body})
        assert answer.status_code == 201, answer.text


class TestS6Importing:
    async def test_reads_each_by_its_type_and_a_choice_by_its_label(
        self, trial: ImportTrial, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await define(client)

        seen = await trial.bring_in(FILE)

        assert counts(seen) == {"created": 1, "failed": 2}
        [contact] = await session.scalars(select(Contact))
        assert contact.all_fields == {"district": "west", "children": 3, "born_on": "1984-03-09"}
        assert await trial.faults(str(seen["id"])) == [
            (3, "Район", "unknown-option"),
            (4, "Діти", "invalid-number"),
        ]

    async def test_changes_nothing_the_second_time(
        self, trial: ImportTrial, client: httpx.AsyncClient
    ) -> None:
        await define(client)
        await trial.bring_in(FILE)

        again = await trial.bring_in(FILE)

        assert counts(again) == {"unchanged": 1, "failed": 2}

    async def test_does_so_for_leads_with_tags_and_do_not_call(
        self,
        client: httpx.AsyncClient,
        sessions: Sessions,
        settings: ServiceSettings,
        session: AsyncSession,
    ) -> None:
        options = [{"code": "west", "labels": {"uk": "Захід"}}]
        body = {"key": "district", "type": "choice", "labels": {"en": "x"}, "options": options}
        assert (await client.post("/v1/leads/custom-fields", json=body)).status_code == 201
        fields = {"last_name": "Прізвище", "custom.district": "Район", "do_not_call": "Ні"}
        mapping = {
            "external_id": "№",
            "fields": {**fields, "tags": {"column": "Мітки", "split": ";"}},
        }
        trial = ImportTrial(
            client, sessions, settings, ROOM, "/v1/contact-imports", "lead", mapping
        )
        file = '№;Прізвище;Район;Ні;Мітки\n1;Стус;Захід;1;"VIP;старий"\n2;Коваль;Місяць;0;\n'

        seen = await trial.bring_in(file)
        again = await trial.bring_in(file)

        assert counts(seen) == {"created": 1, "failed": 1}
        assert counts(again) == {"unchanged": 1, "failed": 1}
        [lead] = await session.scalars(select(Lead))
        assert (lead.all_fields, lead.do_not_call) == ({"district": "west"}, True)
        assert sorted(lead.tags) == ["VIP", "старий"]
        assert await trial.faults(str(seen["id"])) == [(3, "Район", "unknown-option")]

    async def test_refuses_a_mapping_to_what_is_not_there(self, trial: ImportTrial) -> None:
        answer = await trial.begin(MAPPING)

        assert answer.status_code == 422
        assert "/mapping/fields/custom.district" in [
            one["pointer"] for one in answer.json()["errors"]
        ]
