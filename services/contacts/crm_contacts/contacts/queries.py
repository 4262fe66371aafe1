"""Every SELECT of the contacts feature."""

from uuid import UUID

from sqlalchemy import Select, Uuid, and_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.models import Contact
from crm_shared.actor import Access
from crm_shared.db.aliases import surviving
from crm_shared.db.scope import visible


def visible_contacts(access: Access) -> Select[Contact]:
    """Return the contacts somebody may see."""
    return select(Contact).where(
        visible(access, Contact.owner_id, Contact.team_id), Contact.deleted_at.is_(None)
    )


async def get_contact(
    session: AsyncSession, access: Access, contact_id: UUID, *, deleted: bool = False
) -> Contact:
    """Return a contact within the scope, of a merged one its survivor; `deleted`: one put away."""
    # who was merged or erased does not come back this way
    away = and_(
        Contact.deleted_at.is_not(None),
        Contact.merged_into_id.is_(None),
        Contact.erased_at.is_(None),
    )
    found = select(Contact).where(
        Contact.id == surviving(literal(contact_id, Uuid())),
        visible(access, Contact.owner_id, Contact.team_id),
        away if deleted else Contact.deleted_at.is_(None),
    )
    contact = (await session.scalars(found)).one_or_none()
    if contact is None:
        raise ContactNotFoundError(contact_id)
    return contact


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> Contact | None:
    """Return the contact that another system knows by this id; of a merged one its survivor."""
    named = (
        select(Contact.id)
        .where(Contact.source_system == system, Contact.external_id == external_id)
        .scalar_subquery()
    )
    found = select(Contact).where(Contact.id == surviving(named))
    return (await session.scalars(found)).one_or_none()
