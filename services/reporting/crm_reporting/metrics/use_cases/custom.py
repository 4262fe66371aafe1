"""Answering for a metric of one's own: read its sides, convert, put one by the other."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from statistics import median

from crm_reporting.metrics.queries.custom import Rows, read_side, values_of
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.custom import Side, figure_of
from crm_reporting.metrics.rules.numbers import Figure, Reason, unknown
from crm_reporting.metrics.rules.periods import Interval, Period, bucket_of
from crm_reporting.metrics.rules.results import Bucket, show
from crm_reporting.metrics.rules.tallies import Key, Unconverted
from crm_reporting.metrics.use_cases.work import Figures, Work

Place = tuple[Key, date | None]


async def custom_figures(work: Work, period: Period, by: Dimension | None) -> Figures:
    """Return the figure of some days, whole or by a cut."""
    if not work.ask.metric.is_counted:
        return {} if by else {None: unknown(Reason.NOT_COUNTED_YET)}
    found = await _figures(work, period, by=by)
    if by is None:
        return {None: found.get((None, None)) or _of_nothing(work)}
    return {key: figure for (key, _bucket), figure in found.items()}


async def custom_series(work: Work, interval: Interval) -> list[Bucket]:
    """Return the figure of every bucket, also of the empty ones: one read a side for all."""
    ask = work.ask
    known = await _figures(work, ask.counted, interval=interval) if ask.metric.is_counted else {}
    nothing = _of_nothing(work) if ask.metric.is_counted else unknown(Reason.NOT_COUNTED_YET)
    return [
        Bucket(
            one.start,
            one.end,
            show(ask, known.get((None, bucket_of(one.start, interval)), nothing)),
        )
        for one in ask.period.buckets(interval)
    ]


async def _figures(
    work: Work, period: Period, *, by: Dimension | None = None, interval: Interval | None = None
) -> dict[Place, Figure]:
    ask = work.ask
    definition = ask.metric.custom
    if definition is None:
        raise TypeError("only a metric of one's own is read so")
    # what has no rate is told once, of the period that was asked for
    is_whole = by is None and interval is None and period == ask.counted
    missing = work.unconverted if is_whole else {}
    sides = [
        await _side(work, Rows(ask, definition, place, work.basis.zone), period, by, interval,
                    missing)
        for place in range(len(definition.sides))
    ]  # fmt: skip
    places = sorted({place for side in sides for place in side}, key=str)
    return {
        place: figure_of(ask.metric, definition, [side.get(place, Side()) for side in sides])
        for place in places
    }


async def _side(
    work: Work,
    rows: Rows,
    period: Period,
    by: Dimension | None,
    interval: Interval | None,
    missing: dict[str, Unconverted],
) -> dict[Place, Side]:
    currency = work.ask.currency
    found: defaultdict[Place, Side] = defaultdict(Side)
    cells = await read_side(work.session, rows, period, by=by, interval=interval, currency=currency)
    for cell in cells:
        found[cell.key, cell.bucket].take(cell, work.rates.convert, missing)
    if rows.source.needs_values and any(cell.currency not in ("", currency) for cell in cells):
        await _mixed_medians(work, rows, period, by, interval, found)
    return found


async def _mixed_medians(
    work: Work,
    rows: Rows,
    period: Period,
    by: Dimension | None,
    interval: Interval | None,
    found: dict[Place, Side],
) -> None:
    values: defaultdict[Place, list[Decimal]] = defaultdict(list)
    told = await values_of(work.session, rows, period, by=by, interval=interval)
    for key, bucket, currency, day, value in told:
        rate = work.rates.convert(currency, day)
        if rate is not None:
            values[key, bucket].append(value * rate)
    for place, side in found.items():
        side.median = median(values[place]) if values[place] else None


def _of_nothing(work: Work) -> Figure:
    definition = work.ask.metric.custom
    if definition is None:
        raise TypeError("only a metric of one's own is read so")
    return figure_of(work.ask.metric, definition, [Side() for _ in definition.sides])
