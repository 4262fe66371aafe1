"""Every SELECT of the board: two, however many columns there are."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Row, case, cast, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from crm_deals.board.models import BoardTally
from crm_deals.board.schemas import CardOut
from crm_deals.deals import catalogue
from crm_deals.deals import queries as deals
from crm_deals.deals.catalogue import PipelineEntry
from crm_deals.deals.fields import on_day
from crm_deals.deals.models import Deal
from crm_deals.pipelines.errors import PipelineNotFoundError
from crm_deals.pipelines.models import Stage
from crm_shared.actor import Access
from crm_shared.db.scope import visible
from crm_shared.filters import to_sql
from crm_shared.http.pagination import ListQuery

# what a card shows, and what that follows from: a deal's other columns are three quarters of it
_DERIVED_FROM = ("stage_id", "outcome", "probability_override", "reason_id", "competitor_id")
ON_CARDS = load_only(
    *(getattr(Deal, name) for name in CardOut.model_fields if name in Deal.__mapper__.columns),
    *(getattr(Deal, name) for name in _DERIVED_FROM),
    raiseload=True,
)


async def get_pipeline(session: AsyncSession, pipeline_id: UUID) -> PipelineEntry:
    """Return a pipeline with its stages as the process knows them."""
    known = await catalogue.current(session)
    if pipeline_id not in known.pipelines:
        known = await catalogue.reload(session)
    pipeline = known.pipelines.get(pipeline_id)
    if pipeline is None:
        raise PipelineNotFoundError(pipeline_id)
    return pipeline


def on_board(
    session: AsyncSession, access: Access, pipeline_id: UUID, query: ListQuery
) -> ColumnElement[bool]:
    """Return the condition under which the caller sees a deal on this board."""
    # overdue depends on the day: it is asked as of the company's day, not the database's
    wanted = on_day(query, deals.today_of(session))
    return (
        (Deal.pipeline_id == pipeline_id)
        & Deal.deleted_at.is_(None)
        & deals.in_scope(access)
        & to_sql(wanted.filter, wanted.fields)
    )


async def list_sums(
    session: AsyncSession, shown: ColumnElement[bool]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Count and add up every column by currency, deal by deal: 100,000 take 35 to 47 ms."""
    found = await session.execute(
        select(
            Deal.stage_id,
            Deal.currency,
            func.count().label("deals"),
            func.count(Deal.amount).label("amounts"),
            func.sum(Deal.amount).label("amount"),
        )
        .where(shown)
        .group_by(Deal.stage_id, Deal.currency)
        .order_by(Deal.stage_id, Deal.currency)
    )
    return found.all()


async def list_tallies(
    session: AsyncSession, access: Access, pipeline_id: UUID
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the same for a board without filters, from what is tallied: a few hundred rows."""
    deals_, amounts = func.sum(BoardTally.deals), func.sum(BoardTally.amounts)
    found = await session.execute(
        select(
            BoardTally.stage_id,
            BoardTally.currency,
            cast(deals_, BigInteger).label("deals"),
            cast(amounts, BigInteger).label("amounts"),
            case((amounts > 0, func.sum(BoardTally.amount))).label("amount"),
        )
        .where(
            BoardTally.pipeline_id == pipeline_id,
            visible(access, BoardTally.owner_id, BoardTally.team_id),
        )
        .group_by(BoardTally.stage_id, BoardTally.currency)
        # a tally is a sum of differences: a column that emptied comes to nothing
        .having(deals_ != 0)
        .order_by(BoardTally.stage_id, BoardTally.currency)
    )
    return found.all()


async def list_cards(
    session: AsyncSession, pipeline_id: UUID, shown: ColumnElement[bool], *, cards: int
) -> Sequence[Deal]:
    """Return the first deals of every column: the highest rank first."""
    column = (
        select(Deal.id)
        .where(shown, Deal.stage_id == Stage.id)
        .order_by(Deal.rank.desc(), Deal.id.desc())
        .limit(cards)
        .correlate(Stage)
        # by the index of ranks, a few rows for each column: no deal is sorted
        .lateral()
    )
    found = await session.scalars(
        select(Deal)
        .options(ON_CARDS)
        .select_from(Stage)
        .join(column, true())
        .join(Deal, Deal.id == column.c.id)
        .where(Stage.pipeline_id == pipeline_id)
        .order_by(Stage.position, Deal.rank.desc(), Deal.id.desc())
    )
    placed = found.all()
    await deals.place(session, placed)
    return placed
