"""What events came to by a metric of one's own: read from its rows, by the time they happened."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Text,
    Uuid,
    and_,
    cast,
    func,
    literal,
    null,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_reporting.custom_metrics import queries
from crm_reporting.custom_metrics.models import CustomFact, CustomMetric
from crm_reporting.custom_metrics.rules.definitions import PREFIX, Definition, Function, Group
from crm_reporting.metrics.queries.cells import bucket_of
from crm_reporting.metrics.rules.asks import DIMENSION_OF, Ask, teams_of
from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension, Metric
from crm_reporting.metrics.rules.custom import Cell, entry
from crm_reporting.metrics.rules.periods import Interval, Period
from crm_shared.actor import Role, Scope
from crm_shared.clock import local_midnight
from crm_shared.db.infrastructure import ALIASES
from crm_shared.filters import Field, Fields, to_sql

HALF = 0.5
Column = ColumnElement[Any]


async def find_metric(session: AsyncSession, metric_id: str, role: Role) -> Metric | None:
    """Return a metric of the catalogue, or one that the company defined for this role."""
    if not metric_id.startswith(PREFIX):
        return CATALOGUE.get(metric_id)
    row = await queries.find_by_key(session, metric_id.removeprefix(PREFIX))
    if row is None or not _is_for(row, role):
        return None
    return _entry(row, await queries.counted_of(session, [row.id]))


async def custom_entries(session: AsyncSession, role: Role) -> list[Metric]:
    """Return every metric that the company defined for this role."""
    rows = list(await session.scalars(queries.all_metrics().order_by(CustomMetric.key)))
    counted = await queries.counted_of(session, [row.id for row in rows])
    found = [_entry(row, counted) for row in rows if _is_for(row, role)]
    return [one for one in found if one is not None]


def _is_for(row: CustomMetric, role: Role) -> bool:
    return row.roles is None or role in (*row.roles, Role.SYSTEM)


def _entry(row: CustomMetric, counted: dict[UUID, int]) -> Metric | None:
    definition = queries.readable(row.id, row)
    if definition is None:
        return None
    names = {
        name: getattr(row, name) for name in ("metric", "unit", "direction", "title", "description")
    }
    is_counted = counted.get(row.id) == row.counted_revision
    return entry(definition, names, row.revision, is_counted=is_counted)


class Rows:
    """The rows of one side that answer a question."""

    def __init__(self, ask: Ask, definition: Definition, side: int, zone: ZoneInfo) -> None:
        self.ask, self.definition, self.side, self.zone = ask, definition, side, zone
        self.source = definition.sides[side]

    @property
    def day(self) -> Column:
        """The local day on which it happened."""
        return cast(func.timezone(self.zone.key, CustomFact.at), Date)

    def where(self, period: Period) -> ColumnElement[bool]:
        """Return the condition of a question: days, scope, filter, and what was known then."""
        ask = self.ask
        start, end = (local_midnight(day, self.zone) for day in (period.start, period.end))
        return and_(
            CustomFact.metric_id == self.definition.metric_id,
            CustomFact.revision == self.definition.revision,
            CustomFact.side == self.side,
            CustomFact.at >= start,
            CustomFact.at < end,
            self._scope(),
            to_sql(ask.filter, self._fields()),
            true() if ask.as_of is None else CustomFact.recorded_at <= ask.as_of,
        )

    def _scope(self) -> ColumnElement[bool]:
        access = self.ask.access
        if access.scope is Scope.OWN:
            return CustomFact.owner == access.actor.id
        if access.scope is Scope.TEAM:
            return CustomFact.team.in_(teams_of(access))
        return true()

    def _fields(self) -> Fields:
        """Every name that a filter may use here, with its column."""
        known = {Dimension.OWNER, Dimension.TEAM, *self._groups()}
        return Fields(
            {
                name: Field(UUID if name.endswith("_id") and self._is_id(one) else str,
                            self.key(one))
                for name, one in DIMENSION_OF.items()
                if one in known
            }
        )  # fmt: skip

    def _groups(self) -> dict[Dimension, tuple[int, Group]]:
        return {
            Dimension(group.dimension): (place, group)
            for place, group in enumerate(self.definition.groups, 1)
        }

    def _is_id(self, by: Dimension) -> bool:
        return by in (Dimension.OWNER, Dimension.TEAM) or self._groups()[by][1].is_id

    def key(self, by: Dimension | None) -> Column:
        """Return what a cut goes by; merged companies count as what they live on in."""
        if by is None:
            return cast(null(), Text)
        if by in (Dimension.OWNER, Dimension.TEAM):
            column = CustomFact.owner if by is Dimension.OWNER else CustomFact.team
            return column.expression
        place, group = self._groups()[by]
        key: Column = CustomFact.keys[place]
        if not group.is_id:
            return key
        return survivor(cast(key, Uuid)) if by is Dimension.COMPANY else cast(key, Uuid)


def survivor(column: Column) -> Column:
    """Return the record that a merged one lives on in."""
    one = aliased(ALIASES)
    found = select(one.c.survivor_id).where(one.c.loser_id == column).scalar_subquery()
    return func.coalesce(found, column)


async def read_side(
    session: AsyncSession,
    rows: Rows,
    period: Period,
    *,
    by: Dimension | None = None,
    interval: Interval | None = None,
    currency: str,
) -> list[Cell]:
    """Return the sums of one side; money of other currencies comes day by day."""
    if rows.source.currency is None:
        return await _cells(session, rows, period, by, interval, only=true(), by_day=False)
    own = CustomFact.currency == currency
    return [
        *await _cells(session, rows, period, by, interval, only=own, by_day=False),
        *await _cells(session, rows, period, by, interval, only=~own, by_day=True),
    ]


async def _cells(
    session: AsyncSession,
    rows: Rows,
    period: Period,
    by: Dimension | None,
    interval: Interval | None,
    *,
    only: ColumnElement[bool],
    by_day: bool,
) -> list[Cell]:
    groups: list[Column] = [
        rows.key(by).label("key"),
        bucket_of(rows.day, interval).label("bucket"),
        CustomFact.currency.expression,
        (rows.day if by_day else cast(null(), Date)).label("day"),
    ]
    inner = (
        select(*groups, CustomFact.value, CustomFact.distinct_of)
        .where(rows.where(period), only)
        .subquery()
    )
    names = [inner.c.key, inner.c.bucket, inner.c.currency, inner.c.day]
    statement: Select[Any] = select(*names, *_sums(rows, inner.c)).group_by(*names)
    return [Cell(*row) for row in await session.execute(statement)]


def _sums(rows: Rows, inner: Any) -> list[Column]:
    function, value = rows.source.function, inner.value
    nothing: Column = cast(null(), Text)
    is_spread = function in (Function.MIN, Function.MAX)
    distinct: Column = literal(0)
    if function is Function.COUNT_DISTINCT:
        distinct = func.count(_of_survivors(rows, inner.distinct_of).distinct())
    return [
        func.count().label("n"),
        func.count(value).label("known"),
        func.coalesce(func.sum(value), Decimal(0)).label("total"),
        (func.min(value) if is_spread else nothing).label("low"),
        (func.max(value) if is_spread else nothing).label("high"),
        distinct.label("different"),
        (_median(value) if function is Function.MEDIAN else nothing).label("median"),
    ]


def _of_survivors(rows: Rows, column: Column) -> Column:
    return cast(survivor(cast(column, Uuid)), Text) if rows.source.is_of_ids else column


def _median(value: Column) -> Column:
    # the mean of the lower and the upper middle; percentile_cont would go through floats
    lower = func.percentile_disc(HALF).within_group(value)
    upper = func.percentile_disc(HALF).within_group(value.desc())
    return (lower + upper) / 2


async def values_of(
    session: AsyncSession,
    rows: Rows,
    period: Period,
    *,
    by: Dimension | None,
    interval: Interval | None,
) -> Sequence[tuple[UUID | str | None, date | None, str, date, Decimal]]:
    """Return every value with its currency and day: for a median of mixed money."""
    found = select(
        rows.key(by).label("key"), bucket_of(rows.day, interval).label("bucket"),
        CustomFact.currency, rows.day.label("day"), CustomFact.value,
    ).where(rows.where(period), CustomFact.value.is_not(None))  # fmt: skip
    return [
        (key, bucket, currency, day, value)
        for key, bucket, currency, day, value in await session.execute(found)
    ]
