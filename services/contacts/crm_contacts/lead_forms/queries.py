"""Every SELECT of the lead forms feature."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.lead_forms.errors import LeadFormNotFoundError
from crm_contacts.lead_forms.models import LeadForm


def all_lead_forms() -> Select[LeadForm]:
    return select(LeadForm).where(LeadForm.deleted_at.is_(None))


async def get_lead_form(session: AsyncSession, form_id: UUID) -> LeadForm:
    found = all_lead_forms().where(LeadForm.id == form_id)
    form = (await session.scalars(found)).one_or_none()
    if form is None:
        raise LeadFormNotFoundError(form_id)
    return form


async def find_by_key(session: AsyncSession, key_hash: str) -> LeadForm | None:
    """Return the active form of a key."""
    found = all_lead_forms().where(LeadForm.key_hash == key_hash, LeadForm.is_active)
    return (await session.scalars(found)).one_or_none()
