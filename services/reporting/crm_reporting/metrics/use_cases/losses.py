"""What was lost, what was foretold, who cannot be relied on: K25, K29, K30, K32, K65, D9."""

from decimal import Decimal

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.calls import count_won_back
from crm_reporting.metrics.queries.foretold import foretold
from crm_reporting.metrics.queries.inputs import baselines_of
from crm_reporting.metrics.queries.losses import lost_by_promises
from crm_reporting.metrics.queries.reliability import attitudes, unreliable_customers
from crm_reporting.metrics.rules import reliability
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.figures import untold
from crm_reporting.metrics.rules.numbers import HUNDRED, Figure, Reason, part_of, quotient, unknown
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.use_cases.reading import bag_in, gather, read_of
from crm_reporting.metrics.use_cases.work import Figures, Work
from crm_shared.clock import utc_now

SALES_CALLS, CALLS_THAT_BUY = "call_sales_share", "call_conversion"


async def promise_losses(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K29: what the deals were to bring that were lost soon after a broken promise."""
    read = read_of(work.ask, period=period)
    lost = await lost_by_promises(work.session, read, work.ask.currency)
    coverage = part_of(lost.priced, lost.deals)
    figure = Figure(lost.expected, lost.deals, lost.expected, coverage=coverage)
    return {None: untold(figure) if lost.deals and not lost.priced else figure}


async def missed_income(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K30: calls lost × those that want to buy × those that buy × the average sale.

    The two shares are typed as baselines; without telephony, or without them, it is null.
    """
    read = read_of(work.ask, period=period)
    bag = bag_in(await gather(work.session, work.ask, read, work.rates))
    if not bag.of(Part.CALL).n:
        return {None: unknown(Reason.NO_DATA)}
    missed = bag.of(Part.CALL_MISSED).n
    lost = missed - await count_won_back(work.session, read)
    known = await baselines_of(work.session, (SALES_CALLS, CALLS_THAT_BUY), work.ask.as_of)
    sale = await work.one("average_deal_sum", period)
    details: dict[str, Decimal | int | None] = {"missed": missed, "lost_calls": lost}
    if len(known) < len((SALES_CALLS, CALLS_THAT_BUY)):
        return {None: Figure(None, lost, reason=Reason.NO_INPUT, details=details)}
    if sale.value is None and lost:
        return {None: Figure(None, lost, reason=Reason.NO_DATA, details=details)}
    buys = known[SALES_CALLS].value * known[CALLS_THAT_BUY].value / HUNDRED / HUNDRED
    value = lost * buys * (sale.value or Decimal(0))
    return {None: Figure(value, lost, value, details=details)}


async def forecast_error(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """D9, K25: by how much the forecast at the period's first moment was off what was won.

    Above nought it promised too much. A period that is not over has no error yet.
    """
    if period.end > work.ask.today:
        return {None: unknown(Reason.NO_DATA)}
    read = read_of(work.ask, period=period)
    known = work.ask.as_of or utc_now()
    told = await foretold(work.session, read, work.ask.currency, work.basis, known=known)
    sold = await work.one("sales_volume", period)
    promised = told.best if work.ask.variant == "best" else told.weighted
    if sold.value is None or (told.deals and not told.priced):
        return {None: unknown(Reason.NO_DATA, expected=told.deals)}
    actual = sold.value
    figure = quotient((promised - actual) * HUNDRED, actual, n=told.deals)
    details: dict[str, Decimal | int | None] = {
        "expected_amount": promised, "won_amount": actual, "expected": told.deals,
    }  # fmt: skip
    return {
        None: Figure(
            figure.value, told.deals, promised - actual, actual,
            part_of(told.priced, told.deals), figure.reason, details,
        )
    }  # fmt: skip


async def unreliable(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K32: customers who pay long after the day, or broke a contract, of those who are known."""
    # an invoice of days to come is late in none of them yet
    read = read_of(work.ask, period=period.begun(work.ask.today))
    found = await unreliable_customers(work.session, read)
    figure = reliability.unreliable(
        found.known, found.unreliable, late=found.late, breached=found.breached
    )
    return {None: figure}


async def attitude(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K65: the mean score of customers, by what is known of each."""
    read = read_of(work.ask, period=period.begun(work.ask.today))
    found = await attitudes(work.session, read)
    return {None: reliability.attitude(found.customers, found.total, found.low)}
