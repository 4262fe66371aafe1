"""Output per person: K26, K27, K28, K34b, K45. Shares of full time and pay are entered."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from crm_reporting.inputs.models import Staff
from crm_reporting.inputs.rules.spreading import LAST_DAY, Span
from crm_reporting.metrics.queries.in_work import BY_OWNER, BY_TEAM, UNOWNED, WHOLE, held_in
from crm_reporting.metrics.queries.inputs import baselines_of, staff_in
from crm_reporting.metrics.rules import staffing
from crm_reporting.metrics.rules.asks import ids_asked
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.spending import pay_in
from crm_reporting.metrics.rules.staffing import Post
from crm_reporting.metrics.rules.tallies import Key, Unconverted
from crm_reporting.metrics.use_cases.work import Figures, Work
from crm_shared.actor import Scope
from crm_shared.events.known_calendar import known_calendar
from crm_shared.filters import Comparison
from crm_shared.working_time import WorkingCalendar

SELLER = "seller"
# K28: which figure is the output, and which baseline tells how many sellers there were
OUTPUTS = {"revenue": "sales_volume", "wins": "won_deals", "requests": "processed_requests"}
MANAGERS, CUSTOMERS = "managers", "customers_per_manager"
# K44: who works on requests
ON_REQUESTS = frozenset({SELLER, "service"})


class Place(NamedTuple):
    """Who is in which role, and in which team."""

    role: str
    user: UUID
    team: UUID | None


async def sales_per_employee(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K45: what was credited / full-time months of the sellers."""
    # what is sold so far stands against the time so far
    period = period.begun(work.ask.today)
    posts = await _sellers(work, period)
    sold = await work.told("seller_contribution", period, Dimension.OWNER)
    if by is None:
        whole = await work.one("seller_contribution", period)
        months = staffing.fte_months(posts, period)
        heads = sum(bool(key) for key in sold)
        return {None: staffing.per_employee(whole, months, heads, period)}
    told = sold if by is Dimension.OWNER else await work.told("seller_contribution", period, by)
    heads = 1 if by is Dimension.OWNER else 0
    return {
        key: staffing.per_employee(one, staffing.fte_months(of, period), heads, period)
        for key, one in told.items()
        for of in [list(_of(posts, by, key))]
    }


