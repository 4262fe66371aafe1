"""G13: durations in working time, for K24, K36, K38, K40, K46."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries import durations as queries
from crm_reporting.metrics.queries.durations import Took
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.durations import Clock, spread
from crm_reporting.metrics.rules.figures import measure_of
from crm_reporting.metrics.rules.numbers import Figure
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.use_cases.reading import read_of
from crm_reporting.metrics.use_cases.work import Figures, Work
from crm_shared.events.known_calendar import known_calendar
from crm_shared.working_time import Span

# their rows stand where they begin, all others where they end
FROM_THE_START = frozenset({Part.LEAD, Part.CASE})


async def business_time(work: Work, period: Period, by: Dimension | None) -> Figures:
    """Return the mean working time of what a metric counts, with median, p90 and open_n."""
    part, per = measure_of(work.ask).parts[0], measure_of(work.ask).per
    read = read_of(work.ask, period=period, by=by)
    rows = await queries.took(work.session, read, part)
    clock = Clock(await known_calendar(work.session, work.basis.zone))
    if part is Part.WON:
        began = await queries.begun(work.session, read)
        deals = [(one.key, began.get(one.subject), one.at) for one in rows]
        values = [(key, None if start is None else (start, end)) for key, start, end in deals]
        return await asyncio.to_thread(_in_days, clock, values)
    stretches = await _stretches(work, rows, part)
    return await asyncio.to_thread(_in_time, clock, rows, stretches, per)


async def _stretches(work: Work, rows: Sequence[Took], part: Part) -> Sequence[Sequence[Span]]:
    if part is Part.CASE_SOLVED:
        cases = {one.subject for one in rows}
        known = await queries.waited_for_us(
            work.session, cases, work.basis.zone, work.ask.as_of
        )  # fmt: skip
        return [known.get(one.subject, ()) for one in rows]
    return [list(_stretch(one, from_start=part in FROM_THE_START)) for one in rows]


def _stretch(one: Took, *, from_start: bool) -> Iterator[Span]:
    if one.seconds is not None:
        span = timedelta(seconds=float(one.seconds))
        yield (one.at, one.at + span) if from_start else (one.at - span, one.at)


def _in_time(
    clock: Clock, rows: Sequence[Took], stretches: Sequence[Sequence[Span]], per: int
) -> dict[Any, Figure]:
    values: dict[Any, list[Decimal]] = defaultdict(list)
    unfinished: dict[Any, int] = defaultdict(int)
    for one, spans in zip(rows, stretches, strict=True):
        if one.seconds is None:
            unfinished[one.key] += 1
        else:
            values[one.key].append(clock.seconds(spans) / per)
    return _spread(values, unfinished)


def _in_days(clock: Clock, deals: Sequence[tuple[Any, Span | None]]) -> dict[Any, Figure]:
    values: dict[Any, list[Decimal]] = defaultdict(list)
    undated: dict[Any, int] = defaultdict(int)
    for key, span in deals:
        if span is None:
            undated[key] += 1
        else:
            values[key].append(clock.days(*span))
    return _spread(values, undated)


def _spread(values: dict[Any, list[Decimal]], unfinished: dict[Any, int]) -> dict[Any, Figure]:
    keys = {*values, *unfinished}
    return {key: spread(values[key], unfinished=unfinished[key]) for key in keys} or {
        None: spread([])
    }
