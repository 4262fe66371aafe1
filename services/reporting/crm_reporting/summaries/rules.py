"""Whose sums a change of rows touches, and from which day on."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple
from uuid import UUID

from crm_reporting.contributions.rules import Part, Row

BUSY_STAYS = frozenset({Part.STAY, Part.LEAD_STAY, Part.ACTIVITY_STAY})
BOUGHT = frozenset({Part.WON, Part.UNSOLD})
DEEDS = frozenset(
    {Part.WON, Part.LOST, Part.PROFIT, Part.LEAD, Part.ACTIVITY, Part.CALL, Part.UNSOLD}
)


class Touched(NamedTuple):
    """What has to be summed anew: deeds since a day, if any changed; spans, if they did."""

    since: date | None = None
    spans: bool = False

    def join(self, other: "Touched") -> "Touched":
        days = [day for day in (self.since, other.since) if day is not None]
        return Touched(min(days, default=None), self.spans or other.spans)


def touched(gone: Collection[Row], came: Collection[Row]) -> Iterator[tuple[UUID, Touched]]:
    """Yield the customers of one subject whose sums differ, with what does."""
    for row in (*gone, *came):
        if row.part in DEEDS and row.customer is not None and row.product is None:
            yield row.customer, Touched(row.day, row.part in BOUGHT)
    # a deal that moves on is as busy as before: most moves touch nobody
    before, after = _spans(gone), _spans(came)
    for customer in before.keys() | after.keys():
        if before.get(customer) != after.get(customer):
            yield customer, Touched(spans=True)


def _spans(rows: Iterable[Row]) -> dict[UUID, list[tuple[date, date]]]:
    """Return on which days rows say that customers were busy, without breaks that are none."""
    found: dict[UUID, list[tuple[date, date]]] = {}
    stays = [
        (row.day, row.until_day or date.max, row.customer)
        for row in rows
        if row.part in BUSY_STAYS and row.customer is not None
    ]
    for day, until, customer in sorted(stays):
        known = found.setdefault(customer, [])
        if known and day <= known[-1][1]:
            known[-1] = (known[-1][0], max(known[-1][1], until))
        else:
            known.append((day, until))
    return found
