"""C3, C10, K3: what is done with a lead, what is announced, and who may not."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import (
    LeadAssigned,
    LeadConfirmed,
    LeadDisqualified,
    LeadQualified,
    LeadReopened,
    LeadResponded,
)
from crm_contacts.leads import tokens
from crm_contacts.leads.models import Lead
from crm_contacts.settings import Settings
from crm_contacts.testing import make_lead, make_user
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}


async def kept(session: AsyncSession, **values: Any) -> Lead:
    session.add(lead := make_lead(**{"owner_id": new_id(), **values}))
    await session.commit()
    return lead


class TestC10AssignLead:
    async def test_gives_it_to_exactly_one_owner_in_his_first_team(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        team_id = new_id()
        session.add(seller := make_user(team_ids=[team_id]))
        lead = await kept(session)

        answer = await client.post(
            f"/v1/leads/{lead.id}/assign", json={"owner_id": str(seller.id)}, headers=ANY
        )

        body = answer.json()
        assert (body["owner_id"], body["team_id"]) == (str(seller.id), str(team_id))
        [envelope] = await recorded(session, LeadAssigned)
        assert envelope.data.lead.owner_id == seller.id
        assert envelope.data.previous["owner_id"] == str(lead.owner_id)

    async def test_refuses_a_seller_who_gives_it_away(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        me = new_id()
        lead = await kept(session, owner_id=me)

        answer = await client_as("seller", user_id=me).post(
            f"/v1/leads/{lead.id}/assign", json={"owner_id": str(new_id())}, headers=ANY
        )

        assert (answer.status_code, answer.json()["code"]) == (403, "outside-scope")
        assert await recorded(session, LeadAssigned) == []


class TestRespondToLead:
    async def test_counts_the_first_answer_only(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session)
        path = f"/v1/leads/{lead.id}/respond"

        first = await client.post(path, json={}, headers=ANY)
        second = await client.post(path, json={}, headers=ANY)

        assert (first.json()["status"], first.json()["revision"]) == ("working", 2)
        assert second.json()["first_responded_at"] == first.json()["first_responded_at"]
        [envelope] = await recorded(session, LeadResponded)
        assert envelope.data.previous == {"status": "new", "first_responded_at": None}

    @pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(days=-1)])
    async def test_refuses_a_moment_that_cannot_be(
        self, client: httpx.AsyncClient, session: AsyncSession, off: timedelta
    ) -> None:
        lead = await kept(session)

        answer = await client.post(
            f"/v1/leads/{lead.id}/respond",
            json={"responded_at": (utc_now() + off).isoformat()},
            headers=ANY,
        )

        assert (answer.status_code, answer.json()["code"]) == (422, "response-in-future")


class TestMomentsOfElsewhere:
    """What another system did with a lead keeps its day."""

    @pytest.mark.parametrize("verb", ["disqualify", "convert"])
    @pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(days=-1)])
    async def test_refuses_a_moment_that_cannot_be(
        self, client: httpx.AsyncClient, session: AsyncSession, verb: str, off: timedelta
    ) -> None:
        lead = await kept(session)
        field = {"disqualify": "disqualified_at", "convert": "converted_at"}[verb]
        body = {field: (utc_now() + off).isoformat()}
        if verb == "disqualify":
            body["reason"] = "no_need"

        answer = await client.post(f"/v1/leads/{lead.id}/{verb}", json=body, headers=ANY)

        assert (answer.status_code, answer.json()["code"]) == (422, "moment-out-of-range")
        assert answer.json()["errors"][0]["pointer"] == f"/{field}"
        assert (await client.get(f"/v1/leads/{lead.id}")).json()["status"] == "new"

    async def test_is_told_as_of_the_day_it_was_refused(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session, created_at=utc_now() - timedelta(days=9))
        at = utc_now() - timedelta(days=3)
        body = {"reason": "no_need", "disqualified_at": at.isoformat()}

        answer = await client.post(f"/v1/leads/{lead.id}/disqualify", json=body, headers=ANY)

        assert answer.status_code == 200, answer.text
        [envelope] = await recorded(session, LeadDisqualified)
        assert envelope.time == at


class TestQualifyLead:
    async def test_says_that_it_is_worth_selling_to(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session)

        answer = await client.post(f"/v1/leads/{lead.id}/qualify", headers={"If-Match": '"1"'})

        assert answer.json()["status"] == "qualified"
        [envelope] = await recorded(session, LeadQualified)
        assert envelope.data.previous["status"] == "new"

    async def test_is_refused_twice_and_when_it_is_closed(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session, status="qualified")
        lost = await kept(session, status="disqualified")

        again = await client.post(f"/v1/leads/{lead.id}/qualify", headers=ANY)
        closed = await client.post(f"/v1/leads/{lost.id}/qualify", headers=ANY)

        assert (again.status_code, again.json()["code"]) == (409, "lead-qualified")
        assert (closed.status_code, closed.json()["code"]) == (409, "lead-closed")

    async def test_needs_the_revision_that_was_read(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        path = f"/v1/leads/{(await kept(session)).id}/qualify"

        async with silence(session):
            assert (await client.post(path)).status_code == 428
            assert (await client.post(path, headers={"If-Match": '"7"'})).status_code == 412


class TestK3DisqualifyLead:
    async def test_names_a_reason_and_keeps_the_note_at_home(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session)

        answer = await client.post(
            f"/v1/leads/{lead.id}/disqualify",
            json={"reason": "spam", "note": "sells pills"},
            headers=ANY,
        )

        assert (answer.json()["status"], answer.json()["disqualify_note"]) == (
            "disqualified",
            "sells pills",
        )
        [envelope] = await recorded(session, LeadDisqualified)
        assert envelope.data.lead.disqualify_reason == "spam"
        assert "pills" not in envelope.model_dump_json()

    async def test_refuses_a_reason_that_is_not_in_the_list(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session)

        answer = await client.post(
            f"/v1/leads/{lead.id}/disqualify", json={"reason": "mood"}, headers=ANY
        )

        assert (answer.status_code, answer.json()["code"]) == (422, "unknown-reason")
        assert answer.json()["errors"][0]["pointer"] == "/reason"

    async def test_is_not_for_strangers_and_readers(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        path = f"/v1/leads/{(await kept(session)).id}/disqualify"

        async with silence(session):
            stranger = await client_as("seller").post(path, json={"reason": "spam"}, headers=ANY)
            reader = await client_as("viewer").post(path, json={"reason": "spam"}, headers=ANY)

        assert (stranger.status_code, reader.status_code) == (404, 403)


class TestReopenLead:
    async def test_gives_it_a_new_deadline_when_nobody_ever_answered(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        past = utc_now() - timedelta(days=1)
        lead = await kept(session, status="disqualified", disqualify_reason="spam", respond_by=past)

        answer = await client.post(f"/v1/leads/{lead.id}/reopen", headers=ANY)

        body = answer.json()
        assert (body["status"], body["disqualify_reason"]) == ("new", None)
        assert body["is_overdue"] is False
        [envelope] = await recorded(session, LeadReopened)
        assert envelope.data.previous["disqualify_reason"] == "spam"

    async def test_is_for_disqualified_ones(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        lead = await kept(session, status="converted")

        answer = await client.post(f"/v1/leads/{lead.id}/reopen", headers=ANY)

        assert (answer.status_code, answer.json()["code"]) == (409, "lead-not-disqualified")


class TestConfirmLead:
    async def test_confirms_once_by_the_link_and_counts_in_the_score(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        lead = await kept(session, awaits_confirmation=True)
        client = client_as("admin")
        made = await client.post(f"/v1/leads/{lead.id}/confirmation", headers=ANY)

        for _ in range(2):
            answer = await client_as(None).post(
                "/v1/leads/confirm", json={"token": made.json()["token"]}
            )
            assert answer.status_code == 204

        [envelope] = await recorded(session, LeadConfirmed)
        assert envelope.data.lead.awaits_confirmation is False
        seen = (await client.get(f"/v1/leads/{lead.id}")).json()
        assert seen["confirmed_at"] is not None
        assert seen["score"] > lead.score

    async def test_refuses_what_is_forged_or_too_old(
        self, client_as: ClientAs, session: AsyncSession, settings: Settings
    ) -> None:
        lead = await kept(session, awaits_confirmation=True)
        soon, key = utc_now() + timedelta(days=1), settings.link_key
        good = tokens.make(key, lead.id, expires_at=soon)
        other = tokens.make(key, new_id(), expires_at=soon)

        for token in (
            tokens.make(key, lead.id, expires_at=utc_now() - timedelta(seconds=5)),
            tokens.make("k" * 32, lead.id, expires_at=soon),
            f"{lead.id.hex}.{other.partition('.')[2]}",
            good[:-1] + ("0" if good[-1] != "0" else "1"),
            "nonsense",
            "ї.ї.ї",
            other,
        ):
            answer = await client_as(None).post("/v1/leads/confirm", json={"token": token})
            assert (answer.status_code, answer.json()["code"]) == (422, "confirmation-refused")
        assert await recorded(session, LeadConfirmed) == []
