"""Medians and percentiles: exact, from the contributions."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Double, Numeric, cast, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.rules.asks import Read

# The lower and the upper middle, whose mean is the median, and p90; of an odd number both middles
# are one. (percentile_cont would go through floats.)
RANKS = (0.5, 0.500000001, 0.9)


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
    return spread_of_row(*row)


async def spreads_by_stage(
    session: AsyncSession, read: Read, value: ColumnElement[Any], part: Part
) -> dict[UUID | None, Spread]:
    """Return the spread of a column per stage."""
    stage = Contribution.stage.expression
    query = (
        select(stage, *spread_columns(value)).where(*_conditions(read, value, part)).group_by(stage)
    )
    return {row[0]: spread_of_row(*row[1:]) for row in await session.execute(query)}


def spread_columns(value: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return number, sum, and RANKS of a column: three ranks of one order cost one sorting."""
    ranks = func.percentile_disc(cast(list(RANKS), ARRAY(Double))).within_group(value)
    return [func.count(value), func.sum(value), type_coerce(ranks, ARRAY(Numeric))]


def _conditions(read: Read, value: ColumnElement[Any], part: Part) -> list[ColumnElement[bool]]:
    return [
        Contribution.part == int(part),
        Contribution.day >= read.period.start,
        Contribution.day < read.period.end,
        value.is_not(None),
        facts_where(read),
    ]


def spread_of_row(n: int, total: Decimal | None, ranks: Sequence[Decimal] | None) -> Spread:
    """Return what `spread_columns` came to."""
    if ranks is None:
        return Spread(n, total or Decimal(0))
    lower, upper, p90 = ranks
    return Spread(n, total or Decimal(0), (lower + upper) / 2, p90)
