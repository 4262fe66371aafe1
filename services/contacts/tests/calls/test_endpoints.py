"""The call log over HTTP."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.calls.models import Call, RecordingRead
from crm_contacts.events import (
    CallLogged,
    CallRequested,
    CallUpdated,
    LeadResponded,
    TaskCreated,
)
from crm_contacts.leads.models import Lead
from crm_contacts.testing import make_call, make_company, make_contact, make_lead, make_user
from crm_shared.actor import Actor
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
LINK = "https://pbx.example.com/records/1.mp3?key=secret"


def call(**values: Any) -> dict[str, Any]:
    standard = {
        "direction": "inbound",
        "from_number": "(067) 123-45-67",
        "to_number": "044 333 22 11",
        "answered": True,
        "duration_s": 65,
        "started_at": (utc_now() - timedelta(minutes=2)).isoformat(),
    }
    return {**standard, **values}


def missed(**values: Any) -> dict[str, Any]:
    return call(**{"answered": False, "duration_s": 0, **values})


async def log(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/v1/calls", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestM5CallLog:
    """M5, I6: the log of a telephone system."""

    async def test_normalises_numbers_and_tells_nobody_of_them(
        self, client: httpx.AsyncClient, session: AsyncSession, actor: Actor
    ) -> None:
        logged = await log(client, call(recording_url=LINK))

        assert (logged["from_number"], logged["to_number"]) == ("+380671234567", "+380443332211")
        assert (logged["user_id"], logged["has_recording"]) == (str(actor.id), True)
        assert "recording_url" not in logged
        [envelope] = await recorded(session, CallLogged)
        facts = envelope.data.call
        assert (facts.direction, facts.answered, facts.duration_s) == ("inbound", True, 65)
        assert envelope.time == facts.started_at
        text = envelope.model_dump_json()
        assert not [sign for sign in ("1234567", "3332211", "pbx", "secret") if sign in text]

    async def test_knows_who_called_by_his_number(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller, company_id, team_id = make_user(), new_id(), new_id()
        owned: dict[str, Any] = {"owner_id": seller.id, "team_id": team_id}
        contact = make_contact(phones=[{"value": "0671234567"}], company_id=company_id, **owned)
        firm = make_company(phones=[{"value": "0449998877"}], **owned)
        session.add_all([seller, contact, firm])
        await session.commit()
        switch = client_as("integration")

        inbound = await log(switch, call())
        outbound = await log(
            switch, call(direction="outbound", from_number="101", to_number="+380671234567")
        )
        of_the_firm = await log(switch, call(from_number="044 999 88 77"))
        unknown = await log(switch, call(from_number="050 000 00 01"))

        for one in (inbound, outbound):
            assert (one["contact_id"], one["company_id"]) == (str(contact.id), str(company_id))
            assert (one["user_id"], one["team_id"]) == (str(seller.id), str(team_id))
        assert (of_the_firm["contact_id"], of_the_firm["company_id"]) == (None, str(firm.id))
        assert (unknown["contact_id"], unknown["user_id"]) == (None, None)

    async def test_is_told_of_again_as_the_call_goes_on(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        path, switch = "/v1/calls/by-external/asterisk/77", client_as("integration")
        ringing = call(answered=None, duration_s=None)

        first = await switch.put(path, json=ringing)
        ended = await switch.put(path, json={**ringing, "answered": True, "duration_s": 12})
        again = await switch.put(path, json={**ringing, "answered": True, "duration_s": 12})

        assert [one.status_code for one in (first, ended, again)] == [201, 200, 200]
        assert again.json()["revision"] == 2
        [envelope] = await recorded(session, CallUpdated)
        assert sorted(envelope.data.changed) == ["answered", "duration_s"]

    async def test_refuses_the_same_call_twice(self, client: httpx.AsyncClient) -> None:
        named = {"source_system": "asterisk", "external_id": "5"}
        await log(client, call(**named))

        again = await client.post("/v1/calls", json=call(**named))

        assert (again.status_code, again.json()["code"]) == (409, "call-exists")

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"direction": "sideways"}, "/direction"),
            ({"from_number": "call me"}, "/from_number"),
            ({"started_at": "2099-01-01T00:00:00Z"}, "/started_at"),
            ({"duration_s": -1}, "/duration_s"),
            ({"recording_url": "file:///etc/passwd"}, "/recording_url"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self, client: httpx.AsyncClient, change: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/calls", json=call(**change))

        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer

    async def test_is_seen_within_ones_scope(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        me = new_id()
        mine, other = make_call(user_id=me), make_call(user_id=new_id())
        session.add_all([mine, other])
        await session.commit()
        seller = client_as("seller", user_id=me)

        listed = await seller.get("/v1/calls")

        assert [one["id"] for one in listed.json()["items"]] == [str(mine.id)]
        assert (await seller.get(f"/v1/calls/{other.id}")).status_code == 404
        given = await seller.post("/v1/calls", json=call(user_id=str(new_id())))
        assert (given.status_code, given.json()["code"]) == (403, "outside-scope")
        assert (await client_as("viewer").post("/v1/calls", json=call())).status_code == 403


class TestM5ClickToCall:
    """M5: one asks to be put through; the telephone system hears it and reads the number."""

    async def test_stands_in_the_log_and_is_told_without_the_number(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller, team_id = make_user(), new_id()
        contact = make_contact(
            phones=[{"value": "0671234567"}, {"value": "0501112233"}],
            owner_id=seller.id,
            team_id=team_id,
        )
        session.add_all([seller, contact])
        await session.commit()
        me = client_as("seller", user_id=seller.id, team_ids=(team_id,))
        wish = {"contact_id": str(contact.id), "deal_id": str(new_id())}

        first = await me.post("/v1/calls/request", json=wish)
        other = await me.post("/v1/calls/request", json={**wish, "number": "050 111 22 33"})

        assert first.status_code == other.status_code == 201, first.text
        told = first.json()
        assert (told["to_number"], told["answered"]) == ("+380671234567", None)
        assert (told["direction"], told["user_id"]) == ("outbound", str(seller.id))
        assert other.json()["to_number"] == "+380501112233"
        envelope, _ = await recorded(session, CallRequested)
        assert str(envelope.subject) == told["id"]
        assert envelope.data.call.contact_id == contact.id
        assert "1234567" not in envelope.model_dump_json()
        switch = client_as("integration")
        read = (await switch.get(f"/v1/calls/{told['id']}")).json()
        assert read["to_number"] == "+380671234567"
        ended = await switch.patch(
            f"/v1/calls/{told['id']}", json={"answered": True, "duration_s": 40}, headers=ANY
        )
        assert (ended.status_code, ended.json()["duration_s"]) == (200, 40)

    async def test_a_company_is_rung_as_well(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        firm = make_company(phones=[{"value": "0449998877"}])
        session.add(firm)
        await session.commit()

        answer = await client_as("admin").post(
            "/v1/calls/request", json={"company_id": str(firm.id)}
        )

        assert (answer.json()["to_number"], answer.json()["contact_id"]) == ("+380449998877", None)

    async def test_a_lead_is_rung_and_what_was_said_answers_it(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        """M5, C3: from the button to the lead's answered deadline and its timeline."""
        seller, team_id = make_user(), new_id()
        phones: list[Any] = [{"value": "0671234567"}]
        owned: dict[str, Any] = {"owner_id": seller.id, "team_id": team_id}
        lead = make_lead(phones=phones, **owned)
        sold = make_lead(status="converted", phones=phones, **owned)
        silent = make_lead(phones=phones, do_not_call=True, **owned)
        session.add_all([seller, lead, sold, silent, other := make_lead(phones=phones)])
        await session.commit()
        me = client_as("seller", user_id=seller.id, team_ids=(team_id,))
        switch = client_as("integration")

        asked = await me.post("/v1/calls/request", json={"lead_id": str(lead.id)})
        rung = await switch.get(f"/v1/leads/{lead.id}")
        ended = await switch.patch(
            f"/v1/calls/{asked.json()['id']}", json={"answered": True}, headers=ANY
        )
        again = await log(switch, call())

        assert (asked.status_code, asked.json()["to_number"]) == (201, "+380671234567"), asked.text
        [envelope] = await recorded(session, CallRequested)
        assert (envelope.data.call.lead_id, envelope.data.call.contact_id) == (lead.id, None)
        assert rung.json()["first_responded_at"] is None  # it only rings
        assert ended.status_code == 200, ended.text
        answered = (await me.get(f"/v1/leads/{lead.id}")).json()
        assert (answered["status"], answered["revision"]) == ("working", 2)
        assert len(await recorded(session, LeadResponded)) == 1  # the second call answers no more
        assert again["lead_id"] == str(lead.id)
        listed = await me.get("/v1/calls", params={"lead_id": str(lead.id)})
        assert len(listed.json()["items"]) == 2
        for one, code in ((sold, "lead-closed"), (silent, "not-to-be-called")):
            refused = await me.post("/v1/calls/request", json={"lead_id": str(one.id)})
            assert (refused.status_code, refused.json()["code"]) == (409, code)
        strange = await me.post("/v1/calls/request", json={"lead_id": str(other.id)})
        assert (strange.status_code, strange.json()["code"]) == (404, "lead-not-found")
        named = await me.post("/v1/calls", json=call(lead_id=str(other.id), user_id=str(seller.id)))
        assert (named.status_code, named.json()["code"]) == (404, "lead-not-found")
        many = {"items": [call(lead_id=str(other.id))]}
        [item] = (await me.post("/v1/calls/batch", json=many)).json()["results"]
        assert item["status"] == 404, item
        # nor by writing its number down instead of its id
        session.add(hidden := make_lead(phones=[{"value": "0679990011"}]))
        await session.commit()
        numbered = await me.post("/v1/calls", json=call(from_number="0679990011", answered=True))
        assert numbered.status_code == 201, numbered.text
        await session.refresh(hidden)
        assert hidden.first_responded_at is None
        assert (await me.get(f"/v1/leads/{other.id}/timeline")).status_code == 404
        ahead = {"started_at": "2199-01-01T00:00:00Z"}
        path = f"/v1/calls/{again['id']}"
        moved = await switch.put("/v1/calls/by-external/atc/77", json=call())
        later = await switch.put("/v1/calls/by-external/atc/77", json={**call(), **ahead})
        assert (moved.status_code, later.status_code) == (201, 422), path

    @pytest.mark.parametrize(
        ("contact", "asked", "expected"),
        [
            ({"phones": []}, {}, (422, "no-such-number")),
            ({}, {"number": "0509999999"}, (422, "no-such-number")),
            ({}, {"number": "no number"}, (422, "no-such-number")),
            ({}, {"company_id": str(new_id())}, (422, "one-client")),
            ({}, {"lead_id": str(new_id())}, (422, "one-client")),
            ({"do_not_call": True}, {}, (409, "not-to-be-called")),
            ({"restricted_at": utc_now()}, {}, (409, "not-to-be-called")),
        ],
    )
    async def test_refuses_and_writes_nothing(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        contact: dict[str, Any],
        asked: dict[str, Any],
        expected: tuple[int, str],
    ) -> None:
        somebody = make_contact(**{"phones": [{"value": "0671234567"}], **contact})
        session.add(somebody)
        await session.commit()

        answer = await client.post(
            "/v1/calls/request", json={"contact_id": str(somebody.id), **asked}
        )

        assert (answer.status_code, answer.json()["code"]) == expected
        assert await announced(session) == []
        assert list(await session.scalars(select(Call))) == []

    async def test_rings_nobody_else_s_clients(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        contact = make_contact(phones=[{"value": "0671234567"}], owner_id=new_id())
        session.add(contact)
        await session.commit()

        answer = await client_as("seller").post(
            "/v1/calls/request", json={"contact_id": str(contact.id)}
        )

        assert answer.status_code == 404


class TestM5Recording:
    """M5, M6: where a recording lies is told to few, and noted."""

    async def test_is_shown_to_who_may_hear_it_and_that_is_written_down(
        self, client: httpx.AsyncClient, session: AsyncSession, actor: Actor
    ) -> None:
        session.add(one := make_call(recording_url=LINK))
        await session.commit()

        answer = await client.get(f"/v1/calls/{one.id}/recording")
        reads = await client.get(f"/v1/calls/{one.id}/recording/reads")

        assert answer.json() == {"url": LINK}
        assert answer.headers["cache-control"] == "no-store"
        assert [read["user_id"] for read in reads.json()] == [str(actor.id)]

    @pytest.mark.parametrize("role", ["viewer", "marketing", "integration", "accountant"])
    async def test_is_not_for_everyone_who_sees_the_call(
        self, client_as: ClientAs, session: AsyncSession, role: str
    ) -> None:
        session.add(one := make_call(recording_url=LINK))
        await session.commit()

        answer = await client_as(role).get(f"/v1/calls/{one.id}/recording")

        assert answer.status_code == 403
        assert list(await session.scalars(select(RecordingRead))) == []

    async def test_is_not_there_for_strangers_nor_where_nothing_was_recorded(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        recorded_one, bare = make_call(recording_url=LINK), make_call()
        session.add_all([recorded_one, bare])
        await session.commit()

        stranger = await client_as("seller").get(f"/v1/calls/{recorded_one.id}/recording")
        nothing = await client.get(f"/v1/calls/{bare.id}/recording")

        assert (stranger.status_code, nothing.status_code) == (404, 404)
        assert nothing.json()["code"] == "no-recording"


class TestM13MissedCalls:
    async def test_ask_for_a_call_back_at_once(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller = make_user(language="uk")
        contact = make_contact(phones=[{"value": "0671234567"}], owner_id=seller.id)
        session.add_all([seller, contact])
        await session.commit()
        switch = client_as("integration")

        logged = await log(switch, missed())

        task = (await switch.get(f"/v1/tasks/{logged['callback_task_id']}")).json()
        assert (task["title"], task["kind"], task["priority"]) == (
            "Передзвонити",
            "call_back",
            "high",
        )
        assert (task["assignee_id"], task["contact_id"]) == (str(seller.id), str(contact.id))
        [envelope] = await recorded(session, CallLogged)
        assert str(envelope.data.call.callback_task_id) == logged["callback_task_id"]

    async def test_of_a_lead_ask_its_owner_and_who_became_a_client_is_a_client(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller, other, team_id = make_user(language="ru"), make_user(), new_id()
        phones = [{"value": "0671234567"}]
        rests = make_lead(phones=phones, status="disqualified", owner_id=other.id)
        lead = make_lead(phones=phones, status="working", owner_id=seller.id, team_id=team_id)
        session.add_all([seller, other, rests, lead])
        await session.commit()
        switch = client_as("integration")

        logged = await log(switch, missed())

        assert (logged["lead_id"], logged["contact_id"]) == (str(lead.id), None)
        assert (logged["user_id"], logged["team_id"]) == (str(seller.id), str(team_id))
        [task] = (await switch.get("/v1/tasks", params={"lead_id": str(lead.id)})).json()["items"]
        assert (task["id"], task["title"]) == (logged["callback_task_id"], "Перезвонить")
        assert (task["assignee_id"], task["kind"]) == (str(seller.id), "call_back")
        [envelope] = await recorded(session, TaskCreated)
        assert envelope.data.task.lead_id == lead.id
        admin = client_as("admin")
        next_one = (await admin.get(f"/v1/leads/{lead.id}/next-action")).json()
        assert (next_one["reason"], next_one["id"]) == ("missed_call", task["id"])
        named = await log(switch, missed(from_number="0509998877", lead_id=str(lead.id)))
        assert named["user_id"] == str(seller.id)
        by_hand = await log(admin, missed())
        assert (by_hand["user_id"], by_hand["repeats_call_id"]) == (str(seller.id), logged["id"])
        await session.execute(update(Lead).where(Lead.id == lead.id).values(deleted_at=utc_now()))
        session.add(contact := make_contact(phones=phones))
        await session.commit()
        client_s = await log(switch, missed())
        assert (client_s["lead_id"], client_s["contact_id"]) == (None, str(contact.id))

    async def test_of_one_number_within_the_window_are_one_call_back(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        first = await log(client, missed())
        second = await log(client, missed(from_number="+380671234567"))
        other = await log(client, missed(from_number="050 111 22 33"))
        earlier = (utc_now() - timedelta(hours=3)).isoformat()
        long_ago = await log(client, missed(started_at=earlier))

        assert (second["callback_task_id"], second["repeats_call_id"]) == (None, first["id"])
        assert other["callback_task_id"] is not None
        assert long_ago["callback_task_id"] is not None
        assert len(await recorded(session, TaskCreated)) == 3

    async def test_of_a_telephone_systems_past_ask_for_no_call_back(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        weekend = await log(client, missed(started_at=(utc_now() - timedelta(days=3)).isoformat()))
        spring = (utc_now() - timedelta(days=200)).isoformat()
        past = await log(client, missed(from_number="050 111 22 33", started_at=spring))

        assert weekend["callback_task_id"] is not None
        # a switch that is connected brings its log of half a year: nobody waits by the telephone
        assert past["callback_task_id"] is None
        assert len(await recorded(session, TaskCreated)) == 1

    async def test_at_the_same_moment_are_one_call_back(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        logged = await asyncio.gather(*(log(client, missed()) for _ in range(6)))

        assert len([one for one in logged if one["callback_task_id"]]) == 1
        assert len(await recorded(session, TaskCreated)) == 1

    async def test_after_the_call_back_ask_anew(self, client: httpx.AsyncClient) -> None:
        first = await log(client, missed())
        task = f"/v1/tasks/{first['callback_task_id']}"
        await client.post(f"{task}/complete", headers=ANY)

        second = await log(client, missed())

        assert second["callback_task_id"] not in (None, first["callback_task_id"])

    async def test_are_noticed_when_the_ringing_ends_and_only_once(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        path, switch = "/v1/calls/by-external/asterisk/8", client_as("integration")
        ringing = await switch.put(path, json=call(answered=None, duration_s=None))
        ended = await switch.put(path, json=missed())
        await switch.put(path, json=missed(duration_s=1))

        assert ringing.json()["callback_task_id"] is None
        assert ended.json()["callback_task_id"] is not None
        assert len(await recorded(session, TaskCreated)) == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"answered": True},
            {"direction": "outbound"},
            {"from_number": "101"},
            {"from_number": None},
        ],
    )
    async def test_are_only_those_that_a_client_made_in_vain(
        self, client: httpx.AsyncClient, session: AsyncSession, change: dict[str, Any]
    ) -> None:
        logged = await log(client, missed(**change))

        assert logged["callback_task_id"] is None
        assert await recorded(session, TaskCreated) == []
        assert len(await announced(session)) == 1
