"""Changing deals, whole or in part."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.customs.catalogue import BOOK
from crm_deals.deals import catalogue, queries
from crm_deals.deals.catalogue import Catalogue
from crm_deals.deals.errors import DealNotFoundError, ExternalIdTakenError
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import announcements, preparing
from crm_deals.deals.use_cases.create import create_deal
from crm_deals.deals.use_cases.exchanging import round_to_currency
from crm_deals.deals.use_cases.gates import NOTHING, Asked, pass_gates
from crm_deals.deals.use_cases.preparing import Values
from crm_deals.lines.rules import Sold
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError

Put = Literal["created", "updated", "unchanged"]


async def update_deal(
    session: AsyncSession,
    access: Access,
    deal_id: UUID,
    values: Values,
    *,
    expected: int | None,
    granted: frozenset[UUID] = NOTHING,
) -> Deal:
    """Change a deal without moving it, and announce what changed; nothing changed, nothing said.

    Raises ApprovalNeededError when it needs consent that `granted` does not name.
    """
    # without a lock: the revision refuses who was late, and nobody waits for a slow form
    deal = await queries.get_deal(session, access, deal_id)
    if expected not in (None, deal.revision):
        raise ChangedMeanwhileError
    values = await aliases.resolved(session, values, preparing.CLIENTS)
    at = preparing.moment_of(access, None, after=deal.occurred_at)
    sold = await preparing.products_in(session, [values], deal=deal)
    await _settle(session, access, deal, values, sold)
    event = announcements.updated(deal)
    if event is not None:
        # only their mark is asked for: they are read anew when it has moved
        known = await catalogue.guarded(session, await catalogue.current(session))
        asked = Asked(("update",), event.changed, values, granted)
        await pass_gates(session, known.guards, deal, asked)
        deal.occurred_at = at
        await outbox.record(session, deal, event, at=at)
    return deal


async def put_deal(
    session: AsyncSession, access: Access, named: tuple[str, str], values: Values, *, currency: str
) -> tuple[Deal, Put]:
    """Create or change the deal that another system knows under this id; it may move as well."""
    system, external_id = named
    deal = (await queries.find_deals_by_external_ids(session, [named])).get(named)
    if deal is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_deal(session, access, identified, currency=currency), "created"
    if not access.may_see(deal.owner_id, deal.team_id):
        raise DealNotFoundError(deal.id)
    # its name is taken: bringing it back is a decision, not a side effect of a sync
    if deal.deleted_at is not None:
        raise ExternalIdTakenError
    values = await aliases.resolved(session, values, preparing.CLIENTS)
    at = preparing.moment_of(access, values.get("occurred_at"), after=deal.occurred_at)
    known = await catalogue.for_writing(
        session,
        stage_id=values.get("stage_id"),
        reason_id=values.get("reason_id"),
        competitor_id=values.get("competitor_id"),
    )
    sold = await preparing.products_in(session, [values], deal=deal)
    await _settle(session, access, deal, values, sold)
    changed = await change(session, known, deal, values, at=at)
    return deal, "updated" if changed else "unchanged"


async def transfer_deal(
    session: AsyncSession, access: Access, deal_id: UUID, order: Values, *, expected: int | None
) -> Deal:
    """Move a deal into a stage of any pipeline, and announce it as a move."""
    deal = await queries.get_deal(session, access, deal_id)
    if expected not in (None, deal.revision):
        raise ChangedMeanwhileError
    await revise_deal(session, access, deal, {**order, "across": True})
    return deal


async def revise_deal(
    session: AsyncSession,
    access: Access,
    deal: Deal,
    values: Values,
    *,
    granted: frozenset[UUID] = NOTHING,
) -> bool:
    """Change fields of a deal and move it, across pipelines if `across` says so, as one revision.

    Tells whether anything changed. Validations and approval policies are asked as for anybody.
    """
    at = preparing.moment_of(access, None, after=deal.occurred_at)
    known = await catalogue.for_writing(
        session,
        stage_id=values.get("stage_id"),
        reason_id=values.get("reason_id"),
        competitor_id=values.get("competitor_id"),
    )
    sold = await preparing.products_in(session, [values], deal=deal)
    await _settle(session, access, deal, values, sold)
    return await change(session, known, deal, values, at=at, granted=granted)


async def change(
    session: AsyncSession,
    known: Catalogue,
    deal: Deal,
    values: Values,
    *,
    at: datetime,
    checked: bool = True,
    granted: frozenset[UUID] = NOTHING,
) -> bool:
    """Announce what was filled in, as a move if the values name another stage; False if nothing."""
    left = None
    if values.get("stage_id") not in (None, deal.stage_id):
        left = deal.move_to(preparing.move_of(known, values, at))
        if checked:
            preparing.check_demands(known, deal)
        await preparing.freeze_costs(session, deal)
        session.add(announcements.entry_of(deal, left, revision=deal.revision + 1, at=at))
    # states that a mass change brings about are noted at once, so that no alarm tells of each
    if context.current().bulk and (left or announcements.changes_of(deal)[0]):
        deal.note_states(utc_now())
    # fields that changed with a move ride in the move's event: one change, one revision
    event = announcements.stage_changed(deal, left) if left else announcements.updated(deal)
    if event is None:
        return False
    does = ("enter", "update") if left else ("update",)
    # an approval that comes days later must still know from where it was asked
    order = {**values, "from_stage_id": left.id} if left else values
    asked = Asked(does, event.changed, order, granted, is_import=not checked)
    await pass_gates(session, known.guards, deal, asked)
    deal.occurred_at = at
    await outbox.record(session, deal, event, at=at)
    return True


async def _settle(
    session: AsyncSession, access: Access, deal: Deal, values: Values, sold: Mapping[UUID, Sold]
) -> None:
    # noted before filling: team and first-or-repeat follow only from what really changed
    former, customer = deal.owner_id, (deal.contact_id, deal.company_id)
    values = await BOOK.settled(session, "deal", values, deal)
    currency = deal.currency
    preparing.fill(deal, values, sold, await preparing.terms_of(session, deal, values))
    if deal.currency != currency:
        round_to_currency(deal, values)
    if deal.owner_id != former:
        await preparing.settle_team(session, deal, values)
    if (deal.contact_id, deal.company_id) != customer:
        await preparing.know_customer(session, deal)
    preparing.check_scope(access, deal)
