"""Contacts over HTTP: writing, scope, history, refusals."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.models import Contact
from crm_contacts.events import ContactCreated, ContactDeleted, ContactRestored, ContactUpdated
from crm_contacts.testing import make_activity, make_contact, make_task, make_user
from crm_contacts.versions.models import Version
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

SAID = {"channel": "email", "purpose": "marketing", "granted": True}
TARAS: dict[str, Any] = {
    "first_name": "Тарас",
    "last_name": "Шевченко",
    "emails": [{"value": "Taras@Kobzar.example.com", "label": "work"}],
    "phones": [{"value": "067 123-45-67"}],
    "source": "exhibition",
    "language": "uk",
    "birth_date": "1984-03-09",
    "time_zone": "America/Toronto",
    "utm": {"source": "google", "campaign": "spring"},
    "consents": [
        {
            "channel": "email",
            "purpose": "marketing",
            "granted": True,
            "at": "2026-01-02T03:04:05Z",
            "source": "web form",
        }
    ],
    "tags": ["decides"],
}


class TestCreateContact:
    async def test_normalises_addresses_and_numbers(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/contacts", json=TARAS)

        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert body.pop("possible_duplicates") == []
        assert body["emails"] == [
            {"value": "taras@kobzar.example.com", "label": "work", "is_primary": True}
        ]
        assert body["phones"][0]["value"] == "+380671234567"
        assert body["consents"][0]["granted"] is True
        assert (await client.get(f"/v1/contacts/{body['id']}")).json() == body

    async def test_announces_nothing_personal(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await client.post("/v1/contacts", json=TARAS)

        [envelope] = await recorded(session, ContactCreated)
        facts = envelope.data.contact
        assert (facts.has_email, facts.has_phone, facts.source) == (True, True, "exhibition")
        texts = " ".join(await session.scalars(select(OUTBOX.c.envelope)))
        for secret in ("Тарас", "Шевченко", "kobzar", "1234567", "1984"):
            assert secret not in texts

    async def test_keeps_the_version_it_made(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await client.post("/v1/contacts", json=TARAS)

        [version] = await session.scalars(select(Version))
        assert (version.kind, version.revision) == ("contact", 1)
        assert version.data["last_name"] == "Шевченко"

    async def test_belongs_to_the_seller_who_makes_it_and_his_first_team(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        west, east = new_id(), new_id()
        session.add(seller := make_user(team_ids=[west, east]))
        await session.commit()

        answer = await client_as("seller", user_id=seller.id, team_ids=(west, east)).post(
            "/v1/contacts", json=TARAS
        )

        assert answer.json()["owner_id"] == str(seller.id)
        assert answer.json()["team_id"] == str(west)

    async def test_refuses_a_seller_who_makes_it_for_somebody_else(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        answer = await client_as("seller").post(
            "/v1/contacts", json={**TARAS, "owner_id": str(new_id())}
        )

        assert (answer.status_code, answer.json()["code"]) == (403, "outside-scope")
        assert (await session.scalars(select(Contact))).all() == []

    async def test_is_not_for_those_who_only_read(self, client_as: ClientAs) -> None:
        for role in ("marketing", "viewer", "accountant"):
            assert (await client_as(role).post("/v1/contacts", json=TARAS)).status_code == 403

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"emails": [{"value": "taras@"}]}, "/emails/0/value"),
            ({"phones": [{"value": "067 123-45-67"}, {"value": "12"}]}, "/phones/1/value"),
            (
                {
                    "emails": [
                        {"value": "a@kobzar.example.com", "is_primary": True},
                        {"value": "b@kobzar.example.com", "is_primary": True},
                    ]
                },
                "/emails",
            ),
            ({"birth_date": "1984-02-30"}, "/birth_date"),
            ({"language": "klingon"}, "/language"),
            ({"time_zone": "Mars/Olympus"}, "/time_zone"),
            ({"consents": [{"channel": "email"}]}, "/consents/0/purpose"),
            ({"consents": [{**SAID, "at": "0001-01-01T00:00:00+03:00"}]}, "/consents/0/at"),
            ({"nickname": "Кобзар"}, "/nickname"),
            ({"tags": None}, "/tags"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        change: dict[str, Any],
        pointer: str,
    ) -> None:
        answer = await client.post("/v1/contacts", json={**TARAS, **change})

        assert answer.status_code == 422
        assert pointer in [one["pointer"] for one in answer.json()["errors"]]
        assert (await session.scalars(select(Contact))).all() == []

    async def test_refuses_somebody_who_cannot_be_told_from_another(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.post("/v1/contacts", json={"source": "web"})

        assert (answer.status_code, answer.json()["code"]) == (422, "nameless-contact")

    async def test_refuses_an_external_id_that_is_taken(self, client: httpx.AsyncClient) -> None:
        named = {**TARAS, "source_system": "site", "external_id": "7"}
        await client.post("/v1/contacts", json=named)

        answer = await client.post("/v1/contacts", json=named)

        assert (answer.status_code, answer.json()["code"]) == (409, "contact-exists")


class TestUpdateContact:
    async def test_announces_names_of_fields_and_old_values_of_facts_only(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(contact := make_contact("Франко", source="web"))
        await session.commit()

        answer = await client.patch(
            f"/v1/contacts/{contact.id}",
            json={"last_name": "Леся", "source": "fair"},
            headers={"If-Match": '"1"'},
        )

        assert answer.headers["etag"] == '"2"'
        [envelope] = await recorded(session, ContactUpdated)
        assert sorted(envelope.data.changed) == ["last_name", "source"]
        assert envelope.data.previous == {"source": "web"}

    async def test_leaves_what_is_not_sent(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(contact := make_contact(phones=[{"value": "+380671234567"}]))
        await session.commit()

        answer = await client.patch(
            f"/v1/contacts/{contact.id}", json={"job_title": "поет"}, headers={"If-Match": "*"}
        )

        assert answer.json()["phones"][0]["value"] == "+380671234567"

    async def test_cannot_make_somebody_nameless(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(contact := make_contact())
        await session.commit()

        async with silence(session):
            answer = await client.patch(
                f"/v1/contacts/{contact.id}", json={"last_name": None}, headers={"If-Match": "*"}
            )

        assert answer.status_code == 422

    async def test_says_404_for_a_contact_of_somebody_else(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        session.add(contact := make_contact(owner_id=new_id()))
        await session.commit()

        async with silence(session):
            answer = await client_as("seller").patch(
                f"/v1/contacts/{contact.id}", json={"last_name": "Мій"}, headers={"If-Match": "*"}
            )

        assert answer.status_code == 404


class TestUpsertContact:
    async def test_creates_changes_and_then_says_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = "/v1/contacts/by-external/site/42"
        first = await client.put(path, json=TARAS)
        second = await client.put(path, json={**TARAS, "job_title": "поет"})
        third = await client.put(path, json={**TARAS, "job_title": "поет"})

        assert [one.status_code for one in (first, second, third)] == [201, 200, 200]
        assert third.json()["revision"] == 2
        assert len(await recorded(session, ContactUpdated)) == 1

    async def test_changes_the_one_that_another_call_makes_at_this_moment(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        """Two webhooks of one new record: the second is a second word about it, and no 409."""
        session.add(make_contact(source_system="site", external_id="42"))
        await session.flush()  # not committed: whoever looks finds nothing, whoever writes waits

        putting = asyncio.create_task(
            client.put("/v1/contacts/by-external/site/42", json={**TARAS, "job_title": "поет"})
        )
        await asyncio.wait({putting}, timeout=0.5)
        await session.commit()
        answer = await putting

        assert (answer.status_code, answer.json()["revision"]) == (200, 2)
        assert answer.json()["job_title"] == "поет"

    async def test_brings_back_one_that_was_put_away(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = "/v1/contacts/by-external/site/42"
        made = await client.put(path, json=TARAS)
        await client.delete(f"/v1/contacts/{made.json()['id']}", headers={"If-Match": "*"})

        answer = await client.put(path, json=TARAS)

        assert answer.json()["deleted_at"] is None
        assert len(await recorded(session, ContactRestored)) == 1


class TestDeleteAndRestoreContact:
    async def test_hides_it_and_brings_it_back(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(contact := make_contact())
        await session.commit()
        path = f"/v1/contacts/{contact.id}"

        assert (await client.delete(path, headers={"If-Match": '"1"'})).status_code == 204
        assert (await client.get(path)).status_code == 404
        assert (await client.get("/v1/contacts")).json()["items"] == []
        back = await client.post(f"{path}/restore", headers={"If-Match": '"2"'})

        assert (back.status_code, back.json()["revision"]) == (200, 3)
        assert len(await recorded(session, ContactDeleted)) == 1
        assert len(await recorded(session, ContactRestored)) == 1


class TestBatch:
    async def test_gives_each_item_its_result(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        items = [TARAS, {**TARAS, "emails": [{"value": "taras@"}]}, {"nonsense": 1}]

        answer = await client.post("/v1/contacts/batch", json={"items": items})

        assert answer.status_code == 200, answer.text
        assert [one["status"] for one in answer.json()["results"]] == [201, 422, 422]
        assert len(await recorded(session, ContactCreated)) == 1

    async def test_changes_nothing_when_it_is_atomic_and_one_is_wrong(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        items = [TARAS, {**TARAS, "emails": [{"value": "taras@"}]}]

        answer = await client.post("/v1/contacts/batch", json={"items": items, "atomic": True})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/items/1/emails/0/value"
        assert (await session.scalars(select(Contact))).all() == []


class TestListContacts:
    @pytest.mark.parametrize(
        ("role", "expected"), [("seller", {"mine"}), ("head", {"mine", "team"}), ("viewer", None)]
    )
    async def test_shows_what_lies_in_ones_scope(
        self, client_as: ClientAs, session: AsyncSession, role: str, expected: set[str] | None
    ) -> None:
        me, team_id = new_id(), new_id()
        session.add_all(
            [
                make_contact("mine", owner_id=me),
                make_contact("team", owner_id=new_id(), team_id=team_id),
                make_contact("other", owner_id=new_id(), team_id=new_id()),
            ]
        )
        await session.commit()

        answer = await client_as(role, user_id=me, team_ids=(team_id,)).get("/v1/contacts")

        names = {one["last_name"] for one in answer.json()["items"]}
        assert names == (expected or {"mine", "team", "other"})

    async def test_finds_by_address_number_and_tag(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add_all([make_contact("Франко"), make_contact("Шевченко", **_reach())])
        await session.commit()

        for asked in (
            "emails[has_any]=taras@kobzar.example.com",
            "phones[has_any]=%2B380671234567",
            "tags[has_all]=decides",
        ):
            answer = await client.get(f"/v1/contacts?{asked}")
            assert [one["last_name"] for one in answer.json()["items"]] == ["Шевченко"], asked

    async def test_takes_the_same_filter_as_a_tree(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add_all([make_contact("Франко"), make_contact("Шевченко", **_reach())])
        await session.commit()

        tree = {"not": {"field": "tags", "op": "has_any", "value": ["decides"]}}
        answer = await client.post("/v1/contacts/search", json={"filter": tree, "total": True})

        assert [one["last_name"] for one in answer.json()["items"]] == ["Франко"]
        assert answer.json()["total"] == 1


def _reach() -> dict[str, Any]:
    return {
        "emails": [{"value": "taras@kobzar.example.com"}],
        "phones": [{"value": "067 123 45 67"}],
        "tags": ["decides"],
    }


class TestT2NextStep:
    async def test_finds_those_whom_nobody_has_anything_to_do_about(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        names = ("завдання", "зустріч", "зроблено", "забутий")
        tasked, met, done, forgotten = (make_contact(name) for name in names)
        session.add_all(
            [
                *(tasked, met, done, forgotten),
                make_task(contact_id=tasked.id),
                make_activity(contact_id=met.id),
                make_task(contact_id=done.id, status="done"),
                make_activity(contact_id=done.id, status="missed"),
            ]
        )
        await session.commit()

        without = await client.get("/v1/contacts?has_next_step=false&sort=last_name")
        with_one = await client.post(
            "/v1/contacts/search",
            json={"filter": {"field": "has_next_step", "op": "eq", "value": True}},
        )

        assert {one["last_name"] for one in without.json()["items"]} == {"забутий", "зроблено"}
        assert {one["last_name"] for one in with_one.json()["items"]} == {"завдання", "зустріч"}
