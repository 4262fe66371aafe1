"""Sums of counters by part, money converted on the way in."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import add
from typing import NamedTuple
from uuid import UUID

from crm_reporting.contributions.rules import Part

Key = UUID | str | None
Convert = Callable[[str, date | None], Decimal | None]


class Line(NamedTuple):
    """One row of a read: how much, of what, when, for whom."""

    part: int
    key: Key
    bucket: date | None
    stage: UUID | None
    target: UUID | None
    currency: str
    day: date | None
    n: int
    priced: int
    zero: int
    passed: int
    dropped: int
    finished: int
    amount: Decimal
    measure: Decimal


@dataclass(slots=True)
class Tally:
    """What was counted of one part. Money is in one currency; what could not be is apart."""

    n: int = 0
    priced: int = 0
    zero: int = 0
    passed: int = 0
    dropped: int = 0
    finished: int = 0
    amount: Decimal = Decimal(0)
    measure: Decimal = Decimal(0)
    # in how many rows money stood that a rate converts, or none does: shares of others' sales
    # have money and no sale of their own
    rated: int = 0
    unrated: int = 0

    def add(self, line: Line, rate: Decimal | None) -> None:
        """Take in a row; without a rate its money stays out."""
        self.n += line.n
        self.passed += line.passed
        self.dropped += line.dropped
        self.finished += line.finished
        if rate is not None:
            self.priced += line.priced
            self.zero += line.zero
            self.amount += line.amount * rate
            self.rated += bool(line.amount)
            self.measure += line.measure * (rate if line.part in MONEY_MEASURES else 1)
            return
        self.unrated += bool(line.amount)
        if line.part not in MONEY_MEASURES:
            self.measure += line.measure

    def join(self, other: "Tally") -> None:
        """Take in another tally."""
        for name in Tally.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def is_untold(self) -> bool:
        """Whether something happened, and no amount of it is known or has a rate."""
        return bool(self.n or self.unrated) and not (self.priced or self.rated)


# In these parts the measure is the weighted amount.
MONEY_MEASURES = frozenset({Part.STAY, Part.DUE, Part.COMMITTED})
NOTHING = Tally()
PLAIN = Decimal(1)
SUMS_FROM = Line._fields.index("n")


class Bag(dict[int, Tally]):
    """Tallies by part; a part that nothing was counted of is empty."""

    def of(self, *parts: Part) -> Tally:
        """Return the tally of a part, or of several together."""
        if len(parts) == 1:
            return self.get(parts[0], NOTHING)
        found = Tally()
        for part in parts:
            found.join(self.get(part, NOTHING))
        return found


class Standing:
    """What has come and not gone, by part and currency: only its day says what that is worth."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, str], Line] = {}

    def join(self, line: Line) -> None:
        """Take in what came or went."""
        key = (line.part, line.currency)
        known = self._sums.get(key)
        if known is not None:
            sums = map(add, known[SUMS_FROM:], line[SUMS_FROM:])
            line = Line._make((*known[:SUMS_FROM], *sums))
        self._sums[key] = line

    def worth(self, rate: Callable[[str], Decimal | None]) -> Bag:
        """Return it in one currency; what no rate converts stays out."""
        bag = Bag()
        for (part, currency), line in self._sums.items():
            tally = bag.setdefault(part, Tally())
            tally.add(line, rate(currency) if currency else PLAIN)
        return bag


@dataclass(slots=True)
class Unconverted:
    n: int = 0
    amount: Decimal = Decimal(0)


def added(*missing: Mapping[str, Unconverted]) -> dict[str, Unconverted]:
    """Return together what several reads could not convert, by currency."""
    found: dict[str, Unconverted] = {}
    for currency, one in (pair for each in missing for pair in each.items()):
        known = found.setdefault(currency, Unconverted())
        known.n, known.amount = known.n + one.n, known.amount + one.amount
    return found


@dataclass(slots=True)
class Gathered:
    """A read, sorted by breakdown key, bucket and stage."""

    bags: dict[tuple[Key, date | None, UUID | None], Bag] = field(default_factory=dict)
    reached: dict[tuple[Key, UUID | None, UUID | None], int] = field(default_factory=dict)
    unconverted: dict[str, Unconverted] = field(default_factory=dict)

    def take(
        self, lines: Iterable[Line], convert: Convert, money: Collection[int] | None = None
    ) -> None:
        """Add rows up; what no rate converts of the parts that are told as `money` stands apart."""
        for line in lines:
            if line.part == Part.REACHED:
                pair = (line.key, line.stage, line.target)
                self.reached[pair] = self.reached.get(pair, 0) + line.n
                continue
            rate = convert(line.currency, line.day) if line.currency else PLAIN
            bag = self.bags.setdefault((line.key, line.bucket, line.stage), Bag())
            bag.setdefault(line.part, Tally()).add(line, rate)
            is_told = money is None or line.part in money
            if rate is None and is_told and (line.priced or line.amount):
                missing = self.unconverted.setdefault(line.currency, Unconverted())
                missing.n += line.priced
                missing.amount += line.amount
