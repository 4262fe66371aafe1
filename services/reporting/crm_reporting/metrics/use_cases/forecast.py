"""K25, D9: what a period will bring: won already, and open deals that are due in it."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import read_cells
from crm_reporting.metrics.queries.labels import kept_stages
from crm_reporting.metrics.rules.asks import Ask, Read
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.figures import untold
from crm_reporting.metrics.rules.numbers import Figure, part_of
from crm_reporting.metrics.rules.periods import Interval, Period
from crm_reporting.metrics.rules.tallies import Bag, Gathered, Tally
from crm_reporting.metrics.use_cases.reading import bag_in, gather, read_of
from crm_reporting.metrics.use_cases.work import Figures, Work
from crm_reporting.rates.queries import Rates

YEAR = timedelta(days=365)
Due = dict[tuple[date, UUID | None], Bag]


async def forecast_figures(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """Return what was won in the period plus what is due in it, by the scenario asked for.

    What should have closed before today stands apart as overdue; what has no day, or no amount,
    is counted apart. Lost deals are not there at all.
    """
    session, ask, rates = work.session, work.ask, work.rates
    read = read_of(ask, period=period)
    won = bag_in(await gather(session, ask, read, rates))
    due = await _due(session, ask, read, rates)
    ahead = {key: bag for key, bag in due.items() if _is_ahead(ask, read.period, key[0])}
    late = _sum(bag for (day, _stage), bag in due.items() if day < ask.today)
    everything, expected = _sum(due.values()), _sum(ahead.values())
    standing = await _standing(session, ask, read)
    if ask.variant == "historical":
        chances = await _chances(session, ask, read)
        sums = {key: bag.of(Part.DUE).amount for key, bag in ahead.items()}
        coming = sum(
            (amount * chances[stage] for (_, stage), amount in sums.items() if stage in chances),
            Decimal(0),
        )
    else:
        coming = {
            "best": expected.of(Part.DUE).amount,
            "commit": expected.of(Part.COMMITTED).amount,
        }.get(ask.variant or "", expected.of(Part.DUE).measure)
    sold, open_ = won.of(Part.WON), expected.of(Part.DUE)
    value = sold.amount + coming
    figure = Figure(
        value, sold.n + open_.n, value, coverage=part_of(open_.priced, open_.n),
        details={
            "won_amount": sold.amount,
            "expected_amount": coming,
            "expected": open_.n,
            "n_missing_amount": open_.n - open_.priced,
            "overdue": late.of(Part.DUE).n,
            "overdue_amount": late.of(Part.DUE).amount,
            "without_date": standing - everything.of(Part.DUE).n,
        },
    )  # fmt: skip
    is_untold = (sold.n or open_.n) and not (sold.priced or open_.priced)
    return {None: untold(figure) if is_untold else figure}


def _is_ahead(ask: Ask, period: Period, day: date) -> bool:
    return max(period.start, ask.today) <= day < period.end


async def _due(session: AsyncSession, ask: Ask, read: Read, rates: Rates) -> Due:
    """Read everything that is due on whatever day: it stands by days, and by stage."""
    parts = (Part.DUE, Part.COMMITTED)
    wanted = Read(
        parts, read.period, read.access, read.filter, interval=Interval.DAY, by_stage=True,
        from_facts=read.from_facts,
    )  # fmt: skip
    gathered = await gather(session, ask, wanted, rates)
    found: Due = {}
    for (_key, day, stage), bag in gathered.bags.items():
        if day is not None:
            found[day, stage] = bag
    return found


async def _standing(session: AsyncSession, ask: Ask, read: Read) -> int:
    wanted = Read(
        (Part.STANDING,), read.period, read.access, read.filter, from_facts=read.from_facts
    )
    gathered = await gather(session, ask, wanted, Rates(ask.currency, ()))
    return _sum(gathered.bags.values()).of(Part.STANDING).n


async def _chances(session: AsyncSession, ask: Ask, read: Read) -> dict[UUID | None, Decimal]:
    """Return which part of the deals that entered a stage within a year was won since."""
    wanted = Read(
        (Part.VISIT, Part.REACHED), Period(ask.today - YEAR, ask.today), read.access, read.filter,
        by_stage=True, from_facts=read.from_facts,
    )  # fmt: skip
    gathered = Gathered()
    lines = await read_cells(session, wanted, currency=ask.currency, rated=False)
    gathered.take(lines, lambda *_: Decimal(1))
    entered = {
        stage: bag.of(Part.VISIT).n for (_key, _day, stage), bag in gathered.bags.items() if stage
    }
    wins = {one.id for one in await kept_stages(session, entered) if one.outcome == "won"}
    found: dict[UUID | None, Decimal] = {}
    for stage, n in entered.items():
        reached = sum(gathered.reached.get((None, stage, target), 0) for target in wins)
        if n:
            found[stage] = Decimal(reached) / n
    return found


def _sum(bags: Iterable[Bag]) -> Bag:
    found = Bag()
    for bag in bags:
        for part, tally in bag.items():
            found.setdefault(part, Tally()).join(tally)
    return found
