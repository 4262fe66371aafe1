"""I1: webhooks are made, changed, tested and replayed over HTTP; their secret is shown once."""

from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import WebhookCreated, WebhookDeleted, WebhookUpdated
from crm_notifications.webhooks.models import Webhook
from crm_shared.actor import Role
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

BODY: dict[str, Any] = {
    "name": "Warehouse",
    "url": "https://hooks.example.com/crm",
    "event_types": ["crm.deals.deal.>"],
    "conditions": {"field": "event.changed", "op": "has", "value": "stage_id"},
}


async def created(client: AsyncClient, **given: Any) -> dict[str, Any]:
    answer = await client.post("/v1/webhooks", json={**BODY, **given})
    assert answer.status_code == 201, answer.text
    webhook: dict[str, Any] = answer.json()
    return webhook


class TestCreateWebhook:
    async def test_shows_its_secret_once_and_announces_it_without_its_address(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        webhook = await created(client)

        assert webhook["secret"].startswith("whsec_")
        shown = (await client.get(f"/v1/webhooks/{webhook['id']}")).json()
        assert "secret" not in shown
        [event] = await recorded(session, WebhookCreated)
        assert event.data.webhook.label == "Warehouse"
        assert "hooks.example.com" not in event.model_dump_json()

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [
            ({"url": "https://10.0.0.1/"}, "/url"),
            ({"url": "http://example.com/"}, "/url"),
            ({"event_types": ["deals"]}, "/event_types/0"),
            ({"event_types": []}, "/event_types"),
            ({"conditions": {"field": "deal.title", "op": "eq", "value": "x"}}, "/conditions"),
            ({"payload": "all"}, "/payload"),
            ({"secret": "mine"}, "/secret"),
        ],
    )
    async def test_names_what_is_wrong(
        self, client: AsyncClient, wrong: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/webhooks", json={**BODY, **wrong})

        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer

    async def test_is_for_administrators_and_other_systems(self, client_as: ClientAs) -> None:
        answers = [
            (await client_as(role).post("/v1/webhooks", json=BODY)).status_code
            for role in (Role.ADMIN, Role.INTEGRATION, Role.HEAD, Role.SELLER, Role.VIEWER)
        ]

        assert answers == [201, 201, 403, 403, 403]


class TestChangeWebhook:
    async def test_switches_it_off_and_on(self, client: AsyncClient, session: AsyncSession) -> None:
        path = f"/v1/webhooks/{(await created(client))['id']}"

        off = await client.patch(path, json={"is_active": False}, headers={"If-Match": '"1"'})
        on = await client.patch(path, json={"is_active": True}, headers={"If-Match": '"2"'})

        assert (off.json()["disabled_reason"], on.json()["disabled_reason"]) == ("by-hand", None)
        assert len(await recorded(session, WebhookUpdated)) == 2

    async def test_sees_with_the_eyes_of_whoever_says_where_it_leads(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        webhook = await created(client_as(Role.ADMIN))

        answer = await client_as(Role.INTEGRATION).patch(
            f"/v1/webhooks/{webhook['id']}",
            json={"url": "https://elsewhere.example.com/"},
            headers={"If-Match": '"1"'},
        )

        assert answer.status_code == 200, answer.text
        kept = await session.get(Webhook, UUID(webhook["id"]))
        assert kept is not None
        assert kept.made_by_role == Role.INTEGRATION

    async def test_exchanges_the_secret(self, client: AsyncClient, session: AsyncSession) -> None:
        webhook = await created(client)

        answer = await client.post(
            f"/v1/webhooks/{webhook['id']}/rotate-secret",
            json={"overlap_hours": 48},
            headers={"If-Match": '"1"'},
        )

        assert answer.status_code == 200, answer.text
        assert answer.json()["secret"] != webhook["secret"]
        assert answer.json()["old_secret_until"] is not None
        [event] = await recorded(session, WebhookUpdated)
        assert "secret_number" in event.data.changed

    async def test_stops_it_for_good(self, client: AsyncClient, session: AsyncSession) -> None:
        path = f"/v1/webhooks/{(await created(client))['id']}"

        gone = await client.delete(path, headers={"If-Match": "*"})

        assert (gone.status_code, (await client.get(path)).status_code) == (204, 404)
        assert len(await recorded(session, WebhookDeleted)) == 1


class TestDeliveries:
    async def test_hold_a_test_that_was_asked_for(self, client: AsyncClient) -> None:
        path = f"/v1/webhooks/{(await created(client))['id']}"

        sent = await client.post(f"{path}/test")

        assert sent.status_code == 202, sent.text
        [line] = (await client.get(f"{path}/deliveries?status=waiting")).json()["items"]
        assert (line["id"], line["attempts"]) == (sent.json()["id"], 0)
        retried = await client.post(f"{path}/deliveries/{line['id']}/retry")
        assert (retried.status_code, retried.json()["code"]) == (409, "webhook-delivery-waits")
        assert (await client.get(f"{path}/health")).json()["waiting"] == 1

    @pytest.mark.parametrize(
        "wrong", [{}, {"after": 0, "since": "2026-01-01T00:00:00Z"}, {"after": 10**9}]
    )
    async def test_of_no_stretch_cannot_be_replayed(
        self, client: AsyncClient, wrong: dict[str, Any]
    ) -> None:
        path = f"/v1/webhooks/{(await created(client))['id']}"

        answer = await client.post(f"{path}/replays", json=wrong)

        assert (answer.status_code, answer.json()["code"]) == (422, "replay-range")

    async def test_of_nobody_are_not_found(self, client: AsyncClient) -> None:
        for path in ("", "/health", "/deliveries", "/replays"):
            answer = await client.get(f"/v1/webhooks/{new_id()}{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "webhook-not-found")


class TestListWebhookFields:
    async def test_names_what_can_be_asked_of_a_pattern(self, client: AsyncClient) -> None:
        answer = await client.get("/v1/webhooks/fields?types=crm.deals.invoice.>")

        fields = answer.json()["fields"]
        assert {"event.changed", "invoice.total"} <= set(fields)
        assert "deal.amount" not in fields
