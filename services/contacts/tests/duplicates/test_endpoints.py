"""C1: duplicates found standing and at every door, within what one may see."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.models import Contact
from crm_contacts.duplicates.catalogue import COMPANY, CONTACT, KINDS, LEAD
from crm_contacts.duplicates.models import DuplicatePair
from crm_contacts.duplicates.queries import may_scan
from crm_contacts.duplicates.use_cases import scan
from crm_contacts.duplicates.use_cases.count import tell_alike
from crm_contacts.events.readings import DuplicatesCounted
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
NOW = timedelta(seconds=-60)
PHONE: dict[str, Any] = {"phones": [{"value": "067 111 22 33"}]}


async def made(client: httpx.AsyncClient, noun: str = "contacts", **values: Any) -> dict[str, Any]:
    answer = await client.post(f"/v1/{noun}", json=values)
    assert answer.status_code == 201, answer.text
    record: dict[str, Any] = answer.json()
    return record


async def look(session: AsyncSession, *, limit: int = 50) -> int:
    """Let the standing scan look at everything there is."""
    seen = 0
    for kind in KINDS.values():
        while done := await scan(session, kind, lag=NOW, limit=limit):
            seen += done
    await session.commit()
    return seen


async def pairs(client: httpx.AsyncClient, noun: str = "contacts", **query: str) -> list[Any]:
    answer = await client.get(f"/v1/{noun}/duplicates", params=query)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["items"]
    return found


class TestStandingScan:
    async def test_keeps_each_pair_once_with_score_and_reasons(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one = await made(client, last_name="Шевченко", first_name="Тарас", **PHONE)
        other = await made(client, last_name="Shevchenko", first_name="Taras", **PHONE)
        await made(client, last_name="Українка", first_name="Леся")

        assert await look(session, limit=1) == 3

        [pair] = await pairs(client)
        assert [pair["one_id"], pair["other_id"]] == sorted([one["id"], other["id"]])
        assert (pair["reasons"], pair["score"]) == (["phone", "name"], 100)
        # R9: how many they are is told when it changes, and never which
        assert [await tell_alike(session, kind) for kind in KINDS.values()] == [1, 0, 0]
        assert await tell_alike(session, CONTACT) == 0
        [said] = [one.data for one in await recorded(session, DuplicatesCounted)]
        assert (said.duplicate.records, said.duplicate.pairs, said.duplicate.of) == (2, 1, 3)
        assert one["id"] not in said.model_dump_json()
        assert await pairs(client, **{"score[lt]": "90"}) == []
        assert await pairs(client, **{"reasons[has_any]": "email"}) == []

    async def test_looks_only_at_what_changed_and_forgets_what_is_so_no_more(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one = await made(client, last_name="Леся", **PHONE)
        await made(client, last_name="Олена", **PHONE)
        await look(session)
        assert await look(session) == 0

        await client.patch(f"/v1/contacts/{one['id']}", json={"phones": []}, headers=ANY)

        assert await look(session) == 1
        assert await pairs(client) == []

    async def test_never_brings_up_again_what_was_dismissed(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one = await made(client, last_name="Леся", **PHONE)
        await made(client, last_name="Олена", **PHONE)
        await look(session)
        [pair] = await pairs(client, state="open")
        answer = await client.post(f"/v1/contacts/duplicates/{pair['id']}/dismiss")
        assert answer.json()["state"] == "dismissed"

        await client.patch(f"/v1/contacts/{one['id']}", json={"job_title": "x"}, headers=ANY)
        await look(session)

        assert await pairs(client, state="open") == []
        alike = (await client.get(f"/v1/contacts/{one['id']}/duplicates")).json()["items"]
        assert alike == []
        await client.post(f"/v1/contacts/duplicates/{pair['id']}/reopen")
        assert len(await pairs(client, state="open")) == 1

    async def test_finds_companies_by_name_and_leads_by_address(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await made(client, "companies", name="Рога та Копита", city="Одеса")
        await made(client, "companies", name="Roga ta Kopyta", city="Одеса")
        email: dict[str, Any] = {"emails": [{"value": "les@example.org"}]}
        await made(client, "leads", last_name="Леся", **email)
        await made(client, "leads", last_name="Олена", **email)
        await look(session)

        [companies] = await pairs(client, "companies")
        assert companies["reasons"][-1] == "city"
        [leads] = await pairs(client, "leads")
        assert leads["reasons"] == ["email"]

    async def test_is_done_by_one_worker_at_a_time(
        self, sessions: Sessions, client: httpx.AsyncClient
    ) -> None:
        await made(client, last_name="Леся", **PHONE)
        async with sessions.begin() as mine, sessions.begin() as others:
            assert await may_scan(mine, CONTACT)
            assert await scan(others, CONTACT, lag=NOW, limit=10) == 0
            assert await may_scan(others, COMPANY), "another kind is another's"
            assert await scan(others, LEAD, lag=NOW, limit=10) == 0

    async def test_leaves_out_what_may_still_be_in_an_open_transaction(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await made(client, last_name="Леся", **PHONE)
        assert await scan(session, CONTACT, lag=timedelta(seconds=60), limit=10) == 0

    async def test_shows_only_pairs_of_which_one_may_see_both(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller = new_id()
        await made(client, last_name="Леся", owner_id=str(seller), **PHONE)
        foreign = await made(client, last_name="Олена", owner_id=str(new_id()), **PHONE)
        await look(session)
        [pair] = await pairs(client)
        as_seller = client_as("seller", user_id=seller)

        assert await pairs(as_seller) == []
        refused = await as_seller.post(f"/v1/contacts/duplicates/{pair['id']}/dismiss")
        assert refused.status_code == 404
        answer = await as_seller.get(f"/v1/contacts/{foreign['id']}/duplicates")
        assert answer.status_code == 404

    async def test_offers_no_more_what_was_merged_or_taken_apart(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one = await made(client, last_name="Леся", **PHONE)
        other = await made(client, last_name="Леся", **PHONE)
        await look(session)
        body = {"loser_id": other["id"]}
        await client.post(f"/v1/contacts/{one['id']}/merge", json=body, headers=ANY)
        assert await pairs(client) == []

        await client.post(f"/v1/contacts/{one['id']}/unmerge", json=body, headers=ANY)
        await look(session)

        assert await pairs(client, state="open") == []
        assert await session.scalar(select(func.count()).select_from(DuplicatePair)) == 1


class TestCreate:
    async def test_tells_who_might_be_the_same(self, client: httpx.AsyncClient) -> None:
        one = await made(client, last_name="Леся", **PHONE)
        assert one["possible_duplicates"] == []
        other = await made(client, last_name="Олена", **PHONE)
        [likeness] = other["possible_duplicates"]
        assert likeness == {"id": one["id"], "score": 60, "reasons": ["phone"]}

    async def test_tells_only_of_those_within_the_scope(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        await made(client, last_name="Леся", owner_id=str(new_id()), **PHONE)
        seller = client_as("seller")
        assert (await made(seller, last_name="Олена", **PHONE))["possible_duplicates"] == []
        refusing = await seller.post(
            "/v1/contacts?on_duplicate=refuse", json={"last_name": "Інна", "phones": []}
        )
        assert refusing.status_code == 201

    async def test_refuses_when_asked_and_names_the_candidates(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one = await made(client, last_name="Леся", **PHONE)

        answer = await client.post(
            "/v1/contacts?on_duplicate=refuse", json={"last_name": "Олена", **PHONE}
        )

        assert (answer.status_code, answer.json()["code"]) == (409, "possible-duplicates")
        assert answer.json()["candidates"] == [one["id"]]
        assert await session.scalar(select(func.count()).select_from(Contact)) == 1

    async def test_links_to_the_one_that_is_here_and_fills_what_it_lacks(
        self, client: httpx.AsyncClient
    ) -> None:
        one = await made(client, last_name="Леся", **PHONE)

        answer = await client.post(
            "/v1/contacts?on_duplicate=link",
            json={"last_name": "Олена", "job_title": "Poet", "tags": ["a"], **PHONE},
        )

        assert (answer.status_code, answer.json()["id"]) == (200, one["id"])
        filled = (await client.get(f"/v1/contacts/{one['id']}")).json()
        assert (filled["last_name"], filled["job_title"], filled["tags"]) == ("Леся", "Poet", ["a"])
        assert (filled["revision"], answer.headers["etag"]) == (2, '"2"')

    async def test_links_to_nobody_when_several_could_be_meant(
        self, client: httpx.AsyncClient
    ) -> None:
        for name in ("Леся", "Олена"):
            await made(client, last_name=name, **PHONE)
        answer = await client.post("/v1/contacts?on_duplicate=link", json=PHONE)
        assert (answer.status_code, len(answer.json()["candidates"])) == (409, 2)

    async def test_knows_a_company_by_its_name(self, client: httpx.AsyncClient) -> None:
        one = await made(client, "companies", name="Рога та Копита")
        other = await made(client, "companies", name="Roga ta Kopyta")
        assert [like["id"] for like in other["possible_duplicates"]] == [one["id"]]

    async def test_does_not_look_when_told_not_to(self, client: httpx.AsyncClient) -> None:
        await made(client, last_name="Леся", **PHONE)
        answer = await client.post("/v1/contacts?on_duplicate=off", json=PHONE)
        assert answer.json()["possible_duplicates"] == []
        assert (await client.post("/v1/contacts?on_duplicate=eh", json=PHONE)).status_code == 422


class TestConversion:
    @pytest.mark.parametrize(("policy", "status"), [("warn", 200), ("refuse", 409), ("link", 200)])
    async def test_minds_who_is_here_already(
        self, client: httpx.AsyncClient, policy: str, status: int
    ) -> None:
        one = await made(client, last_name="Леся", **PHONE)
        lead = await made(client, "leads", last_name="Леся", **PHONE)

        answer = await client.post(
            f"/v1/leads/{lead['id']}/convert", json={"on_duplicate": policy}, headers=ANY
        )

        assert answer.status_code == status, answer.text
        if status == 200:
            assert (answer.json()["contact_id"] == one["id"]) is (policy == "link")
        else:
            assert answer.json()["candidates"] == [one["id"]]
