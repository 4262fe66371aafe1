"""What was entered by hand, as far as metrics need it: a few rows a month, whatever the deals."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.inputs.models import Baseline, Cost, Plan, Staff
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.periods import Period
from crm_shared.db.scope import visible

RowT = TypeVar("RowT", Baseline, Cost, Plan, Staff)


async def costs_in(session: AsyncSession, period: Period, at: datetime | None) -> Sequence[Cost]:
    """Return the marketing costs of which some day lies in a period."""
    return await _rows(session, _within(Cost, period), Cost, at)


async def has_costs(session: AsyncSession, at: datetime | None) -> bool:
    """Tell whether any marketing cost was ever entered."""
    return bool(await _rows(session, select(Cost).limit(1), Cost, at))


async def staff_in(session: AsyncSession, period: Period, at: datetime | None) -> Sequence[Staff]:
    """Return who was at work on some day of a period."""
    return await _rows(session, _within(Staff, period), Staff, at)


async def plans_in(session: AsyncSession, ask: Ask, period: Period, metric: str) -> Sequence[Plan]:
    """Return the plans of a figure for some days of a period, as far as the asker may see them."""
    seen = visible(ask.access, Plan.owner_id, Plan.team_id)
    found = _within(Plan, period).where(Plan.metric == metric, Plan.is_goal.is_(False), seen)
    return await _rows(session, found, Plan, ask.as_of)


async def baselines_of(
    session: AsyncSession, metrics: Sequence[str], at: datetime | None
) -> dict[str, Baseline]:
    """Return what figures of the whole company were before."""
    found = select(Baseline).where(Baseline.metric.in_(metrics), Baseline.team_id.is_(None))
    return {row.metric: row for row in await _rows(session, found, Baseline, at)}


def _within(model: type[RowT], period: Period) -> Select[RowT]:
    last = period.end - timedelta(days=1)
    ends: Any = model.ends_on
    return select(model).where(model.starts_on <= last, or_(ends.is_(None), ends >= period.start))


async def _rows(
    session: AsyncSession, found: Select[RowT], model: type[RowT], at: datetime | None
) -> Sequence[RowT]:
    rows = await session.scalars(found.where(_in_force(model, at)).order_by(model.id))
    return rows.all()


def _in_force(model: type[RowT], at: datetime | None) -> ColumnElement[bool]:
    """Those in force; at an earlier instant: entered by then and not yet taken back."""
    if at is None:
        return model.deleted_at.is_(None)
    return (model.created_at <= at) & or_(model.deleted_at.is_(None), model.deleted_at > at)
