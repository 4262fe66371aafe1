"""What was entered by hand, as far as metrics need it: a few rows a month, whatever the deals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting import events
from crm_reporting.inputs.models import Baseline, Cost, Investment, Plan, Staff
from crm_reporting.ledger.models import LedgerEntry
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.periods import Period
from crm_shared.actor import Access, Scope

RowT = TypeVar("RowT", Baseline, Cost, Investment, Plan, Staff)
SpannedT = TypeVar("SpannedT", Cost, Plan, Staff)
# what events tell of each kind, and under which name
FACTS: dict[type[Any], tuple[str, type[BaseModel]]] = {
    Cost: ("cost", events.CostFacts), Plan: ("plan", events.PlanFacts),
    Staff: ("staff", events.StaffFacts), Baseline: ("baseline", events.BaselineFacts),
    Investment: ("investment", events.InvestmentFacts),
}  # fmt: skip


async def costs_in(session: AsyncSession, period: Period, at: datetime | None) -> Sequence[Cost]:
    """Return the marketing costs of which some day lies in a period."""
    return _within(await _rows(session, select(Cost), Cost, at), period)


async def has_costs(session: AsyncSession, at: datetime | None) -> bool:
    """Tell whether any marketing cost was ever entered."""
    return bool(await _rows(session, select(Cost).limit(1), Cost, at))


async def staff_in(session: AsyncSession, period: Period, at: datetime | None) -> Sequence[Staff]:
    """Return who was at work on some day of a period."""
    return _within(await _rows(session, select(Staff), Staff, at), period)


async def rows_known(
    session: AsyncSession, model: type[RowT], at: datetime | None
) -> Sequence[RowT]:
    """Return all inputs of a kind that are in force, or were at an instant, as told by then."""
    return await _rows(session, select(model), model, at)


async def plans_in(session: AsyncSession, ask: Ask, period: Period, metric: str) -> Sequence[Plan]:
    """Return the plans of a figure for some days of a period, as far as the asker may see them."""
    # whose a plan was, and whether a goal, is asked of what was told of it by then
    rows = _within(await _rows(session, select(Plan), Plan, ask.as_of), period)
    return [
        row
        for row in rows
        if row.metric == metric and not row.is_goal and _is_seen(ask.access, row)
    ]


def _is_seen(access: Access, plan: Plan) -> bool:
    """Tell whether a plan lies within a scope, as `visible` does in the database."""
    actor = access.actor
    if access.scope is Scope.ALL or plan.owner_id == actor.id:
        return True
    return access.scope is Scope.TEAM and plan.team_id in actor.team_ids


async def baselines_of(
    session: AsyncSession, metrics: Sequence[str], at: datetime | None
) -> dict[str, Baseline]:
    """Return what figures of the whole company were before."""
    found = select(Baseline).where(Baseline.metric.in_(metrics), Baseline.team_id.is_(None))
    return {row.metric: row for row in await _rows(session, found, Baseline, at)}


async def baseline_of(
    session: AsyncSession, metric: str, team_id: UUID | None, at: datetime | None
) -> Baseline | None:
    """Return the baseline of a metric, of a team or of the company; None while there is none."""
    team = Baseline.team_id.is_not_distinct_from(team_id)
    rows = await _rows(
        session, select(Baseline).where(Baseline.metric == metric, team), Baseline, at
    )
    return rows[0] if rows else None


def _within(rows: Sequence[SpannedT], period: Period) -> Sequence[SpannedT]:
    """Keep those of which some day lies in a period; as they were told, not as they are kept."""
    return [
        row
        for row in rows
        if row.starts_on < period.end and (row.ends_on is None or row.ends_on >= period.start)
    ]


async def _rows(
    session: AsyncSession, found: Select[RowT], model: type[RowT], at: datetime | None
) -> Sequence[RowT]:
    rows = (await session.scalars(found.where(_in_force(model, at)).order_by(model.id))).all()
    return rows if at is None else await _as_told(session, rows, at)


def _in_force(model: type[RowT], at: datetime | None) -> ColumnElement[bool]:
    """Those in force; at an earlier instant: entered by then and not yet taken back."""
    if at is None:
        return model.deleted_at.is_(None)
    return (model.created_at <= at) & or_(model.deleted_at.is_(None), model.deleted_at > at)


async def _as_told(session: AsyncSession, rows: Sequence[RowT], at: datetime) -> Sequence[RowT]:
    """Give rows that were changed since the values that their events told last before then."""
    changed = [row.id for row in rows if row.revision > 1 and row.updated_at > at]
    if not changed:
        return rows
    told = await session.execute(
        select(LedgerEntry.subject, LedgerEntry.envelope["data"])
        .where(LedgerEntry.subject.in_(changed), LedgerEntry.recorded_at <= at)
        .order_by(LedgerEntry.revision)
    )
    # the last of each stays
    known = {row[0]: row[1] for row in told}
    for row in rows:
        noun, facts = FACTS[type(row)]
        if row.id in known:
            session.expunge(row)  # a reading: it is never written back
            for name, value in facts.model_validate(known[row.id][noun]):
                if hasattr(row, name):
                    setattr(row, name, value)
    return rows
