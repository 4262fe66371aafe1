"""S1, I10: clients and work leave as files within one's scope."""

import csv
import io

import httpx
import pytest

from crm_contacts.main import create_app
from crm_contacts.settings import Settings
from crm_shared.testing.plugin import ClientAs

LISTS = [
    "contacts",
    "companies",
    "leads",
    "tasks",
    "activities",
    "calls",
    "notes",
    "cases",
    "feedback",
    "users",
    "teams",
]


class TestI10Exporting:
    def test_is_there_for_every_list(self, settings: Settings) -> None:
        paths = set(create_app(settings).openapi()["paths"])

        assert {f"/v1/{noun}/export" for noun in LISTS} <= paths

    @pytest.mark.parametrize("noun", LISTS)
    async def test_answers_both_kinds_of_file(self, client: httpx.AsyncClient, noun: str) -> None:
        text = await client.get(f"/v1/{noun}/export", params={"headings": "ru"})
        book = await client.get(f"/v1/{noun}/export", params={"format": "xlsx"})

        assert (text.status_code, book.status_code) == (200, 200)
        assert text.headers["content-disposition"] == f'attachment; filename="{noun}.csv"'
        assert book.content.startswith(b"PK")

    async def test_writes_several_addresses_into_one_cell(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        body = {
            "first_name": "Олена",
            "emails": [{"value": "a@example.org"}, {"value": "b@example.org"}],
            "phones": [{"value": "+380501112233"}],
            "tags": ["vip", "=1+1"],
        }
        await client.post("/v1/contacts", json=body)

        answer = await client.get("/v1/contacts/export")
        [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))

        assert row["first_name"] == "Олена"
        assert row["emails"] == "a@example.org; b@example.org"
        assert row["phones"] == "'+380501112233"
        assert (await client_as("seller").get("/v1/contacts/export")).status_code == 403
