"""A canary planted in every text of every noun must not be heard outside."""

from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.ids import new_id

CANARY = "Канарейка"
MAIL = "canary.bird@cage.example.com"
PHONE = "+380509876543"
HEARD = (CANARY, "canary", "9876543", "cage")


async def test_no_event_tells_what_somebody_typed(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    reach = {"emails": [{"value": MAIL, "label": CANARY}], "phones": [{"value": PHONE}]}
    every = {"If-Match": "*"}
    person = {"last_name": CANARY, "job_title": CANARY, "utm": {"term": CANARY}, **reach}
    person |= {"city": CANARY, "district": CANARY, "occupation": CANARY, "education": CANARY}
    firm = {"name": CANARY, "city": CANARY, "address": CANARY, "website": CANARY, **reach}
    lead: dict[str, Any] = {
        "last_name": CANARY,
        "company_name": CANARY,
        "note": CANARY,
        "campaign": CANARY,
    }
    lead |= {"utm": {"source": CANARY, "term": CANARY}, **reach}
    rule = {
        "name": CANARY,
        "event_type": "crm.deals.deal.stage_changed.v1",
        "tasks": [{"title": {"uk": CANARY}}],
    }
    asked = {"field": "city", "op": "eq", "value": CANARY}
    segment = {"name": CANARY, "kind": "rule", "filter": asked}
    link = f"https://{CANARY}.example.com/{CANARY}"
    call = {
        "direction": "inbound",
        "from_number": PHONE,
        "to_number": PHONE,
        "answered": False,
        # lately: a call-back is asked for as well
        "started_at": utc_now().isoformat(),
        "recording_url": link,
    }
    nouns: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("users", {"name": CANARY, "email": MAIL, "role": "seller"}, {"name": f"{CANARY}!"}),
        ("teams", {"name": CANARY}, {"name": f"{CANARY}!"}),
        ("contacts", person, {"first_name": CANARY}),
        ("leads", lead, {"job_title": CANARY}),
        ("companies", firm, {"name": f"{CANARY}!"}),
        ("tasks", {"title": CANARY}, {"title": f"{CANARY}!"}),
        ("activities", {"kind": "call", "subject": CANARY}, {"subject": f"{CANARY}!"}),
        ("calls", call, {"recording_url": f"{link}/2"}),
        ("notes", {"text": CANARY, "deal_id": str(new_id())}, {"text": f"{CANARY}!"}),
        ("cases", {"subject": CANARY, "description": CANARY}, {"subject": f"{CANARY}!"}),
        ("case-queues", {"name": CANARY}, {"name": f"{CANARY}!"}),
        ("task-rules", rule, {"name": f"{CANARY}!"}),
        ("segments", segment, {"description": CANARY}),
        ("call-lists", {"name": CANARY, "filter": asked}, {"name": f"{CANARY}!"}),
    ]

    for noun, body, change in nouns:
        made = await client.post(f"/v1/{noun}", json=body)
        assert made.status_code == 201, made.text
        path = f"/v1/{noun}/{made.json()['id']}"
        assert (await client.patch(path, json=change, headers=every)).status_code == 200
        if noun not in ("users", "tasks", "activities", "calls"):
            assert (await client.delete(path, headers=every)).status_code == 204

    envelopes = list(await session.scalars(select(OUTBOX.c.envelope)))
    assert len(envelopes) == 39
    for envelope in envelopes:
        assert not [sign for sign in HEARD if sign in envelope], envelope


async def test_no_problem_document_repeats_what_was_sent(client: httpx.AsyncClient) -> None:
    wrong = {"last_name": CANARY, "emails": [{"value": f"{CANARY} at cage"}], "nick": CANARY}
    taken = {"name": "Олена", "email": MAIL, "role": "seller"}
    await client.post("/v1/users", json=taken)

    answers = [
        await client.post("/v1/contacts", json=wrong),
        await client.post("/v1/contacts", json={**wrong, "nick": None}),
        await client.post("/v1/users", json=taken),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 409]
    for answer in answers:
        assert not [sign for sign in HEARD if sign in answer.text], answer.text
