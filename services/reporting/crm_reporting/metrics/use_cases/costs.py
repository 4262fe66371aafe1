"""What marketing costs and what it brings: K9, K10, K11, K17, K54, K60."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from crm_reporting.inputs.rules.spreading import LAST_DAY, Span
from crm_reporting.metrics.queries.attribution import attributed
from crm_reporting.metrics.queries.inputs import costs_in, has_costs, staff_in
from crm_reporting.metrics.queries.labels import labels_of
from crm_reporting.metrics.rules import spending
from crm_reporting.metrics.rules.asks import ids_asked
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.numbers import Figure, Reason, quotient, unknown
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.spending import Spent, Sums
from crm_reporting.metrics.rules.tallies import Key, Unconverted
from crm_reporting.metrics.use_cases.reading import read_of
from crm_reporting.metrics.use_cases.work import Figures, Work

# K17, lagged: a client is won by what was spent so long before
LAG = timedelta(days=30)
SELLER, SERVICE = "seller", "service"


async def marketing_costs(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K11: what was spent, by days; nothing while nobody ever entered a cost."""
    costs = await _costs(work, period)
    if not costs and not await has_costs(work.session, work.ask.as_of):
        return {} if by else {None: unknown(Reason.NO_INPUT)}
    sums = _sums(work, costs, period, by)
    counts = {key: sum(one.cut(by) == key for one in costs) for key in sums.by_key}
    found = {key: Figure(value, counts[key], value) for key, value in sums.by_key.items()}
    if sums.unconverted and not found and not by:
        return {None: Figure(None, len(costs), reason=Reason.NO_DATA)}
    return found or ({} if by else {None: Figure(Decimal(0), 0, Decimal(0))})


