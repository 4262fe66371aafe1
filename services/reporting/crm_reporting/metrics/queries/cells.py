"""Sums from the counters, or from the contributions where no counter knows the answer."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Subquery,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import NONE, Part
from crm_reporting.contributions.rules.values import STANDING, STAYS
from crm_reporting.metrics.fields import COMPANY, CUSTOMER, DEPARTMENT, FIELDS, SECTOR
from crm_reporting.metrics.queries.counters import read_counters
from crm_reporting.metrics.rules.asks import Read, teams_of
from crm_reporting.metrics.rules.catalogue import KINDS, Dimension
from crm_reporting.metrics.rules.periods import Interval
from crm_reporting.metrics.rules.tallies import Line
from crm_shared.actor import Scope
from crm_shared.filters import to_sql

SUMS = ("n", "priced", "zero", "passed", "dropped", "finished", "amount", "measure")

Column = ColumnElement[Any]


async def read_cells(
    session: AsyncSession, read: Read, *, currency: str, rated: bool
) -> list[Line]:
    """Return the sums; with rates at hand, money of other currencies comes day by day."""
    if not read.parts:
        return []
    grain = read.grain()
    if grain is not None:
        return await read_counters(session, read, grain, currency=currency if rated else None)
    if not rated:
        return await _rows(session, read, true(), by_day=False)
    own = Contribution.currency.in_((currency, ""))
    return [
        *await _rows(session, read, own, by_day=False),
        *await _rows(session, read, ~own, by_day=True),
    ]


async def _rows(
    session: AsyncSession, read: Read, condition: ColumnElement[bool], *, by_day: bool
) -> list[Line]:
    statement = _of_contributions(read, condition, by_day=by_day)
    return [Line(*row) for row in await session.execute(statement)]


def bucket_of(day: Column, interval: Interval | None) -> Column:
    """Return the first day of the bucket in which a day lies."""
    if interval is None:
        return cast(null(), Date)
    if interval is Interval.DAY:
        return day
    return cast(func.date_trunc(interval.value, day), Date)


def _grouped(groups: Sequence[Column], sums: Sequence[Column]) -> Select[Any]:
    constant = [index for index, column in enumerate(groups) if _is_null(column)]
    by = [column for index, column in enumerate(groups) if index not in constant]
    return select(*groups, *sums).group_by(*by)


def _is_null(column: Column) -> bool:
    inner = getattr(column, "element", column)
    inner = getattr(inner, "clause", inner)
    return inner is null() or type(inner).__name__ == "Null"


def _of_contributions(read: Read, condition: ColumnElement[bool], *, by_day: bool) -> Select[Any]:
    source = _moved(read, condition)
    day = source.c.day
    bucket = bucket_of(day, read.interval)
    groups: list[Column] = [
        source.c.part, source.c.key,
        bucket.label("bucket"),
        (source.c.stage if read.by_stage else null()).label("stage"),
        (source.c.target if read.by_stage else null()).label("target"),
        source.c.currency,
        (day if by_day else cast(null(), Date)).label("day"),
    ]  # fmt: skip
    return _grouped(groups, [_sum(name, source.c[name]) for name in SUMS])


def _sum(name: str, column: Column) -> Column:
    total = func.coalesce(func.sum(column), 0)
    return total if name in ("amount", "measure") else cast(total, BigInteger)


def _moved(read: Read, condition: ColumnElement[bool]) -> Subquery:
    """Return rows that carry what counters carry: stays as coming and going, targets apart."""
    plus, minus = literal(1), literal(-1)
    where = facts_where(read)
    period = Contribution.day < read.period.end
    if not STAYS.issuperset(read.parts):
        period = and_(period, Contribution.day >= read.period.start)
    if STANDING.issuperset(read.parts):
        period = true()
    parts = [part for part in read.parts if part is not Part.REACHED]
    came = Contribution.part.in_([int(part) for part in parts])
    rows = [_picked(read, Contribution.day.expression, plus).where(came, where, condition, period)]
    if stays := STAYS.intersection(parts):
        rows.append(
            _picked(read, Contribution.until_day.expression, minus).where(
                Contribution.part.in_([int(part) for part in stays]), where, condition,
                Contribution.until_day < read.period.end,
            )
        )  # fmt: skip
    if Part.REACHED in read.parts:
        rows.append(
            _reached(read).where(Contribution.part == int(Part.VISIT), where, condition, period)
        )
    return union_all(*rows).subquery()


def _picked(read: Read, day: Column, sign: Column) -> Select[Any]:
    measure = Contribution.active if read.active else Contribution.measure
    return select(
        Contribution.part.label("part"),
        key_of(read.by).label("key"),
        day.label("day"),
        Contribution.stage.label("stage"),
        cast(null(), UUID(as_uuid=True)).label("target"),
        Contribution.currency.label("currency"),
        (Contribution.n * sign).label("n"),
        (Contribution.priced * sign).label("priced"),
        (Contribution.zero * sign).label("zero"),
        (case((Contribution.passed, 1), else_=0) * sign).label("passed"),
        (case((Contribution.dropped, 1), else_=0) * sign).label("dropped"),
        (case((measure.is_not(None), 1), else_=0) * sign).label("finished"),
        (func.coalesce(Contribution.amount, 0) * sign).label("amount"),
        (func.coalesce(measure, 0) * sign).label("measure"),
    )


def _reached(read: Read) -> Select[Any]:
    nothing = [literal(0).label(name) for name in SUMS[1:]]
    return select(
        literal(int(Part.REACHED)).label("part"),
        key_of(read.by).label("key"),
        Contribution.day.label("day"),
        Contribution.stage.label("stage"),
        func.unnest(Contribution.reached).label("target"),
        Contribution.currency.label("currency"),
        literal(1).label("n"),
        *nothing,
    )


def facts_where(read: Read) -> ColumnElement[bool]:
    """Return scope, filter and the split by product as conditions on contributions."""
    split = Dimension.PRODUCT in read.dimensions
    conditions = [
        Contribution.product.is_not(None) if split else Contribution.product.is_(None),
        to_sql(read.filter, FIELDS),
    ]
    if not read.by_stage and read.by is not Dimension.STAGE and Part.VISIT in read.parts:
        conditions.append(or_(Contribution.part != int(Part.VISIT), Contribution.stage.is_(None)))
    if read.access.scope is Scope.OWN:
        conditions.append(Contribution.owner == read.access.actor.id)
    if read.access.scope is Scope.TEAM:
        teams = teams_of(read.access)
        conditions.append(Contribution.team.in_(teams) if teams else false())
    return and_(*conditions)


def key_of(by: Dimension | None) -> Column:
    if by is None:
        return cast(null(), UUID(as_uuid=True))
    columns: dict[Dimension, Column] = {
        Dimension.OWNER: Contribution.owner.expression,
        Dimension.TEAM: Contribution.team.expression,
        Dimension.PIPELINE: Contribution.pipeline.expression,
        Dimension.STAGE: Contribution.stage.expression,
        Dimension.CHANNEL: Contribution.channel.expression,
        Dimension.PRODUCT: func.nullif(Contribution.product, NONE),
        Dimension.COMPANY: COMPANY,
        Dimension.CUSTOMER: CUSTOMER,
        **dict.fromkeys(KINDS, Contribution.kind.expression),
        Dimension.DEPARTMENT: DEPARTMENT,
        Dimension.SECTOR: SECTOR,
    }
    return columns[by]
