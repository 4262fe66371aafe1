"""The rows behind a value, and the facts as they were known at an earlier instant."""

from datetime import date, datetime
from typing import Any
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
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions import statements
from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part, contributions
from crm_reporting.facts.models import DealFact
from crm_reporting.facts.statements import facts_of
from crm_reporting.metrics.fields import FIELDS
from crm_reporting.metrics.queries.cells import facts_where
from crm_reporting.metrics.rules.asks import Ask, Read
from crm_reporting.metrics.rules.figures import facts_of as parts_behind
from crm_shared.db.driver import driver_for_reading
from crm_shared.filters import Field, Fields

DEALS_A_PAGE = 1000

FACT_ID: ColumnElement[str] = (
    cast(Contribution.deal_id, Text)
    + literal("-")
    + func.lpad(cast(Contribution.ordinal, Text), 4, "0")
)


FACT_FIELDS = Fields({**FIELDS, "id": Field(str, FACT_ID), "day": Field(date, Contribution.day)})


def facts_statement(ask: Ask) -> Select[Any]:
    """Return the rows that a value sums, under the value's own conditions."""
    read = Read(parts_behind(ask), ask.period, ask.access, ask.filter)
    parts = [int(part) for part in read.parts]
    period = and_(Contribution.day >= read.period.start, Contribution.day < read.period.end)
    if Part.STAY in read.parts:
        end = read.period.end
        period = and_(
            Contribution.day < end,
            or_(Contribution.until_day.is_(None), Contribution.until_day >= end),
        )
    columns: list[Any] = [
        FACT_ID.label("id"), Contribution.deal_id, Contribution.part, Contribution.day,
        Contribution.at, Contribution.owner.label("owner_id"),
        Contribution.team.label("team_id"), Contribution.pipeline.label("pipeline_id"),
        Contribution.stage.label("stage_id"), Contribution.product.label("product_id"),
        Contribution.company.label("company_id"), Contribution.channel, Contribution.currency,
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


async def recall(session: AsyncSession, as_of: datetime, zone: ZoneInfo) -> None:
    """Put what was known at an instant in the place of the contributions, for this transaction.

    The temporary table hides the kept one; every query then reads the past without knowing it.
    """
    await session.execute(
        text("CREATE TEMPORARY TABLE contributions (LIKE public.contributions) ON COMMIT DROP")
    )
    # said aloud, or plans that were made for the kept table would go on reading it
    await session.execute(text("SET LOCAL search_path TO pg_temp, public"))
    connection = await driver_for_reading(session)
    await connection.execute("SET LOCAL statement_timeout = 0")
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
        rows = {
            deal: contributions((fact for fact in facts if fact.recorded_at <= as_of), zone)
            for deal, facts in known.items()
        }
        await statements.write_contributions(session, rows)
        after = deals[-1]
