"""What rules make of events: once per event, whatever the broker does."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.events import MessageExpired, MessageQueued
from crm_notifications.message_rules.models import MessageRule
from crm_notifications.messages.models import Message
from crm_notifications.testing import MOVED, make_rule, make_template, stage_moved
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import RULE_RUNS
from crm_shared.events.envelope import AnyEvent, Envelope, ForeignEvent
from crm_shared.events.subscription import Subscription
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, envelope_of, recorded


@pytest.fixture
def on_deals() -> Subscription[Any]:
    """The durable that hears of deals."""
    [found] = [one for one in SUBSCRIPTIONS if one.durable == "notifications-deals-message-rules"]
    return found


async def given_rule(session: AsyncSession, **given: Any) -> MessageRule:
    """A rule with its template, there for others to see."""
    template = make_template()
    session.add(template)
    await session.flush()
    rule = make_rule(template, **given)
    session.add(rule)
    await session.commit()
    return rule


async def messages(session: AsyncSession) -> list[Message]:
    return list(await session.scalars(select(Message)))


async def runs(session: AsyncSession) -> list[tuple[str, str | None]]:
    rows = await session.execute(select(RULE_RUNS.c.outcome, RULE_RUNS.c.reason))
    return [(row.outcome, row.reason) for row in rows]


class TestQueueWhatRulesAsk:
    """T8, T3: a message once per rule, event and recipient."""

    async def test_writes_to_the_client_of_a_moved_deal(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        rule = await given_rule(session)
        moved = stage_moved()

        await on_deals.handle(session, [moved])

        [message] = await messages(session)
        assert (message.rule_id, message.rule_version) == (rule.id, 1)
        assert (message.subject_id, message.deal_id) == (moved.subject, moved.subject)
        assert str(message.recipient_id) == moved.data.as_dict()["deal"]["contact_id"]
        assert (message.status, message.revision) == ("queued", 1)
        assert await runs(session) == [("done", None)]

    async def test_announces_the_message_with_its_cause(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        await given_rule(session)
        moved = stage_moved()

        await on_deals.handle(session, [moved])

        [queued] = await recorded(session, MessageQueued)
        assert queued.causationid == moved.id
        assert queued.correlationid == moved.correlationid
        assert queued.data.message.source_revision == 2
        assert queued.data.message.status == "queued"

    async def test_queues_one_message_for_a_redelivered_event(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        await given_rule(session)
        moved = stage_moved()

        await on_deals.handle(session, [moved, moved])
        await on_deals.handle(session, [moved])

        assert len(await messages(session)) == 1
        assert len(await recorded(session, MessageQueued)) == 1
        assert len(await runs(session)) == 1

    async def test_does_not_mind_the_order_of_moves(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        await given_rule(session)
        deal_id, contact_id = new_id(), str(new_id())
        moves = [
            stage_moved(revision=revision, contact_id=contact_id).model_copy(
                update={"subject": deal_id}
            )
            for revision in (4, 2, 3)
        ]

        await on_deals.handle(session, moves)

        assert sorted(one.source_revision for one in await messages(session)) == [2, 3, 4]

    async def test_keeps_a_late_event_as_expired(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        await given_rule(session)

        await on_deals.handle(session, [stage_moved(at=utc_now() - timedelta(hours=25))])

        [message] = await messages(session)
        assert (message.status, message.reason) == ("expired", "late-event")
        assert len(await recorded(session, MessageExpired)) == 1
        assert await recorded(session, MessageQueued) == []
        assert await runs(session) == [("skipped", "late-event")]

    async def test_logs_why_nobody_was_written_to(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        await given_rule(session)

        await on_deals.handle(session, [stage_moved(contact_id=None)])

        assert await messages(session) == []
        assert await runs(session) == [("skipped", "event-names-no-client")]

    async def test_is_silent_about_imports_and_mass_changes(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        await given_rule(session)

        await on_deals.handle(session, [stage_moved(bulk=True)])

        assert await messages(session) == []
        assert await announced(session) == []

    async def test_acts_on_mass_changes_when_told_so(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        await given_rule(session, on_bulk=True)

        await on_deals.handle(session, [stage_moved(bulk=True)])

        [queued] = await recorded(session, MessageQueued)
        assert queued.bulk

    @pytest.mark.parametrize(
        ("recipient", "field", "kind"),
        [
            ("client", "contact_id", "contact"),
            ("owner", "owner_id", "user"),
            ("team_head", "team_id", "team"),
        ],
    )
    async def test_finds_the_recipient_in_the_event(
        self,
        session: AsyncSession,
        on_deals: Subscription[Any],
        recipient: str,
        field: str,
        kind: str,
    ) -> None:
        await given_rule(session, recipient=recipient)
        moved = stage_moved()

        await on_deals.handle(session, [moved])

        [message] = await messages(session)
        expected = moved.data.as_dict()["deal"][field]
        assert (message.recipient_kind, str(message.recipient_id)) == (kind, expected)

    async def test_writes_to_the_user_a_rule_names(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        user_id = new_id()
        await given_rule(session, recipient="user", recipient_user_id=user_id)

        await on_deals.handle(session, [stage_moved()])

        [message] = await messages(session)
        assert (message.recipient_kind, message.recipient_id) == ("user", user_id)

    async def test_writes_nothing_when_no_condition_holds(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        await given_rule(
            session, conditions={"field": "to_stage.outcome", "op": "eq", "value": "won"}
        )

        assert on_deals.decide is not None
        assert await on_deals.decide(session, [stage_moved()]) == []

    async def test_follows_a_rule_that_was_changed(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        rule = await given_rule(session)
        await on_deals.handle(session, [stage_moved()])
        await session.commit()
        rule = await session.merge(rule)
        rule.is_active, rule.revision = False, rule.revision + 1
        await session.commit()
        session.info.clear()  # the next batch is a session of its own

        await on_deals.handle(session, [stage_moved()])

        assert len(await messages(session)) == 1

    async def test_tells_no_one_what_people_typed(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        await given_rule(session)

        await on_deals.handle(session, [stage_moved(title="Canary Зозуля")])

        [envelope] = await announced(session)
        assert "Зозуля" not in envelope.model_dump_json()
        [message] = await messages(session)
        assert "Зозуля" not in str(message.facts)


class TestD6Departments:
    """D6, M12: whoever stands for the department of a reason is told of it."""

    async def test_are_told_of_what_concerns_them_alone(
        self, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        dispatcher = new_id()
        asked = {"field": "deal.reason_department", "op": "eq", "value": "logistics"}
        await given_rule(session, conditions=asked, recipient="user", recipient_user_id=dispatcher)
        lost: dict[str, Any] = {
            "outcome": "lost",
            "reason_id": str(new_id()),
            "reason_group": "Terms",
        }
        ours = stage_moved(**lost, reason_department="logistics")
        theirs = stage_moved(**lost, reason_department="production")

        await on_deals.handle(session, [ours, theirs])

        [message] = await messages(session)
        assert (message.recipient_kind, message.recipient_id) == ("user", dispatcher)
        assert message.subject_id == ours.subject


class TestS6CustomFields:
    """S6, T3: a message rule asks for custom fields of a deal, once it has heard of them."""

    async def test_are_asked_for_as_the_event_tells_them(
        self, client: httpx.AsyncClient, session: AsyncSession, on_deals: Subscription[Any]
    ) -> None:
        session.add(template := make_template())
        await session.commit()
        asked = {"field": "deal.custom_fields.area", "op": "gte", "value": 100}
        body = {
            "name": "Large flats",
            "event_type": MOVED,
            "template_id": str(template.id),
            "recipient": "client",
            "conditions": asked,
        }
        early = await client.post("/v1/message-rules", json=body)
        await hear(session, {"noun": "deal", "key": "area", "type": "integer"})
        made = await client.post("/v1/message-rules", json=body)
        known = await client.get("/v1/message-rules/event-types")
        large = stage_moved(at=later(), custom_fields={"area": 120})
        others = [stage_moved(at=later(), custom_fields=some) for some in ({"area": 8}, {})]

        await on_deals.handle(session, [*others, large])

        assert early.json()["errors"][0]["code"] == "unknown-field"
        assert made.status_code == 201, made.text
        [fields] = [one["fields"] for one in known.json() if one["event_type"] == MOVED]
        assert "deal.custom_fields.area" in fields
        assert [one.subject_id for one in await messages(session)] == [large.subject]


def later() -> datetime:
    # a rule made a moment ago acts on what is recorded after it
    return utc_now() + timedelta(seconds=1)


class FieldTold(ForeignEvent, type="crm.deals.custom_field.created.v1"):
    """As the deals service tells of a custom field."""

    custom_field: dict[str, Any]
    changed: list[str]
    previous: dict[str, Any]


async def hear(session: AsyncSession, told: dict[str, Any]) -> None:
    [durable] = [one for one in SUBSCRIPTIONS if one.durable == "notifications-deals-fields"]
    known = {**told, "is_personal": False, "is_archived": False}
    event = FieldTold(custom_field=known, changed=[], previous={})
    told_json = envelope_of(event, revision=1).model_dump_json()
    await durable.handle(session, [Envelope[AnyEvent].model_validate_json(told_json)])
    await session.commit()
