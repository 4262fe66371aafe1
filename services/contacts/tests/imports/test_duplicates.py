"""C1: imports mind who is here already, and merged records, by the workspace's policy."""

from typing import Any

import httpx
import pytest

from crm_contacts.duplicates.rules import Policy
from crm_contacts.imports.catalogue import ROOM
from crm_shared.db.engine import Sessions
from crm_shared.settings import ServiceSettings
from crm_shared.testing.imports import ImportTrial, counts

PEOPLE = "no,last,phone,title\n1,Коваль,067 111 22 33,Poet\n2,Бондар,050 111 22 33,Cook\n"
MAPPING: dict[str, Any] = {
    "external_id": "no",
    "fields": {"last_name": "last", "phones": "phone", "job_title": "title"},
}
ANY = {"If-Match": "*"}


@pytest.fixture
def trial(client: httpx.AsyncClient, sessions: Sessions, settings: ServiceSettings) -> ImportTrial:
    return ImportTrial(client, sessions, settings, ROOM, "/v1/contact-imports", "contact", MAPPING)


async def made(client: httpx.AsyncClient, **values: Any) -> str:
    answer = await client.post("/v1/contacts", json={"last_name": "Коваленко", **values})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def by(trial: ImportTrial, policy: Policy) -> ImportTrial:
    trial.settings = trial.settings.model_copy(update={"on_duplicate_import": policy})
    return trial


class TestPolicy:
    async def test_links_rows_to_whom_they_mean_and_knows_them_from_then_on(
        self, trial: ImportTrial, client: httpx.AsyncClient
    ) -> None:
        one = await made(client, phones=[{"value": "067 111 22 33"}])

        seen = await by(trial, Policy.LINK).bring_in(PEOPLE)

        assert counts(seen) == {"created": 1, "updated": 1}
        contact = (await client.get(f"/v1/contacts/{one}")).json()
        assert (contact["last_name"], contact["job_title"]) == ("Коваленко", "Poet")
        assert (contact["source_system"], contact["external_id"]) == ("shop", "1")
        again = await trial.bring_in(PEOPLE)
        assert counts(again) == {"updated": 1, "unchanged": 1}, "known by name now"

    async def test_refuses_rows_of_those_who_are_here(
        self, trial: ImportTrial, client: httpx.AsyncClient
    ) -> None:
        await made(client, phones=[{"value": "067 111 22 33"}])

        seen = await by(trial, Policy.REFUSE).bring_in(PEOPLE)

        assert counts(seen) == {"created": 1, "failed": 1}
        [(row, _, code)] = await trial.faults(seen["id"])
        assert (row, code) == (2, "possible-duplicate")

    async def test_minds_who_came_a_row_before(
        self, trial: ImportTrial, client: httpx.AsyncClient
    ) -> None:
        twins = "3,Коваль,067 111 22 33,Painter\n4,Мельник,,Miller\n"

        refused = await by(trial, Policy.REFUSE).bring_in(PEOPLE + twins)

        assert counts(refused) == {"created": 3, "failed": 1}
        assert [(row, code) for row, _, code in await trial.faults(refused["id"])] == [
            (4, "possible-duplicate")
        ]
        anew = "no,last,phone,title\n5,Ткач,093 111 22 33,\n6,Ткач,093 111 22 33,Weaver\n"
        assert counts(await by(trial, Policy.LINK).bring_in(anew)) == {"created": 1, "updated": 1}
        people = (await client.get("/v1/contacts", params={"last_name": "Ткач"})).json()["items"]
        assert [(one["external_id"], one["job_title"]) for one in people] == [("5", "Weaver")]

    async def test_takes_everybody_when_it_is_off(
        self, trial: ImportTrial, client: httpx.AsyncClient
    ) -> None:
        await made(client, phones=[{"value": "067 111 22 33"}])
        assert counts(await trial.bring_in(PEOPLE)) == {"created": 2}


class TestMergedRecords:
    async def test_rows_of_both_go_to_the_survivor_as_one_change(
        self, trial: ImportTrial, client: httpx.AsyncClient
    ) -> None:
        await trial.bring_in(PEOPLE)
        items = (await client.get("/v1/contacts?sort=created_at")).json()["items"]
        one, other = (item["id"] for item in sorted(items, key=lambda item: item["external_id"]))
        body = {"loser_id": other}
        merged = await client.post(f"/v1/contacts/{one}/merge", json=body, headers=ANY)
        assert merged.status_code == 200, merged.text

        seen = await trial.bring_in(PEOPLE.replace("Poet", "Bard").replace("Cook", "Chef"))

        assert counts(seen) == {"updated": 2}
        survivor = (await client.get(f"/v1/contacts/{one}")).json()
        assert (survivor["external_id"], survivor["job_title"]) == ("1", "Chef")
        assert survivor["revision"] == merged.json()["revision"] + 1
        assert len((await client.get("/v1/contacts")).json()["items"]) == 1
