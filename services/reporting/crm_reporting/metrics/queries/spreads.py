"""Medians and percentiles: exact, from the contributions."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.rules.asks import Read

HALF, NINE_TENTHS = 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Spread:
    """How values lie: `total` and `n` give the mean; p90 is the nearest rank."""

    n: int = 0
    total: Decimal = Decimal(0)
    median: Decimal | None = None
    p90: Decimal | None = None


async def spread_of(
    session: AsyncSession,
    read: Read,
    value: ColumnElement[Any],
    part: Part,
    *,
    only: ColumnElement[bool] | None = None,
) -> Spread:
    """Return the spread of a column over the facts of a read, `only` some of them."""
    conditions = [*_conditions(read, value, part), *([] if only is None else [only])]
    row = (await session.execute(select(*spread_columns(value)).where(*conditions))).one()
    return _spread(*row)


async def spreads_by_stage(
    session: AsyncSession, read: Read, value: ColumnElement[Any], part: Part
) -> dict[UUID | None, Spread]:
    """Return the spread of a column per stage."""
    stage = Contribution.stage.expression
    query = (
        select(stage, *spread_columns(value)).where(*_conditions(read, value, part)).group_by(stage)
    )
    return {row[0]: _spread(*row[1:]) for row in await session.execute(query)}


def spread_columns(value: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return number, sum, median and p90 of a column."""
    # the mean of the lower and the upper middle; percentile_cont would go through floats
    lower = func.percentile_disc(HALF).within_group(value)
    upper = func.percentile_disc(HALF).within_group(value.desc())
    p90 = func.percentile_disc(NINE_TENTHS).within_group(value)
    return [func.count(value), func.sum(value), (lower + upper) / 2, p90]


def _conditions(read: Read, value: ColumnElement[Any], part: Part) -> list[ColumnElement[bool]]:
    return [
        Contribution.part == int(part),
        Contribution.day >= read.period.start,
        Contribution.day < read.period.end,
        value.is_not(None),
        facts_where(read),
    ]


def _spread(n: int, total: Decimal | None, median: Decimal | None, p90: Decimal | None) -> Spread:
    return Spread(n, total or Decimal(0), median, p90)
