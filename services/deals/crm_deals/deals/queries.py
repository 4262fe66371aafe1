"""Every SELECT of the deals feature; each lies within the caller's scope."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.util import identity_key

from crm_deals.deals import catalogue
from crm_deals.deals.errors import DealNotFoundError, UnknownDealError
from crm_deals.deals.fields import HAS_NEXT_STEP, overdue_on, rotting_at
from crm_deals.deals.models import UNDER_WAY, Deal, OfDeal, StageMove
from crm_deals.work.models import DealWithoutStep, KnownWork
from crm_shared.actor import Access, Scope
from crm_shared.clock import local_day, utc_now
from crm_shared.db.driver import DriverStatement, driver_for_reading
from crm_shared.db.engine import SETTINGS
from crm_shared.db.scope import asker, visible, visible_to_asker
from crm_shared.db.showing import Showing


def _one_deal(scope: Scope) -> Select[Deal]:
    in_scope_of_asker = visible_to_asker(scope, Deal.owner_id, Deal.team_id)
    return select(Deal).where(Deal.id == bindparam("deal_id"), in_scope_of_asker)


# Built once: every move begins with one of them.
ONE_DEAL = {scope: _one_deal(scope).where(Deal.deleted_at.is_(None)) for scope in Scope}
ONE_DEAL_OR_DELETED = {scope: _one_deal(scope) for scope in Scope}
SHOWN = Showing(Deal)
_TO_MOVE = {scope: DriverStatement(SHOWN.selected(one)) for scope, one in ONE_DEAL.items()}


def in_scope(access: Access) -> ColumnElement[bool]:
    """Return the condition under which the caller may see a deal."""
    return visible(access, Deal.owner_id, Deal.team_id)


def visible_deals(access: Access) -> Select[Deal]:
    """Select the deals that the caller may see, deleted ones excluded."""
    return select(Deal).where(Deal.deleted_at.is_(None), in_scope(access))


async def get_deal(
    session: AsyncSession, access: Access, deal_id: UUID, *, deleted: bool = False
) -> Deal:
    """Return one deal as it stands now, without a lock; with `deleted`, a deleted one too."""
    selected = (ONE_DEAL_OR_DELETED if deleted else ONE_DEAL)[access.scope]
    deal = await session.scalar(selected, {"deal_id": deal_id, **asker(access)})
    if deal is None:
        raise DealNotFoundError(deal_id)
    # a row alone does not know what its stage means, and every answer tells it
    await place(session, [deal])
    return deal


async def get_deal_to_move(session: AsyncSession, access: Access, deal_id: UUID) -> Deal:
    """Return one deal as it stands now, held by no session: a flush would write it a second time.

    Past SQLAlchemy it takes half of what `get_deal` takes.
    """
    await driver_for_reading(session)
    row = await _TO_MOVE[access.scope].first(session, {"deal_id": deal_id, **asker(access)})
    if row is None:
        raise DealNotFoundError(deal_id)
    # what was read of it before this move would be taken for what it is after it
    held = session.sync_session.identity_map.get(identity_key(Deal, deal_id))
    if held is not None:
        session.expunge(held)
    deal = SHOWN.watched(row)
    await place(session, [deal])
    return deal


def of_visible_deals(access: Access, row: type[OfDeal]) -> ColumnElement[bool]:
    """Return the condition under which the caller may see a record that hangs on a deal.

    Its deal decides, whoever owns that now; a record without a deal has an owner of its own.
    """
    if access.scope is Scope.ALL:
        return true()
    # not by the row's own copy of the owner: that is of the day it was written
    seen = exists(select(Deal.id).where(Deal.id == row.deal_id, in_scope(access)))
    return or_(seen, and_(row.deal_id.is_(None), visible(access, row.owner_id, row.team_id)))


async def follow_deal(session: AsyncSession, row: OfDeal) -> None:
    """Give a record the owner and the team that its deal has now."""
    if row.deal_id is None:
        return
    owner = select(Deal.owner_id, Deal.team_id).where(Deal.id == row.deal_id)
    row.owner_id, row.team_id = (await session.execute(owner)).one()


async def named_deal(session: AsyncSession, access: Access, deal_id: UUID) -> Deal:
    """Return the deal that a body names; one that the caller may not see is not there."""
    try:
        return await get_deal(session, access, deal_id)
    except DealNotFoundError as missing:
        raise UnknownDealError from missing


async def find_deals_by_external_ids(
    session: AsyncSession, names: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Deal]:
    """Return the deals that other systems know under these ids, be they deleted."""
    if not names:
        return {}
    key = tuple_(Deal.source_system, Deal.external_id)
    # sorted, so that the statement is the same for the same names and its plan is found again
    deals = (await session.scalars(select(Deal).where(key.in_(sorted(names))))).all()
    await place(session, deals)
    return {(str(deal.source_system), str(deal.external_id)): deal for deal in deals}


async def hold_deals_of(
    session: AsyncSession, user_id: UUID, *, closed: bool, after: UUID | None, limit: int
) -> Sequence[Deal]:
    """Hold so many of the deals that somebody owns; only open ones unless `closed`."""
    found = select(Deal).where(Deal.owner_id == user_id, Deal.deleted_at.is_(None))
    if not closed:
        found = found.where(Deal.outcome == "open")
    if after is not None:
        found = found.where(Deal.id > after)
    # in the order of ids: two hand-overs never wait for each other in a ring
    deals = (await session.scalars(found.order_by(Deal.id).limit(limit).with_for_update())).all()
    await place(session, deals)
    return deals


async def hold_deal(session: AsyncSession, deal_id: UUID) -> bool:
    """Let nobody else change a deal until the transaction ends; False when there is none."""
    held = select(Deal.id).where(Deal.id == deal_id, Deal.deleted_at.is_(None))
    return await session.scalar(held.with_for_update()) is not None


async def is_known(session: AsyncSession, deal_id: UUID) -> bool:
    """Tell whether there is, or was, a deal of this id."""
    # put away or not: a conversion that is told twice must not bring a deleted deal back
    return await session.scalar(select(Deal.id).where(Deal.id == deal_id)) is not None


async def list_moves(session: AsyncSession, deal_id: UUID) -> Sequence[StageMove]:
    """Return every entry of a deal into a stage, the oldest first."""
    moves = select(StageMove).where(StageMove.deal_id == deal_id).order_by(StageMove.revision)
    return (await session.scalars(moves)).all()


async def place(session: AsyncSession, deals: Sequence[Deal]) -> None:
    """Tell every row what its stage and its reason mean."""
    if not deals:
        return
    known = await catalogue.current(session)
    # another process made a stage a moment ago: the row is newer than what is known here
    if not all(known.explains(deal) for deal in deals):
        known = await catalogue.reload(session)
    today = today_of(session)
    for deal in deals:
        reason = known.reasons[deal.reason_id] if deal.reason_id else None
        competitor = known.competitors[deal.competitor_id] if deal.competitor_id else None
        deal.stands_in(known.stages[deal.stage_id], reason, competitor)
        deal.read_on(today)


def today_of(session: AsyncSession) -> date:
    """Return which day it is where the company works."""
    settings = session.info.get(SETTINGS)
    return local_day(utc_now(), settings.zone if settings else ZoneInfo("UTC"))


def _others_in_column(deal: Deal) -> ColumnElement[bool]:
    # a move within its own column would otherwise put it below itself
    return and_(Deal.stage_id == deal.stage_id, Deal.deleted_at.is_(None), Deal.id != deal.id)


async def next_below(
    session: AsyncSession, deal: Deal, above: Deal | None
) -> tuple[Decimal, UUID] | None:
    """Return rank and id of the first card in a column, or of the one right under `above`."""
    column = select(Deal.rank, Deal.id).where(_others_in_column(deal))
    if above is not None:
        # as cards are shown: of one rank, the later id stands higher
        column = column.where(tuple_(Deal.rank, Deal.id) < tuple_(above.rank, above.id))
    found = await session.execute(column.order_by(Deal.rank.desc(), Deal.id.desc()).limit(1))
    row = found.first()
    return None if row is None else (row[0], row[1])


async def hold_equals(session: AsyncSession, deal: Deal, lowest: Deal) -> Sequence[Deal]:
    """Lock the cards of one rank in a deal's column, from `lowest` on upwards, and the deal."""
    equal = and_(_others_in_column(deal), Deal.rank == lowest.rank, Deal.id >= lowest.id)
    # with the deal itself, in one order: two drags of equals past each other would deadlock
    wanted = select(Deal).where(or_(Deal.id == deal.id, equal)).order_by(Deal.id)
    held = (await session.scalars(wanted.with_for_update())).all()
    deals = [one for one in held if one.id != deal.id]
    await place(session, deals)
    return deals


