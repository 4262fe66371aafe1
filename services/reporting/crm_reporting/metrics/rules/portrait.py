"""K58: what marks the customers who bring profit, against all who buy. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from crm_reporting.metrics.rules.numbers import HUNDRED, Figure, Reason, quotient, unknown
from crm_reporting.metrics.rules.tallies import Key

# groups of fewer could be recognised (G17)
FEWEST = 5
# what is read of a customer, and which of it is a number
PLAIN = ("sector", "country", "source", "channel", "language", "time_zone")
NUMBERS = ("employees",)
MISSING = "-"
QUARTERS = 4

Attributes = Mapping[str, object]


def portrait(
    known: Mapping[UUID, Attributes], target: Sequence[UUID], everybody: Sequence[UUID]
) -> dict[Key, Figure]:
    """Return by `attribute=value` how much more frequent a value is in the target than in all.

    A missing value is a category; numbers are told by quarters of all. Groups of fewer than five
    are not shown.
    """
    values = {one: list(_values(known.get(one, {}), _bounds(known, everybody)))
              for one in everybody}  # fmt: skip
    in_all = Counter(value for one in everybody for value in values[one])
    in_target = Counter(value for one in target for value in values[one])
    found: dict[Key, Figure] = {}
    for value, n in in_all.items():
        here = in_target[value]
        if n < FEWEST or 0 < here < FEWEST:
            continue
        share, base = Decimal(here) / len(target), Decimal(n) / len(everybody)
        figure = quotient(share, base, n=here)
        figure.details.update({"share_percent": share * HUNDRED, "base_percent": base * HUNDRED})
        found[value] = figure
    return found


def whole(target: int, everybody: int) -> Figure:
    """Return how large the target is; of fewer than five customers there is no portrait."""
    if target < FEWEST:
        return unknown(Reason.NO_DATA, customers=target)
    figure = quotient(Decimal(target), Decimal(everybody), n=target)
    figure.details["customers"] = target
    return figure


def _values(said: Attributes, bounds: Mapping[str, Sequence[Decimal]]) -> Iterator[str]:
    for name in PLAIN:
        yield f"{name}={said.get(name) or MISSING}"
    for name, limits in bounds.items():
        number = said.get(name)
        if number is None:
            yield f"{name}={MISSING}"
            continue
        above = sum(Decimal(str(number)) > limit for limit in limits)
        if above == len(limits):
            yield f"{name}>{limits[-1]}"
        else:
            yield f"{name}<={limits[above]}"


def _bounds(
    known: Mapping[UUID, Attributes], everybody: Sequence[UUID]
) -> dict[str, list[Decimal]]:
    """Return the bounds between the quarters of each number; equal ones are one."""
    found = {}
    for name in NUMBERS:
        told = sorted(
            Decimal(str(number))
            for one in everybody
            if (number := known.get(one, {}).get(name)) is not None
        )
        places = [len(told) * quarter // QUARTERS for quarter in range(1, QUARTERS)]
        found[name] = sorted({told[place - 1] for place in places if place})
    return found
