"""C14: companies and leads are called from lists as contacts are."""

from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.call_lists import queries
from crm_contacts.call_lists.rules import Exclusion
from crm_contacts.call_lists.use_cases.calling import exclude
from crm_contacts.events import CompanyUpdated, LeadResponded, LeadUpdated
from crm_contacts.events.call_lists import (
    CallListEntryAdded,
    CallListEntryAddedV2,
    CallListEntryExcludedV2,
    CallListEntryLoggedV2,
    CallListEntryTakenV2,
)
from crm_contacts.persons.queries import person_of_lead, rows_of
from crm_contacts.testing import make_company, make_contact, make_lead
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}


async def kept(session: AsyncSession, *rows: Any) -> list[Any]:
    session.add_all(rows)
    await session.commit()
    return list(rows)


async def made(client: httpx.AsyncClient, noun: str, **values: Any) -> str:
    answer = await client.post("/v1/call-lists", json={"name": "База", "noun": noun, **values})
    assert answer.status_code == 201, answer.text
    return f"/v1/call-lists/{answer.json()['id']}"


async def asked(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


class TestC14Leads:
    async def test_are_called_answered_and_never_again_when_they_say_so(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        number = [{"value": "+380671234509"}]
        first, second, *_ = await kept(
            session,
            make_lead("Перший", phones=[{"value": "+380671234501"}], source="fair"),
            make_lead("Другий", phones=[{"value": "+380671234502"}], source="fair"),
            make_lead("Відмовник", phones=number, source="fair"),
            make_lead("Німий", phones=[], source="fair"),
            make_lead(
                "Клієнт", phones=[{"value": "+380671234503"}], source="fair", status="converted"
            ),
            make_lead("Ні", phones=[{"value": "+380671234504"}], source="fair", do_not_call=True),
            make_contact("Відмовник", phones=number, do_not_call=True),
        )
        fair = {"field": "source", "op": "eq", "value": "fair"}
        path = await made(client, "lead", filter=fair, owner_id=str(new_id()))

        told = await asked(client, f"{path}/fill")

        assert told["added"] == 2
        assert told["excluded"] == {"do_not_call": 2, "converted": 1, "no_phone": 1}
        handed = await asked(client, f"{path}/next")
        assert (handed["contact"], handed["entry"]["noun"]) == (None, "lead")
        called, left = (first, second) if handed["lead"]["id"] == str(first.id) else (second, first)
        assert handed["lead"]["phones"][0]["value"] == called.phones[0]["value"]
        entry = f"{path}/entries/{handed['entry']['id']}"
        words = {"result": "refused", "do_not_call": True, "comment": "Не цікаво"}
        done = await asked(client, f"{entry}/result", **words)

        assert (done["status"], done["excluded_for"]) == ("excluded", "do_not_call")
        lead = (await client.get(f"/v1/leads/{called.id}")).json()
        assert (lead["do_not_call"], lead["status"]) == (True, "working")
        call = (await session.scalars(select(Activity))).one()
        assert (call.lead_id, call.outcome) == (called.id, "refused")
        assert len(await recorded(session, LeadResponded)) == 1
        assert [one.data.changed for one in await recorded(session, LeadUpdated)] == [
            ["do_not_call"]
        ]
        added = await recorded(session, CallListEntryAddedV2)
        assert {one.data.call_list_entry.lead_id for one in added} == {first.id, second.id}
        assert await recorded(session, CallListEntryAdded) == []
        assert len(await recorded(session, CallListEntryTakenV2)) == 1
        [logged] = await recorded(session, CallListEntryLoggedV2)
        assert (logged.data.result, logged.data.activity_id) == ("refused", call.id)
        assert "цікаво" not in logged.model_dump_json()
        kept_of = await rows_of(session, await person_of_lead(session, called.id))
        assert [row["comment"] for row in kept_of["call_attempts"]] == ["Не цікаво"]
        listed = await client.get("/v1/call-list-entries", params={"lead_id": str(left.id)})
        assert [one["status"] for one in listed.json()["items"]] == ["waiting"]
        stranger = client_as("seller", user_id=new_id())
        assert (await stranger.post(f"{path}/next")).status_code == 404

    async def test_who_refused_stays_refused_as_a_client(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        body = {"last_name": "Стус", "phones": [{"value": "+380671234501"}], "do_not_call": True}
        path = (await client.post("/v1/leads", json=body)).json()["id"]

        converted = (await client.post(f"/v1/leads/{path}/convert", json={}, headers=ANY)).json()

        contact = (await client.get(f"/v1/contacts/{converted['contact_id']}")).json()
        assert contact["do_not_call"] is True


class TestC14Companies:
    async def test_are_called_by_segment_and_merged_ones_once(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one, twin, quiet = await kept(
            session,
            make_company("ТОВ Явір", phones=[{"value": "+380441234501"}]),
            make_company("Явір ТОВ", phones=[{"value": "+380441234501"}]),
            make_company("Тиша", phones=[{"value": "+380441234502"}]),
        )
        group = {"name": "Явори", "noun": "company"}
        segment = (await client.post("/v1/segments", json=group)).json()["id"]
        members = {"add": [str(some.id) for some in (one, twin, quiet)]}
        await client.post(f"/v1/segments/{segment}/members", json=members)
        path = await made(client, "company", segment_id=segment)
        assert (await asked(client, f"{path}/fill"))["added"] == 3
        merge = {"loser_id": str(twin.id)}
        await client.post(f"/v1/companies/{one.id}/merge", json=merge, headers=ANY)
        away = await client.patch(
            f"/v1/companies/{quiet.id}", json={"do_not_call": True}, headers=ANY
        )
        assert away.status_code == 200

        found = await queries.forbidden_entries(session, "company", 10)
        for entry, reason in found:
            await exclude(session, entry, reason)
        await session.commit()
        # the twin is on the list as itself: filling again adds nobody for it
        assert (await asked(client, f"{path}/fill"))["added"] == 0
        handed = await asked(client, f"{path}/next")
        entry_path = f"{path}/entries/{handed['entry']['id']}/result"
        await asked(client, entry_path, result="answered", do_not_call=True)
        nobody = await asked(client, f"{path}/next")

        assert handed["company"]["name"] in ("ТОВ Явір", "Явір ТОВ")
        assert nobody["reason"] == "nobody_left"
        out = [
            one.data.call_list_entry.excluded_for
            for one in await recorded(session, CallListEntryExcludedV2)
        ]
        # the merged one waits for its survivor, or comes when that has said that he wants no calls
        assert len(out) == 2
        assert Exclusion.DO_NOT_CALL in out
        assert {*out} <= {Exclusion.DO_NOT_CALL, Exclusion.DUPLICATE}
        call = (await session.scalars(select(Activity))).one()
        assert call.company_id == one.id
        changed = [one.data.changed for one in await recorded(session, CompanyUpdated)]
        assert changed.count(["do_not_call"]) == 2

    async def test_of_another_noun_or_with_consent_is_refused(
        self, client: httpx.AsyncClient
    ) -> None:
        segment = (await client.post("/v1/segments", json={"name": "Люди"})).json()["id"]
        path = await made(client, "company")

        answers = [
            await client.post(
                "/v1/call-lists", json={"name": "X", "noun": "lead", "segment_id": segment}
            ),
            await client.post(
                "/v1/call-lists", json={"name": "X", "noun": "lead", "needs_consent": True}
            ),
            await client.post(f"{path}/fill", json={"lead_ids": [str(new_id())]}),
            await client.post(f"{path}/fill", json={}),
        ]

        assert [(one.status_code, one.json()["errors"][0]["pointer"]) for one in answers] == [
            (422, "/segment_id"),
            (422, "/needs_consent"),
            (422, "/lead_ids"),
            (422, "/company_ids"),
        ]
