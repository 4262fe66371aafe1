"""How customers were dealt with before they decided: contacts against closings, in the database."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Interval,
    Numeric,
    Select,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.fields import CUSTOMER
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.queries.spreads import spread_columns
from crm_reporting.metrics.rules.asks import Read

# a shorter call reached nobody: it rang, or was a wrong number
SHORTEST_CALL_S = 15
DAY_SECONDS = 86_400
WEEK_DAYS = 7
# K43, K41: what comes back within these days was not solved
COMES_BACK = timedelta(days=7)


class Decisions(NamedTuple):
    """Closings of one outcome: how many, of how many a contact is known, and how long it took."""

    part: int
    closed: int
    n: int
    days: Decimal | None
    median: Decimal | None
    p90: Decimal | None


class Effort(NamedTuple):
    """Contacts of one kind, with how many customers."""

    kind: str | None
    contacts: int
    customers: int


class Pace(NamedTuple):
    """Contacts with one customer in a period: how many, over which weeks, and the last day."""

    customer: Any
    contacts: int
    weeks: Decimal
    last_day: Any


class Mean(NamedTuple):
    """A number of customers, their contacts, and the sum of their contacts a week."""

    customers: int
    contacts: int
    weekly: Decimal | None


async def decision_times(session: AsyncSession, read: Read, zone: str) -> Sequence[Decisions]:
    """K18: days from the first contact after the customer's previous closing to the decision."""
    at = func.lag(Contribution.at).over(
        partition_by=CUSTOMER, order_by=(Contribution.at, Contribution.subject_id)
    )
    closing = (
        select(
            Contribution.subject_id, Contribution.part, Contribution.at, Contribution.day,
            CUSTOMER.label("customer"), at.label("before"), facts_where(read).label("is_asked"),
        )
        .where(
            Contribution.part.in_([int(Part.WON), int(Part.LOST)]),
            Contribution.product.is_(None),
            Contribution.customer.is_not(None),
            Contribution.day < read.period.end,
        )
        .cte("closing")
    )  # fmt: skip
    contact = _contacts(read, with_leads=True)
    decided = (
        select(closing.c.part, closing.c.at, func.min(contact.c.at).label("first"))
        .outerjoin(
            contact,
            and_(
                contact.c.customer == closing.c.customer,
                contact.c.at <= closing.c.at,
                or_(closing.c.before.is_(None), contact.c.at > closing.c.before),
            ),
        )
        .where(closing.c.is_asked, closing.c.day >= read.period.start)
        .group_by(closing.c.subject_id, closing.c.part, closing.c.at)
        .subquery()
    )
    days = _days(decided.c.first, decided.c.at, zone)
    found = select(decided.c.part, func.count(), *spread_columns(days)).group_by(decided.c.part)
    return [Decisions(*row) for row in await session.execute(found)]


async def effort_before_win(session: AsyncSession, read: Read) -> tuple[int, Sequence[Effort]]:
    """K19: customers first won in a period, and the contacts with them before that, by kind."""
    won = _first_wins(read)
    count = await session.scalar(select(func.count()).select_from(won))
    return int(count or 0), await _effort(session, read, won)


async def effort_on_lost(session: AsyncSession, read: Read) -> int:
    """Count the contacts with customers who were lost in a period and never bought."""
    end = read.period.end
    bought = rows_of_clients("bought", of_part(Part.WON), Contribution.day < end)
    closed = rows_of_clients("closed", of_part(Part.LOST), days_of(read), facts_where(read))
    lost = (
        select(closed.c.customer, func.max(closed.c.at).label("at"))
        .where(~exists().where(bought.c.customer == closed.c.customer))
        .group_by(closed.c.customer)
        .cte("lost")
    )
    return sum(one.contacts for one in await _effort(session, read, lost))


async def mean_pace(session: AsyncSession, read: Read, until: date) -> Mean:
    """K23: contacts a week with a customer, the mean over those there were any with."""
    pace = _paces(read, until).subquery()
    found = select(
        func.count(),
        func.coalesce(func.sum(pace.c.contacts), 0),
        func.sum(pace.c.contacts / pace.c.weeks),
    )
    return Mean._make((await session.execute(found)).one())


async def paces(session: AsyncSession, read: Read, until: date) -> Sequence[Pace]:
    """K23: contacts with each customer there were any with."""
    return [Pace(*row) for row in await session.execute(_paces(read, until))]


