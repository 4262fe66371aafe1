"""How customers were dealt with before they decided: contacts against closings, in the database."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Interval,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.fields import CUSTOMER
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.customers import SHORTEST_CALL_S
from crm_reporting.summaries.models import Deed
from crm_reporting.summaries.queries import Until, sums_until, unkept
from crm_shared.db.infrastructure import ALIASES

DAY_SECONDS = 86_400
WEEK_DAYS = 7
# K43, K41: what comes back within these days was not solved
COMES_BACK = timedelta(days=7)
_COMES_BACK = literal(COMES_BACK, Interval)


class Pace(NamedTuple):
    """Contacts with one customer in a period: how many, over which weeks, and the last day."""

    customer: Any
    contacts: int
    weeks: Decimal
    last_day: date


def among(customers: Sequence[UUID]) -> list[ColumnElement[bool]]:
    """Return that a row is of one of these customers; without any, nothing."""
    return [Contribution.customer.in_(customers)] if customers else []


async def paces(session: AsyncSession, read: Read, until: date) -> Sequence[Pace]:
    """K23: contacts with each customer there were any with in a period.

    Of a new customer the weeks begin with the first contact; weeks to come are none yet.
    """
    start, end = read.period.start, read.period.end
    found: list[tuple[Any, int, date, date]] = []
    besides: Sequence[UUID] = []
    if read.is_of_all:
        besides = await unkept(session)
        rows = await sums_until(session, Deed.CONTACTED, "", (start, end, start), besides)
        sums = (Until(*row) for row in rows)
        found = [(one.customer, one.now, one.first, one.last) for one in sums if one.now]
    if besides or not read.is_of_all:
        contact = contacts_of(read, with_leads=False, asked_only=True, only=besides)
        within = func.count().filter(contact.c.day >= start)
        first, last = func.min(contact.c.day), func.max(contact.c.day)
        theirs = select(contact.c.customer, within, first, last).group_by(contact.c.customer)
        found += [tuple(row) for row in await session.execute(theirs.having(within > 0))]
    return [
        Pace(customer, n, Decimal((until - max(first, start)).days) / WEEK_DAYS, last)
        for customer, n, first, last in found
    ]


async def repeated_cases(session: AsyncSession, read: Read) -> tuple[int, int, int]:
    """K43: cases solved in a period, those the customer came back with, and those without topic.

    He came back with another case of the same topic within a week; of a case without a topic, with
    any.
    """
    since, until = read.period.start, read.period.end + COMES_BACK + timedelta(days=1)
    near = and_(Contribution.product.is_(None), Contribution.day >= since, Contribution.day < until)
    came = _cases("came", of_part(Part.CASE), near)
    solved = _cases("solved", of_part(Part.CASE_SOLVED), days_of(read), facts_where(read))
    # of a case without a topic with any of the customer's, which is seldom asked
    bare = select(solved.c.customer).where(solved.c.kind.is_(None))
    topics, any_ones = _said(came, solved), _said(came, solved)
    of_topics = select(topics, _next_after(topics, topics.c.kind))
    same = of_topics.where(topics.c.kind.is_not(None)).subquery()
    of_any = select(any_ones, _next_after(any_ones))
    each = of_any.where(any_ones.c.customer.in_(bare)).subquery()
    counted = union_all(
        select(same).where(same.c.is_solved == 1),
        select(each).where(each.c.is_solved == 1, each.c.kind.is_(None)),
    ).subquery("counted")
    repeats = case(
        (counted.c.subject_id.in_(_before_they_came(came, solved)), _another(came, counted)),
        else_=counted.c.next_at <= counted.c.at + _COMES_BACK,
    )
    found = select(
        func.count(), func.count().filter(repeats), func.count().filter(counted.c.kind.is_(None))
    )
    row = (await session.execute(found)).one()
    return row[0], row[1], row[2]


def _cases(name: str, *conditions: ColumnElement[bool]) -> CTE:
    """Return cases with whose they are; no column that the index of flows has not."""
    rows = rows_of_clients(f"{name}_rows", *conditions)
    found = select(rows.c.customer, rows.c.subject_id, rows.c.at, rows.c.kind).cte(name)
    # from the index again, which is sooner than keeping them for the next that asks
    return found.prefix_with("NOT MATERIALIZED")


def _said(came: CTE, solved: CTE) -> Subquery:
    """Return what came and what was solved, one below the other."""
    rows = union_all(select(came, literal(0).label("is_solved")), select(solved, literal(1)))
    return rows.subquery()


def _next_after(said: Subquery, *by: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return when the next case came after a moment: in one pass over them, the last one first."""
    return (
        func.min(said.c.at)
        .filter(said.c.is_solved == 0)
        .over(
            partition_by=[said.c.customer, *by],
            order_by=[said.c.at.desc(), said.c.is_solved.desc()],
            rows=(None, 0),
        )
        .label("next_at")
    )


def _before_they_came(came: CTE, solved: CTE) -> Select[Any]:
    """Return the few cases that by what was told were solved first: the next to come is itself."""
    own = came.c.subject_id == solved.c.subject_id
    return select(came.c.subject_id).join(solved, own & (came.c.at > solved.c.at))


def _another(came: CTE, counted: Subquery) -> ColumnElement[bool]:
    """Return that another case came within the week, looked for one by one."""
    return exists().where(
        came.c.customer == counted.c.customer,
        came.c.subject_id != counted.c.subject_id,
        or_(counted.c.kind.is_(None), came.c.kind == counted.c.kind),
        came.c.at > counted.c.at,
        came.c.at <= counted.c.at + _COMES_BACK,
    )


def rows_of_clients(name: str, *conditions: ColumnElement[bool]) -> CTE:
    """Return rows with whom they concern, merged clients as one: what is joined by customer."""
    customer = func.coalesce(ALIASES.c.survivor_id, Contribution.customer)
    return (
        select(
            Contribution.subject_id, Contribution.at, Contribution.day, Contribution.kind,
            Contribution.amount, Contribution.currency, Contribution.channel,
            customer.label("customer"),
        )
        .outerjoin(ALIASES, ALIASES.c.loser_id == Contribution.customer)
        .where(Contribution.customer.is_not(None), *conditions)
        .cte(name)
    )  # fmt: skip


def of_part(part: Part) -> ColumnElement[bool]:
    """Return that a row is of a part."""
    return Contribution.part == int(part)


def days_of(read: Read) -> ColumnElement[bool]:
    """Return that a row lies in the period that is read."""
    return and_(Contribution.day >= read.period.start, Contribution.day < read.period.end)


def contacts_of(
    read: Read, *, with_leads: bool, asked_only: bool = False, only: Sequence[UUID] = ()
) -> CTE:
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
        *among(only),
    )
    return (found.where(facts_where(read)) if asked_only else found).cte("contact")
