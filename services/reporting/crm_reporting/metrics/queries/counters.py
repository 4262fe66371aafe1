"""Sums from the counters, written by hand: a report spends more time on building SQL than on it.

Funnel of a year over 100,000 deals: 4.5 ms of processor time as expressions, 1.8 ms as text.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import NONE, Part, Span
from crm_reporting.contributions.rules.cells import Grain, channel_key
from crm_reporting.contributions.rules.values import STANDING, STAYS
from crm_reporting.metrics.rules.asks import Read, teams_of
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.periods import Interval
from crm_reporting.metrics.rules.tallies import Line
from crm_shared.actor import Scope
from crm_shared.db.driver import driver_for_reading
from crm_shared.filters import Comparison

FINE = frozenset({Interval.DAY, Interval.WEEK})
NOBODY = f"'{NONE}'::uuid"
_SUMS = (
    "sum(n)::bigint, sum(priced)::bigint, sum(zero)::bigint, sum(passed)::bigint, "
    "sum(dropped)::bigint, sum(finished)::bigint, sum(amount), sum(measure)"
)


class Where:
    """Conditions and their values, numbered as the driver wants them."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: list[Any] = []

    def value(self, value: Any) -> str:
        """Keep a value and return its place."""
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str, *values: Any) -> None:
        """Add a condition; each `{}` in it stands for a value."""
        self.conditions.append(condition.format(*(self.value(value) for value in values)))


async def read_counters(
    session: AsyncSession, read: Read, grain: Grain, *, currency: str | None
) -> list[Line]:
    """Return the sums of a read; with a currency, money of the others comes day by day."""
    if currency is None:
        return await _fetch(session, read, grain, Where(), by_day=False)
    own, others = Where(), Where()
    # what is not money has no currency
    own.add("currency IN ({}, '')", currency)
    others.add("currency NOT IN ({}, '')", currency)
    return [
        *await _fetch(session, read, grain, own, by_day=False),
        *await _fetch(session, read, grain, others, by_day=True),
    ]


async def owners_days(session: AsyncSession, read: Read) -> list[Any]:
    """Return of each owner the days with anything of these parts, and how much it was in all.

    Of calls those count that were answered.
    """
    where = Where()
    where.add("grain = {}", int(Grain.OWNER))
    where.add("part = ANY({}::smallint[])", [int(part) for part in read.parts])
    where.add(f"key <> {NOBODY}")
    _add_scope(where, read, Grain.OWNER)
    _add_filter(where, read, Grain.OWNER)
    _add_days(where, read, fine=True)
    done = f"sum(CASE WHEN part = {Part.CALL:d} THEN passed ELSE n END)"
    statement = (
        "SELECT key, array_agg(day), sum(done)::bigint FROM ("  # noqa: S608 - values are bound
        f"SELECT key, day, {done} AS done FROM counters "
        f"WHERE {' AND '.join(where.conditions)} GROUP BY key, day HAVING {done} > 0"
        ") AS busy GROUP BY key"
    )
    connection = await driver_for_reading(session)
    return list(await connection.fetch(statement, *where.values))


async def _fetch(
    session: AsyncSession, read: Read, grain: Grain, where: Where, *, by_day: bool
) -> list[Line]:
    where.add("grain = {}", int(grain))
    where.add("part = ANY({}::smallint[])", [int(part) for part in read.parts])
    if grain is Grain.TOTAL:
        where.add(f"key = {NOBODY}")
    if not read.by_stage and read.by is not Dimension.STAGE and Part.VISIT in read.parts:
        where.add(f"(part <> {Part.VISIT:d} OR stage = {NOBODY})")
    _add_scope(where, read, grain)
    _add_filter(where, read, grain)
    _add_days(where, read, fine=by_day or read.interval in FINE)
    groups = {
        "part": "part",
        "key": _key(read, grain),
        "bucket": _bucket(read.interval),
        "stage": _unless_none("stage") if read.by_stage else None,
        "target": _unless_none("target") if read.by_stage else None,
        "currency": "currency",
        "day": "day" if by_day else None,
    }
    columns = ", ".join(expression or "NULL" for expression in groups.values())
    numbers = ", ".join(str(n) for n, one in enumerate(groups.values(), 1) if one)
    statement = (
        f"SELECT {columns}, {_SUMS} FROM counters "  # noqa: S608 - values are bound
        f"WHERE {' AND '.join(where.conditions)} GROUP BY {numbers}"
    )
    connection = await driver_for_reading(session)
    return [Line._make(row) for row in await connection.fetch(statement, *where.values)]


def _unless_none(column: str) -> str:
    return f"nullif({column}, {NOBODY})"


def _key(read: Read, grain: Grain) -> str | None:
    if read.by is None:
        return None
    if read.by in (Dimension.PIPELINE, Dimension.STAGE):
        return _unless_none(read.by.value)
    if read.by is Dimension.TEAM and grain is Grain.OWNER:
        return _unless_none("team")
    return _unless_none("key")


def _bucket(interval: Interval | None) -> str | None:
    if interval is None:
        return None
    return "day" if interval is Interval.DAY else f"date_trunc('{interval.value}', day)::date"


def _add_scope(where: Where, read: Read, grain: Grain) -> None:
    if read.access.scope is Scope.OWN:
        where.add("key = {}", read.access.actor.id)
    elif read.access.scope is Scope.TEAM:
        column = "team" if grain is Grain.OWNER else "key"
        where.add(f"{column} = ANY({{}}::uuid[])", teams_of(read.access))


def _add_filter(where: Where, read: Read, grain: Grain) -> None:
    columns = {"pipeline_id": "pipeline", "team_id": "team" if grain is Grain.OWNER else "key"}
    for item in read.filter.items:
        if not isinstance(item, Comparison):
            raise TypeError("only plain comparisons are read from counters")
        values: Sequence[Any] = list(item.value) if item.op == "in" else [item.value]
        keys: list[UUID] = [
            value if isinstance(value, UUID) else channel_key(value) for value in values
        ]
        where.add(f"{columns.get(item.field, 'key')} = ANY({{}}::uuid[])", keys)


def _add_days(where: Where, read: Read, *, fine: bool) -> None:
    """Whole months by their roll-ups, the rest by days; a stock sums from the beginning."""
    start, end = read.period.start, read.period.end
    first, last = read.period.months()
    days, months = f"span = {Span.DAY:d}", f"span = {Span.MONTH:d}"
    if STANDING.issuperset(read.parts):
        where.add(days)
    elif STAYS.issuperset(read.parts):
        if read.interval:
            where.add(f"{days} AND day < {{}}", end)
            return
        spans = f"({months} AND day < {{}} OR {days} AND day >= {{}} AND day < {{}})"
        where.add(spans, last, last, end)
    elif fine or first >= last:
        where.add(f"{days} AND day >= {{}} AND day < {{}}", start, end)
    else:
        where.add(
            f"({months} AND day >= {{}} AND day < {{}}"
            f" OR {days} AND day >= {{}} AND day < {{}}"
            f" OR {days} AND day >= {{}} AND day < {{}})",
            *(first, last, start, first, last, end),
        )
