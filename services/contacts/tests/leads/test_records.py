"""C3: leads over HTTP: writing, scope, likenesses, lists, refusals."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import (
    LeadAssigned,
    LeadCreated,
    LeadDeleted,
    LeadRestored,
    LeadUpdated,
)
from crm_contacts.leads.models import Lead
from crm_contacts.testing import make_contact, make_lead
from crm_contacts.versions.models import Version
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

VASYL: dict[str, Any] = {
    "first_name": "Василь",
    "last_name": "Стус",
    "company_name": "Палімпсест",
    "emails": [{"value": "Stus@Palimpsest.example.com"}],
    "phones": [{"value": "067 765-43-21"}],
    "source": "fair",
    "channel": "phone",
    "campaign": "typed by hand",
    "utm": {"source": "typed", "medium": "cpc"},
    "note": "wants chairs",
}
ANY = {"If-Match": "*"}


class TestC3Leads:
    async def test_has_source_owner_status_deadline_and_points_with_reasons(
        self, client_as: ClientAs
    ) -> None:
        me = new_id()
        before = utc_now()

        answer = await client_as("seller", user_id=me).post("/v1/leads", json=VASYL)

        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert (body["status"], body["source"], body["owner_id"]) == ("new", "fair", str(me))
        due = datetime.fromisoformat(body["respond_by"])
        assert timedelta(minutes=59) < due - before < timedelta(minutes=61)
        assert body["score"] == sum(one["points"] for one in body["score_reasons"]) > 0
        assert "paid_campaign" in [one["code"] for one in body["score_reasons"]]
        assert body["phones"][0]["value"] == "+380677654321"
        assert body["emails"][0]["value"] == "stus@palimpsest.example.com"

    async def test_announces_nothing_that_was_typed(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await client.post("/v1/leads", json=VASYL)

        [envelope] = await recorded(session, LeadCreated)
        facts = envelope.data.lead
        assert (facts.status, facts.source, facts.labels) == ("new", "fair", {})
        assert (facts.has_email, facts.has_phone) == (True, True)
        texts = " ".join(await session.scalars(select(OUTBOX.c.envelope)))
        for secret in ("Василь", "Стус", "Палімпсест", "palimpsest", "7654321", "typed", "chairs"):
            assert secret not in texts

    async def test_keeps_the_version_it_made(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await client.post("/v1/leads", json=VASYL)

        [version] = await session.scalars(select(Version))
        assert (version.kind, version.data["last_name"]) == ("lead", "Стус")

    async def test_keeps_a_deadline_of_its_own_or_none(self, client: httpx.AsyncClient) -> None:
        own = await client.post(
            "/v1/leads", json={**VASYL, "respond_by": "2031-01-01T09:00:00+02:00"}
        )
        none = await client.post("/v1/leads", json={**VASYL, "respond_by": None})

        assert own.json()["respond_by"] == "2031-01-01T07:00:00Z"
        assert none.json()["respond_by"] is None

    async def test_refuses_a_seller_who_makes_it_for_somebody_else(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        answer = await client_as("seller").post(
            "/v1/leads", json={**VASYL, "owner_id": str(new_id())}
        )

        assert (answer.status_code, answer.json()["code"]) == (403, "outside-scope")
        assert (await session.scalars(select(Lead))).all() == []

    async def test_is_not_for_those_who_only_read(self, client_as: ClientAs) -> None:
        for role in ("marketing", "viewer", "accountant"):
            assert (await client_as(role).post("/v1/leads", json=VASYL)).status_code == 403

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"emails": [{"value": "stus@"}]}, "/emails/0/value"),
            ({"phones": [{"value": "12"}]}, "/phones/0/value"),
            ({"status": "converted"}, "/status"),
            ({"score": 100}, "/score"),
            ({"utm": {"colour": "red"}}, "/utm/colour"),
            ({"respond_by": "tomorrow"}, "/respond_by"),
            ({"respond_by": "2031-01-01T09:00:00"}, "/respond_by"),
            ({"emails": None}, "/emails"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self, client: httpx.AsyncClient, session: AsyncSession, change: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/leads", json={**VASYL, **change})

        assert answer.status_code == 422
        assert pointer in [one["pointer"] for one in answer.json()["errors"]]
        assert (await session.scalars(select(Lead))).all() == []

    async def test_refuses_a_lead_that_nobody_could_answer(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/leads", json={"source": "web"})
        never = {**VASYL, "respond_by": "0001-01-01T00:00:00+14:00"}

        assert (answer.status_code, answer.json()["code"]) == (422, "nameless-lead")
        assert (await client.post("/v1/leads", json=never)).status_code == 422


class TestPossibleDuplicates:
    async def test_are_listed_and_stand_in_nobodys_way(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = make_lead(phones=[{"value": "+380677654321"}])
        contact = make_contact(emails=[{"value": "stus@palimpsest.example.com"}])
        session.add_all([lead, contact, make_lead("Інший"), make_contact("Інший")])
        await session.commit()

        answer = await client.post("/v1/leads", json=VASYL)

        assert answer.status_code == 201
        assert answer.json()["possible_duplicates"] == [
            {"kind": "contact", "id": str(contact.id), "matches": ["email"]},
            {"kind": "lead", "id": str(lead.id), "matches": ["phone"]},
        ]

    async def test_are_only_those_within_the_callers_scope(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        session.add(make_lead(owner_id=new_id(), phones=[{"value": "+380677654321"}]))
        await session.commit()

        answer = await client_as("seller").post("/v1/leads", json=VASYL)

        assert answer.json()["possible_duplicates"] == []

    async def test_can_be_asked_for_later(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        first = make_lead(phones=[{"value": "+380677654321"}])
        second = make_lead(phones=[{"value": "067 765 43 21"}])
        session.add_all([first, second])
        await session.commit()

        answer = await client.get(f"/v1/leads/{first.id}/duplicates")

        assert [one["id"] for one in answer.json()["items"]] == [str(second.id)]


class TestUpdateLead:
    async def test_announces_names_of_fields_and_old_values_of_facts_only(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(lead := make_lead(source="web", owner_id=new_id()))
        await session.commit()

        answer = await client.patch(
            f"/v1/leads/{lead.id}",
            json={"last_name": "Костенко", "source": "fair"},
            headers={"If-Match": '"1"'},
        )

        assert answer.headers["etag"] == '"2"'
        [envelope] = await recorded(session, LeadUpdated)
        assert sorted(envelope.data.changed) == ["last_name", "source"]
        assert envelope.data.previous == {"source": "web"}

    async def test_is_named_after_the_move_when_the_owner_changes(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(lead := make_lead(owner_id=new_id()))
        await session.commit()

        await client.patch(f"/v1/leads/{lead.id}", json={"owner_id": str(new_id())}, headers=ANY)

        assert len(await recorded(session, LeadAssigned)) == 1
        assert await recorded(session, LeadUpdated) == []

    async def test_says_nothing_when_nothing_changed(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(lead := make_lead(owner_id=new_id()))
        await session.commit()

        answer = await client.patch(f"/v1/leads/{lead.id}", json={"last_name": "Стус"}, headers=ANY)

        assert answer.json()["revision"] == 1

    async def test_says_404_for_a_lead_of_somebody_else(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        session.add(lead := make_lead(owner_id=new_id()))
        await session.commit()

        async with silence(session):
            answer = await client_as("seller").patch(
                f"/v1/leads/{lead.id}", json={"last_name": "Мій"}, headers=ANY
            )

        assert answer.status_code == 404


class TestUpsertLead:
    async def test_creates_changes_and_then_says_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = "/v1/leads/by-external/site/42"
        first = await client.put(path, json=VASYL)
        second = await client.put(path, json={**VASYL, "job_title": "поет"})
        third = await client.put(path, json={**VASYL, "job_title": "поет"})

        assert [one.status_code for one in (first, second, third)] == [201, 200, 200]
        assert third.json()["revision"] == 2
        assert len(await recorded(session, LeadUpdated)) == 1

    async def test_takes_a_batch_and_gives_each_item_its_result(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        items = [VASYL, {**VASYL, "emails": [{"value": "stus@"}]}, {"nonsense": 1}]

        answer = await client.post("/v1/leads/batch", json={"items": items})

        assert [one["status"] for one in answer.json()["results"]] == [201, 422, 422]
        assert len(await recorded(session, LeadCreated)) == 1

    async def test_refuses_an_external_id_that_is_taken(self, client: httpx.AsyncClient) -> None:
        named = {**VASYL, "source_system": "site", "external_id": "7"}
        await client.post("/v1/leads", json=named)

        answer = await client.post("/v1/leads", json=named)

        assert (answer.status_code, answer.json()["code"]) == (409, "lead-exists")


class TestDeleteAndRestoreLead:
    async def test_hides_it_and_brings_it_back(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(lead := make_lead())
        await session.commit()
        path = f"/v1/leads/{lead.id}"

        assert (await client.delete(path, headers={"If-Match": '"1"'})).status_code == 204
        assert (await client.get(path)).status_code == 404
        back = await client.post(f"{path}/restore", headers={"If-Match": '"2"'})

        assert (back.status_code, back.json()["revision"]) == (200, 3)
        assert len(await recorded(session, LeadDeleted)) == 1
        assert len(await recorded(session, LeadRestored)) == 1


class TestListLeads:
    @pytest.mark.parametrize(
        ("role", "expected"), [("seller", {"mine"}), ("head", {"mine", "team"}), ("viewer", None)]
    )
    async def test_shows_what_lies_in_ones_scope(
        self, client_as: ClientAs, session: AsyncSession, role: str, expected: set[str] | None
    ) -> None:
        me, team_id = new_id(), new_id()
        session.add_all(
            [
                make_lead("mine", owner_id=me),
                make_lead("team", owner_id=new_id(), team_id=team_id),
                make_lead("other", owner_id=new_id(), team_id=new_id()),
            ]
        )
        await session.commit()

        answer = await client_as(role, user_id=me, team_ids=(team_id,)).get("/v1/leads")

        names = {one["last_name"] for one in answer.json()["items"]}
        assert names == (expected or {"mine", "team", "other"})

    async def test_finds_the_overdue_and_the_unassigned_and_the_others(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        past, later = utc_now() - timedelta(minutes=1), utc_now() + timedelta(hours=1)
        late = make_lead("late", owner_id=new_id(), respond_by=past)
        nobodys = make_lead("nobodys", respond_by=later)
        patient = make_lead("patient", owner_id=new_id(), respond_by=None)
        answered = make_lead("answered", owner_id=new_id(), respond_by=past, status="working")
        session.add_all([late, nobodys, patient, answered])
        await session.commit()

        found = {}
        for asked in ("is_overdue=true", "is_overdue=false", "is_unassigned=true"):
            answer = await client.get(f"/v1/leads?{asked}")
            assert answer.status_code == 200, answer.text
            found[asked] = {one["last_name"] for one in answer.json()["items"]}
            if asked == "is_overdue=true":
                assert [one["is_overdue"] for one in answer.json()["items"]] == [True]

        assert found == {
            "is_overdue=true": {"late"},
            "is_overdue=false": {"nobodys", "patient", "answered"},
            "is_unassigned=true": {"nobodys"},
        }

    async def test_takes_a_filter_tree_and_sorts_by_score(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add_all([make_lead("cold"), make_lead("warm", phones=[{"value": "067 765 43 21"}])])
        await session.commit()

        tree = {"field": "status", "op": "in", "value": ["new", "working"]}
        answer = await client.post("/v1/leads/search", json={"filter": tree, "sort": "-score"})

        assert [one["last_name"] for one in answer.json()["items"]] == ["warm", "cold"]
