"""The counters that a contribution touches."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import IntEnum
from operator import add
from typing import NamedTuple
from uuid import NAMESPACE_OID, UUID, uuid5

from asyncpg.pgproto.pgproto import UUID as DriverUUID

from crm_reporting.contributions.rules.values import FLOWS, STAGED, STAYS, Part, Row

# "Without": a key column may not be null. The driver's own type, of which the facts' ids are too:
# it hashes in C, and every cell has three of these.
NONE: UUID = DriverUUID(bytes(16))

NOUGHT = Decimal(0)
# Of these nobody asks by kind: they have none.
KINDLESS = frozenset(
    {
        Part.CREATED, Part.UNDATED, Part.AGREED, Part.PROFIT, Part.PROFIT_BOOKED, Part.COSTED,
        Part.COSTED_BOOKED, Part.EXTENDED, Part.EXTENDED_BOOKED, Part.CREDIT, Part.CREDIT_BOOKED,
        Part.PROFIT_CREDIT, Part.PROFIT_CREDIT_BOOKED, Part.COSTED_CREDIT,
        Part.COSTED_CREDIT_BOOKED, Part.BROKEN, Part.BROKEN_BOOKED,
    }
)  # fmt: skip


class Grain(IntEnum):
    """By what a counter is kept; readers never sum a total from the rows of owners.

    Teams and the company have what their owners have: that is summed where counters are written.
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
    """What a day's counter is of."""

    grain: Grain
    key: UUID
    part: Part
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
    amount: Decimal = NOUGHT
    measure: Decimal = NOUGHT


class Counts(dict[Cell, Value]):
    """Differences to add to the counters, of owners and of what does not follow from owners."""

    def add(self, rows: Iterable[Row], sign: int = 1) -> None:
        """Take in (or, with -1, take out) what these rows count."""
        for row in rows:
            value = _value(row, sign)
            for cell in _cells(row, row.day):
                self._add(cell, value)
            if row.until_day is not None and row.part in STAYS:
                # a stay comes on its first day and goes on its last
                value = _value(row, -sign)
                for cell in _cells(row, row.until_day):
                    self._add(cell, value)
            for target in row.reached:
                self._add(_reached(row, target), Value(sign))

    def _add(self, cell: Cell, value: Value) -> None:
        known = self.get(cell)
        self[cell] = value if known is None else Value._make(map(add, known, value))

    def changes(self) -> list[tuple[Cell, Value]]:
        """Return what is not nothing."""
        return [(cell, value) for cell, value in self.items() if any(value)]


def channel_key(channel: str | None) -> UUID:
    """Return the counter key of a channel or kind: the same in every process and rebuild."""
    return NONE if channel is None else uuid5(NAMESPACE_OID, f"channel:{channel}")


def _value(row: Row, sign: int) -> Value:
    amount, measure = row.amount or NOUGHT, row.measure or NOUGHT
    if sign > 0:
        return Value(
            row.n, row.priced, row.zero, int(row.passed), int(row.dropped),
            int(row.measure is not None), amount, measure,
        )  # fmt: skip
    return Value(
        -row.n, -row.priced, -row.zero, -row.passed, -row.dropped, -(row.measure is not None),
        -amount, -measure,
    )  # fmt: skip


def _cells(row: Row, day: date) -> Sequence[Cell]:
    """Return where a row counts; teams and the company follow from owners."""
    part = row.part
    stage = (row.stage or NONE) if part in STAGED else NONE
    around = (row.pipeline, stage, NONE, row.currency)
    if row.product is not None:
        return (Cell(Grain.PRODUCT, row.product, part, day, NONE, *around),)
    owner = Cell(Grain.OWNER, row.owner or NONE, part, day, row.team or NONE, *around)
    if part not in FLOWS:
        return (owner,)
    channel = Cell(Grain.CHANNEL, channel_key(row.channel), part, day, NONE, *around)
    if part in KINDLESS:
        return owner, channel
    return owner, channel, Cell(Grain.KIND, channel_key(row.kind), part, day, NONE, *around)


def _reached(row: Row, target: UUID) -> Cell:
    return Cell(
        Grain.TOTAL, NONE, Part.REACHED, row.day, NONE, row.pipeline, row.stage or NONE, target,
        row.currency,
    )  # fmt: skip
