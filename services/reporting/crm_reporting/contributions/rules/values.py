"""What is known of a deal (facts) and what it adds (rows)."""

from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

# Rounded where they arise: a sum of rounded parts is the same in whatever batches it was added.
MEASURE = Decimal("0.000001")
GONE = frozenset({"deleted", "merged"})


class Part(IntEnum):
    """What a row counts; the numbers stand in the database and never change."""

    CREATED = 1  # on the day of creation
    UNDATED = 2  # a deal whose creation date nobody knows: left out of flows, shown as coverage
    WON = 3  # the closing in force (`restate`)
    LOST = 4
    WON_BOOKED = 5  # what `ledger` adds to it: earlier closings, their reversals, corrections
    LOST_BOOKED = 6
    VISIT = 7  # first entry to a stage; without a stage: to the pipeline
    STAY = 8  # open and unchanged from a day until a day
    DUE = 9  # open now, by the expected closing day
    STANDING = 10  # open now, by the day it entered its stage
    REACHED = 11  # counters only: of the visits to a stage, those that later reached `target`


BOOKED = {Part.WON: Part.WON_BOOKED, Part.LOST: Part.LOST_BOOKED}


class Line(NamedTuple):
    product: UUID
    total: Decimal


class Fact(NamedTuple):
    """A deal as one of its revisions left it."""

    deal_id: UUID
    revision: int
    verb: str
    at: datetime
    recorded_at: datetime
    owner: UUID | None
    team: UUID | None
    pipeline: UUID
    stage: UUID
    outcome: str
    probability: int
    amount: Decimal | None
    currency: str
    company: UUID | None
    contact: UUID | None
    channel: str | None
    created_at: datetime
    created_at_known: bool
    won_at: datetime | None
    lost_at: datetime | None
    expected_on: date | None
    is_void: bool
    from_stage: UUID | None
    from_position: int | None
    to_position: int | None
    lines: tuple[Line, ...]

    @property
    def is_open(self) -> bool:
        return self.outcome == "open" and self.verb not in GONE

    @property
    def weighted(self) -> Decimal | None:
        """The amount times the probability in percent."""
        if self.amount is None:
            return None
        return (self.amount * self.probability / 100).quantize(MEASURE)


class Row(NamedTuple):
    """One contribution of a deal. `product` is set only on rows of the split by product."""

    part: Part
    day: date
    until_day: date | None
    at: datetime
    owner: UUID | None
    team: UUID | None
    pipeline: UUID
    stage: UUID | None
    product: UUID | None
    company: UUID | None
    channel: str | None
    currency: str
    n: int
    priced: int
    zero: int
    amount: Decimal | None
    measure: Decimal | None
    active: Decimal | None
    passed: bool
    dropped: bool
    reached: tuple[UUID, ...]
