"""S3: fields that a role may not see, and the audit of reads of sensitive ones."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.audit.models import AuditEntry
from crm_contacts.consumers.exports import WatchedFieldsRead as Heard
from crm_contacts.consumers.exports import note_readings
from crm_contacts.events import WorkspaceUpdated
from crm_contacts.events.readings import WatchedFieldsRead
from crm_contacts.testing import make_user
from crm_contacts.timeline.models import TimelineEntry
from crm_shared.clock import utc_now
from crm_shared.events.envelope import Envelope
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
PHONE = "+380501112233"
HIDDEN = {"contact": ["phones", "custom.passport"], "case": ["description"], "note": ["text"]}


async def decide(client: httpx.AsyncClient, **policies: Any) -> dict[str, Any]:
    """Set policies, and let this process know at once what others hear within half a second."""
    answer = await client.patch("/v1/workspace", json=policies, headers=ANY)
    assert answer.status_code == 200, answer.text
    await client._transport.app.state.directory.refresh()  # type: ignore[attr-defined]
    told: dict[str, Any] = answer.json()
    return told


async def contact_of(client: httpx.AsyncClient) -> dict[str, Any]:
    field = {"key": "passport", "type": "text", "labels": {"en": "Passport"}}
    await client.post("/v1/contacts/custom-fields", json=field)
    body = {
        "last_name": "Шевченко",
        "phones": [{"value": PHONE}],
        "custom_fields": {"passport": "КВ 123456"},
    }
    made = await client.post("/v1/contacts", json=body)
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


@pytest.fixture
def admin(client_as: ClientAs) -> httpx.AsyncClient:
    return client_as("admin")


@pytest.fixture
def viewer(client_as: ClientAs) -> httpx.AsyncClient:
    return client_as("marketing")


class TestS3HiddenFields:
    async def test_leave_every_read(
        self, admin: httpx.AsyncClient, viewer: httpx.AsyncClient
    ) -> None:
        contact = await contact_of(admin)
        path = f"/v1/contacts/{contact['id']}"
        await admin.patch(path, json={"phones": [{"value": "+380501112244"}]}, headers=ANY)
        await admin.post("/v1/notes", json={"text": "зателефонувати", "contact_id": contact["id"]})
        await decide(admin, hidden_fields={"marketing": HIDDEN})

        reads = [
            await viewer.get(path),
            await viewer.get("/v1/contacts"),
            await viewer.post("/v1/contacts/search", json={}),
            await viewer.get(f"{path}/history"),
            await viewer.get(f"{path}/vcard"),
            await viewer.get("/v1/search", params={"q": "Шевченко"}),
            await viewer.get("/v1/contacts/export"),
            await viewer.get("/v1/contacts/schema"),
            await viewer.get("/v1/notes"),
        ]

        assert [one.status_code for one in reads] == [200] * len(reads)
        for one in reads:
            assert not [
                sign for sign in ("3805011122", "123456", "passport", "зателеф") if sign in one.text
            ]
        assert "phones" not in reads[0].json()
        assert reads[0].json()["custom_fields"] == {}
        assert reads[5].json()["items"][0]["name"] == "Шевченко"
        assert "phones" not in reads[7].json()["properties"]
        by_number = await viewer.get("/v1/search", params={"q": "0501112244"})
        assert by_number.json() == {"items": []}
        assert (await admin.get(path)).json()["phones"][0]["value"] == "+380501112244"
        found = await admin.get("/v1/search", params={"q": "0501112244"})
        assert len(found.json()["items"]) == 1

    async def test_of_a_client_leave_his_calls_as_well(
        self, admin: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        head = client_as("head", team_ids=(new_id(),))
        body = {"last_name": "Шевченко", "phones": [{"value": PHONE}]}
        contact = (await head.post("/v1/contacts", json=body)).json()
        await decide(admin, hidden_fields={"head": {"contact": ["phones"]}})
        wish = {"contact_id": contact["id"]}

        rung = await head.post("/v1/calls/request", json=wish)
        guessed = await head.post("/v1/calls/request", json={**wish, "number": PHONE})

        assert (rung.status_code, "to_number" in rung.json()) == (201, False)
        assert (guessed.status_code, guessed.json()["code"]) == (403, "field-hidden")
        known = (await admin.get(f"/v1/calls/{rung.json()['id']}")).json()
        assert known["to_number"] == PHONE

    async def test_are_refused_in_filters_orders_views_and_columns(
        self, admin: httpx.AsyncClient, viewer: httpx.AsyncClient
    ) -> None:
        await contact_of(admin)
        view = {"name": "x", "filter": {"field": "phones", "op": "has_any", "value": [PHONE]}}
        shared = await admin.post("/v1/contacts/views", json={**view, "sharing": "all"})
        await decide(admin, hidden_fields={"marketing": {**HIDDEN, "lead": ["last_name"]}})
        asked = {"field": "custom.passport", "op": "eq", "value": "x"}

        answers = {
            "/query/phones": await viewer.get(f"/v1/contacts?phones[has_any]={PHONE}"),
            "/filter/custom.passport": await viewer.post(
                "/v1/contacts/search", json={"filter": {"not": asked}}
            ),
            "/query/sort": await viewer.get("/v1/leads?sort=-last_name"),
            "/query/columns": await viewer.get("/v1/contacts/export?columns=last_name,phones"),
        }
        answers["/view/phones"] = await viewer.get(f"/v1/contacts?view={shared.json()['id']}")

        for pointer, answer in answers.items():
            told = answer.json()
            assert (answer.status_code, told["code"]) == (403, "field-hidden"), pointer
            assert [one["pointer"] for one in told["errors"]] == [pointer]
        assert len(answers) == 5

    async def test_cannot_be_written(
        self, admin: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        contact = await contact_of(admin)
        await decide(admin, hidden_fields={"integration": HIDDEN})
        writer = client_as("integration")
        path, custom = f"/v1/contacts/{contact['id']}", {"custom_fields": {"passport": "x"}}

        answers = {
            "/phones": await writer.patch(path, json={"phones": []}, headers=ANY),
            "/custom_fields/passport": await writer.patch(path, json=custom, headers=ANY),
            "/items/1/phones": await writer.post(
                "/v1/contacts/batch",
                json={"items": [{"last_name": "А"}, {"last_name": "Б", "phones": []}]},
            ),
            "/description": await writer.post(
                "/v1/cases", json={"subject": "x", "description": "y"}
            ),
        }

        for pointer, answer in answers.items():
            assert (answer.status_code, answer.json()["code"]) == (403, "field-hidden"), pointer
            assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        allowed = await writer.patch(path, json={"job_title": "Поет"}, headers=ANY)
        assert (allowed.status_code, "phones" in allowed.json()) == (200, False)

    async def test_leave_the_answers_of_a_merge_and_refuse_a_segment(
        self, admin: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        one = await contact_of(admin)
        body = {"last_name": "Інша", "phones": [{"value": "+380501112299"}]}
        other = (await admin.post("/v1/contacts", json=body)).json()
        await decide(admin, hidden_fields={"integration": HIDDEN})
        writer = client_as("integration")

        tried = await writer.post(
            f"/v1/contacts/{one['id']}/merge",
            json={"loser_id": other["id"], "dry_run": True},
            headers=ANY,
        )
        merged = await writer.post(
            f"/v1/contacts/{one['id']}/merge", json={"loser_id": other["id"]}, headers=ANY
        )
        rule = {"field": "phones", "op": "has", "value": PHONE}
        segment = await writer.post(
            "/v1/segments", json={"name": "x", "kind": "rule", "filter": rule}
        )

        for answer in (tried, merged):
            assert answer.status_code == 200, answer.text
            assert answer.json()["fields"]["last_name"] == "Шевченко"
            assert "phones" not in answer.json()["fields"]
            assert "38050111" not in answer.text
            assert "КВ 123456" not in answer.text
        assert (segment.status_code, segment.json()["code"]) == (403, "field-hidden")
        seen = (await admin.get(f"/v1/contacts/{one['id']}")).json()
        assert len(seen["phones"]) == 2

    async def test_leave_a_timeline(
        self, admin: httpx.AsyncClient, viewer: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact, now = await contact_of(admin), utc_now()
        details = {"amount": "900", "stage_label": "Offer", "changed": ["amount", "stage_id"]}
        common = {"at": now, "recorded_at": now, "author_id": new_id(), "source": "deals"}
        session.add(
            TimelineEntry(
                anchor_id=UUID(contact["id"]), id=new_id(), noun="deal",
                fact="updated", subject_id=new_id(), revision=2, details=details, **common,
            )
        )  # fmt: skip
        await session.commit()
        await decide(admin, hidden_fields={"marketing": {"deal": ["amount"]}})
        path = f"/v1/contacts/{contact['id']}/timeline"

        [shown] = (await viewer.get(path)).json()["items"]
        [whole] = (await admin.get(path)).json()["items"]

        assert shown["details"] == {"stage_label": "Offer", "changed": ["stage_id"]}
        assert whole["details"] == details

    @pytest.mark.parametrize(
        ("policies", "pointer"),
        [
            (
                {"hidden_fields": {"viewer": {"contact": ["nick"]}}},
                "/hidden_fields/viewer/contact/0",
            ),
            ({"hidden_fields": {"viewer": {"contact": ["id"]}}}, "/hidden_fields/viewer/contact/0"),
            ({"hidden_fields": {"viewer": {"cow": ["x"]}}}, "/hidden_fields/viewer/cow"),
            ({"sensitive_fields": {"lead": ["nick"]}}, "/sensitive_fields/lead/0"),
            ({"hidden_fields": {"admin": {"contact": ["phones"]}}}, "/hidden_fields/admin"),
            ({"retention": {"dreams": 3}}, "/retention/dreams"),
        ],
    )
    async def test_must_be_there(
        self, admin: httpx.AsyncClient, policies: dict[str, Any], pointer: str
    ) -> None:
        answer = await admin.patch("/v1/workspace", json=policies, headers=ANY)

        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]

    async def test_are_told_to_every_service_and_noted(
        self, admin: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        told = await decide(admin, hidden_fields={"marketing": {"deal": ["amount"]}})

        assert told["hidden_fields"] == {"marketing": {"deal": ["amount"]}}
        [envelope] = await recorded(session, WorkspaceUpdated)
        assert envelope.data.workspace.hidden_fields == told["hidden_fields"]
        actions = await session.scalars(select(AuditEntry.action))
        assert "policies-changed" in set(actions)
        body: dict[str, Any] = {"hidden_fields": {}}
        refused = await client_as("head").patch("/v1/workspace", json=body, headers=ANY)
        assert refused.status_code == 403


class TestS3NoOtherWayOut:
    async def test_a_calendar_shows_what_its_owners_role_may_see(
        self, admin: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        user = make_user()
        session.add(user)
        await session.commit()
        seller, due = client_as("seller", user_id=user.id), utc_now() + timedelta(days=2)
        planned = {"due_at": due.isoformat()}
        await seller.post("/v1/tasks", json={"title": "Таємниця", "kind": "call", **planned})
        await seller.post("/v1/activities", json={"kind": "visit", "subject": "Двері", **planned})
        url = (await seller.post("/v1/me/calendar-links")).json()["url"]
        path = urlsplit(url).path

        async def shown(**hidden: list[str]) -> str:
            await decide(admin, hidden_fields={"seller": hidden})
            answer = await client_as(None).get(path)
            assert answer.status_code == 200
            return answer.text

        whole = await shown()
        without_titles = await shown(task=["title"], activity=["subject"])
        without_times = await shown(task=["due_at"])

        assert "SUMMARY:Таємниця" in whole
        assert "SUMMARY:Двері" in whole
        assert "SUMMARY:call" in without_titles
        assert "SUMMARY:visit" in without_titles
        assert not {"Таємниця", "Двері"} & set(without_titles.replace(":", "\r\n").splitlines())
        assert without_times.count("BEGIN:VEVENT") == 1

    async def test_a_portrait_leaves_attributes_out(
        self, admin: httpx.AsyncClient, viewer: httpx.AsyncClient
    ) -> None:
        made = await admin.post("/v1/segments", json={"name": "Усі", "owner_id": None})
        path = f"/v1/segments/{made.json()['id']}/portrait"
        await decide(admin, hidden_fields={"marketing": {"contact": ["birth_date", "sex"]}})

        whole, shown = await admin.get(path), await viewer.get(path)
        told, left = (
            {one["attribute"] for one in answer.json()["attributes"]} for answer in (whole, shown)
        )

        assert told - left == {"age_group", "sex"}

    async def test_an_import_neither_fills_nor_finds_by_nor_previews_them(
        self, admin: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        await contact_of(admin)
        fields = {"last_name": "Name", "phones": "Phone", "custom.passport": "Passport"}
        body = {"noun": "contact", "mapping": {"external_id": "Id", "fields": fields}}
        held = (await admin.post("/v1/contact-imports", json={**body, "hold": True})).json()
        path = f"/v1/contact-imports/{held['id']}"
        file = f"Id,Name,Phone,Passport\n1,Шевченко,{PHONE},КВ 123456\n"
        await admin.put(f"{path}/file", content=file.encode())
        await decide(admin, hidden_fields={"integration": HIDDEN})
        other = client_as("integration")
        by_phone = {"key": {"column": "Phone", "by": "phone"}, "fields": {"last_name": "Name"}}

        answers = {
            ("/mapping/fields/phones", "/mapping/fields/custom.passport"): [
                await other.post("/v1/contact-imports", json=body),
                await other.get(f"{path}/preview"),
                await other.patch(path, json={"mapping": body["mapping"]}),
            ],
            ("/mapping/key/by",): [
                await other.post(
                    "/v1/contact-imports", json={"noun": "contact", "mapping": by_phone}
                )
            ],
        }

        for pointers, some in answers.items():
            for answer in some:
                assert (answer.status_code, answer.json()["code"]) == (403, "field-hidden")
                assert [one["pointer"] for one in answer.json()["errors"]] == list(pointers)
        assert PHONE in (await admin.get(f"{path}/preview")).text

    async def test_lists_of_calls_duplicates_owners_and_tags_keep_them_back(
        self, admin: httpx.AsyncClient, viewer: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        contact = await contact_of(admin)
        await admin.post(
            "/v1/contacts", json={"last_name": "Шевченко", "phones": [{"value": PHONE}]}
        )
        path = f"/v1/contacts/{contact['id']}"
        await admin.post(f"{path}/tags", json={"add": ["vip"]})
        people = [contact["id"]]
        calls = (await admin.post("/v1/call-lists", json={"name": "Усім", "owner_id": None})).json()
        await admin.post(f"/v1/call-lists/{calls['id']}/fill", json={"contact_ids": people})
        hidden = {**HIDDEN, "contact": [*HIDDEN["contact"], "tags", "owner_id"]}
        await decide(admin, hidden_fields={"marketing": hidden, "integration": hidden})

        alike = (await viewer.get(f"{path}/duplicates")).json()["items"]
        owners = (await viewer.get(f"{path}/owners")).json()["items"]
        called = await client_as("integration").post(f"/v1/call-lists/{calls['id']}/next")

        assert alike
        assert [set(one) for one in alike] == [{"id"}] * len(alike)
        assert not {"owner_id", "owner_name"} & set(owners[0])
        assert called.json()["contact"]["last_name"] == "Шевченко"
        assert "phones" not in called.json()["contact"]
        for answer in (
            await viewer.get("/v1/contacts/tags"),
            await client_as("integration").post(f"{path}/tags", json={"add": ["x"]}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "field-hidden")

    async def test_a_rule_cannot_ask_them(
        self, admin: httpx.AsyncClient, viewer: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        deals: dict[str, Any] = {"deal": ["amount"]}
        await decide(admin, hidden_fields={"marketing": deals, "integration": deals})
        rich = {"field": "won_sum.UAH", "op": "gt", "value": "1000"}
        dear = {"field": "deal.amount", "op": "gt", "value": "1000"}
        segment = {"name": "Багаті", "kind": "rule", "filter": {"and": [rich]}}
        rule = {
            "name": "Дорога угода",
            "event_type": "crm.deals.deal.stage_changed.v1",
            "conditions": dear,
            "tasks": [{"title": {"en": "Call"}, "due_in": "PT5H"}],
        }

        answers = {
            "/filter/won_sum.UAH": await viewer.post("/v1/segments", json=segment),
            "/conditions/deal.amount": await client_as("integration").post(
                "/v1/task-rules", json=rule
            ),
        }

        for pointer, answer in answers.items():
            assert (answer.status_code, answer.json()["code"]) == (403, "field-hidden"), answer.text
            assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        assert (await admin.post("/v1/segments", json=segment)).status_code == 201


class TestS3SensitiveReads:
    async def test_are_announced_with_ids_and_never_with_what_was_read(
        self, admin: httpx.AsyncClient, viewer: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact = await contact_of(admin)
        await admin.post("/v1/contacts", json={"last_name": "Без номера"})
        await decide(admin, sensitive_fields={"contact": ["phones", "birth_date"]})

        await viewer.get(f"/v1/contacts/{contact['id']}")
        await viewer.get("/v1/contacts")
        await viewer.get("/v1/contacts/export?columns=last_name,phones")
        await viewer.get("/v1/companies")
        await viewer.get("/v1/contacts/export?columns=last_name")

        told = [one.data.reading for one in await recorded(session, WatchedFieldsRead)]
        assert [(one.fields, one.count, one.ids) for one in told] == [
            (["phones"], 1, [contact["id"]]),
            (["phones"], 1, [contact["id"]]),
            (["phones"], 0, []),
        ]

    async def test_stand_in_the_audit_log_once(
        self, admin: httpx.AsyncClient, viewer: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact = await contact_of(admin)
        await decide(admin, sensitive_fields={"contact": ["phones"]})
        await viewer.get(f"/v1/contacts/{contact['id']}")
        [said] = await recorded(session, WatchedFieldsRead)
        heard = Envelope[Heard].model_validate_json(said.model_dump_json(by_alias=True))

        for _ in range(2):
            await note_readings(session, [heard])
        await session.commit()

        query = {"action": "watched-fields-read"}
        [entry] = (await admin.get("/v1/audit", params=query)).json()["items"]
        assert (entry["subject_kind"], entry["subject_id"]) == ("contact", contact["id"])
        assert PHONE not in str(entry)
