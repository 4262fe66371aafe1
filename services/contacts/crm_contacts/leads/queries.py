"""Every SELECT of the leads feature."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Select, Text, cast, false, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.models import Contact
from crm_contacts.leads.errors import LeadNotFoundError
from crm_contacts.leads.fields import IS_UNASSIGNED
from crm_contacts.leads.models import Lead, LeadStatus
from crm_shared.actor import Access
from crm_shared.db.scope import visible

# more likenesses than this help nobody to decide
MOST_DUPLICATES = 10


def visible_leads(access: Access) -> Select[Lead]:
    """Return the leads somebody may see."""
    return select(Lead).where(
        visible(access, Lead.owner_id, Lead.team_id), Lead.deleted_at.is_(None)
    )


async def get_lead(
    session: AsyncSession, access: Access, lead_id: UUID, *, deleted: bool = False
) -> Lead:
    """Return a lead within the scope; `deleted` looks among those put away."""
    found = select(Lead).where(
        Lead.id == lead_id,
        visible(access, Lead.owner_id, Lead.team_id),
        Lead.deleted_at.is_not(None) if deleted else Lead.deleted_at.is_(None),
        # who was erased cannot be brought back
        Lead.erased_at.is_(None),
    )
    lead = (await session.scalars(found)).one_or_none()
    if lead is None:
        raise LeadNotFoundError(lead_id)
    return lead


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> Lead | None:
    found = select(Lead).where(Lead.source_system == system, Lead.external_id == external_id)
    return (await session.scalars(found)).one_or_none()


async def find_lead(session: AsyncSession, lead_id: UUID) -> Lead | None:
    """Return a lead for whoever needs no scope: a link that we signed is his leave."""
    found = select(Lead).where(Lead.id == lead_id, Lead.deleted_at.is_(None))
    return (await session.scalars(found)).one_or_none()


async def find_and_hold(session: AsyncSession, lead_id: UUID) -> Lead | None:
    """Return a lead for whoever needs no scope, held so that two cannot change it at once."""
    found = select(Lead).where(Lead.id == lead_id, Lead.deleted_at.is_(None))
    return (await session.scalars(found.with_for_update())).one_or_none()


async def find_duplicates(
    session: AsyncSession, access: Access, lead: Lead
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return leads and contacts within the scope that share a number or an address."""
    leads = select(literal("lead").label("kind"), Lead.id, Lead.email_keys, Lead.phone_keys).where(
        visible(access, Lead.owner_id, Lead.team_id),
        Lead.deleted_at.is_(None),
        Lead.id != lead.id,
        _shares(Lead, lead),
    )
    contacts = select(
        literal("contact").label("kind"), Contact.id, Contact.email_keys, Contact.phone_keys
    ).where(
        visible(access, Contact.owner_id, Contact.team_id),
        Contact.deleted_at.is_(None),
        Contact.id != lead.contact_id if lead.contact_id is not None else literal(True),
        _shares(Contact, lead),
    )
    found: list[Row[*tuple[Any, ...]]] = []
    for part in (contacts.order_by(Contact.id), leads.order_by(Lead.id)):
        found += (await session.execute(part.limit(MOST_DUPLICATES))).all()
    return found


def _shares(noun: type[Lead] | type[Contact], lead: Lead) -> ColumnElement[bool]:
    return or_(
        false(),
        *(
            column.op("&&", is_comparison=True)(cast(keys, ARRAY(Text)))
            for column, keys in (
                (noun.email_keys, lead.email_keys),
                (noun.phone_keys, lead.phone_keys),
            )
            if keys
        ),
    )


async def claim_overdue(session: AsyncSession, now: datetime, *, limit: int) -> list[Lead]:
    """Hold leads that nobody answered in time and nobody was told of; other workers pass them."""
    found = select(Lead).where(
        Lead.status == LeadStatus.NEW,
        Lead.respond_by <= now,
        Lead.overdue_at.is_(None),
        Lead.deleted_at.is_(None),
    )
    # the longest late first: if the job is behind, whoever waited most is told of first
    return await _claim(session, found.order_by(Lead.respond_by), limit)


async def claim_unassigned(session: AsyncSession, before: datetime, *, limit: int) -> list[Lead]:
    """Hold open leads that are nobody's since then and nobody was told of."""
    found = select(Lead).where(
        IS_UNASSIGNED,
        Lead.unassigned_since <= before,
        Lead.unassigned_at.is_(None),
        Lead.deleted_at.is_(None),
    )
    return await _claim(session, found.order_by(Lead.unassigned_since), limit)


async def _claim(session: AsyncSession, found: Select[Lead], limit: int) -> list[Lead]:
    # a lead that somebody is just answering needs no alarm
    held = found.limit(limit).with_for_update(skip_locked=True)
    return list(await session.scalars(held))
