"""Writes of the deal rules feature by hand: claims of runs, and turns."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deal_rules.models import DealRule, DealRuleRun, DealRuleTurn

RUNS = cast("Table", DealRuleRun.__table__)


async def claim_run(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Take a run for oneself; False when the rule ran on this event or moment already."""
    claim = insert(RUNS).values(values).on_conflict_do_nothing().returning(RUNS.c.event_id)
    return (await session.execute(claim)).first() is not None


async def note_skip(
    session: AsyncSession, rule_id: UUID, version: int, event_id: UUID, reason: str
) -> None:
    """Write why a claimed run did nothing."""
    await session.execute(
        update(RUNS)
        .where(
            RUNS.c.rule_id == rule_id,
            RUNS.c.rule_version == version,
            RUNS.c.event_id == event_id,
        )
        .values(outcome="skipped", reason=reason)
    )


async def take_turn(session: AsyncSession, rule_id: UUID) -> int:
    """Return the next number of a rule's round, from one on; two workers never get the same."""
    turn = insert(DealRuleTurn).values(rule_id=rule_id, position=1)
    raised = turn.on_conflict_do_update(
        index_elements=["rule_id"], set_={"position": DealRuleTurn.position + 1}
    ).returning(DealRuleTurn.position)
    return int((await session.execute(raised)).scalar_one())


async def forget_runs(session: AsyncSession, before: datetime) -> int:
    """Delete lines of events that cannot come again; those of moments stay, they guard them."""
    gone = RUNS.delete().where(RUNS.c.ran_at < before, RUNS.c.occurrence.is_(None))
    return int(getattr(await session.execute(gone), "rowcount", 0))


async def forget_days(session: AsyncSession, before: datetime) -> int:
    """Delete lines of rules that act every day: what ran on a past day guards nothing."""
    daily = select(DealRule.id).where(DealRule.schedule["kind"].astext == "daily")
    gone = RUNS.delete().where(
        RUNS.c.ran_at < before, RUNS.c.occurrence.is_not(None), RUNS.c.rule_id.in_(daily)
    )
    return int(getattr(await session.execute(gone), "rowcount", 0))
