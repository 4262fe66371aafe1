"""Answer a question to a metric: read, calculate, compare, label."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.queries import is_purchase
from crm_reporting.contributions.rules import Part
from crm_reporting.ledger.queries import lag_seconds
from crm_reporting.metrics.errors import QuestionError
from crm_reporting.metrics.queries.calls import count_won_back
from crm_reporting.metrics.queries.contacting import COMES_BACK
from crm_reporting.metrics.queries.labels import labels_of, names_behind
from crm_reporting.metrics.queries.spreads import spread_of
from crm_reporting.metrics.rules.asks import Ask, Read
from crm_reporting.metrics.rules.catalogue import KINDS, Dimension
from crm_reporting.metrics.rules.comparing import compare
from crm_reporting.metrics.rules.figures import facts_of, figure_of, is_stock, measure_of
from crm_reporting.metrics.rules.numbers import Figure, rounded, shares
from crm_reporting.metrics.rules.periods import Against, Interval, Period, bucket_of
from crm_reporting.metrics.rules.results import (
    Bucket,
    Comparison,
    Missing,
    Result,
    Slice,
    show,
)
from crm_reporting.metrics.rules.tallies import Bag, Key, added
from crm_reporting.metrics.use_cases.before import against_baseline
from crm_reporting.metrics.use_cases.custom import custom_series
from crm_reporting.metrics.use_cases.customers import CLASSES, class_slices
from crm_reporting.metrics.use_cases.formulas import FORMULAS
from crm_reporting.metrics.use_cases.funnel import funnel, slices
from crm_reporting.metrics.use_cases.reading import bag_in, gather, read_of, stock_by_bucket
from crm_reporting.metrics.use_cases.work import Figures, Work
from crm_reporting.rates.queries import Rates, rates_into
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.clock import utc_now


def is_plain(ask: Ask) -> bool:
    """Tell whether a figure is made of the metric's own sums and nothing else."""
    return measure_of(ask).own not in FORMULAS


# Each bucket of a formula of its own reads all that it needs anew.
MOST_READS = 60


async def answer(session: AsyncSession, ask: Ask, basis: Basis) -> Result:
    """Return value, comparison, series and breakdown of one metric.

    The session must hold the contributions of `as_of` when the question names one. Raises
    QuestionError where the series of a formula of its own would have more than 60 buckets.
    """
    _refuse_long(ask)
    rates = await rates_into(session, ask.currency)
    work = Work(session, ask, basis, rates, figures_in)
    read = read_of(ask)
    if not is_plain(ask):
        # what could not be converted is told of the facts alone, not of all that was looked at
        read = replace(read, parts=facts_of(ask))
    whole = await gather(session, ask, read, rates)
    if is_plain(ask):
        exact = await _with_details(session, ask, figure_of(ask, bag_in(whole)))
    else:
        exact = await _figure_of(work, ask.counted)
    missing = added(whole.unconverted, work.unconverted)
    return Result(
        ask=ask,
        as_of=ask.as_of or utc_now(),
        lag_seconds=await lag_seconds(session),
        time_zone=basis.zone.key,
        total=show(ask, exact),
        exact=exact,
        comparison=await _comparison(work, exact),
        series=await _series(work) if ask.interval else [],
        breakdown=await _cut(work),
        unconverted=[
            Missing(currency, one.n, f"{rounded(one.amount, ask.metric.unit.MONEY, currency)}")
            for currency, one in sorted(missing.items())
        ],
    )


async def figures_by(
    session: AsyncSession, ask: Ask, basis: Basis
) -> tuple[Figures, Figure] | None:
    """Return a metric under each key of `by`, exactly, and what a key has that is not there.

    None where the metric is more than its own sums, or is not cut so: it is asked for each alone.
    """
    if not is_plain(ask) or ask.by not in measure_of(ask).dimensions:
        return None
    work = Work(session, ask, basis, await rates_into(session, ask.currency), figures_in)
    return await figures_in(work, ask.counted, ask.by), figure_of(ask, Bag())


