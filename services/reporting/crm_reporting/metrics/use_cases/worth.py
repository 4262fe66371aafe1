"""What customers and people bring and what is lost with them: K34, K52, K53, K55, K56, K59, K63."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.contacting import paces
from crm_reporting.metrics.queries.inputs import baselines_of, staff_in
from crm_reporting.metrics.queries.portrait import attributes_of
from crm_reporting.metrics.rules import portrait, worth
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.classes import classes
from crm_reporting.metrics.rules.customers import WINDOW_DAYS, best_customers, customer_life, pareto
from crm_reporting.metrics.rules.numbers import HUNDRED, Reason, part_of, ratio, unknown
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.use_cases.costs import SELLER, SERVICE, pay_of, spent_on
from crm_reporting.metrics.use_cases.reading import read_of
from crm_reporting.metrics.use_cases.work import Figures, Work

WINDOW = timedelta(days=WINDOW_DAYS)
# K59: typed, for nobody knows it
LOST_PROSPECTS = "lost_prospect_chance"
# K56: by what people are ranked
RANKED_BY = {"profit": "gross_profit", "revenue": "seller_contribution",
             "requests": "processed_requests"}  # fmt: skip


async def profit_per_client(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K34: gross profit per customer who bought; served less the pay of service, net less costs."""
    period = period.begun(work.ask.today)
    profit = await work.one("gross_profit", period)
    bought = int((await work.one("income_per_customer", period)).denominator or 0)
    serving = winning = Decimal(0)
    if work.ask.variant in ("served", "net"):
        pay = await pay_of(work, period, SERVICE)
        if pay is None:
            return {None: unknown(Reason.NO_INPUT)}
        serving = pay
    if work.ask.variant == "net":
        spent = await spent_on(work, period, "acquisition")
        if spent is None:
            return {None: unknown(Reason.NO_INPUT)}
        winning = spent
    return {None: worth.profit_per_client(profit, bought, serving=serving, winning=winning)}


async def lifetime_value(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K52: what an active customer brings a month × how long he is expected to stay."""
    # the months of days to come brought nothing yet, and nobody left in them
    period = period.begun(work.ask.today)
    known = await work.buyers(period)
    active = sum(one.is_active(period) for one in known)
    expected = customer_life(known, period).details["expected_months"]
    profit = await work.one("gross_profit", period)
    months = None if expected is None else Decimal(expected)
    return {None: worth.lifetime_value(profit, active, period, months)}


async def lost_clients(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K63: customers who left / active at the start, and the profit that left with them."""
    period = period.begun(work.ask.today)
    if not period.days:
        # nobody can have left in days that nobody has seen
        return {None: unknown(Reason.NO_DATA)}
    known = await work.buyers(period)
    expected = customer_life(known, period).details["expected_months"]
    year = Period(period.start - WINDOW, period.start)
    brought = await work.buyers(year, Part.PROFIT)
    profits: dict[object, Decimal] = {one.customer: one.lately for one in brought}
    months = None if expected is None else Decimal(expected)
    return {None: worth.lost_clients(known, profits, period, months)}


async def pareto_of_customers(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K55: the fewest customers who bring four fifths, by revenue or by gross profit."""
    period = period.begun(work.ask.today)
    by_profit = work.ask.variant == "gross_profit"
    known = await work.buyers(period, Part.PROFIT if by_profit else Part.WON)
    figure = pareto(known, period)
    sold = (await work.one("won_deals", period)).n
    if figure.value is not None:
        best = {one.customer for one in best_customers(known)}
        met = await paces(work.session, read_of(work.ask, period=period), period.end)
        on_best = sum(one.contacts for one in met if one.customer in best)
        effort = ratio(on_best, sum(one.contacts for one in met))
        figure.details["effort_percent"] = effort.value
    return {None: replace(figure, coverage=part_of(sum(one.now for one in known), sold))}


async def pareto_of_staff(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K56: the fewest people who bring four fifths, weighed by full time."""
    told = await work.told(RANKED_BY[work.ask.variant or "profit"], period, Dimension.OWNER)
    shares: dict[object, Decimal] = {}
    for post in await staff_in(work.session, period, work.ask.as_of):
        if post.user_id is not None and post.role in (SELLER, SERVICE):
            shares[post.user_id] = max(shares.get(post.user_id, Decimal(0)), post.fte)
    parts = [
        worth.Part(one.value, shares.get(key, Decimal(1)))
        for key, one in told.items()
        # who only lost deals brought nothing
        if key is not None and one.value
    ]
    return {None: worth.pareto_of(parts)}


async def class_moves(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K53: customers still in their class; cut by kind, the whole matrix of moves."""
    period = period.begun(work.ask.today)
    if not period.days:
        return {None: unknown(Reason.NO_DATA)} if by is None else {}
    now = await work.buyers(period)
    year = Period(period.start - WINDOW, period.start)
    until = (work.ask.until_a, work.ask.until_b)
    table = worth.moves(await work.buyers(year), now, year, period, until)
    return {None: worth.stayed(table)} if by is None else dict(table.items())


async def word_of_mouth(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K59: how many people hear something bad of us; in money where a chance is recorded."""
    scores = await work.one("satisfaction", period, variant="share")
    lost = (await work.one("retention", period)).details.get("churned") or 0
    happy, unhappy = int(scores.numerator or 0), int(scores.details["unhappy"] or 0)
    if not scores.denominator and not lost:
        return {None: unknown(Reason.NO_DATA)}
    costs = await _cost_of_a_hearer(work, period)
    return {None: worth.word_of_mouth(happy, unhappy, int(lost), costs=costs)}


async def _cost_of_a_hearer(work: Work, period: Period) -> Decimal | None:
    """Chance that a prospect is lost × deals won of those created × average deal."""
    known = await baselines_of(work.session, (LOST_PROSPECTS,), work.ask.as_of)
    won = await work.one("flow_ratio", period)
    sale = await work.one("average_deal_sum", period)
    if LOST_PROSPECTS not in known or won.value is None or sale.value is None:
        return None
    return known[LOST_PROSPECTS].value / HUNDRED * won.value / HUNDRED * sale.value


async def portrait_of_buyers(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K58: what marks class A, by what was brought in the year before the period's end."""
    period = period.begun(work.ask.today)
    by_profit = work.ask.variant == "gross_profit"
    if not period.days:
        return {None: unknown(Reason.NO_DATA)} if by is None else {}
    brought = await work.buyers(period, Part.PROFIT if by_profit else Part.WON)
    groups = classes(brought, period, (work.ask.until_a, work.ask.until_b))
    target = [one.customer for one in groups["A"]]
    everybody = [one.customer for name in ("A", "B", "C") for one in groups[name]]
    figure = portrait.whole(len(target), len(everybody))
    if by is None or figure.value is None:
        return {None: figure} if by is None else {}
    told = await attributes_of(work.session, everybody)
    return portrait.portrait(told, target, everybody)