async def channel_share(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K9: the part of the revenue that a channel brought, by the model asked for."""
    revenue = await _revenue(work, period, work.ask.variant or "deal")
    whole = sum((one.value or Decimal(0) for one in revenue.values()), Decimal(0))
    known = sum((one.value or Decimal(0) for key, one in revenue.items() if key), Decimal(0))
    if by is not None:
        return {k: spending.channel_share(one, whole, known) for k, one in revenue.items()}
    n = sum(one.n for one in revenue.values())
    return {None: spending.channel_share(Figure(known, n), whole, known)}


async def return_on_advertising(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K10: revenue of the channels / what was spent on them, each cost once."""
    return await _against_spend(work, period, by, "sales_volume", spending.roas)


async def return_on_marketing(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K10: gross profit of the channels less what was spent on them / what was spent."""
    return await _against_spend(work, period, by, "gross_profit", spending.romi)


async def spend_share(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K10: what was spent / revenue of the channels, in percent."""

    def share(revenue: Figure, spent: Decimal) -> Figure:
        figure = quotient(spent * 100, revenue.value or Decimal(0), n=revenue.n)
        return Figure(figure.value, revenue.n, spent, revenue.value, reason=figure.reason)

    return await _against_spend(work, period, by, "sales_volume", share)


async def cost_per_client(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K17: marketing spent to win clients / clients won; loaded: with the sellers' pay for it."""
    period = period.begun(work.ask.today)
    variant = work.ask.variant
    when = Period(period.start - LAG, period.end - LAG) if variant == "lagged" else period
    spent = await spent_on(work, when, "acquisition")
    clients = await work.one("new_customers", period)
    if spent is None:
        return {None: unknown(Reason.NO_INPUT)}
    pay = None
    if variant == "loaded":
        pay = await pay_of(work, period, SELLER)
        if pay is None:
            return {None: unknown(Reason.NO_INPUT, spend=spent)}
        sales = (await work.one("won_deals", period)).value or Decimal(0)
        # sellers win and keep: their pay goes to new clients by the part of sales that are first
        pay = pay * (clients.value or 0) / sales if sales else Decimal(0)
    return {None: spending.per_client(spent, clients, pay)}


async def cost_per_lead(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K17, K3: marketing spent to win clients / leads that came."""
    period = period.begun(work.ask.today)
    if by is not None:
        leads = await _by_channel(work, await work.told("leads", period, by))
        costs = await _costs(work, period, "acquisition")
        spent, none = _sums(work, costs, period, by).by_key, Figure(None, 0)
        untold = _untold(costs, spent)
        return {
            key: spending.per_client(spent.get(key, Decimal(0)), leads.get(key, none))
            if key not in untold else unknown(Reason.NO_INPUT)
            for key in {*leads, *spent, *untold}
        }  # fmt: skip
    whole = await spent_on(work, period, "acquisition")
    if whole is None:
        return {None: unknown(Reason.NO_INPUT)}
    return {None: spending.per_client(whole, await work.one("leads", period))}


async def cost_of_serving(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K54: what those who serve customers cost / active customers."""
    pay = await pay_of(work, period, SERVICE)
    if pay is None:
        return {None: unknown(Reason.NO_INPUT)}
    return {None: spending.per_client(Decimal(0), await work.one("active_customers", period), pay)}


async def attract_to_keep(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K60: the cost of winning a client / of keeping one."""
    period = period.begun(work.ask.today)
    keeping = await spent_on(work, period, "retention")
    if keeping is None:
        return {None: unknown(Reason.NO_INPUT, benchmark=spending.BENCHMARK)}
    spent = await spent_on(work, period, "acquisition")
    winning = spending.per_client(spent or Decimal(0), await work.one("new_customers", period))
    kept = (await work.one("retention", period)).numerator or Decimal(0)
    return {None: spending.attract_to_keep(winning, keeping, kept)}


async def _against_spend(
    work: Work, period: Period, by: Dimension | None, metric: str, formula: spending.Formula
) -> Figures:
    # what is to be spent on days to come brought nothing yet
    period = period.begun(work.ask.today)
    costs = await _costs(work, period)
    sums = _sums(work, costs, period, Dimension.CHANNEL)
    untold = _untold(costs, sums.by_key)
    if not sums.by_key:
        return dict.fromkeys(untold if by else (None,), unknown(Reason.NO_INPUT))
    found = await work.told(metric, period, Dimension.CHANNEL)
    brought = await _by_channel(work, found)
    if by is not None:
        nothing = Figure(Decimal(0), 0)
        # what names no channel was brought by none
        brought.pop(None, None)
        # a channel that cost nothing and brought something stands there too
        return {
            key: formula(brought.get(key, nothing), sums.by_key.get(key, Decimal(0)))
            if key not in untold else unknown(Reason.NO_INPUT)
            for key in {*brought, *sums.by_key, *untold}
        }  # fmt: skip
    sold = await _by_channel(work, await work.told("won_deals", period, Dimension.CHANNEL))
    return {None: formula(spending.together(brought, sold), sums.whole)}


async def _revenue(work: Work, period: Period, model: str) -> dict[Key, Figure]:
    if model == "deal":
        found = await work.told("sales_volume", period, Dimension.CHANNEL)
        return await _by_channel(work, found)
    rows = await attributed(
        work.session, read_of(work.ask, period=period), work.ask.currency, model
    )
    return {row.channel: Figure(row.amount, row.n, row.amount) for row in rows}


async def _by_channel(work: Work, figures: Figures) -> dict[Key, Figure]:
    """Name channels as costs name them: counters know them by a key."""
    keys = [key for key in figures if key is not None]
    labels = await labels_of(work.session, Dimension.CHANNEL, keys)
    return {
        labels.get(key, str(key)) if key is not None else None: one for key, one in figures.items()
    }


async def _costs(work: Work, period: Period, purpose: str | None = None) -> list[Spent]:
    rows = await costs_in(work.session, period, work.ask.as_of)
    wanted = ids_asked(work.ask.filter, "channel")
    return [
        Spent(
            row.category, row.channel, row.campaign or row.campaign_id, row.purpose, row.amount,
            row.currency,
            Span(row.starts_on, row.ends_on),
        )
        for row in rows
        if (purpose is None or row.purpose == purpose)
        and (wanted is None or row.channel in wanted)
    ]  # fmt: skip


def _sums(work: Work, costs: Sequence[Spent], period: Period, by: Dimension | None) -> Sums:
    sums = spending.spend(costs, period, by, work.rates.convert)
    for currency, amount in sums.unconverted.items():
        missing = work.unconverted.setdefault(currency, Unconverted())
        missing.n, missing.amount = sum(one.currency == currency for one in costs), amount
    return sums


async def spent_on(work: Work, period: Period, purpose: str) -> Decimal | None:
    """Return what was spent for a purpose; None when nothing was entered, or no rate known."""
    sums = _sums(work, await _costs(work, period, purpose), period, None)
    return sums.whole if sums.by_key else None


def _untold(costs: Sequence[Spent], spent: Mapping[Key, Decimal]) -> set[Key]:
    """Return the channels of whose costs none has a rate: they are no nought."""
    channels: set[Key] = {one.channel for one in costs}
    return channels - spent.keys()


async def pay_of(work: Work, period: Period, role: str) -> Decimal | None:
    """Return what a role cost in a period; None when nobody in it was entered, or no rate known."""
    # nobody was paid for days to come
    begun = period.begun(work.ask.today)
    if not begun.days:
        return None
    posts = await staff_in(work.session, begun, work.ask.as_of)
    known: list[Fraction] = []
    for post in (one for one in posts if one.role == role):
        over = Span(post.starts_on, post.ends_on or LAST_DAY)
        # of who came before any rate was entered: the pay of this period, at this period's rate
        rate = work.rates.convert(post.currency, max(post.starts_on, period.start))
        if rate is None:
            missing = work.unconverted.setdefault(post.currency, Unconverted())
            missing.n += 1
        else:
            known.append(spending.pay_in(post.pay, over, begun) * Fraction(rate))
    # pay that no rate converts is told as unconverted: alone it is no nought
    return spending.decimal(sum(known, Fraction(0))) if known else None
