"""T3: rules by time: days around a date, silence, a time of day; each moment once."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.consumers.work import TaskEvent, keep_tasks
from crm_deals.deal_rules import queries, use_cases
from crm_deals.deal_rules.jobs import forget_old_runs, run_time_rules
from crm_deals.deal_rules.schemas.actions import Fill
from crm_deals.deals import queries as deals
from crm_deals.deals import use_cases as deal_cases
from crm_deals.deals.models import Deal
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, stage_called
from crm_shared import context
from crm_shared.actor import SYSTEM_ACCESS, Access
from crm_shared.clock import utc_now
from crm_shared.db.engine import SETTINGS, Sessions
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import announced, envelope_of
from crm_shared.testing.plugin import ClientAs
from crm_shared.worker import JobContext

LONG_AGO = (utc_now() - timedelta(days=400)).isoformat()
FILL = {"do": "fill", "field": "channel", "value": "rule"}
ANY = {"If-Match": "*"}


@pytest.fixture(autouse=True)
def known_settings(session: AsyncSession, settings: ServiceSettings) -> None:
    session.info[SETTINGS] = settings


async def rule(client: httpx.AsyncClient, schedule: dict[str, Any], **values: Any) -> UUID:
    body = {"name": "x", "event_type": "time", "schedule": schedule, "actions": [FILL], **values}
    answer = await client.post("/v1/deal-rules", json=body)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def a_deal(session: AsyncSession, pipeline: Pipeline, **values: Any) -> UUID:
    deal = make_deal(stage_called(pipeline, "New"), **values)
    session.add(deal)
    await session.commit()
    session.expunge_all()
    return deal.id


async def meet(session: AsyncSession, rule_id: UUID, now: datetime | None = None) -> int:
    session.expunge_all()
    row = await queries.get_deal_rule(session, rule_id)
    met, _ = await use_cases.meet_moments(session, row, now=now)
    await session.commit()
    return met


async def channel(session: AsyncSession, deal_id: UUID) -> str | None:
    session.expunge_all()
    return (await deals.get_deal(session, SYSTEM_ACCESS, deal_id)).channel


class TaskTold(TaskEvent, type="crm.contacts.task.updated.v1"):
    """A task as contacts tells of it."""


class TestT3ByTime:
    async def test_days_before_a_date_once_per_date_whatever_version(
        self, client: httpx.AsyncClient, session: AsyncSession, access: Access, pipeline: Pipeline
    ) -> None:
        schedule = {"kind": "date", "field": "expected_close_date", "days": -3}
        rule_id = await rule(client, schedule, active_from=LONG_AGO)
        today = deals.today_of(session)
        near = await a_deal(session, pipeline, expected_close_date=today + timedelta(days=2))
        far = await a_deal(session, pipeline, expected_close_date=today + timedelta(days=9))

        met = [await meet(session, rule_id) for _ in range(2)]
        await client.patch(f"/v1/deal-rules/{rule_id}", json={"name": "y"}, headers=ANY)
        again = await meet(session, rule_id)
        assert (met, again) == ([1, 0], 0)
        assert (await channel(session, near), await channel(session, far)) == ("rule", None)

        other = {"expected_close_date": today + timedelta(days=1)}
        await deal_cases.update_deal(session, access, near, other, expected=None)
        await session.commit()
        assert await meet(session, rule_id) == 1

    async def test_nothing_of_what_had_passed_when_the_rule_began(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        rule_id = await rule(client, {"kind": "date", "field": "created_at", "days": 30})
        await a_deal(session, pipeline, at=utc_now() - timedelta(days=60))
        soon = await a_deal(session, pipeline, at=utc_now() - timedelta(days=29))

        assert await meet(session, rule_id) == 0
        assert await meet(session, rule_id, utc_now() + timedelta(days=2)) == 1
        assert await channel(session, soon) == "rule"

    async def test_silence_until_somebody_does_something(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        rule_id = await rule(client, {"kind": "idle", "days": 7}, active_from=LONG_AGO)
        since = utc_now() - timedelta(days=20)
        silent = await a_deal(session, pipeline, at=since)
        busy = await a_deal(session, pipeline, at=since)
        who = {"due_at": None, "assignee_id": None}
        facts = {"task": {"deal_id": busy, "status": "done", "kind": "todo", **who}}
        done = envelope_of(TaskTold.model_validate(facts), at=utc_now() - timedelta(days=1))
        await keep_tasks(session, [done])
        await session.commit()

        assert [await meet(session, rule_id) for _ in range(2)] == [1, 0]
        assert (await channel(session, silent), await channel(session, busy)) == ("rule", None)
        assert await meet(session, rule_id, utc_now() + timedelta(days=7)) == 1

    async def test_every_day_from_its_time_on(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        sessions: Sessions,
        pipeline: Pipeline,
    ) -> None:
        rule_id = await rule(
            client,
            {"kind": "daily", "at": "00:00"},
            active_from=LONG_AGO,
            conditions={"field": "amount", "op": "gt", "value": "1000"},
        )
        deal_id = await a_deal(session, pipeline)
        await a_deal(session, pipeline, amount=None)
        now = utc_now()

        met = [await meet(session, rule_id, at) for at in (now, now, now + timedelta(days=1))]

        assert met == [1, 0, 1]

        # rules that were kept before their values were checked stop neither others nor themselves
        daily = {"kind": "daily", "at": "00:00"}
        broken = [
            {"do": "dance"},
            {"do": "fill", "field": "probability_override", "value": "50"},
            {"do": "fill", "field": "expected_close_date", "value": "2026-01-01T00:00:00"},
        ]
        kept = [await rule(client, daily, active_from=LONG_AGO, priority=-1) for _ in broken]
        put = {"do": "fill", "field": "source", "value": "last"}
        await rule(client, daily, active_from=LONG_AGO, priority=1, actions=[put])
        for one, action in zip(kept, broken, strict=True):
            values = {"id": one, "actions": json.dumps([action])}
            change = "UPDATE deal_rules SET actions = cast(:actions AS jsonb) WHERE id = :id"
            await session.execute(text(change), values)
        await session.commit()
        sessions.configure(info={SETTINGS: session.info[SETTINGS]})
        with pytest.raises(KeyError):
            await run_time_rules(JobContext(sessions, None, None))  # type: ignore[arg-type]
        session.expunge_all()
        assert (await deals.get_deal(session, SYSTEM_ACCESS, deal_id)).source == "last"
        logs = [(await client.get(f"/v1/deal-rules/{one}/runs")).json() for one in kept[1:]]
        # what ran on a past day guards nothing any more; what ran for a date does
        dated = await rule(
            client, {"kind": "date", "field": "created_at", "days": 0}, active_from=LONG_AGO
        )
        assert await meet(session, dated) == 2
        await session.execute(text("UPDATE deal_rule_runs SET ran_at = ran_at - interval '8 days'"))
        await session.commit()
        await forget_old_runs(JobContext(sessions, None, None))  # type: ignore[arg-type]
        left = await session.scalars(text("SELECT DISTINCT rule_id FROM deal_rule_runs"))
        assert list(left) == [dated]
        assert {run["reason"] for log in logs for run in log} == {
            "invalid",
            "invalid: /expected_close_date",
        }

    async def test_imported_deals_are_left_alone_and_the_log_says_so(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        access: Access,
        pipeline: Pipeline,
    ) -> None:
        rule_id = await rule(
            client, {"kind": "date", "field": "created_at", "days": 1}, active_from=LONG_AGO
        )
        old = utc_now() - timedelta(days=90)
        values = {"title": "Old", "source_system": "old", "external_id": "1"}
        with context.as_bulk():
            await deal_cases.import_deals(
                session, [deal_cases.DealImport(values, old)], currency="UAH"
            )
        await session.commit()

        assert [await meet(session, rule_id) for _ in range(2)] == [1, 0]
        runs = (await client.get(f"/v1/deal-rules/{rule_id}/runs")).json()
        assert [run["outcome"] for run in runs] == ["skipped"]
        assert runs[0]["reason"].startswith("bulk")
        assert len(await announced(session)) == 2  # the rule and the deal

    async def test_two_workers_share_the_work(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        rule_id = await rule(client, {"kind": "daily", "at": "00:00"}, active_from=LONG_AGO)
        deal_id = await a_deal(session, pipeline)
        row = await queries.get_deal_rule(session, rule_id)
        await use_cases.meet_moments(session, row)  # not committed yet: it holds the deal

        other = AsyncSession(session.bind, expire_on_commit=False, autoflush=False)
        other.info.update(session.info)
        same = await queries.get_deal_rule(other, rule_id)
        met, _ = await use_cases.meet_moments(other, same)
        # what was looked at is not walked over again: the next portion begins behind it
        assert await use_cases.meet_moments(other, same, after=deal_id) == (0, None)
        await other.close()
        await session.commit()

        assert met == 0
        lines = await session.execute(text("SELECT count(*) FROM deal_rule_runs"))
        assert lines.scalar_one() == 1
        assert await channel(session, deal_id) == "rule"


class TestT3Trying:
    async def test_shows_what_a_rule_would_do_and_does_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        deal_id = await a_deal(session, pipeline)
        won = {"do": "move", "stage_id": str(stage_called(pipeline, "Won").id)}
        body = {"name": "x", "event_type": "crm.deals.deal.updated.v1", "actions": [FILL, won]}
        made = (await client.post("/v1/deal-rules", json=body)).json()["id"]
        said = len(await announced(session))

        tried = await client.post(f"/v1/deal-rules/{made}/dry-run", json={"deal_id": str(deal_id)})
        previewed = await client.post(
            "/v1/deal-rules/preview", json={"rule": body, "deal_id": str(deal_id)}
        )

        changes = {one["field"]: one["after"] for one in tried.json()["changes"]}
        assert (changes["channel"], changes["outcome"]) == ("rule", "won")
        assert tried.json()["would_act"]
        assert previewed.json()["would_act"]
        assert len(await announced(session)) == said
        session.expunge_all()
        deal = await session.get(Deal, deal_id)
        assert deal is not None
        assert (deal.revision, deal.channel, deal.outcome) == (1, None, "open")
        assert (await client.get(f"/v1/deal-rules/{made}/runs")).json() == []

    async def test_says_why_a_rule_would_do_nothing_and_on_how_many_it_would_act(
        self, client: httpx.AsyncClient, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        deal_id = await a_deal(session, pipeline, channel="rule")
        await a_deal(session, pipeline)
        body = {
            "name": "x",
            "event_type": "time",
            "schedule": {"kind": "daily", "at": "00:00"},
            "active_from": LONG_AGO,
            "actions": [FILL],
        }
        strict = {**body, "conditions": {"field": "amount", "op": "gt", "value": "999999"}}

        same, unmet = [
            (
                await client.post(
                    "/v1/deal-rules/preview", json={"rule": one, "deal_id": str(deal_id)}
                )
            ).json()
            for one in (body, strict)
        ]

        assert (same["reason"], same["due_now"]) == ("nothing-to-change", 2)
        assert (unmet["reason"], unmet["conditions_hold"], unmet["due_now"]) == (
            "conditions",
            False,
            0,
        )


class TestT3Rules:
    @pytest.mark.parametrize(
        ("field", "spelt", "kept"),
        [
            ("probability_override", "50", 50),
            ("is_void", "yes", True),
            ("amount", 10, "10.00"),
            ("expected_close_date", "2026-01-01T00:00:00", "2026-01-01"),
            ("custom_fields", {"value": "net 30"}, {"value": "net 30"}),
        ],
    )
    def test_keep_what_was_understood_not_how_it_was_spelt(
        self, field: str, spelt: Any, kept: Any
    ) -> None:
        assert Fill(do="fill", field=field, value=spelt).value == kept

    @pytest.mark.parametrize(
        ("values", "pointer"),
        [
            ({"event_type": "crm.deals.moon.rose.v1"}, "/event_type"),
            ({"event_type": "time"}, "/schedule"),
            ({"schedule": {"kind": "daily", "at": "25:00"}}, "/schedule"),
            ({"conditions": {"field": "deal.colour", "op": "eq", "value": 1}}, "/conditions"),
            ({"actions": [{"do": "fill", "field": "amount", "value": "much"}]}, "/actions/0"),
            ({"actions": [{"do": "copy", "from": "amount", "to": "title"}]}, "/actions/0"),
            ({"actions": [{"do": "dance"}]}, "/actions/0"),
            ({"actions": []}, "/actions"),
            (
                {"actions": [{"do": "move", "stage_id": str(UUID(int=9))}]},
                "/actions/0/stage_id",
            ),
        ],
    )
    async def test_name_what_is_wrong_with_them(
        self, client: httpx.AsyncClient, values: dict[str, Any], pointer: str
    ) -> None:
        body = {"name": "x", "event_type": "crm.deals.deal.updated.v1", "actions": [FILL]}
        answer = await client.post("/v1/deal-rules", json={**body, **values})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)

    async def test_hear_all_that_is_said_of_deals(self, client: httpx.AsyncClient) -> None:
        for event_type in (
            "crm.contacts.lead.converted.v1",
            "crm.contacts.task.completed.v1",
            "crm.notifications.message.failed.v1",
            "crm.deals.deal.rotting.v1",
            "crm.deals.approval.approved.v1",
        ):
            body = {"name": "x", "event_type": event_type, "actions": [FILL]}
            assert (await client.post("/v1/deal-rules", json=body)).status_code == 201

    async def test_are_written_by_administrators_only(self, client_as: ClientAs) -> None:
        body = {"name": "x", "event_type": "crm.deals.deal.updated.v1", "actions": [FILL]}
        for role in ("head", "seller", "viewer"):
            assert (await client_as(role).post("/v1/deal-rules", json=body)).status_code == 403