async def rank_over(session: AsyncSession, deal: Deal, rank: Decimal) -> Decimal | None:
    """Return the next higher rank in a deal's column."""
    higher = select(func.min(Deal.rank)).where(_others_in_column(deal), Deal.rank > rank)
    return await session.scalar(higher)


async def take_rotting(session: AsyncSession, now: datetime, *, limit: int) -> Sequence[Deal]:
    """Lock deals that rot and were not announced; those that another worker holds are left out."""
    return await _take(session, Deal.rotting_at.is_(None), rotting_at(now), limit=limit)


async def take_overdue(session: AsyncSession, *, limit: int) -> Sequence[Deal]:
    """Lock deals that are overdue and were not announced; see `take_rotting`."""
    late = overdue_on(today_of(session))
    return await _take(session, Deal.overdue_at.is_(None), late, limit=limit)


async def take_without_step(
    session: AsyncSession, before: datetime, *, limit: int
) -> Sequence[Deal]:
    """Lock open deals for which nothing is planned, in their stage since then; see `take_rotting`.

    Those brought in from another system count once something had been planned for them here.
    """
    was_worked_on = exists().where(KnownWork.deal_id == Deal.id)
    return await _take(
        session,
        ~HAS_NEXT_STEP,
        Deal.stage_entered_at < before,
        # an import of ten thousand open deals would be ten thousand alarms on its first day
        or_(Deal.source_system.is_(None), was_worked_on),
        # noted in a table of its own: the mark would otherwise be a change of the deal
        ~exists().where(DealWithoutStep.deal_id == Deal.id),
        limit=limit,
    )


async def _take(
    session: AsyncSession, *conditions: ColumnElement[bool], limit: int
) -> Sequence[Deal]:
    taken = select(Deal).where(UNDER_WAY, *conditions).order_by(Deal.id).limit(limit)
    # a deal that is being changed just now is looked at the next time, as it stands then
    deals = (await session.scalars(taken.with_for_update(skip_locked=True))).all()
    await place(session, deals)
    return deals


async def list_titles(
    session: AsyncSession, ids: Collection[UUID]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return what names these deals, for other services that show them."""
    found = await session.execute(
        select(Deal.id, Deal.revision, Deal.title, Deal.source_system, Deal.external_id).where(
            Deal.id.in_(ids)
        )
    )
    return found.all()