async def figures_in(work: Work, period: Period, by: Dimension | None) -> Figures:
    """Return a metric of some days: whole under None, or a figure a key of a cut."""
    ask, own = work.ask, measure_of(work.ask).own
    if own in FORMULAS:
        return await FORMULAS[own](work, period, by)
    read = read_of(ask, period=period, by=by)
    gathered = await gather(work.session, ask, read, work.rates)
    if by is None:
        return {None: figure_of(ask, bag_in(gathered))}
    keys = sorted({key for key, _bucket, _stage in gathered.bags}, key=str)
    return {key: figure_of(ask, bag_in(gathered, key)) for key in keys}


async def _figure_of(work: Work, period: Period) -> Figure:
    return (await figures_in(work, period, None))[None]


async def _with_details(session: AsyncSession, ask: Ask, figure: Figure) -> Figure:
    if ask.metric.id == "average_deal_sum" and ask.outcome == "restate":
        value = Contribution.amount.expression
        read = read_of(ask)
        own = Contribution.currency == ask.currency
        positive = true() if ask.include_zero else value != 0
        spread = await spread_of(
            session, read, value, Part.WON, only=own & positive & is_purchase()
        )
        figure.details["median_amount"] = spread.median
    if ask.metric.id == "deal_length":
        active = ask.variant == "active"
        value = (Contribution.active if active else Contribution.measure).expression
        spread = await spread_of(session, read_of(ask), value, Part.WON)
        open_now = await gather(session, ask, _standing(ask), Rates(ask.currency, ()))
        open_n = bag_in(open_now).of(Part.STANDING).n
        figure.details.update({"median": spread.median, "p90": spread.p90, "open_n": open_n})
    if ask.metric.id == "cases_solved":
        figure.details["provisional"] = await _provisional(session, ask)
    if ask.metric.id == "missed_calls":
        figure.details["won_back"] = await count_won_back(session, read_of(ask))
    measure = measure_of(ask)
    if measure.mean is not None and figure.n:
        spread = await spread_of(
            session, read_of(ask), Contribution.measure.expression, measure.mean.top.parts[0]
        )
        for name, told in (("median", spread.median), ("p90", spread.p90)):
            figure.details[name] = None if told is None else told / measure.per
    if ask.metric.id == "open_deals":
        nobodys = await gather(
            session, ask, read_of(ask, by=Dimension.OWNER), Rates(ask.currency, ())
        )
        figure.details["without_owner"] = bag_in(nobodys).of(Part.STAY).n
        await _add_ages(session, ask, figure)
    return figure


async def _provisional(session: AsyncSession, ask: Ask) -> int:
    """K41: count what was solved so lately that it may still come back."""
    young = ask.today - COMES_BACK + timedelta(days=1)
    if ask.period.end <= young:
        return 0
    lately = Period(max(ask.period.start, young), ask.period.end)
    found = bag_in(await gather(session, ask, read_of(ask, period=lately), Rates(ask.currency, ())))
    return found.of(Part.CASE_SOLVED).n


def _standing(ask: Ask) -> Read:
    return Read((Part.STANDING,), ask.period, ask.access, ask.filter, from_facts=bool(ask.as_of))


async def _add_ages(session: AsyncSession, ask: Ask, figure: Figure) -> None:
    """Add what only the present knows: mean age and overdue; of a past day they are unknown."""
    if ask.period.end <= ask.today:
        return
    rates = Rates(ask.currency, ())
    standing = bag_in(await gather(session, ask, _standing(ask), rates)).of(Part.STANDING)
    due = Read((Part.DUE,), Period(ask.period.start, ask.today), ask.access, ask.filter,
               interval=Interval.DAY, from_facts=bool(ask.as_of))  # fmt: skip
    expected = await gather(session, ask, due, rates)
    overdue = sum(
        bag.of(Part.DUE).n
        for (_key, day, _stage), bag in expected.bags.items()
        if day is not None and day < ask.today
    )
    age = None
    if standing.n:
        age = Decimal(ask.today.toordinal()) - standing.measure / standing.n
    figure.details.update({"mean_age_days": age, "overdue": overdue})


