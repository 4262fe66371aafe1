"""S6, C5, D7, I7 in contacts: custom fields, tags, views and schema of clients and leads."""

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.consumers import SUBSCRIPTIONS
from crm_contacts.consumers.deals import DealStageChanged
from crm_contacts.contacts.models import Contact
from crm_contacts.events import ContactCreated, ContactUpdated, LeadConverted, LeadUpdated
from crm_contacts.nouns.catalogue import ROOM
from crm_contacts.task_rules.fields import Deal, Stage
from crm_contacts.tasks.models import Task
from crm_contacts.versions.models import Version
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.events.envelope import AnyEvent, Envelope, ForeignEvent
from crm_shared.ids import new_id
from crm_shared.testing.events import envelope_of, recorded
from crm_shared.testing.plugin import ClientAs

EVERY = {"If-Match": "*"}
[rules_of_moves] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-task-rules"]
[fields_of_deals] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-deals-fields"]
CANARY = "Канарейка"
DISTRICT = {
    "options": [
        {"code": "west", "labels": {"en": "West", "uk": "Захід"}},
        {"code": "east", "labels": {"en": "East", "uk": "Схід"}},
    ]
}
NOUNS: list[tuple[str, dict[str, Any]]] = [
    ("contacts", {"last_name": "Шевченко"}),
    ("companies", {"name": "Рога та копита"}),
    ("leads", {"last_name": "Стус"}),
    ("cases", {"subject": "Стілець хитається"}),
]
each_noun = pytest.mark.parametrize(("noun", "body"), NOUNS, ids=[name for name, _ in NOUNS])


