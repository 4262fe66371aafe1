"""The counters that a contribution touches."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple
from uuid import NAMESPACE_OID, UUID, uuid5

from asyncpg.pgproto.pgproto import UUID as DriverUUID

from crm_reporting.contributions.rules.values import FLOWS, STAGED, STAYS, Part, Row

# "Without": a key column may not be null. The driver's own type, of which the facts' ids are too:
# it hashes in C, and every cell has three of these.
NONE: UUID = DriverUUID(bytes(16))

# Of these nobody asks by kind: they have none.
KINDLESS = frozenset(
    {
        Part.CREATED, Part.UNDATED, Part.AGREED, Part.PROFIT, Part.PROFIT_BOOKED, Part.COSTED,
        Part.COSTED_BOOKED, Part.EXTENDED, Part.EXTENDED_BOOKED, Part.CREDIT, Part.CREDIT_BOOKED,
        Part.PROFIT_CREDIT, Part.PROFIT_CREDIT_BOOKED, Part.COSTED_CREDIT,
        Part.COSTED_CREDIT_BOOKED,
    }
)  # fmt: skip


class Grain(IntEnum):
    """By what a counter is kept; totals are never summed from the rows of owners.

    Companies have no grain: a company has a deal a day at most, its counters would be as many
    rows as the contributions they sum.
    """

    TOTAL = 0
    TEAM = 1
    OWNER = 2
    CHANNEL = 3
    PRODUCT = 4
    KIND = 5


class Span(IntEnum):
    """Months are rolled up from days where the counters are written."""

    DAY = 0
    MONTH = 1


class Cell(NamedTuple):
    grain: Grain
    key: UUID
    part: Part
    span: Span
    day: date
    team: UUID
    pipeline: UUID
    stage: UUID
    target: UUID
    currency: str


class Value(NamedTuple):
    n: int = 0
    priced: int = 0
    zero: int = 0
    passed: int = 0
    dropped: int = 0
    finished: int = 0
    amount: Decimal = Decimal(0)
    measure: Decimal = Decimal(0)


class Counts(dict[Cell, Value]):
    """Differences to add to the counters."""

    def add(self, rows: Iterable[Row], sign: int = 1) -> None:
        """Take in (or, with -1, take out) what these rows count."""
        for row in rows:
            for part, target, day, value in _events(row, sign):
                for cell in _cells(row, part, target, day):
                    known = self.get(cell)
                    self[cell] = value if known is None else _sum(known, value)

    def changes(self) -> list[tuple[Cell, Value]]:
        """Return what is not nothing."""
        return [(cell, value) for cell, value in self.items() if any(value)]


def channel_key(channel: str | None) -> UUID:
    """Return the counter key of a channel or kind: the same in every process and rebuild."""
    return NONE if channel is None else uuid5(NAMESPACE_OID, f"channel:{channel}")


def _sum(left: Value, right: Value) -> Value:
    return Value(
        left.n + right.n, left.priced + right.priced, left.zero + right.zero,
        left.passed + right.passed, left.dropped + right.dropped,
        left.finished + right.finished, left.amount + right.amount,
        left.measure + right.measure,
    )  # fmt: skip


def _events(row: Row, sign: int) -> Iterator[tuple[Part, UUID, date, Value]]:
    """Yield what a row adds and when; a stay comes on its first day and goes on its last."""
    yield row.part, NONE, row.day, _value(row, sign)
    if row.part in STAYS and row.until_day is not None:
        yield row.part, NONE, row.until_day, _value(row, -sign)
    for target in row.reached:
        yield Part.REACHED, target, row.day, Value(n=sign)


def _value(row: Row, sign: int) -> Value:
    return Value(
        sign * row.n, sign * row.priced, sign * row.zero, sign * row.passed, sign * row.dropped,
        sign * (row.measure is not None), sign * (row.amount or Decimal(0)),
        sign * (row.measure or Decimal(0)),
    )  # fmt: skip


def _cells(row: Row, part: Part, target: UUID, day: date) -> Iterator[Cell]:
    stage = (row.stage or NONE) if part in STAGED else NONE
    for grain, key, team in _keys(row, part):
        yield Cell(grain, key, part, Span.DAY, day, team, row.pipeline, stage, target, row.currency)


def _keys(row: Row, part: Part) -> Iterator[tuple[Grain, UUID, UUID]]:
    if row.product is not None:
        yield Grain.PRODUCT, row.product, NONE
        return
    yield Grain.TOTAL, NONE, NONE
    if part is Part.REACHED:
        return
    yield Grain.TEAM, row.team or NONE, NONE
    yield Grain.OWNER, row.owner or NONE, row.team or NONE
    if part in FLOWS:
        yield Grain.CHANNEL, channel_key(row.channel), NONE
        if part not in KINDLESS:
            yield Grain.KIND, channel_key(row.kind), NONE