def _paces(read: Read, until: date) -> Select[Any]:
    """Of a new customer the weeks begin with the first contact; weeks to come are none yet."""
    contact = _contacts(read, with_leads=False, asked_only=True)
    start = read.period.start
    within = contact.c.day >= start
    first = func.greatest(func.min(contact.c.day), start)
    weeks = cast(literal(until) - first, Numeric) / WEEK_DAYS
    return (
        select(
            contact.c.customer,
            func.count().filter(within).label("contacts"),
            weeks.label("weeks"),
            func.max(contact.c.day).label("last_day"),
        )
        .group_by(contact.c.customer)
        .having(func.count().filter(within) > 0)
    )


async def repeated_cases(session: AsyncSession, read: Read) -> tuple[int, int, int]:
    """K43: cases solved in a period, those the customer came back with, and those without topic.

    He came back with another case of the same topic within a week; of a case without a topic, with
    any.
    """
    since, until = read.period.start, read.period.end + COMES_BACK + timedelta(days=1)
    near = and_(Contribution.day >= since, Contribution.day < until)
    came = rows_of_clients("came", of_part(Part.CASE), near)
    solved = rows_of_clients("solved", of_part(Part.CASE_SOLVED), days_of(read), facts_where(read))
    is_again = and_(
        came.c.customer == solved.c.customer,
        came.c.subject_id != solved.c.subject_id,
        came.c.at > solved.c.at,
        came.c.at <= solved.c.at + literal(COMES_BACK, Interval),
        or_(solved.c.kind.is_(None), came.c.kind == solved.c.kind),
    )
    # joined, not asked for each: at 10,000 cases that was 100 million comparisons
    again = select(func.count(solved.c.subject_id.distinct())).join(came, is_again)
    found = select(
        func.count(), again.scalar_subquery(), func.count().filter(solved.c.kind.is_(None))
    ).select_from(solved)
    count, repeats, bare = (await session.execute(found)).one()
    return count, repeats, bare


def rows_of_clients(name: str, *conditions: ColumnElement[bool]) -> CTE:
    """Return rows with whom they concern, merged clients as one: what is joined by customer.

    By itself, because SQLAlchemy loses the outer row when survivors are asked two levels deep.
    """
    return (
        select(
            Contribution.subject_id, Contribution.at, Contribution.day, Contribution.kind,
            Contribution.amount, Contribution.currency, Contribution.channel,
            CUSTOMER.label("customer"),
        )
        .where(Contribution.customer.is_not(None), *conditions)
        .cte(name)
    )  # fmt: skip


def of_part(part: Part) -> ColumnElement[bool]:
    """Return that a row is of a part."""
    return Contribution.part == int(part)


def days_of(read: Read) -> ColumnElement[bool]:
    """Return that a row lies in the period that is read."""
    return and_(Contribution.day >= read.period.start, Contribution.day < read.period.end)


async def _effort(session: AsyncSession, read: Read, decided: CTE) -> Sequence[Effort]:
    contact = _contacts(read, with_leads=False)
    found = (
        select(contact.c.kind, func.count(), func.count(contact.c.customer.distinct()))
        .join(decided, decided.c.customer == contact.c.customer)
        .where(contact.c.at < decided.c.at)
        .group_by(contact.c.kind)
    )
    return [Effort(*row) for row in await session.execute(found)]


def _first_wins(read: Read) -> CTE:
    bought = rows_of_clients(
        "bought", of_part(Part.WON), Contribution.day < read.period.end, facts_where(read)
    )
    return (
        select(bought.c.customer, func.min(bought.c.at).label("at"))
        .group_by(bought.c.customer)
        .having(func.min(bought.c.day) >= read.period.start)
        .cte("won")
    )


def _contacts(read: Read, *, with_leads: bool, asked_only: bool = False) -> CTE:
    """Activities that took place and calls that were answered; messages are none."""
    parts = [int(Part.ACTIVITY), *([int(Part.LEAD)] if with_leads else ())]
    is_call = Contribution.part == int(Part.CALL)
    spoken = and_(is_call, Contribution.passed, Contribution.measure >= SHORTEST_CALL_S)
    kind: ColumnElement[Any] = case((is_call, literal("call")), else_=Contribution.kind)
    found = select(
        CUSTOMER.label("customer"), Contribution.at, Contribution.day, kind.label("kind")
    ).where(
        or_(Contribution.part.in_(parts), spoken),
        Contribution.customer.is_not(None),
        Contribution.day < read.period.end,
    )
    return (found.where(facts_where(read)) if asked_only else found).cte("contact")


def _days(start: ColumnElement[Any], end: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    """Days by the wall clock, as all lengths are told."""
    span = func.timezone(zone, end) - func.timezone(zone, start)
    return cast(extract("epoch", span), Numeric) / DAY_SECONDS
