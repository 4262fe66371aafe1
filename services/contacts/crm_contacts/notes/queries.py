"""Every SELECT of the notes feature."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.queries import visible_companies
from crm_contacts.contacts.queries import visible_contacts
from crm_contacts.notes.errors import NoteNotFoundError
from crm_contacts.notes.models import Note
from crm_contacts.timeline.queries import visible_deals
from crm_shared.actor import Access, Scope
from crm_shared.db.aliases import surviving
from crm_shared.db.scope import visible


def visible_notes(access: Access) -> Select[Note]:
    """Return the notes somebody may read: his own, and those about what he may see."""
    found = select(Note).where(Note.deleted_at.is_(None))
    if access.scope is Scope.ALL:
        return found
    return found.where(or_(visible(access, Note.author_id, Note.team_id), _about_ones_own(access)))


def _about_ones_own(access: Access) -> ColumnElement[bool]:
    contact = visible_contacts(access).correlate(Note)
    company = visible_companies(access).correlate(Note)
    deal = visible_deals(access).correlate(Note)
    return or_(
        contact.where(contact.selected_columns.id == surviving(Note.contact_id)).exists(),
        company.where(company.selected_columns.id == surviving(Note.company_id)).exists(),
        deal.where(deal.selected_columns.id == Note.deal_id).exists(),
    )


async def get_note(session: AsyncSession, access: Access, note_id: UUID) -> Note:
    """Return a note that somebody may read."""
    return await _one(session, visible_notes(access), note_id)


async def get_own_note(session: AsyncSession, access: Access, note_id: UUID) -> Note:
    """Return a note that somebody may change: of his own, or of whom he answers for."""
    own = select(Note).where(
        visible(access, Note.author_id, Note.team_id), Note.deleted_at.is_(None)
    )
    return await _one(session, own, note_id)


async def _one(session: AsyncSession, among: Select[Note], note_id: UUID) -> Note:
    note = (await session.scalars(among.where(Note.id == note_id))).one_or_none()
    if note is None:
        raise NoteNotFoundError(note_id)
    return note