async def _comparison(work: Work, now: Figure) -> Comparison | None:
    ask = work.ask
    if ask.compare is None:
        return None
    if ask.compare is Against.BASELINE:
        return await against_baseline(work.session, ask, now)
    period = ask.period.other(ask.compare)
    then = await _figure_of(work, period)
    return compare(ask, now, then, against=ask.compare, period=period)


def _refuse_long(ask: Ask) -> None:
    if ask.interval is None or is_plain(ask) or ask.metric.custom is not None:
        return
    buckets = sum(1 for _ in ask.period.buckets(ask.interval))
    if buckets > MOST_READS:
        rule = f"Each bucket of this metric is read anew: at most {MOST_READS}, not {buckets}."
        raise QuestionError("interval", "too-many-buckets", rule)


async def _series(work: Work) -> list[Bucket]:
    ask = work.ask
    interval = ask.interval or Interval.MONTH
    if ask.metric.custom is not None:
        return await custom_series(work, interval)
    if not is_plain(ask):
        return [
            Bucket(one.start, one.end, show(ask, await _figure_of(work, one)))
            for one in ask.period.buckets(interval)
        ]
    if is_stock(ask):
        found = await stock_by_bucket(work.session, ask, work.rates, interval)
        return [Bucket(one.start, one.end, show(ask, figure_of(ask, bag))) for one, bag in found]
    gathered = await gather(work.session, ask, read_of(ask, interval=interval), work.rates)
    by_day = {bucket: bag for (_key, bucket, _stage), bag in gathered.bags.items() if bucket}
    found = (
        (one, by_day.get(bucket_of(one.start, interval), Bag()))
        for one in ask.period.buckets(interval)
    )
    return [Bucket(one.start, one.end, show(ask, figure_of(ask, bag))) for one, bag in found]


async def _cut(work: Work) -> list[Slice]:
    ask = work.ask
    if measure_of(ask).own == CLASSES:
        return await class_slices(work)
    if ask.metric.id == "funnel" and ask.by in (None, Dimension.STAGE):
        _whole, steps = await funnel(work.session, ask, percentiles=True)
        return slices(ask, steps)
    return await _breakdown(work, ask.by) if ask.by else []


async def _breakdown(work: Work, by: Dimension) -> list[Slice]:
    session, ask = work.session, work.ask
    figures = await figures_in(work, ask.counted, by)
    keys = sorted((key for key in figures if not _is_others(by, figures[key])), key=str)
    labels = await labels_of(session, by, [key for key in keys if key is not None])
    told = {key: _told(by, labels, key) for key in keys}
    names = await names_behind(session, by, [str(key) for key in told.values() if key])
    ordered = sorted(keys, key=lambda key: (_rank(figures[key]), str(key)))
    values = [figures[key].value for key in ordered]
    parts = shares(values) if ask.metric.additive else [None] * len(values)
    return [
        Slice(
            told[key],
            names.get(str(told[key]), label_of(labels, key)),
            show(ask, figures[key]),
            _written(share),
        )
        for key, share in zip(ordered, parts, strict=True)
    ]


def _is_others(by: Dimension, figure: Figure) -> bool:
    """Tell whether a reason is of what the figure does not count: of losses, where wins are."""
    return by in (Dimension.REASON, Dimension.DEPARTMENT) and not (figure.n or figure.value)


def label_of(labels: dict[UUID | str, str], key: Key) -> str | None:
    """Return the label of a key; one that is missing is the key itself, "without" has none."""
    if key is None:
        return None
    return labels.get(key, str(key))


def _told(by: Dimension, labels: dict[UUID | str, str], key: Key) -> UUID | str | None:
    """Return a key as it is told: a channel or kind by itself, wherever it was read."""
    if by is Dimension.CHANNEL or by in KINDS:
        return label_of(labels, key)
    return key


def _rank(figure: Figure) -> tuple[bool, Decimal]:
    return figure.value is None, -(figure.value or Decimal(0))


def _written(share: Decimal | None) -> str | None:
    return None if share is None else f"{share}"
