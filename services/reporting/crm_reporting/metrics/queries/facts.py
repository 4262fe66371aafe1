"""The rows behind a value, and the facts as they were known at an earlier instant."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions import statements
from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part, contributions
from crm_reporting.contributions.rules.subjects import subject_contributions
from crm_reporting.contributions.rules.values import STAYS
from crm_reporting.facts.models import DealFact, NounFact
from crm_reporting.facts.statements import facts_of, payments_of, subjects_of
from crm_reporting.metrics.fields import FIELDS
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.queries.groups import regroup
from crm_reporting.metrics.rules.asks import Ask, Read
from crm_reporting.metrics.rules.figures import facts_of as parts_behind
from crm_reporting.metrics.rules.figures import measure_of
from crm_reporting.metrics.rules.sources import EVENTS_OF
from crm_reporting.rates.queries import recall_rates
from crm_shared.db.driver import driver_for_reading
from crm_shared.filters import Field, Fields

DEALS_A_PAGE = 1000

FACT_ID: ColumnElement[str] = (
    cast(Contribution.subject_id, Text)
    + literal("-")
    + func.lpad(cast(Contribution.ordinal, Text), 4, "0")
)


FACT_FIELDS = Fields({**FIELDS, "id": Field(str, FACT_ID), "day": Field(date, Contribution.day)})


def facts_statement(ask: Ask) -> Select[Any]:
    """Return the rows that a value sums, under the value's own conditions."""
    read = Read(parts_behind(ask), ask.counted, ask.access, ask.filter)
    parts = [int(part) for part in read.parts]
    period = and_(Contribution.day >= read.period.start, Contribution.day < read.period.end)
    if STAYS.issuperset(read.parts):
        end = read.period.end
        period = and_(
            Contribution.day < end,
            or_(Contribution.until_day.is_(None), Contribution.until_day >= end),
        )
    columns: list[Any] = [
        FACT_ID.label("id"), Contribution.subject_id, Contribution.part, Contribution.day,
        Contribution.at, Contribution.owner.label("owner_id"),
        Contribution.team.label("team_id"), Contribution.pipeline.label("pipeline_id"),
        Contribution.stage.label("stage_id"), Contribution.product.label("product_id"),
        Contribution.company.label("company_id"), Contribution.customer.label("customer_id"),
        Contribution.channel, Contribution.kind, Contribution.currency,
        Contribution.n, Contribution.amount, Contribution.measure, Contribution.active,
        Contribution.passed, Contribution.dropped,
    ]  # fmt: skip
    return select(*columns).where(
        Contribution.part.in_(parts), period, facts_where(read), _counted(ask)
    )


def _counted(ask: Ask) -> ColumnElement[bool]:
    """An average leaves out what has no amount, and nought unless asked for."""
    if ask.metric.id != "average_deal_sum":
        return true()
    known = Contribution.amount.is_not(None)
    return known if ask.include_zero else and_(known, Contribution.amount != 0)


# Whoever asks of each subject or customer in turn would read all rows once for each of them.
_FOUND = (
    "CREATE INDEX ON pg_temp.contributions (subject_id, part)",
    "CREATE INDEX ON pg_temp.contributions (customer, part, at)",
    "ANALYZE pg_temp.contributions",
)


async def recall(
    session: AsyncSession, ask: Ask, zone: ZoneInfo, others: Iterable[Part] = ()
) -> None:
    """Put what was known at an instant in the place of the contributions, for this transaction.

    Of the metric that is asked, and of other parts that the same transaction will read.

    And who a customer was: before merges, by those known then, or as a part of his parent; and what
    currencies were worth by the rates known then. Temporary tables hide the kept ones; every query
    then reads the past without knowing it.
    """
    await regroup(session, ask)
    if ask.as_of is not None:
        await recall_rates(session, ask.as_of)
        await _recall(session, {*measure_of(ask).parts, *others}, ask.as_of, zone)
    # said aloud, or plans that were made for the kept tables would go on reading them
    await session.execute(text("SET LOCAL search_path TO pg_temp, public"))


async def _recall(
    session: AsyncSession, parts: Iterable[Part], as_of: datetime, zone: ZoneInfo
) -> None:
    await session.execute(
        text("CREATE TEMPORARY TABLE contributions (LIKE public.contributions) ON COMMIT DROP")
    )
    await session.execute(text("SET LOCAL search_path TO pg_temp, public"))
    connection = await driver_for_reading(session)
    await connection.execute("SET LOCAL statement_timeout = 0")
    nouns = {event.partition(".")[0] for part in parts for event in EVENTS_OF[part]}
    if "deal" in nouns:
        await _recall_deals(session, as_of, zone)
    if others := sorted(nouns - {"deal"}):
        await _recall_subjects(session, others, as_of, zone)
    for statement in _FOUND:
        await connection.execute(statement)


async def _recall_deals(session: AsyncSession, as_of: datetime, zone: ZoneInfo) -> None:
    after = None
    while True:
        page = select(DealFact.deal_id).where(DealFact.recorded_at <= as_of).distinct()
        page = page.order_by(DealFact.deal_id).limit(DEALS_A_PAGE)
        if after is not None:
            page = page.where(DealFact.deal_id > after)
        deals = list(await session.scalars(page))
        if not deals:
            return
        known = await facts_of(session, deals)
        payments = await payments_of(session, known.keys())
        rows = {
            deal: contributions(
                (fact for fact in facts if fact.recorded_at <= as_of),
                zone,
                [one for one in payments.get(deal, ()) if one.recorded_at <= as_of],
            )
            for deal, facts in known.items()
        }
        await statements.write_contributions(session, rows.items())
        after = deals[-1]


async def _recall_subjects(
    session: AsyncSession, nouns: Sequence[str], as_of: datetime, zone: ZoneInfo
) -> None:
    place = tuple_(NounFact.kind, NounFact.id)
    after = ("", UUID(int=0))
    while True:
        page = select(NounFact.kind, NounFact.id).where(
            NounFact.kind.in_(nouns), NounFact.recorded_at <= as_of, place > after
        )
        page = page.distinct().order_by(NounFact.kind, NounFact.id).limit(DEALS_A_PAGE)
        subjects = [(kind, one) for kind, one in await session.execute(page)]
        if not subjects:
            return
        known = await subjects_of(session, subjects)
        rows = {
            one: subject_contributions([one for one in told if one.recorded_at <= as_of], zone)
            for one, told in known.items()
        }
        await statements.write_contributions(session, rows.items())
        after = subjects[-1]