async def calls_per_hour(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K26: answered outgoing calls / working hours of those who are on the staff by name."""
    until = period.begun(work.ask.today)
    posts = [post for post in await posts_in(work, period) if post.user is not None]
    calendar = await _calendar(work)
    cut = by or Dimension.OWNER
    made = await work.told("calls", period, cut, where=Comparison("kind", "eq", "outbound"))
    calls = {key: int(one.details["answered"] or 0) for key, one in made.items()}
    if by is not None:
        return {
            key: staffing.calls_an_hour(n, n, staffing.fte_hours(of, until, calendar))
            for key, n in calls.items()
            if (of := list(_of(posts, by, key)))
        }
    known = {post.user for post in posts}
    counted = sum(n for key, n in calls.items() if key in known)
    hours = staffing.fte_hours(posts, until, calendar)
    return {None: staffing.calls_an_hour(counted, sum(calls.values()), hours)}


async def requests_per_employee(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K44: requests brought to an end / full-time days of those who work on them."""
    until = period.begun(work.ask.today)
    posts = [post for post in await posts_in(work, period) if post.role in ON_REQUESTS]
    calendar = await _calendar(work)
    done = await work.told("processed_requests", period, by)
    return {
        key: staffing.per_day(one, staffing.fte_days(of, until, calendar))
        for key, one in done.items()
        for of in [posts if by is None else list(_of(posts, by, key))]
    }


async def productivity_growth(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """K28: output per full-time day of the sellers against the baseline's."""
    if work.ask.variant == "customers":
        known = await baselines_of(work.session, (CUSTOMERS,), work.ask.as_of)
        served = await work.one("customers_in_work", period, variant="in_work")
        return {None: staffing.growth_of(served, known[CUSTOMERS].value if known else None)}
    metric = OUTPUTS[work.ask.variant or "revenue"]
    before = await baselines_of(work.session, (metric, MANAGERS), work.ask.as_of)
    calendar = await _calendar(work)
    output = before.get(metric)
    value = days = None
    if output is not None and MANAGERS in before:
        rate = work.rates.convert(output.currency, output.starts_on) if output.currency else None
        value = output.value * (rate or 1) if rate or not output.currency else None
        over = Period(output.starts_on, output.ends_on + timedelta(days=1))
        days = before[MANAGERS].value * (
            output.working_days or staffing.working_days(over, calendar)
        )
    posts = await _sellers(work, period)
    now_days = staffing.fte_days(posts, period.begun(work.ask.today), calendar)
    return {None: staffing.growth(await work.one(metric, period), now_days, value, days)}


async def customers_in_work(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K27: customers in work, the mean of days; per full-time seller where they are not cut."""
    held = await work.once(
        ("held", period, repr(work.ask.filter)), lambda: held_in(work.session, work.ask, period)
    )
    until = period.begun(work.ask.today)
    posts = await _sellers(work, until)
    if by is not None:
        kind = BY_OWNER if by is Dimension.OWNER else BY_TEAM
        return {one.key: staffing.in_work(one.days, one.customers, until) for one in held
                if one.kind == kind}  # fmt: skip
    whole = next((one for one in held if one.kind == WHOLE), None)
    unowned = sum(one.customers for one in held if one.kind == UNOWNED)
    months = staffing.fte_months(posts, until)
    heads = sum(one.kind == BY_OWNER for one in held)
    days, customers = (whole.days, whole.customers) if whole else (Decimal(0), 0)
    mean = staffing.in_work(days, customers, until)
    return {None: staffing.per_seller(mean, months, heads, until, unowned=unowned)}


async def payroll_return(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K34b: gross profit credited / pay of the sellers."""
    period = period.begun(work.ask.today)
    posts = await _sellers(work, period)
    told = await work.told("gross_profit", period, by)
    return {
        key: staffing.return_on_pay(one, _pay(posts if by is None else _of(posts, by, key), period))
        for key, one in told.items()
    }


def _pay(posts: Iterable[Post], period: Period) -> Fraction | None:
    """Return what people cost; unknown where nobody was entered, or the pay of one is unknown."""
    told = [(post.pay, post.over) for post in posts]
    known = [pay_in(pay, over, period) for pay, over in told if pay is not None]
    return sum(known, Fraction(0)) if known and len(known) == len(told) else None


async def _sellers(work: Work, period: Period) -> list[Post]:
    return [post for post in await posts_in(work, period) if post.role == SELLER]


async def posts_in(work: Work, period: Period) -> list[Post]:
    """Return who was at work, of those that the question and its scope are about."""
    found = []
    for row in await _asked_about(work, period):
        # of who came before any rate was entered: the pay of this period, at this period's rate
        rate = work.rates.convert(row.currency, max(row.starts_on, period.start))
        if rate is None:
            missing = work.unconverted.setdefault(row.currency, Unconverted())
            missing.n += 1
        pay = None if rate is None else Fraction(row.pay) * Fraction(rate)
        over = Span(row.starts_on, row.ends_on or LAST_DAY)
        found.append(Post(row.role, row.user_id, row.team_id, row.fte, pay, over))
    return found


async def places_in(work: Work, period: Period) -> list[Place]:
    """Return in which roles and teams people were, those who are on the staff by name."""
    return [
        Place(row.role, row.user_id, row.team_id)
        for row in await _asked_about(work, period)
        if row.user_id is not None
    ]


async def _asked_about(work: Work, period: Period) -> list[Staff]:
    actor, scope = work.ask.access.actor, work.ask.access.scope
    users, teams = (ids_asked(work.ask.filter, name) for name in ("owner_id", "team_id"))
    return [
        row
        for row in await staff_in(work.session, period, work.ask.as_of)
        if (scope is not Scope.OWN or row.user_id == actor.id)
        and (scope is not Scope.TEAM or row.team_id in actor.team_ids)
        and (users is None or row.user_id in users)
        and (teams is None or row.team_id in teams)
    ]


async def _calendar(work: Work) -> WorkingCalendar:
    return await known_calendar(work.session, work.basis.zone)


def _of(posts: Iterable[Post], by: Dimension, key: Key) -> Iterable[Post]:
    """Return the posts of one user or team."""
    if by is Dimension.OWNER:
        return (post for post in posts if post.user == key and key is not None)
    return (post for post in posts if post.team == key and key is not None)
