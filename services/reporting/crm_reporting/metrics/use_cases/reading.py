"""What a question reads, and its sums."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.queries.cells import read_cells
from crm_reporting.metrics.rules.asks import Ask, Read
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.figures import is_stock, parts_of
from crm_reporting.metrics.rules.periods import Interval, Period
from crm_reporting.metrics.rules.tallies import Bag, Gathered, Key, Tally
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
    if stock:
        gathered.take(lines, lambda currency, _day: rates.convert(currency, read.period.end))
    else:
        gathered.take(lines, rates.convert)
    return gathered


def bag_in(gathered: Gathered, key: Key = None) -> Bag:
    """Return what was counted under one key, over all days."""
    found = Bag()
    for (of_key, _bucket, _stage), bag in gathered.bags.items():
        if of_key == key:
            for part, tally in bag.items():
                found.setdefault(part, Tally()).join(tally)
    return found
