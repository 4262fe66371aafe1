"""How people are loaded, who idles, who uses the system: K48, K57, K66."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries import people as queries
from crm_reporting.metrics.queries.audit import incomplete_deals
from crm_reporting.metrics.queries.cells import read_cells
from crm_reporting.metrics.queries.labels import stages
from crm_reporting.metrics.rules import people, staffing
from crm_reporting.metrics.rules.asks import ids_asked
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.numbers import Figure, ratio
from crm_reporting.metrics.rules.people import Present, Word
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.staffing import Post
from crm_reporting.metrics.use_cases.reading import read_of
from crm_reporting.metrics.use_cases.staffing import posts_in
from crm_reporting.metrics.use_cases.work import Figures, Work
from crm_shared.actor import Scope
from crm_shared.clock import utc_now
from crm_shared.events.known_calendar import known_calendar

NOTHING_DONE = queries.Done(frozenset(), 0)


async def load(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K48: effort of open work due in the period / the hours people have for it."""
    key = (period, repr(work.ask.filter))
    planned = await work.once(
        ("planned", *key),
        lambda: queries.planned_in(work.session, read_of(work.ask, period=period)),
    )
    usual = await work.once(
        ("usual", *key),
        lambda: queries.usual_efforts(work.session, work.ask.today + timedelta(days=1)),
    )
    calendar = await known_calendar(work.session, work.basis.zone)
    named = [post for post in await posts_in(work, period) if post.user is not None]
    # what is asked of nobody on the staff is no load of theirs
    users = {post.user for post in named}
    planned = [one for one in planned if one.owner in users]
    if by is None:
        hours = staffing.fte_hours(named, period, calendar)
        return {None: people.load(planned, usual, hours)}
    of_owner = by is Dimension.OWNER
    keys = {post.user if of_owner else post.team for post in named}
    return {
        key: people.load(
            [one for one in planned if (one.owner if of_owner else one.team) == key],
            usual,
            staffing.fte_hours(
                [post for post in named if (post.user if of_owner else post.team) == key],
                period,
                calendar,
            ),
        )
        for key in keys
    }


async def idle_days(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K57: of the days somebody was to work, those on which he did nothing."""
    period = period.begun(work.ask.today)
    known = await work.once(
        ("present", period, repr(work.ask.filter)), lambda: _present(work, period)
    )
    below = people.below_peers(known)
    if by is None:
        return {None: people.idle(known, below)}
    of_owner = by is Dimension.OWNER
    keys = {one.user if of_owner else one.team for one in known}
    return {
        key: people.idle(
            [one for one in known if (one.user if of_owner else one.team) == key], below
        )
        for key in keys
    }


async def _present(work: Work, period: Period) -> Sequence[Present]:
    calendar = await known_calendar(work.session, work.basis.zone)
    busy = await queries.days_of_work(work.session, read_of(work.ask, period=period))
    profit = await work.told("gross_profit", period, Dimension.OWNER)
    nothing = Figure(None, 0)
    posts: dict[UUID, list[Post]] = {}
    for post in await posts_in(work, period):
        if post.user is not None:
            posts.setdefault(post.user, []).append(post)
    worked = [day for day in staffing.days_in(period) if calendar.hours_on(day)]
    return [
        Present(
            user,
            own[-1].team,
            own[-1].role,
            frozenset(staffing.days_at_work(own, worked)),
            busy.get(user, NOTHING_DONE).days,
            busy.get(user, NOTHING_DONE).n,
            profit.get(user, nothing).value or Decimal(0),
        )
        for user, own in posts.items()
    ]


async def adoption(work: Work, period: Period, by: Dimension | None) -> Figures:
    """K66: who wrote anything on a working day, of those who could."""
    begun, zone = period.begun(work.ask.today), work.basis.zone
    calendar = await known_calendar(work.session, zone)
    known = work.ask.as_of or utc_now()

    async def read() -> tuple[list[Word], Mapping[date, set[UUID]]]:
        words = list(_asked(work, await queries.told_of_users(work.session, zone, known)))
        since = people.users_since(words)
        # before anybody could there is nobody to be counted: centuries cost no more than the use
        first = max(begun.start, min(since.values(), default=begun.end))
        used = Period(min(first, begun.end), begun.end)
        days = [day for day in staffing.days_in(used) if calendar.hours_on(day)]
        return words, await queries.wrote_on(work.session, since, days, zone=zone, known=known)

    words, active = await work.once(("adoption", period, repr(work.ask.filter)), read)
    if by is not None:
        own: dict[UUID, list[Word]] = {}
        for one in words:
            own.setdefault(one.user, []).append(one)
        return {
            key: people.adoption([word for user in users for word in own[user]], active)
            for key, users in _cut(own, by).items()
        }
    figure = people.adoption(words, active)
    won = replace(read_of(work.ask, period=period), parts=(Part.WON,))
    lines = await read_cells(work.session, won, currency=work.ask.currency, rated=False)
    soon, sold = sum(one.passed for one in lines), sum(one.n for one in lines)
    figure.details["entered_in_a_day_percent"] = ratio(soon, sold).value
    figure.details["complete_deals_percent"] = await _complete(work, period)
    return {None: figure}


def _cut(own: Mapping[UUID, Sequence[Word]], by: Dimension) -> Mapping[UUID, Sequence[UUID]]:
    """Return whom each owner or team is made of, as told last."""
    if by is Dimension.OWNER:
        return {user: [user] for user in own}
    found: dict[UUID, list[UUID]] = {}
    for user, words in own.items():
        for team in words[-1].teams:
            found.setdefault(team, []).append(user)
    return found


async def _complete(work: Work, period: Period) -> Decimal | None:
    """Return which part of the open deals has all that its stage demands; of the present only."""
    if work.ask.as_of is not None or period.end <= work.ask.today:
        return None
    demanded = {one.id: one.required_fields for one in await stages(work.session)}
    if not any(demanded.values()):
        return None
    found = await incomplete_deals(work.session, read_of(work.ask, period=period), demanded)
    return ratio(found.n - found.without, found.n).value


def _asked(work: Work, words: Iterable[Word]) -> Iterable[Word]:
    """Yield what was told of those whom the question and its scope are about."""
    actor, scope = work.ask.access.actor, work.ask.access.scope
    users, teams = (ids_asked(work.ask.filter, name) for name in ("owner_id", "team_id"))
    for one in words:
        if scope is Scope.OWN and one.user != actor.id:
            continue
        if scope is Scope.TEAM and not one.teams & actor.team_ids:
            continue
        if users is not None and one.user not in users:
            continue
        if teams is not None and not one.teams & frozenset(teams):
            continue
        yield one
