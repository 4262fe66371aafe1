"""Sales that were paid back in full: since which day, and what that takes off."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_reporting.contributions.rules.closings import (
    NOTHING,
    Postings,
    Sum,
    Turn,
    Vector,
    add,
    booked_rows,
    row_of_sum,
    turns,
    vector_of,
)
from crm_reporting.contributions.rules.subjects.life import Life
from crm_reporting.contributions.rules.subjects.told import Event, PaymentTold
from crm_reporting.contributions.rules.timeline import Timeline
from crm_reporting.contributions.rules.values import Part, Row

MOVED = frozenset({"payment", "refund"})


class Turning(NamedTuple):
    """From the end of this day on all that was paid is back, or no longer is."""

    day: date
    is_back: bool


def turnings(payments: Iterable[Event], deal: UUID, zone: ZoneInfo) -> Sequence[Turning]:
    """Return since when all that was paid for a deal had gone back, and since when not.

    Held against each other a day at a time, by the day the money moved and in its own currency:
    whatever the order in which it was told, or entered within a day.
    """
    by_day: dict[date, list[PaymentTold]] = defaultdict(list)
    for told in _standing(payments, zone):
        if told.deal_id == deal:
            by_day[told.paid_on].append(told)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    found: list[Turning] = []
    was_back = False
    for day in sorted(by_day):
        for told in by_day[day]:
            sums[told.kind, told.currency] += told.amount
        paid = {currency: one for (kind, currency), one in sums.items() if kind == "payment"}
        is_back = any(paid.values()) and all(
            sums.get(("refund", currency), Decimal(0)) >= one for currency, one in paid.items()
        )
        if is_back != was_back:
            found.append(Turning(day, is_back))
        was_back = is_back
    return found


def _standing(payments: Iterable[Event], zone: ZoneInfo) -> Iterator[PaymentTold]:
    """Yield what is told last of each payment and refund that was neither voided nor deleted."""
    ordered = sorted(payments, key=lambda one: one.id)
    for _, events in groupby(ordered, key=lambda one: one.id):
        life = Life[PaymentTold](events, zone)
        last = life.last
        if last.kind in MOVED and last.voided_at is None and not life.is_gone:
            yield last


def reversals(deal: Timeline, back: Sequence[Turning]) -> Iterator[Row]:
    """Yield what is no sale, on the day of its win; and what a ledger has: the day it went back."""
    postings: Postings = defaultdict(Sum)
    booked: Vector = {}
    taken: Vector = {}
    last: Turn | None = None
    back_on: date | None = None
    for day, one in _in_order(deal, back):
        if isinstance(one, Turning):
            back_on = day if one.is_back else None
        else:
            last, taken = one, _taken(one)
        now = taken if back_on else {}
        if now != booked:
            _book(postings, booked, day, sign=-1)
            # a win that is told late had gone back before: not before it was won, though
            since = day if booked or back_on is None else max(back_on, _won_on(deal, last))
            _book(postings, now, since, sign=1)
            booked = now
    if last is not None and last.closing is not None:
        for key, value in booked.items():
            if key.part is Part.UNSOLD:
                won_on = _won_on(deal, last)
                add(postings, won_on, key, value, sign=-1)
                yield row_of_sum(key, value, last.closing.at, won_on)
    yield from booked_rows(deal, postings)


def _in_order(deal: Timeline, back: Sequence[Turning]) -> list[tuple[date, Turn | Turning]]:
    """Put both histories into one; within a day money speaks last, for it is known by days."""
    told: list[tuple[date, Turn | Turning]] = [(turn.step.day, turn) for turn in turns(deal)]
    return sorted(
        [*told, *((one.day, one) for one in back)],
        key=lambda one: (one[0], isinstance(one[1], Turning)),
    )


def _won_on(deal: Timeline, turn: Turn | None) -> date:
    return date.min if turn is None or turn.closing is None else deal.day(turn.closing.at)


def _taken(turn: Turn) -> Vector:
    """Return what a full refund of the deal takes off as it stands; nothing unless it is won."""
    fact, closing = turn.step.fact, turn.closing
    if closing is None or closing.outcome != "won":
        return {}
    sold = {key: value for key, value in vector_of(fact, closing).items() if key.part is Part.WON}
    taken = {key._replace(part=Part.UNSOLD): NOTHING.plus(value, -1) for key, value in sold.items()}
    if fact.agreed_at is not None:
        whole = next(key for key in sold if key.product is None)
        taken[whole._replace(part=Part.BROKEN, kind=None)] = sold[whole]
    return taken


def _book(postings: Postings, vector: Vector, day: date, *, sign: int) -> None:
    for key, value in vector.items():
        add(postings, day, key, value, sign=sign)
