"""C1: merging and unmerging over HTTP: what changes, what is announced, who may not."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import CompanyMerged, ContactMerged, ContactUnmerged
from crm_shared.db.infrastructure import ALIASES, OUTBOX
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
Record = dict[str, Any]


async def made(client: httpx.AsyncClient, noun: str = "contacts", **values: Any) -> Record:
    given = {"last_name": "Франко"} if noun == "contacts" else {"name": "Лан"}
    answer = await client.post(f"/v1/{noun}", json={**given, **values})
    assert answer.status_code == 201, answer.text
    record: Record = answer.json()
    return record


async def merge(
    client: httpx.AsyncClient,
    one: Record,
    other: Record,
    *,
    noun: str = "contacts",
    headers: Mapping[str, str] = ANY,
    **body: Any,
) -> httpx.Response:
    return await client.post(
        f"/v1/{noun}/{one['id']}/merge",
        json={"loser_id": other["id"], **body},
        headers=dict(headers),
    )


async def unmerge(
    client: httpx.AsyncClient, one: Record, other: Record, noun: str = "contacts"
) -> httpx.Response:
    return await client.post(
        f"/v1/{noun}/{one['id']}/unmerge", json={"loser_id": other["id"]}, headers=ANY
    )


async def got(client: httpx.AsyncClient, record: Record, noun: str = "contacts") -> Record:
    answer = await client.get(f"/v1/{noun}/{record['id']}")
    assert answer.status_code == 200, answer.text
    found: Record = answer.json()
    return found


def bare(record: Record) -> Record:
    counted = ("revision", "updated_at", "possible_duplicates")
    return {name: value for name, value in record.items() if name not in counted}


IVAN: dict[str, Any] = {
    "first_name": "Іван",
    "phones": [{"value": "067 111 22 33"}],
    "tags": ["poet"],
    "preferences": {"coffee": "black"},
}
TWIN: dict[str, Any] = {
    "first_name": "Ivan",
    "job_title": "Editor",
    "emails": [{"value": "ivan@franko.example.com"}],
    "phones": [{"value": "067 111 22 33"}, {"value": "050 444 55 66"}],
    "tags": ["editor"],
    "birth_date": "1956-08-27",
    "client_class": "A",
    "is_key": True,
}


class TestMergeContacts:
    async def test_unites_two_records_of_one_person(self, client: httpx.AsyncClient) -> None:
        one, other = await made(client, **IVAN), await made(client, **TWIN)

        answer = await merge(client, one, other)

        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] == '"2"'
        survivor = await got(client, one)
        assert [one["value"] for one in survivor["phones"]] == ["+380671112233", "+380504445566"]
        assert survivor["emails"][0]["value"] == "ivan@franko.example.com"
        assert (survivor["first_name"], survivor["job_title"]) == ("Іван", "Editor")
        assert (survivor["tags"], survivor["is_key"]) == (["poet", "editor"], True)
        assert (survivor["birth_date"], survivor["client_class"]) == ("1956-08-27", "A")
        assert answer.json()["origins"]["phones"] == "both"

    async def test_spares_whose_processing_is_restricted(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        """S4: not by merging, nor by tags, a second coming in or an import that meets him."""
        one, other = await made(client, **IVAN), await made(client, first_name="Лесь")
        path = f"/v1/contacts/{one['id']}"
        assert (await client.post(f"{path}/restrict", headers=ANY)).status_code == 200

        refused = [
            await merge(client, one, other),
            await merge(client, other, one),
            await client.post(f"{path}/tags", json={"add": ["vip"]}),
            await client.post("/v1/contacts?on_duplicate=link", json=TWIN),
        ]

        assert [answer.status_code for answer in refused] == [409] * 4
        assert {answer.json()["code"] for answer in refused} == {"contact-restricted"}
        # of many at once the others are changed all the same
        both = {"ids": [one["id"], other["id"]], "add": ["vip"]}
        many = [
            (await client.post("/v1/contacts/tags", json=both)).json(),
            (await client.post("/v1/contacts/tags/rename", json={"old": "vip", "new": "v"})).json(),
        ]
        assert many == [{"changed": 1, "found": 1, "has_more": False}] * 2
        assert (await got(client, one))["revision"] == 2
        given = [(await client.post(f"{path}/release", headers=ANY)).status_code]
        assert given == [200]
        assert (await merge(client, other, one)).status_code == 200

    async def test_answers_for_the_other_id_with_the_survivor(
        self, client: httpx.AsyncClient
    ) -> None:
        one, other = await made(client, **IVAN), await made(client, **TWIN)
        await merge(client, one, other)

        assert (await got(client, other))["id"] == one["id"]
        patched = await client.patch(
            f"/v1/contacts/{other['id']}", json={"job_title": "Poet"}, headers=ANY
        )
        assert (patched.json()["id"], patched.json()["job_title"]) == (one["id"], "Poet")
        listed = (await client.get("/v1/contacts?total=true")).json()
        assert (listed["total"], listed["items"][0]["id"]) == (1, one["id"])

    async def test_refuses_to_put_the_other_id_away_or_back(
        self, client: httpx.AsyncClient
    ) -> None:
        one, other = await made(client), await made(client)
        await merge(client, one, other)

        away = await client.delete(f"/v1/contacts/{other['id']}", headers=ANY)
        back = await client.post(f"/v1/contacts/{other['id']}/restore", headers=ANY)

        assert (away.status_code, away.json()["survivor_id"]) == (409, one["id"])
        assert back.status_code == 404
        assert (await got(client, one))["deleted_at"] is None

    async def test_shows_what_would_become_of_it_and_changes_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one, other = await made(client, **IVAN), await made(client, **TWIN)
        before = len((await session.execute(select(OUTBOX.c.id))).all())

        answer = await merge(client, one, other, dry_run=True, take={"first_name": other["id"]})

        shown = answer.json()
        assert (shown["dry_run"], shown["fields"]["first_name"]) == (True, "Ivan")
        assert {"first_name", "job_title", "phones", "emails"} <= set(shown["changed"])
        assert bare(await got(client, one)) == bare(one)
        assert bare(await got(client, other)) == bare(other)
        assert len((await session.execute(select(OUTBOX.c.id))).all()) == before

    async def test_takes_the_chosen_values(self, client: httpx.AsyncClient) -> None:
        one, other = await made(client, **IVAN), await made(client, **TWIN)
        await merge(client, one, other, take={"first_name": other["id"], "tags": one["id"]})

        survivor = await got(client, one)
        assert (survivor["first_name"], survivor["tags"]) == ("Ivan", ["poet"])

    async def test_is_announced_by_both_and_tells_nothing_personal(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one, other = await made(client, **IVAN), await made(client, **TWIN)
        await merge(client, one, other)

        said = {str(event.subject): event for event in await recorded(session, ContactMerged)}
        assert said.keys() == {one["id"], other["id"]}
        for event in said.values():
            assert str(event.data.survivor_id) == one["id"]
            assert str(event.data.loser_id) == other["id"]
            assert event.revision == 2
        assert set(said[other["id"]].data.changed) == {"deleted_at", "merged_into_id"}
        assert "job_title" in said[one["id"]].data.changed
        texts = " ".join(await session.scalars(select(OUTBOX.c.envelope)))
        for secret in ("Ivan", "Editor", "franko", "1112233", "1956", "black"):
            assert secret not in texts

    async def test_finds_tasks_notes_and_timeline_of_the_other(
        self, client: httpx.AsyncClient
    ) -> None:
        one, other = await made(client), await made(client)
        about = {"contact_id": other["id"]}
        task = (await client.post("/v1/tasks", json={"title": "Call", **about})).json()
        note = (await client.post("/v1/notes", json={"text": "Tea", **about})).json()
        await client.post("/v1/activities", json={"kind": "call", **about})
        await merge(client, one, other)

        for noun in ("tasks", "notes", "activities"):
            for asked in (one, other):
                found = (await client.get(f"/v1/{noun}?contact_id={asked['id']}")).json()
                assert [item["contact_id"] for item in found["items"]] == [one["id"]], noun
        assert (await client.get(f"/v1/tasks/{task['id']}")).json()["contact_id"] == one["id"]
        assert (await client.get(f"/v1/notes/{note['id']}")).json()["contact_id"] == one["id"]
        others = (await client.get(f"/v1/tasks?contact_id[neq]={one['id']}")).json()
        assert others["items"] == []
        steps = (await client.get("/v1/contacts?has_next_step=true")).json()["items"]
        assert [item["id"] for item in steps] == [one["id"]]

    async def test_lets_new_work_on_the_other_go_to_the_survivor(
        self, client: httpx.AsyncClient
    ) -> None:
        one, other = await made(client), await made(client)
        await merge(client, one, other)
        body = {"title": "Call", "contact_id": other["id"]}
        assert (await client.post("/v1/tasks", json=body)).json()["contact_id"] == one["id"]

    async def test_lets_another_systems_name_of_the_other_reach_the_survivor(
        self, client: httpx.AsyncClient
    ) -> None:
        named: dict[str, Any] = {"source_system": "shop", "external_id": "7"}
        one, other = await made(client), await made(client, **named)
        await merge(client, one, other)

        answer = await client.put("/v1/contacts/by-external/shop/7", json={"job_title": "Poet"})

        assert (answer.status_code, answer.json()["id"]) == (200, one["id"])
        assert (answer.json()["job_title"], answer.json()["external_id"]) == ("Poet", None)

    async def test_follows_a_chain_to_its_end(self, client: httpx.AsyncClient) -> None:
        first, second, third = [await made(client) for _ in range(3)]
        task = {"title": "Call", "contact_id": first["id"]}
        await client.post("/v1/tasks", json=task)
        await merge(client, second, first)
        await merge(client, third, second)

        assert (await got(client, first))["id"] == third["id"]
        found = (await client.get(f"/v1/tasks?contact_id={third['id']}")).json()["items"]
        assert [item["contact_id"] for item in found] == [third["id"]]

    async def test_merging_into_a_merged_one_goes_to_its_survivor(
        self, client: httpx.AsyncClient
    ) -> None:
        first, second, third = [await made(client) for _ in range(3)]
        await merge(client, second, first)
        answer = await merge(client, first, third)
        assert answer.json()["survivor_id"] == second["id"]

    async def test_refuses_what_was_merged_already(self, client: httpx.AsyncClient) -> None:
        first, second, third = [await made(client) for _ in range(3)]
        await merge(client, second, first)

        again = await merge(client, third, first)

        assert (again.status_code, again.json()["code"]) == (409, "already-merged")
        assert again.json()["survivor_id"] == second["id"]
        into_itself = await merge(client, first, second)
        assert into_itself.json()["code"] == "same-record"

    async def test_lets_one_of_two_at_once_win(self, client: httpx.AsyncClient) -> None:
        first, second, third = [await made(client) for _ in range(3)]

        answers = await asyncio.gather(merge(client, first, third), merge(client, second, third))

        assert sorted(one.status_code for one in answers) == [200, 409]

    async def test_lets_one_of_two_opposite_ones_at_once_win(
        self, client: httpx.AsyncClient
    ) -> None:
        first, second = await made(client), await made(client)
        answers = await asyncio.gather(merge(client, first, second), merge(client, second, first))
        assert sorted(one.status_code for one in answers) in ([200, 409], [200, 422])

    async def test_wants_the_revisions_that_were_read(self, client: httpx.AsyncClient) -> None:
        one, other = await made(client), await made(client)
        stale = await merge(client, one, other, headers={"If-Match": '"9"'})
        other_stale = await merge(client, one, other, loser_revision=9)
        missing = await merge(client, one, other, headers={})
        assert [a.status_code for a in (stale, other_stale, missing)] == [412, 412, 428]

    @pytest.mark.parametrize(
        ("take", "pointer"),
        [({"nonsense": "one"}, "/take/nonsense"), ({"job_title": "third"}, "/take/job_title")],
    )
    async def test_refuses_choices_that_name_nothing(
        self, client: httpx.AsyncClient, take: dict[str, str], pointer: str
    ) -> None:
        one, other = await made(client), await made(client)
        ids = {"one": one["id"], "third": str(new_id())}
        answer = await merge(client, one, other, take={k: ids[v] for k, v in take.items()})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)

    async def test_needs_both_within_the_scope(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        seller = new_id()
        mine = await made(client, owner_id=str(seller), team_id=str(new_id()))
        foreign = await made(client, owner_id=str(new_id()), team_id=str(new_id()))
        as_seller = client_as("seller", user_id=seller)

        for one, other in ((mine, foreign), (foreign, mine)):
            assert (await merge(as_seller, one, other)).status_code == 404
        assert (await merge(client_as("viewer"), mine, foreign)).status_code == 403

    async def test_merges_many_pairs_and_tells_of_each(self, client: httpx.AsyncClient) -> None:
        one, two, three, four = [await made(client) for _ in range(4)]
        pairs = [(one, two), (three, two), (three, four)]
        items = [{"survivor_id": a["id"], "loser_id": b["id"]} for a, b in pairs]

        answer = (await client.post("/v1/contacts/merges", json={"items": items})).json()

        assert [item["status"] for item in answer["results"]] == [200, 409, 200]
        assert answer["results"][1]["problem"]["code"] == "already-merged"
        assert answer["results"][0]["id"] == one["id"]


class TestUnmergeContacts:
    async def test_gives_both_back_as_they_were(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one, other = await made(client, **IVAN), await made(client, **TWIN)
        task = {"title": "Call", "contact_id": other["id"]}
        await client.post("/v1/tasks", json=task)
        await merge(client, one, other)

        answer = await unmerge(client, one, other)

        assert answer.status_code == 200, answer.text
        assert answer.json()["kept"] == []
        assert bare(await got(client, one)) == bare(one)
        assert bare(await got(client, other)) == bare(other)
        found = (await client.get(f"/v1/tasks?contact_id={other['id']}")).json()["items"]
        assert [item["contact_id"] for item in found] == [other["id"]]
        assert (await client.get(f"/v1/tasks?contact_id={one['id']}")).json()["items"] == []
        said = await recorded(session, ContactUnmerged)
        assert {str(event.subject) for event in said} == {one["id"], other["id"]}
        assert {event.revision for event in said} == {3}

    async def test_keeps_what_was_changed_since_and_says_so(
        self, client: httpx.AsyncClient
    ) -> None:
        one, other = await made(client, **IVAN), await made(client, **TWIN)
        await merge(client, one, other)
        change = {"job_title": "Novelist", "tags": ["poet", "editor", "novelist"]}
        await client.patch(f"/v1/contacts/{one['id']}", json=change, headers=ANY)

        answer = (await unmerge(client, one, other)).json()

        assert answer["kept"] == ["job_title", "tags"]
        assert answer["survivor"]["job_title"] == "Novelist"
        assert answer["survivor"]["tags"] == ["poet", "novelist"]
        assert answer["survivor"]["emails"] == []
        assert answer["restored"]["job_title"] == "Editor"

    async def test_takes_the_right_one_out_of_several(self, client: httpx.AsyncClient) -> None:
        one, two, three = (
            await made(client, tags=["a"]),
            await made(client, tags=["b"], job_title="Second"),
            await made(client, tags=["c"], job_title="Third"),
        )
        await merge(client, one, two)
        await merge(client, one, three, take={"job_title": three["id"]})

        await unmerge(client, one, two)
        between = await got(client, one)
        await unmerge(client, one, three)

        assert (between["tags"], between["job_title"]) == (["a", "c"], "Third")
        assert bare(await got(client, one)) == bare(one)
        merges = (await client.get(f"/v1/contacts/{one['id']}/merges")).json()["items"]
        assert [item["loser_id"] for item in merges] == [two["id"], three["id"]]
        assert all(item["unmerged_at"] for item in merges)

    async def test_wants_a_chain_undone_from_its_end(self, client: httpx.AsyncClient) -> None:
        first, second, third = [await made(client) for _ in range(3)]
        await merge(client, second, first)
        await merge(client, third, second)

        refused = await unmerge(client, third, first)
        assert (refused.status_code, refused.json()["unmerge_first"]) == (409, second["id"])
        assert (await unmerge(client, third, second)).status_code == 200
        assert (await got(client, first))["id"] == second["id"]
        assert (await unmerge(client, second, first)).status_code == 200
        assert (await got(client, first))["id"] == first["id"]

    async def test_can_be_merged_again_the_other_way(self, client: httpx.AsyncClient) -> None:
        one, other = await made(client), await made(client)
        await merge(client, one, other)
        await unmerge(client, one, other)
        assert (await merge(client, other, one)).status_code == 200
        assert (await got(client, one))["id"] == other["id"]

    async def test_refuses_what_is_not_merged(self, client: httpx.AsyncClient) -> None:
        one, other = await made(client), await made(client)
        answer = await unmerge(client, one, other)
        assert (answer.status_code, answer.json()["code"]) == (409, "not-merged")


class TestMergeCompanies:
    async def test_unites_kinds_and_puts_branches_and_people_under_the_survivor(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        """C15: a company may be customer and supplier at once, also by a merge."""
        one = await made(client, "companies", kinds=["customer"], revenue="10.5")
        other = await made(client, "companies", kinds=["supplier"], city="Львів", revenue="7")
        branch = await made(client, "companies", parent_id=other["id"])
        person = await made(client, company_id=other["id"])

        assert (await merge(client, one, other, noun="companies")).status_code == 200

        survivor = await got(client, one, "companies")
        assert (survivor["kinds"], survivor["city"]) == (["customer", "supplier"], "Львів")
        assert survivor["revenue"] == "10.5000"
        assert (await got(client, branch, "companies"))["parent_id"] == one["id"]
        assert (await got(client, person))["company_id"] == one["id"]
        people = (await client.get(f"/v1/contacts?company_id={one['id']}")).json()["items"]
        assert [item["id"] for item in people] == [person["id"]]
        [first, _] = await recorded(session, CompanyMerged)
        assert str(first.data.survivor_id) == one["id"]

        await unmerge(client, one, other, "companies")
        assert bare(await got(client, one, "companies")) == bare(one)
        assert (await got(client, person))["company_id"] == other["id"]

    async def test_a_company_never_stands_under_itself(self, client: httpx.AsyncClient) -> None:
        above = await made(client, "companies")
        one = await made(client, "companies", parent_id=above["id"])
        below = await made(client, "companies", parent_id=one["id"])

        circle = await merge(client, below, above, noun="companies")
        assert circle.json()["code"] == "company-circle"
        assert (await merge(client, one, above, noun="companies")).status_code == 200
        assert (await got(client, one, "companies"))["parent_id"] is None
        back = await unmerge(client, one, above, "companies")
        assert (back.status_code, (await got(client, one, "companies"))["parent_id"]) == (
            200,
            above["id"],
        )
        # nor by undoing a merge, when what it stood under was put under it meanwhile
        branch = await made(client, "companies", parent_id=above["id"])
        other = await made(client, "companies", parent_id=(await made(client, "companies"))["id"])
        taken = {"parent_id": other["id"]}
        assert (await merge(client, branch, other, noun="companies", take=taken)).is_success
        under = {"parent_id": branch["id"]}
        path = f"/v1/companies/{above['id']}"
        assert (await client.patch(path, json=under, headers=ANY)).status_code == 200
        ring = await unmerge(client, branch, other, "companies")
        assert ring.json()["code"] == "company-circle"


class TestAliases:
    async def test_leave_no_survivor_behind_when_all_is_undone(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one, other = await made(client), await made(client)
        await merge(client, one, other)
        await unmerge(client, one, other)
        [row] = (await session.execute(select(ALIASES))).all()
        assert row.survivor_id == row.loser_id == UUID(other["id"])
