"""Routes of message rules: what a rule may ask, and what its run log says."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.events import MessageRuleCreated, MessageRuleDeleted, MessageRuleUpdated
from crm_notifications.testing import MOVED, make_template, stage_moved
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs
from crm_shared.testing.policies import decide


@pytest.fixture
async def body(session: AsyncSession) -> dict[str, Any]:
    """A rule that can be made."""
    template = make_template()
    session.add(template)
    await session.commit()
    return {
        "name": "Tell the client",
        "event_type": MOVED,
        "template_id": str(template.id),
        "recipient": "client",
        "conditions": {"field": "to_stage.outcome", "op": "eq", "value": "open"},
    }


async def created(client: AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/v1/message-rules", json=body)
    assert answer.status_code == 201, answer.text
    rule: dict[str, Any] = answer.json()
    return rule


class TestCreateMessageRule:
    async def test_makes_and_announces_it(
        self, client: AsyncClient, session: AsyncSession, body: dict[str, Any]
    ) -> None:
        rule = await created(client, body)

        assert (rule["revision"], rule["is_active"], rule["on_bulk"]) == (1, True, False)
        [event] = await recorded(session, MessageRuleCreated)
        assert event.data.message_rule.event_type == MOVED

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [
            ({"event_type": "crm.deals.deal.sang.v1"}, "/event_type"),
            ({"template_id": str(new_id())}, "/template_id"),
            ({"recipient": "user"}, "/recipient_user_id"),
            ({"recipient_user_id": str(new_id())}, "/recipient_user_id"),
            ({"conditions": {"field": "deal.title", "op": "eq", "value": "x"}}, None),
            ({"conditions": {"field": "deal.amount", "op": "like", "value": "1"}}, None),
            ({"expires_after_s": 1}, "/expires_after_s"),
            ({"recipient": "everybody"}, "/recipient"),
        ],
    )
    async def test_names_what_cannot_be_asked(
        self, client: AsyncClient, body: dict[str, Any], wrong: dict[str, Any], pointer: str | None
    ) -> None:
        answer = await client.post("/v1/message-rules", json={**body, **wrong})

        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert pointer is None or error["pointer"] == pointer

    async def test_answers_for_each_of_many(
        self, client: AsyncClient, body: dict[str, Any]
    ) -> None:
        bad = {**body, "event_type": "x"}

        answer = await client.post("/v1/message-rules/batch", json={"items": [body, bad]})

        assert [item["status"] for item in answer.json()["results"]] == [201, 422]


class TestChangeMessageRule:
    async def test_makes_a_new_version(
        self, client: AsyncClient, session: AsyncSession, body: dict[str, Any]
    ) -> None:
        rule = await created(client, body)

        answer = await client.patch(
            f"/v1/message-rules/{rule['id']}",
            json={"is_active": False},
            headers={"If-Match": '"1"'},
        )

        assert (answer.json()["revision"], answer.json()["is_active"]) == (2, False)
        [event] = await recorded(session, MessageRuleUpdated)
        assert event.data.previous == {"is_active": True}

    async def test_upserts_by_the_name_another_system_gave(
        self, client: AsyncClient, body: dict[str, Any]
    ) -> None:
        path = "/v1/message-rules/by-external/old-crm/r-1"

        first = await client.put(path, json=body)
        again = await client.put(path, json=body)

        assert first.json()["id"] == again.json()["id"]
        assert again.json()["revision"] == 1


class TestDeleteMessageRule:
    async def test_stops_it(
        self, client: AsyncClient, session: AsyncSession, body: dict[str, Any]
    ) -> None:
        rule = await created(client, body)

        answer = await client.delete(f"/v1/message-rules/{rule['id']}", headers={"If-Match": "*"})

        assert answer.status_code == 204
        assert len(await recorded(session, MessageRuleDeleted)) == 1
        await SUBSCRIPTIONS[0].handle(session, [stage_moved()])
        assert (await client.get("/v1/messages")).json()["items"] == []


class TestListMessageRuleRuns:
    async def test_says_what_was_done_and_why_nothing_was(
        self, client: AsyncClient, session: AsyncSession, body: dict[str, Any]
    ) -> None:
        rule = await created(client, body)
        await SUBSCRIPTIONS[0].handle(session, [stage_moved(), stage_moved(contact_id=None)])
        await session.commit()

        answer = await client.get(f"/v1/message-rules/{rule['id']}/runs")

        said = {(run["outcome"], run["reason"]) for run in answer.json()}
        assert said == {("done", None), ("skipped", "event-names-no-client")}


class TestListRuleEventTypes:
    async def test_names_fields_of_conditions(self, client: AsyncClient) -> None:
        answer = await client.get("/v1/message-rules/event-types")

        [moved] = [one for one in answer.json() if one["event_type"] == MOVED]
        assert "to_stage.outcome" in moved["fields"]


class TestS3HiddenFields:
    async def test_are_nothing_a_rule_can_ask(
        self,
        client: AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        body: dict[str, Any],
    ) -> None:
        await decide(client, session, hidden_fields={"marketing": {"deal": ["amount"]}})
        dear = {"field": "deal.amount", "op": "gt", "value": "1000"}
        rule = {**body, "conditions": {"not": dear}}

        refused = await client_as("marketing").post("/v1/message-rules", json=rule)

        assert (refused.status_code, refused.json()["code"]) == (403, "field-hidden")
        assert [one["pointer"] for one in refused.json()["errors"]] == ["/conditions/deal.amount"]
        assert (await client.post("/v1/message-rules", json=rule)).status_code == 201


class TestTimesAndSteps:
    """T3: what a rule by time, or of several letters, must say."""

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"event_type": "time.birthday"}, "/timing"),
            ({"timing": {"days": 3}}, "/timing"),
            ({"event_type": "time.no_answer", "timing": {"days": 0}}, "/timing/days"),
            ({"event_type": "time.before_date", "timing": {"days": 1}}, "/timing/field"),
            (
                {"event_type": "time.before_date", "timing": {"days": 1, "field": "deal.title"}},
                "/timing/field",
            ),
            ({"steps": [{"wait": {"days": 400}, "template_id": str(new_id())}]}, "days"),
            ({"steps": [{"wait": {"days": 1}, "template_id": str(new_id())}]}, "/template_id"),
            ({"event_type": "time.tea"}, "/event_type"),
        ],
    )
    async def test_names_the_field_that_says_too_little(
        self, client: AsyncClient, body: dict[str, Any], given: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/message-rules", json={**body, **given})

        assert answer.status_code == 422
        assert pointer in answer.json()["errors"][0]["pointer"]
