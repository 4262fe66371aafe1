"""What is planned, who did something on which days, who wrote anything: read in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    Uuid,
    bindparam,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Grain, Part
from crm_reporting.ledger.models import LedgerEntry
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.queries.contacting import days_of, of_part
from crm_reporting.metrics.queries.counters import owners_days
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.people import Planned, Word
from crm_shared.clock import local_day
from crm_shared.db.infrastructure import KNOWN_USERS

YEAR = timedelta(days=365)
A_DAY = timedelta(days=1)
# what says that somebody worked on a day; of calls those that were answered
DONE = (Part.ACTIVITY, Part.TASK_DONE, Part.CALL)
PLANNED = (int(Part.TASK_PLANNED), int(Part.ACTIVITY_PLANNED))
# the index by actor is asked once a person and day: not one event is read
_WROTE = text("""
    SELECT day.n, who.id
    FROM unnest(CAST(:users AS uuid[]), CAST(:since AS timestamptz[])) AS who (id, since),
         unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
             WITH ORDINALITY AS day (start, stop, n)
    WHERE day.start >= who.since AND EXISTS (
        SELECT FROM ledger WHERE envelope ->> 'actorid' = CAST(who.id AS text)
        AND recorded_at >= day.start AND recorded_at < least(day.stop, :known))
""").bindparams(bindparam("users", type_=ARRAY(Uuid())))


async def planned_in(session: AsyncSession, read: Read) -> Sequence[Planned]:
    """K48: open work due in a period, by owner and kind."""
    found = (
        select(
            Contribution.owner,
            Contribution.team,
            Contribution.kind,
            func.count(),
            func.count(Contribution.measure).filter(Contribution.part == PLANNED[1]),
            func.coalesce(
                func.sum(Contribution.measure).filter(Contribution.part == PLANNED[1]), 0
            ),
        )
        .where(Contribution.part.in_(PLANNED), days_of(read), facts_where(read))
        .group_by(Contribution.owner, Contribution.team, Contribution.kind)
    )
    rows: list[Any] = list(await session.execute(found))
    return [Planned(*row) for row in rows]


async def usual_efforts(session: AsyncSession, until: date) -> Mapping[str | None, Decimal]:
    """K48: the median seconds that activities of each kind took within a year."""
    alike = (
        select(Contribution.kind, Contribution.measure, func.count().label("n"))
        .where(
            of_part(Part.ACTIVITY),
            Contribution.product.is_(None),
            Contribution.measure > 0,
            Contribution.day >= until - YEAR,
            Contribution.day < until,
        )
        .group_by(Contribution.kind, Contribution.measure)
    ).subquery("alike")
    kind, n = alike.c.kind, alike.c.n
    upto = func.sum(n).over(partition_by=kind, order_by=alike.c.measure)
    whole = func.sum(n).over(partition_by=kind)
    placed = select(alike, upto.label("upto"), whole.label("whole")).subquery("placed")
    # of two that are both in the middle the mean is taken
    beyond = func.min(placed.c.measure).filter(placed.c.upto * 2 > placed.c.whole)
    found = (
        select(placed.c.kind, (func.min(placed.c.measure) + beyond) / 2)
        .where(placed.c.upto * 2 >= placed.c.whole)
        .group_by(placed.c.kind)
    )
    rows: list[Any] = list(await session.execute(found))
    return {kind: seconds for kind, seconds in rows}  # noqa: C416 - rows are no pairs to mypy


class Done(NamedTuple):
    """On which days somebody did something, and how much in all of them."""

    days: frozenset[date]
    n: int


async def days_of_work(session: AsyncSession, read: Read) -> Mapping[UUID, Done]:
    """K57: on which days who did something, and how much."""
    wanted = replace(read, parts=DONE, by=Dimension.OWNER)
    if wanted.grain() is Grain.OWNER:
        rows = await owners_days(session, wanted)
    else:
        found = (
            select(Contribution.owner, func.array_agg(Contribution.day.distinct()), func.count())
            .where(
                Contribution.part.in_([int(part) for part in DONE]),
                or_(Contribution.part != int(Part.CALL), Contribution.passed),
                Contribution.owner.is_not(None),
                days_of(read),
                facts_where(read),
            )
            .group_by(Contribution.owner)
        )
        rows = list(await session.execute(found))
    return {owner: Done(frozenset(days), int(n)) for owner, days, n in rows}


async def told_of_users(session: AsyncSession, zone: ZoneInfo, at: datetime) -> Sequence[Word]:
    """K66: everything that was ever told of users until a moment, in its order."""
    users = select(KNOWN_USERS.c.id)
    told = LedgerEntry.envelope["data"]["user"]
    found = (
        select(LedgerEntry.subject, LedgerEntry.recorded_at, told)
        .where(
            LedgerEntry.subject.in_(users),
            LedgerEntry.recorded_at <= at,
            LedgerEntry.type.like("crm.contacts.user.%"),
        )
        .order_by(LedgerEntry.subject, LedgerEntry.revision)
    )
    return [
        Word(
            user,
            local_day(on, zone),
            said["is_active"],
            said["role"],
            frozenset(map(UUID, said["team_ids"])),
        )
        for user, on, said in await session.execute(found)
    ]


async def wrote_on(
    session: AsyncSession,
    since: Mapping[UUID, date],
    days: Sequence[date],
    *,
    zone: ZoneInfo,
    known: datetime,
) -> Mapping[date, set[UUID]]:
    """K66: who of these wrote anything on which of these days, each `since` he could."""

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time.min, zone).astimezone(UTC)

    values = {
        "users": list(since),
        "since": [midnight(day) for day in since.values()],
        "starts": [midnight(day) for day in days],
        "ends": [midnight(day + A_DAY) for day in days],
        "known": known,
    }
    found: dict[date, set[UUID]] = {day: set() for day in days}
    for place, user in await session.execute(_WROTE, values):
        found[days[place - 1]].add(user)
    return found
