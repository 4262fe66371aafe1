"""Routes of templates: what gets in, what is refused, who may."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import TemplateCreated, TemplateDeleted, TemplateUpdated
from crm_notifications.testing import MOVED, TEXTS
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

BODY: dict[str, Any] = {"name": "Deal moved", "texts": TEXTS}


async def created(client: AsyncClient, **given: Any) -> dict[str, Any]:
    answer = await client.post("/v1/templates", json={**BODY, **given})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


class TestCreateTemplate:
    async def test_keeps_and_announces_it(self, client: AsyncClient, session: AsyncSession) -> None:
        template = await created(client)

        assert (template["revision"], template["channel"]) == (1, "email")
        [event] = await recorded(session, TemplateCreated)
        assert event.data.template.languages == ["en", "uk"]
        assert "Вітаємо" not in event.model_dump_json()

    async def test_names_every_flaw_and_what_is_allowed(self, client: AsyncClient) -> None:
        texts = {"en": {"subject": "{{ deal.nmae }}", "text": "{{7*7}}"}}

        answer = await client.post("/v1/templates", json={**BODY, "texts": texts})

        assert answer.status_code == 422
        problem = answer.json()
        assert problem["code"] == "template-invalid"
        assert [error["pointer"] for error in problem["errors"]] == [
            "/texts/en/subject",
            "/texts/en/text",
        ]
        assert "deal.title" in problem["errors"][0]["detail"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"texts": {}},
            {"texts": {"de": {"subject": "x", "text": "y"}}},
            {"texts": {"en": {"subject": "x"}}},
            {"name": "  "},
            {"channel": "pigeon"},
            {"revision": 7},
        ],
    )
    async def test_refuses_what_is_no_template(
        self, client: AsyncClient, wrong: dict[str, Any]
    ) -> None:
        assert (await client.post("/v1/templates", json={**BODY, **wrong})).status_code == 422

    @pytest.mark.parametrize(
        ("role", "status"),
        [("admin", 201), ("marketing", 201), ("integration", 201), ("seller", 403), ("head", 403)],
    )
    async def test_is_for_those_who_write_templates(
        self, client_as: ClientAs, role: str, status: int
    ) -> None:
        answer = await client_as(role).post("/v1/templates", json=BODY)

        assert answer.status_code == status

    async def test_takes_many_and_answers_for_each(self, client: AsyncClient) -> None:
        bad = {**BODY, "texts": {"en": {"subject": "{{", "text": "x"}}}

        answer = await client.post("/v1/templates/batch", json={"items": [BODY, bad]})

        assert [item["status"] for item in answer.json()["results"]] == [201, 422]


class TestChangeTemplate:
    async def test_changes_what_is_named_and_nothing_else(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        template = await created(client)

        answer = await client.patch(
            f"/v1/templates/{template['id']}", json={"name": "New"}, headers={"If-Match": '"1"'}
        )

        assert answer.json()["name"] == "New"
        assert answer.json()["texts"] == template["texts"]
        [event] = await recorded(session, TemplateUpdated)
        assert (event.revision, event.data.changed) == (2, ["name"])

    async def test_replaces_texts_as_a_whole(self, client: AsyncClient) -> None:
        template = await created(client)
        texts = {"ru": {"subject": "x", "text": "y"}}

        answer = await client.patch(
            f"/v1/templates/{template['id']}", json={"texts": texts}, headers={"If-Match": "*"}
        )

        assert answer.json()["texts"] == {"ru": {"subject": "x", "text": "y", "html": None}}

    async def test_refuses_null_where_there_must_be_something(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        template = await created(client)

        async with silence(session):
            answer = await client.patch(
                f"/v1/templates/{template['id']}", json={"name": None}, headers={"If-Match": "*"}
            )

        assert answer.status_code == 422

    @pytest.mark.parametrize(("tag", "status"), [(None, 428), ('"9"', 412)])
    async def test_wants_the_revision_the_caller_has_read(
        self, client: AsyncClient, tag: str | None, status: int, session: AsyncSession
    ) -> None:
        template = await created(client)
        headers = {"If-Match": tag} if tag else {}

        async with silence(session):
            answer = await client.patch(
                f"/v1/templates/{template['id']}", json={"name": "x"}, headers=headers
            )

        assert answer.status_code == status


class TestUpsertTemplate:
    async def test_writes_once_and_then_changes(self, client: AsyncClient) -> None:
        path = "/v1/templates/by-external/old-crm/t-7"

        first = await client.put(path, json=BODY)
        second = await client.put(path, json={**BODY, "name": "Other"})
        third = await client.put(path, json={**BODY, "name": "Other"})

        assert first.json()["id"] == second.json()["id"] == third.json()["id"]
        assert [one.json()["revision"] for one in (first, second, third)] == [1, 2, 2]


class TestDeleteTemplate:
    async def test_takes_it_off_the_list(self, client: AsyncClient, session: AsyncSession) -> None:
        template = await created(client)

        answer = await client.delete(f"/v1/templates/{template['id']}", headers={"If-Match": "*"})

        assert answer.status_code == 204
        assert (await client.get("/v1/templates")).json()["items"] == []
        assert (await client.get(f"/v1/templates/{template['id']}")).status_code == 404
        assert len(await recorded(session, TemplateDeleted)) == 1

    async def test_refuses_while_a_rule_speaks_through_it(self, client: AsyncClient) -> None:
        template = await created(client)
        rule = {
            "name": "Tell",
            "event_type": MOVED,
            "template_id": template["id"],
            "recipient": "client",
        }
        assert (await client.post("/v1/message-rules", json=rule)).status_code == 201

        answer = await client.delete(f"/v1/templates/{template['id']}", headers={"If-Match": "*"})

        assert (answer.status_code, answer.json()["code"]) == (409, "template-in-use")


class TestPreviewTemplate:
    async def test_shows_what_the_recipient_would_read(self, client: AsyncClient) -> None:
        template = await created(client)

        answer = await client.post(
            f"/v1/templates/{template['id']}/preview",
            json={"language": "en", "values": {"contact.first_name": "Ann"}},
        )

        assert answer.json()["language"] == "en"
        assert answer.json()["text"] == "Hello Ann, we are at Proposal."

    async def test_refuses_values_of_nothing(self, client: AsyncClient) -> None:
        template = await created(client)

        answer = await client.post(
            f"/v1/templates/{template['id']}/preview", json={"values": {"a.b": "c"}}
        )

        assert answer.status_code == 422


class TestListTemplateVariables:
    async def test_names_them_with_samples(self, client: AsyncClient) -> None:
        answer = await client.get("/v1/templates/variables")

        assert {"name": "deal.currency", "sample": "UAH"} in answer.json()
