"""Every SELECT of the contacts feature."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.models import Contact
from crm_shared.actor import Access
from crm_shared.db.scope import visible


def visible_contacts(access: Access) -> Select[Contact]:
    """Return the contacts somebody may see."""
    return select(Contact).where(
        visible(access, Contact.owner_id, Contact.team_id), Contact.deleted_at.is_(None)
    )


async def get_contact(
    session: AsyncSession, access: Access, contact_id: UUID, *, deleted: bool = False
) -> Contact:
    """Return a contact within the scope; `deleted` looks among those put away."""
    found = select(Contact).where(
        Contact.id == contact_id,
        visible(access, Contact.owner_id, Contact.team_id),
        Contact.deleted_at.is_not(None) if deleted else Contact.deleted_at.is_(None),
    )
    contact = (await session.scalars(found)).one_or_none()
    if contact is None:
        raise ContactNotFoundError(contact_id)
    return contact


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> Contact | None:
    found = select(Contact).where(
        Contact.source_system == system, Contact.external_id == external_id
    )
    return (await session.scalars(found)).one_or_none()
