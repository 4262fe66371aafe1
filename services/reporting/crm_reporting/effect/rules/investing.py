"""E5: what the CRM costs, at once and every month; the own hours as well."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from crm_reporting.effect.rules.exact import NOUGHT


class Cost(StrEnum):
    """What money and time go into, by the structure of seed 002."""

    LICENCE = "licence"
    INTEGRATION = "integration"
    CONSULTING = "consulting"
    DATA_TRANSFER = "data_transfer"
    TRAINING = "training"
    OWN_HOURS = "own_hours"
    SUBSCRIPTION = "subscription"
    SUPPORT = "support"
    HOSTING = "hosting"
    OTHER = "other"


# what E5 lists as running: paid every month unless the line says otherwise
RUNNING = frozenset({Cost.SUBSCRIPTION, Cost.SUPPORT, Cost.HOSTING})


@dataclass(frozen=True, slots=True)
class Item:
    """One line: an amount, or hours at a rate, or users at a price; at once or every month."""

    kind: Cost
    currency: str
    day: date | None = None
    amount: Fraction | None = None
    hours: Fraction | None = None
    rate: Fraction | None = None
    users: Fraction | None = None
    price: Fraction | None = None
    is_monthly: bool = False

    @property
    def money(self) -> Fraction | None:
        """What the line comes to; None for hours that nobody gave a rate."""
        if self.hours is not None:
            return None if self.rate is None else self.hours * self.rate
        if self.users is not None and self.price is not None:
            return self.users * self.price
        return self.amount


@dataclass(slots=True)
class Structure:
    """The whole investment by kind; what could not be valued stands beside it."""

    one_off: dict[Cost, Fraction] = field(default_factory=dict)
    running: dict[Cost, Fraction] = field(default_factory=dict)
    hours_without_rate: Fraction = NOUGHT
    unconverted: dict[str, Fraction] = field(default_factory=dict)

    @property
    def invested(self) -> Fraction:
        return sum(self.one_off.values(), NOUGHT)

    @property
    def monthly(self) -> Fraction:
        return sum(self.running.values(), NOUGHT)


Convert = Callable[[str, date | None], Fraction | None]


def structure(items: Sequence[Item], convert: Convert) -> Structure:
    """Add the lines up in one currency; one without a rate of exchange is left out and told."""
    found = Structure()
    for item in items:
        money = item.money
        if money is None:
            found.hours_without_rate += item.hours or NOUGHT
            continue
        rate = convert(item.currency, item.day)
        if rate is None:
            found.unconverted[item.currency] = found.unconverted.get(item.currency, NOUGHT) + money
            continue
        kinds = found.running if item.is_monthly else found.one_off
        kinds[item.kind] = kinds.get(item.kind, NOUGHT) + money * rate
    return found
