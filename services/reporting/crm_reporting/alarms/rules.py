"""When an alarm is raised and when it is calm again."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

Direction = Literal["above", "below"]
Kind = Literal["metric", "rhythm"]
# as far inside the bound a value has to come before the alarm may be raised again
CALM = Decimal("0.05")


def release_of(bound: Decimal, direction: Direction) -> Decimal:
    """Return where it is calm again when nobody said: 5 % of the bound inside it."""
    room = abs(bound) * CALM
    return bound - room if direction == "above" else bound + room


def is_inside(bound: Decimal, release: Decimal, direction: Direction) -> bool:
    """Tell whether `release` lies on the calm side of the bound, or on it."""
    return release <= bound if direction == "above" else release >= bound


def is_raised(
    value: Decimal | None, *, bound: Decimal, release: Decimal, direction: Direction, was: bool
) -> bool:
    """Tell whether an alarm stands: past the bound, until the value comes back to `release`.

    No value changes nothing: it is no sign of calm, nor of the contrary.
    """
    if value is None:
        return was
    if direction == "above":
        return value > (release if was else bound)
    return value < (release if was else bound)


def days_asked(today: date, days: int) -> tuple[date, date]:
    """Return the last so many days, today among them; the end is not."""
    return today - timedelta(days=days - 1), today + timedelta(days=1)