async def define(
    client: httpx.AsyncClient, noun: str, key: str, type_: str = "text", **more: Any
) -> dict[str, Any]:
    extra = DISTRICT if type_ == "choice" else {}
    body = {"key": key, "type": type_, "labels": {"en": key}, **extra, **more}
    answer = await client.post(f"/v1/{noun}/custom-fields", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


class TestS6CustomFields:
    @each_noun
    async def test_are_written_found_changed_and_told_without_what_is_personal(
        self, client: httpx.AsyncClient, session: AsyncSession, noun: str, body: dict[str, Any]
    ) -> None:
        await define(client, noun, "district", "choice")
        await define(client, noun, "hobby")
        fields = {"district": "west", "hobby": CANARY}

        made = await client.post(f"/v1/{noun}", json={**body, "custom_fields": fields})
        path = f"/v1/{noun}/{made.json()['id']}"
        change = {"custom_fields": {"hobby": f"{CANARY} 2"}}
        changed = await client.patch(path, json=change, headers=EVERY)
        found = await client.get(f"/v1/{noun}?custom.district=west&custom.hobby[contains]=канар")
        missed = await client.get(f"/v1/{noun}?custom.district=east")

        assert (made.status_code, made.json()["custom_fields"]) == (201, fields), made.text
        assert changed.json()["custom_fields"] == {"district": "west", "hobby": f"{CANARY} 2"}
        assert [item["id"] for item in found.json()["items"]] == [made.json()["id"]]
        assert missed.json()["items"] == []
        envelopes = list(await session.scalars(select(OUTBOX.c.envelope).order_by(OUTBOX.c.id)))
        assert not [one for one in envelopes if CANARY in one]
        assert '"custom_fields":{"district":"west"}' in envelopes[-1].replace(" ", "")

    async def test_a_version_keeps_them_for_undoing_and_the_past(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await define(client, "contacts", "district", "choice")
        body = {"last_name": "Шевченко", "custom_fields": {"district": "west"}}
        await client.post("/v1/contacts", json=body)

        [version] = [one for one in await session.scalars(select(Version)) if one.kind == "contact"]
        assert version.data["custom_fields"] == {"district": "west"}

    async def test_a_put_and_a_batch_take_them_and_name_what_is_wrong(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await define(client, "contacts", "children", "integer")
        good = {"last_name": "Леся", "custom_fields": {"children": 2}}
        bad = {"last_name": "Олена", "custom_fields": {"children": "two"}}

        put = await client.put("/v1/contacts/by-external/erp/1", json=good)
        batch = await client.post("/v1/contacts/batch", json={"items": [good, bad]})

        assert put.json()["custom_fields"] == {"children": 2}
        [done, refused] = batch.json()["results"]
        assert (done["status"], refused["status"]) == (201, 422)
        assert refused["problem"]["errors"][0]["pointer"] == "/custom_fields/children"
        assert len((await session.scalars(select(Contact))).all()) == 2

    async def test_a_unique_value_is_told_from_a_taken_external_id(
        self, client: httpx.AsyncClient
    ) -> None:
        await define(client, "contacts", "passport", is_unique=True)
        body = {"last_name": "Леся", "custom_fields": {"passport": "AA1"}}
        await client.post("/v1/contacts", json=body)

        answer = await client.post("/v1/contacts", json=body)

        assert answer.status_code == 409
        assert answer.json()["errors"][0]["pointer"] == "/custom_fields/passport"
        assert "AA1" not in answer.text

    async def test_a_converted_lead_hands_over_what_both_know(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        for noun in ("leads", "contacts"):
            await define(client, noun, "district", "choice")
        await define(client, "leads", "only_here", "integer")
        await define(client, "contacts", "needed", "integer", is_required=True)
        fields = {"district": "west", "only_here": 1}
        body = {"last_name": "Стус", "tags": ["fair"], "custom_fields": fields}
        lead = (await client.post("/v1/leads", json=body)).json()

        done = await client.post(f"/v1/leads/{lead['id']}/convert", json={}, headers=EVERY)

        contact = (await client.get(f"/v1/contacts/{done.json()['contact_id']}")).json()
        assert contact["custom_fields"] == {"district": "west"}
        assert contact["tags"] == ["fair"]
        [told] = await recorded(session, LeadConverted)
        assert told.data.lead.custom_fields == fields


class TestC5Tags:
    @each_noun
    async def test_are_put_on_counted_found_and_renamed(
        self, client: httpx.AsyncClient, noun: str, body: dict[str, Any]
    ) -> None:
        first = (await client.post(f"/v1/{noun}", json=body)).json()["id"]
        second = (await client.post(f"/v1/{noun}", json={**body, "tags": ["vip"]})).json()["id"]

        one = await client.post(f"/v1/{noun}/{first}/tags", json={"add": ["VIP"]})
        renamed = await client.post(f"/v1/{noun}/tags/rename", json={"old": "VIP", "new": "vip"})
        many = await client.post(
            f"/v1/{noun}/tags",
            json={"filter": {"field": "tags", "op": "has", "value": "vip"}, "add": ["key"]},
        )
        found = await client.get(f"/v1/{noun}?tags[has]=key")

        assert one.json()["tags"] == ["VIP"]
        assert renamed.json()["changed"] == 1
        assert many.json() == {"changed": 2, "found": 2, "has_more": False}
        assert {item["id"] for item in found.json()["items"]} == {first, second}
        assert (await client.get(f"/v1/{noun}/tags")).json()["items"] == [
            {"tag": "key", "count": 2},
            {"tag": "vip", "count": 2},
        ]

    async def test_each_change_is_an_event_and_a_version(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact = (await client.post("/v1/contacts", json={"last_name": "Леся"})).json()["id"]
        lead = (await client.post("/v1/leads", json={"last_name": "Стус"})).json()["id"]

        await client.post("/v1/contacts/tags", json={"ids": [contact], "add": ["vip"]})
        await client.post(f"/v1/leads/{lead}/tags", json={"add": ["hot"]})

        [told] = await recorded(session, ContactUpdated)
        assert (told.data.changed, told.data.contact.tags, told.bulk) == (["tags"], ["vip"], True)
        [lead_told] = await recorded(session, LeadUpdated)
        assert (lead_told.data.lead.tags, lead_told.revision, lead_told.bulk) == (["hot"], 2, False)
        versions = [one.revision for one in await session.scalars(select(Version))]
        assert sorted(versions) == [1, 1, 2, 2]

    async def test_a_seller_tags_only_what_is_his(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        contact = (await client.post("/v1/contacts", json={"last_name": "Леся"})).json()["id"]
        everything = {"filter": {"and": []}, "add": ["mine"]}

        done = await client_as("seller").post("/v1/contacts/tags", json=everything)

        assert done.json()["changed"] == 0
        assert (await client.get(f"/v1/contacts/{contact}")).json()["tags"] == []
        assert (
            await client_as("marketing").post("/v1/contacts/tags", json=everything)
        ).status_code == 403


class TestD7Views:
    @pytest.mark.parametrize("noun", ["contacts", "companies", "leads", "tasks", "activities"])
    async def test_every_noun_has_them(self, client: httpx.AsyncClient, noun: str) -> None:
        known = {"field": "created_at", "op": "gte", "value": "2026-01-01T00:00:00Z"}
        body = {"name": "New ones", "filter": known, "sort": "-created_at", "columns": ["id"]}

        made = await client.post(f"/v1/{noun}/views", json=body)
        used = await client.get(f"/v1/{noun}?view={made.json()['id']}")
        searched = await client.post(f"/v1/{noun}/search", json={"view": made.json()["id"]})

        assert made.status_code == 201, made.text
        assert (used.status_code, searched.status_code) == (200, 200)

    async def test_two_of_one_owner_and_noun_have_different_names(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        path, named = "/v1/leads/views", {"name": "Mine"}
        first = (await client.post(path, json=named)).json()
        second = (await client.post(path, json={"name": "Other"})).json()

        again = await client.post(path, json={"name": "mINE"})
        moved = await client.patch(f"{path}/{second['id']}", json=named, headers={"If-Match": "*"})
        kept = await client.patch(
            f"{path}/{first['id']}", json={**named, "columns": ["id"]}, headers={"If-Match": "*"}
        )

        for refused in (again, moved):
            assert (refused.status_code, refused.json()["code"]) == (409, "view-exists")
            assert refused.json()["errors"][0]["pointer"] == "/name"
        assert kept.status_code == 200
        assert (await client.post("/v1/contacts/views", json=named)).status_code == 201
        assert (await client_as("seller").post(path, json=named)).status_code == 201
        await client.delete(f"{path}/{first['id']}", headers={"If-Match": "*"})
        assert (await client.post(path, json=named)).status_code == 201

    async def test_a_view_of_one_noun_is_none_of_another(self, client: httpx.AsyncClient) -> None:
        made = (await client.post("/v1/leads/views", json={"name": "x"})).json()["id"]

        assert (await client.get(f"/v1/contacts?view={made}")).status_code == 404


class TestI7Schema:
    @pytest.mark.parametrize("noun", ROOM.nouns, ids=lambda noun: noun.name)
    async def test_is_json_schema_with_names_in_three_languages(
        self, client: httpx.AsyncClient, noun: Any
    ) -> None:
        schema = (await client.get(f"{noun.path}/schema")).json()

        Draft202012Validator.check_schema(schema)
        for name, part in schema["properties"].items():
            assert set(part["x-crm"]["labels"]) == {"en", "uk", "ru"}, name
            assert name in ROOM.labels, name
        assert schema["x-crm"]["sortable"]

    async def test_follows_the_definitions(self, client: httpx.AsyncClient) -> None:
        field = await define(client, "contacts", "district", "choice")
        held = (await client.get("/v1/contacts/schema")).json()["properties"]
        await client.delete(f"/v1/contacts/custom-fields/{field['id']}", headers=EVERY)
        left = (await client.get("/v1/contacts/schema")).json()["properties"]

        assert held["custom_fields"]["properties"]["district"]["enum"] == ["west", "east"]
        assert left["custom_fields"]["properties"] == {}


class TestS6Telling:
    async def test_a_new_contact_tells_its_fields(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await define(client, "contacts", "children", "integer", default=0)

        await client.post("/v1/contacts", json={"last_name": "Леся"})

        [told] = await recorded(session, ContactCreated)
        assert told.data.contact.custom_fields == {"children": 0}


class TestS6Rules:
    async def test_a_task_rule_may_ask_for_a_custom_field_of_a_contact(
        self, client: httpx.AsyncClient
    ) -> None:
        await define(client, "contacts", "children", "integer")
        body = {
            "name": "Large families",
            "event_type": "crm.contacts.contact.created.v1",
            "tasks": [{"title": {"en": "Call"}}],
        }
        known = {"field": "contact.custom_fields.children", "op": "gte", "value": 3}
        unknown = {"field": "contact.custom_fields.cats", "op": "gte", "value": 3}

        taken = await client.post("/v1/task-rules", json={**body, "conditions": known})
        refused = await client.post("/v1/task-rules", json={**body, "conditions": unknown})

        assert taken.status_code == 201, taken.text
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["code"] == "unknown-field"

    async def test_a_task_rule_may_ask_for_a_custom_field_of_a_deal(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        area = {"noun": "deal", "key": "area", "type": "decimal", "is_personal": False}
        secret = {"noun": "deal", "key": "secret", "type": "text", "is_personal": True}
        for told in (area, secret):
            await hear(session, {**told, "is_archived": False})
        asked = {"field": "deal.custom_fields.area", "op": "gte", "value": "100"}
        body = {
            "name": "Large flats",
            "event_type": "crm.deals.deal.stage_changed.v1",
            "tasks": [{"title": {"en": "Measure"}}],
        }
        taken = await client.post("/v1/task-rules", json={**body, "conditions": asked})
        personal = {**asked, "field": "deal.custom_fields.secret", "op": "eq"}
        refused = await client.post("/v1/task-rules", json={**body, "conditions": personal})
        large, small = entering(area="120.5"), entering(area=80)

        await rules_of_moves.handle(session, [large, small])

        assert taken.status_code == 201, taken.text
        assert refused.json()["errors"][0]["code"] == "unknown-field"
        [task] = await session.scalars(select(Task))
        assert task.deal_id == large.subject

    async def test_an_older_word_of_a_field_of_a_deal_does_not_bring_it_back(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        field_id = new_id()
        area = {"noun": "deal", "key": "area", "type": "decimal", "is_personal": False}
        await hear(session, {**area, "is_archived": True}, revision=2, subject=field_id)
        await hear(session, {**area, "is_archived": False}, revision=1, subject=field_id)
        asked = {"field": "deal.custom_fields.area", "op": "gte", "value": 100}
        body = {"name": "x", "event_type": "crm.deals.deal.created.v1", "conditions": asked}

        refused = await client.post("/v1/task-rules", json=body)

        assert refused.json()["errors"][0]["code"] == "unknown-field"


class FieldTold(ForeignEvent, type="crm.deals.custom_field.created.v1"):
    """As the deals service tells of a custom field."""

    custom_field: dict[str, Any]
    changed: list[str]
    previous: dict[str, Any]


async def hear(session: AsyncSession, told: dict[str, Any], **extensions: Any) -> None:
    event = FieldTold(custom_field=told, changed=[], previous={})
    given = {"revision": 1, **extensions}
    told_json = envelope_of(event, **given).model_dump_json()
    heard = Envelope[AnyEvent].model_validate_json(told_json)
    await fields_of_deals.handle(session, [heard])
    await session.commit()


def entering(**custom_fields: Any) -> Envelope[Any]:
    deal = Deal(
        owner_id=None,
        team_id=None,
        contact_id=None,
        company_id=None,
        pipeline_id=new_id(),
        stage_id=new_id(),
        outcome="open",
        custom_fields=custom_fields,
    )
    stage = Stage(id=deal.stage_id, outcome="open")
    return envelope_of(DealStageChanged(deal=deal, from_stage=stage, to_stage=stage), revision=2)
