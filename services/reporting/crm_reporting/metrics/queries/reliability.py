"""How customers pay and what they think of us: one row a customer, summed by the database."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.rules.asks import Read
from crm_reporting.metrics.rules.customers import WINDOW_DAYS
from crm_reporting.metrics.rules.reliability import (
    COMPLAINT_COSTS,
    LATE_DAYS,
    LATE_INVOICES,
    WEIGHTS,
)
from crm_shared.db.infrastructure import ALIASES

Column = ColumnElement[Any]
HUNDRED = literal(100, Numeric)


class Unreliable(NamedTuple):
    """Customers with invoices due or claims within a year, and those the rule holds for."""

    known: int
    unreliable: int
    late: int
    breached: int


class Attitude(NamedTuple):
    """Customers of whom anything is known, and the sum of their scores."""

    customers: int
    total: Decimal | None
    low: int


async def unreliable_customers(session: AsyncSession, read: Read) -> Unreliable:
    """K32: by invoices long overdue, or a breach of contract that they have not made good."""
    one = _by_customer(read).subquery()
    late, breach = one.c.late >= LATE_INVOICES, one.c.breaches > 0
    found = select(
        func.count(),
        func.count().filter(or_(late, breach)),
        func.count().filter(late),
        func.count().filter(breach),
    ).where(or_(one.c.due > 0, one.c.claims > 0))
    return Unreliable._make((await session.execute(found)).one())


async def attitudes(session: AsyncSession, read: Read) -> Attitude:
    """K65: the mean score of all of whom anything is known."""
    one = scores(read).subquery()
    found = select(
        func.count(one.c.score), func.sum(one.c.score), func.count().filter(one.c.score < LOW)
    )
    return Attitude._make((await session.execute(found)).one())


LOW = 50


def scores(read: Read) -> Select[Any]:
    """K65: each customer's score of 0–100 from what is known of him, by published weights."""
    one = _by_customer(read).subquery()
    signals = {
        "answers": case((one.c.answers > 0, one.c.content * HUNDRED / one.c.answers)),
        "complaints": case(
            (
                one.c.complaints > 0,
                func.greatest(0, HUNDRED - one.c.complaints * COMPLAINT_COSTS),
            )
        ),
        "appeals": case((one.c.solved > 0, one.c.well * HUNDRED / one.c.solved)),
        "payments": case((one.c.due > 0, one.c.in_time * HUNDRED / one.c.due)),
    }
    top = sum((func.coalesce(v * WEIGHTS[name], 0) for name, v in signals.items()), literal(0))
    weight = sum(
        (case((v.is_not(None), WEIGHTS[name]), else_=0) for name, v in signals.items()), literal(0)
    )
    return select(one.c.customer, (top / func.nullif(weight, 0)).label("score"))


def _by_customer(read: Read) -> Select[Any]:
    end = read.period.end
    since = end - timedelta(days=WINDOW_DAYS)
    kept, good = Contribution.part.expression, Contribution.passed.is_(True)

    def many(*conditions: Column) -> Column:
        return cast(func.count().filter(and_(*conditions)), Numeric)

    due = kept == int(Part.INVOICE_DUE)
    unpaid = and_(due, ~good, Contribution.measure.is_(None))
    long_late = or_(
        and_(due, Contribution.measure > LATE_DAYS),
        and_(unpaid, Contribution.day < end - timedelta(days=LATE_DAYS)),
    )
    claim, answer = kept == int(Part.CLAIM), kept == int(Part.FEEDBACK)
    held = Contribution.dropped.is_(False)
    solved = kept == int(Part.CASE_SOLVED)
    parts = [Part.INVOICE_DUE, Part.CLAIM, Part.FEEDBACK, Part.CASE_SOLVED]
    customer = func.coalesce(ALIASES.c.survivor_id, Contribution.customer)
    return (
        select(
            customer.label("customer"),
            many(due).label("due"),
            many(due, good).label("in_time"),
            many(long_late).label("late"),
            many(claim).label("claims"),
            many(claim, Contribution.kind == "breach_by_customer", held).label("breaches"),
            many(claim, Contribution.kind == "complaint", held).label("complaints"),
            many(answer).label("answers"),
            many(answer, good).label("content"),
            many(solved).label("solved"),
            many(solved, good).label("well"),
        )
        .outerjoin(ALIASES, ALIASES.c.loser_id == Contribution.customer)
        .where(
            Contribution.part.in_([int(part) for part in parts]),
            Contribution.customer.is_not(None),
            Contribution.day >= since,
            Contribution.day < end,
            facts_where(read),
        )
        .group_by(customer)
    )  # fmt: skip
