"""What a question reads, and its sums."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.queries.cells import read_cells
from crm_reporting.metrics.rules.asks import Ask, Read
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.figures import is_stock, measure_of, parts_of, with_booked
from crm_reporting.metrics.rules.periods import Interval, Period
from crm_reporting.metrics.rules.tallies import Bag, Gathered, Key, Line, Standing, Tally
from crm_reporting.rates.queries import Rates


def read_of(
    ask: Ask,
    *,
    period: Period | None = None,
    by: Dimension | None = None,
    interval: Interval | None = None,
) -> Read:
    """Return what has to be read for a question, whole or cut."""
    return Read(
        parts=parts_of(ask),
        period=period or ask.counted,
        access=ask.access,
        filter=ask.filter,
        by=by,
        interval=interval,
        from_facts=ask.as_of is not None,
        active=ask.variant == "active",
    )


async def gather(session: AsyncSession, ask: Ask, read: Read, rates: Rates) -> Gathered:
    """Read and add up; a stock is worth what it is worth on its day."""
    stock = is_stock(ask)
    lines = await read_cells(session, read, currency=ask.currency, rated=bool(rates) and not stock)
    gathered = Gathered()
    last = read.period.last_day
    money = set(with_booked(ask, measure_of(ask).money_parts)).intersection(read.parts)
    gathered.take(
        lines,
        (lambda currency, _day: rates.convert(currency, last)) if stock else rates.convert,
        money or None,
    )
    return gathered


async def stock_by_bucket(
    session: AsyncSession, ask: Ask, rates: Rates, interval: Interval
) -> Iterator[tuple[Period, Bag]]:
    """Return what stood at the end of each bucket, worth what it was worth on that day."""
    read = read_of(ask, interval=interval)
    lines = await read_cells(session, read, currency=ask.currency, rated=False)
    return _standing(sorted(lines, key=_began), ask, rates, interval)


def _standing(
    lines: Iterable[Line], ask: Ask, rates: Rates, interval: Interval
) -> Iterator[tuple[Period, Bag]]:
    to_come, standing = deque(lines), Standing()
    for bucket in ask.period.buckets(interval):
        while to_come and _began(to_come[0]) < bucket.end:
            standing.join(to_come.popleft())
        yield bucket, standing.worth(partial(rates.convert, day=bucket.last_day))


def _began(line: Line) -> date:
    return line.bucket or date.min


def bag_in(gathered: Gathered, key: Key = None) -> Bag:
    """Return what was counted under one key, over all days."""
    found = Bag()
    for (of_key, _bucket, _stage), bag in gathered.bags.items():
        if of_key == key:
            for part, tally in bag.items():
                found.setdefault(part, Tally()).join(tally)
    return found
